"""The page of an article and the brief items, in a browser: paste, pictures, titles."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from PIL import Image
from playwright.sync_api import Page, expect

from bulletins.models import Article, Bulletin, Issue, Picture
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import make_issue, make_user

PASTE = """(kinds) => {
  const transfer = new DataTransfer();
  for (const [kind, data] of Object.entries(kinds)) transfer.setData(kind, data);
  const body = CKEDITOR.instances.id_body.editable().$;
  const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  body.dispatchEvent(event);
}"""
DROP_FILE = """([name, type, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const body = CKEDITOR.instances.id_body.editable().$;
  body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def issue(bulletin: Bulletin) -> Issue:
    return make_issue(bulletin, sections=())


def make_picture(form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 360), "#9fb8c8").save(file, form)
    return file.getvalue()


def keep_picture(page: Page, name: str) -> None:
    """Keep a screenshot where SCREENSHOTS says, to be looked at by people."""
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=Path(folder) / f"{name}-{width}.png")


def open_new(
    open_page: OpenPage, issue: Issue, kind: str = "article", **device
) -> Page:
    editor = make_user("bianji", is_staff=True)
    editor.user_permissions.set(
        Permission.objects.filter(content_type__app_label="bulletins")
    )
    page = open_page("/admin/login/", **device)
    page.get_by_label("用户名").fill("bianji")
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "login" not in address)
    page.goto(f"/admin/bulletins/{kind}/add/?issue={issue.pk}")
    if kind == "article":
        page.wait_for_function("window.CKEDITOR?.instances.id_body?.status === 'ready'")
    return page


def body_in(page: Page) -> str:
    return str(page.evaluate("CKEDITOR.instances.id_body.getData()"))


def paste(page: Page, **kinds: str) -> None:
    page.evaluate(PASTE, {k.replace("_", "/"): v for k, v in kinds.items()})


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_what_word_copies_is_pasted_clean_and_saved_so(
    open_page, issue, documents, device
):
    pasted = (documents / "clipboard" / "word-365.html").read_text("utf-8")
    rich = r"{\rtf1{\*\shppict{\pict\pngblip " + make_picture().hex() + "}}}"
    page = open_new(open_page, issue, **device)
    page.get_by_label("标题", exact=True).fill("襄城县推进\n“无废城市”建设")

    paste(page, text_html=pasted, text_rtf=rich)

    text = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    expect(text.locator("h2")).to_have_text("一、基本情况")
    expect(text.locator("td[rowspan='2']")).to_have_text("乡镇")
    expect(text.locator("img")).to_have_count(1)
    keep_picture(page, "paste")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存“襄城县推进“无废城市”建设”")).to_be_visible()
    expected = (documents / "clipboard" / "word-365.expected.html").read_text("utf-8")
    name = Picture.objects.get().name
    assert Article.objects.get().body == expected.replace("\n", "").replace(
        "0123456789abcdef.png", name
    )


def test_offline_the_paste_still_happens_and_says_so(open_page, issue):
    page = open_new(open_page, issue)
    page.route("**/article/paste/", lambda route: route.abort())

    paste(
        page, text_html="<p class=MsoNormal style='color:red'>县作风办<b>召开</b></p>"
    )

    expect(page.get_by_text("没有连上服务器")).to_be_visible()
    assert body_in(page).strip() == "<p>县作风办<strong>召开</strong></p>"


def test_pictures_on_the_disk_of_the_editor_are_told(open_page, issue):
    page = open_new(open_page, issue)

    paste(page, text_html='<p>前<img src="file:///C:/x.png">后</p>')

    expect(page.get_by_text("有1张图片没有粘贴进来")).to_be_visible()
    assert body_in(page).strip() == "<p>前后</p>"


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_picture_is_uploaded_and_described(open_page, issue, device):
    page = open_new(open_page, issue, **device)

    page.get_by_role("button", name="插入图片").click()
    dialog = page.get_by_role("dialog", name="插入图片")
    dialog.get_by_label("图片文件").set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": make_picture("JPEG")}
    )
    dialog.get_by_label("图片说明").fill("推进会会场")
    expect(dialog.locator("img")).to_be_visible()
    keep_picture(page, "picture")
    dialog.get_by_role("button", name="插入", exact=True).click()

    expect(dialog).to_be_hidden()
    src = f"/media/{Picture.objects.get().path}"
    assert f'alt="推进会会场" src="{src}"' in body_in(page)


def test_what_is_too_large_is_refused_in_the_dialog(open_page, issue, tmp_path):
    page = open_new(open_page, issue)
    page.get_by_role("button", name="插入图片").click()
    dialog = page.get_by_role("dialog", name="插入图片")
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(21 * 1024 * 1024)

    dialog.get_by_label("图片文件").set_input_files(large)

    expect(dialog.get_by_role("alert")).to_contain_text("图片太大（最大 20 MB）")
    expect(dialog.get_by_role("button", name="插入", exact=True)).to_be_disabled()
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()


def test_a_pasted_picture_is_inserted_and_asks_for_its_description(open_page, issue):
    page = open_new(open_page, issue)

    page.evaluate(DROP_FILE, ["截图.png", "image/png", list(make_picture())])

    text = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    expect(text.locator("img")).to_have_count(1)
    expect(page.get_by_text("请双击图片填写图片说明")).to_be_visible()
    text.locator("img").dblclick()
    dialog = page.get_by_role("dialog", name="图片说明")
    dialog.get_by_label("图片说明").fill("治理前后对比")
    dialog.get_by_role("button", name="确定").click()
    assert 'alt="治理前后对比"' in body_in(page)


def test_the_title_is_shown_as_it_will_be_set(open_page, issue):
    page = open_new(open_page, issue)
    title = page.get_by_label("标题", exact=True)

    title.fill("县作风办召开推进会")
    lines = page.locator(".title-print-lines p")
    expect(lines).to_have_text(["县作风办召开推进会"])
    title.evaluate("(field) => field.setSelectionRange(4, 4)")
    page.get_by_role("button", name="在光标处换行").click()

    expect(lines).to_have_text(["县作风办↵", "召开推进会"])
    title.fill("县作风办召开全县作风建设和营商环境优化提升推进会\n部署工作")
    expect(page.get_by_text("有一行超过20个字")).to_be_visible()


# --- brief items ------------------------------------------------------------------


def test_the_first_sentence_is_seen_and_moved(open_page, issue):
    page = open_new(open_page, issue, "briefitem")

    page.get_by_label("全文").fill("甲镇开会。部署工作。成效明显。")
    lead = page.locator(".split-lead")
    expect(lead).to_have_text("甲镇开会。")
    page.get_by_role("button", name="首句长一句").click()
    expect(lead).to_have_text("甲镇开会。部署工作。")
    page.get_by_role("button", name="首句短一句").click()
    page.get_by_label("全文").evaluate("(field) => field.setSelectionRange(2, 2)")
    page.get_by_label("全文").press("Enter")
    expect(lead).to_have_text("甲镇。")
    page.get_by_role("button", name="首句长一句").click()
    keep_picture(page, "brief")
    page.get_by_role("button", name="保存并回到本期").click()

    expect(page.get_by_text("已保存“甲镇开会”")).to_be_visible()
    brief = issue.brief_items.get()
    assert (brief.lead, brief.text) == ("甲镇开会", "部署工作。成效明显。")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_several_items_are_pasted_split_and_added(open_page, issue, device):
    page = open_new(open_page, issue, "briefitem", **device)
    page.goto(f"/admin/bulletins/issue/{issue.pk}/briefs/")
    page.get_by_label("把简讯都粘贴在这里").fill(
        "★甲镇开会。部署工作。\n★乙镇清理垃圾。成效好。（乙镇供稿）"
    )
    page.get_by_role("button", name="下一步：分条").click()

    expect(page.locator(".split-lead")).to_have_text(["甲镇开会。", "乙镇清理垃圾。"])
    page.get_by_label("全文").first.fill("甲镇召开会议。部署工作。")
    keep_picture(page, "briefs")
    page.get_by_role("button", name="加入本期").click()

    expect(page.get_by_text("已加入2条简讯")).to_be_visible()
    found = [(b.lead, b.text, b.source) for b in issue.brief_items.all()]
    assert found == [
        ("甲镇召开会议", "部署工作。", ""),
        ("乙镇清理垃圾", "成效好。", "乙镇"),
    ]


def test_a_new_page_waits_for_its_first_field_and_a_wrong_one_is_shown_first(
    open_page: OpenPage, issue: Issue
) -> None:
    page = open_new(open_page, issue)
    expect(page.locator("[name=title]")).to_be_focused()
    page.goto(f"/admin/bulletins/briefitem/add/?issue={issue.pk}")
    expect(page.get_by_label("全文")).to_be_focused()

    Issue.objects.filter(pk=issue.pk).update(planned_number=7)
    page.goto("/admin/bulletins/issue/add/")
    number = page.get_by_label("拟用期号")
    # Another one is proposed; the person insists.
    expect(number).not_to_have_value("7")
    number.fill("7")
    page.get_by_role("button", name="新建", exact=True).click()

    expect(page.get_by_text("这个期号已被占用")).to_be_visible()
    expect(number).to_be_focused()
    page.wait_for_load_state("networkidle")
    expect(number).to_have_value("7")


def test_the_levels_of_a_text_are_all_in_sight(
    open_page: OpenPage, issue: Issue
) -> None:
    page = open_new(open_page, issue)

    page.locator(".cke_combo_button").click()

    panel = page.frame_locator("iframe.cke_panel_frame")
    for level in ("正文", "一级标题", "二级标题", "三级标题"):
        expect(panel.get_by_text(level)).to_be_in_viewport(ratio=1)
