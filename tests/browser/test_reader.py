"""A reader opens an issue: on a phone, with the keyboard, without scripts, on paper."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bulletins import workflow
from bulletins.composing import create_issue
from bulletins.reading import read_file
from tests.browser.conftest import PHONE
from tests.factories import make_bulletin, make_clerk, make_leader

NARROW = {**PHONE, "viewport": {"width": 320, "height": 640}}
WIDE = {"viewport": {"width": 1280, "height": 800}}
WIDTH = "document.documentElement.scrollWidth"
TEXT_SIZE = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
SAMPLE = Path(__file__).parents[1] / "documents" / "xuchang-56.txt"
# HTML, style sheets, scripts, icon and font as they are, not compressed; no pictures.
MOST_BYTES = 60 * 1024


@pytest.fixture
def sample(live_server):
    """Return the real issue of 2020, published."""
    document = read_file(SAMPLE).document
    series = make_bulletin(slug="wuxiao", masthead=document.bulletin)
    issue = workflow.submit(create_issue(series, document), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(series))
    issue = workflow.publish(issue, by=make_clerk())
    assert issue.date == dt.date(2020, 9, 15)
    return issue


def test_an_issue_is_read_on_a_phone(open_page, issued):
    page = open_page(issued.get_absolute_url(), **PHONE)

    assert page.evaluate(WIDTH) <= 390
    masthead = page.get_by_role("heading", level=1)
    expect(masthead).to_be_in_viewport()
    expect(masthead).to_contain_text("工作简报")

    title = page.get_by_role("heading", name="落地见效")
    expect(title).not_to_be_in_viewport()
    page.locator(".contents").get_by_role("link", name="落地见效").click()
    expect(title).to_be_in_viewport()

    link = page.get_by_role("link", name="下载第8期 PDF")
    expect(link).to_contain_text("KB")
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
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate(outline) == "3px"


def test_the_home_page_leads_to_the_issue_and_to_its_articles(open_page, issued):
    page = open_page("/")

    page.get_by_role("link", name="落地见效").click()
    page.wait_for_url(f"**{issued.get_absolute_url()}#article-*")
    expect(page.get_by_role("heading", name="落地见效")).to_be_in_viewport()
    page.get_by_role("link", name="工作简报", exact=True).click()
    page.get_by_role("link", name="阅读全文").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("第8期")


def test_a_reader_goes_from_piece_to_piece(open_page, issued):
    page = open_page(issued.get_absolute_url())

    page.locator("#pieces + ul").get_by_role("link", name="落地见效").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("落地见效")
    expect(page.get_by_text("引用格式")).to_be_visible()
    page.get_by_role("navigation", name="本期前后各篇").get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("麦岭镇开展环境整治")
    page.get_by_role("link", name="看第8期全文").click()
    page.wait_for_url(f"**{issued.get_absolute_url()}")


def test_the_contents_beside_an_issue_say_where_the_reader_is(open_page, issued):
    page = open_page(issued.get_absolute_url(), **WIDE)
    beside = page.get_by_role("navigation", name="第8期目录")

    page.get_by_role("heading", name="落地见效").scroll_into_view_if_needed()
    beside.get_by_role("link", name="落地见效").click()

    current = beside.locator("[aria-current=location]")
    expect(current).to_have_text("各乡镇“三个一”要求　落地见效")
    expect(beside).to_be_in_viewport()


# --- size of the text, scripts, paper ---------------------------------------------


def test_the_size_of_the_text_is_chosen_with_the_keyboard_and_remembered(
    open_page, issued
):
    page = open_page(issued.get_absolute_url())
    before = page.evaluate(TEXT_SIZE)

    page.get_by_role("radio", name="标准").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(TEXT_SIZE) == pytest.approx(before * 1.2)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(TEXT_SIZE) == pytest.approx(before * 1.45)

    page.goto("/zuofeng/2024/8/1/")
    assert page.evaluate(TEXT_SIZE) == pytest.approx(before * 1.45)
    expect(page.get_by_role("radio", name="特大")).to_be_checked()
    page.get_by_text("标准", exact=True).click()
    assert page.evaluate(TEXT_SIZE) == pytest.approx(before)


def test_everything_is_read_without_scripts(open_page, issued):
    page = open_page(issued.get_absolute_url(), java_script_enabled=False)
    title = page.get_by_role("heading", name="落地见效")
    before = title.bounding_box()

    expect(page.locator(".official")).to_contain_text("会议要求抓好落实。")
    page.get_by_text("特大", exact=True).click()

    assert title.bounding_box()["height"] > before["height"]


def test_the_text_is_set_as_chinese_is(open_page, sample):
    page = open_page(sample.get_absolute_url(), **WIDE)

    set_so = page.evaluate(
        """() => {
          const text = document.querySelector(".official .body p");
          const style = getComputedStyle(text);
          const size = parseFloat(style.fontSize);
          return [text.clientWidth / size, parseFloat(style.lineHeight) / size,
                  parseFloat(style.textIndent) / size, style.textAlign];
        }"""
    )

    characters, height, indent, align = set_so
    assert 34 <= characters <= 38
    assert height == pytest.approx(1.9)
    assert (indent, align) == (2, "justify")


def test_the_masthead_has_its_own_face(open_page, sample):
    page = open_page(sample.get_absolute_url())

    page.evaluate("document.fonts.ready")

    loaded = page.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert [name.strip('"') for name in loaded] == ["Bulletin Masthead"]


@pytest.mark.parametrize(
    "address", ["/", "/wuxiao/", "/wuxiao/2020/56/", "/wuxiao/2020/56/3/"]
)
def test_a_page_with_all_it_needs_is_light(open_page, sample, address):
    page = open_page(address)
    page.evaluate("document.fonts.ready")

    loaded = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    needed = {address, "/static/bulletins/icon.svg", *page.evaluate(loaded)}
    weights = {name: len(page.request.get(name).body()) for name in needed}

    endings = {name.rpartition(".")[2] for name in weights}
    assert {"css", "js", "svg"} <= endings
    assert sum(weights.values()) <= MOST_BYTES, weights


def test_the_policy_of_the_page_stops_nothing_of_its_own(open_page, issued):
    page = open_page("/about/")
    said = []
    page.on("console", lambda message: said.append(message.text))

    for address in (
        "/",
        issued.get_absolute_url(),
        "/zuofeng/2024/8/1/",
        "/search/?q=a",
    ):
        response = page.goto(address)
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "unsafe" not in response.headers["content-security-policy"]

    assert said == []


def test_paper_gets_the_text_and_is_told_of_the_pdf(open_page, issued):
    page = open_page(issued.get_absolute_url())
    page.emulate_media(media="print")

    expect(page.locator(".site-head")).to_be_hidden()
    expect(page.locator(".beside")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    note = "getComputedStyle(document.querySelector('.official'), '::before').content"
    assert page.evaluate(note) == '"官方版式请下载 PDF"'
