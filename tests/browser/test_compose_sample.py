"""The sample of 2020 is composed by hand in an empty office, until it is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bulletins.bounds import SectionKind
from bulletins.document import from_json
from bulletins.models import Bulletin, Issue
from tests.browser.conftest import DESK, PHONE
from tests.browser.office import keep_picture, log_in, make_groups, make_person
from tests.browser.test_article import paste
from tests.rendering.documents import sample
from tests.rendering.expected import blocks
from tests.test_journey import text_of

PEOPLE = {"guanli": "管理员", "bianji": "编辑", "lingdao": "签发", "faxing": "发行"}
SAMPLE = Path(__file__).parents[1] / "documents" / "xuchang-56.txt"
# What stands before and behind the paragraphs on a clipboard that Word has filled.
_HEAD, _FOOT = "<!--StartFragment-->", "<!--EndFragment-->"
_FACE = "font-size:16.0pt;font-family:仿宋_GB2312;color:black"


def on_the_clipboard(paragraphs: list[str], documents: Path) -> str:
    """Return the paragraphs as Word copies them, in the frame of what Word did copy."""
    copied = (documents / "clipboard" / "word-365.html").read_text("utf-8")
    before, after = copied.split(_HEAD)[0], copied.split(_FOOT)[1]
    # Its frame ends with a remark of a reviewer, which is not of this text.
    after = re.sub(r"<div style='mso-element:comment-list'>.*</div>", "", after, flags=re.S)  # fmt: skip
    text = "\n\n".join(map(_as_word_writes, paragraphs))
    return f"{before}{_HEAD}\n\n{text}\n\n{_FOOT}{after}"


def _as_word_writes(paragraph: str) -> str:
    """Return a paragraph in pieces, as Word changes the face before each number."""
    pieces = re.sub(r"(\d+)", r"<span\nlang=EN-US>\1</span>", paragraph)
    return (
        "<p class=MsoNormal style='text-indent:32.0pt;mso-char-indent-count:2.0;\n"
        f"line-height:28.0pt;mso-line-height-rule:exactly'><span style='{_FACE}'>"
        f"{pieces}<span\nlang=EN-US><o:p></o:p></span></span></p>"
    )


def test_a_page_of_word_is_what_the_test_takes_for_one(documents):
    made = on_the_clipboard(["9月1日开会。"], documents)

    assert made.count("<body") == made.count("</body>") == 1
    assert "9</span>月" in made
    assert "请核对" not in made


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_sample_is_composed_by_hand_and_printed_to_the_character(
    open_page, documents, tmp_path, device
):
    make_groups()
    for name, group in PEOPLE.items():
        make_person(name, group)
    expected = json.loads((documents / "xuchang-56.expected.json").read_text("utf-8"))

    admin = open_page("/admin/login/", **device)
    log_in(admin, "guanli")
    found_bulletin(admin, expected)
    clerk = open_page("/admin/login/", **device)
    log_in(clerk, "bianji")
    begin_issue(clerk)
    contents = [line["text"] for line in expected["contents"]]
    for article, wording in zip(expected["articles"][:4], contents, strict=False):
        write_article(clerk, article, wording, documents)
    paste_briefs(clerk)
    list_recipients(clerk, expected["distribution"])
    keep_picture(clerk, "sample-composed")
    submit(clerk)
    leader = open_page("/admin/login/", **PHONE)
    log_in(leader, "lingdao")
    sign(leader)
    printer = open_page("/admin/login/", **device)
    log_in(printer, "faxing")
    publish(printer)

    issue = Issue.objects.get()
    assert issue.edition is not None
    assert from_json(json.loads(issue.edition.document)) == sample()
    reader = open_page(issue.get_absolute_url(), **device)
    link = reader.get_by_role("link", name="下载第56期 PDF")
    pdf = tmp_path / "56.pdf"
    pdf.write_bytes(reader.request.get(link.get_attribute("href")).body())
    assert text_of(pdf) == "".join(blocks(sample()))


def found_bulletin(page: Page, expected: dict[str, Any]) -> None:
    page.goto("/admin/bulletins/bulletin/add/")
    page.locator("[name=programme]").fill(expected["masthead"]["programme_line"])
    page.locator("[name=name]").fill(expected["masthead"]["name"])
    page.locator("[name=office]").fill(expected["office"]["text"])
    page.locator("[name=slug]").fill("wuxiao")
    page.locator("[name=audience]").select_option("public")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已设好审签环节“领导签发”")).to_be_visible()
    sections = Bulletin.objects.get().sections.values_list("name", "kind")
    assert list(sections) == [
        ("工作动态", SectionKind.ARTICLES),
        ("简讯", SectionKind.BRIEFS),
    ]


def begin_issue(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="新建一期").first.click()
    page.get_by_label("拟用期号").fill("56")
    page.locator("[name=date]").fill("2020-09-15")
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_text("请录入文章和简讯")).to_be_visible()


def write_article(
    page: Page, article: dict[str, Any], wording: str, documents: Path
) -> None:
    page.get_by_role("link", name="加文章", exact=True).click()
    page.wait_for_function("window.CKEDITOR?.instances.id_body?.status === 'ready'")
    title = article["title"]
    lines = title["display_lines"] or [title["plain"]]
    page.get_by_label("标题", exact=True).fill("\n".join(lines))
    if wording != title["plain"]:
        page.locator("[name=contents_title]").fill(wording)
    texts = [paragraph["text"] for paragraph in article["paragraphs"]]
    paste(page, text_html=on_the_clipboard(texts, documents))
    body = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    expect(body.locator("p")).to_have_text(texts)
    keep_picture(page, f"sample-article-{article['no']}")
    page.get_by_role("button", name="保存并回到本期").click()
    expect(page.get_by_text("已保存“")).to_be_visible()


def paste_briefs(page: Page) -> None:
    """Paste them all at once as the text has them, cut where its pages ended."""
    text = SAMPLE.read_text("utf-8")
    briefs = "★" + text.partition("★")[2].partition("\n报：")[0]
    page.get_by_role("link", name="粘贴多条简讯").click()
    page.get_by_label("把简讯都粘贴在这里").fill(briefs)
    page.get_by_role("button", name="下一步：分条").click()
    expect(page.get_by_text("读到4条")).to_be_visible()
    keep_picture(page, "sample-briefs")
    page.get_by_role("button", name="加入本期").click()
    expect(page.get_by_text("已加入4条简讯")).to_be_visible()


def list_recipients(page: Page, groups: dict[str, Any]) -> None:
    page.locator("#tabs-items").get_by_text("收文单位").click()
    rows = [(t, u) for t in ("报", "发") for u in groups[t]["units"]]
    values = {"报": "report", "发": "distribute"}
    for at, (tier, unit) in enumerate(rows):
        page.get_by_text("增加收文单位").click()
        page.locator(f"[name=recipients-{at}-tier]").select_option(values[tier])
        page.locator(f"[name=recipients-{at}-name]").fill(unit)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存 ")).to_be_visible()


def make_move(page: Page, move: str, done: str) -> None:
    bar = page.get_by_role("region", name="办理", exact=True)
    bar.get_by_text(move, exact=True).click()
    page.get_by_role("button", name=f"确认{move}").click()
    expect(page.get_by_text(done)).to_be_visible(timeout=60_000)


def submit(page: Page) -> None:
    issue = Issue.objects.get()
    page.goto(f"/admin/bulletins/issue/{issue.pk}/review/")
    make_move(page, "送审", "已送审")


def sign(page: Page) -> None:
    page.get_by_role("link", name=re.compile("第56期")).first.click()
    expect(page.get_by_text("楚雷副市长带队参会并作交流发言。")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep_picture(page, "sample-signing")
    make_move(page, "签发", "已签发")


def publish(page: Page) -> None:
    page.get_by_role("link", name=re.compile("第56期")).first.click()
    make_move(page, "印发", "已印发。")
