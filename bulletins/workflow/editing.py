"""Edits: each leaves a Revision; one made in review drops the signatures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bulletins.composing import document_of
from bulletins.document import canonical_json
from bulletins.models import Article, BriefItem, Event, Issue, Revision
from bulletins.workflow.recording import lock, record, require

# Who writes over an older text than this is not looked for.
_LOOKED_BACK = 30


def may_edit(issue: Issue, by: User) -> bool:
    """Tell whether the person may change the text of the issue where it stands."""
    right = {
        Issue.Status.DRAFT: "bulletins.change_issue",
        Issue.Status.REVIEW: "bulletins.amend_issue",
        Issue.Status.ISSUED: "bulletins.correct_issue",
    }.get(Issue.Status(issue.status))
    return right is not None and by.has_perm(right)


@transaction.atomic
def record_edit(issue: Issue, *, by: User) -> Revision | None:
    """Keep what the issue says after an edit; None where it says the same as before.

    In review it goes to the first step again: what was signed is not this text.
    """
    issue = lock(issue)
    text = canonical_json(document_of(issue))
    last = issue.revisions.last()
    before = last.document if last else _handed_in(issue)
    if text == before:
        return None
    revision = Revision.objects.create(
        issue=issue, author=by, at=timezone.now(), document=text
    )
    if issue.status == Issue.Status.REVIEW:
        require(issue, Event.Move.AMEND, by=by, seen=None)
        issue.step = issue.bulletin.review_steps.first()
        record(issue, Event.Move.AMEND, Issue.Status.REVIEW, by=by)
    return revision


def last_editor(row: Issue | Article | BriefItem) -> User | None:
    """Return who wrote what the row says now, as far as the newest revisions tell."""
    issue = row if isinstance(row, Issue) else row.issue
    is_said_in = _said_by(row)
    writer = None
    newest = issue.revisions.select_related("author").order_by("-pk")
    for revision in newest[:_LOOKED_BACK]:
        if not is_said_in(json.loads(revision.document)):
            break
        writer = revision.author
    return writer


def _said_by(row: Issue | Article | BriefItem) -> Callable[[Any], bool]:
    """Return what tells whether a document says what the row says."""
    if isinstance(row, Issue):
        now = _without_items(json.loads(canonical_json(document_of(row))))
        return lambda document: _without_items(document) == now
    names = (
        ("title", "body", "source")
        if isinstance(row, Article)
        else ("lead", "text", "source")
    )
    said = [getattr(row, name) for name in names]
    return lambda document: any(
        [entry.get(name) for name in names] == said
        for section in document["sections"]
        for entry in section["items"]
    )


def _without_items(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "sections"}


def _handed_in(issue: Issue) -> str:
    """Return the text of the last move, for issues without any revision."""
    event = issue.events.last()
    return event.document if event else ""
