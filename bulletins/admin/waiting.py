"""What waits for a person: the review queue, its badge, and the start page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_safe

from bulletins.admin.filters import PAST
from bulletins.admin.pages import (
    STATUS_BADGES,
    labels_of,
    name_of,
    person,
    require_reader,
    show,
)
from bulletins.models import Bulletin, Contribution, Event, Issue, Notice, Revision

Move, Status = Event.Move, Issue.Status

_DASHBOARD_NOTICES = 5
_PUBLISHED = 5
# Offices have a handful at a time; whatever is beyond is in the list.
_AT_WORK = 20


@dataclass(frozen=True, slots=True)
class Errand:
    """One line of the queue: which issue waits, for what, from whom and since when."""

    issue: Issue
    label: str
    what: str
    sender: str
    since: dt.datetime
    comment: str

    @property
    def waited(self) -> str:
        """Return e.g. 3 天前; what is not a minute old is 刚刚."""
        just_now = timezone.now() - self.since < dt.timedelta(minutes=1)
        return "刚刚" if just_now else f"{timesince(self.since)}前"


def waiting(user: User) -> QuerySet[Issue]:
    """Return the issues on which it is the person's turn."""
    last = Event.objects.filter(issue=OuterRef("pk")).order_by("-pk")
    submitted = last.filter(move=Event.Move.SUBMIT)
    return Issue.objects.annotate(
        last_move=Subquery(last.values("move")[:1]),
        # Nobody's, where an issue came so far by no move.
        submitter=Coalesce(
            Subquery(submitted.values("actor_id")[:1]),
            0,
            output_field=BigIntegerField(),
        ),
    ).filter(_turn_of(user))


def _turn_of(user: User) -> Q:
    turn = Q(pk__in=[])
    if user.has_perm("bulletins.approve_issue"):
        mine = Bulletin.objects.filter(review_steps__group__in=user.groups.all())
        urgent = Q(urgent_signer__isnull=False, bulletin__in=mine)
        turn |= Q(pk__in=Issue.objects.waiting_for(user))
        turn |= urgent & ~Q(urgent_signer=user) & ~Q(submitter=user.pk)
    if user.has_perm("bulletins.publish_issue"):
        # What is scheduled waits for the clock, unless the clock has failed.
        turn |= Q(status=Status.APPROVED, publish_at__isnull=True)
        turn |= Q(status=Status.APPROVED) & ~Q(publish_failure="")
    if user.has_perm("bulletins.submit_issue"):
        turn |= Q(status=Status.DRAFT, last_move=Move.SEND_BACK)
    return turn


def errands(user: User) -> list[Errand]:
    """Return what waits for the person, urgent first, then the longest waiting."""
    issues = list(waiting(user).select_related("bulletin", "step"))
    moves = Event.objects.filter(issue__in=issues).defer("document").order_by("pk")
    # The last one of each issue stays.
    events = {event.issue_id: event for event in moves.select_related("actor")}
    labels = labels_of(issues)
    found = [
        _errand(issue, labels[issue.pk], events[issue.pk])
        for issue in issues
        if issue.pk in events
    ]
    return sorted(found, key=lambda e: (not e.issue.urgency, e.since))


def _errand(issue: Issue, label: str, event: Event) -> Errand:
    return Errand(
        issue=issue,
        label=label,
        what=_what(issue),
        sender=name_of(event.actor),
        since=event.at,
        comment=event.comment,
    )


def _what(issue: Issue) -> str:
    if issue.status == Status.REVIEW:
        return issue.step.name if issue.step else ""
    if issue.status == Status.DRAFT:
        return "退回待改"
    if issue.status == Status.APPROVED and issue.publish_failure:
        return "定时印发失败"
    if issue.status == Status.APPROVED and issue.urgent_signer_id is None:
        return "待印发"
    return "待印发（紧急签发待补签）" if issue.status == Status.APPROVED else "待补签"


# --- pages ------------------------------------------------------------------------


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for the person."""
    user = require_reader(request)
    context = {"title": "审签", "errands": errands(user)}
    return show(request, "admin/bulletins/queue.html", context)


def waiting_badge(request: HttpRequest) -> str:
    """Return the number beside 审签 in the sidebar; empty when nothing waits."""
    return str(waiting(person(request)).count() or "")


def notices_badge(request: HttpRequest) -> str:
    """Return the number of unread messages; empty when all are read."""
    return str(_unread(person(request)).count() or "")


def pool_badge(request: HttpRequest) -> str:
    """Return the number beside 稿件 in the sidebar: pieces that wait to be used."""
    return str(Contribution.objects.waiting().count() or "")


# --- the start page ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """An issue that is being worked on: where it is, and who touched it last."""

    issue: Issue
    label: str
    badge: str
    owner: str
    since: dt.datetime

    @property
    def where(self) -> str:
        """Return the state: in review with its step, on the clock with its time."""
        issue = self.issue
        state = str(issue.get_status_display())
        if issue.publish_at is not None and not issue.publish_failure:
            at = timezone.localtime(issue.publish_at)
            return f"{at.month}月{at.day}日 {at:%H:%M} 自动印发"
        return f"{state}：{issue.step.name}" if issue.step else state


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the start page what waits for the person, what is at work, what is out."""
    user = person(request)
    if not user.has_perm("bulletins.view_issue"):
        return context
    open_issues = Issue.objects.exclude(status__in=PAST)
    return {
        **context,
        "title": "工作台",
        "errands": errands(user),
        "notices": _unread(user).select_related("issue__bulletin")[:_DASHBOARD_NOTICES],
        "shows_errands": True,
        "in_progress": _in_progress(open_issues),
        "counts": _counts(open_issues),
        "pieces": Contribution.objects.waiting().count(),
        "published": Issue.objects.filter(status=Status.ISSUED)
        .select_related("bulletin")
        .newest_first()[:_PUBLISHED],
        "may_begin": user.has_perm("bulletins.add_issue"),
        "may_found": user.has_perm("bulletins.add_bulletin"),
        "has_bulletins": Bulletin.objects.exists(),
    }


def _counts(issues: QuerySet[Issue]) -> list[tuple[str, str, int]]:
    """Return each open state with its name and how many issues are in it."""
    counted = issues.order_by().values_list("status").annotate(count=Count("pk"))
    found = dict(counted)
    states = (Status.DRAFT, Status.REVIEW, Status.APPROVED)
    return [(state.value, str(state.label), found.get(state, 0)) for state in states]


def _in_progress(issues: QuerySet[Issue]) -> list[Progress]:
    """Return the open issues, those touched last before the others."""
    revisions = Revision.objects.filter(issue=OuterRef("pk")).order_by("-pk")
    moves = Event.objects.filter(issue=OuterRef("pk")).order_by("-pk")
    rows = list(
        issues.select_related("bulletin", "step", "created_by")
        .annotate(
            last_revision=Subquery(revisions.values("pk")[:1]),
            last_event=Subquery(moves.values("pk")[:1]),
        )
        .order_by("-updated_at")[:_AT_WORK]
    )
    edited = _by_key(Revision.objects.select_related("author"), rows, "last_revision")
    moved = _by_key(Event.objects.select_related("actor"), rows, "last_event")
    labels = labels_of(rows)
    found = []
    for issue in rows:
        touches = [(issue.created_at, issue.created_by)]
        if (revision := edited.get(issue.last_revision)) is not None:
            touches.append((revision.at, revision.author))
        if (event := moved.get(issue.last_event)) is not None:
            touches.append((event.at, event.actor))
        since, owner = max(touches, key=lambda touch: touch[0])
        found.append(
            Progress(
                issue=issue,
                label=labels[issue.pk],
                badge=STATUS_BADGES[Status(issue.status)],
                owner=name_of(owner) if owner else "",
                since=since,
            )
        )
    return sorted(found, key=lambda row: row.since, reverse=True)


def _by_key(rows: QuerySet[Any], issues: list[Any], name: str) -> dict[Any, Any]:
    keys = [getattr(issue, name) for issue in issues]
    return rows.defer("document").in_bulk([key for key in keys if key])


def _unread(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user, read_at=None)
