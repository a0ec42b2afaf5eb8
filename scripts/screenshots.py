"""Take the pictures of docs/使用手册: ``make screenshots``, or some: ``… review sign``.

A server on data of its own, with a clock that stands still, is shown to a headless
Chromium. Look at every picture afterwards: it is what people are told to expect.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
_DATA = tempfile.TemporaryDirectory(prefix="manual-")
# Its own data whatever the shell says; Playwright's loop lives in the main thread.
os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "wuxiao_bulletin.settings",
        "VAR_DIR": _DATA.name,
        "DATABASE_URL": f"sqlite:///{_DATA.name}/db.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "LOG_LEVEL": "ERROR",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
)

import django  # noqa: E402

django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from playwright.sync_api import Error as PlaywrightError  # noqa: E402

from bulletins import workflow  # noqa: E402
from bulletins.models import Contribution, Term  # noqa: E402
from scripts.manual_office import Clock, Office, make_office  # noqa: E402

PICTURES = ROOT / "docs" / "images" / "manual"
LARGEST, LARGEST_OF_ALL = 120_000, 3_000_000
COLOURS = 64
PATIENCE = 30_000  # milliseconds
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "is_mobile": True,
    "has_touch": True,
}
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=zh-CN"]

Prepare = Callable[[Page, Office], None]


@dataclass(frozen=True)
class Shot:
    """One picture: what it is called, who looks at which page, and what is done there."""

    name: str
    who: str
    address: str
    prepare: Prepare | None = None
    is_phone: bool = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: only the pictures matter."""


def _ready_editor(page: Page) -> None:
    page.wait_for_function("window.CKEDITOR?.instances.id_body?.status === 'ready'")


def _open_move(move: str) -> Prepare:
    def open_move(page: Page, _office: Office) -> None:
        found = page.locator(f"#move-{move}")
        found.locator("summary").click()
        found.locator(".sheet").wait_for(state="visible")
        found.locator(".sheet").evaluate(
            "e => e.closest('.move-bar') || e.scrollIntoView({block: 'center'})"
        )

    return open_move


def _scroll_to(selector: str) -> Prepare:
    def scroll(page: Page, _office: Office) -> None:
        page.locator(selector).first.evaluate(
            "e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 90)"
        )

    return scroll


def _open_tab(name: str) -> Prepare:
    def open_tab(page: Page, _office: Office) -> None:
        page.locator("#tabs-items").get_by_text(name, exact=True).click()

    return open_tab


def _write_article(page: Page, _office: Office) -> None:
    _ready_editor(page)
    page.get_by_label("标题", exact=True).fill("长葛市再生金属产业园\n实现固废全量利用")
    body = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    body.click()
    page.keyboard.type(
        "长葛市再生金属产业园今年以来综合利用固体废物126万吨，利用率达98.6%。"
    )
    page.locator("[name=title]").scroll_into_view_if_needed()


def _paste_word(page: Page, _office: Office) -> None:
    _ready_editor(page)
    page.get_by_label("标题", exact=True).fill("长葛市再生金属产业园\n实现固废全量利用")
    copied = (ROOT / "tests/documents/clipboard/word-365.html").read_text("utf-8")
    # Its picture lies on the disk of whoever copied it.
    copied = re.sub(r"<img[^>]*>", "", copied)
    page.evaluate(
        """text => {
          const transfer = new DataTransfer();
          transfer.setData("text/html", text);
          CKEDITOR.instances.id_body.editable().$.dispatchEvent(new ClipboardEvent(
            "paste", {clipboardData: transfer, bubbles: true, cancelable: true}));
        }""",
        copied,
    )
    text = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    text.locator("table").first.wait_for()
    page.locator(".cke").first.evaluate(
        "e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 120)"
    )


def _choose_picture(page: Page, _office: Office) -> None:
    _ready_editor(page)
    page.get_by_role("button", name="插入图片").click()
    dialog = page.get_by_role("dialog", name="插入图片")
    dialog.get_by_label("图片文件").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": _drawing()}
    )
    dialog.get_by_label("图片说明").fill("推进会会场")
    dialog.locator("img").wait_for(state="visible")


def _drawing() -> bytes:
    """Return a picture of hills: nobody's photograph."""
    picture = Image.new("RGB", (640, 400), "#cfe3ee")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((470, 50, 550, 130), fill="#f2c14e")
    pen.polygon([(0, 400), (190, 150), (400, 400)], fill="#6f9a76")
    pen.polygon([(220, 400), (460, 190), (640, 360), (640, 400)], fill="#4f7d5b")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def _paste_briefs(page: Page, _office: Office) -> None:
    page.get_by_label("把简讯都粘贴在这里").fill(
        "★鄢陵县花木废枝全部加工成有机肥。全县建成加工点14处，年处理枝条9万吨。\n"
        "★示范区工业固废智慧监管平台上线。首批接入企业86家，转移联单全部电子化。"
    )
    page.get_by_role("button", name="下一步：分条").click()
    page.get_by_text("读到2条").wait_for()


def _preview(page: Page, _office: Office) -> None:
    _ready_editor(page)
    page.frame_locator("iframe.cke_wysiwyg_frame").locator("body p").last.click()
    page.get_by_role("button", name="预览", exact=True).click()
    page.get_by_text("光标在第").wait_for()
    page.wait_for_timeout(1500)


def _paste_recipients(page: Page, _office: Office) -> None:
    page.locator("#id_text").fill(
        "报：省生态环境厅 2份、市委办公室 3份\n送：各成员单位 30份"
    )
    page.get_by_role("button", name="预览改动").click()
    page.get_by_role("heading", name="预览：还没有保存").wait_for()


def _conflict(page: Page, office: Office) -> None:
    _ready_editor(page)
    page.locator("[name=source]").fill("市城市管理局分类办")
    theirs = office.draft.articles.order_by("position")[0]
    theirs.body += "<p>下一步，分类工作将向乡镇延伸。</p>"
    workflow.save_item(theirs, by=User.objects.get(username="liu"), seen=theirs.version)
    page.locator("#submit-row [name=_continue]").click()
    page.get_by_text("别人已经保存了新的内容").first.wait_for()


def _restore(page: Page, office: Office) -> None:
    _ready_editor(page)
    page.locator("[name=source]").fill("市城市管理局 市妇联")
    page.get_by_text("已自动暂存").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.go_back()
    _ready_editor(page)
    page.get_by_text("有未保存的内容").wait_for()


def _add_remark(page: Page, _office: Office) -> None:
    page.get_by_text("添加批注").click()
    page.locator("#remark-text").fill("第二段建议补充时间安排。")
    _scroll_to("#remarks-title")(page, _office)


def _larger_text(page: Page, _office: Office) -> None:
    page.get_by_text("特大", exact=True).click()


ISSUE = "/admin/bulletins/issue"
SHOTS = (
    # --- 编辑 ---
    Shot("login", "", "/admin/login/"),
    Shot("desk", "zhang", "/admin/"),
    Shot("new-issue", "zhang", f"{ISSUE}/add/"),
    Shot("issue", "zhang", f"{ISSUE}/{{draft}}/change/"),
    Shot("issue-phone", "zhang", f"{ISSUE}/{{draft}}/change/", is_phone=True),
    Shot("issue-paste", "zhang", f"{ISSUE}/{{draft}}/paste/"),
    Shot("article", "zhang", "/admin/bulletins/article/add/?issue={draft}", _write_article),
    Shot("article-word", "zhang", "/admin/bulletins/article/add/?issue={draft}", _paste_word),
    Shot("picture", "zhang", "/admin/bulletins/article/add/?issue={draft}", _choose_picture),
    Shot("brief", "zhang", "/admin/bulletins/briefitem/{brief}/change/"),
    Shot("briefs-pasted", "zhang", f"{ISSUE}/{{draft}}/briefs/", _paste_briefs),
    Shot("preview", "zhang", "/admin/bulletins/article/{article}/change/", _preview),
    Shot("submit", "zhang", f"{ISSUE}/{{draft}}/review/", _open_move("submit")),
    Shot("pool", "zhang", "/admin/bulletins/contribution/"),
    Shot("pool-piece", "zhang", "/admin/bulletins/contribution/{piece}/change/"),
    Shot("pool-take", "zhang", f"{ISSUE}/{{draft}}/contributions/"),
    Shot("recipients", "zhang", f"{ISSUE}/{{draft}}/recipients/", _paste_recipients),
    Shot("terms", "zhang", "/admin/bulletins/term/{term}/change/"),
    Shot("restore", "zhang", "/admin/bulletins/article/{article}/change/", _restore),
    # --- 审签 ---
    Shot("queue", "li", "/admin/", is_phone=True),
    Shot("review", "li", f"{ISSUE}/{{in_review}}/review/", is_phone=True),
    Shot("changes", "li", f"{ISSUE}/{{in_review}}/review/", _scroll_to("#changes-title"), is_phone=True),
    Shot("sign", "li", f"{ISSUE}/{{in_review}}/review/", _open_move("approve"), is_phone=True),
    Shot("send-back", "li", f"{ISSUE}/{{in_review}}/review/", _open_move("send_back"), is_phone=True),
    Shot("remark", "li", f"{ISSUE}/{{in_review}}/review/", _add_remark, is_phone=True),
    Shot("urgent", "li", f"{ISSUE}/{{in_review}}/review/", _open_move("override"), is_phone=True),
    Shot("confirm", "li", f"{ISSUE}/{{urgent}}/review/", _open_move("confirm"), is_phone=True),
    Shot("review-desk", "li", f"{ISSUE}/{{in_review}}/review/"),
    Shot("code", "li", "/admin/account/code/setup/"),
    # --- 印发 ---
    Shot("publish", "wang", f"{ISSUE}/{{ready}}/review/", _open_move("publish")),
    Shot("schedule", "wang", f"{ISSUE}/{{ready}}/review/", _open_move("schedule")),
    Shot("published", "wang", f"{ISSUE}/?stage=past"),
    Shot("correct", "wang", f"{ISSUE}/{{published}}/review/", _open_move("correct")),
    Shot("withdraw", "wang", f"{ISSUE}/{{published}}/review/", _open_move("withdraw")),
    Shot("trail", "wang", f"{ISSUE}/{{published}}/trail/"),
    # --- 管理员 ---
    Shot("numbers", "wang", "/admin/bulletins/bulletin/{bulletin}/change/", _scroll_to("#numbers-title")),
    Shot("bulletin", "chen", "/admin/bulletins/bulletin/{bulletin}/change/"),
    Shot("steps", "chen", "/admin/bulletins/bulletin/{bulletin}/change/", _open_tab("审签环节")),
    Shot("users", "chen", "/admin/auth/user/"),
    Shot("user", "chen", "/admin/auth/user/{user}/change/"),
    Shot("group", "chen", "/admin/auth/group/{group}/change/"),
    Shot("signins", "chen", "/admin/account/signins/"),
    # --- 读者 ---
    Shot("home", "", "/"),
    Shot("year", "", "/wuxiao/2026/"),
    Shot("read-phone", "", "/wuxiao/2026/59/", is_phone=True),
    Shot("article-public", "", "/wuxiao/2026/59/1/"),
    Shot("corrected", "", "/wuxiao/2026/57/"),
    Shot("search", "", "/search/?q=垃圾"),
    Shot("larger", "", "/wuxiao/2026/59/1/", _larger_text),
    Shot("about", "", "/about/"),
    # Last: it changes the article.
    Shot("conflict", "zhang", "/admin/bulletins/article/{article}/change/", _conflict),
)  # fmt: skip


def _places(office: Office) -> dict[str, Any]:
    """Return what stands for the numbers in the addresses."""
    draft = office.draft
    issues = {name: getattr(office, name).pk for name in ("published", "in_review", "draft", "ready", "urgent")}  # fmt: skip
    return {
        **issues,
        "article": draft.articles.order_by("position")[0].pk,
        "brief": draft.brief_items.order_by("position")[0].pk,
        "bulletin": draft.bulletin_id,
        "piece": Contribution.objects.get(title__startswith="襄城县").pk,
        "term": Term.objects.order_by("pk")[0].pk,
        "user": User.objects.get(username="zhang").pk,
        "group": Group.objects.get(name="签发").pk,
    }


@contextmanager
def _serving() -> Iterator[str]:
    # On one port always: it is seen in addresses. In use: the system's choice.
    try:
        server = ThreadedWSGIServer(("127.0.0.1", 8115), _Quiet)
    except OSError:
        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class _Photographer:
    """Takes pictures as each person, who logs in once on each device."""

    def __init__(self, browser: Browser, address: str, password: str, office: Office):
        self._browser, self._address = browser, address
        self._password, self._office = password, office
        self._places = _places(office)
        self._states: dict[str, Any] = {}

    def take(self, shot: Shot) -> bytes:
        """Return the picture as Chromium makes it."""
        device = PHONE if shot.is_phone else DESK
        context = self._browser.new_context(
            base_url=self._address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            storage_state=self._signed_in(shot.who) if shot.who else None,
            **device,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.clock.set_fixed_time(timezone.now())
        page.goto(shot.address.format(**self._places))
        page.wait_for_load_state("networkidle")
        if shot.prepare:
            shot.prepare(page, self._office)
        page.wait_for_timeout(300)
        # A blinking cursor makes two pictures differ.
        kept = page.screenshot(caret="hide", animations="disabled")
        context.close()
        return kept

    def _signed_in(self, who: str) -> Any:
        if who not in self._states:
            context = self._browser.new_context(base_url=self._address)
            page = context.new_page()
            page.goto("/admin/login/")
            page.get_by_label("用户名").fill(who)
            page.get_by_label("密码").first.fill(self._password)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(lambda address: "login" not in address)
            self._states[who] = context.storage_state()
            context.close()
        return self._states[who]


def _reduce(picture: bytes) -> Image.Image:
    """Return the picture in few colours, as screens have."""
    opened = Image.open(io.BytesIO(picture)).convert("RGB")
    return opened.quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )


def main(wanted: list[str]) -> int:
    """Write the pictures; the status tells how many are too large or failed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        print("没有找到 Chromium，请先运行 make setup", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    password = f"{secrets.token_urlsafe(12)}-Aa1"
    clock = Clock()
    clock.install()
    call_command("migrate", verbosity=0)
    office = make_office(clock, password)
    faults = 0
    with _serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=SWITCHES, env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        photographer = _Photographer(browser, address, password, office)
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                faults += _keep(shot, photographer)
        browser.close()
    total = sum(file.stat().st_size for file in PICTURES.glob("*.png"))
    print(f"共 {total // 1024} KB")
    return faults + (total > LARGEST_OF_ALL)


def _keep(shot: Shot, photographer: _Photographer) -> bool:
    """Write one picture; return whether something is wrong with it."""
    file = PICTURES / f"{shot.name}.png"
    try:
        picture = _reduce(photographer.take(shot))
    except PlaywrightError as error:
        print(f"{file.name}：{str(error).splitlines()[0]}", file=sys.stderr)
        return True
    picture.save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.name}  {picture.width} × {picture.height}, {size // 1024} KB")
    return size > LARGEST


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
