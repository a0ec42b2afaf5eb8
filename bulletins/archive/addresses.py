"""Every public address, in one place: how it is written, and how it is read.

Addresses speak and never change. Lists that grow are divided by year, and a year by
hundreds counted from its oldest, so that publishing touches only the last of them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from django.conf import settings

from bulletins.models import Bulletin, Issue, PublishedItem

# No bulletin may be called so: these addresses are the site's own.
RESERVED = frozenset(
    {
        *("about", "admin", "api", "danwei", "feed", "healthz", "lanmu", "media"),
        *("metrics", "readyz", "search", "site", "sitemap", "static"),
    }
)
# File systems allow names of 255 bytes.
_LONGEST_SEGMENT = 200


class Kind(StrEnum):
    """What kinds of pages there are."""

    HOME = "home"
    ABOUT = "about"
    NOT_FOUND = "not_found"
    BULLETIN = "bulletin"
    YEAR = "year"
    ISSUE = "issue"
    ISSUE_PDF = "issue_pdf"
    ITEM = "item"
    EDITION = "edition"
    EDITION_PDF = "edition_pdf"
    SECTIONS = "sections"
    SECTION = "section"
    SECTION_PAGE = "section_page"
    UNITS = "units"
    UNIT = "unit"
    UNIT_PAGE = "unit_page"
    ATOM = "atom"
    JSON_FEED = "json_feed"
    BULLETIN_ATOM = "bulletin_atom"
    BULLETIN_JSON_FEED = "bulletin_json_feed"
    MASTHEAD_CSS = "masthead_css"
    MASTHEAD_FONT = "masthead_font"
    SITEMAP = "sitemap"
    SITEMAP_PAGES = "sitemap_pages"
    SITEMAP_PART = "sitemap_part"
    ROBOTS = "robots"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Address:
    """The path of a page as people read it (``/danwei/襄城县/``)."""

    path: str

    @property
    def href(self) -> str:
        """Return the path as it stands in a link, percent-encoded."""
        return quote(self.path, safe="/")

    def __str__(self) -> str:
        return self.href


def absolute(address: Address) -> str:
    """Return the whole address; without SITE_ADDRESS, the path alone."""
    return f"{settings.SITE_ADDRESS}{address.href}"


# --- writing ----------------------------------------------------------------------

HOME = Address("/")
ABOUT = Address("/about/")
SECTIONS = Address("/lanmu/")
UNITS = Address("/danwei/")
ATOM = Address("/feed.atom")
JSON_FEED = Address("/feed.json")
SITEMAP = Address("/sitemap.xml")
SITEMAP_PAGES = Address("/sitemap/pages.xml")
ROBOTS = Address("/robots.txt")
# What a server that knows only files says of an address that is none.
NOT_FOUND = Address("/404.html")
# What the server makes on demand, and no file can hold.
SEARCH = Address("/search/")
API = Address("/api/")


def bulletin(series: Bulletin) -> Address:
    """Return the page of a bulletin."""
    return Address(f"/{series.slug}/")


def year(series: Bulletin, of_year: int) -> Address:
    """Return the page of the issues of a year."""
    return Address(f"/{series.slug}/{of_year}/")


def bulletin_atom(series: Bulletin) -> Address:
    """Return the Atom feed of a bulletin."""
    return Address(f"/{series.slug}/feed.atom")


def bulletin_json_feed(series: Bulletin) -> Address:
    """Return the JSON Feed of a bulletin."""
    return Address(f"/{series.slug}/feed.json")


def masthead_css(series: Bulletin) -> Address:
    """Return the style sheet that names the face of a bulletin's masthead."""
    return Address(f"/{series.slug}/masthead.css")


def masthead_font(series: Bulletin, digest: str) -> Address:
    """Return the font of a bulletin's masthead; its digest is in the name."""
    return Address(f"/{series.slug}/masthead-{digest}.woff2")


def sitemap_part(series: Bulletin, of_year: int) -> Address:
    """Return the sitemap of a year of a bulletin."""
    return Address(f"/sitemap/{series.slug}/{of_year}.xml")


def _place(found: Issue) -> str:
    slug, of_year, number = found.address
    return f"/{slug}/{of_year}/{number}"


def issue(found: Issue) -> Address:
    """Return the official page of an issue that is out."""
    return Address(f"{_place(found)}/")


def issue_pdf(found: Issue) -> Address:
    """Return the PDF of an issue's current edition."""
    return Address(f"{_place(found)}.pdf")


def edition(found: Issue, ordinal: int) -> Address:
    """Return the page of one edition of an issue."""
    return Address(f"{_place(found)}/edition-{ordinal}/")


def edition_pdf(found: Issue, ordinal: int) -> Address:
    """Return the PDF of one edition of an issue."""
    return Address(f"{_place(found)}/edition-{ordinal}.pdf")


def item(found: Issue, number: int) -> Address:
    """Return the page of one article or brief item (PublishedItem.number)."""
    return Address(f"{_place(found)}/{number}/")


def item_of(row: PublishedItem) -> Address:
    """Return the page of an item; its issue and bulletin should be joined."""
    return item(row.issue, row.number)


def picture(name: str) -> Address:
    """Return the address of a picture of an article body."""
    return Address(f"/media/pictures/{name}")


def section(name: str) -> Address:
    """Return the page of a 栏目 over all bulletins: its years and what is newest."""
    return Address(f"/lanmu/{segment(name)}/")


def section_page(name: str, of_year: int, page: int = 1) -> Address:
    """Return the given hundred of a year of a 栏目, counted from the oldest."""
    return Address(f"{section(name).path}{_page_of_year(of_year, page)}")


def unit(name: str) -> Address:
    """Return the page of a 单位: its years and what is newest."""
    return Address(f"/danwei/{segment(name)}/")


def unit_page(name: str, of_year: int, page: int = 1) -> Address:
    """Return the given hundred of a year of a 单位, counted from the oldest."""
    return Address(f"{unit(name).path}{_page_of_year(of_year, page)}")


def _page_of_year(of_year: int, page: int) -> str:
    return f"{of_year}/" if page == 1 else f"{of_year}/{page}/"


_SEGMENT_SIGNS = str.maketrans({"/": "／", "\\": "＼"})


def segment(name: str) -> str:
    """Return a name as one part of an address, fit to be the name of a folder.

    Most names stand as they are; what would divide a path, hide a file or be too long
    for a file system is written otherwise.
    """
    plain = name.translate(_SEGMENT_SIGNS)
    if plain.startswith("."):
        plain = f"．{plain[1:]}"
    if len(plain.encode()) <= _LONGEST_SEGMENT:
        return plain
    start = plain.encode()[: _LONGEST_SEGMENT - 20].decode(errors="ignore")
    return f"{start}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


# --- reading ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says: the kind of page, and what it is of."""

    kind: Kind
    slug: str = ""
    year: int = 0
    # As in the address: 8, or s8 for a supplement.
    number: str = ""
    ordinal: int = 0
    name: str = ""
    page: int = field(default=1)


_SLUG = r"(?P<slug>[A-Za-z0-9_-]+)"
_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})"
_ISSUE = rf"{_SLUG}/{_YEAR}/(?P<number>s?[1-9][0-9]{{0,5}})"
_EDITION = r"edition-(?P<ordinal>[1-9][0-9]{0,3})"
_ITEM = r"(?P<ordinal>[1-9][0-9]{0,4})"
_NAME = r"(?P<name>[^/\x00-\x1f]+)"
_PAGE = r"(?P<page>[2-9]|[1-9][0-9]{1,3})"
_PICTURE = r"(?P<name>[0-9a-f]{16,64}\.(?:png|jpg))"

# In the order in which they are tried; the same table makes the URL configuration.
PATTERNS: tuple[tuple[Kind, str], ...] = (
    (Kind.HOME, r""),
    (Kind.ABOUT, r"about/"),
    (Kind.NOT_FOUND, r"404\.html"),
    (Kind.ATOM, r"feed\.atom"),
    (Kind.JSON_FEED, r"feed\.json"),
    (Kind.ROBOTS, r"robots\.txt"),
    (Kind.SITEMAP, r"sitemap\.xml"),
    (Kind.SITEMAP_PAGES, r"sitemap/pages\.xml"),
    (Kind.SITEMAP_PART, rf"sitemap/{_SLUG}/{_YEAR}\.xml"),
    (Kind.SECTIONS, r"lanmu/"),
    (Kind.SECTION, rf"lanmu/{_NAME}/"),
    (Kind.SECTION_PAGE, rf"lanmu/{_NAME}/{_YEAR}/(?:{_PAGE}/)?"),
    (Kind.UNITS, r"danwei/"),
    (Kind.UNIT, rf"danwei/{_NAME}/"),
    (Kind.UNIT_PAGE, rf"danwei/{_NAME}/{_YEAR}/(?:{_PAGE}/)?"),
    (Kind.PICTURE, rf"media/pictures/{_PICTURE}"),
    (Kind.BULLETIN, rf"{_SLUG}/"),
    (Kind.BULLETIN_ATOM, rf"{_SLUG}/feed\.atom"),
    (Kind.BULLETIN_JSON_FEED, rf"{_SLUG}/feed\.json"),
    (Kind.MASTHEAD_CSS, rf"{_SLUG}/masthead\.css"),
    (Kind.MASTHEAD_FONT, rf"{_SLUG}/masthead-(?P<name>[0-9a-f]{{12}})\.woff2"),
    (Kind.YEAR, rf"{_SLUG}/{_YEAR}/"),
    (Kind.ISSUE, rf"{_ISSUE}/"),
    (Kind.ISSUE_PDF, rf"{_ISSUE}\.pdf"),
    (Kind.EDITION, rf"{_ISSUE}/{_EDITION}/"),
    (Kind.EDITION_PDF, rf"{_ISSUE}/{_EDITION}\.pdf"),
    (Kind.ITEM, rf"{_ISSUE}/{_ITEM}/"),
)
_COMPILED = tuple((kind, re.compile(rf"/{pattern}")) for kind, pattern in PATTERNS)


def parse(path: str) -> Place | None:
    """Return what a path says; None if no public page can have it."""
    for kind, pattern in _COMPILED:
        if found := pattern.fullmatch(path):
            return _place_of(kind, found.groupdict())
    return None


def _place_of(kind: Kind, said: dict[str, str | None]) -> Place | None:
    slug = said.get("slug") or ""
    if slug in RESERVED:
        return None
    return Place(
        kind=kind,
        slug=slug,
        year=int(said.get("year") or 0),
        number=said.get("number") or "",
        ordinal=int(said.get("ordinal") or 0),
        name=said.get("name") or "",
        page=int(said.get("page") or 1),
    )
