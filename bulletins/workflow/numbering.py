"""Issue numbers: the next of a series, gaps, and numbers that are void."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from bulletins.archive.keeping import numbers_changed
from bulletins.models import Bulletin, Issue, VoidedNumber
from bulletins.workflow.refusing import Obstacle, Refused


def series_year(bulletin: Bulletin, date: dt.date) -> int:
    """Return the year a yearly series counts in, 0 for a continuous one."""
    return date.year if _is_yearly(bulletin) else 0


def _is_yearly(bulletin: Bulletin) -> bool:
    return bulletin.numbering == Bulletin.Numbering.YEARLY


def next_number(issue: Issue, date: dt.date) -> int:
    """Return the number after the last one taken or void of the issue's series."""
    series = {"kind": issue.kind, "series_year": series_year(issue.bulletin, date)}
    void = issue.bulletin.voided_numbers.filter(**series)
    return _after(_beside(issue, date), void)


def _after(*numbered: QuerySet[Any]) -> int:
    last = (rows.aggregate(last=Max("number"))["last"] or 0 for rows in numbered)
    return max(last) + 1


def _beside(issue: Issue, date: dt.date) -> QuerySet[Issue]:
    """Return the issues whose numbers are not to be used again for this one.

    Those of its series, and those of its year: an address names year and number, and
    a bulletin that changes to numbers by the year in June has had a 第1期 in it.
    """
    series = Q(series_year=series_year(issue.bulletin, date))
    same_kind = issue.bulletin.issues.filter(kind=issue.kind, number__isnull=False)
    return same_kind.filter(series | Q(date__year=date.year)).exclude(pk=issue.pk)


def next_total_number(bulletin: Bulletin) -> int | None:
    """Return the next 总期号, None where the bulletin counts none."""
    if not bulletin.counts_total:
        return None
    return (bulletin.issues.aggregate(last=Max("total_number"))["last"] or 0) + 1


def taken(
    issue: Issue, number: int | None, total: int | None, date: dt.date
) -> list[Obstacle]:
    """Return why the issue cannot have these numbers, if it goes out on this date."""
    bulletin, found = issue.bulletin, []
    series = {"kind": issue.kind, "series_year": series_year(bulletin, date)}
    if number is not None:
        if _beside(issue, date).filter(number=number).exists():
            found.append(f"第{number}期已经印发过，请改用别的期号")
        if bulletin.voided_numbers.filter(number=number, **series).exists():
            found.append(f"第{number}期已经作废，请改用别的期号")
    others = bulletin.issues.exclude(pk=issue.pk)
    if total is not None and others.filter(total_number=total).exists():
        found.append(f"总第{total}期已经印发过，请改用别的总期号")
    return [Obstacle(message) for message in found]


def gaps(bulletin: Bulletin, kind: str, year: int) -> list[int]:
    """Return the numbers of a series that were passed over and not made void.

    A series taken over from paper begins where its first issue here does.
    """
    series = {"kind": kind, "series_year": year}
    taken = {issue.number for issue in bulletin.issues.filter(**series)}
    void = {voided.number for voided in bulletin.voided_numbers.filter(**series)}
    known = {number for number in taken | void if number is not None}
    if not known:
        return []
    return [n for n in range(min(known), max(known)) if n not in known]


@transaction.atomic
def void_number(
    bulletin: Bulletin, kind: str, year: int, number: int, *, by: User, reason: str
) -> VoidedNumber:
    """Say that a number is not used and will not be, and why."""
    # Numbers are handed out one at a time in a bulletin: its row is the queue.
    Bulletin.objects.select_for_update(no_key=True).get(pk=bulletin.pk)
    series = {"kind": kind, "series_year": year}
    taken = bulletin.issues.filter(**series)
    void = bulletin.voided_numbers.filter(**series)
    found = []
    if not by.has_perm("bulletins.publish_issue"):
        found.append("您没有“印发”的权限")
    if not reason.strip():
        found.append("作废期号必须写明原因")
    if number < 1 or taken.filter(number=number).exists():
        found.append(f"第{number}期已经印发，不能作废")
    if void.filter(number=number).exists():
        found.append(f"第{number}期已经作废")
    # Nothing undoes it, and the next issue is numbered after it.
    if number > _after(taken, void):
        found.append(f"还没有编到第{number}期，不能作废")
    if not taken.exists() and bool(year) is not _is_yearly(bulletin):
        found.append("编号年度与这份简报的编号方式不符")
    if found:
        raise Refused([Obstacle(message) for message in found])
    voided = VoidedNumber.objects.create(
        bulletin=bulletin,
        reason=reason.strip(),
        voided_by=by,
        at=timezone.now(),
        number=number,
        **series,
    )
    numbers_changed(bulletin)
    return voided
