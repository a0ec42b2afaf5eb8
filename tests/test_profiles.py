"""A bulletin chooses its layout, sees a sample of it, and is printed by it."""

import dataclasses
import io
import itertools
from typing import Any

import pdfplumber
import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse

from bulletins import rendering, workflow
from bulletins.composing import (
    document_of,
    draft_mark_of,
    frozen_document,
    layout_of,
    printed_layout,
    sample_of,
)
from bulletins.document import content_digest
from bulletins.models import Bulletin, Issue
from bulletins.rendering.profile import ROWS_PER_PAGE, TITLE_SIZES
from tests.factories import (
    make_article,
    make_bulletin,
    make_clerk,
    make_document,
    make_issue,
    make_leader,
    make_masthead,
    make_user,
)

pytestmark = pytest.mark.django_db

LAYOUT: dict[str, Any] = {
    "imprint_issuer": True,
    "rows_per_page": 23,
    "title_size": 16,
    "first_page_contents_only": True,
    "contents_numbers": True,
    "even_last": True,
    "mirrored": True,
    "red": "#c8102e",
    "grid": "ink",
}


def open_pdf(content: bytes):
    return pdfplumber.open(io.BytesIO(content))


def texts(content: bytes) -> list[str]:
    """Return the text of each page, without the spaces between its words."""
    with open_pdf(content) as pdf:
        return ["".join((page.extract_text() or "").split()) for page in pdf.pages]


def management(prefix: str) -> dict:
    names = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    return {f"{prefix}-{name}": 0 for name in names}


def form_of(bulletin: Bulletin, **changes) -> dict:
    """Return what the browser sends for the settings of a bulletin."""
    names = ("slug", "programme", "name", "office", "numbering", "audience")
    layout = ("rows_per_page", "title_size", "red", "grid")
    return {
        **{name: getattr(bulletin, name) for name in (*names, *layout)},
        "seen": bulletin.version,
        **management("sections"),
        **management("review_steps"),
        **management("recipients"),
        **changes,
    }


@pytest.fixture
def clerk(client):
    user = make_user(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="bulletins")
    )
    client.force_login(user)
    return client


# --- from the row to the profile --------------------------------------------------


def test_a_new_bulletin_is_laid_out_by_the_standard():
    assert layout_of(make_bulletin()) == rendering.DEFAULT_PROFILE


def test_every_setting_of_a_bulletin_reaches_the_profile():
    profile = layout_of(make_bulletin(**LAYOUT))

    assert dataclasses.asdict(profile) == LAYOUT


def test_whatever_can_be_chosen_can_be_laid_out():
    assert set(Bulletin.Rows) == set(ROWS_PER_PAGE)
    assert set(Bulletin.TitleSize) == set(TITLE_SIZES)
    for rows, size, red, grid in itertools.product(
        Bulletin.Rows, Bulletin.TitleSize, Bulletin.Red, Bulletin.Grid
    ):
        layout_of(Bulletin(rows_per_page=rows, title_size=size, red=red, grid=grid))


@pytest.mark.parametrize(
    "wrong",
    [{"rows_per_page": 30}, {"title_size": 9}, {"red": "#00ff00"}, {"grid": "x"}],
)
def test_the_database_holds_no_layout_that_cannot_be_set(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_bulletin(**wrong)


def test_an_issue_is_published_in_the_layout_of_its_bulletin(monkeypatch):
    used = []
    render = rendering.render_pdf

    def spy(document, **options) -> bytes:
        used.append(options["profile"])
        return render(document, **options)

    issue = workflow.submit(make_issue(make_bulletin(**LAYOUT)), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    monkeypatch.setattr(rendering, "render_pdf", spy)

    workflow.publish(issue, by=make_clerk())

    assert used == [layout_of(issue.bulletin)]


def test_a_preview_has_the_layout_of_its_bulletin(clerk):
    issue = make_issue()
    plain = clerk.get(preview_url(issue)).content
    Bulletin.objects.update(first_page_contents_only=True)

    contents_first = clerk.get(preview_url(issue)).content

    assert "会议要求抓好落实" in texts(plain)[0]
    assert "会议要求抓好落实" not in texts(contents_first)[0]


def preview_url(issue: Issue) -> str:
    return reverse("admin:bulletins_issue_preview_pdf", args=[issue.pk])


# --- the sample -------------------------------------------------------------------


def sample_url(bulletin: Bulletin | None = None) -> str:
    if bulletin is None:
        return reverse("admin:bulletins_bulletin_sample_new")
    return reverse("admin:bulletins_bulletin_sample", args=[bulletin.pk])


def test_the_settings_page_sends_its_form_to_the_sample_in_another_tab(clerk):
    bulletin = make_bulletin()

    changing = clerk.get(
        reverse("admin:bulletins_bulletin_change", args=[bulletin.pk])
    ).content.decode()
    adding = clerk.get(reverse("admin:bulletins_bulletin_add")).content.decode()

    for page, url in ((changing, sample_url(bulletin)), (adding, sample_url())):
        assert 'id="bulletin_form"' in page
        assert (
            f'form="bulletin_form" formaction="{url}" formtarget="bulletin-sample"'
            in page
        )
        assert "预览样张" in page


def test_the_sample_shows_what_is_on_the_form_and_saves_nothing(clerk):
    bulletin = make_bulletin()
    bulletin.recipients.create(tier="send", name="县纪委")
    before = Bulletin.objects.values().get()
    changes = {
        **{k: v for k, v in LAYOUT.items() if v is not True},
        **{k: "on" for k, v in LAYOUT.items() if v is True},
        "name": "督查专报",
        "counts_total": "on",
    }

    response = clerk.post(sample_url(bulletin), form_of(bulletin, **changes))

    assert response.headers["Content-Type"] == "application/pdf"
    pages = texts(response.content)
    assert "襄城县作风建设督查专报" in pages[0]
    assert "总第128期" in pages[0]
    assert "县作风办" in pages[0]
    assert "送：县纪委" in pages[-1]
    assert len(pages) % 2 == 0
    assert Bulletin.objects.values().get() == before


def test_the_sample_of_a_bulletin_that_is_still_being_added(clerk):
    unsaved = Bulletin(slug="new", name="工作简报", office="县政府办")

    response = clerk.post(sample_url(), form_of(unsaved))

    pages = texts(response.content)
    assert "县政府办" in pages[0]
    assert "报：" in pages[-1]
    assert not Bulletin.objects.exists()


def test_the_sample_says_that_it_is_one(clerk):
    bulletin = make_bulletin()

    response = clerk.post(sample_url(bulletin), form_of(bulletin))

    digest = content_digest(sample_of(bulletin))
    assert all(f"样张{digest[:8]}" in page for page in texts(response.content))
    assert "inline" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows_per_page": "30"}, "每页行数：选择一个有效的选项"),
        ({"red": "#00ff00"}, "红色：选择一个有效的选项"),
        ({"name": ""}, "简报名称：这个字段是必填项。"),
        ({"slug": "admin"}, "网址名：这个网址名已被系统占用"),
        ({"office": "县\x07办"}, "编印单位：编印单位：含有控制字符"),
    ],
)
def test_a_wrong_setting_is_told_instead_of_a_sample(clerk, changes, message):
    bulletin = make_bulletin()

    response = clerk.post(sample_url(bulletin), form_of(bulletin, **changes))

    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert "在简报设置页改正后再预览" in page


def test_another_bulletins_masthead_is_told_instead_of_a_sample(clerk):
    other = make_bulletin(masthead=make_masthead(name="督查专报"))
    bulletin = make_bulletin()

    response = clerk.post(
        sample_url(bulletin), form_of(bulletin, name=other.name, slug="another")
    )

    assert "<li>已有报头相同的简报。</li>" in response.content.decode()


def test_a_sample_that_cannot_be_printed_says_why(clerk, monkeypatch):
    def refuse(*_, **__) -> bytes:
        raise rendering.RenderError("正在排印的简报较多，请稍后再试")

    bulletin = make_bulletin()
    monkeypatch.setattr(rendering, "render_pdf", refuse)

    response = clerk.post(sample_url(bulletin), form_of(bulletin))

    assert response.status_code == 422
    assert "<li>正在排印的简报较多，请稍后再试</li>" in response.content.decode()


def test_a_sample_is_for_those_who_may_change_the_settings(client):
    bulletin = make_bulletin()
    user = make_user(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_bulletin", "change_issue"])
    )
    page = reverse("admin:bulletins_bulletin_change", args=[bulletin.pk])
    assert client.post(sample_url(bulletin), form_of(bulletin)).status_code == 302

    client.force_login(user)

    assert client.post(sample_url(bulletin), form_of(bulletin)).status_code == 403
    assert client.post(sample_url(), form_of(bulletin)).status_code == 403
    assert "formaction=" not in client.get(page).content.decode()


def test_a_sample_is_made_of_a_posted_form_only(clerk):
    bulletin = make_bulletin()
    assert clerk.get(sample_url(bulletin)).status_code == 405

    clerk.handler.enforce_csrf_checks = True

    assert clerk.post(sample_url(bulletin), form_of(bulletin)).status_code == 403


def test_a_sample_of_no_bulletin_is_not_found(clerk):
    url = reverse("admin:bulletins_bulletin_sample", args=[404])

    assert clerk.post(url, {}).status_code == 404


# --- draft marks ------------------------------------------------------------------


def long_issue() -> Issue:
    articles = make_document().sections[0]
    long = make_article(body="<p>会议要求抓好落实。</p>" * 60)
    section = dataclasses.replace(articles, items=(long,))
    return make_issue(sections=(section,))


def at_status(issue: Issue, status: Issue.Status) -> Issue:
    clerk = make_clerk()
    if status != Issue.Status.DRAFT:
        issue = workflow.submit(issue, by=clerk)
    if status in {Issue.Status.APPROVED, Issue.Status.ISSUED}:
        issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    if status == Issue.Status.ISSUED:
        issue = workflow.publish(issue, by=clerk)
    return issue


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Issue.Status.DRAFT, "草稿"),
        (Issue.Status.REVIEW, "送审稿"),
        (Issue.Status.APPROVED, "送审稿"),
    ],
)
def test_what_is_not_issued_is_marked_on_every_page(clerk, status, text):
    issue = at_status(long_issue(), status)

    content = clerk.get(preview_url(issue)).content

    digest = content_digest(document_of(issue))
    pages = texts(content)
    assert len(pages) > 1
    assert all(f"{text}{digest[:8]}" in page for page in pages)
    for words in watermarks(content):
        assert "".join(words) == text


def test_what_is_issued_carries_no_mark(clerk):
    issue = at_status(long_issue(), Issue.Status.ISSUED)
    assert issue.edition is not None

    with default_storage.open(issue.edition.pdf_path) as file:
        printed = file.read()

    for content in (printed, clerk.get(preview_url(issue)).content):
        assert not any("稿" in page for page in texts(content))
        assert issue.edition.digest[:8] not in "".join(texts(content))
    assert draft_mark_of(issue, document_of(issue)) is None


def test_a_correction_that_is_not_out_is_marked(clerk):
    issue = at_status(make_issue(), Issue.Status.ISSUED)
    issue.articles.update(body="<p>改过的正文。</p>")

    content = clerk.get(preview_url(issue)).content

    assert any("更正稿" in page for page in texts(content))


def test_what_is_withdrawn_says_so():
    issue = at_status(make_issue(), Issue.Status.ISSUED)
    issue.status = Issue.Status.WITHDRAWN

    mark = draft_mark_of(issue, document_of(issue))

    assert mark is not None
    assert mark.text == "已撤回"


def is_slanting(character: dict) -> bool:
    return bool(character["matrix"][1])


def watermarks(content: bytes) -> list[list[str]]:
    """Return the slanting characters of each page."""
    with open_pdf(content) as pdf:
        return [[c["text"] for c in page.chars if is_slanting(c)] for page in pdf.pages]


def test_a_mark_moves_nothing_and_lies_behind_the_text():
    document = document_of(long_issue())
    mark = rendering.DraftMark("送审稿", content_digest(document))

    with (
        open_pdf(rendering.render_pdf(document)) as plain,
        open_pdf(rendering.render_pdf(document, mark=mark)) as marked,
    ):
        assert len(plain.pages) == len(marked.pages)
        for before, after in zip(plain.pages, marked.pages, strict=True):
            # The foot margin holds the digest, and the page number as before.
            text_block = (0, 0, before.width, 765)
            assert placed(before.crop(text_block)) == placed(after.crop(text_block))
            slanting = [i for i, c in enumerate(after.chars) if is_slanting(c)]
            assert slanting == [0, 1, 2]


def placed(page) -> list[tuple]:
    return [
        (c["text"], round(c["x0"], 2), round(c["top"], 2))
        for c in page.chars
        if not is_slanting(c)
    ]


def test_what_is_signed_is_printed_as_it_was_signed():
    bulletin = make_bulletin()
    issue = workflow.submit(make_issue(bulletin), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(bulletin))
    signed = layout_of(bulletin)

    Bulletin.objects.update(rows_per_page=23, red="#c8102e")
    issue = workflow.publish(issue, by=make_clerk())

    bulletin.refresh_from_db()
    assert layout_of(bulletin) != signed
    assert issue.edition is not None
    with default_storage.open(issue.edition.pdf_path) as file:
        printed = file.read()
    assert printed == rendering.render_pdf(frozen_document(issue), profile=signed)


def test_what_is_not_signed_yet_follows_the_settings():
    issue = workflow.submit(make_issue(make_bulletin()), by=make_clerk())
    Bulletin.objects.update(rows_per_page=23)

    issue = Issue.objects.get(pk=issue.pk)

    assert printed_layout(issue).rows_per_page == 23
