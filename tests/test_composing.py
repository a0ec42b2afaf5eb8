"""Rows ↔ document: nothing is lost either way."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings

from bulletins.bounds import IssueKind, SectionKind
from bulletins.composing import (
    add_default_sections,
    bulletin_with,
    create_issue,
    document_of,
    issues_numbered,
    next_position,
    printed_order,
)
from bulletins.document import Masthead, Recipients, SectionEntry
from bulletins.models import Bulletin, Section
from tests import strategies
from tests.factories import (
    make_article,
    make_brief,
    make_bulletin,
    make_document,
    make_issue,
    make_masthead,
)

pytestmark = pytest.mark.django_db


@given(strategies.documents)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_document_to_rows_to_document_is_the_identity(db, document):
    bulletin = make_bulletin(masthead=document.bulletin)
    try:
        issue = create_issue(bulletin, document)

        assert document_of(issue) == document
        # A second issue of the same bulletin finds the sections the first one made.
        sections = bulletin.sections.count()
        assert document_of(create_issue(bulletin, document)) == document
        assert bulletin.sections.count() == sections
    finally:
        bulletin.issues.all().delete()
        bulletin.delete()


def test_sections_stand_in_the_order_of_their_first_item_and_items_by_position():
    issue = make_issue(sections=())
    news = issue.bulletin.sections.create(name="要闻", kind=Section.Kind.ARTICLES)
    briefs = issue.bulletin.sections.create(name="简讯", kind=Section.Kind.BRIEFS)
    issue.articles.create(section=news, position=4, title="丁")
    issue.brief_items.create(section=briefs, position=2, lead="乙")
    issue.articles.create(section=news, position=3, title="丙")
    issue.brief_items.create(section=briefs, position=9, lead="戊")

    order = [(s.name, [str(row) for row in rows]) for s, rows in printed_order(issue)]

    assert order == [("简讯", ["乙", "戊"]), ("要闻", ["丙", "丁"])]
    assert next_position(issue) == 10


def test_an_issue_of_any_length_is_read_with_a_bounded_number_of_queries(
    django_assert_num_queries,
):
    many = tuple(make_article(f"第{n}篇") for n in range(30))
    issue = make_issue(sections=(SectionEntry("", SectionKind.ARTICLES, many),))

    with django_assert_num_queries(3):
        document_of(issue)


def test_contents_wording_is_stored_only_where_it_differs():
    articles = (make_article("甲"), make_article("乙", contents_title="乙（摘要）"))
    issue = make_issue(sections=(SectionEntry("", SectionKind.ARTICLES, articles),))

    stored = list(issue.articles.values_list("contents_title", flat=True))
    assert stored == ["", "乙（摘要）"]


def test_a_hostile_body_is_cleaned_on_its_way_into_the_database():
    article = make_article(body="<p>文<script>alert(1)</script></p>")
    issue = make_issue(sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),))

    assert issue.articles.get().body == "<p>文</p>"


def test_recipients_keep_the_copies_and_addresses_of_the_standing_list():
    bulletin = make_bulletin()
    bulletin.recipients.create(
        tier="report", name="县委办公室", copies=3, email="xw@example.cn"
    )
    issue = create_issue(
        bulletin, make_document(recipients=Recipients(report=("县委办公室", "县政府")))
    )

    rows = list(issue.recipients.values_list("name", "copies", "email"))
    assert rows == [("县委办公室", 3, "xw@example.cn"), ("县政府", 1, "")]


def test_a_visible_section_named_like_a_hidden_one_gets_a_row_of_its_own():
    document = make_document(
        sections=(
            SectionEntry("正文", SectionKind.ARTICLES, (make_article(),)),
            SectionEntry("", SectionKind.ARTICLES, (make_article(),)),
            SectionEntry("", SectionKind.BRIEFS, (make_brief(),)),
        )
    )
    issue = create_issue(make_bulletin(), document)

    assert document_of(issue) == document


def test_a_bulletin_is_found_by_its_whole_masthead():
    bulletin = make_bulletin()

    assert bulletin_with(make_masthead()) == bulletin
    assert bulletin_with(Masthead(name="工作简报")) is None


def test_a_number_is_taken_by_an_issue_of_the_same_series_only():
    bulletin = make_bulletin(numbering=Bulletin.Numbering.YEARLY)
    issue = create_issue(bulletin, make_document(number=8))
    same = make_document(number=8)
    next_year = dataclasses.replace(same, date=same.date.replace(year=2025))
    supplement = dataclasses.replace(same, kind=IssueKind.SUPPLEMENT)

    assert issues_numbered(bulletin, same) == [issue]
    assert issues_numbered(bulletin, next_year) == []
    assert issues_numbered(bulletin, supplement) == []
    assert issues_numbered(bulletin, make_document(number=None)) == []


def test_a_printed_heading_takes_the_name_of_a_section_that_does_not_print_it():
    bulletin = make_bulletin()
    add_default_sections(bulletin)
    section = SectionEntry("工作动态", SectionKind.ARTICLES, (make_article(),))
    document = make_document(sections=(section,))

    issue = create_issue(bulletin, document)

    assert document_of(issue).sections == document.sections
    assert bulletin.sections.filter(kind="articles").count() == 2
