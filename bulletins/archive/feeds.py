"""Feeds: the last issues in full, as Atom (RFC 4287) and as JSON Feed 1.1."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from django.conf import settings

from bulletins.archive import addresses, frozen, metadata, reach
from bulletins.archive.addresses import Address, Place, absolute
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page
from bulletins.models import Edition, Issue

# Several months of most bulletins: who asks each day misses nothing, and each asks for all of it.
LENGTH = 10
_ATOM = "http://www.w3.org/2005/Atom"
_JSON_FEED = "https://jsonfeed.org/version/1.1"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Of a feed without entries, which has to name a time.
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# What XML 1.0 has no way to write: one of them, and no reader takes the feed.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An issue as a feed shows it; ``html`` is its official page."""

    identifier: str
    title: str
    address: str
    summary: str
    html: str
    author: str
    published: dt.datetime
    updated: dt.datetime
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Feed:
    """What a feed is of, and its entries, the newest first."""

    identifier: str
    title: str
    author: str
    home: Address
    atom: Address
    json_feed: Address
    entries: tuple[_Entry, ...]

    @property
    def updated(self) -> dt.datetime:
        """Return when anything of it changed last."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


# --- pages ------------------------------------------------------------------------


def atom(place: Place, seen_by: Reach) -> Page | None:
    """Build the Atom feed of the site, or of a bulletin."""
    feed = _feed(place)
    return Page(_atom(feed), CONTENT_TYPES[".atom"]) if feed else None


def json_feed(place: Place, seen_by: Reach) -> Page | None:
    """Build the JSON Feed of the site, or of a bulletin."""
    feed = _feed(place)
    return Page(_json(feed), CONTENT_TYPES[".json"]) if feed else None


def _feed(place: Place) -> _Feed | None:
    issues = reach.issues(Reach.PUBLIC).newest_first()
    if not place.slug:
        return _Feed(
            identifier=_urn("/"),
            title=metadata.site_name(),
            author=metadata.site_name(),
            home=addresses.HOME,
            atom=addresses.ATOM,
            json_feed=addresses.JSON_FEED,
            entries=_entries(issues[:LENGTH]),
        )
    series = reach.bulletins(Reach.PUBLIC).filter(slug=place.slug).first()
    if series is None:
        return None
    return _Feed(
        identifier=_urn(addresses.bulletin(series).path),
        title=str(series),
        author=series.office or str(series),
        home=addresses.bulletin(series),
        atom=addresses.bulletin_atom(series),
        json_feed=addresses.bulletin_json_feed(series),
        entries=_entries(issues.filter(bulletin=series)[:LENGTH]),
    )


def _entries(issues: Iterable[Issue]) -> tuple[_Entry, ...]:
    return tuple(
        _entry(issue, issue.edition) for issue in issues if issue.edition is not None
    )


def _entry(issue: Issue, edition: Edition) -> _Entry:
    assert issue.date is not None  # noqa: S101 - held by a constraint of Issue
    document = frozen.document_of_edition(edition)
    address = addresses.issue(issue)
    titles = "；".join(metadata.titles(document))
    sections = dict.fromkeys(s.title for s in document.sections if s.title)
    return _Entry(
        identifier=_urn(address.path),
        title=metadata.issue_title(document),
        address=absolute(address),
        summary=f"更正说明：{edition.note} {titles}" if edition.note else titles,
        html=_readable_anywhere(frozen.frozen_html(edition), address),
        author=document.bulletin.office or document.bulletin.full_name,
        published=_start_of(issue.date),
        updated=edition.frozen_at.astimezone(_zone()).replace(microsecond=0),
        sections=tuple(sections),
    )


def _zone() -> dt.tzinfo:
    # Beijing has kept one time since 1992, and bulletins are no older.
    return dt.timezone(dt.timedelta(hours=8))


def _start_of(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(), tzinfo=_zone())


def _urn(path: str) -> str:
    """Return a name of a page that stays, wherever the site moves to."""
    namespace = uuid.uuid5(uuid.NAMESPACE_DNS, settings.SITE_DOMAIN or "bulletin")
    return f"urn:uuid:{uuid.uuid5(namespace, path)}"


def _readable_anywhere(html: str, address: Address) -> str:
    """Let what the page links to be found from outside of it."""
    here, site = absolute(address), absolute(addresses.HOME).removesuffix("/")
    return (
        html.replace(' href="#', f' href="{here}#')
        .replace(' src="/media/', f' src="{site}/media/')
        .replace(' href="/', f' href="{site}/')
    )


# --- Atom -------------------------------------------------------------------------


def _atom(feed: _Feed) -> bytes:
    root = ET.Element(_name("feed"), {_XML_LANGUAGE: "zh-CN"})
    _add(root, "id", feed.identifier)
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated.isoformat())
    _link(root, "self", feed.atom, "application/atom+xml")
    _link(root, "alternate", feed.home, "text/html")
    _person(root, feed.author)
    for entry in feed.entries:
        _atom_entry(ET.SubElement(root, _name("entry")), entry)
    ET.indent(root)
    text = _NOT_XML.sub("", ET.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _atom_entry(parent: ET.Element, entry: _Entry) -> None:
    _add(parent, "id", entry.identifier)
    _add(parent, "title", entry.title)
    _add(parent, "published", entry.published.isoformat())
    _add(parent, "updated", entry.updated.isoformat())
    link = {"rel": "alternate", "type": "text/html", "href": entry.address}
    ET.SubElement(parent, _name("link"), link)
    _person(parent, entry.author)
    for section in entry.sections:
        ET.SubElement(parent, _name("category"), {"term": section})
    _add(parent, "summary", entry.summary)
    _add(parent, "content", entry.html, type="html")


def _name(local: str) -> str:
    return f"{{{_ATOM}}}{local}"


def _add(parent: ET.Element, local: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, _name(local), attributes).text = text


def _link(parent: ET.Element, rel: str, address: Address, kind: str) -> None:
    values = {"rel": rel, "type": kind, "href": absolute(address)}
    ET.SubElement(parent, _name("link"), values)


def _person(parent: ET.Element, name: str) -> None:
    _add(ET.SubElement(parent, _name("author")), "name", name)


# --- JSON Feed --------------------------------------------------------------------


def _json(feed: _Feed) -> bytes:
    values = {
        "version": _JSON_FEED,
        "title": feed.title,
        "home_page_url": absolute(feed.home),
        "feed_url": absolute(feed.json_feed),
        "language": "zh-CN",
        "authors": [{"name": feed.author}],
        "items": list(_json_items(feed)),
    }
    return json.dumps(values, ensure_ascii=False, indent=1).encode()


def _json_items(feed: _Feed) -> Iterator[dict[str, Any]]:
    for entry in feed.entries:
        yield {
            "id": entry.identifier,
            "url": entry.address,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.html,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [{"name": entry.author}],
            "tags": list(entry.sections),
            "language": "zh-CN",
        }
