"""Every page of the staff side, as each role: Chinese, whole, silent, and of this machine.

The links are followed by HTTP for every role; Chromium then opens one page of each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import lxml.etree
import lxml.html
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from playwright.sync_api import Browser, Page

from bulletins import workflow
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import (
    Bulletin,
    Contribution,
    Issue,
    Notice,
    Phrase,
    Remark,
    Term,
    Unit,
)
from bulletins.workflow import pool
from tests.browser.conftest import DESK, PHONE
from tests.browser.office import GROUPS, keep_picture, make_groups
from tests.factories import make_article, make_brief, make_bulletin, make_issue
from tests.test_language import CHINESE, english_of

# A key for the phone, to be typed where no camera is.
SECRET = re.compile(r"(?:[A-Z2-7]{4} ?){8}")
ROLES = (*GROUPS, "超级用户", "无权")
# What of a page a person sees, hovers over or hears read out, as the browser shows it.
SEEN = """() => {
  const spoken = ["title", "placeholder", "aria-label", "alt", "aria-description", "aria-roledescription"];
  // What is hidden now was read by HTTP; what the editor hides, nobody gets to see.
  const isHidden = (node) => !node.checkVisibility({ visibilityProperty: true });
  const icon = (node) => isHidden(node) || node.closest(".material-symbols-outlined");
  const of = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) if (!icon(walker.currentNode.parentElement)) words.push(walker.currentNode.data);
    for (const node of root.querySelectorAll("*")) {
      if (isHidden(node)) continue;
      for (const name of spoken) if (node.getAttribute(name)) words.push(node.getAttribute(name));
      if (node.matches("input[type=submit], input[type=button]")) words.push(node.value);
    }
    return words;
  };
  return [document.title, ...of(document.body)].map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


# --- the office -------------------------------------------------------------------


def make_office() -> Bulletin:
    """Make a small office: an issue in each state, a piece in each, one of the rest."""
    make_groups()
    boss = User.objects.create_superuser("超级用户", password="correct horse")
    boss.groups.add(Group.objects.get(name="签发"))
    people = {"超级用户": boss}
    for name in (*GROUPS, "无权"):
        people[name] = User.objects.create_user(
            name, password="correct horse", is_staff=True
        )
        if name in GROUPS:
            people[name].groups.add(Group.objects.get(name=name))
    bulletin = make_bulletin(slug="zuofeng", steps=0)
    workflow.add_default_step(bulletin)
    signer = people["签发"]
    draft, waits, signed, out, corrected, gone = (
        make_issue(bulletin, number=number, sections=contents_of())
        for number in range(1, 7)
    )
    workflow.record_edit(draft, by=boss)
    workflow.remove_item(draft.brief_items.all()[1], by=boss)
    Issue.objects.filter(pk=draft.pk).update(editors_note="编者按的正文。")
    workflow.record_edit(draft, by=boss)
    for issue in (waits, signed, out, corrected, gone):
        workflow.submit(issue, by=boss, comment="请审阅")
    for issue in (signed, out, corrected, gone):
        workflow.approve(issue, by=signer, comment="同意")
    for issue in (out, corrected, gone):
        workflow.publish(issue, by=boss)
    corrected.refresh_from_db()
    corrected.articles.filter(position=1).update(title="更正后的标题")
    workflow.correct(corrected, by=boss, comment="标题有误。")
    gone.refresh_from_db()
    workflow.withdraw(gone, by=boss, comment="重复印发")
    fill_the_desk(draft, waits, people)
    return bulletin


def contents_of() -> tuple[SectionEntry, ...]:
    articles = (make_article(), make_article("各乡镇落实“三个一”", source="麦岭镇"))
    briefs = (make_brief(), make_brief("颍阳镇开展排查"))
    return (
        SectionEntry("工作动态", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, briefs),
    )


def fill_the_desk(draft: Issue, waits: Issue, people: dict[str, User]) -> None:
    """Make pieces, units, terms, opinions, remarks and messages."""
    boss, now = people["超级用户"], timezone.now()
    unit = Unit.objects.create(name="麦岭镇人民政府", short_name="麦岭镇")
    Unit.objects.create(name="已撤并的单位", position=2, is_active=False)
    Term.objects.create(
        text="生态环境部", wrong="国家生态环境部\n环保部", note="机构改革后"
    )
    for at, text in enumerate(("同意", "请核对数字"), start=1):
        Phrase.objects.create(text=text, position=at)
    pieces = [
        Contribution.objects.create(
            title=f"{name}开展整治",
            unit=unit,
            author="王某",
            body="<p>正文。</p>",
            received_on=timezone.localdate(),
        )
        for name in ("甲镇", "乙镇", "丙镇")
    ]
    section = draft.bulletin.sections.filter(kind="articles").first()
    assert section is not None
    pool.adopt(pieces[1], draft, section, by=boss)
    pool.decline(pieces[2], by=boss, reason="内容重复")
    for done in (False, True):
        Remark.objects.create(
            issue=waits,
            author=people["审核"],
            text="请核对第二段的数字。",
            quote="会议要求",
            anchor="article-1",
            at=now,
            done_by=boss if done else None,
            done_at=now if done else None,
        )
    for person in (people[name] for name in (*GROUPS, "超级用户")):
        Notice.objects.create(user=person, issue=waits, text="有一期等您办理", at=now)


# --- the crawl --------------------------------------------------------------------


# What stands on a page, whatever it says: its elements with their classes and names.
Shape = frozenset[tuple[str, str, str]]


@dataclass
class Walk:
    """What one role met: the pages by kind, and what was wrong with them."""

    faults: list[str] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)
    of_kind: dict[str, tuple[str, Shape]] = field(default_factory=dict)


def kind_of(path: str) -> str:
    """Return the name of an address's pattern, with the names of what is asked."""
    found, query = urlsplit(path), urlsplit(path).query
    try:
        name = resolve(found.path).view_name
    except Resolver404:
        return f"?{found.path}"
    asked = sorted(re.findall(r"(\w+)=", query))
    return f"{name}?{'&'.join(asked)}"


def walk(client: Client, start: str = "/admin/") -> Walk:
    """Follow every link below /admin/; of a kind with other questions, a few."""
    found, waiting, seen = Walk(), [(start, "")], {start}
    asked: dict[str, int] = {}
    while waiting:
        path, source = waiting.pop(0)
        kind = kind_of(path)
        # Lists in every order, filtered in every way, are one page over and over.
        if kind.rpartition("?")[2]:
            asked[kind] = asked.get(kind, 0) + 1
            if asked[kind] > 3:
                continue
        response = client.get(path)
        content = b"".join(response) if response.streaming else response.content
        found.pages[path] = response.status_code
        if response.status_code >= 400:
            found.faults.append(f"{response.status_code} {path} from {source}")
        if response.status_code in {301, 302}:
            follow(response["Location"], path, waiting, seen)
        if not content or not response["Content-Type"].startswith("text/html"):
            continue
        page = content.decode()
        if response.status_code == 200:
            found.of_kind.setdefault(kind, (path, shape_of(page)))
        english = [w for w in english_of(page, names()) if not SECRET.fullmatch(w)]
        found.faults += [f"{path}: {words}" for words in english]
        for link in links_of(page, path, found.faults):
            follow(link, path, waiting, seen)
    return found


def shape_of(page: str) -> Shape:
    nodes = lxml.html.fromstring(page).iter(lxml.etree.Element)
    return frozenset(
        (str(node.tag), node.get("class", ""), re.sub(r"\d+", "", node.get("name", "")))
        for node in nodes
    )


def follow(
    link: str, source: str, waiting: list[tuple[str, str]], seen: set[str]
) -> None:
    link = link.split("#")[0]
    is_out = link.startswith(("/admin/logout", "/admin/jsi18n"))
    # Lists filtered in several ways at once, or in another order, are one page.
    is_out = is_out or link.count("=") > 1 or "?o=" in link
    if link and not is_out and link not in seen:
        seen.add(link)
        waiting.append((link, source))


def links_of(page: str, path: str, faults: list[str]) -> Iterator[str]:
    """Yield the links to the staff side; note what is not of this machine."""
    root = lxml.html.fromstring(page, base_url=f"http://testserver{path}")
    root.make_links_absolute()
    for _, attribute, link, _ in root.iterlinks():
        if link.startswith(("data:", "javascript:void", "mailto:", "tel:")):
            continue
        if not link.startswith("http://testserver/"):
            faults.append(f"{path} leads to {link}")
        target = link.removeprefix("http://testserver")
        if attribute == "href" and target.startswith("/admin/"):
            yield target


def names() -> frozenset[str]:
    """Return what stands in Latin letters because it is called so.

    A slug, keys, kinds of files, units, the standard of the codes of a phone.
    """
    keys = {"ALT", "Ctrl", "Shift"}
    return frozenset(
        {"zuofeng", "xlsx", "csv", "txt", "json", "KB", "MB", "TOTP"} | keys
    )


# --- in the browser ---------------------------------------------------------------


@dataclass
class Watch:
    """What Chromium says of the pages it shows."""

    site: str
    faults: list[str] = field(default_factory=list)
    at: str = ""

    def look(self, page: Page, at: str) -> None:
        self.at = at
        page.goto(at)
        if "CKEDITOR" in page.content():
            wait = "!window.CKEDITOR || Object.values(CKEDITOR.instances).every((it) => it.status === 'ready')"
            page.wait_for_function(wait)
        words = [
            w for w in page.evaluate(SEEN) if english_in(w) and not SECRET.fullmatch(w)
        ]
        self.faults += [f"{at} shows: {text}" for text in words]
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            self.faults.append(f"{at} is {width} pixels too wide")

    def note_words(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.faults.append(f"{self.at} says: {text}")

    def note_request(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "blob:", "about:")):
            self.faults.append(f"{self.at} asks for {url}")

    def note_response(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{self.at}: {status} of {url}")


def english_in(text: str) -> bool:
    quoted = text.replace("&", "&amp;").replace("<", "&lt;")
    return bool(english_of(f"<p>{quoted}</p>", names()))


def open_browser(
    browser: Browser, site: str, client: Client, device: dict[str, Any] = DESK
) -> tuple[Watch, Page]:
    context = browser.new_context(base_url=site, locale="en-US", **device)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}]
    )
    page = context.new_page()
    watch = Watch(site)
    page.on("console", lambda said: watch.note_words(said.type, said.text))
    page.on("pageerror", lambda error: watch.note_words("error", str(error)))
    page.on("request", lambda request: watch.note_request(request.url))
    page.on("response", lambda answer: watch.note_response(answer.status, answer.url))
    page.on("dialog", lambda dialog: dialog.accept())
    return watch, page


def test_every_page_is_chinese_and_whole_for_every_role(browser, live_server):
    make_office()
    walks, faults = {}, []
    opened: set[tuple[str, Shape]] = set()
    for role in ROLES:
        client = Client()
        client.force_login(User.objects.get(username=role))
        walks[role] = found = walk(client)
        watch, page = open_browser(browser, live_server.url, client)
        for kind, (path, shape) in found.of_kind.items():
            # Lists asked in other ways show nothing else; nor does to another role
            # what is made of the same.
            is_new = not kind.rpartition("?")[2] and (kind, shape) not in opened
            if is_new and path.startswith("/admin/"):
                watch.look(page, path)
                opened.add((kind, shape))
        page.context.close()
        faults += [f"{role}: {fault}" for fault in (*found.faults, *watch.faults)]

    assert not faults, "\n".join(faults)
    assert len(walks["超级用户"].pages) > 100
    assert len(walks["无权"].pages) < 15
    assert len({kind for kind, _ in opened}) > 40


def test_the_editor_and_its_dialogs_speak_chinese_on_any_width(browser, live_server):
    make_office()
    client = Client()
    client.force_login(User.objects.get(username="编辑"))
    issue = Issue.objects.get(status=Issue.Status.DRAFT)
    article = issue.articles.first()
    assert article is not None
    for device in (DESK, PHONE):
        watch, page = open_browser(browser, live_server.url, client, device)
        watch.look(page, f"/admin/bulletins/article/{article.pk}/change/")
        # Before that it takes no command, and says nothing.
        page.wait_for_function("CKEDITOR.instances.id_body?.status === 'ready'")
        for command in ("table", "specialchar"):
            page.evaluate(f"CKEDITOR.instances.id_body.execCommand('{command}')")
            dialog = page.locator(".cke_dialog:visible").first
            dialog.wait_for()
            keep_picture(page, f"dialog-{command}")
            shown = [
                w
                for w in page.evaluate(SEEN)
                if english_in(w) and not SECRET.fullmatch(w)
            ]
            assert not shown, (command, shown)
            page.evaluate("CKEDITOR.dialog.getCurrent().hide()")
        page.context.close()
        assert not watch.faults, "\n".join(watch.faults)


@pytest.mark.parametrize("text", ["Save", "保存 Save", "Loading..."])
def test_the_crawl_knows_english_when_it_sees_it(text):
    assert english_in(text)
    assert not CHINESE.search("Save")
