"""What an attacker types is shown as what it is: text. Nothing of it ever runs.

It is stored through the real forms, as if there were no browser in between, and then read
in Chromium on every page of the desk, of the review and of the public site.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import lxml.html
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from bulletins.models import (
    Bulletin,
    Contribution,
    Issue,
    Phrase,
    Term,
    Unit,
)
from tests.browser.office import make_groups
from tests.browser.payloads import BREAKS, EVENTS, PAYLOADS, TEMPLATES
from tests.browser.test_article import make_picture
from tests.factories import make_user

# The hook is heard wherever it is called, also in a frame.
HOOK = "window.hit = (n) => console.error('XSS-HIT ' + n);"
# What would run only when somebody points at it.
SLEEPING = """() => [...document.querySelectorAll("*")].flatMap((node) => [...node.attributes]
  .filter(({ name, value }) => {
    const packed = value.replace(/[\\x00-\\x20]/g, "");
    if (!/hit\\(|xss-canary|PHNjcmlwdD/.test(packed)) return false;
    if (/^(href|src|action|formaction|data|xlink:href)$/.test(name)) {
      return /^(javascript|vbscript|data:text)|^[./]*(media\\/pictures\\/[./]*)?xss-canary/i.test(packed);
    }
    if (name === "content") return node.httpEquiv !== "";
    return /^(on|x-|@|:|srcdoc|style)/.test(name);
  })
  .map(({ name, value }) => `${node.tagName} ${name}=${value}`))"""


@dataclass
class Alarm:
    """Whatever of a payload came to life, and on which page."""

    site: str
    faults: list[str] = field(default_factory=list)
    at: str = ""

    def watch(self, context: BrowserContext, page: Page) -> None:
        context.add_init_script(HOOK)
        context.on("request", self._note_request)
        page.on("console", lambda message: self._note_words(message.text))
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("dialog", self._note_dialog)

    def look(self, page: Page, at: str, *, ready: str = "") -> None:
        """Open an address and wait until its scripts have had their turn."""
        self.at = at
        page.goto(at)
        self.settle(page, ready)

    def show(self, page: Page, at: str, answer: Any) -> None:
        """Show the answer to a form as the browser that sent it would."""
        self.at = at
        headers = {k: v for k, v in answer.items() if k.lower() != "content-length"}
        pattern = f"**{at}"
        page.route(
            pattern,
            lambda route: route.fulfill(
                status=200, headers=headers, body=answer.content
            ),
            times=1,
        )
        page.goto(at)
        self.settle(page)
        page.unroute(pattern)

    def settle(self, page: Page, ready: str = "") -> None:
        if ready:
            page.wait_for_function(ready)
        page.evaluate("new Promise((done) => setTimeout(done, 30))")
        for frame in page.frames:
            for found in frame.evaluate(SLEEPING):
                self._note(f"sleeps: {found}")

    def _note(self, what: str) -> None:
        self.faults.append(f"{self.at}: {what}")

    def _note_words(self, words: str) -> None:
        if "XSS-HIT" in words or "Content Security Policy" in words:
            self._note(words)

    def _note_request(self, request: Any) -> None:
        asked = request.url.split("?")[0]
        is_own = asked.startswith((self.site, "data:", "blob:", "about:"))
        # What stands behind the question mark is only looked for.
        if not is_own or "xss-canary" in asked:
            self._note(f"asks for {asked}")

    def _note_dialog(self, dialog: Any) -> None:
        # That what was typed is not saved yet is for us to say.
        if dialog.type != "beforeunload":
            self._note(f"dialog: {dialog.message}")
        dialog.accept()


# --- storing ----------------------------------------------------------------------


@dataclass
class Attacker:
    """Somebody with every right, who posts forms as they stand and what he likes."""

    client: Client
    refused: list[tuple[str, Any]] = field(default_factory=list)
    stored: int = 0

    def post(self, at: str, form: str = "", **typed: Any) -> bool:
        """Fill in the form of a page and send it; tell whether it was taken."""
        page = self.client.get(at)
        assert page.status_code == 200, at
        root = lxml.html.fromstring(page.content.decode())
        forms = [
            each
            for each in root.forms
            if each.method == "POST" and (not form or form in each.attrib.values())
        ]
        names = {name.split("__")[0] for name in typed}
        found = max(forms, key=lambda each: len(names & set(each.fields.keys())))
        to = (found.get("action") or at).split("#")[0]
        return self.send(to, {**dict(found.form_values()), **typed})

    def must_post(self, at: str, form: str = "", **typed: Any) -> None:
        """Send a form that has to be taken."""
        assert self.post(at, form, **typed), _said(self.refused[-1][1])

    def send(self, at: str, typed: dict[str, Any]) -> bool:
        answer = self.client.post(at, typed)
        assert answer.status_code in {200, 302, 409, 422}, (at, answer.status_code)
        if answer.status_code == 302:
            self.stored += 1
            return True
        self.refused.append((at, answer))
        return False


def _said(answer: Any) -> str:
    """Return what a page says is wrong, or else all that it says."""
    if found := (answer.context or {}).get("errors"):
        return str(found)
    root = lxml.html.fromstring(answer.content.decode() or "<p>")
    return " ".join(root.text_content().split())


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:bulletins_{name}", args=args)


def found_bulletin(attacker: Attacker) -> Bulletin:
    """Make a bulletin whose masthead, sections, list and signers are payloads."""
    group = Group.objects.get(name="签发")
    masthead = {
        "programme": EVENTS[0],
        "name": BREAKS[2],
        "office": TEMPLATES[6],
        "slug": "wuxiao",
        "audience": "public",
    }
    attacker.must_post(address("bulletin_add"), **masthead)
    bulletin = Bulletin.objects.get()
    step = bulletin.review_steps.get()
    step.group = group
    step.save()
    change = address("bulletin_change", bulletin.pk)
    rows: dict[str, Any] = {}
    first = bulletin.sections.count()
    names = _on_one_line()
    for at, payload in enumerate(names, start=first):
        rows |= {
            f"sections-{at}-name": payload,
            f"sections-{at}-kind": "articles" if at % 2 else "briefs",
            f"sections-{at}-position": at + 1,
            f"sections-{at}-show_heading": "on",
            f"sections-{at}-bulletin": bulletin.pk,
        }
    count = first + len(names)
    rows |= {"sections-TOTAL_FORMS": count, "review_steps-0-name": BREAKS[0]}
    attacker.must_post(change, form="bulletin_form", **rows)
    assert bulletin.sections.count() == count
    listed = {"text": "\n".join(f"报：{p}" for p in _on_one_line()), "mode": "append"}
    attacker.post(address("bulletin_recipients", bulletin.pk), **listed)
    return bulletin


def _on_one_line() -> list[str]:
    """Return the payloads a form takes into a line: the rest it refuses."""
    return [p for p in PAYLOADS if p.isprintable() and "\u202e" not in p]


def fill_the_pool(attacker: Attacker) -> None:
    for at, payload in enumerate(PAYLOADS):
        attacker.post(
            address("unit_add"), name=payload, short_name=payload, contact=payload[:50]
        )
        attacker.post(
            address("term_add"), text=payload, wrong=f"错{at}{payload}", note=payload
        )
        attacker.post(address("phrase_add"), text=payload, position=at + 1)
        piece = {"title": payload, "author": payload[:50], "unit_name": payload}
        body = f"<p>正文{at}</p>{payload}"
        if not attacker.post(address("contribution_add"), **piece, body=body):
            attacker.post(address("contribution_add"), title=f"稿件{at}", body=body)


def compose(attacker: Attacker, bulletin: Bulletin, number: int) -> Issue:
    """Begin an issue and put each payload into each field of its own items."""
    attacker.must_post(
        address("issue_add"), bulletin=bulletin.pk, planned_number=number
    )
    issue = Issue.objects.get(planned_number=number)
    sections = {
        kind: itertools.cycle(bulletin.sections.filter(kind=kind))
        for kind in ("articles", "briefs")
    }
    for at, payload in enumerate(PAYLOADS):
        body = f"<p>正文{at}</p>{payload}<p>{payload}</p>"
        article = {"contents_title": f"要{payload}", "source": payload, "body": body}
        add = f"{address('article_add')}?issue={issue.pk}"
        section = next(sections["articles"]).pk
        taken = attacker.post(add, section=section, title=payload, **article)
        if not taken:
            article |= {"contents_title": "", "source": ""}
            attacker.post(add, section=section, title=f"文章{at}", **article)
        attacker.post(
            f"{address('briefitem_add')}?issue={issue.pk}",
            section=next(sections["briefs"]).pk,
            lead=payload,
            text=f"{payload}。",
            source=payload,
        )
    describe(attacker, issue)
    return issue


def describe(attacker: Attacker, issue: Issue) -> None:
    """Type payloads into what the issue says of itself, and into its pictures."""
    rows = {
        "editors_note": "\n".join(_on_one_line()),
        "signatory": EVENTS[0][:50],
        "editor": BREAKS[2][:50],
        "urgency": TEMPLATES[6][:20],
    }
    attacker.must_post(address("issue_change", issue.pk), form="issue_form", **rows)
    picture = f"{address('article_picture')}?name={quote(BREAKS[2] + '.png')}"
    answer = attacker.client.post(
        picture, make_picture(), content_type="application/octet-stream"
    )
    src = answer.json()["src"]
    alts = "".join(
        f'<p><img src="{src}" alt="{_quoted(p)}"></p>' for p in _on_one_line()
    )
    section = issue.bulletin.sections.filter(kind="articles").first()
    assert section is not None
    attacker.must_post(
        f"{address('article_add')}?issue={issue.pk}",
        section=section.pk,
        title="有图片的文章",
        body=f"<p>图</p>{alts}",
    )


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def take_out_what_no_font_has(attacker: Attacker, issue: Issue) -> None:
    """Remove what the check before handing in refuses, as it has to."""
    unprintable = "\u2028"
    for kind, rows in (("article", issue.articles), ("brief", issue.brief_items)):
        for row in rows.all():
            if any(unprintable in text for text in (str(row), row.source)):
                attacker.client.post(address("issue_remove", issue.pk, f"{kind}-{row.pk}"))  # fmt: skip


def review(attacker: Attacker, issue: Issue, leader: Client) -> None:
    """Hand in, remark, send back, hand in again and sign, with payloads for opinions."""
    opinions = "\n".join(_on_one_line())[:4900]
    move(attacker.client, issue, "submit", opinions)
    for payload in PAYLOADS:
        remark = {"anchor": "article-1", "quote": payload, "text": payload}
        leader.post(address("issue_remark", issue.pk), remark)
    assert issue.remarks.count() >= len(_on_one_line())
    move(leader, issue, "send_back", opinions)
    move(attacker.client, issue, "submit", opinions)


def move(client: Client, issue: Issue, name: str, comment: str) -> None:
    last = issue.events.last()
    sent = {"comment": comment, "seen": last.pk if last else 0}
    answer = client.post(address("issue_move", issue.pk, name), sent)
    assert answer.status_code == 302, _said(answer)


# --- reading ----------------------------------------------------------------------


def log_in_browser(context: BrowserContext, client: Client, url: str) -> None:
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}]
    )


def look_at_the_desk(alarm: Alarm, page: Page, issue: Issue) -> None:
    for name in ("change", "review", "trail", "preview_page", "contributions"):
        alarm.look(page, address(f"issue_{name}", issue.pk))
    for name in ("briefs", "paste", "recipients"):
        alarm.look(page, address(f"issue_{name}", issue.pk))
    article, brief = issue.articles.all()[3], issue.brief_items.all()[3]
    for key in (f"article-{article.pk}", f"brief-{brief.pk}"):
        alarm.look(page, address("issue_move_item", issue.pk, key))
    alarm.look(page, address("briefitem_change", brief.pk))
    for revision in issue.revisions.all()[5:8]:
        alarm.look(page, address("issue_revision", issue.pk, revision.pk))
    for name in ("queue", "notices", "changelist", "add"):
        alarm.look(page, address(f"issue_{name}"))
    alarm.look(page, "/admin/")
    bulletin = issue.bulletin
    for name in ("change", "recipients", "history", "delete"):
        alarm.look(page, address(f"bulletin_{name}", bulletin.pk))
    for model, row in (
        ("unit", Unit.objects.first()),
        ("term", Term.objects.first()),
        ("phrase", Phrase.objects.first()),
        ("contribution", Contribution.objects.first()),
    ):
        assert row is not None
        alarm.look(page, address(f"{model}_changelist"))
        for name in ("change", "history", "delete"):
            alarm.look(page, address(f"{model}_{name}", row.pk))
    for name in ("adopt", "decline"):
        piece = Contribution.objects.first()
        assert piece is not None
        alarm.look(page, address(f"contribution_{name}", piece.pk))


def look_into_the_editor(alarm: Alarm, page: Page, issue: Issue) -> None:
    """Open an article, and give its editor the body of each other as it is stored."""
    ready = "window.CKEDITOR?.instances.id_body?.status === 'ready'"
    articles = list(issue.articles.all())
    for article in (articles[0], articles[-1]):
        alarm.look(page, address("article_change", article.pk), ready=ready)
    load = """(body) => new Promise((done) => {
      CKEDITOR.instances.id_body.setData(body, { callback: () => done() });
    })"""
    for body in (
        *(article.body for article in articles),
        *(piece.body for piece in Contribution.objects.all()),
    ):
        alarm.at = f"the editor with {body}"
        page.evaluate(load, body)
        alarm.settle(page)
    # A body that came round our cleaning would meet the filter of the editor, which
    # knows no addresses, but runs nothing.
    for payload in PAYLOADS:
        if "xss-canary" in payload or "src=x:x" in payload:
            continue
        alarm.at = f"the editor with {payload} as it is"
        page.evaluate(load, f"<p>{payload}</p>")
    page.wait_for_timeout(100)
    preview_in_the_page(alarm, page)


def preview_in_the_page(alarm: Alarm, page: Page) -> None:
    alarm.at = "the preview beside an article"
    page.reload()
    page.get_by_role("button", name="预览").first.click()
    page.wait_for_timeout(1500)
    alarm.settle(page)


def overtake(attacker: Attacker, issue: Issue) -> None:
    """Type payloads over what somebody else has saved meanwhile, and merge them."""
    for article in issue.articles.all()[:6]:
        at = address("article_change", article.pk)
        typed = {
            "section": article.section_id,
            "title": article.title,
            "body": article.body,
        }
        named = {"desk_page": f"article-{article.pk}", "desk_issue": issue.pk}
        mine = {
            **typed,
            "title": f"我{article.title}",
            "source": TEMPLATES[6],
            "body": "".join(PAYLOADS),
        }
        assert not attacker.send(at, {**mine, **named, "seen": 0, "_save": "1"})
        assert not attacker.send(at, {**mine, **named, "seen": 0, "_merge": "1"})


def look_at_the_public(
    alarm: Alarm, page: Page, issue: Issue, reader: Client, host: str
) -> None:
    home = issue.get_absolute_url()
    year = f"/wuxiao/{home.split('/')[2]}/"
    for at in ("/", "/wuxiao/", year, home, f"{home}edition-1/", "/lanmu/", "/danwei/"):
        alarm.look(page, at)
    for number in range(1, 9):
        alarm.look(page, f"{home}{number}/")
    for payload in PAYLOADS:
        alarm.look(page, f"/search/?q={quote(payload)}")
    alarm.look(page, f"/search/?q=hit&unit={quote(BREAKS[2])}&year={quote(BREAKS[2])}")
    alarm.look(page, f"/{quote('<img src=x onerror=hit(1)>')}/")
    for at in ("/feed.atom", "/wuxiao/feed.atom", "/sitemap.xml"):
        answer = reader.get(at, headers={"host": host})
        content = b"".join(answer) if answer.streaming else answer.content
        # As if somebody's browser showed it as a page of XML.
        alarm.show(page, at, _Answer(content, {"Content-Type": "text/xml"}))


@dataclass(frozen=True)
class _Answer:
    content: bytes
    headers: dict[str, str]

    def items(self) -> Any:
        return self.headers.items()


def listen(browser: Browser, site: str) -> tuple[Alarm, Page]:
    """Open an empty page with the alarm set."""
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = context.new_page()
    alarm = Alarm(site)
    alarm.watch(context, page)
    return alarm, page


# --- the tests --------------------------------------------------------------------


def test_the_payloads_are_enough_and_of_every_kind():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 40


@pytest.mark.parametrize(
    ("payload", "heard"),
    [
        ("<svg onload=hit(1)>", "XSS-HIT"),
        ("<a href=javascript:hit(1)>点</a>", "sleeps: A href"),
        ("<p x-data @click=hit(1)>段</p>", "sleeps: P @click"),
        ("<img src=data:, onerror=alert(1)>", "dialog: 1"),
    ],
)
def test_the_alarm_hears_what_does_run(browser, live_server, payload, heard):
    alarm, page = listen(browser, live_server.url)

    html = {"Content-Type": "text/html; charset=utf-8"}
    alarm.show(page, "/robots.txt", _Answer(payload.encode(), html))

    assert any(heard in fault for fault in alarm.faults)


def test_nothing_that_is_typed_ever_runs(browser, live_server):
    make_groups()
    attacker = Attacker(Client(), [])
    boss = make_user("boss", is_staff=True, is_superuser=True, last_name=EVENTS[0])
    attacker.client.force_login(boss)
    leader = Client()
    signer = make_user("lingdao", is_staff=True, last_name=BREAKS[2])
    signer.groups.add(Group.objects.get(name="签发"))
    leader.force_login(signer)
    bulletin = found_bulletin(attacker)
    fill_the_pool(attacker)
    issue = compose(attacker, bulletin, 57)
    overtake(attacker, issue)

    alarm, page = listen(browser, live_server.url)
    log_in_browser(page.context, attacker.client, live_server.url)
    look_at_the_desk(alarm, page, issue)
    look_into_the_editor(alarm, page, issue)
    for payload in PAYLOADS[::4]:
        asked = f"?q={quote(payload)}"
        alarm.look(page, f"{address('issue_changelist')}{asked}")
        alarm.look(page, f"{address('contribution_changelist')}{asked}")
    for at, answer in attacker.refused:
        alarm.show(page, at, answer)

    take_out_what_no_font_has(attacker, issue)
    review(attacker, issue, leader)
    for name in ("review", "trail", "change", "queue", "notices"):
        pk = () if name in {"queue", "notices"} else (issue.pk,)
        alarm.look(page, address(f"issue_{name}", *pk))
    alarm.look(page, "/admin/")
    move(leader, issue, "approve", "同意")
    move(attacker.client, issue, "publish", "")
    issue.refresh_from_db()
    assert issue.status == Issue.Status.ISSUED
    page.context.clear_cookies()
    host = live_server.url.partition("//")[2]
    look_at_the_public(alarm, page, issue, Client(), host)

    assert attacker.stored > 5 * len(PAYLOADS)
    assert not alarm.faults, "\n".join(alarm.faults)
