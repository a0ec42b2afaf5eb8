"""The contents of an issue in a real browser: moved, removed, reworded, read on a phone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from bulletins.bounds import SectionKind
from bulletins.composing import printed_order
from bulletins.document import SectionEntry
from bulletins.models import Issue
from tests.browser.conftest import PHONE, OpenPage
from tests.factories import make_article, make_brief, make_issue, make_user

Point = tuple[float, float]

ITEMS = ["文章一", "文章二", "文章三", "简讯一", "简讯二"]


@pytest.fixture
def issue(bulletin):
    """Return a draft with three articles and two brief items."""
    articles = tuple(make_article(title) for title in ITEMS[:3])
    briefs = tuple(make_brief(lead) for lead in ITEMS[3:])
    sections = (
        SectionEntry("", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, briefs),
    )
    return make_issue(bulletin, sections=sections, number=57)


def make_editor() -> None:
    """Make somebody with an editor's rights; the groups of migrations are gone here."""
    editor = make_user("bianji", is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="bulletins")
    keys = ["approve_issue", "amend_issue", "correct_issue", "publish_issue"]
    editor.user_permissions.set(rights.exclude(codename__in=keys))


def open_issue(open_page: OpenPage, issue: Issue, **options) -> Page:
    make_editor()
    page = open_page("/admin/login/", **options)
    page.get_by_label("用户名").fill("bianji")
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.goto(f"/admin/bulletins/issue/{issue.pk}/change/")
    return page


def titles(issue: Issue) -> list[str]:
    return [str(row) for _, rows in printed_order(issue) for row in rows]


def shown(page: Page) -> list[str]:
    return page.locator("[data-contents] .group .row-title").all_inner_texts()


def told(page: Page, words: str) -> None:
    expect(page.locator("[data-toast]")).to_contain_text(words)


def by_mouse(page: Page, start: Point, end: Point) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(end[0], end[1] + 26, steps=8)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def by_finger(page: Page, start: Point, end: Point) -> None:
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *points: Point) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", start)
    for part in range(1, 13):
        share = part / 12
        x = start[0] + (end[0] - start[0]) * share
        touch("touchMove", (x, start[1] + (end[1] - start[1]) * share))
    touch("touchEnd")


@pytest.mark.parametrize(
    ("options", "drag"), [({}, by_mouse), (PHONE, by_finger)], ids=["desk", "phone"]
)
def test_an_article_is_dragged_to_another_place(open_page, issue, options, drag):
    page = open_issue(open_page, issue, **options)
    handle = page.locator(".row", has_text="文章三").locator("[data-handle]")
    target = page.locator(".row", has_text="文章一")

    target.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 200)")
    start, end = handle.bounding_box(), target.bounding_box()
    assert start
    assert end
    drag(page, (start["x"] + 8, start["y"] + 12), (end["x"] + 60, end["y"] + 4))

    told(page, "顺序已保存")
    expected = ["文章三", "文章一", "文章二", "简讯一", "简讯二"]
    assert shown(page) == expected
    page.reload()
    assert shown(page) == titles(issue) == expected


def test_an_article_is_moved_by_keyboard_and_keeps_the_focus(open_page, issue):
    page = open_issue(open_page, issue)
    button = page.get_by_role("button", name="“文章一”下移")

    button.focus()
    page.keyboard.press("Enter")
    told(page, "“文章一”现在是第2条")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    told(page, "“文章一”现在是第3条")

    number = page.get_by_label("“文章一”的序号")
    number.focus()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    told(page, "“文章一”现在是第2条")
    expect(page.get_by_label("“文章一”的序号")).to_be_focused()
    assert titles(issue) == ["文章二", "文章一", "文章三", "简讯一", "简讯二"]


def test_what_is_removed_comes_back_by_one_button(open_page, issue):
    page = open_issue(open_page, issue)

    page.get_by_role("button", name="删除“文章二”").click()
    told(page, "已删除“文章二”")
    assert shown(page) == ["文章一", "文章三", "简讯一", "简讯二"]
    page.locator("[data-toast]").get_by_role("button", name="恢复").click()
    told(page, "已恢复“文章二”")

    assert shown(page) == titles(issue) == ITEMS


def test_the_contents_are_reworded_in_place_and_what_is_typed_elsewhere_stays(
    open_page, issue
):
    page = open_issue(open_page, issue)
    page.locator("[name=editors_note]").fill("还没有保存的编者按")
    row = page.locator(".row", has_text="文章一")

    row.get_by_text("要目：同标题").click()
    row.get_by_label("在要目中的写法").fill("第一篇文章")
    page.keyboard.press("Enter")

    told(page, "要目已改为“第一篇文章”")
    expect(page.locator(".printed-contents")).to_contain_text("第一篇文章")
    expect(page.locator("[name=editors_note]")).to_have_value("还没有保存的编者按")


def test_a_wording_that_is_not_taken_yet_stays_when_something_else_is_done(
    open_page, issue
):
    page = open_issue(open_page, issue)
    row = page.locator(".row", has_text="文章一")
    row.get_by_text("要目：同标题").click()
    row.get_by_label("在要目中的写法").fill("第一篇文章")

    page.locator(".row", has_text="文章二").get_by_role("button", name="删除").click()
    told(page, "已删除“文章二”")

    expect(row.get_by_label("在要目中的写法")).to_have_value("第一篇文章")
    row.get_by_role("button", name="改要目").click()
    told(page, "要目已改为“第一篇文章”")
    expect(row.get_by_role("button", name="改要目")).to_be_hidden()


def test_the_panel_counts_the_pages_and_leads_to_what_is_missing(open_page, issue):
    issue.articles.filter(title="文章二").update(body="")
    page = open_issue(open_page, issue)

    expect(page.locator("[data-length]")).to_have_text("约2页", timeout=60_000)
    page.get_by_role("complementary").get_by_role("link", name="没有正文").click()
    expect(page.locator("[name=title]")).to_have_value("文章二")


def test_a_lost_connection_is_told_and_nothing_moves(open_page, issue):
    page = open_issue(open_page, issue)
    expect(page.locator("[data-length]")).to_contain_text("页", timeout=60_000)

    page.context.set_offline(True)
    page.get_by_role("button", name="“文章一”下移").click()
    told(page, "没有保存：网络断开")
    page.context.set_offline(False)

    assert shown(page) == titles(issue) == ITEMS


def test_a_phone_shows_the_whole_page_without_pushing_it_sideways(open_page, issue):
    page = open_issue(open_page, issue, **PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_text("去送审")).to_be_hidden()
    page.get_by_text("本期情况").click()
    expect(page.get_by_text("去送审")).to_be_visible()
    page.get_by_role("button", name="“简讯二”上移").click()
    told(page, "“简讯二”现在是第4条")


def test_without_scripts_numbers_and_a_button_give_the_order(open_page, issue):
    page = open_issue(open_page, issue, java_script_enabled=False)

    page.get_by_label("“文章三”的序号").fill("1")
    page.get_by_role("button", name="保存顺序").click()
    expect(page.get_by_text("“文章三”现在是第1条")).to_be_visible()
    page.get_by_role("button", name="删除“文章一”").click()
    expect(page.get_by_text("已删除“文章一”")).to_be_visible()

    assert titles(issue) == ["文章三", "文章二", "简讯一", "简讯二"]
