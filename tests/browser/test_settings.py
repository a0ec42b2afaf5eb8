"""A clerk's settings and the contributions pool, at the desk and on a phone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from bulletins.models import Contribution, Issue
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_user

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
# What the group 编辑 may, of what is used here; the live server keeps no groups.
MODELS = (
    *("issue", "article", "briefitem", "recipient", "section", "bulletin"),
    *("contribution", "unit", "term", "phrase"),
)


def log_in(page: Page) -> None:
    clerk = make_user("bianji", is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="bulletins")
    clerk.user_permissions.set(
        rights.filter(content_type__model__in=MODELS)
        | rights.filter(codename="view_reviewstep")
    )
    page.get_by_label("用户名").fill("bianji")
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")


def assert_fits(page: Page) -> None:
    assert page.viewport_size
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def make_piece(title: str) -> Contribution:
    return Contribution.objects.create(
        title=title,
        body=f"<p>{title}。清理垃圾30余吨。</p>",
        received_on=dt.date(2024, 9, 1),
    )


@SIZES
def test_a_piece_is_entered_and_adopted(open_page, bulletin, size):
    issue = Issue.objects.create(bulletin=bulletin, planned_number=57)
    page = open_page("/admin/login/", **size)
    log_in(page)

    page.goto("/admin/bulletins/contribution/add/")
    page.get_by_label("供稿单位").fill("麦岭镇")
    page.get_by_label("标题").fill("麦岭镇开展环境整治")
    editor = page.frame_locator("iframe.cke_wysiwyg_frame")
    editor.locator("body").click()
    page.keyboard.type("9月1日，麦岭镇开展整治。")
    assert_fits(page)
    page.get_by_role("button", name="保存并继续编辑").click()
    expect(page.get_by_text("已新建报送单位“麦岭镇”")).to_be_visible()

    page.get_by_role("link", name="采用", exact=True).click()
    page.get_by_label("采用到哪一期").select_option(label="工作动态（文章）")
    assert_fits(page)
    page.get_by_role("button", name="确认采用").click()
    expect(page.get_by_role("link", name="查看这篇文章")).to_be_visible()
    assert_fits(page)

    article = issue.articles.get()
    assert (article.title, article.source) == ("麦岭镇开展环境整治", "麦岭镇")
    assert article.body == "<p>9月1日，麦岭镇开展整治。</p>"


@SIZES
def test_several_pieces_are_taken_from_the_page_of_the_issue(open_page, bulletin, size):
    issue = Issue.objects.create(bulletin=bulletin, planned_number=57)
    for title in ("甲镇开展整治", "乙镇开展整治", "丙镇开展整治"):
        make_piece(title)
    page = open_page("/admin/login/", **size)
    log_in(page)

    page.goto(f"/admin/bulletins/issue/{issue.pk}/contributions/")
    page.get_by_text("甲镇开展整治", exact=True).click()
    page.get_by_text("丙镇开展整治", exact=True).click()
    page.get_by_label("放在栏目").select_option(label="简讯（简讯）")
    assert_fits(page)
    page.get_by_role("button", name="采用勾选的稿件").click()

    expect(page.get_by_text("已采用2篇")).to_be_visible()
    leads = issue.brief_items.values_list("lead", flat=True)
    assert list(leads) == ["甲镇开展整治", "丙镇开展整治"]


@SIZES
def test_the_masthead_is_seen_as_it_is_typed_and_markup_is_text(
    open_page, bulletin, size
):
    page = open_page("/admin/login/", **size)
    log_in(page)

    page.goto(f"/admin/bulletins/bulletin/{bulletin.pk}/change/")
    sample = page.get_by_role("region", name="报头样式")
    expect(sample).to_contain_text("襄城县作风建设")
    page.get_by_label("简报名称").fill("<img src=x onerror=alert(1)>")
    expect(sample).to_contain_text("<img src=x onerror=alert(1)>")
    assert sample.locator("img").count() == 0
    page.get_by_label("简报名称").fill("环保简报")
    page.get_by_label("项目名称").fill("")
    page.get_by_label("标注总期号").check(force=True)
    page.get_by_label("红色").select_option("#c8102e")

    expect(sample.get_by_text("环保简报")).to_have_css("color", "rgb(200, 16, 46)")
    expect(sample).not_to_contain_text("襄城县作风建设")
    expect(sample).to_contain_text("总第1期")
    assert_fits(page)


@SIZES
def test_a_pasted_list_is_shown_and_then_saved(open_page, bulletin, size):
    page = open_page("/admin/login/", **size)
    log_in(page)

    page.goto(f"/admin/bulletins/bulletin/{bulletin.pk}/recipients/")
    page.get_by_label("粘贴名单").fill("县委办公室 5份\n发：各乡镇 2份、各单位")
    page.get_by_role("button", name="预览改动").click()
    expect(page.get_by_role("heading", name="还没有保存")).to_be_visible()
    expect(page.get_by_role("row", name="县委办公室")).to_contain_text("2 → 5份")
    assert_fits(page)
    assert bulletin.recipients.count() == 1
    page.get_by_role("button", name="确认保存").click()

    expect(page.get_by_text("名单已保存：新增2个、改动1个。")).to_be_visible()
    rows = bulletin.recipients.order_by("tier", "position")
    assert [(row.name, row.copies) for row in rows] == [
        ("各乡镇", 2),
        ("各单位", 1),
        ("县委办公室", 5),
    ]
