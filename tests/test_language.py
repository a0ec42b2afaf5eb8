"""The staff side speaks Chinese: every string of the skin, every word on a page."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import unfold
from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils.translation.template import templatize

from bulletins import workflow
from bulletins.models import Event, Issue, Phrase
from tests.factories import grant, make_issue, make_leader, make_user

ROOT = Path(__file__).parents[1]
CATALOGUES = sorted((ROOT / "wuxiao_bulletin" / "locale").rglob("*.po"))
SCRIPT = ROOT / "scripts" / "compile_catalogue.py"

CALLS = {
    name.removesuffix("_lazy") + lazy: where
    for lazy in ("", "_lazy")
    for name, where in {
        "_": None,
        "gettext": None,
        "gettext_noop": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|</?[a-z][^>]*>")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
# The number of a colour; a digest.
NO_WORD = re.compile(r"#[0-9A-Fa-f]{6}|\b[0-9a-f]{8}(?:[0-9a-f]{56})?\b")

# What may stand in Latin letters on a Chinese page.
MAY_BE_LATIN = frozenset(
    {
        "PDF",
        "wuxiao",  # the example of a slug
        "esc",  # keys
        "Control",
        "Command",
        "Mac",
    }
)


# --- the catalogue ----------------------------------------------------------------


def strings_of_unfold() -> Iterator[tuple[str, ...]]:
    """Yield each string the installed skin translates, with its plural if it has one."""
    package = Path(unfold.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.suffix not in {".py", ".html"} or "static" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            # What templatize makes of a page is no Python, but each call of it is.
            source = "\n".join(map(str.strip, templatize(source).splitlines()))
        for _, ids, _, _ in extract("python", io.BytesIO(source.encode()), CALLS):
            yield ids if isinstance(ids, tuple) else (ids,)


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def entries(found: Catalog) -> Iterator[Message]:
    return (entry for entry in found if entry.id)


def texts(entry: Message) -> tuple[str, ...]:
    string = entry.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def by_source(found: Catalog) -> dict[str, tuple[str, ...]]:
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: texts(entry)
        for entry in entries(found)
    }


def test_every_string_of_the_installed_skin_is_in_our_catalogue():
    known = catalogue(CATALOGUES[0])
    strings = sorted(set(strings_of_unfold()))

    missing = [ids for ids in strings if known.get(ids[0]) is None]

    assert len(strings) > 150
    assert missing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_translations_are_chinese_and_keep_their_placeholders(path):
    for entry in entries(catalogue(path)):
        source = entry.id if isinstance(entry.id, str) else entry.id[-1]
        for text in texts(entry):
            wanted = set(PLACEHOLDER.findall(source))
            rest = PLACEHOLDER.sub("", text)
            assert set(PLACEHOLDER.findall(text)) == wanted, entry.id
            assert CHINESE.search(rest) or not LATIN.search(source_words(source))
            assert not LATIN.search(rest), entry.id


def source_words(source: str) -> str:
    return PLACEHOLDER.sub("", source)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_the_compiled_catalogue_is_that_of_its_source(path):
    """A stale one would pass unseen: run scripts/compile_catalogue.py."""
    with path.with_suffix(".mo").open("rb") as file:
        compiled = by_source(read_mo(file))

    assert compiled == by_source(catalogue(path))


def test_the_settings_name_the_folder_that_is_compiled():
    assert [Path(folder) for folder in settings.LOCALE_PATHS] == [
        CATALOGUES[0].parents[2]
    ]


def compile_text(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    source = folder / "django.po"
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(header + body, encoding="utf-8")
    return subprocess.run(
        [sys.executable, SCRIPT, source], capture_output=True, text=True, check=False
    )


def test_a_sound_catalogue_is_compiled_with_one_line(tmp_path):
    result = compile_text(tmp_path, 'msgid "Save"\nmsgstr "保存"\n')

    assert result.returncode == 0
    assert result.stdout == "已编译界面译文：django.po 1 条\n"
    assert (tmp_path / "django.mo").exists()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('#, fuzzy\nmsgid "Save"\nmsgstr "保存"\n', "is fuzzy"),
        ('msgid "Save"\nmsgstr ""\n', "is not translated"),
        ('#, python-format\nmsgid "%(n)s left"\nmsgstr "剩 %(m)s"\n', "%(n)s left"),
        ('msgid "Save"\n保存\n', "django.po"),
    ],
)
def test_a_broken_catalogue_is_refused_by_name(tmp_path, body, fault):
    result = compile_text(tmp_path, body)

    assert result.returncode == 1
    assert fault in result.stderr
    assert not (tmp_path / "django.mo").exists()


# --- the pages --------------------------------------------------------------------


class VisibleText(HTMLParser):
    """Collects what a person sees, hovers over or hears read out."""

    SPOKEN = frozenset({"title", "placeholder", "aria-label", "alt"})
    SILENT = frozenset({"script", "style", "noscript"})

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._silent = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.seen += [values[name] for name in self.SPOKEN & values.keys()]
        if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
            self.seen.append(values.get("value", ""))
        if self._silent:
            self._depth += tag == self._silent
        # Icons are words too, in a font that draws each as one picture.
        elif tag in self.SILENT or "material-symbols" in values.get("class", ""):
            self._silent, self._depth = tag, 1

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._depth -= 1
            if not self._depth:
                self._silent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.seen.append(data)


def english_of(page: str, names: frozenset[str]) -> list[str]:
    """Return the places of a page where Latin words stand that may not."""
    reader = VisibleText()
    reader.feed(page)
    return [
        " ".join(text.split())
        for text in reader.seen
        if set(LATIN.findall(NO_WORD.sub("", text))) - MAY_BE_LATIN - names
    ]


def admin_pages(issue: Issue, user: User, group: Group) -> Iterator[str]:
    yield from map(reverse, ("admin:index", "admin:password_change"))
    yield reverse("admin:password_change_done")
    yield from (reverse("admin:app_list", args=[app]) for app in ("bulletins", "auth"))
    yield reverse("admin:auth_user_password_change", args=[user.pk])
    yield from (
        reverse(f"admin:bulletins_issue_{name}") for name in ("queue", "notices")
    )
    for name in ("review", "trail"):
        yield reverse(f"admin:bulletins_issue_{name}", args=[issue.pk])
    yield from (
        reverse("admin:bulletins_issue_revision", args=[issue.pk, revision.pk])
        for revision in issue.revisions.all()
    )
    for model, pk in (
        ("bulletins_issue", issue.pk),
        ("bulletins_bulletin", issue.bulletin_id),
        ("auth_user", user.pk),
        ("auth_group", group.pk),
        ("bulletins_phrase", Phrase.objects.create(text="同意").pk),
    ):
        changes = reverse(f"admin:{model}_changelist")
        yield from (changes, f"{changes}?q=nothing", f"{changes}?_facets=True")
        yield reverse(f"admin:{model}_add")
        for name in ("change", "history", "delete"):
            yield reverse(f"admin:{model}_{name}", args=[pk])


@pytest.fixture
def staff(client: Client) -> Client:
    """Return a client of somebody who may do everything; the name is one letter."""
    user = make_user("g", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("is_open", [True, False], ids=["draft", "submitted"])
def test_no_page_of_the_staff_side_shows_english(staff, is_open):
    issue = make_issue()
    leader = make_leader(issue.bulletin)
    workflow.record_edit(issue, by=leader)
    issue.articles.update(body="<p>改过的正文。</p>")
    workflow.record_edit(issue, by=leader)
    if not is_open:
        issue = workflow.submit(issue, by=grant(leader, "submit"))
    names = frozenset({"user", "User", "bulletin", "nothing"})  # factories, address
    group = issue.bulletin.review_steps.get().group

    for url in admin_pages(issue, leader, group):
        response = staff.get(url, headers={"accept-language": "en"})
        assert response.status_code in {200, 403}, url
        assert english_of(response.content.decode(), names) == [], url


@pytest.mark.django_db
def test_what_is_answered_to_a_form_is_chinese(staff):
    bulletin = make_issue().bulletin
    add_user = reverse("admin:auth_user_add")
    list_issues = reverse("admin:bulletins_issue_changelist")
    issue = bulletin.issues.get()
    no_rows = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("sections", "review_steps", "recipients")
        for name in ("TOTAL", "INITIAL")
    }
    posts = [
        (add_user, {"username": "a b", "password1": "12", "password2": "123"}),
        (add_user, {"username": "a b", "password1": "12", "password2": "12"}),
        (add_user, {"username": "a", "password1": "correct h", "password2": "correct h", "usable_password": "true"}),
        (reverse("admin:bulletins_bulletin_add"), no_rows),
        (reverse("admin:bulletins_issue_add"), {"bulletin": 0, "date": "x"}),
        (reverse("admin:password_change"), {"old_password": "x"}),
        (list_issues, {"action": "delete_selected", "_selected_action": issue.pk}),
        (list_issues, {"action": "delete_selected"}),
        (reverse("admin:bulletins_issue_delete", args=[issue.pk]), {"post": "yes"}),
    ]  # fmt: skip
    for url, data in posts:
        page = staff.post(url, data, follow=True).content.decode()
        assert english_of(page, frozenset({"bulletin"})) == [], (url, data)


@pytest.mark.django_db
def test_what_is_answered_to_a_move_is_chinese(staff):
    draft = make_issue()
    other = make_issue(draft.bulletin, number=9)
    waiting = workflow.submit(other, by=grant(make_user(), "submit"))

    for issue, move in itertools.product((draft, waiting), workflow.RULES):
        if move is Event.Move.AMEND:
            continue
        url = reverse("admin:bulletins_issue_move", args=[issue.pk, move])
        for data in ({}, {"seen": "x", "at": "x"}, {"comment": "长" * 5001}):
            page = staff.post(url, data, follow=True).content.decode()
            assert english_of(page, frozenset({"user"})) == [], (url, data)


@pytest.mark.django_db
def test_logging_in_and_out_is_chinese(client, staff):
    login = reverse("admin:login")
    left = staff.post(reverse("admin:logout")).content.decode()
    asked = client.get(login).content.decode()
    refused = client.post(login, {"username": "x", "password": "y"}).content.decode()

    for page in (left, asked, refused):
        assert english_of(page, frozenset()) == []


@pytest.mark.django_db
def test_logging_in_leads_to_the_staff_side(client):
    make_user("bianji", is_staff=True)

    response = client.post(
        reverse("admin:login"), {"username": "bianji", "password": "correct horse"}
    )

    assert response["Location"] == reverse("admin:index")


@pytest.mark.django_db
def test_refusals_are_chinese(client, staff):
    missing = staff.get("/admin/nothing/")
    nobody = make_user(is_staff=True)
    client.force_login(nobody)
    refused = client.get(reverse("admin:bulletins_issue_changelist"))

    assert (missing.status_code, refused.status_code) == (404, 403)
    for response in (missing, refused):
        assert english_of(response.content.decode(), frozenset()) == []


@pytest.mark.django_db
def test_the_scripts_of_the_staff_side_are_given_chinese(staff):
    catalogue_for_scripts = staff.get(reverse("admin:jsi18n")).content.decode()

    assert "Choose all" not in re.sub(r'"[^"]*":', "", catalogue_for_scripts)
