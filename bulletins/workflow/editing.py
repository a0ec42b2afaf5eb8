"""Edits: each leaves a Revision; one made in review drops the signatures."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bulletins.composing import document_of
from bulletins.document import canonical_json
from bulletins.models import Event, Issue, Revision
from bulletins.workflow.recording import lock, record, require


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


def _handed_in(issue: Issue) -> str:
    """Return the text of the last move, for issues without any revision."""
    event = issue.events.last()
    return event.document if event else ""
