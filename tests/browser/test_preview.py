"""The preview beside a form shows what is on the screen, where the cursor is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Article
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_nothing_lost import (
    keep_picture,
    log_in,
    make_editor,
    open_article,
    type_in_body,
)
from tests.factories import make_article, make_bulletin, make_issue

# The first PDF of a process waits for its worker, which reads the fonts.
COLD = 60_000  # milliseconds
LONG = "<p>9月1日，县作风办召开推进会，会议要求抓好落实，切实转变作风。</p>" * 60


@pytest.fixture
def article(live_server) -> Article:
    make_editor("bianji", first_name="李编辑")
    sections = (
        SectionEntry(
            "",
            SectionKind.ARTICLES,
            (make_article("县作风办召开推进会"), make_article("各乡镇落实", body=LONG)),
        ),
    )
    issue = make_issue(make_bulletin(slug="zuofeng"), sections=sections)
    return issue.articles.get(title="各乡镇落实")


def open_preview(page: Page) -> None:
    page.get_by_role("button", name="预览", exact=True).click()


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_where_the_cursor_is_is_shown_with_what_is_not_saved(
    open_page, article, device
):
    page = open_page("/admin/login/", **device)
    log_in(page, "bianji")
    open_article(page, article)
    type_in_body(page, "没有保存的最后一句。")

    open_preview(page)
    shown = page.get_by_text(re.compile("光标在第[3-9]页"))
    expect(shown).to_be_visible(timeout=COLD)
    number = page.locator(".desk-preview-paper").get_attribute("data-page")
    expect(page.get_by_alt_text(f"第{number}页", exact=True)).to_be_in_viewport()
    width = device["viewport"]["width"]
    keep_picture(page, f"preview-{width}")

    page.get_by_role("button", name="网页").click()
    shown = page.frame_locator(".desk-preview iframe")
    expect(shown.get_by_text("没有保存的最后一句。")).to_be_in_viewport()
    keep_picture(page, f"preview-page-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="关闭").click()
    expect(page.locator(".desk-preview")).to_be_hidden()
    assert "没有保存的最后一句" not in Article.objects.get(pk=article.pk).body


def test_the_keyboard_refreshes_the_preview_from_within_the_editor(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    type_in_body(page, "第一句。")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="网页").click()
    shown = page.frame_locator(".desk-preview iframe")
    expect(shown.get_by_text("第一句。")).to_be_visible()

    type_in_body(page, "第二句。")
    page.keyboard.press("Control+Enter")

    expect(shown.get_by_text("第一句。第二句。")).to_be_visible()
    # The shortcut types nothing itself.
    body = page.evaluate("CKEDITOR.instances.id_body.getData()")
    assert body.strip().endswith("第一句。第二句。</p>")


def test_a_preview_that_fails_says_so_and_leaves_what_was_shown(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    open_preview(page)
    shown = page.get_by_text(re.compile("光标在第"))
    expect(shown).to_be_visible(timeout=COLD)

    page.context.set_offline(True)
    page.get_by_role("button", name="刷新").click()

    expect(page.get_by_text("连不上服务器，请稍后再刷新")).to_be_visible()
    expect(page.locator(".desk-preview figure").first).to_be_attached()
