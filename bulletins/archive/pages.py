"""The pages of bulletins and issues: from rows and editions to bytes."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from bulletins import rendering, storing
from bulletins.archive import addresses, calendar, frozen, mastheads, reach
from bulletins.archive.addresses import Place
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page
from bulletins.document import ArticleEntry, Entry, anchored_items
from bulletins.models import Bulletin, Edition, Issue, PublishedItem
from bulletins.rendering.trust import trusted_body

# What of its last years a bulletin's page lists; all of them have pages of their own.
_YEARS_SHOWN, _ISSUES_SHOWN = 2, 60
_PDF = CONTENT_TYPES[".pdf"]


def html(template: str, context: dict[str, Any]) -> Page:
    """Return a page made of a template; it sees the context and nothing else."""
    text = render_to_string(f"bulletins/{template}", context)
    return Page(text.encode(), CONTENT_TYPES[".html"])


# --- the site ---------------------------------------------------------------------


def about(place: Place, seen_by: Reach) -> Page:
    """Build the page that says what is here, who makes it and how to follow it."""
    return html("about.html", {"bulletins": list(reach.bulletins(seen_by))})


def not_found(place: Place, seen_by: Reach) -> Page:
    """Build what a server of files says of an address that is none."""
    text = render_to_string("404.html", {})
    return Page(text.encode(), CONTENT_TYPES[".html"])


# --- a bulletin -------------------------------------------------------------------


def bulletin(place: Place, seen_by: Reach) -> Page | None:
    """Build the page of a bulletin: its last issues by year, all years as links."""
    series = _series(place, seen_by)
    if series is None:
        return None
    years = calendar.years(series, seen_by)
    shown = []
    free = _ISSUES_SHOWN
    for year in years[:_YEARS_SHOWN]:
        entries = calendar.entries(series, year.year, seen_by)
        if free:
            shown.append((year, entries[:free], len(entries) > free))
        free -= min(free, len(entries))
    context = {
        "bulletin": series,
        "years": years,
        "shown": shown,
    }
    return html("bulletin.html", context)


def year(place: Place, seen_by: Reach) -> Page | None:
    """Build the page of a bulletin's year; None for a year without issues."""
    series = _series(place, seen_by)
    if series is None:
        return None
    years = calendar.years(series, seen_by)
    if place.year not in {year.year for year in years}:
        return None
    context = {
        "bulletin": series,
        "year": place.year,
        # Not all years: a new one would change every page.
        "older": _year_beside(years, place.year, -1),
        "newer": _year_beside(years, place.year, 1),
        "entries": calendar.entries(series, place.year, seen_by),
    }
    return html("year.html", context)


def masthead_css(place: Place, seen_by: Reach) -> Page | None:
    """Build the style sheet that names the face of a masthead."""
    series = _series(place, seen_by)
    if series is None:
        return None
    return Page(mastheads.masthead_face(series).css, CONTENT_TYPES[".css"])


def masthead_font(place: Place, seen_by: Reach) -> Page | None:
    """Return the face of a masthead, under the address the style sheet gives it."""
    series = _series(place, seen_by)
    face = mastheads.masthead_face(series) if series else None
    if series is None or face is None:
        return None
    if face.font_address != addresses.masthead_font(series, place.name):
        return None
    return Page(face.font, CONTENT_TYPES[".woff2"])


def _year_beside(
    years: list[calendar.Year], year: int, way: int
) -> calendar.Year | None:
    """Return the nearest year with issues, before (-1) or after (1) the given one."""
    beside = [known for known in years if (known.year - year) * way > 0]
    return min(beside, key=lambda known: abs(known.year - year), default=None)


def _series(place: Place, seen_by: Reach) -> Bulletin | None:
    return reach.bulletins(seen_by).filter(slug=place.slug).first()


# --- an issue ---------------------------------------------------------------------


def issue(place: Place, seen_by: Reach) -> Page | None:
    """Build the official page of an issue: its current edition."""
    found = reach.located(reach.issues(seen_by), place).first()
    if found is None or found.edition is None:
        return None
    return _official_page(found, found.edition, seen_by)


def edition(place: Place, seen_by: Reach) -> Page | None:
    """Build the official page of one edition, which may have been corrected since."""
    found = reach.located(reach.issues(seen_by), place).first()
    chosen = found and found.editions.filter(ordinal=place.ordinal).first()
    if not found or not chosen:
        return None
    return _official_page(found, chosen, seen_by)


def _official_page(found: Issue, shown: Edition, seen_by: Reach) -> Page:
    issues = reach.issues(seen_by)
    is_current = shown.pk == found.edition_id
    context = {
        "issue": found,
        "edition": shown,
        "is_current": is_current,
        "document": frozen.document_of_edition(shown),
        "page": rendering.trusted(frozen.frozen_html(shown)),
        "editions": list(found.editions.defer("document")),
        "items": _items(found) if is_current else [],
        # What was corrected does not change when other issues come out.
        "previous": reach.before(issues, found) if is_current else None,
        "next": reach.after(issues, found) if is_current else None,
    }
    return html("issue.html", context)


def issue_pdf(place: Place, seen_by: Reach) -> Page | None:
    """Return the print-ready PDF of an issue's current edition."""
    found = reach.located(reach.issues(seen_by), place).first()
    return _pdf(found.edition) if found and found.edition else None


def edition_pdf(place: Place, seen_by: Reach) -> Page | None:
    """Return the print-ready PDF of one edition."""
    found = reach.located(reach.issues(seen_by), place).first()
    chosen = found and found.editions.filter(ordinal=place.ordinal).first()
    return _pdf(chosen) if chosen else None


def _pdf(chosen: Edition) -> Page:
    original = storing.local_file(chosen.pdf_path)
    return Page(frozen.frozen_pdf(chosen), _PDF, original)


# --- an item ----------------------------------------------------------------------


def item(place: Place, seen_by: Reach) -> Page | None:
    """Build the page of one article or brief item of the current edition."""
    found = reach.located(reach.issues(seen_by), place).first()
    if found is None or found.edition is None:
        return None
    rows = _items(found)
    row = next((row for row in rows if row.number == place.ordinal), None)
    if row is None:
        return None
    index = rows.index(row)
    # A correction may come between the two: the row knows what it is of.
    current = found.edition if row.edition_id == found.edition_id else row.edition
    entry = _entry(current, row)
    context = {
        "issue": found,
        "edition": current,
        "item": row,
        "entry": entry,
        "body": _body(entry),
        "previous": rows[index - 1] if index else None,
        "next": rows[index + 1] if index + 1 < len(rows) else None,
    }
    return html("item.html", context)


def _body(entry: Entry) -> str:
    """Return the text of an article below the page's h1; a brief item is one line."""
    return (
        trusted_body(entry.body, title_level=1)
        if isinstance(entry, ArticleEntry)
        else ""
    )


def _items(found: Issue) -> list[PublishedItem]:
    """Return the items of an issue in printed order, each knowing its issue."""
    rows = list(found.published_items.defer("text").order_by("ordinal"))
    for row in rows:
        row.issue = found
    return rows


def _entry(current: Edition, row: PublishedItem) -> Entry:
    entries = [
        entry for _, entry in anchored_items(frozen.document_of_edition(current))
    ]
    return entries[row.ordinal - 1]
