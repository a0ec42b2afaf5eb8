"""Many at the same rows: they wait for one another, nothing deadlocks, nothing is lost.

PostgreSQL only: SQLite has one writer at a time, and no locks of rows. What two do at
the same instant is in test_races.py, on both.
"""

from __future__ import annotations

import contextlib
import html
import random
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from bulletins import workflow
from bulletins.composing import printed_order
from bulletins.models import Article, Bulletin, Edition, Event, Issue, RemovedItem
from bulletins.operations.busy import is_busy
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles
from tests.factories import (
    grant,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_masthead,
    make_user,
)
from tests.together import PATIENCE, at_once
from wuxiao_bulletin.databases import with_options

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'",
        reason="SQLite has one writer at a time: there is nothing to contend for",
    ),
]

THREADS = 8


@pytest.fixture(autouse=True)
def no_printing(monkeypatch):
    """Printing takes seconds, and happens before any lock."""
    frozen = FrozenFiles("a" * 64, "b" * 64, 1)
    monkeypatch.setattr(publishing, "freeze", lambda document, profile: frozen)
    # Nothing is written into a tree either: these editions have no files.
    monkeypatch.setattr(publishing, "issue_changed", lambda issue: None)


def make_editor() -> User:
    return grant(make_clerk(), "change")


def done(results: list[Any]) -> list[Any]:
    return [r for r in results if not isinstance(r, workflow.WorkflowError)]


# --- saving -----------------------------------------------------------------------


def test_every_acknowledged_save_of_one_article_is_in_its_trail():
    issue = make_issue()
    article = issue.articles.get()
    people = [make_editor() for _ in range(THREADS)]

    def typing(by: Any) -> Callable[[], list[str]]:
        def work() -> list[str]:
            kept = []
            for turn in range(6):
                mine = Article.objects.get(pk=article.pk)
                mine.title = f"{by.username}第{turn}稿"
                with contextlib.suppress(workflow.Overtaken):
                    workflow.save_item(mine, by=by, seen=mine.version)
                    kept.append(mine.title)
            return kept

        return work

    results = at_once(*map(typing, people))

    kept = [title for titles in results for title in titles]
    assert kept
    article.refresh_from_db()
    # Who was overtaken was told: each that was not has a version and a revision.
    assert article.version == 1 + len(kept)
    trail = "".join(issue.revisions.values_list("document", flat=True))
    assert [title for title in kept if title not in trail] == []


def test_articles_of_one_issue_are_all_saved_whoever_saves_beside_them():
    issue = make_issue()
    section = issue.articles.get().section
    by = make_editor()

    def adding(number: int) -> Callable[[], object]:
        new = Article(issue=issue, section=section, title=f"第{number}篇", body="")
        return lambda: workflow.save_item(new, by=by, seen=None)

    results = at_once(*map(adding, range(THREADS)))

    assert len(done(results)) == THREADS
    positions = list(issue.articles.values_list("position", flat=True))
    assert len(set(positions)) == len(positions) == THREADS + 1


def test_ordering_removing_saving_and_putting_back_at_once_lose_no_item():
    titles = [f"第{n}篇" for n in range(10)]
    issue = make_issue()
    section = issue.articles.get().section
    by = make_editor()
    for title in titles:
        new = Article(issue=issue, section=section, title=title, body="<p>正文</p>")
        workflow.save_item(new, by=by, seen=None)

    def working(seed: int) -> Callable[[], None]:
        dice = random.Random(seed)  # noqa: S311 - to shuffle

        def arrange() -> None:
            order = printed_order(issue)
            shuffled = [(s, dice.sample(items, len(items))) for s, items in order]
            workflow.arrange(issue, shuffled, by=by)

        def remove() -> None:
            article = dice.choice(list(Article.objects.filter(issue=issue)))
            workflow.remove_item(article, by=by)

        def put_back() -> None:
            row = RemovedItem.objects.filter(issue=issue).order_by("?").first()
            if row is not None:
                workflow.put_back(row, by=by)

        def save() -> None:
            article = dice.choice(list(Article.objects.filter(issue=issue)))
            article.source = f"{seed}单位"
            workflow.save_item(article, by=by, seen=article.version)

        def work() -> None:
            for _ in range(8):
                with contextlib.suppress(workflow.WorkflowError):
                    dice.choice([arrange, remove, put_back, save])()

        return work

    at_once(*map(working, range(THREADS)))

    there = list(Article.objects.filter(issue=issue).values_list("title", flat=True))
    removed = [workflow.removed_entry(r).title for r in issue.removed_items.all()]
    assert sorted(t for t in there + removed if t in titles) == sorted(titles)
    items = [item.pk for _, row in printed_order(issue) for item in row]
    assert len(items) == len(there) + issue.brief_items.count()


# --- moving -----------------------------------------------------------------------


def test_a_move_that_all_make_at_once_is_made_once():
    bulletin = make_bulletin()
    issue = make_issue(bulletin, number=None)
    clerks = [make_clerk() for _ in range(THREADS)]

    submitted = at_once(*(lambda by=by: workflow.submit(issue, by=by) for by in clerks))
    leaders = [make_leader(bulletin) for _ in range(THREADS)]
    signed = at_once(*(lambda by=by: workflow.approve(issue, by=by) for by in leaders))
    issued = at_once(*(lambda by=by: workflow.publish(issue, by=by) for by in clerks))

    assert [len(done(r)) for r in (submitted, signed, issued)] == [1, 1, 1]
    assert list(issue.events.values_list("move", flat=True)) == [
        Event.Move.SUBMIT,
        Event.Move.APPROVE,
        Event.Move.PUBLISH,
    ]
    assert Edition.objects.count() == 1


def test_issues_of_two_bulletins_published_withdrawn_and_begun_at_once():
    """The bulletin's row before the issue's, everywhere: no circle of waiting."""
    bulletins = [
        make_bulletin(masthead=make_masthead(name=name)) for name in ("简报", "快报")
    ]
    by = make_clerk(is_superuser=True)
    signed = [_signed(b) for _ in range(4) for b in bulletins]
    out = [workflow.publish(_signed(b), by=by) for b in bulletins]

    results = at_once(
        *(lambda i=i: workflow.publish(i, by=by) for i in signed),
        *(lambda i=i: workflow.withdraw(i, by=by, comment="有误") for i in out),
        *(lambda b=b: _begin(b, by) for b in bulletins),
        # Refused, for it is not due: but not before it has waited for its turn.
        *(lambda b=b: _void_the_ninth(b, by) for b in bulletins),
    )

    assert len(done(results)) == len(results) - len(bulletins)
    for bulletin in bulletins:
        numbers = bulletin.issues.exclude(number=None).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def _void_the_ninth(bulletin: Bulletin, by: Any) -> object:
    return workflow.void_number(bulletin, "regular", 2024, 9, by=by, reason="重号")


def _signed(bulletin: Bulletin) -> Issue:
    issue = workflow.submit(make_issue(bulletin, number=None), by=make_clerk())
    return workflow.approve(issue, by=make_leader(bulletin))


def _begin(bulletin: Bulletin, by: Any) -> Issue:
    return workflow.start_issue(Issue(bulletin=bulletin, created_by=by), by=by)


# --- waiting too long -------------------------------------------------------------


@pytest.fixture
def short_patience(monkeypatch) -> Iterator[None]:
    """Wait for rows as the web server does, but a second only."""
    monkeypatch.setenv("PROCESS_ROLE", "web")
    monkeypatch.setenv("DATABASE_LOCK_TIMEOUT", "1")
    known = connection.settings_dict
    connection.close()
    connection.settings_dict = {**known, "OPTIONS": with_options(known)["OPTIONS"]}
    yield
    connection.close()
    connection.settings_dict = known


@contextlib.contextmanager
def held_by_somebody(issue: Issue) -> Iterator[None]:
    """Keep the row of an issue locked by another connection."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Issue.objects.select_for_update().get(pk=issue.pk)
                is_held.set()
                may_go.wait(PATIENCE)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_held.wait(PATIENCE)
        yield
    finally:
        may_go.set()
        holder.join()


def test_whoever_waits_too_long_is_told_and_sends_what_was_typed_again(short_patience):
    issue = make_issue()
    article = issue.articles.get()
    client = Client(enforce_csrf_checks=True)
    client.force_login(grant(make_user(is_staff=True), "view", "change", "submit"))
    address = reverse("admin:bulletins_article_change", args=[article.pk])
    page = client.get(address).content.decode()
    fields = {
        "csrfmiddlewaretoken": _value(page, "csrfmiddlewaretoken"),
        "title": "新的标题",
        "section": article.section_id,
        "source": "",
        "contents_title": "",
        "body": "<p>写了一上午的“正文”。</p>",
        "seen": article.version,
        "desk_issue": issue.pk,
        "_continue": "1",
    }

    with held_by_somebody(issue):
        told = client.post(address, fields)

    assert told.status_code == 503
    assert told["Retry-After"] == "10"
    text = told.content.decode()
    assert "请稍后再试" in text
    assert 'class="site-head"' in text
    article.refresh_from_db()
    assert article.version == 1

    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    sent = {name: html.unescape(value) for name, value in again.items()}
    assert client.post(address, sent).status_code == 302
    article.refresh_from_db()
    assert article.title == "新的标题"
    assert article.body == "<p>写了一上午的“正文”。</p>"


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_waiting_too_long_for_a_move_keeps_the_opinion(short_patience, client):
    issue = make_issue()
    client.force_login(grant(make_user(is_staff=True), "view", "submit", "change"))
    address = reverse("admin:bulletins_issue_move", args=[issue.pk, "submit"])

    with held_by_somebody(issue):
        told = client.post(address, {"comment": "请速办", "seen": "0"})

    assert told.status_code == 503
    assert 'name="comment" value="请速办"' in told.content.decode()
    issue.refresh_from_db()
    assert issue.status == Issue.Status.DRAFT


def test_what_waited_too_long_is_told_from_what_is_wrong(short_patience):
    issue = make_issue()
    with held_by_somebody(issue), pytest.raises(OperationalError) as waited:
        workflow.submit(issue, by=make_clerk())

    assert is_busy(waited.value)
    assert not is_busy(OperationalError("no such table"))
    assert not is_busy(ValueError("55P03"))
