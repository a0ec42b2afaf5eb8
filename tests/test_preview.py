"""The preview shows what was posted, where the cursor is, and writes nothing."""

from __future__ import annotations

import base64
import io
from typing import Any

import pypdfium2
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from bulletins import rendering
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Article, Issue, Revision
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_document,
    make_issue,
    make_user,
)

pytestmark = pytest.mark.django_db

LONG = "<p>9月1日，县作风办召开推进会，会议要求抓好落实，切实转变作风。</p>" * 40


def make_editor() -> User:
    return grant(make_user(is_staff=True), "view", "change", "submit")


@pytest.fixture
def editor(client):
    client.force_login(make_editor())
    return client


def preview(client: Client, issue: Issue, **sent: Any) -> Any:
    address = reverse("admin:bulletins_issue_preview", args=[issue.pk])
    values = {"desk_as": "html", "desk_issue": issue.pk, **sent}
    return client.post(f"{address}?issue={issue.pk}", values)


def typed(row: Any, **fields: Any) -> dict[str, Any]:
    kind = row._meta.model_name
    names = ("title", "contents_title", "source", "body", "lead", "text")
    known = {name: getattr(row, name) for name in names if hasattr(row, name)}
    page = f"{kind}-{row.pk}" if row.pk else f"new-{kind}-{row.issue_id}"
    return {"desk_page": page, "section": row.section_id, **known, **fields}


def text_of(pdf: bytes, number: int) -> Any:
    with pypdfium2.PdfDocument(pdf) as read:
        return read[number - 1].get_textpage().get_text_range().replace("\r\n", "")


def test_the_page_says_what_was_typed_and_what_is_saved_beside_it(editor):
    issue = make_issue()
    [article] = issue.articles.all()
    form = typed(article, title="没有保存\n的标题", body="<p>没有保存的正文。</p>")

    response = preview(editor, issue, **form)

    page = response.content.decode()
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Anchor"] == "article-1-1"
    assert "没有保存<br>的标题" in page
    assert "没有保存的正文。" in page
    assert "麦岭镇开展环境整治" in page
    assert "会议要求抓好落实" not in page


def test_nothing_is_written(editor):
    issue = make_issue()
    [article] = issue.articles.all()
    preview(editor, issue)

    with CaptureQueriesContext(connection) as queries:
        preview(editor, issue, **typed(article, body="<p>没有保存的正文。</p>"))

    assert [q for q in queries if not q["sql"].upper().startswith("SELECT")] == []
    assert len(queries) <= 20
    article.refresh_from_db()
    assert (article.version, Revision.objects.count()) == (1, 0)


def test_what_was_typed_is_cleaned_as_if_it_were_saved(editor):
    issue = make_issue()
    [article] = issue.articles.all()
    body = '<p onclick="x()">正文</p><script>alert(1)</script><img src="https://a/b">'

    page = preview(editor, issue, **typed(article, body=body)).content.decode()

    for found in ("onclick", "<script", "https://a/b"):
        assert found not in page


def test_the_pdf_opens_where_the_cursor_is(editor):
    articles = (make_article("第一篇", body=LONG), make_article("第二篇", body=LONG))
    sections = (SectionEntry("", SectionKind.ARTICLES, articles),)
    issue = make_issue(sections=sections)
    second = issue.articles.last()
    form = typed(second, body=f"{LONG}<p>光标所在的段落。</p>{LONG}")

    response = preview(editor, issue, **form, desk_as="pdf", desk_block="40")

    assert response["Content-Type"] == "application/pdf"
    number = int(response["X-Page"])
    assert 1 < number < int(response["X-Pages"])
    assert "光标所在的段落。" in text_of(response.content, number)
    # Nobody takes it for an issue.
    assert "草稿" in text_of(response.content, 1)


def test_a_place_in_a_paragraph_over_two_pages_is_on_its_own_page():
    body = f"<p>{'前' * 900}后{'来' * 20}</p>"
    section = SectionEntry("", SectionKind.ARTICLES, (make_article("长", body=body),))
    document = make_document(sections=(section,))

    def at(offset: int) -> rendering.Printed:
        place = rendering.Place("article-1-1", 0, offset)
        return rendering.render_printed(document, place=place)

    start, end = at(0), at(901)
    assert start.page < end.page
    assert "后来" in text_of(end.pdf, end.page)


def test_a_brief_item_is_found_on_its_page(editor):
    briefs = tuple(make_brief(f"第{n}条简讯", text="文" * 200) for n in range(1, 13))
    sections = (SectionEntry("简讯", SectionKind.BRIEFS, briefs),)
    issue = make_issue(sections=sections)
    last = issue.brief_items.last()

    response = preview(editor, issue, **typed(last, text="改过的内容。"), desk_as="pdf")

    number = int(response["X-Page"])
    assert number > 2
    assert "改过的内容。" in text_of(response.content, number)


def test_places_that_are_not_there_are_shown_on_the_nearest_page():
    document = make_document()

    for place in (
        rendering.Place("article-9-9", 0),
        rendering.Place("article-1-1", 99),
        rendering.Place("article-1-1", 0, 10**6),
        rendering.Place("editors-note", 0),
    ):
        printed = rendering.render_printed(document, place=place)
        assert (printed.page, printed.pages) == (1, 2)


def test_pages_come_as_pictures_around_the_cursor(editor):
    issue = make_issue()
    [article] = issue.articles.all()

    response = preview(
        editor, issue, **typed(article, body=LONG), desk_as="images", desk_block="39"
    )

    answer = response.json()
    assert answer["page"] == int(response["X-Page"]) > 2
    assert list(answer["images"]) == [str(n + 1) for n in range(answer["pages"])]
    data = answer["images"]["1"].removeprefix("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.format == "PNG"
        assert picture.width < picture.height


def test_a_new_article_is_shown_last_and_a_new_brief_item_in_its_section(editor):
    issue = make_issue()
    section = issue.articles.get().section
    new = Article(issue=issue, section=section, title="新的文章", body="<p>新</p>")

    page = preview(editor, issue, **typed(new)).content.decode()

    assert page.index("县作风办召开推进会") < page.index("新的文章")
    assert issue.articles.count() == 1


def test_the_data_of_the_issue_and_its_recipients_are_shown_as_typed(editor):
    issue = make_issue()
    form = {
        "desk_page": f"issue-{issue.pk}",
        "desk_field": "editors_note",
        "kind": "regular",
        "planned_number": "77",
        "date": "2024-10-01",
        "editors_note": "没有保存的编者按。",
        "recipients-TOTAL_FORMS": "1",
        "recipients-INITIAL_FORMS": "0",
        "recipients-0-tier": "report",
        "recipients-0-name": "没有保存的单位",
        "recipients-0-copies": "1",
        "recipients-0-position": "1",
    }

    response = preview(editor, issue, **form)

    page = response.content.decode()
    for text in ("第77期", "2024年10月1日", "没有保存的编者按。", "没有保存的单位"):
        assert text in page
    issue.refresh_from_db()
    assert (issue.planned_number, issue.editors_note) == (8, "")


@pytest.mark.parametrize("kind", ["html", "pdf", "images"])
def test_what_is_invalid_is_told_with_its_field(editor, kind):
    issue = make_issue()
    [article] = issue.articles.all()

    response = preview(editor, issue, **typed(article, title="字" * 300), desk_as=kind)

    assert response.status_code == 422
    message = response.json()["message"]
    assert message.startswith("不能预览：标题：")


def test_an_article_of_another_issue_is_not_shown(editor):
    issue = make_issue()
    other = make_issue(issue.bulletin, number=9)
    [foreign] = other.articles.all()
    form = typed(foreign, section=issue.articles.get().section_id, body="")

    page = preview(editor, issue, **form).content.decode()

    assert "9月1日" in page  # that of the issue itself, which stays
    assert page.count("县作风办召开推进会</h2>") == 2


@pytest.mark.parametrize(
    "page", ["", "x", "article-", "issue-1x", "article-" + "9" * 30]
)
def test_a_page_that_is_none_shows_what_is_saved(editor, page):
    issue = make_issue()

    response = preview(editor, issue, desk_page=page)

    assert response.status_code == 200
    assert "会议要求抓好落实" in response.content.decode()


@pytest.mark.parametrize("number", ["-1", "1.5", "x", "9" * 30, "²", "0", "99"])
def test_numbers_that_are_none_are_not_minded(editor, number):
    issue = make_issue()
    [article] = issue.articles.all()
    sent = {"desk_block": number, "desk_offset": number, "desk_show": number}

    response = preview(editor, issue, **typed(article), **sent, desk_as="images")

    assert response.status_code == 200


def test_only_who_may_read_the_issue_may_see_it(client):
    issue = make_issue(make_bulletin())
    client.force_login(make_user(is_staff=True))

    assert preview(client, issue).status_code == 403
    client.logout()
    assert preview(client, issue).status_code == 302


def test_a_preview_is_asked_for_by_a_form(editor):
    issue = make_issue()
    address = reverse("admin:bulletins_issue_preview", args=[issue.pk])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_editor())

    assert editor.get(address).status_code == 405
    assert strict.post(address).status_code == 403
