"""The moves through review, one function each: lock, judge, write, leave an Event."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from bulletins.models import Event, Issue, ReviewStep
from bulletins.workflow.recording import lock, record, require

Move, Status = Event.Move, Issue.Status


@transaction.atomic
def submit(
    issue: Issue,
    *,
    by: User,
    comment: str = "",
    seen: int | None = None,
    text: str | None = None,
) -> Issue:
    """Hand a draft to the first review step (送审)."""
    issue = lock(issue)
    require(issue, Move.SUBMIT, by=by, seen=seen, text=text)
    issue.step = issue.bulletin.review_steps.first()
    record(issue, Move.SUBMIT, Status.REVIEW, by=by, comment=comment)
    return issue


@transaction.atomic
def approve(
    issue: Issue, *, by: User, comment: str = "", seen: int | None = None
) -> Issue:
    """Sign the current step (签发); the last signature frees the issue for print."""
    issue = lock(issue)
    require(issue, Move.APPROVE, by=by, seen=seen)
    step = issue.step
    assert step is not None  # noqa: S101 - held by issue_at_a_step_iff_in_review
    issue.step = _step_after(step)
    status = Status.REVIEW if issue.step else Status.APPROVED
    record(issue, Move.APPROVE, status, by=by, comment=comment, step=step.name)
    return issue


@transaction.atomic
def send_back(
    issue: Issue, *, by: User, comment: str, seen: int | None = None
) -> Issue:
    """Return the issue to its clerk with a reason (退回)."""
    issue = lock(issue)
    require(issue, Move.SEND_BACK, by=by, seen=seen, reason=comment)
    step = issue.step
    assert step is not None  # noqa: S101 - held by issue_at_a_step_iff_in_review
    issue.step = None
    record(issue, Move.SEND_BACK, Status.DRAFT, by=by, comment=comment, step=step.name)
    return issue


@transaction.atomic
def recall(
    issue: Issue, *, by: User, comment: str = "", seen: int | None = None
) -> Issue:
    """Take a submitted or signed issue back to be edited (撤回送审)."""
    issue = lock(issue)
    require(issue, Move.RECALL, by=by, seen=seen)
    issue.step = None
    issue.urgent_signer = issue.publish_at = issue.scheduled_by = None
    issue.publish_failure = ""
    record(issue, Move.RECALL, Status.DRAFT, by=by, comment=comment)
    return issue


@transaction.atomic
def override(issue: Issue, *, by: User, comment: str, seen: int | None = None) -> Issue:
    """Sign for all remaining steps in an emergency (紧急签发), to be confirmed later."""
    issue = lock(issue)
    require(issue, Move.OVERRIDE, by=by, seen=seen, reason=comment)
    step = issue.step
    assert step is not None  # noqa: S101 - held by issue_at_a_step_iff_in_review
    issue.step, issue.urgent_signer = None, by
    record(
        issue, Move.OVERRIDE, Status.APPROVED, by=by, comment=comment, step=step.name
    )
    return issue


@transaction.atomic
def confirm(
    issue: Issue, *, by: User, comment: str = "", seen: int | None = None
) -> Issue:
    """Confirm an urgent signature afterwards (补签); the status stays."""
    issue = lock(issue)
    require(issue, Move.CONFIRM, by=by, seen=seen)
    issue.urgent_signer = None
    record(issue, Move.CONFIRM, Status(issue.status), by=by, comment=comment)
    return issue


def _step_after(step: ReviewStep) -> ReviewStep | None:
    return step.bulletin.review_steps.filter(position__gt=step.position).first()
