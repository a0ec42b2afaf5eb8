"""From the clerk's desk to the leader's phone and back, until the issue is out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from playwright.sync_api import Page, expect

from bulletins import workflow
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Bulletin, Issue, Phrase
from tests.browser.conftest import PHONE
from tests.factories import make_article, make_brief, make_issue, make_user

WRITES = ("view", "add", "change", "delete")
PARTS = ("article", "briefitem", "recipient")
CLERK = [
    *(f"{right}_{part}" for right in WRITES for part in ("issue", *PARTS)),
    "view_bulletin",
    "submit_issue",
    "publish_issue",
]
LEADER = ["view_issue", "approve_issue"]
BODY = "<p>9月1日，县作风办召开推进会。</p><p>会议要求，整改问题128个。</p>"


def make_person(name: str, family: str, rights: list[str]) -> User:
    user = make_user(name, is_staff=True, last_name=family)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def submitted(live_server: Any, bulletin: Bulletin) -> Issue:
    """Return an issue that waits for the leader, handed in by the clerk."""
    clerk = make_person("bianji", "张晓文", CLERK)
    leader = make_person("lingdao", "李明", LEADER)
    step = bulletin.review_steps.get()
    step.name = "领导签发"
    step.save()
    Group.objects.get(pk=step.group_id).user_set.add(leader)
    Phrase.objects.create(text="请核对数字")
    Phrase.objects.create(text="同意", position=2)
    articles = (make_article("县作风办召开\n推进会", body=BODY),)
    sections = (
        SectionEntry("", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(),)),
    )
    issue = make_issue(bulletin, sections=sections)
    return workflow.submit(issue, by=clerk, comment="请审阅")


def log_in(page: Page, name: str) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()


def keep_picture(page: Page, name: str) -> None:
    """Keep a screenshot where SCREENSHOTS says, to be looked at by people."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)


def test_leader_and_clerk_bring_an_issue_out(open_page, submitted):
    phone = open_page("/admin/login/", **PHONE)
    log_in(phone, "lingdao")
    leader_sends_back_with_a_phrase(phone)

    desk = open_page("/admin/login/")
    log_in(desk, "bianji")
    clerk_corrects_and_submits_again(desk)

    leader_sees_the_difference_and_signs(phone)

    clerk_publishes(desk)
    submitted.refresh_from_db()
    reader = open_page(submitted.get_absolute_url(), **PHONE)
    expect(reader.get_by_text("会议要求，整改问题132个。")).to_be_visible()
    pdf = reader.request.get(f"{submitted.get_absolute_url().rstrip('/')}.pdf")
    assert pdf.body().startswith(b"%PDF-")


def leader_sends_back_with_a_phrase(page: Page) -> None:
    expect(page.get_by_role("heading", name="等您办理")).to_contain_text("1件")
    keep_picture(page, "1-start")
    page.get_by_role("link", name=re.compile("拟第8期")).first.click()
    expect(page.get_by_text("会议要求，整改问题128个。")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    paper = page.locator(".official .body p").first
    assert paper.evaluate("node => getComputedStyle(node).fontSize") == "18px"
    keep_picture(page, "2-reading")

    bar = page.get_by_role("region", name="办理", exact=True)
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == page.evaluate("innerHeight")
    bar.get_by_text("退回", exact=True).tap()
    page.locator("#move-send_back").get_by_text("请核对数字").tap()
    keep_picture(page, "3-sheet")
    page.get_by_role("button", name="确认退回").tap()
    expect(page.get_by_text("已退回")).to_be_visible()
    expect(page.get_by_text("现在没有等您办理的简报")).to_be_visible()


def clerk_corrects_and_submits_again(page: Page) -> None:
    page.get_by_role("link", name=re.compile("退回待改")).click()
    expect(page.get_by_text("请核对数字").first).to_be_visible()
    keep_picture(page, "4-came-back")
    page.get_by_role("link", name="编辑", exact=True).click()
    expect(page.get_by_text("请核对数字").first).to_be_visible()
    page.locator("a[href*='/bulletins/article/'][href*='/change/']").first.click()
    editor = page.frame_locator("iframe.cke_wysiwyg_frame >> visible=true")
    editor.locator("body").click()
    page.keyboard.press("Control+End")
    for _ in "128个。":
        page.keyboard.press("Backspace")
    page.keyboard.type("132个。")
    page.get_by_role("button", name="保存并回到本期").click()
    expect(page.get_by_text("已保存“")).to_be_visible()
    page.get_by_role("link", name="去送审").click()
    page.get_by_role("region", name="办理", exact=True).get_by_text(
        "送审", exact=True
    ).click()
    page.get_by_label("附言").first.fill("数字已核对")
    keep_picture(page, "5-submitting")
    page.get_by_role("button", name="确认送审").click()
    expect(page.get_by_text("已送审")).to_be_visible()


def leader_sees_the_difference_and_signs(page: Page) -> None:
    page.goto("/admin/bulletins/issue/queue/")
    page.get_by_role("link", name=re.compile("拟第8期")).click()
    expect(page.get_by_text("与您上次看到的相比")).to_be_visible()
    expect(page.locator("del")).to_contain_text(["128"])
    expect(page.locator("ins")).to_contain_text(["132"])
    keep_picture(page, "6-differences")
    page.get_by_role("region", name="办理", exact=True).get_by_text(
        "签发", exact=True
    ).tap()
    keep_picture(page, "7-signing")
    page.get_by_role("button", name="确认签发").tap()
    expect(page.get_by_text("已签发")).to_be_visible()


def clerk_publishes(page: Page) -> None:
    page.goto("/admin/")
    page.locator("a[href$='/review/']").first.click()
    keep_picture(page, "8-approved")
    page.get_by_role("region", name="办理", exact=True).get_by_text(
        "印发", exact=True
    ).click()
    page.get_by_role("button", name="确认印发").click()
    expect(page.get_by_text("已印发。")).to_be_visible(timeout=60_000)
    keep_picture(page, "9-issued")


def test_a_sheet_opens_closes_and_sends_without_scripts(open_page, submitted):
    page = open_page("/admin/login/", **PHONE, java_script_enabled=False)
    log_in(page, "lingdao")
    page.goto(f"/admin/bulletins/issue/{submitted.pk}/review/")

    bar = page.get_by_role("region", name="办理", exact=True)
    bar.get_by_text("退回", exact=True).tap()
    expect(page.get_by_role("button", name="确认退回")).to_be_visible()
    page.touchscreen.tap(195, 100)
    expect(page.get_by_role("button", name="确认退回")).to_be_hidden()
    bar.get_by_text("签发", exact=True).tap()
    page.get_by_role("button", name="确认签发").tap()
    expect(page.get_by_text("已签发")).to_be_visible()

    submitted.refresh_from_db()
    assert submitted.status == Issue.Status.APPROVED
