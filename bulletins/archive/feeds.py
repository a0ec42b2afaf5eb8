"""Feeds: the last issues in full, as Atom (RFC 4287) and as JSON Feed 1.1.

What was withdrawn is taken back under the name it had: in Atom by a tombstone
(RFC 6721); JSON Feed has no such thing, there an item says so instead of the text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from xml.etree import ElementTree as ET

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from bulletins.archive import addresses, changes, frozen, metadata, reach
from bulletins.archive.addresses import Address, Place, absolute
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page
from bulletins.models import (
    Bulletin,
    Edition,
    Event,
    Issue,
    IssueQuerySet,
    PublishedItem,
)

# Several months of most bulletins: who asks each day misses nothing, and each asks for all of it.
LENGTH = 10
_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_JSON_FEED = "https://jsonfeed.org/version/1.1"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Of a feed nothing ever was in, which has to name a time.
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# What XML 1.0 has no way to write: one of them, and no reader takes the feed.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _ATOM)
ET.register_namespace("at", _TOMBSTONES)


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
class _Withdrawn:
    """An issue that was taken back, under the name its entry had."""

    identifier: str
    title: str
    address: str
    reason: str
    author: str
    published: dt.datetime
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class _Feed:
    """What a feed is of, its entries, and what was withdrawn lately, the newest first."""

    identifier: str
    title: str
    author: str
    home: Address
    atom: Address
    json_feed: Address
    entries: tuple[_Entry, ...]
    withdrawn: tuple[_Withdrawn, ...]

    @property
    def updated(self) -> dt.datetime:
        """Return when anything of it changed last."""
        times = [entry.updated for entry in self.entries]
        return max([*times, *(gone.at for gone in self.withdrawn)], default=_NEVER)


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
    issues = reach.issues(Reach.PUBLIC)
    if not place.slug:
        return _Feed(
            identifier=_urn("/"),
            title=metadata.site_name(),
            author=metadata.site_name(),
            home=addresses.HOME,
            atom=addresses.ATOM,
            json_feed=addresses.JSON_FEED,
            entries=_entries(issues),
            withdrawn=_withdrawn(changes.withdrawals()),
        )
    series = reach.bulletins(Reach.PUBLIC).filter(slug=place.slug).first()
    if series is None:
        return None
    return _Feed(
        identifier=_urn(addresses.bulletin(series).path),
        title=str(series),
        author=_author(series),
        home=addresses.bulletin(series),
        atom=addresses.bulletin_atom(series),
        json_feed=addresses.bulletin_json_feed(series),
        entries=_entries(issues.filter(bulletin=series)),
        withdrawn=_withdrawn(changes.withdrawals().filter(issue__bulletin=series)),
    )


def _author(series: Bulletin) -> str:
    return series.office or str(series)


def _entries(issues: IssueQuerySet) -> tuple[_Entry, ...]:
    items = PublishedItem.objects.defer("lead", "text").order_by("ordinal")
    last = issues.prefetch_related(Prefetch("published_items", items)).newest_first()
    return tuple(
        _entry(issue, issue.edition)
        for issue in last[:LENGTH]
        if issue.edition is not None
    )


def _entry(issue: Issue, edition: Edition) -> _Entry:
    assert issue.date is not None  # noqa: S101 - held by a constraint of Issue
    document = frozen.document_of_edition(edition)
    address = addresses.issue(issue)
    titles = "；".join(metadata.titles(document))
    # As the site files them: a heading that is not printed has a name all the same.
    sections = dict.fromkeys(item.section for item in issue.published_items.all())
    return _Entry(
        identifier=_urn(address.path),
        title=metadata.issue_title(document),
        address=absolute(address),
        summary=f"更正说明：{edition.note} {titles}" if edition.note else titles,
        html=_readable_anywhere(frozen.frozen_html(edition), address),
        author=document.bulletin.office or document.bulletin.full_name,
        published=_start_of(issue.date),
        updated=_second(edition.frozen_at),
        sections=tuple(sections),
    )


def _withdrawn(events: QuerySet[Event]) -> tuple[_Withdrawn, ...]:
    return tuple(_taken_back(event.issue, event.at) for event in events[:LENGTH])


def _taken_back(issue: Issue, at: dt.datetime) -> _Withdrawn:
    assert issue.date is not None  # noqa: S101 - held by a constraint of Issue
    address = addresses.issue(issue)
    return _Withdrawn(
        identifier=_urn(address.path),
        title=f"{issue}（已撤回）",
        address=absolute(address),
        reason=issue.withdrawal_reason,
        author=_author(issue.bulletin),
        published=_start_of(issue.date),
        at=_second(at),
    )


def _zone() -> dt.tzinfo:
    # Beijing has kept one time since 1992, and bulletins are no older.
    return dt.timezone(dt.timedelta(hours=8))


def _start_of(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(), tzinfo=_zone())


def _second(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(_zone()).replace(microsecond=0)


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
    for gone in feed.withdrawn:
        _tombstone(root, gone)
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


def _tombstone(parent: ET.Element, gone: _Withdrawn) -> None:
    when = {"ref": gone.identifier, "when": gone.at.isoformat()}
    element = ET.SubElement(parent, f"{{{_TOMBSTONES}}}deleted-entry", when)
    ET.SubElement(element, f"{{{_TOMBSTONES}}}comment").text = gone.reason


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
        "items": _newest_first([*_json_items(feed), *_json_notices(feed)]),
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


def _json_notices(feed: _Feed) -> Iterator[dict[str, Any]]:
    for gone in feed.withdrawn:
        yield {
            "id": gone.identifier,
            "url": gone.address,
            "title": gone.title,
            "content_text": gone.reason,
            "date_published": gone.published.isoformat(),
            "date_modified": gone.at.isoformat(),
            "authors": [{"name": gone.author}],
            "language": "zh-CN",
        }


def _newest_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=itemgetter("date_published"), reverse=True)
