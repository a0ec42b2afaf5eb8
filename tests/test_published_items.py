"""The rows of what is out: their numbers stay, whatever a correction does."""

from __future__ import annotations

import dataclasses

import pytest

from bulletins import workflow
from bulletins.bounds import SectionKind
from bulletins.document import IssueDocument, SectionEntry
from bulletins.models import Issue, PublishedItem
from bulletins.search.items import numbers_of, texts_of
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_document,
    make_issue,
    make_leader,
    make_user,
)


def with_titles(*titles: str) -> IssueDocument:
    articles = tuple(
        make_article(title, body=f"<p>{title}的详细情况。</p>") for title in titles
    )
    return make_document(sections=(SectionEntry("", SectionKind.ARTICLES, articles),))


def published(issue: Issue) -> Issue:
    workflow.submit(issue, by=make_clerk())
    workflow.approve(issue, by=make_leader(issue.bulletin))
    return workflow.publish(issue, by=make_clerk())


FIRST = ("颍回镇整治河道", "王洛镇植树造林", "汾陈镇修建道路")


def test_items_of_a_first_edition_count_from_1():
    assert numbers_of([with_titles(*FIRST)]) == [1, 2, 3]


def test_an_item_keeps_its_number_when_it_is_moved_and_edited():
    edited = ("汾陈镇修建道路三公里", "颍回镇整治河道", "王洛镇植树造林")

    assert numbers_of([with_titles(*FIRST), with_titles(*edited)]) == [3, 1, 2]


def test_a_new_item_gets_the_next_number_wherever_it_stands():
    grown = ("双庙乡慰问教师", *FIRST)

    assert numbers_of([with_titles(*FIRST), with_titles(*grown)]) == [4, 1, 2, 3]


def test_the_number_of_a_removed_item_is_never_given_again():
    editions = [
        with_titles(*FIRST),
        with_titles(*FIRST[:2]),
        with_titles(*FIRST[:2], "双庙乡慰问教师"),
    ]

    assert numbers_of(editions) == [1, 2, 4]


def test_texts_are_plain_and_know_their_places():
    body = "<h2>一、背景</h2><p>第一<br>段。</p><table><tbody><tr><td>格</td></tr></tbody></table>"
    document = make_document(
        sections=(
            SectionEntry("要闻", SectionKind.ARTICLES, (make_article("甲\n乙", body=body),)),
            SectionEntry("", SectionKind.BRIEFS, (make_brief("丙", text="丁。", source="戊"),)),
        )
    )  # fmt: skip

    article, brief = texts_of([document])

    assert (article.title, article.lead) == ("甲乙", "第一 段。")
    assert article.text == "一、背景\n第一 段。\n格"
    assert (article.section, article.anchor) == ("要闻", "article-1-1")
    assert (brief.title, brief.lead, brief.text) == ("丙", "丙", "丙。丁。")
    assert (brief.section, brief.source, brief.anchor) == ("简讯", "戊", "section-2")


@pytest.mark.django_db
def test_publishing_makes_the_rows_and_withdrawing_takes_them_away():
    bulletin = make_bulletin()
    bulletin.sections.create(name="工作动态", kind="articles", show_heading=False)
    issue = published(make_issue(bulletin))

    rows = list(issue.published_items.order_by("ordinal"))
    assert [(r.number, r.kind, r.section) for r in rows] == [
        (1, "article", "工作动态"),
        (2, "brief", "简讯"),
    ]
    assert {r.edition for r in rows} == {issue.edition}

    workflow.withdraw(issue, by=grant(make_user(), "withdraw"), comment="内容有误")

    assert not PublishedItem.objects.exists()


@pytest.mark.django_db
def test_a_correction_makes_the_rows_of_the_new_edition():
    issue = published(make_issue())
    issue.articles.update(title="县作风办召开专题推进会")
    corrector = grant(make_user(), "correct")

    corrected = workflow.correct(issue, by=corrector, comment="更正标题")

    rows = list(corrected.published_items.order_by("ordinal"))
    assert [(r.number, r.title) for r in rows] == [
        (1, "县作风办召开专题推进会"),
        (2, "麦岭镇开展环境整治"),
    ]
    assert {r.edition for r in rows} == {corrected.edition}


def test_an_item_without_a_title_is_called_by_how_it_begins():
    nameless = dataclasses.replace(make_brief(), lead="", text="该镇清理垃圾。")
    section = SectionEntry("简讯", SectionKind.BRIEFS, (nameless,))

    [text] = texts_of([make_document(sections=(section,))])

    assert text.title == "该镇清理垃圾。"
