"""What search engines are told: robots.txt, and sitemaps with their last changes.

A sitemap must name whole addresses: without SITE_ADDRESS there is none. The parts are
by bulletin and year, so that an issue that comes out changes one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.conf import settings
from django.db.models import Max
from django.db.models.functions import ExtractYear
from django.utils import timezone

from bulletins.archive import addresses, reach
from bulletins.archive.addresses import Address, Place, absolute
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page
from bulletins.models import Bulletin, PublishedItem

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML, _TXT = CONTENT_TYPES[".xml"], CONTENT_TYPES[".txt"]


@dataclass(frozen=True, slots=True)
class _Line:
    """A page, and the day on which it changed last where that is known."""

    address: Address
    changed: str = ""


# --- pages ------------------------------------------------------------------------


def index(place: Place, seen_by: Reach) -> Page | None:
    """Build the sitemap of sitemaps."""
    if not settings.SITE_ADDRESS:
        return None
    parts = [_Line(addresses.SITEMAP_PAGES), *_parts()]
    return Page(_document("sitemapindex", "sitemap", parts), _XML)


def site_pages(place: Place, seen_by: Reach) -> Page | None:
    """Build the sitemap of the pages that are of no one year."""
    if not settings.SITE_ADDRESS:
        return None
    return Page(_document("urlset", "url", _site_lines()), _XML)


def part(place: Place, seen_by: Reach) -> Page | None:
    """Build the sitemap of a year of a bulletin."""
    series = reach.bulletins(Reach.PUBLIC).filter(slug=place.slug).first()
    if not settings.SITE_ADDRESS or series is None:
        return None
    lines = list(_lines(series, place.year))
    return Page(_document("urlset", "url", lines), _XML) if lines else None


def robots(place: Place, seen_by: Reach) -> Page:
    """Build robots.txt: what is made on demand is not for robots."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /api/",
        "Disallow: /search/",
    ]
    if settings.SITE_ADDRESS:
        lines.append(f"Sitemap: {absolute(addresses.SITEMAP)}")
    return Page(("\n".join(lines) + "\n").encode(), _TXT)


# --- lines ------------------------------------------------------------------------


def _parts() -> Iterator[_Line]:
    """Yield the parts with their last change: one query for all bulletins."""
    series = {row.pk: row for row in reach.bulletins(Reach.PUBLIC)}
    changed = (
        reach.issues(Reach.PUBLIC)
        .order_by()
        .values("bulletin", of_year=ExtractYear("date"))
        .annotate(changed=Max("edition__frozen_at"))
        .order_by("bulletin", "-of_year")
    )
    for row in changed:
        address = addresses.sitemap_part(series[row["bulletin"]], row["of_year"])
        yield _Line(address, _day(row["changed"]))


def _site_lines() -> Iterator[_Line]:
    yield _Line(addresses.HOME)
    yield _Line(addresses.ABOUT)
    for series in reach.bulletins(Reach.PUBLIC):
        yield _Line(addresses.bulletin(series))
    items = reach.public_items().order_by()
    for index, field, page in (
        (addresses.SECTIONS, "section", addresses.section),
        (addresses.UNITS, "source", addresses.unit),
    ):
        yield _Line(index)
        names = items.exclude(**{field: ""}).values_list(field, flat=True).distinct()
        yield from (_Line(page(name)) for name in sorted(names))


def _lines(series: Bulletin, year: int) -> Iterator[_Line]:
    issues = reach.issues(Reach.PUBLIC).filter(bulletin=series, date__year=year)
    found = list(issues.defer("edition__document").newest_first())
    if found:
        yield _Line(addresses.year(series, year))
    numbers = _numbers(issue.pk for issue in found)
    for issue in found:
        if issue.edition is None:
            continue
        changed = _day(issue.edition.frozen_at)
        yield _Line(addresses.issue(issue), changed)
        for number in numbers.get(issue.pk, ()):
            yield _Line(addresses.item(issue, number), changed)


def _day(moment: dt.datetime) -> str:
    """Return the office's day: what is published at seven was not yesterday's."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _numbers(issues: Iterable[int]) -> dict[int, list[int]]:
    rows = PublishedItem.objects.filter(issue__in=list(issues)).order_by("ordinal")
    found: dict[int, list[int]] = {}
    for issue, number in rows.values_list("issue", "number"):
        found.setdefault(issue, []).append(number)
    return found


def _document(root: str, line: str, lines: Iterable[_Line]) -> bytes:
    top = ET.Element(root, {"xmlns": _NAMESPACE})
    for one in lines:
        element = ET.SubElement(top, line)
        ET.SubElement(element, "loc").text = absolute(one.address)
        if one.changed:
            ET.SubElement(element, "lastmod").text = one.changed
    ET.indent(top)
    text = ET.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
