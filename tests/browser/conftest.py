"""A real browser before a real server; nothing it shows may come from elsewhere."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bulletins import workflow
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Bulletin, Issue
from tests.factories import (
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
)

# Offline, and the same on a small machine without a display.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
# Milliseconds; both databases are tested at once, on a machine of two cores.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder."""
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("conftest.py")):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium; it ends with the module, and with it its event loop."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: run make setup"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop lives in the thread of the tests, whose own queries are as
        # blocking as ever; Django cannot tell the two apart.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """Return what opens a page of the site; faults it met fail the test at its end."""
    faults: list[str] = []
    contexts = []

    def open_at(address: str, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **{**DESK, **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: _note_foreign(request.url))
        page.on("response", _note_failed)
        page.goto(address)
        return page

    def _note_foreign(url: str) -> None:
        if not url.startswith((live_server.url, "data:", "blob:", "about:")):
            faults.append(f"asks another server: {url}")

    def _note_failed(response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            faults.append(f"{response.status}: {response.url}")

    yield open_at
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(autouse=True)
def everything_closed(browser: Browser, transactional_db: None) -> Iterator[None]:
    """Close what is open, and wait until the server answers nobody any more.

    A page that closes says so; the tables are not to be emptied meanwhile.
    """
    yield
    for context in browser.contexts:
        context.close()
    end = time.monotonic() + PATIENCE / 1000
    while any("process_request_thread" in t.name for t in threading.enumerate()):
        assert time.monotonic() < end, "the server still answers somebody"
        time.sleep(0.02)


@pytest.fixture
def bulletin(live_server: Any) -> Bulletin:
    """Return a series with its sections and one standing recipient."""
    found = make_bulletin(slug="zuofeng")
    found.sections.create(name="工作动态", kind="articles", show_heading=False)
    found.sections.create(name="简讯", kind="briefs", position=2)
    found.recipients.create(tier="report", name="县委办公室", copies=2)
    return found


@pytest.fixture
def issued(live_server: Any) -> Issue:
    """Return an issue that is out: two articles, long enough to scroll."""
    body = "<p>9月1日，县作风办召开推进会，会议要求抓好落实。</p>" * 20
    series = make_bulletin(slug="zuofeng")
    draft = make_issue(series, sections=_sections(body))
    issue = workflow.submit(draft, by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(series))
    return workflow.publish(issue, by=make_clerk())


def _sections(body: str) -> tuple[SectionEntry, ...]:
    table = "<table><tbody><tr><td>乡镇</td><td>件数</td></tr></tbody></table>"
    articles = (
        make_article("县作风办召开\n全县作风建设推进会", body=body),
        make_article("各乡镇“三个一”要求　落地见效", body=body + table),
    )
    return (
        SectionEntry("", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(),)),
    )
