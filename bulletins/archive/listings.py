"""The lists of pieces over all public bulletins: by 栏目, and by 供稿单位."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractYear

from bulletins.archive import addresses, reach
from bulletins.archive.addresses import Address, Kind, Place
from bulletins.archive.pages import html
from bulletins.archive.reach import Reach
from bulletins.archive.tree import Page
from bulletins.models import Issue, PublishedItem

PAGE_LENGTH = 100
_NEWEST = 20
# A longer part of an address may be a name that was cut.
_SURELY_WHOLE = 100
_ORDER = ("issue__date", "issue__number", "issue", "ordinal")


@dataclass(frozen=True, slots=True)
class Listing:
    """What pieces are listed by: the column, and the words for it."""

    field: str
    word: str

    def index(self) -> Address:
        """Return the page that names them all."""
        return addresses.SECTIONS if self is SECTIONS else addresses.UNITS

    def head(self, name: str) -> Address:
        """Return the first page of a name."""
        return (addresses.section if self is SECTIONS else addresses.unit)(name)

    def page(self, name: str, year: int, page: int = 1) -> Address:
        """Return the address of a hundred of a year of a name."""
        made = addresses.section_page if self is SECTIONS else addresses.unit_page
        return made(name, year, page)


SECTIONS = Listing("section", "栏目")
UNITS = Listing("source", "供稿单位")


@dataclass(frozen=True, slots=True)
class Name:
    """A 栏目 or 单位, and how many pieces there are of it."""

    name: str
    count: int
    address: Address


@dataclass(frozen=True, slots=True)
class YearOfName:
    """A year of a name; the address is that of its newest page."""

    year: int
    count: int
    address: Address


def listing_of(kind: Kind) -> Listing:
    """Return what a page lists by."""
    is_section = kind in {Kind.SECTIONS, Kind.SECTION, Kind.SECTION_PAGE}
    return SECTIONS if is_section else UNITS


# --- pages ------------------------------------------------------------------------


def names(place: Place, seen_by: Reach) -> Page:
    """Build the page that names every 栏目, or every 单位."""
    listing = listing_of(place.kind)
    return html("names.html", {"listing": listing, "names": names_with_counts(listing)})


def head(place: Place, seen_by: Reach) -> Page | None:
    """Build the page of a name: its years, and its newest pieces."""
    listing = listing_of(place.kind)
    items = items_at(listing, place.name)
    years = years_of(listing, place.name, items)
    if not years:
        return None
    newest = items.order_by(*(f"-{name}" for name in _ORDER)).defer("text")[:_NEWEST]
    rows = list(newest)
    context = {
        "listing": listing,
        "name": _name_of(listing, rows),
        "years": years,
        "items": rows,
        "has_more": sum(year.count for year in years) > len(rows),
    }
    return html("listing.html", context)


def page(place: Place, seen_by: Reach) -> Page | None:
    """Build a hundred of a year of a name, the newest of them first."""
    listing = listing_of(place.kind)
    items = items_at(listing, place.name).filter(issue__date__year=place.year)
    start = (place.page - 1) * PAGE_LENGTH
    # One more, to know whether there is a next page.
    rows = list(items.order_by(*_ORDER).defer("text")[start : start + PAGE_LENGTH + 1])
    if not rows:
        return None

    def beside(number: int) -> Address:
        return listing.page(place.name, place.year, number)

    context = {
        "listing": listing,
        "name": _name_of(listing, rows),
        "year": place.year,
        "page": place.page,
        "items": rows[:PAGE_LENGTH][::-1],
        "older": beside(place.page - 1) if place.page > 1 else None,
        "newer": beside(place.page + 1) if len(rows) > PAGE_LENGTH else None,
        "head": listing.head(place.name),
    }
    return html("listing_page.html", context)


def _name_of(listing: Listing, rows: list[PublishedItem]) -> str:
    """Return the name as it was printed: that in the address may be cut."""
    name: str = getattr(rows[0], listing.field)
    return name


# --- what is listed ---------------------------------------------------------------


def names_with_counts(listing: Listing) -> list[Name]:
    """Return every name of public pieces, the most frequent first."""
    counted = (
        reach.public_items()
        .exclude(**{listing.field: ""})
        .order_by()
        .values_list(listing.field)
        .annotate(count=Count("pk"))
        .order_by("-count", listing.field)
    )
    return [Name(name, count, listing.head(name)) for name, count in counted]


def items_at(listing: Listing, part: str) -> QuerySet[PublishedItem]:
    """Return the public pieces of the names whose address has this part."""
    named = {f"{listing.field}__in": _names_at(listing, part)}
    return reach.public_items().filter(**named)


def _names_at(listing: Listing, part: str) -> list[str]:
    """Return the names that are written so in an address: one, but for odd signs."""
    if addresses.segment(part) != part:
        return []
    if not (set(part) & set("／＼．")) and len(part.encode()) <= _SURELY_WHOLE:
        return [part]
    column = PublishedItem.objects.order_by().values_list(listing.field, flat=True)
    return [name for name in column.distinct() if addresses.segment(name) == part]


def years_of(
    listing: Listing, name: str, items: QuerySet[PublishedItem]
) -> list[YearOfName]:
    """Return the years in which there are such pieces, the newest first."""
    counted = (
        items.order_by()
        .values(of_year=ExtractYear("issue__date"))
        .annotate(count=Count("pk"))
        .order_by("-of_year")
    )
    return [
        YearOfName(
            row["of_year"],
            row["count"],
            listing.page(name, row["of_year"], last_page(row["count"])),
        )
        for row in counted
    ]


def last_page(count: int) -> int:
    """Return the number of the page on which the last of so many pieces stands."""
    return max(1, -(-count // PAGE_LENGTH))


def counted_before(listing: Listing, name: str, issue: Issue) -> tuple[int, int]:
    """Return how many pieces of the year stand before an issue's, and how many in all."""
    assert issue.date is not None  # noqa: S101 - only issues that are out
    year = items_at(listing, addresses.segment(name)).filter(
        issue__date__year=issue.date.year
    )
    earlier = Q(issue__date__lt=issue.date) | Q(issue__date=issue.date) & (
        Q(issue__number__lt=issue.number)
        | Q(issue__number=issue.number, issue__lt=issue.pk)
    )
    return year.filter(earlier).count(), year.count()
