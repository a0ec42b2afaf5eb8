"""Which function builds which page. A page is built from rows and editions only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bulletins.archive import feeds, front, listings, pages, pictures, sitemaps
from bulletins.archive.addresses import Address, Kind, Place, parse
from bulletins.archive.reach import Reach
from bulletins.archive.tree import Page

Builder = Callable[[Place, Reach], Page | None]

BUILDERS: Mapping[Kind, Builder] = {
    Kind.HOME: front.home,
    Kind.ABOUT: pages.about,
    Kind.NOT_FOUND: pages.not_found,
    Kind.BULLETIN: pages.bulletin,
    Kind.YEAR: pages.year,
    Kind.MASTHEAD_CSS: pages.masthead_css,
    Kind.MASTHEAD_FONT: pages.masthead_font,
    Kind.ISSUE: pages.issue,
    Kind.ISSUE_PDF: pages.issue_pdf,
    Kind.ITEM: pages.item,
    Kind.EDITION: pages.edition,
    Kind.EDITION_PDF: pages.edition_pdf,
    Kind.SECTIONS: listings.names,
    Kind.SECTION: listings.head,
    Kind.SECTION_PAGE: listings.page,
    Kind.UNITS: listings.names,
    Kind.UNIT: listings.head,
    Kind.UNIT_PAGE: listings.page,
    Kind.ATOM: feeds.atom,
    Kind.JSON_FEED: feeds.json_feed,
    Kind.BULLETIN_ATOM: feeds.atom,
    Kind.BULLETIN_JSON_FEED: feeds.json_feed,
    Kind.SITEMAP: sitemaps.index,
    Kind.SITEMAP_PAGES: sitemaps.site_pages,
    Kind.SITEMAP_PART: sitemaps.part,
    Kind.ROBOTS: sitemaps.robots,
    Kind.PICTURE: pictures.picture,
}
# What the office sees of its internal bulletins and its drafts' pictures. The rest is
# of public things only.
_FOR_STAFF = frozenset(
    {
        *(Kind.BULLETIN, Kind.YEAR, Kind.ISSUE, Kind.ISSUE_PDF),
        *(Kind.ITEM, Kind.EDITION, Kind.EDITION_PDF),
        *(Kind.MASTHEAD_CSS, Kind.MASTHEAD_FONT, Kind.PICTURE),
    }
)


def build(address: Address, seen_by: Reach = Reach.PUBLIC) -> Page | None:
    """Return the page at an address; None where there is none.

    Raises DamagedEdition and OSError where an edition's files are not what they were.
    """
    place = parse(address.path)
    return None if place is None else build_at(place, seen_by)


def build_at(place: Place, seen_by: Reach = Reach.PUBLIC) -> Page | None:
    """Return the page at a place; None where there is none."""
    if seen_by is Reach.STAFF and place.kind not in _FOR_STAFF:
        return None
    builder = BUILDERS.get(place.kind)
    return builder(place, seen_by) if builder else None
