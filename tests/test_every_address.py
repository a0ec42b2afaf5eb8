"""Every address × role × method, from the URL configuration itself.

A new address without a row here fails the test: somebody has to say who may reach it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from django.urls import (
    NoReverseMatch,
    URLPattern,
    URLResolver,
    get_resolver,
    reverse,
)
from django.utils import timezone

from bulletins import workflow
from bulletins.composing import document_of
from bulletins.document import canonical_json
from bulletins.models import (
    Contribution,
    Event,
    Issue,
    Notice,
    Phrase,
    Remark,
    Term,
    Unit,
)
from tests.factories import (
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_user,
)
from tests.roles import REACH

pytestmark = pytest.mark.django_db

GROUPS = ("编辑", "审核", "签发", "发行", "管理员")
ROLES = ("无人", "无权", *GROUPS, "超级用户")
LETTERS = dict(zip(ROLES, ".0csifax", strict=True))
REFUSALS = {403, 404, 405}
MAY_COMPOSE = {"编辑", "超级用户"}


def named(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Yield the names of all addresses, each once for each pattern."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from named(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{space}{pattern.name}"


NAMES = sorted(set(named(get_resolver())))


@dataclass(frozen=True)
class Place:
    """What the addresses of the test are about."""

    issue: Issue
    issued: Issue
    contribution: Contribution
    others: dict[str, Any]


@pytest.fixture
def place() -> Place:
    """Return a draft, an issue that is out, and one row of everything else."""
    bulletin = make_bulletin(slug="jianbao")
    draft = make_issue(bulletin, number=9)
    clerk = make_clerk("clerk")
    revision = workflow.record_edit(draft, by=clerk)
    removed = workflow.remove_item(
        draft.brief_items.get(), by=make_user(is_superuser=True)
    )
    issued = workflow.submit(make_issue(bulletin), by=clerk)
    issued = workflow.approve(issued, by=make_leader(bulletin))
    issued = workflow.publish(issued, by=clerk)
    unit = Unit.objects.create(name="襄城县")
    contribution = Contribution.objects.create(
        title="来稿", unit=unit, received_on=timezone.localdate()
    )
    author = User.objects.get(username="clerk")
    remark = Remark.objects.create(
        issue=draft, author=author, text="？", at=timezone.now()
    )
    others = {
        "revision": revision.pk,
        "removed": removed.pk,
        "remark": remark.pk,
        "notice": Notice.objects.first().pk,
        "auth_user": author.pk,
        "auth_group": Group.objects.get(name="编辑").pk,
        "article": draft.articles.get().pk,
        "briefitem": issued.brief_items.get().pk,
        "contribution": contribution.pk,
        "unit": unit.pk,
        "issue": draft.pk,
        "term": Term.objects.create(text="生态环境部").pk,
        "bulletin": bulletin.pk,
        "phrase": Phrase.objects.create(text="同意").pk,
    }
    return Place(draft, issued, contribution, others)


def address(name: str, place: Place) -> str:
    """Return an address of this name that leads to something."""
    public = ["jianbao", place.issued.date.year, str(place.issued.number)]
    model = name.removeprefix("admin:").removeprefix("bulletins_").partition("_")[0]
    if model == "auth":
        model = "auth_user" if "auth_user" in name else "auth_group"
    tries: list[list[Any]] = [[]]
    special: dict[str, list[Any]] = {
        "admin:view_on_site": [1, 1],
        "admin:app_list": ["bulletins"],
        "account_code_off_for": [place.others["auth_user"]],
        "admin:bulletins_issue_notice": [place.others["notice"]],
        "admin:bulletins_issue_move": [place.issue.pk, "submit"],
        "admin:bulletins_issue_remark_done": [place.issue.pk, place.others["remark"]],
        "admin:bulletins_issue_revision": [place.issue.pk, place.others["revision"]],
        "admin:bulletins_issue_put_back": [place.issue.pk, place.others["removed"]],
        "admin:bulletins_issue_recipients_file": [place.issue.pk, "csv"],
        "admin:bulletins_bulletin_recipients_file": [place.others["bulletin"], "csv"],
        "picture": ["0123456789abcdef.png"],
        "section": ["简讯"],
        "section_page": ["简讯", public[1]],
        "unit": ["襄城县"],
        "unit_page": ["襄城县", public[1]],
        "sitemap_part": public[:2],
        "masthead_font": ["jianbao", "0123456789ab"],
        "edition": [*public, 1],
        "edition_pdf": [*public, 1],
        "item": [*public, 1],
        "api_article": [*public, 1],
        "issue": public,
        "issue_pdf": public,
        "api_issue": public,
        "year": public[:2],
    }
    of_a_bulletin = ("bulletin", "bulletin_atom", "bulletin_json_feed", "masthead_css")
    special |= {each: ["jianbao"] for each in of_a_bulletin}
    if name in special:
        return reverse(name, args=special[name])
    if name in {"admin:bulletins_article_add", "admin:bulletins_briefitem_add"}:
        return f"{reverse(name)}?issue={place.issue.pk}"
    if name == "admin:bulletins_issue_proposal":
        return f"{reverse(name)}?bulletin={place.others['bulletin']}"
    if name.startswith("admin:bulletins_issue_") and name.endswith(
        ("remove", "reword", "move_item")
    ):
        return reverse(
            name, args=[place.issue.pk, f"article-{place.others['article']}"]
        )
    if model in place.others:
        tries.append([place.others[model]])
    for arguments in tries:
        with contextlib.suppress(NoReverseMatch):
            return reverse(name, args=arguments)
    raise AssertionError(f"no address of {name} is known here")


def make_client(role: str, **options: Any) -> Client:
    """Return the browser of somebody in this role."""
    client = Client(raise_request_exception=True, **options)
    if role == "无人":
        return client
    user = make_user(is_staff=True, is_superuser=role == "超级用户")
    if role in GROUPS:
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def is_refused(response: Any) -> bool:
    """Tell whether the answer says no."""
    leads_to_login = response.status_code == 302 and response["Location"].startswith(
        "/admin/login/?next="
    )
    return leads_to_login or response.status_code in REFUSALS


def reached(client: Client, method: str, at: str) -> bool:
    """Ask, and undo whatever that did; an answer of 500 raises or fails here."""
    cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
    with transaction.atomic():
        response = client.generic(method, at)
        assert response.status_code < 500, f"{method} {at}: {response.status_code}"
        if response.streaming:
            response.close()
        transaction.set_rollback(True)
    client.cookies = cookies  # still signed in, whatever was asked for
    return not is_refused(response)


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(REACH) == NAMES


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "column"), [("GET", 0), ("POST", 1)])
def test_nobody_reaches_what_the_table_does_not_allow(role, method, column, place):
    client = make_client(role)
    wrong = {
        name: was
        for name in NAMES
        if (was := reached(client, method, address(name, place)))
        != (LETTERS[role] in REACH[name][column])
    }
    assert wrong == {}


def text_of(issue: Issue) -> tuple[str, ...]:
    """Return all that a form could change of an issue."""
    fresh = Issue.objects.get(pk=issue.pk)
    rows = fresh.articles.values_list("title", "position", "section")
    return (fresh.status, canonical_json(document_of(fresh)), repr(list(rows)))


@pytest.mark.parametrize("role", [role for role in ROLES if role not in MAY_COMPOSE])
def test_who_may_not_compose_changes_no_text_by_any_address(role, place):
    client, before = make_client(role), text_of(place.issue)
    changed = []
    for name in NAMES:
        with transaction.atomic():
            client.post(address(name, place), {"confirm": "1", "section": "1"})
            if text_of(place.issue) != before:
                changed.append(name)
            transaction.set_rollback(True)
    assert changed == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_fail_politely_and_change_nothing(method, place):
    client, before = make_client("超级用户"), text_of(place.issue)
    for name in NAMES:
        reached(client, method, address(name, place))
    assert text_of(place.issue) == before
    assert Event.objects.filter(issue=place.issue).count() == 0


def test_every_form_asks_for_its_token(place):
    client = make_client("超级用户", enforce_csrf_checks=True)
    taken = [name for name in NAMES if reached(client, "POST", address(name, place))]
    assert taken == []
