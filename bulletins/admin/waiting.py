"""What waits for a person: the review queue, its badge, and the start page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_safe

from bulletins.admin.pages import label_of, name_of, person, require_reader, show
from bulletins.models import Bulletin, Event, Issue, Notice

Move, Status = Event.Move, Issue.Status

_DASHBOARD_NOTICES = 5


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
    return Issue.objects.annotate(last_move=Subquery(last.values("move")[:1])).filter(
        _turn_of(user)
    )


def _turn_of(user: User) -> Q:
    turn = Q(pk__in=[])
    if user.has_perm("bulletins.approve_issue"):
        mine = Bulletin.objects.filter(review_steps__group__in=user.groups.all())
        urgent = Q(urgent_signer__isnull=False, bulletin__in=mine)
        turn |= Q(pk__in=Issue.objects.waiting_for(user))
        turn |= urgent & ~Q(urgent_signer=user)
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
    found = [_errand(issue, events[issue.pk]) for issue in issues if issue.pk in events]
    return sorted(found, key=lambda e: (not e.issue.urgency, e.since))


def _errand(issue: Issue, event: Event) -> Errand:
    return Errand(
        issue=issue,
        label=label_of(issue),
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


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the start page what waits for the person, and what is new."""
    user = person(request)
    if not user.has_perm("bulletins.view_issue"):
        return context
    return {
        **context,
        "errands": errands(user),
        "notices": _unread(user).select_related("issue__bulletin")[:_DASHBOARD_NOTICES],
        "shows_errands": True,
    }


def _unread(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user, read_at=None)
