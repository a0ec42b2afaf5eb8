"""IssueDocument: what it refuses, its JSON, its digests, its contents list."""

import dataclasses
import datetime as dt
import json

import pytest
from hypothesis import given

from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import (
    ArticleEntry,
    DocumentError,
    Marks,
    SectionEntry,
    canonical_json,
    content_digest,
    contents,
    digest,
    from_json,
    printed_date,
    printed_number,
    to_json,
)
from tests import strategies
from tests.factories import make_article, make_brief, make_document, make_masthead


@given(strategies.documents)
def test_json_gives_back_the_same_document(document):
    text = json.dumps(to_json(document), ensure_ascii=False)

    assert from_json(json.loads(text)) == document


@given(strategies.documents)
def test_canonical_json_survives_a_round_trip_to_the_byte(document):
    assert canonical_json(from_json(json.loads(canonical_json(document)))) == (
        canonical_json(document)
    )


def test_the_canonical_form_is_sorted_utf8_without_spaces():
    text = canonical_json(make_document())

    assert text.startswith('{"bulletin":{"name":"工作简报","office":"县作风办",')
    assert ": " not in text


def test_the_digest_changes_with_every_word_and_with_the_number():
    document = make_document()
    other_word = make_document(editors_note="按语")
    other_number = make_document(number=9)

    assert len(digest(document)) == 64
    assert len({digest(document), digest(other_word), digest(other_number)}) == 3


def test_the_content_digest_leaves_out_only_what_publishing_fills_in():
    document = make_document()
    numbered = dataclasses.replace(
        document, number=99, total_number=300, date=dt.date(2025, 1, 1)
    )
    supplement = dataclasses.replace(document, kind=IssueKind.SUPPLEMENT)

    assert content_digest(numbered) == content_digest(document)
    assert content_digest(supplement) != content_digest(document)


def test_the_contents_wording_is_filled_from_the_title_without_its_breaks():
    article = ArticleEntry(title="全县“无废”\n推进会召开")

    assert article.contents_title == "全县“无废”推进会召开"


def test_contents_list_articles_by_their_own_line_and_briefs_as_their_section():
    document = make_document(
        sections=(
            SectionEntry(
                "工作动态",
                SectionKind.ARTICLES,
                (make_article("甲"), make_article("乙", contents_title="乙（摘要）")),
            ),
            SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(), make_brief())),
            SectionEntry("", SectionKind.BRIEFS, (make_brief("丙"),)),
        )
    )

    assert [(c.text, c.anchor, c.is_heading) for c in contents(document)] == [
        ("工作动态", "section-1", True),
        ("甲", "article-1-1", False),
        ("乙（摘要）", "article-1-2", False),
        ("简讯", "section-2", False),
        ("丙", "section-3", False),
    ]


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ({"number": 56}, "第56期"),
        ({"number": 3, "total_number": 128}, "第3期 总第128期"),
        ({"number": 1, "kind": IssueKind.SUPPLEMENT}, "增刊第1期"),
        ({"number": None}, ""),
    ],
)
def test_the_number_is_printed_as_offices_write_it(fields, printed):
    assert printed_number(make_document(**fields)) == printed


def test_dates_are_printed_without_leading_zeros():
    assert printed_date(dt.date(2020, 9, 5)) == "2020年9月5日"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_masthead(name=""), "简报名称：不能为空"),
        (lambda: make_masthead(office=" 县作风办"), "编印单位：首尾有空白"),
        (lambda: make_article("标题\x00"), r"标题：含有控制字符 U\+0000"),
        (lambda: make_article("长" * 201), "标题：过长（201字，最多200字）"),
        (lambda: make_brief("首\n句"), r"简讯首句：含有控制字符 U\+000A"),
        (lambda: Marks(secrecy=""), "密级：没有时应为 null"),
        (lambda: make_document(number=0), "期号：应在 1 至 999999 之间"),
        (lambda: make_document(copies=10**7), "共印份数：应在"),
        (lambda: make_document(date=dt.date(1000, 1, 1)), "印发日期：年份应在"),
        (lambda: SectionEntry("要闻", SectionKind.ARTICLES, ()), "“要闻”：没有内容"),
        (
            lambda: SectionEntry("要闻", SectionKind.ARTICLES, (make_brief(),)),
            "不能混排",
        ),
        (
            lambda: make_document(
                sections=(SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(),)),)
                * 2
            ),
            "栏目“简讯”：出现了两次",
        ),
    ],
)
def test_what_no_bulletin_can_have_is_refused_with_its_place(make, message):
    with pytest.raises(DocumentError, match=message):
        make()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "bulletin-issue/9"}, "schema：应为 bulletin-issue/1"),
        ({"bulletin": None}, "缺少 bulletin"),
        ({"bulletin": []}, "bulletin：应为 JSON 对象"),
        ({"number": "56"}, "number：应为整数或 null"),
        ({"number": True}, "number：应为整数或 null"),
        ({"date": "2020-13-01"}, "date：应为日期"),
        ({"date": 20200915}, "date：应为日期"),
        ({"kind": "daily"}, "kind：应为regular或supplement"),
        ({"sections": {}}, "sections：应为列表"),
        ({"recipients": {"report": [1]}}, "report：应为文字的列表"),
        ({"colour": "red"}, "不认识的字段 colour"),
        (
            {"sections": [{"items": [{"title": "甲", "lead": "乙"}]}]},
            "sections 第1项 的 items 第1项：不认识的字段 lead",
        ),
        (
            {"sections": [{"items": [{"title": "甲 "}]}]},
            "sections 第1项 的 items 第1项 的标题：首尾有空白",
        ),
    ],
)
def test_wrong_json_is_refused_with_the_place(change, message):
    data = {**to_json(make_document()), **change}

    with pytest.raises(DocumentError, match=message):
        from_json(data)


def test_json_that_is_no_object_is_refused():
    with pytest.raises(DocumentError, match="应为 JSON 对象"):
        from_json(["简报"])
