"""Printing for good: publish, correct, withdraw, and publishing at a set time.

Rendering takes seconds and happens before any lock (docs/decisions/0002); files are
written before the row that names them, so that a crash leaves the old state or the new.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bulletins import notices, rendering, search
from bulletins.archive.keeping import issue_changed
from bulletins.composing import document_of, frozen_document, printed_layout
from bulletins.document import (
    DocumentError,
    IssueDocument,
    canonical_json,
    content_digest,
    digest,
)
from bulletins.models import Bulletin, Edition, Event, Issue
from bulletins.workflow import numbering
from bulletins.workflow.freezing import FrozenFiles, freeze
from bulletins.workflow.judging import last_event
from bulletins.workflow.recording import lock, record, require
from bulletins.workflow.refusing import Obstacle, Refused, WorkflowError

Move, Status = Event.Move, Issue.Status

# Each try loses only to another issue published in the same instant.
_PUBLISH_TRIES = 20

_log = logging.getLogger(__name__)


class _JustChanged(Exception):
    """The rows say something else than what was rendered from them."""


class _NotDueAnyMore(Exception):
    """Somebody has published, recalled or rescheduled the issue meanwhile."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Order:
    """Who has an edition made, and on what they saw (``due``: the clock has)."""

    by: User
    comment: str
    seen: int | None = None
    text: str | None = None
    due: dt.datetime | None = None


# --- publishing -------------------------------------------------------------------


def publish(
    issue: Issue, *, by: User, comment: str = "", seen: int | None = None
) -> Issue:
    """Number and date the issue and freeze it as its first edition (印发)."""
    return _carry_out(_Order(by, comment, seen), issue)


def _carry_out(order: _Order, issue: Issue) -> Issue:
    for _ in range(_PUBLISH_TRIES):
        document, profile = _ready_to_publish(issue, order)
        files = _frozen(document, profile)
        try:
            return _publish(issue, document, files, order)
        except _JustChanged:
            continue
    raise WorkflowError("同时印发的简报太多，请稍后再试")


@transaction.atomic
def _ready_to_publish(
    issue: Issue, order: _Order
) -> tuple[IssueDocument, rendering.LayoutProfile]:
    issue = lock(issue)
    _require_publish(issue, order)
    return _numbered(issue), printed_layout(issue)


def _require_publish(issue: Issue, order: _Order) -> None:
    # What was due may have been given up or put off since the list was made.
    if order.due is not None and issue.publish_at != order.due:
        raise _NotDueAnyMore
    require(issue, Move.PUBLISH, by=order.by, seen=order.seen)


def _numbered(issue: Issue) -> IssueDocument:
    """Return the document with the number and date it will be issued with."""
    signature = last_event(issue, Move.APPROVE, Move.OVERRIDE)
    assert signature is not None  # noqa: S101 - required before
    date = issue.date or timezone.localdate(signature.at)
    number = issue.planned_number or numbering.next_number(issue, date)
    total_number = issue.planned_total_number or numbering.next_total_number(
        issue.bulletin
    )
    try:
        return dataclasses.replace(
            document_of(issue), date=date, number=number, total_number=total_number
        )
    except DocumentError as error:
        # The series has come to its end.
        raise Refused([Obstacle(str(error))]) from error


def _frozen(document: IssueDocument, profile: rendering.LayoutProfile) -> FrozenFiles:
    try:
        return freeze(document, profile)
    except rendering.RenderError as error:
        raise WorkflowError(f"排印失败：{error}") from error
    except OSError as error:
        _log.error("the files of an edition were not written: %r", error)
        raise WorkflowError(
            "印发文件写不进去，请管理员检查磁盘空间和文件夹权限"
        ) from error


@transaction.atomic
def _publish(
    issue: Issue,
    document: IssueDocument,
    files: FrozenFiles,
    order: _Order,
) -> Issue:
    """Write what was rendered, unless the rows say something else by now."""
    # Numbers are handed out one at a time in a bulletin: its row is the queue, taken
    # before the issue's everywhere. No key: new drafts of it need not wait.
    Bulletin.objects.select_for_update(no_key=True).get(pk=issue.bulletin_id)
    issue = lock(issue)
    _require_publish(issue, order)
    if _numbered(issue) != document:
        raise _JustChanged
    assert document.date is not None  # noqa: S101 - filled by _numbered
    issue.number, issue.total_number = document.number, document.total_number
    issue.series_year = numbering.series_year(issue.bulletin, document.date)
    issue.date = document.date
    issue.publish_at = issue.scheduled_by = None
    issue.publish_failure = ""
    issue.edition = _edition(issue, document, files)
    record(
        issue,
        Move.PUBLISH,
        Status.ISSUED,
        by=order.by,
        comment=order.comment,
        document=document,
    )
    search.index_issue(issue)
    issue_changed(issue)
    return issue


def _edition(
    issue: Issue, document: IssueDocument, files: FrozenFiles, note: str = ""
) -> Edition:
    return Edition.objects.create(
        issue=issue,
        ordinal=issue.editions.count() + 1,
        document=canonical_json(document),
        digest=digest(document),
        frozen_at=timezone.now(),
        note=note,
        **dataclasses.asdict(files),
    )


# --- at a set time ----------------------------------------------------------------


@transaction.atomic
def schedule(
    issue: Issue, at: dt.datetime | None, *, by: User, seen: int | None = None
) -> Issue:
    """Set, or with None give up, the time at which a signed issue is published."""
    issue = lock(issue)
    require(issue, Move.SCHEDULE, by=by, seen=seen)
    if at is not None and at <= timezone.now():
        raise Refused([Obstacle("定时印发的时间应在现在之后")])
    issue.publish_at, issue.scheduled_by = at, by if at else None
    issue.publish_failure = ""
    comment = _time_in_words(at) if at else "取消定时"
    record(issue, Move.SCHEDULE, Status.APPROVED, by=by, comment=comment)
    return issue


def _time_in_words(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def publish_due(now: dt.datetime) -> list[Issue]:
    """Publish what is due; an issue that cannot be published keeps the reason.

    Safe to run at any time and twice at once: what another run has published, or
    somebody has put off, is left alone.
    """
    due = Issue.objects.due(now).select_related("scheduled_by")
    published = []
    for issue in due.order_by("publish_at", "pk"):
        assert issue.scheduled_by is not None  # noqa: S101 - held by a constraint
        order = _Order(issue.scheduled_by, "定时印发", due=issue.publish_at)
        try:
            published.append(_carry_out(order, issue))
        except WorkflowError as error:
            _log.warning("scheduled issue %s not published: %s", issue.pk, error)
            _note_failure(issue, str(error))
        except _NotDueAnyMore:
            _log.info("issue %s is not due any more", issue.pk)
    return published


@transaction.atomic
def _note_failure(issue: Issue, reason: str) -> None:
    """Keep the reason and tell people, once, and only while the issue still waits."""
    waiting = Issue.objects.filter(
        pk=issue.pk,
        status=Status.APPROVED,
        publish_at=issue.publish_at,
        publish_failure="",
    )
    if waiting.update(publish_failure=reason):
        notices.tell_failure(issue, reason)


# --- after the fact ---------------------------------------------------------------


def correct(
    issue: Issue,
    *,
    by: User,
    comment: str,
    seen: int | None = None,
    text: str | None = None,
) -> Issue:
    """Freeze the rows as they are now as the next edition (更正), with a public note."""
    order = _Order(by, comment, seen, text)
    document, profile = _ready_to_correct(issue, order)
    files = _frozen(document, profile)
    try:
        return _correct(issue, document, files, order)
    except _JustChanged:
        raise WorkflowError("更正时内容又有改动，请核对后重新更正") from None


@transaction.atomic
def _ready_to_correct(
    issue: Issue, order: _Order
) -> tuple[IssueDocument, rendering.LayoutProfile]:
    issue = lock(issue)
    return _corrected(issue, order), printed_layout(issue)


def _corrected(issue: Issue, order: _Order) -> IssueDocument:
    """Return what the next edition says; raises Refused."""
    require(
        issue,
        Move.CORRECT,
        by=order.by,
        seen=order.seen,
        reason=order.comment,
        text=order.text,
    )
    document, published = document_of(issue), frozen_document(issue)
    if _place(document) != _place(published):
        raise Refused([Obstacle("更正不能改变期号、类别、印发日期和密级")])
    if content_digest(document) == content_digest(published):
        raise Refused([Obstacle("内容与现行版本相同，没有可以更正的")])
    return document


def _place(document: IssueDocument) -> tuple[object, ...]:
    """Return what the archive finds an issue by, and shows it by."""
    number = document.number, document.total_number
    return (*number, document.kind, document.date, document.marks.secrecy)


@transaction.atomic
def _correct(
    issue: Issue, document: IssueDocument, files: FrozenFiles, order: _Order
) -> Issue:
    issue = lock(issue)
    # All of it again: a second click finds that the first has corrected it.
    if _corrected(issue, order) != document:
        raise _JustChanged
    issue.edition = _edition(issue, document, files, order.comment.strip())
    record(
        issue,
        Move.CORRECT,
        Status.ISSUED,
        by=order.by,
        comment=order.comment,
        document=document,
    )
    search.index_issue(issue)
    issue_changed(issue)
    return issue


@transaction.atomic
def withdraw(issue: Issue, *, by: User, comment: str, seen: int | None = None) -> Issue:
    """Take an issue out of the archive (撤回); the public page says so, and why."""
    issue = lock(issue)
    require(issue, Move.WITHDRAW, by=by, seen=seen, reason=comment)
    issue.withdrawal_reason = comment.strip()
    record(issue, Move.WITHDRAW, Status.WITHDRAWN, by=by, comment=comment)
    search.index_issue(issue)
    issue_changed(issue)
    return issue
