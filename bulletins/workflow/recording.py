"""Writing a move: the one place that changes a status, always with its Event."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone

from bulletins import notices
from bulletins.composing import document_of, frozen_document, layout_json
from bulletins.document import IssueDocument, canonical_json, content_digest
from bulletins.models import Event, Issue
from bulletins.workflow.judging import obstacles
from bulletins.workflow.refusing import Refused


def lock(issue: Issue) -> Issue:
    """Return the row as it is now, locked until the transaction ends.

    Nothing is joined: where PostgreSQL has to wait for the row, it joins its new
    values with what the old ones pointed at, and the step is lost.
    """
    return Issue.objects.select_for_update().get(pk=issue.pk)


def require(
    issue: Issue,
    move: Event.Move,
    *,
    by: User,
    seen: int | None,
    reason: str | None = None,
    text: str | None = None,
) -> None:
    """Raise Refused with every reason against the move, if there is any."""
    if found := obstacles(issue, move, by=by, seen=seen, reason=reason, text=text):
        raise Refused(found)


def record(
    issue: Issue,
    move: Event.Move,
    to_status: Issue.Status,
    *,
    by: User,
    comment: str = "",
    step: str = "",
    document: IssueDocument | None = None,
) -> Event:
    """Write the new status with its Event and tell people; the caller holds the lock."""
    if document is None:
        # Rows of an issue that is out may hold a correction nobody has read yet.
        is_out = issue.edition is not None
        document = frozen_document(issue) if is_out else document_of(issue)
    from_status = issue.status
    issue.status = to_status
    issue.save()
    event = Event.objects.create(
        issue=issue,
        actor=by,
        at=timezone.now(),
        move=move,
        from_status=from_status,
        to_status=to_status,
        step=step,
        comment=comment.strip(),
        content_digest=content_digest(document),
        document=canonical_json(document),
        layout=layout_json(issue.bulletin),
    )
    notices.tell(event)
    return event
