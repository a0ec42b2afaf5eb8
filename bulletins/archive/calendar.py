"""What a bulletin brought out, year by year, with what is missing and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import ExtractYear

from bulletins.archive import addresses, reach
from bulletins.archive.addresses import Address
from bulletins.archive.reach import Reach
from bulletins.bounds import FIRST_YEAR, LAST_YEAR
from bulletins.models import (
    Bulletin,
    Issue,
    IssueQuerySet,
    PublishedItem,
    VoidedNumber,
)


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a bulletin, and how many issues it has: none where all went."""

    year: int
    count: int
    address: Address


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a year: an issue, or why there is none of this number.

    ``address`` is None for a number that is void; ``title`` is that of the first item.
    """

    label: str
    date: dt.date | None = None
    address: Address | None = None
    title: str = ""
    is_corrected: bool = False
    is_withdrawn: bool = False
    void_reason: str = ""


def years(bulletin: Bulletin, seen_by: Reach) -> list[Year]:
    """Return the years that have lines, the newest first: issues, or what went."""
    gone = _counts(Issue.objects.withdrawn(), bulletin)
    counts = dict.fromkeys(gone, 0) | _counts(reach.issues(seen_by), bulletin)
    if counts:
        # Void numbers alone say nothing: nothing has come out yet.
        counts = dict.fromkeys(_void_years(bulletin), 0) | counts
    return [
        Year(year, count, addresses.year(bulletin, year))
        for year, count in sorted(counts.items(), reverse=True)
    ]


def _counts(found: IssueQuerySet, bulletin: Bulletin) -> dict[int, int]:
    """Return how many of the issues each year has."""
    of_years = (
        found.filter(bulletin=bulletin)
        .order_by()
        .values(of_year=ExtractYear("date"))
        .annotate(count=Count("pk"))
    )
    return {row["of_year"]: row["count"] for row in of_years}


def _void_years(bulletin: Bulletin) -> Iterable[int]:
    """Return the years void numbers have; those of a continuous series have none."""
    void = bulletin.voided_numbers.filter(series_year__range=(FIRST_YEAR, LAST_YEAR))
    return void.values_list("series_year", flat=True)


def entries(bulletin: Bulletin, year: int, seen_by: Reach) -> list[Entry]:
    """Return the lines of a year, the newest first: issues, withdrawn ones, void ones."""
    out = list(
        reach.issues(seen_by)
        .filter(bulletin=bulletin, date__year=year)
        .defer("edition__document")
    )
    gone = list(Issue.objects.withdrawn().filter(bulletin=bulletin, date__year=year))
    rows = sorted([*out, *gone], key=_order, reverse=True)
    for row in rows:
        row.bulletin = bulletin
    titles = _first_titles(out)
    void = list(_void(bulletin, year, rows))
    return list(_merged(rows, titles, void))


def entries_of(issues: Iterable[Issue]) -> list[Entry]:
    """Return a line for each issue, in their order; they know bulletin and edition."""
    rows = list(issues)
    titles = _first_titles(rows)
    return [_entry(row, titles) for row in rows]


def _order(issue: Issue) -> tuple[object, ...]:
    return (issue.date, issue.number, issue.pk)


def _first_titles(issues: Iterable[Issue]) -> dict[int, str]:
    firsts = PublishedItem.objects.filter(
        issue__in=[issue.pk for issue in issues], ordinal=1
    )
    return dict(firsts.values_list("issue", "title"))


def _merged(
    rows: list[Issue], titles: dict[int, str], void: list[VoidedNumber]
) -> Iterator[Entry]:
    """Put each void number right above the issue numbered before it."""
    waiting = sorted(void, key=lambda row: (row.kind, -row.number))
    for row in rows:
        same = [v for v in waiting if v.kind == row.kind and v.number > _number(row)]
        for number in same:
            waiting.remove(number)
            yield _void_entry(number)
        yield _entry(row, titles)
    yield from map(_void_entry, waiting)


def _number(issue: Issue) -> int:
    assert issue.number is not None  # noqa: S101 - held by a constraint of Issue
    return issue.number


def _entry(issue: Issue, titles: dict[int, str]) -> Entry:
    is_withdrawn = issue.status == Issue.Status.WITHDRAWN
    current = None if is_withdrawn else issue.edition
    return Entry(
        label=issue.label,
        date=issue.date,
        address=addresses.issue(issue),
        title=titles.get(issue.pk, ""),
        is_corrected=current is not None and current.ordinal > 1,
        is_withdrawn=is_withdrawn,
    )


def _void_entry(void: VoidedNumber) -> Entry:
    prefix = "增刊" if void.kind == Issue.Kind.SUPPLEMENT else ""
    return Entry(label=f"{prefix}第{void.number}期", void_reason=void.reason)


def _void(bulletin: Bulletin, year: int, rows: list[Issue]) -> Iterator[VoidedNumber]:
    """Yield the void numbers that belong to the year.

    In a continuous series they have no year of their own: they belong to that of the
    issue numbered before them.
    """
    numbers = {(row.kind, row.number) for row in rows}
    for void in bulletin.voided_numbers.filter(series_year__in=[0, year]):
        if void.series_year == year or (
            void.series_year == 0
            and (void.kind, _number_before(bulletin, void)) in numbers
        ):
            yield void


def _number_before(bulletin: Bulletin, void: VoidedNumber) -> int | None:
    out = (Issue.Status.ISSUED, Issue.Status.WITHDRAWN)
    known = bulletin.issues.filter(kind=void.kind, series_year=0, status__in=out)
    earlier = known.filter(number__lt=void.number).order_by("-number")
    return earlier.values_list("number", flat=True).first()
