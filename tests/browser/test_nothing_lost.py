"""What was typed is not lost: a killed tab, an expired login, two clerks at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from bulletins import workflow
from bulletins.models import Article
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_bulletin, make_issue, make_user


def make_editor(name: str, **fields: str) -> User:
    editor = make_user(name, is_staff=True, **fields)
    editor.user_permissions.set(
        Permission.objects.filter(content_type__app_label="bulletins")
    )
    return editor


def log_in(page: Page, name: str) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "login" not in address)


def keep_picture(page: Page, name: str) -> None:
    """Keep a screenshot where SCREENSHOTS says, to be looked at by people."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)


def address_of(article: Article) -> str:
    return f"/admin/bulletins/article/{article.pk}/change/"


def open_article(page: Page, article: Article) -> None:
    page.goto(address_of(article))
    wait_for_editor(page)


def wait_for_editor(page: Page) -> None:
    page.wait_for_function("window.CKEDITOR?.instances.id_body?.status === 'ready'")


def type_in_body(page: Page, text: str) -> None:
    page.frame_locator("iframe.cke_wysiwyg_frame").locator("body").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def body_of(page: Page) -> str:
    return str(page.evaluate("CKEDITOR.instances.id_body.getData()"))


def kept(page: Page) -> list[str]:
    """Return the keys of what the browser still keeps."""
    script = "Object.keys(localStorage).filter(key => key.startsWith('desk:'))"
    return list(page.evaluate(script))


def save(page: Page) -> None:
    page.locator("#submit-row [name=_continue]").click()


@pytest.fixture
def article(live_server) -> Article:
    make_editor("bianji", first_name="李编辑")
    make_editor("wang", first_name="王科长")
    return make_issue(make_bulletin(slug="zuofeng")).articles.get()


def test_what_was_typed_is_offered_after_a_killed_tab(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("县作风办召开\n第二次推进会")
    type_in_body(page, "还没有保存的一句。")
    expect(page.get_by_text("已自动暂存")).to_be_visible()
    keep_picture(page, "kept")

    context = page.context
    page.close()
    page = context.new_page()
    open_article(page, article)
    expect(page.get_by_text("有未保存的内容")).to_be_visible()
    assert "还没有保存的一句" not in body_of(page)
    page.get_by_role("button", name="查看不同").click()
    expect(page.locator(".desk-differences ins").last).to_have_text(
        re.compile("还没有保存的一句")
    )
    keep_picture(page, "offered")
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("[name=title]")).to_have_value("县作风办召开\n第二次推进会")
    expect(page.get_by_text("已恢复")).to_be_visible()
    assert "还没有保存的一句。" in body_of(page)

    save(page)
    expect(page.get_by_text("已保存“")).to_be_visible()
    wait_for_editor(page)
    expect(page.get_by_text("有未保存的内容")).to_be_hidden()
    assert "还没有保存的一句。" in Article.objects.get().body
    assert kept(page) == []


def test_another_user_of_the_browser_is_offered_nothing(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("只有李编辑知道的标题")
    expect(page.get_by_text("已自动暂存")).to_be_visible()

    page.context.clear_cookies()
    page.close(run_before_unload=False)
    page = page.context.new_page()
    page.goto("/admin/login/")
    log_in(page, "wang")
    open_article(page, article)
    # Those drafts that are offered are offered once the editor is there.
    page.wait_for_timeout(500)
    expect(page.get_by_text("有未保存的内容")).to_be_hidden()


def test_a_form_waits_for_an_expired_login_and_goes_on_by_itself(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("登录过期之后")
    Session.objects.all().delete()

    save(page)
    expect(page.get_by_text("登录已过期")).to_be_visible()
    expect(page.locator("#submit-row [name=_continue]")).to_be_disabled()
    keep_picture(page, "expired")
    assert Article.objects.get().version == 1

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="在新窗口登录").click()
    window = opened.value
    log_in(window, "bianji")
    expect(window.get_by_text("刚才的保存会自动继续")).to_be_visible()
    keep_picture(window, "back")
    window.close()

    expect(page.get_by_text("已保存“登录过期之后”")).to_be_visible()
    assert Article.objects.get().title == "登录过期之后"


def test_a_form_waits_for_the_line_and_goes_on_by_itself(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("断网之后")
    page.context.set_offline(True)

    save(page)
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("已保存“断网之后”")).to_be_visible()
    assert Article.objects.get().title == "断网之后"


def test_a_double_click_saves_once(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("点了两下")

    page.locator("#submit-row [name=_continue]").dblclick()

    expect(page.get_by_text("已保存“点了两下”")).to_be_visible()
    assert Article.objects.get().version == 2


def test_who_else_has_the_page_open_is_shown(open_page, article):
    first = open_page("/admin/login/")
    log_in(first, "wang")
    open_article(first, article)
    expect(first.locator("#desk")).to_be_visible()

    second = open_page("/admin/login/")
    log_in(second, "bianji")
    open_article(second, article)
    expect(second.get_by_text("王科长正在编辑这篇稿件（刚刚打开）")).to_be_visible()
    second.goto(f"/admin/bulletins/issue/{article.issue_id}/change/")
    expect(second.get_by_text("王科长正在编辑《县作风办召开推进会》")).to_be_visible()
    keep_picture(second, "others")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_two_editors_in_conflict_lose_nothing(open_page, article, device):
    page = open_page("/admin/login/", **device)
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("李编辑的标题")
    type_in_body(page, "李编辑加的一句。")
    theirs = Article.objects.get()
    theirs.body = theirs.body + "<p>王科长加的一段。</p>"
    theirs.source = "县委办"
    workflow.save_item(theirs, by=User.objects.get(username="wang"), seen=1)

    save(page)
    expect(page.get_by_text("别人已经保存了新的内容").first).to_be_visible()
    expect(page.locator(".desk-side", has_text="李编辑加的一句").first).to_be_visible()
    expect(page.locator(".desk-side", has_text="王科长加的一段").first).to_be_visible()
    width = device["viewport"]["width"]
    keep_picture(page, f"conflict-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Article.objects.get().title == "县作风办召开推进会"

    page.get_by_role("button", name="继续编辑").click()
    expect(page.get_by_text("别人保存的内容（与您的不同之处）")).to_be_visible()
    wait_for_editor(page)
    keep_picture(page, f"merge-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "李编辑加的一句。" in body_of(page)
    page.locator("[name=source]").fill("县委办")
    type_in_body(page, "王科长加的一段。")
    save(page)
    expect(page.get_by_text("已保存“李编辑的标题”")).to_be_visible()

    merged = Article.objects.get()
    assert (merged.version, merged.source) == (3, "县委办")
    assert "李编辑加的一句。王科长加的一段。" in merged.body


def test_one_s_own_text_can_be_given_up_for_that_of_the_other(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    open_article(page, article)
    page.locator("[name=title]").fill("李编辑的标题")
    theirs = Article.objects.get()
    theirs.title = "王科长的标题"
    workflow.save_item(theirs, by=User.objects.get(username="wang"), seen=1)
    save(page)

    page.get_by_role("link", name="放弃我的").click()

    expect(page.locator("[name=title]")).to_have_value("王科长的标题")
    wait_for_editor(page)
    page.wait_for_timeout(500)
    expect(page.get_by_text("有未保存的内容")).to_be_hidden()


def test_an_opinion_survives_an_expired_login_and_a_killed_tab(open_page, article):
    issue = article.issue
    wang = User.objects.get(username="wang")
    issue.bulletin.review_steps.get().group.user_set.add(wang)
    workflow.submit(issue, by=User.objects.get(username="bianji"))
    page = open_page("/admin/login/", **PHONE)
    log_in(page, "wang")
    page.goto(f"/admin/bulletins/issue/{issue.pk}/review/")
    page.locator(".move-bar #move-send_back summary").click()
    page.locator("#comment-send_back").fill("第二段的数字请核实。")
    Session.objects.all().delete()
    page.get_by_role("button", name="确认退回").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    keep_picture(page, "opinion-expired")

    context = page.context
    page.close()
    page = context.new_page()
    page.goto("/admin/login/")
    log_in(page, "wang")
    page.goto(f"/admin/bulletins/issue/{issue.pk}/review/")
    page.locator(".move-bar #move-send_back summary").click()
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#comment-send_back")).to_have_value("第二段的数字请核实。")
    keep_picture(page, "opinion-restored")
    page.get_by_role("button", name="确认退回").click()

    expect(page.get_by_text("已退回")).to_be_visible()
    assert issue.events.last().comment == "第二段的数字请核实。"
    page.goto(f"/admin/bulletins/issue/{issue.pk}/review/")
    assert kept(page) == []


def test_whoever_types_is_not_signed_out_for_being_idle(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    page.clock.install()
    open_article(page, article)
    with page.expect_request("**/presence/", timeout=10_000) as idle:
        page.clock.fast_forward(30_000)

    page.locator("[name=title]").fill("正在写的标题")
    page.clock.fast_forward(5_000)
    expect(page.get_by_text("已自动暂存")).to_be_visible()
    with page.expect_request("**/presence/", timeout=10_000) as busy:
        page.clock.fast_forward(30_000)

    assert "typed=1" not in (idle.value.post_data or "")
    assert "typed=1" in (busy.value.post_data or "")


def test_saving_one_new_article_does_not_drop_another_that_never_arrived(
    open_page, article
):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    add = f"/admin/bulletins/article/add/?issue={article.issue_id}"
    page.goto(add)
    wait_for_editor(page)
    page.locator("[name=title]").fill("没有送到的文章")
    page.route("**/article/add/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        save(page)
    other = page.context.new_page()
    other.goto(add)
    wait_for_editor(other)
    other.locator("[name=title]").fill("送到了的文章")
    save(other)
    expect(other.get_by_text("已保存“送到了的文章”")).to_be_visible()

    other.goto(add)
    other.get_by_role("button", name="恢复").click()

    expect(other.locator("[name=title]")).to_have_value("没有送到的文章")


def test_a_new_article_and_a_new_recipient_are_kept_too(open_page, article):
    page = open_page("/admin/login/")
    log_in(page, "bianji")
    add = f"/admin/bulletins/article/add/?issue={article.issue_id}"
    page.goto(add)
    wait_for_editor(page)
    page.locator("[name=title]").fill("还没有保存的新文章")
    expect(page.get_by_text("已自动暂存")).to_be_visible()
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(add)
    page.get_by_role("button", name="恢复").click()
    save(page)
    expect(page.get_by_text("已保存“还没有保存的新文章”")).to_be_visible()
    page.goto(add)
    wait_for_editor(page)
    assert kept(page) == []

    page.goto(f"/admin/bulletins/issue/{article.issue_id}/change/")
    rows = article.issue.recipients.count()
    page.locator("#tabs-items").get_by_text("收文单位").click()
    page.get_by_text("增加收文单位").click()
    page.locator(f"[name=recipients-{rows}-name]").fill("新的单位")
    expect(page.get_by_text("已自动暂存")).to_be_visible()
    page.close()
    page = context.new_page()
    page.goto(f"/admin/bulletins/issue/{article.issue_id}/change/")
    page.get_by_role("button", name="恢复").click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存 襄城县")).to_be_visible()
    assert article.issue.recipients.filter(name="新的单位").exists()
