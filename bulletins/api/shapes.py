"""The JSON values of what is published; their schemas stand in openapi.json."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.utils import timezone

from bulletins.archive import addresses
from bulletins.archive.addresses import absolute
from bulletins.document import ArticleEntry, Entry
from bulletins.models import Bulletin, Edition, Issue, PublishedItem
from bulletins.search import Hit, Part

Values = dict[str, Any]

ROOT = "/api/v1"


def api_address(path: str) -> str:
    """Return the address of something of this interface."""
    return absolute(addresses.Address(f"{ROOT}/{path}"))


def bulletin(series: Bulletin) -> Values:
    """Return a series."""
    return {
        "slug": series.slug,
        "title": str(series),
        "programme": series.programme,
        "name": series.name,
        "office": series.office,
        "links": {
            "issues": f"{api_address('issues/')}?bulletin={series.slug}",
            "html": absolute(addresses.bulletin(series)),
            "atom": absolute(addresses.bulletin_atom(series)),
            "json_feed": absolute(addresses.bulletin_json_feed(series)),
        },
    }


def issue_in_short(found: Issue, current: Edition) -> Values:
    """Return an issue as lists show it."""
    return {
        **_issue_place(found),
        "total_number": found.total_number,
        "status": Issue.Status.ISSUED,
        "changed": _moment(current.frozen_at),
        "edition": _edition(current),
        "links": {
            "api": api_address(_issue_path(found)),
            "html": absolute(addresses.issue(found)),
            "pdf": absolute(addresses.issue_pdf(found)),
        },
    }


def withdrawn_issue(found: Issue, at: dt.datetime) -> Values:
    """Return what may be said of an issue that was withdrawn: that, when, and why."""
    return {
        **_issue_place(found),
        "total_number": found.total_number,
        "status": Issue.Status.WITHDRAWN,
        "changed": _moment(at),
        "withdrawn_at": _moment(at),
        "withdrawal_reason": found.withdrawal_reason,
        "links": {
            "api": api_address(_issue_path(found)),
            "html": absolute(addresses.issue(found)),
        },
    }


def issue(found: Issue, editions: list[Edition], items: list[PublishedItem]) -> Values:
    """Return an issue whole: the document of its current edition, and its editions."""
    current = next(edition for edition in editions if edition.pk == found.edition_id)
    return {
        **issue_in_short(found, current),
        "document": json.loads(current.document),
        "articles": [_item_place(found, item) for item in items],
        "editions": [
            {
                **_edition(edition),
                "links": {
                    "html": absolute(addresses.edition(found, edition.ordinal)),
                    "pdf": absolute(addresses.edition_pdf(found, edition.ordinal)),
                },
            }
            for edition in editions
        ],
    }


def article_in_short(item: PublishedItem) -> Values:
    """Return an article or brief item as lists show it; its issue should be joined."""
    return {
        **_item_place(item.issue, item),
        "issue": _issue_place(item.issue),
        "lead": item.lead,
    }


def article(item: PublishedItem, entry: Entry) -> Values:
    """Return an article or brief item whole; ``html`` is null for a brief item."""
    return {
        **article_in_short(item),
        "text": item.text,
        "html": entry.body if isinstance(entry, ArticleEntry) else None,
    }


def hit(found: Hit) -> Values:
    """Return a result of a search; the parts that matched are marked."""
    return {
        **article_in_short(found.item),
        "excerpt": [_part(part) for part in found.excerpt],
    }


def _part(part: Part) -> Values:
    return {"text": part.text, "matched": part.is_match}


def _issue_place(found: Issue) -> Values:
    assert found.date is not None  # noqa: S101 - held by a constraint of Issue
    return {
        "bulletin": found.bulletin.slug,
        "title": str(found),
        "kind": found.kind,
        "number": found.number,
        "date": found.date.isoformat(),
    }


def _item_place(found: Issue, item: PublishedItem) -> Values:
    return {
        "number": item.number,
        "position": item.ordinal,
        "kind": item.kind,
        "title": item.title,
        "section": item.section,
        "unit": item.source,
        "links": {
            "api": api_address(f"{_issue_path(found)}{item.number}/"),
            "html": absolute(addresses.item(found, item.number)),
        },
    }


def _issue_path(found: Issue) -> str:
    slug, year, number = found.address
    return f"issues/{slug}/{year}/{number}/"


def _edition(edition: Edition) -> Values:
    return {
        "ordinal": edition.ordinal,
        "digest": edition.digest,
        "frozen_at": _moment(edition.frozen_at),
        "note": edition.note,
        "pdf_digest": edition.pdf_digest,
        "pdf_size": edition.pdf_size,
    }


def _moment(at: dt.datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
