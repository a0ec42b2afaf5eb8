"""What somebody with bad intentions sends, and what comes of it: nothing.

Who reaches which address is in test_every_address.py, passwords, codes and sessions in
test_signing_in.py, damaged files in test_uploads_fuzzed.py. docs/threats.md names them all.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pypdfium2
import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.cache import cache
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from bulletins import markup, notices, rendering, workflow
from bulletins.archive.addresses import Kind
from bulletins.bounds import SectionKind
from bulletins.composing import document_of
from bulletins.document import SectionEntry, canonical_json
from bulletins.models import Bulletin, Contribution, Issue, Recipient, Unit
from bulletins.reading import ReadError, read_json, read_text
from bulletins.reading.briefs import read_briefs
from bulletins.reading.recipients import read_pasted
from bulletins.receiving import MAX_FORM
from bulletins.search import SearchRefused, wanted_from
from tests.factories import (
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_document,
    make_issue,
    make_leader,
    make_masthead,
    make_user,
)
from tests.published import make_issued, snapshot
from tests.test_admin import change_url, form_of, management
from tests.test_every_address import NAMES, address, make_client, place

__all__ = ["place"]  # a fixture

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[1]
EVIL = "evil.example"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def make_editor(name: str = "bianji", *groups: str) -> User:
    """Make somebody of the group 编辑, with what the migrations give it."""
    user = make_user(name, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=["编辑", *groups]))
    return user


@pytest.fixture
def desk(client):
    """Return the browser of an editor."""
    client.force_login(make_editor())
    return client


def make_other_issue(name: str = "动态") -> Issue:
    """Make an issue of another bulletin."""
    return make_issue(make_bulletin(masthead=make_masthead(name=name)))


def state_of(issue: Issue) -> tuple[Any, ...]:
    """Return all that somebody could want to change of an issue."""
    fresh = Issue.objects.get(pk=issue.pk)
    fixed = (fresh.status, fresh.number, fresh.edition_id, fresh.created_by_id)
    rows = fresh.articles.values_list("pk", "position", "section", "contents_title")
    return (*fixed, canonical_json(document_of(fresh)), repr(list(rows)))


# --- requests and reads from within the server ------------------------------------


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[Any]]]:
    """Listen on loopback; yield the port and who came."""
    visitors: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def wait() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    visitor, whence = server.accept()
                    visitors.append(whence)
                    visitor.close()

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield server.getsockname()[1], visitors
        finally:
            over.set()
            thread.join()


def lures(port: int, secret: Path) -> list[str]:
    """Return markup for every way known to have a renderer fetch something."""
    host = f"127.0.0.1:{port}"
    places = [
        f"http://{host}/a.png", f"//{host}/a.png", f"\\\\{host}\\a.png", f"/\\{host}/a.png",
        f"https://{host}/", f"ftp://{host}/", f"http://localhost:{port}/x.css",
        f"http://2130706433:{port}/", f"http://[::ffff:127.0.0.1]:{port}/",
        secret.as_uri(), str(secret), f"file:{secret}", f"FILE://localhost{secret}",
        f"/media/pictures/../../../../..{secret}", f"picture:../../..{secret}",
        f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='{secret.as_uri()}'/></svg>",
    ]  # fmt: skip
    forms = [
        '<img src="{0}" alt="图">',
        '<img srcset="{0} 1x" src="{0}" alt="图">',
        '<p style="background:url({0})">字</p>',
        "<style>@import url('{0}'); @font-face{{font-family:x;src:url('{0}')}} p::before{{content:url('{0}')}}</style>",
        '<link rel="stylesheet" href="{0}"><link rel="attachment" href="{0}">',
        '<a rel="attachment" href="{0}">附件</a>',
        '<object data="{0}"></object><embed src="{0}"><iframe src="{0}"></iframe>',
        '<svg><image xlink:href="{0}" href="{0}"/><use href="{0}#x"/></svg>',
        '<video src="{0}" poster="{0}"></video><audio src="{0}"></audio>',
        '<table background="{0}"><tr><td background="{0}">格</td></tr></table>',
        '<input type="image" src="{0}"><base href="{0}"><meta http-equiv="refresh" content="0;url={0}">',
    ]  # fmt: skip
    return ["".join(form.format(where) for where in places) for form in forms]


SECRET = "本机机密文件的内容"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.png"
    path.write_text(SECRET * 3, encoding="utf-8")
    return path


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_no_text_makes_the_renderer_ask_a_server_or_read_a_file(secret):
    with listening() as (port, visitors):
        bait = lures(port, secret)
        document = make_document(
            sections=(
                SectionEntry(
                    "",
                    SectionKind.ARTICLES,
                    tuple(
                        make_article(
                            f"第{n}篇", body=f"<p>首段。</p>{each}<p>末段。</p>"
                        )
                        for n, each in enumerate(bait)
                    ),
                ),
                SectionEntry(
                    "简讯",
                    SectionKind.BRIEFS,
                    tuple(
                        make_brief(f"第{n}条", text=each[:4000])
                        for n, each in enumerate(bait)
                    ),
                ),
            ),
            editors_note=bait[0][:4000],
        )
        page = rendering.render_page(document)
        pdf = rendering.render_pdf(document)

    assert visitors == []
    text = text_of(pdf)
    assert "首段" in text
    assert "末段" in text
    assert SECRET not in text
    assert b"/EmbeddedFile" not in pdf
    article = page.partition("首段")[2].partition("末段")[0]
    assert not re.search(r"<(?:img|link|style|object|embed|iframe|svg|base)\b", article)


def test_no_saved_or_previewed_article_makes_the_server_ask_or_read(desk, secret):
    issue = make_issue()
    article = issue.articles.get()
    with listening() as (port, visitors):
        typed = {
            "title": "标题",
            "section": article.section_id,
            "body": f"<p>首段。</p>{''.join(lures(port, secret))}<p>末段。</p>",
            "seen": article.version,
            "desk_issue": issue.pk,
        }
        looked = {
            kind: desk.post(
                reverse("admin:bulletins_issue_preview", args=[issue.pk]),
                {**typed, "desk_page": f"article-{article.pk}", "desk_as": kind},
            )
            for kind in ("html", "pdf")
        }
        saved = desk.post(
            reverse("admin:bulletins_article_change", args=[article.pk]),
            {**typed, "_continue": "1"},
        )

    assert visitors == []
    assert [answer.status_code for answer in looked.values()] == [200, 200]
    assert SECRET not in looked["html"].content.decode()
    assert "末段" in text_of(looked["pdf"].content)
    assert SECRET not in text_of(looked["pdf"].content)
    assert saved.status_code == 302
    article.refresh_from_db()
    assert not re.search(r"(?i)(?:src|srcset|style|background)=", article.body)


def test_no_paste_makes_the_server_ask_or_read(desk, secret):
    with listening() as (port, visitors):
        answer = desk.post(
            reverse("admin:bulletins_article_paste"),
            json.dumps({"html": "".join(lures(port, secret)), "rtf": ""}),
            content_type="application/json",
        )

    assert visitors == []
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    assert "src=" not in answer.json()["html"]


# --- files ------------------------------------------------------------------------

OUTSIDE = [
    "../secret.png", "%2e%2e/secret.png", "%2e%2e%2fsecret.png", "..%5csecret.png",
    "..%252fsecret.png", "....//secret.png", "..;/secret.png", "%c0%ae%c0%ae/secret.png",
    "..%00/secret.png", "secret.png%00.html", "%2fetc%2fpasswd", "//etc/passwd",
    "..\\secret.png", "./.././secret.png", "..%u2215secret.png", "．．/secret.png",
    "a" * 5000, "%2e" * 3000, "CON", "~root/.ssh/id_rsa", ".part", "-", "\u202e",
]  # fmt: skip
FOLDERS = ["/", "/media/", "/media/pictures/", "/static/", "/zuofeng/", "/zuofeng/2024/", "/zuofeng/2024/8/", "/lanmu/", "/danwei/", "/api/v1/issues/", "/admin/"]  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_path_leads_out_of_a_folder(client, folder, settings, secret):
    make_issued()
    root = Path(settings.MEDIA_ROOT)
    for inside in (root, *(p for p in root.rglob("*") if p.is_dir())):
        with contextlib.suppress(FileExistsError):
            (inside.parent / "secret.png").symlink_to(secret)

    for name in OUTSIDE:
        for depth in ("", "../", "%2e%2e/", "../../", "..%2f..%2f"):
            answer = client.get(f"{folder}{depth}{name}")
            assert answer.status_code in {301, 302, 400, 404}, name
            body = b"" if answer.streaming else answer.content
            assert SECRET not in body.decode(errors="replace")
            assert b"root:x:0" not in body


@pytest.mark.parametrize(
    "name", ['甲\r\nSet-Cookie: x=1', '甲"; filename="x.exe', "甲\x00乙", "../../甲", "甲\n乙"]
)  # fmt: skip
def test_no_name_writes_a_header_of_a_download(client, name):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    issue = make_issue()
    # Past every form: even a row that should not be must do no harm.
    Bulletin.objects.filter(pk=issue.bulletin_id).update(
        name=name.replace("\x00", ""), slug="x"
    )

    for kind in ("issue", "bulletin"):
        pk = issue.pk if kind == "issue" else issue.bulletin_id
        for suffix in ("csv", "xlsx"):
            url = reverse(f"admin:bulletins_{kind}_recipients_file", args=[pk, suffix])
            answer = client.get(url)
            assert answer.status_code == 200
            disposition = answer["Content-Disposition"]
            assert disposition.startswith("attachment; filename")
            assert not re.search(r"[\r\n]|filename=.*filename=", disposition)
            assert "Set-Cookie" not in answer


def test_a_name_of_more_than_a_line_is_refused_at_its_field(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    add = reverse("admin:bulletins_unit_add")

    answer = client.post(add, {"name": "甲\r\nBcc: x@evil.example", "short_name": ""})

    assert not Unit.objects.filter(name__contains="\n").exists()
    assert answer.status_code in {200, 302}


# --- other sites ------------------------------------------------------------------

ELSEWHERE = [
    f"https://{EVIL}/", f"//{EVIL}/", f"/\\{EVIL}/", f"\\\\{EVIL}/", f"http:{EVIL}", f"https:///{EVIL}",
    f"/%09/{EVIL}", f"\t//{EVIL}", f"///{EVIL}", f"http://localhost@{EVIL}/", f"javascript:alert(1)//{EVIL}",
    f"data:text/html,{EVIL}", f"http://testserver.{EVIL}/", f"//testserver@{EVIL}", f"／／{EVIL}",
]  # fmt: skip


def leads_here(location: str) -> bool:
    """Tell whether a browser at this site stays at it."""
    seen = re.sub(r"[\t\r\n]", "", location).replace("\\", "/").strip()
    whole = urlsplit(urljoin("http://testserver/admin/login/", seen))
    return (whole.scheme, whole.netloc) == ("http", "testserver")


@pytest.mark.parametrize("place_wanted", ELSEWHERE)
def test_no_step_of_signing_in_or_out_leads_to_another_site(client, place_wanted):
    make_user("bianji", is_staff=True)
    login = reverse("admin:login")
    typed = {"username": "bianji", "password": "correct horse", "next": place_wanted}

    answers = [
        client.post(login, typed),
        client.get(login, {"next": place_wanted}),
        client.get(reverse("account_code"), {"next": place_wanted}),
        client.post(
            f"{reverse('admin:password_change')}?next={place_wanted}",
            {"next": place_wanted},
        ),
        client.post(reverse("admin:logout"), {"next": place_wanted}),
    ]

    for answer in answers:
        assert answer.status_code in {200, 302}
        assert leads_here(answer.get("Location", "/"))


def test_no_answer_repeats_where_somebody_came_from_or_what_host_they_claim(place):
    claims = {
        "referer": f"https://{EVIL}/x",
        "x-forwarded-host": EVIL,
        "x-forwarded-server": EVIL,
        "x-host": EVIL,
        "x-original-url": f"https://{EVIL}/admin/",
        "x-rewrite-url": f"https://{EVIL}/admin/",
        "forwarded": f"host={EVIL};proto=https",
        "origin": "null",
    }
    for role in ("无人", "超级用户"):
        client = make_client(role)
        for name in NAMES:
            answer = client.get(address(name, place), headers=claims)
            body = b"".join(answer) if answer.streaming else answer.content
            told = f"{answer.headers}{body.decode(errors='replace')}"
            assert EVIL not in told, name
            if name == "admin:logout":
                client = make_client(role)


def test_no_address_answers_under_a_name_that_is_not_its_own(place):
    client = make_client("超级用户")
    answered = {
        name
        for name in NAMES
        for host in (EVIL, f"testserver.{EVIL}", f"testserver@{EVIL}", "127.0.0.1\t")
        if client.get(address(name, place), headers={"host": host}).status_code != 400
    }

    # The probes are asked by machines, under whatever name; they tell nothing else.
    assert answered <= {"healthz", "readyz", "metrics"}


def test_mails_lead_to_the_address_of_the_settings_whatever_host_was_asked(
    settings, django_capture_on_commit_callbacks
):
    settings.SENDS_MAIL = True
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    settings.ALLOWED_HOSTS = ["*"]
    bulletin = make_bulletin()
    leader = make_leader(bulletin)
    User.objects.filter(pk=leader.pk).update(email="leader@example.gov.cn")
    clerk = make_clerk(first_name="张三\r\nCc: b@evil.example")
    issue = workflow.submit(make_issue(bulletin), by=clerk)
    # Past every form: even a row that should not be must do no harm.
    Bulletin.objects.filter(pk=bulletin.pk).update(
        name="简报\r\nBcc: all@evil.example\r\n\r\n正文"
    )

    with django_capture_on_commit_callbacks(execute=True):
        notices.remind(Issue.objects.get(pk=issue.pk), by=None)

    sent = mail.outbox
    assert [message.to for message in sent] == [["leader@example.gov.cn"]]
    whole = sent[0].message()
    assert whole["Bcc"] is None
    assert whole["Cc"] is None
    assert "\n" not in sent[0].subject
    links = re.findall(r"https?://[^\s/]+", str(sent[0].body))
    assert links
    assert set(links) == {settings.SITE_ADDRESS}


# --- ready pages ------------------------------------------------------------------


def test_no_odd_request_changes_what_the_next_reader_gets(client):
    make_issued()
    address_of_issue = "/zuofeng/2024/8/"
    first = client.get(address_of_issue)
    before = snapshot()
    for query in (
        "",
        "?utm=1",
        f"?next=//{EVIL}",
        "?_method=POST",
        "?%00",
        f"?{'a' * 8000}",
    ):
        for headers in (
            {"x-forwarded-host": EVIL},
            {"x-forwarded-proto": "https", "x-forwarded-port": "444"},
            {"x-original-url": "/admin/", "x-rewrite-url": "/admin/"},
            {"x-http-method-override": "DELETE"},
            {"cookie": "sessionid=evil; csrftoken=evil; size=<script>"},
            {"accept-language": "en", "user-agent": "<script>alert(1)</script>"},
            {"range": "bytes=0-5,7-9"},
            {"accept-encoding": "gzip;q=evil, br;q=-1"},
        ):  # fmt: skip
            answer = client.get(f"{address_of_issue}{query}", headers=headers)
            assert answer.status_code == 200
            assert answer.content == first.content
            assert answer["ETag"] == first["ETag"]
            assert not answer.cookies
            assert EVIL not in str(answer.headers)
    assert snapshot() == before


def test_asking_for_what_is_not_there_leaves_no_file(client):
    make_issued()
    before = snapshot()
    for path in ("/zuofeng/2024/9/", "/zuofeng/2024/8/77/", "/x/2024/8/", "/lanmu/无/", "/danwei/%00/", "/zuofeng/2024/8.pdf/", "/zuofeng/1900/"):  # fmt: skip
        assert client.get(path).status_code == 404

    assert snapshot() == before


# --- what every answer says, and what a cookie may ---------------------------------


def test_no_answer_may_be_framed_by_others_or_guessed_at(place):
    for role in ("无人", "超级用户"):
        client = make_client(role)
        for name in NAMES:
            answer = client.get(address(name, place))
            if answer.streaming:
                answer.close()
            if name in {"healthz", "readyz", "metrics"}:
                continue  # plain words for machines
            policy = answer["Content-Security-Policy"]
            assert re.search(r"frame-ancestors '(?:none|self)'", policy), name
            assert answer["X-Frame-Options"] in {"SAMEORIGIN", "DENY"}, name
            assert answer["X-Content-Type-Options"] == "nosniff", name
            assert answer["Referrer-Policy"] == "same-origin", name
            assert re.search(r"script-src 'self'", policy), name
            if not answer.request["PATH_INFO"].startswith("/admin/"):
                assert "unsafe" not in policy, name
            if name == "admin:logout":
                client = make_client(role)


def test_cookies_are_kept_from_scripts_and_from_other_sites(client):
    make_user("bianji", is_staff=True)
    login = reverse("admin:login")
    client.get(login)
    answer = client.post(login, {"username": "bianji", "password": "correct horse"})

    session = answer.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert answer.cookies["csrftoken"]["samesite"] == "Lax"


def views(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern)
        else:
            yield pattern


def test_only_what_changes_nothing_is_exempt_from_the_token_of_forms(place):
    exempt = {
        str(pattern.name)
        for pattern in views(get_resolver())
        if getattr(pattern.callback, "csrf_exempt", False)
    }

    # The archive, its search and its interface: each says 405 to what is not reading.
    pages = {"search", *(kind.value for kind in Kind)}
    assert {name for name in exempt - pages if not name.startswith("api_")} == set()
    client = make_client("超级用户")
    for name in exempt:
        assert client.post(address(name, place)).status_code == 405


def test_a_form_without_its_token_is_refused_as_such(place):
    # Those that a superuser reaches with a token: 302 and 200 there, 403 here.
    client = make_client("超级用户", enforce_csrf_checks=True)
    for name in NAMES:
        at = address(name, place)
        if resolve(at.partition("?")[0]).func.__dict__.get("csrf_exempt"):
            continue
        answer = client.post(
            at, {"confirm": "1"}, headers={"origin": f"https://{EVIL}"}
        )
        assert answer.status_code in {403, 405}, name


# --- more than a form offers --------------------------------------------------------

WISHES = {
    "status": "published", "number": "777", "edition": "1", "created_by": "1", "version": "999",
    "is_superuser": "on", "is_staff": "on", "user_permissions": "1", "step": "1", "urgent_signer": "1",
    "submitted_at": "2020-01-01", "published_at": "2020-01-01", "pk": "1", "id": "1", "position": "1",
    "issue": "999", "bulletin": "999", "state": "adopted", "adopted": "1", "author_id": "1",
}  # fmt: skip


def test_no_form_of_the_desk_takes_more_than_it_offers(desk):
    other = make_other_issue()
    issue = make_issue(number=9)
    article, brief = issue.articles.get(), issue.brief_items.get()
    piece = Contribution.objects.create(title="来稿", received_on="2024-09-02")
    before = state_of(issue)
    wishes = {**WISHES, "issue": str(other.pk), "bulletin": str(other.bulletin_id)}

    desk.post(change_url(issue), {**wishes, **form_of(issue)})
    for kind, row in (("article", article), ("briefitem", brief)):
        own = {"title": "新", "lead": "新", "text": "新。", "section": row.section_id}
        desk.post(
            reverse(f"admin:bulletins_{kind}_change", args=[row.pk]),
            {**wishes, **own, "seen": row.version, "desk_issue": issue.pk},
        )
    desk.post(
        reverse("admin:bulletins_contribution_change", args=[piece.pk]),
        {
            **wishes,
            "title": "来稿二",
            "received_on": "2024-09-02",
            "seen": piece.version,
        },
    )

    issue.refresh_from_db()
    assert (issue.status, issue.number, issue.edition_id) == before[:3]
    assert issue.bulletin_id != other.bulletin_id
    assert issue.created_by_id == before[3]
    for row in (article, brief):
        row.refresh_from_db()
        assert row.issue_id == issue.pk
        assert row.version == 2  # saved once, whatever version was asked for
    piece.refresh_from_db()
    assert piece.state == Contribution._meta.get_field("state").default
    assert not User.objects.get(username="bianji").is_superuser


def test_who_manages_accounts_makes_no_superuser_by_any_form(client):
    admin_user = make_user("guanli", is_staff=True)
    admin_user.groups.set([Group.objects.get(name="管理员")])
    client.force_login(admin_user)
    fields = {"is_active": "on", "is_staff": "on", "is_superuser": "on", "usable_password": "true"}  # fmt: skip
    word = "Xx9!kdWq27-pt"

    client.post(
        reverse("admin:auth_user_change", args=[admin_user.pk]),
        {
            **fields,
            "username": "guanli",
            "groups": str(admin_user.groups.get().pk),
            "date_joined_0": "2024-09-02",
            "date_joined_1": "08:00",
        },
    )
    client.post(
        reverse("admin:auth_user_add"),
        {**fields, "username": "xin", "password1": word, "password2": word},
    )

    assert User.objects.get(username="guanli").groups.exists()
    assert User.objects.filter(is_superuser=True).count() == 0
    assert User.objects.filter(username="xin").exists()


# --- what belongs to another issue --------------------------------------------------


def test_an_item_is_reached_by_the_address_of_its_own_issue_only(desk):
    mine, other = make_issue(number=9), make_other_issue()
    closed = workflow.submit(make_other_issue("快报"), by=make_clerk())
    removed = workflow.remove_item(
        other.brief_items.get(), by=make_user(is_superuser=True)
    )
    before = [state_of(issue) for issue in (mine, other, closed)]

    def press(name: str, *args: Any, **values: Any) -> Any:
        at = reverse(f"admin:bulletins_issue_{name}", args=[mine.pk, *args])
        return desk.post(at, values)

    for foreign in (other, closed):
        article = foreign.articles.get()
        key = workflow.key_of(article)
        section = mine.bulletin.sections.first()
        press("remove", key)
        press(
            "reword",
            key,
            **{f"wording-{key}": "改了", f"version-{key}": article.version},
        )
        press("move_item", key, to=f"{mine.pk}-{section.pk}")
        press("arrange", order=f"section-{section.pk} {key}")
        press("arrange", step=f"up {key}")
        press("arrange", **{f"number-{key}": "1"})
        looked = press("preview", desk_page=f"article-{article.pk}", desk_as="html", title="x", body="", section=section.pk)  # fmt: skip
        assert looked.status_code in {200, 422}
    press("put_back", removed.pk)
    own = workflow.key_of(mine.articles.get())
    press("move_item", own, to=f"{closed.pk}-{closed.bulletin.sections.first().pk}")
    press("move_item", own, to=f"{other.pk}-{mine.bulletin.sections.first().pk}")

    assert [state_of(issue) for issue in (mine, other, closed)] == before
    assert other.removed_items.filter(pk=removed.pk).exists()
    press("remove", own)
    assert state_of(mine) != before[0]


def test_a_recipient_of_another_list_is_not_changed_by_a_form(desk):
    mine, other = make_issue(number=9), make_other_issue()
    theirs = Recipient.objects.filter(issue=other).first()
    row = {
        "id": theirs.pk,
        "issue": mine.pk,
        "tier": "report",
        "name": "改了",
        "copies": 1,
    }
    rows = {f"recipients-0-{name}": value for name, value in row.items()}

    desk.post(
        change_url(mine),
        {**form_of(mine), **management("recipients", 1, initial=1), **rows},
    )

    theirs.refresh_from_db()
    assert (theirs.issue_id, theirs.name != "改了") == (other.pk, True)


def test_a_closed_issue_is_not_changed_by_any_way_of_adding(desk):
    closed = workflow.submit(make_issue(), by=make_clerk())
    piece = Contribution.objects.create(title="来稿", received_on="2024-09-02")
    before = state_of(closed)

    for name in ("paste", "briefs", "contributions", "recipients"):
        at = reverse(f"admin:bulletins_issue_{name}", args=[closed.pk])
        answer = desk.post(
            at, {"text": "一、甲\n乙。", "piece": piece.pk, "contribution": piece.pk}
        )
        assert answer.status_code in {302, 403, 409}
    for kind in ("article", "briefitem"):
        at = f"{reverse(f'admin:bulletins_{kind}_add')}?issue={closed.pk}"
        section = closed.articles.get().section_id
        answer = desk.post(at, {"title": "新", "lead": "新", "section": section, "issue": closed.pk, "desk_issue": closed.pk})  # fmt: skip
        assert answer.status_code != 200 or state_of(closed) == before

    assert state_of(closed) == before


# --- too much -----------------------------------------------------------------------


def told(answer: Any) -> str:
    text = bytes(answer.content).decode()
    is_json = answer["Content-Type"].startswith("application/json")
    return str(json.loads(text)) if is_json else text


def test_a_form_of_too_many_fields_is_refused_in_words(desk):
    issue = make_issue()
    many = "&".join(f"a{n}=1" for n in range(10_001))

    answer = desk.post(
        change_url(issue), many, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 400
    assert "内容过大" in told(answer)


def test_a_form_of_hundreds_of_recipients_is_not_too_much(desk):
    issue = make_issue()
    rows = {
        f"recipients-{n}-{name}": value
        for n in range(400)
        for name, value in {"tier": "report", "name": f"单位{n}", "copies": 1}.items()
    }
    answer = desk.post(
        change_url(issue), {**form_of(issue), **management("recipients", 400), **rows}
    )

    assert answer.status_code == 302


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_of_thirty_megabytes_is_refused_before_it_is_kept(desk, kind, tmp_path):
    body = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.txt\r\n\r\n"
    body += b"a" * (30 * 1024 * 1024)
    for at in (change_url(make_issue()), reverse("admin:login"), "/search/"):
        answer = desk.post(at, body, content_type=kind)
        assert answer.status_code in {400, 405}, at
        assert answer.status_code == 405 or "内容过大" in told(answer)


def test_a_form_just_within_the_bound_is_judged_by_its_file(desk):
    issue = make_issue()
    head = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    body = head + b"a" * (MAX_FORM - len(head) - 10) + b"\r\n--x--\r\n"

    answer = desk.post(
        reverse("admin:bulletins_issue_paste", args=[issue.pk]),
        body,
        content_type="multipart/form-data; boundary=x",
    )

    assert answer.status_code == 422
    assert "文件过大" in told(answer)


@pytest.mark.parametrize("address_of_search", ["/search/", "/api/v1/search/"])
def test_who_searches_too_often_is_told_when_to_come_back(client, address_of_search):
    cache.clear()
    answers = [client.get(address_of_search, {"q": "落实"}) for _ in range(61)]
    other = client.get(address_of_search, {"q": "落实"}, REMOTE_ADDR="10.0.0.9")

    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert int(answers[-1]["Retry-After"]) >= 60
    assert CHINESE.search(told(answers[-1]))
    assert other.status_code == 200


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "content", [DEEP, '{"html":' + DEEP, '{"a":' * 50_000, "1" * 6000, '"\\ud800"', '{"html": 1e999}']
)  # fmt: skip
def test_json_that_is_made_to_break_the_reader_is_refused_in_words(desk, content):
    issue = make_issue()

    pasted = desk.post(
        reverse("admin:bulletins_article_paste"),
        content,
        content_type="application/json",
    )
    added = desk.post(
        reverse("admin:bulletins_issue_paste", args=[issue.pk]), {"document": content}
    )

    assert pasted.status_code in {200, 400}
    assert CHINESE.search(told(pasted)) or pasted.status_code == 200
    assert added.status_code == 422
    assert "没有加入" in told(added)
    with pytest.raises(ReadError):
        read_json(content.encode(errors="replace"))


def test_a_compressed_body_is_not_unpacked(desk):
    bomb = gzip.compress(b'{"html": "' + b"a" * 10_000_000 + b'"}')

    answer = desk.post(
        reverse("admin:bulletins_article_paste"),
        bomb,
        content_type="application/json",
        headers={"content-encoding": "gzip"},
    )

    assert answer.status_code == 400


# --- texts that make a parser go on and on -------------------------------------------

MILLION = 1_000_000


def repeated(piece: str) -> str:
    return (piece * (MILLION // len(piece) + 1))[:MILLION]


STALLING = {
    "one letter": repeated("字"),
    "spaces": repeated(" "),
    "line ends": repeated("\n"),
    "open tags": repeated("<p"),
    "open angles": repeated("<"),
    "nesting": repeated("<div>"),
    "nested tables": repeated("<table><tr><td>"),
    "unclosed comments": repeated("<!--"),
    "attributes": f"<p {repeated('a=')}",
    "breaks": repeated("<br> "),
    "entities": repeated("&amp;"),
    "headings": repeated("一、"),
    "brackets": repeated("（一"),
    "numbers": repeated("1."),
    "dots": repeated("。"),
    "quotes": repeated('"'),
    "recipients": repeated("市委、"),
    "styles": repeated("mso-list:l0 level1;"),
    "conditions": repeated("<![if !supportLists]>"),
    "colons": repeated("报："),
    "dashes": repeated("——"),
    "full width": repeated("１　"),
}


@contextlib.contextmanager
def ends_within(seconds: int) -> Iterator[None]:
    """Fail where something hangs; far above what anything takes."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"still at it after {seconds} seconds")

    old = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


@pytest.mark.parametrize("kind", STALLING)
@pytest.mark.parametrize(
    "reader",
    [
        markup.clean,
        lambda text: markup.clean_paste(text, lambda _: None),
        read_text,
        read_briefs,
        lambda text: read_pasted(text, "send"),
        lambda text: wanted_from(words=text, bulletin="", year="", section="", unit=""),
    ],
    ids=["clean", "paste", "text", "briefs", "recipients", "search"],
)
def test_no_million_characters_stall_a_reader(reader, kind):
    with ends_within(120), contextlib.suppress(ReadError, SearchRefused):
        reader(STALLING[kind])


# --- the settings of a server ---------------------------------------------------------


def production() -> dict[str, str]:
    """Return the environment of docker-compose.yml, filled in as .env asks."""
    compose = ROOT.joinpath("docker-compose.yml").read_text(encoding="utf-8")
    block = compose.partition("  environment:\n")[2].partition("  volumes:\n")[0]
    given = {
        "SITE_HOST": "jianbao.example.gov.cn",
        "SECRET_KEY": "k3y-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "SITE_NAME": "某县人民政府",
        "SITE_ID_CODE": "4110250001",
        "POSTGRES_PASSWORD": "word",
    }

    def value(found: re.Match[str]) -> str:
        return given.get(found[1], found[2] or "")

    variables = dict(re.findall(r'^    ([A-Z_]+): "?([^"\n]*)"?$', block, re.M))
    return {
        name: re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", value, text)
        for name, text in variables.items()
    }


def in_production(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {"VAR_DIR": str(tmp_path), "SITE_ROOT": str(tmp_path / "site")}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, **production(), **own},
        capture_output=True,
        text=True,
        check=False,
    )


def test_django_finds_nothing_to_say_about_the_settings_of_a_server(tmp_path):
    found = in_production(
        tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING"
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "SecurityMiddleware" not in found.stderr


def test_behind_tls_every_cookie_is_sent_by_tls_only(tmp_path):
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"]  # fmt: skip
    script = f"""
from wuxiao_bulletin import settings
assert not settings.DEBUG
print([bool(getattr(settings, name, name == "SESSION_COOKIE_HTTPONLY")) for name in {names}])
"""

    found = in_production(tmp_path, "-c", script)

    assert found.stdout.strip() == "[True, True, True, True, True]", found.stderr


# --- the threat model -------------------------------------------------------------------


def test_every_test_the_threat_model_names_exists():
    table = ROOT.joinpath("docs", "threats.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", table))
    written = {
        name
        for path in ROOT.joinpath("tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)
    }

    assert len(named) > 50
    assert named - written == set()
