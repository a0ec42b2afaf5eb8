"""The first page: the latest of each bulletin that brought something out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bulletins.archive import calendar, frozen, reach
from bulletins.archive.addresses import Place
from bulletins.archive.pages import html
from bulletins.archive.reach import Reach
from bulletins.archive.tree import Page
from bulletins.document import ContentsLine, contents
from bulletins.models import Bulletin, Issue

# Of one bulletin; of several, each shows less.
_EARLIER_OF_ONE, _EARLIER_OF_SEVERAL = 12, 3
_LINES_OF_SEVERAL = 6


@dataclass(frozen=True, slots=True)
class Band:
    """A bulletin on the first page; ``latest`` is None where all was withdrawn.

    ``left_out`` is how many entries of its contents are not shown.
    """

    bulletin: Bulletin
    latest: Issue | None
    contents: tuple[ContentsLine, ...]
    left_out: int
    earlier: list[calendar.Entry]


def home(place: Place, seen_by: Reach) -> Page:
    """Build the first page: one bulletin in full view, or a band for each of several."""
    bulletins = list(reach.bulletins(seen_by))
    out = [rows for series in bulletins if (rows := _newest(series, seen_by))]
    if len(out) > 1:
        bands = [_band(rows, _EARLIER_OF_SEVERAL, _LINES_OF_SEVERAL) for rows in out]
        bands.sort(key=_date_of_latest, reverse=True)
        return html("home_of_several.html", {"bulletins": bulletins, "bands": bands})
    band = _band(out[0], _EARLIER_OF_ONE) if out else None
    return html("home.html", {"bulletins": bulletins, "band": band})


def _newest(series: Bulletin, seen_by: Reach) -> list[Issue]:
    """Return the newest issues of a bulletin; where all were withdrawn, those."""
    found = reach.issues(seen_by).filter(bulletin=series).defer("edition__document")
    rows = list(found.newest_first()[: _EARLIER_OF_ONE + 1])
    if not rows:
        gone = Issue.objects.withdrawn().filter(bulletin=series)
        rows = list(gone.newest_first()[:_EARLIER_OF_ONE])
    for row in rows:
        row.bulletin = series
    return rows


def _band(rows: list[Issue], earlier: int, lines: int | None = None) -> Band:
    is_out = rows[0].status == Issue.Status.ISSUED
    latest = rows[0] if is_out else None
    shown, left_out = _contents(latest, lines)
    return Band(
        bulletin=rows[0].bulletin,
        latest=latest,
        contents=shown,
        left_out=left_out,
        earlier=calendar.entries_of(
            rows[1 : earlier + 1] if is_out else rows[:earlier]
        ),
    )


def _contents(
    latest: Issue | None, most: int | None
) -> tuple[tuple[ContentsLine, ...], int]:
    """Return what of 本期要目 is shown, and how many entries are not."""
    if latest is None or latest.edition is None:
        return (), 0
    lines = contents(frozen.document_of_edition(latest.edition))
    shown = lines[:most]
    # A heading with nothing below it says nothing.
    while shown != lines and shown[-1].is_heading:
        shown = shown[:-1]
    return shown, sum(not line.is_heading for line in lines[len(shown) :])


def _date_of_latest(band: Band) -> dt.date:
    return (band.latest and band.latest.date) or dt.date.min
