"""The lexicon: wrong forms are found where they stand, and only there."""

from __future__ import annotations

import dataclasses

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry, anchored_items
from bulletins.findings import Severity
from bulletins.models import Term
from bulletins.proofing import StandingPhrase, lexicon
from tests.factories import make_article, make_brief, make_document, make_user

PHRASE = StandingPhrase("“无废城市”建设试点", ("“无废城市”试点建设", "无废城市试点"))


def document_saying(*bodies, **fields):
    entries = tuple(make_article(f"第{n}篇", body=b) for n, b in enumerate(bodies))
    sections = (SectionEntry("", SectionKind.ARTICLES, entries),)
    return make_document(sections=sections, **fields)


def test_a_wrong_form_leads_to_its_place_and_says_what_is_right():
    document = document_saying("<p>没有</p>", "<p>“无废城市”<b>试点建设</b>启动。</p>")

    [found] = lexicon(document, [PHRASE])

    places = [anchor for anchor, _ in anchored_items(document)]
    assert (found.anchor, found.excerpt) == (places[1], "“无废城市”试点建设")
    assert found.severity == Severity.WARNING
    assert found.message == "「“无废城市”试点建设」应写作「“无废城市”建设试点」"


def test_several_in_one_item_are_one_finding_with_their_count_and_the_note():
    phrase = dataclasses.replace(PHRASE, note="2019年印发")
    document = document_saying("<p>无废城市试点。</p><p>无废城市试点。</p>")

    [found] = lexicon(document, [phrase])

    assert found.message.endswith("（2处）：2019年印发")


@pytest.mark.parametrize(
    ("right", "wrong", "text", "count"),
    [
        # Contained in the right writing, or equal to it.
        ("生态环境局", "环境局", "市生态环境局召开会议", 0),
        ("生态环境局", "环境局", "市环境局召开会议", 1),
        ("生态环境局", "环境局", "生态环境局、环境局、环境局长", 2),
        ("生态环境局", "生态环境局", "市生态环境局", 0),
        ("截至", "截止", "截止目前，截止日期", 2),
        # What only overlaps the right writing is wrong.
        ("市委", "委市", "市委市政府", 1),
        # Overlapping themselves.
        ("好", "的的", "的的的", 2),
        ("账", "", "账", 0),
    ],
)
def test_a_wrong_form_does_not_fire_on_the_right_writing(right, wrong, text, count):
    found = lexicon(
        document_saying(f"<p>{text}</p>"), [StandingPhrase(right, (wrong,))]
    )

    assert len(found) == (1 if count else 0)
    if count > 1:
        assert f"（{count}处）" in found[0].message


def test_the_right_writing_of_another_phrase_is_left_alone_too():
    terms = [
        StandingPhrase("其他", ("其它",)),
        StandingPhrase("其它垃圾桶", ()),
    ]

    assert lexicon(document_saying("<p>其它垃圾桶</p>"), terms) == []


def test_every_text_of_the_document_is_read():
    document = make_document(
        editors_note="截止一",
        sections=(
            SectionEntry(
                "",
                SectionKind.ARTICLES,
                (
                    make_article("标题", contents_title="截止二", source="截止三"),
                    make_article("截止\n四"),
                    make_article("标题", body="<p>一</p><ul><li>截止五</li></ul>"),
                ),
            ),
            SectionEntry(
                "简讯",
                SectionKind.BRIEFS,
                (
                    make_brief("截止六"),
                    make_brief(text="截止七"),
                    make_brief(source="截止八"),
                ),
            ),
        ),
    )
    terms = [StandingPhrase("截至", tuple(f"截止{n}" for n in "一二三四五六七八"))]

    found = lexicon(document, terms)

    assert [f.excerpt[-1] for f in found] == list("一二三四五六七八")
    assert found[0].anchor == ""


def test_no_phrase_runs_from_one_paragraph_into_the_next():
    document = document_saying("<p>在无废城市</p><p>试点工作</p>")

    assert lexicon(document, [PHRASE]) == []


def test_without_terms_nothing_is_found():
    assert lexicon(make_document(), []) == []


# --- the admin --------------------------------------------------------------------


@pytest.fixture
def desk(client, db):
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="编辑"))
    client.force_login(user)
    return client


ADD = "/admin/bulletins/term/add/"


def test_a_phrase_is_kept_with_each_wrong_form_once(desk):
    desk.post(ADD, {"text": "截至", "wrong": " 截止 \r\n\r\n截止\n载至\n", "note": ""})

    term = Term.objects.get()
    assert term.wrong_forms == ("截止", "载至")
    page = desk.get(reverse("admin:bulletins_term_changelist")).content.decode()
    assert "截止、载至" in page


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"text": ""}, "text", "必填"),
        ({"text": "其他"}, "text", "已存在"),
        ({"text": "截至", "wrong": "截至"}, "wrong", "不能列为不规范"),
        ({"text": "截至", "wrong": "截止\n其他"}, "wrong", "另一条规范用语"),
        ({"text": "截至", "wrong": "长" * 201}, "wrong", "过长"),
        ({"text": "截至", "wrong": "a\x07"}, "wrong", "控制字符"),
        ({"text": "长" * 201}, "text", "不超过 200 字符"),
    ],
)
def test_bad_input_is_told_at_its_field(desk, fields, field, said):
    Term.objects.create(text="其他", wrong="其它")

    response = desk.post(ADD, {"wrong": "", "note": "保留", **fields})

    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert said in "".join(map(str, errors[field]))
    assert "保留" in response.content.decode()
    assert Term.objects.count() == 1


def test_an_empty_lexicon_says_what_to_do(desk):
    page = desk.get(reverse("admin:bulletins_term_changelist")).content.decode()

    assert "还没有内容" in page
    assert "录入规范写法和常见的不规范写法" in page
    assert "新建规范用语" in page


def test_where_nothing_is_found_the_whole_list_is_offered(desk):
    Term.objects.create(text="无废城市", wrong="无费城市")
    url = reverse("admin:bulletins_term_changelist")

    page = desk.get(url, {"q": "没有的"}).content.decode()

    assert "没有符合条件的内容" in page
    assert "看全部" in page
    assert "录入规范写法" not in page


@pytest.mark.parametrize("count", [3, 60])
def test_the_lists_ask_as_little_for_many_rows_as_for_few(
    desk, count, django_assert_max_num_queries
):
    for number in range(count):
        Term.objects.create(text=f"用语{number}", wrong=f"错语{number}")

    with django_assert_max_num_queries(20):
        assert desk.get(reverse("admin:bulletins_term_changelist")).status_code == 200
