"""Which pages there are, and which of them an issue stands on.

``touched`` is what publishing, correcting or withdrawing an issue rewrites or removes;
``everything`` is what the whole tree consists of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bulletins.archive import addresses, calendar, listings, mastheads, pictures, reach
from bulletins.archive.addresses import Address
from bulletins.archive.listings import SECTIONS, UNITS, Listing
from bulletins.archive.reach import Reach
from bulletins.bounds import SectionKind
from bulletins.document import IssueDocument, from_json
from bulletins.models import Bulletin, Edition, Issue, Section
from bulletins.search.items import numbers_of, texts_of

_SITE_WIDE = (
    addresses.HOME,
    addresses.SECTIONS,
    addresses.UNITS,
    addresses.ATOM,
    addresses.JSON_FEED,
    addresses.SITEMAP,
    addresses.SITEMAP_PAGES,
)

# The same whatever comes out.
STANDING = (addresses.ABOUT, addresses.ROBOTS, addresses.NOT_FOUND)


def touched(issue: Issue) -> list[Address]:
    """Return the pages that an issue which just came out, or went, stands on.

    Each address once, the issue's own first; some may have no page any more.
    """
    editions = list(issue.editions.order_by("ordinal"))
    found = [
        *own(issue, editions),
        *_beside(issue),
        *_of_bulletin(issue),
        *_of_lists(issue, editions),
        *_SITE_WIDE,
    ]
    return list(dict.fromkeys(found))


def own(issue: Issue, editions: list[Edition]) -> Iterator[Address]:
    """Yield the issue's pages, also those of items that a correction took out."""
    yield addresses.issue(issue)
    yield addresses.issue_pdf(issue)
    for edition in editions:
        yield addresses.edition(issue, edition.ordinal)
        yield addresses.edition_pdf(issue, edition.ordinal)
    for number in sorted(_numbers_ever(_documents(editions))):
        yield addresses.item(issue, number)
    for name in sorted(pictures.shown_in(editions)):
        yield addresses.picture(name)


def _documents(editions: Iterable[Edition]) -> list[IssueDocument]:
    return [from_json(json.loads(edition.document)) for edition in editions]


def _numbers_ever(documents: list[IssueDocument]) -> set[int]:
    return {
        number
        for count in range(1, len(documents) + 1)
        for number in numbers_of(documents[:count])
    }


def _beside(issue: Issue) -> Iterator[Address]:
    """Yield the pages that lead to the issue as the one before or after them."""
    issues = reach.issues(Reach.PUBLIC)
    for neighbour in (reach.before(issues, issue), reach.after(issues, issue)):
        if neighbour is not None:
            yield addresses.issue(neighbour)
            assert neighbour.edition is not None  # noqa: S101 - held by a constraint
            yield addresses.edition(neighbour, neighbour.edition.ordinal)


def _of_bulletin(issue: Issue) -> Iterator[Address]:
    assert issue.date is not None  # noqa: S101 - only issues that are out
    bulletin, year = issue.bulletin, issue.date.year
    yield addresses.bulletin(bulletin)
    yield addresses.bulletin_atom(bulletin)
    yield addresses.bulletin_json_feed(bulletin)
    yield addresses.year(bulletin, year)
    yield addresses.sitemap_part(bulletin, year)
    known_years = calendar.years(bulletin, Reach.PUBLIC)
    # What is void is told from the first issue on: nothing else touches these pages.
    yield from (known.address for known in known_years if not known.count)
    # A year's page leads to the years beside it.
    years = [known.year for known in known_years]
    for beside in (
        max((known for known in years if known < year), default=None),
        min((known for known in years if known > year), default=None),
    ):
        if beside is not None:
            yield addresses.year(bulletin, beside)


def _of_lists(issue: Issue, editions: list[Edition]) -> Iterator[Address]:
    documents = _documents(editions)
    unprinted = _unprinted_names(issue.bulletin)
    texts = [
        text
        for count in range(1, len(documents) + 1)
        for text in texts_of(documents[:count], unprinted)
    ]
    kept = issue.published_items.values_list("section", flat=True)
    sections = {*(text.section for text in texts), *kept}
    units = {text.source for text in texts if text.source}
    for listing, names in ((SECTIONS, sections), (UNITS, units)):
        for name in sorted(names):
            yield listing.head(name)
            yield from _pages_of_name(listing, name, issue, len(texts))


def _unprinted_names(bulletin: Bulletin) -> dict[SectionKind, str]:
    names = {SectionKind.ARTICLES: "文章", SectionKind.BRIEFS: "简讯"}
    hidden = Section.objects.filter(bulletin=bulletin, show_heading=False)
    for section in hidden.order_by("-position", "-pk"):
        names[SectionKind(section.kind)] = section.name
    return names


def _pages_of_name(
    listing: Listing, name: str, issue: Issue, items_ever: int
) -> Iterator[Address]:
    """Yield the hundreds of the year from the issue's first piece on.

    Where that piece begins one, the page before it leads to it.
    """
    assert issue.date is not None  # noqa: S101 - only issues that are out
    earlier, count = listings.counted_before(listing, name, issue)
    first = earlier // listings.PAGE_LENGTH + 1
    if first > 1 and earlier % listings.PAGE_LENGTH == 0:
        first -= 1
    # Pieces that have gone may have left a last page empty.
    may_have_shrunk = issue.status != Issue.Status.ISSUED or (
        issue.edition is not None and issue.edition.ordinal > 1
    )
    last = listings.last_page(count + (items_ever if may_have_shrunk else 0))
    for page in range(first, last + 1):
        yield listing.page(name, issue.date.year, page)


# --- everything -------------------------------------------------------------------


def everything() -> Iterator[Address]:
    """Yield the address of every page the tree ought to have."""
    yield from _SITE_WIDE
    yield from STANDING
    for bulletin in reach.bulletins(Reach.PUBLIC):
        yield from heads_of(bulletin)
    for listing in (SECTIONS, UNITS):
        yield from _all_of_lists(listing)
    seen: set[str] = set()
    issues = reach.issues(Reach.PUBLIC).defer("edition__document").order_by("pk")
    for issue in issues.iterator(chunk_size=200):
        for address in own(issue, list(issue.editions.order_by("ordinal"))):
            if address.path.startswith("/media/"):
                if address.path in seen:
                    continue
                seen.add(address.path)
            yield address


def heads_of(bulletin: Bulletin) -> Iterator[Address]:
    """Yield the pages of a bulletin that are not those of one issue."""
    yield addresses.bulletin(bulletin)
    yield addresses.bulletin_atom(bulletin)
    yield addresses.bulletin_json_feed(bulletin)
    yield from face_of(bulletin)
    for year in calendar.years(bulletin, Reach.PUBLIC):
        yield year.address
        if year.count:
            yield addresses.sitemap_part(bulletin, year.year)


def face_of(bulletin: Bulletin) -> Iterator[Address]:
    """Yield the style sheet and the font of a bulletin's masthead."""
    yield addresses.masthead_css(bulletin)
    yield mastheads.masthead_face(bulletin).font_address


def _all_of_lists(listing: Listing) -> Iterator[Address]:
    for name in listings.names_with_counts(listing):
        yield name.address
        part = addresses.segment(name.name)
        items = listings.items_at(listing, part)
        for year in listings.years_of(listing, part, items):
            for page in range(1, listings.last_page(year.count) + 1):
                yield listing.page(name.name, year.year, page)
