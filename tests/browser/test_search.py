"""A reader looks for something, on a phone, with the keyboard, and without a script."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_article, make_bulletin
from tests.issued import make_found

WIDTH = "document.documentElement.scrollWidth"
NARROW = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def archive(live_server):
    series = make_bulletin(slug="zuofeng")
    pieces = [
        make_article(f"“无废城市”建设第{n}次推进会", source=f"单位{n % 3}")
        for n in range(30)
    ]
    make_found(*pieces[:15], bulletin=series, date=dt.date(2023, 5, 1))
    make_found(*pieces[15:], bulletin=series, date=dt.date(2024, 5, 1))


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_reader_finds_narrows_and_takes_the_choice_back(open_page, archive, device):
    page = open_page("/search/", **device, java_script_enabled=False)
    page.get_by_role("searchbox", name="检索词").fill("无废城市建设")
    page.keyboard.press("Enter")

    status = page.get_by_role("status")
    expect(status).to_contain_text("找到30篇，第1页，共2页")
    expect(page.get_by_role("searchbox")).to_have_value("无废城市建设")
    expect(page.locator("mark").first).to_have_text("无废城市”建设")

    choices = page.get_by_role("navigation", name="缩小范围")
    choices.get_by_role("link", name="2023年 15篇").click()
    expect(status).to_contain_text("找到15篇")

    page.get_by_role("link", name="取消年份：2023年").click()
    expect(page.get_by_role("link", name="第1页")).to_have_attribute(
        "aria-current", "page"
    )
    page.get_by_role("link", name="第2页").click()
    expect(page.get_by_role("status")).to_contain_text("第2页，共2页")
    expect(page.locator(".items > li")).to_have_count(10)


def test_other_words_are_one_click_away(open_page, archive):
    page = open_page("/search/?q=無廢城市")
    expect(page.get_by_role("status")).to_contain_text("没有找到“無廢城市”。")

    page.get_by_role("link", name="无废城市").click()

    expect(page.get_by_role("status")).to_contain_text("找到30篇")


@pytest.mark.parametrize("asked", ["q=无废城市", "q=" + "x" * 190, "q=" + "长" * 300])
def test_nothing_scrolls_sideways_at_320_pixels(open_page, archive, asked):
    page = open_page(f"/search/?{asked}", **NARROW)

    assert page.evaluate(WIDTH) <= 320


def test_a_number_leads_straight_to_the_issue(open_page, archive):
    page = open_page("/search/?q=2023年 第1期")

    direct = page.get_by_role("navigation", name="直达")
    direct.get_by_role("link", name="2023年第1期").click()

    page.wait_for_url("**/zuofeng/2023/1/")


@pytest.mark.parametrize("asked", ["q=工作简报", "q=无废城市&page=2"])
def test_what_leads_on_is_tall_enough_for_a_thumb(open_page, archive, asked):
    page = open_page(f"/search/?{asked}", **PHONE)
    links = page.locator(".direct a, .result-pages a")

    heights = links.evaluate_all(
        "all => all.map(a => a.getBoundingClientRect().height)"
    )

    assert heights
    assert min(heights) >= 44
