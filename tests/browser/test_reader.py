"""A reader opens an issue, on a phone and with the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

NARROW = {**PHONE, "viewport": {"width": 320, "height": 640}}
WIDTH = "document.documentElement.scrollWidth"


def test_an_issue_is_read_on_a_phone(open_page, issued):
    page = open_page(issued.get_absolute_url(), **PHONE)

    assert page.evaluate(WIDTH) <= 390
    masthead = page.get_by_role("heading", level=1)
    expect(masthead).to_be_in_viewport()
    expect(masthead).to_contain_text("工作简报")

    title = page.get_by_role("heading", name="落地见效")
    expect(title).not_to_be_in_viewport()
    page.get_by_role("link", name="落地见效").click()
    expect(title).to_be_in_viewport()

    link = page.get_by_role("link", name="下载 PDF")
    pdf = page.request.get(link.get_attribute("href"))
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")


@pytest.mark.parametrize("device", [NARROW, PHONE], ids=["320", "390"])
def test_nothing_scrolls_sideways(open_page, issued, device):
    page = open_page("/", **device)
    width = device["viewport"]["width"]

    for address in ("/", "/zuofeng/", issued.get_absolute_url(), "/nothing/"):
        page.goto(address)
        assert page.evaluate(WIDTH) <= width, address


def test_the_keyboard_skips_to_the_text(open_page, issued):
    page = open_page(issued.get_absolute_url())
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).not_to_be_in_viewport()

    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert (
        page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    )


def test_the_home_page_leads_to_the_issue_and_to_its_articles(open_page, issued):
    page = open_page("/")

    page.get_by_role("link", name="落地见效").click()
    page.wait_for_url(f"**{issued.get_absolute_url()}#article-*")
    expect(page.get_by_role("heading", name="落地见效")).to_be_in_viewport()
    page.get_by_role("link", name="工作简报", exact=True).click()
    page.get_by_role("link", name="阅读全文").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("第8期")
