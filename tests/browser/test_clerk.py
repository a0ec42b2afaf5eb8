"""A clerk enters a whole issue by hand."""

import re

from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from bulletins.composing import document_of
from bulletins.models import Issue
from tests.browser.conftest import PHONE
from tests.factories import make_user


def make_clerk() -> None:
    clerk = make_user("bianji", is_staff=True)
    parts = ["issue", "article", "briefitem", "recipient", "section", "bulletin"]
    clerk.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="bulletins", content_type__model__in=parts
        )
    )


def log_in(page: Page) -> None:
    page.get_by_label("用户名").fill("bianji")
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()


def start_issue(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="新建一期").first.click()
    expect(page.get_by_text("收文单位：沿用常设的1个")).to_be_visible()
    expect(page.get_by_label("拟用期号")).to_have_value("1")
    page.get_by_label("拟用期号").fill("57")
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_text("请录入文章和简讯")).to_be_visible()


def add_article(page: Page, *paragraphs: str) -> None:
    page.get_by_role("link", name="加文章", exact=True).click()
    page.locator("[name=title]").fill("县作风办召开\n推进会")
    editor = page.frame_locator("iframe.cke_wysiwyg_frame >> visible=true")
    editor.locator("body").click()
    for paragraph in paragraphs:
        page.keyboard.type(paragraph)
        page.keyboard.press("Enter")
    page.keyboard.press("Backspace")


def back_to_issue(page: Page) -> None:
    page.get_by_role("button", name="保存并回到本期").click()
    expect(page.get_by_text("已保存“")).to_be_visible()


def add_brief(page: Page) -> None:
    page.get_by_role("link", name="加简讯", exact=True).click()
    page.get_by_label("全文").fill("麦岭镇开展环境整治。该镇清理垃圾30余吨。")
    back_to_issue(page)


def add_recipient(page: Page) -> None:
    page.locator("#tabs-items").get_by_text("收文单位").click()
    page.get_by_text("增加收文单位").click()
    page.locator("[name=recipients-1-tier]").select_option("distribute")
    page.locator("[name=recipients-1-name]").fill("各乡镇")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存 襄城县作风建设")).to_be_visible()


def test_a_clerk_enters_an_issue_by_hand_and_previews_it(open_page, bulletin):
    make_clerk()
    page = open_page("/admin/login/")
    log_in(page)

    start_issue(page)
    add_article(page, "9月1日，县作风办召开推进会。", "会议要求抓好落实。")
    back_to_issue(page)
    add_brief(page)
    add_recipient(page)

    document = document_of(Issue.objects.get())
    article = document.sections[0].items[0]
    assert article.title == "县作风办召开\n推进会"
    assert (
        article.body == "<p>9月1日，县作风办召开推进会。</p><p>会议要求抓好落实。</p>"
    )
    assert (
        document.sections[1].items[0].printed
        == "麦岭镇开展环境整治。该镇清理垃圾30余吨。"
    )
    assert document.recipients.report == ("县委办公室",)
    assert document.recipients.distribute == ("各乡镇",)

    pdf = page.request.get(
        page.get_by_role("link", name="预览 PDF").get_attribute("href")
    )
    assert pdf.body().startswith(b"%PDF-")
    page.get_by_role("link", name="预览网页").click()
    expect(
        page.get_by_role("heading", name=re.compile(r"县作风办召开\s?推进会"))
    ).to_be_visible()
    expect(page.get_by_text("会议要求抓好落实。")).to_be_visible()


def test_the_editor_fits_a_phone(open_page, bulletin):
    make_clerk()
    page = open_page("/admin/login/", **PHONE)
    log_in(page)

    start_issue(page)
    add_article(page, "9月1日，县作风办召开推进会。")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_editor_says_nothing_of_its_own_version(open_page, bulletin):
    make_clerk()
    page = open_page("/admin/login/")
    log_in(page)

    start_issue(page)
    add_article(page, "正文")

    assert page.locator(".cke_notification").count() == 0
    expect(page.locator("a.cke_button:visible").first).to_have_attribute(
        "title", "加粗 (Ctrl+B)"
    )


def test_a_double_click_begins_one_issue(open_page, bulletin):
    make_clerk()
    page = open_page("/admin/login/")
    log_in(page)
    page.goto("/admin/bulletins/issue/add/")

    page.get_by_role("button", name="新建", exact=True).dblclick()

    expect(page.get_by_text("本期还没有内容")).to_be_visible()
    assert Issue.objects.count() == 1
