"""The moves of an issue, one function each: lock, judge, write, leave an Event."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bulletins import proofing, rendering
from bulletins.composing import document_of, layout_of
from bulletins.document import (
    DocumentError,
    IssueDocument,
    canonical_json,
    content_digest,
    digest,
)
from bulletins.findings import Finding, Severity
from bulletins.models import Bulletin, Edition, Event, Issue, ReviewStep
from bulletins.workflow.freezing import FrozenFiles, freeze, pictures_folder

# Each try loses only to another issue published in the same instant.
_PUBLISH_TRIES = 20


class WorkflowError(Exception):
    """The move is not possible now; the message is fit to show to an editor."""


class NotReady(WorkflowError):
    """The text itself stands in the way; ``findings`` says where."""

    def __init__(self, findings: list[Finding]) -> None:
        """Join what the findings say."""
        super().__init__("；".join(finding.message for finding in findings))
        self.findings = findings


class _NumberJustTaken(Exception):
    """Another issue took the number between rendering and writing."""


# --- the moves --------------------------------------------------------------------


@transaction.atomic
def submit(issue: Issue, *, by: User, comment: str = "") -> Issue:
    """Hand a draft to the first review step (送审)."""
    issue = _lock(issue, Issue.Status.DRAFT)
    document = _document(issue)
    if errors := _errors(document):
        raise NotReady(errors)
    step = issue.bulletin.review_steps.first()
    if step is None:
        raise WorkflowError(f"简报“{issue.bulletin}”还没有设置审签环节，不能送审")
    issue.step = step
    _move(issue, Event.Move.SUBMIT, Issue.Status.REVIEW, document, by, comment)
    return issue


@transaction.atomic
def approve(issue: Issue, *, by: User, comment: str = "") -> Issue:
    """Sign the current step (签发); the last signature frees the issue for print."""
    issue = _lock(issue, Issue.Status.REVIEW)
    step = issue.step
    assert step is not None  # noqa: S101 - held by issue_at_a_step_iff_in_review
    if not step.group.user_set.filter(pk=by.pk, is_active=True).exists():
        raise WorkflowError(f"“{step.name}”由“{step.group}”办理，您不在其中")
    submission = _last_event(issue, Event.Move.SUBMIT)
    if submission.actor_id == by.pk:
        raise WorkflowError("送审人不能签发自己送审的简报")
    document = _document(issue)
    _require_unchanged(document, submission, "送审")
    following = _step_after(step)
    issue.step = following
    status = Issue.Status.REVIEW if following else Issue.Status.APPROVED
    _move(issue, Event.Move.APPROVE, status, document, by, comment, step=step.name)
    return issue


def publish(issue: Issue, *, by: User, comment: str = "") -> Issue:
    """Number and date the issue and freeze it as its first edition (印发).

    Rendering takes seconds and happens before any lock; should another issue take the
    number meanwhile, the rendering is done again with the next one.
    """
    for _ in range(_PUBLISH_TRIES):
        document = _numbered_document(issue)
        try:
            files = freeze(document, _layout(issue))
        except rendering.RenderError as error:
            raise WorkflowError(f"排印失败：{error}") from error
        try:
            return _issue(issue, document, files, by, comment)
        except _NumberJustTaken:
            continue
    raise WorkflowError("同时印发的简报太多，请稍后再试")


def _layout(issue: Issue) -> rendering.LayoutProfile:
    # As the row is now, not as the caller happened to load it.
    return layout_of(Bulletin.objects.get(pk=issue.bulletin_id))


@transaction.atomic
def _numbered_document(issue: Issue) -> IssueDocument:
    """Return the document with the number and date it will be issued with."""
    issue = _lock(issue, Issue.Status.APPROVED)
    document = _document(issue)
    if errors := _errors(document):
        raise NotReady(errors)
    signature = _last_event(issue, Event.Move.APPROVE)
    _require_unchanged(document, signature, "签发")
    _require_secrecy_kept(issue)
    date = issue.date or timezone.localdate(signature.at)
    return dataclasses.replace(
        document,
        date=date,
        number=issue.planned_number or next_number(issue, date),
        total_number=issue.planned_total_number or _next_total_number(issue.bulletin),
    )


@transaction.atomic
def _issue(
    issue: Issue, document: IssueDocument, files: FrozenFiles, by: User, comment: str
) -> Issue:
    """Write what was rendered, unless the rows say something else by now."""
    # Numbers are handed out one at a time in a bulletin: its row is the queue.
    Bulletin.objects.select_for_update().get(pk=issue.bulletin_id)
    if _numbered_document(issue) != document:
        raise _NumberJustTaken
    issue = _lock(issue, Issue.Status.APPROVED)
    assert document.date is not None  # noqa: S101 - filled by _numbered_document
    _require_number_free(issue, document)
    issue.number, issue.total_number = document.number, document.total_number
    issue.series_year = _series_year(issue.bulletin, document.date)
    issue.date = document.date
    issue.edition = Edition.objects.create(
        issue=issue,
        document=canonical_json(document),
        digest=digest(document),
        frozen_at=timezone.now(),
        **dataclasses.asdict(files),
    )
    _move(issue, Event.Move.PUBLISH, Issue.Status.ISSUED, document, by, comment)
    return issue


# --- numbers ----------------------------------------------------------------------


def _series_year(bulletin: Bulletin, date: dt.date) -> int:
    yearly = bulletin.numbering == Bulletin.Numbering.YEARLY
    return date.year if yearly else 0


def next_number(issue: Issue, date: dt.date) -> int:
    """Return the number after the last one of the issue's series."""
    series = issue.bulletin.issues.filter(
        kind=issue.kind, series_year=_series_year(issue.bulletin, date)
    )
    return (series.aggregate(last=Max("number"))["last"] or 0) + 1


def _next_total_number(bulletin: Bulletin) -> int | None:
    if not bulletin.counts_total:
        return None
    return (bulletin.issues.aggregate(last=Max("total_number"))["last"] or 0) + 1


def _require_number_free(issue: Issue, document: IssueDocument) -> None:
    assert document.date is not None  # noqa: S101 - filled by _numbered_document
    others = issue.bulletin.issues.exclude(pk=issue.pk)
    same_series = others.filter(
        kind=issue.kind, series_year=_series_year(issue.bulletin, document.date)
    )
    if same_series.filter(number=document.number).exists():
        raise WorkflowError(f"第{document.number}期已经印发过，请改用别的期号")
    total = document.total_number
    if total is not None and others.filter(total_number=total).exists():
        raise WorkflowError(f"总第{total}期已经印发过，请改用别的总期号")


# --- judging and writing ----------------------------------------------------------


def _lock(issue: Issue, expected: Issue.Status) -> Issue:
    """Return the row as it is now, locked, or refuse if it is elsewhere on its way."""
    locked = (
        Issue.objects.select_for_update(of=("self",))
        .select_related("bulletin", "step__group")
        .get(pk=issue.pk)
    )
    if locked.status != expected:
        raise WorkflowError(
            f"{locked} 现在是“{locked.get_status_display()}”，"
            f"只有“{expected.label}”时才能这样办理"
        )
    return locked


def _document(issue: Issue) -> IssueDocument:
    try:
        return document_of(issue)
    except DocumentError as error:
        raise WorkflowError(f"内容有误：{error}") from error


def _errors(document: IssueDocument) -> list[Finding]:
    findings = [
        *proofing.completeness(document),
        *rendering.missing_characters(document),
        *rendering.excesses(document, pictures_folder()),
    ]
    return [f for f in findings if f.severity is Severity.ERROR]


def _last_event(issue: Issue, move: Event.Move) -> Event:
    event = issue.events.filter(move=move).last()
    if event is None:
        raise WorkflowError(f"{issue} 没有“{move.label}”的记录，不能继续办理")
    return event


def _step_after(step: ReviewStep) -> ReviewStep | None:
    return step.bulletin.review_steps.filter(position__gt=step.position).first()


def _require_unchanged(document: IssueDocument, event: Event, what: str) -> None:
    if content_digest(document) != event.content_digest:
        raise WorkflowError(f"{what}后内容有改动，不能继续办理，请退回重新送审")


def _require_secrecy_kept(issue: Issue) -> None:
    if issue.secrecy and issue.bulletin.is_public:
        raise WorkflowError("标有密级的简报不能在公开的简报中印发")


def _move(
    issue: Issue,
    move: Event.Move,
    to_status: Issue.Status,
    document: IssueDocument,
    by: User,
    comment: str,
    *,
    step: str = "",
) -> None:
    """Write the new status with its Event; the caller holds the lock."""
    from_status = issue.status
    issue.status = to_status
    issue.save()
    Event.objects.create(
        issue=issue,
        actor=by,
        at=timezone.now(),
        move=move,
        from_status=from_status,
        to_status=to_status,
        step=step,
        comment=comment,
        content_digest=content_digest(document),
    )
