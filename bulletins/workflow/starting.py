"""A new issue: its number proposed, its lists taken from the bulletin and the last one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from bulletins.models import Bulletin, Issue, Recipient
from bulletins.workflow.arranging import Overtaken, open_for
from bulletins.workflow.numbering import next_number, next_total_number, series_year

# 本期增发 are those who get one issue besides: no other one goes to them.
_STANDING = (Recipient.Tier.REPORT, Recipient.Tier.SEND, Recipient.Tier.DISTRIBUTE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a new issue of a bulletin starts with; ``last`` is where its lists come from."""

    number: int
    total_number: int | None
    last: Issue | None


def propose(bulletin: Bulletin, kind: str, date: dt.date | None = None) -> Proposal:
    """Return the numbers after the last ones taken, void or planned by another draft."""
    day = date or timezone.localdate()
    number = next_number(Issue(bulletin=bulletin, kind=kind), day)
    drafts = bulletin.issues.filter(number=None)
    in_series = drafts.filter(kind=kind)
    if series_year(bulletin, day):
        in_series = in_series.filter(Q(date=None) | Q(date__year=day.year))
    planned = in_series.aggregate(last=Max("planned_number"))["last"] or 0
    total = next_total_number(bulletin)
    if total is not None:
        last = drafts.aggregate(last=Max("planned_total_number"))["last"] or 0
        total = max(total, last + 1)
    return Proposal(max(number, planned + 1), total, last_issue(bulletin))


def last_issue(bulletin: Bulletin) -> Issue | None:
    """Return the issue begun last: what it was sent with is right for the next one."""
    kept = bulletin.issues.exclude(status=Issue.Status.WITHDRAWN)
    return kept.order_by("-pk").first()


@transaction.atomic
def start_issue(issue: Issue, *, by: User) -> Issue:
    """Save a new draft with the recipients and the 版记 of the last issue.

    Where the last issue has no recipients, the bulletin's standing ones are taken.
    """
    last = last_issue(issue.bulletin)
    if last is not None:
        issue.signatory = issue.signatory or last.signatory
        issue.editor = issue.editor or last.editor
        issue.copies = issue.copies or last.copies
    issue.created_by = by
    issue.save()
    known = list(last.recipients.filter(tier__in=_STANDING)) if last else []
    Recipient.objects.bulk_create(
        Recipient(
            issue=issue,
            tier=row.tier,
            position=row.position,
            name=row.name,
            copies=row.copies,
            email=row.email,
        )
        for row in known or issue.bulletin.recipients.all()
    )
    return issue


@transaction.atomic
def save_issue(issue: Issue, *, by: User, seen: int | None) -> Issue:
    """Save what the form of an issue shows, typed over version ``seen``.

    Raises Overtaken. The whole row is written: the caller has read it under the lock.
    """
    current = open_for(issue, by)
    if current.version != seen:
        raise Overtaken(current)
    issue.version = current.version + 1
    issue.save()
    return issue
