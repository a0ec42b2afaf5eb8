"""What a public page says of itself to machines: titles, tags, links, JSON-LD.

Three readers: the survey of government sites (meta tags of 《政府网站发展指引》, listed
in docs/settings.md), what shows a link in a chat (Open Graph), and search engines
(schema.org as JSON-LD). A value that is not set is left out, never made up.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from bulletins.archive import addresses
from bulletins.archive.addresses import Address, absolute
from bulletins.document import (
    ArticleEntry,
    Entry,
    IssueDocument,
    anchored_items,
    printed_date,
    printed_number,
)
from bulletins.models import Bulletin, Edition, Issue, PublishedItem
from bulletins.rendering import trusted

_DEFAULT_SITE_NAME = "工作简报"
# Values of the list in the annex of 国办发〔2017〕47号.
_HOME, _COLUMN_TYPE = "首页", "工作动态"
_DESCRIPTION_LENGTH = 120
_SCHEMA = "https://schema.org"
# As schema.org has it for what is replaced by something newer.
_SUPERSEDED = "Obsolete"
_NOT_TO_BE_FOUND = ("robots", "noindex")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What the head of a page holds; empty values stand for tags left out.

    ``tags`` are meta elements by name, ``graph`` those of Open Graph by property,
    ``feeds`` pairs of address and title; ``json_ld`` is fit for a script element.
    A name may stand once, in whatever case: content has its ``Description`` among the
    tags, a list the plain ``description``.
    """

    title: str
    description: str = ""
    canonical: str = ""
    tags: Pairs = ()
    graph: Pairs = ()
    json_ld: SafeString | str = ""
    feeds: Pairs = ()


@dataclass(frozen=True, slots=True)
class _Column:
    """The 栏目 a page belongs to, as the survey of government sites asks for it."""

    name: str
    kind: str
    description: str = ""
    keywords: str = ""


def site_name() -> str:
    """Return what the site is called: the setting, or the plain word."""
    return settings.SITE_NAME or _DEFAULT_SITE_NAME


def _url(address: Address) -> str:
    """Return the whole address; empty where the site has not said its own."""
    return absolute(address) if settings.SITE_ADDRESS else ""


# --- pages that list --------------------------------------------------------------


def home_meta(bulletins: Iterable[Bulletin]) -> PageMeta:
    """Return what the first page says of itself."""
    bulletins = list(bulletins)
    names = "、".join(str(bulletin) for bulletin in bulletins)
    description = f"{names}的各期简报，可在线阅读、检索和下载。" if names else ""
    column = _Column(_HOME, _HOME, description or site_name(), names or site_name())
    website = {"@type": "WebSite", "name": site_name(), "url": _url(addresses.HOME)}
    return _listing(addresses.HOME, site_name(), column, website, bulletins)


def bulletin_meta(bulletin: Bulletin) -> PageMeta:
    """Return what the page of a bulletin says of itself."""
    address = addresses.bulletin(bulletin)
    return _listing(
        address, str(bulletin), _column(bulletin), _periodical(bulletin),
        [bulletin],
    )  # fmt: skip


def year_meta(bulletin: Bulletin, year: int) -> PageMeta:
    """Return what the page of a bulletin's year says of itself."""
    title = f"{bulletin}{year}年各期"
    address = addresses.year(bulletin, year)
    collection = {"@type": "CollectionPage", "name": title, "url": _url(address)}
    return _listing(address, title, _column(bulletin), collection, [bulletin])


def list_meta(address: Address, title: str, description: str) -> PageMeta:
    """Return what a list says of itself: a 栏目, a 单位, what there is about the site."""
    column = _Column(title, _COLUMN_TYPE, description, title)
    collection = {"@type": "CollectionPage", "name": title, "url": _url(address)}
    return _listing(address, title, column, collection, [])


def _listing(
    address: Address,
    title: str,
    column: _Column,
    thing: dict[str, Any],
    bulletins: Iterable[Bulletin],
) -> PageMeta:
    full_title = title if title == site_name() else f"{title} - {site_name()}"
    return PageMeta(
        title=full_title,
        description=column.description,
        canonical=_url(address),
        tags=_filled(*_site_tags(), *_column_tags(column)),
        graph=_graph(address, title, column.description, "website"),
        json_ld=_json_ld(thing),
        feeds=_feeds(bulletins),
    )


def _column(bulletin: Bulletin) -> _Column:
    office = f"，由{bulletin.office}编印" if bulletin.office else ""
    return _Column(
        name=str(bulletin),
        kind=_COLUMN_TYPE,
        description=f"{bulletin}各期{office}。",
        keywords="，".join(filter(None, [bulletin.programme, bulletin.name])),
    )


# --- pages that say something -----------------------------------------------------


def issue_meta(
    issue: Issue,
    edition: Edition,
    document: IssueDocument,
    items: Sequence[PublishedItem] = (),
) -> PageMeta:
    """Return what the page of an issue, or of an edition of it, says of itself.

    ``items`` are those of the current edition: a superseded one has none.
    """
    is_current = edition.pk == issue.edition_id
    address = (
        addresses.issue(issue)
        if is_current
        else addresses.edition(issue, edition.ordinal)
    )
    title = issue_title(document)
    description = _shortened("；".join(titles(document)))
    tags = _content_tags(
        issue,
        title,
        document.bulletin.office,
        description,
        address,
        document.editor,
    )
    return PageMeta(
        title=title if is_current else f"{title}（第{edition.ordinal}版）",
        # An edition that was corrected leads search engines to the one that holds.
        canonical=_url(addresses.issue(issue)),
        tags=tags if is_current else (*tags, _NOT_TO_BE_FOUND),
        graph=_article_graph(address, title, description, issue, edition),
        json_ld=_json_ld(
            {
                **_publication_issue(issue, edition, document, items),
                "url": _url(address),
                "creativeWorkStatus": "" if is_current else _SUPERSEDED,
            }
        ),
        feeds=_feeds([issue.bulletin]),
    )


def item_meta(issue: Issue, edition: Edition, item: PublishedItem) -> PageMeta:
    """Return what the page of an article or a brief item says of itself."""
    address = addresses.item(issue, item.number)
    description = _shortened(item.lead or item.text)
    source = item.source or issue.bulletin.office
    return PageMeta(
        title=f"{item.title} - {issue}",
        canonical=_url(address),
        tags=_content_tags(issue, item.title, source, description, address),
        graph=(
            *_article_graph(address, item.title, description, issue, edition),
            *_filled(("article:section", item.section)),
        ),
        json_ld=_json_ld(_article(issue, edition, item)),
        feeds=_feeds([issue.bulletin]),
    )


def plain_meta(title: str) -> PageMeta:
    """Return what a page says that nobody needs to find: an error, a withdrawal."""
    return PageMeta(title=f"{title} - {site_name()}", tags=_filled(*_site_tags()))


def citation(issue: Issue, item: PublishedItem) -> str:
    """Return how the item is quoted (GB/T 7714-2015, an item of a serial)."""
    assert issue.date is not None  # noqa: S101 - held by a constraint of Issue
    author = item.source or issue.bulletin.office
    where = f"{issue.bulletin}，{issue.date.year}（{issue.label}）"
    link = _url(addresses.item(issue, item.number))
    parts = [author, item.title, f"{where}，{printed_date(issue.date)}", link]
    return "．".join(part for part in parts if part) + ("" if link else "．")


def issue_title(document: IssueDocument) -> str:
    """Return e.g. 许昌市“无废城市”建设试点工作简报 第56期."""
    return f"{document.bulletin.full_name} {printed_number(document)}".strip()


def titles(document: IssueDocument) -> list[str]:
    """Return the titles of articles and the leads of brief items, in printed order."""
    return [_title(entry) for _, entry in anchored_items(document)]


def _title(entry: Entry) -> str:
    return entry.plain_title if isinstance(entry, ArticleEntry) else entry.lead


def _shortened(text: str) -> str:
    plain = " ".join(strip_tags(text).split())
    if len(plain) <= _DESCRIPTION_LENGTH:
        return plain
    return f"{plain[: _DESCRIPTION_LENGTH - 1]}…"


# --- the tags of government sites -------------------------------------------------


def _site_tags() -> Pairs:
    return (
        ("SiteName", settings.SITE_NAME),
        ("SiteDomain", settings.SITE_DOMAIN),
        ("SiteIDCode", settings.SITE_ID_CODE),
    )


def _column_tags(column: _Column) -> Pairs:
    return (
        ("ColumnName", column.name),
        ("ColumnDescription", column.description),
        ("ColumnKeywords", column.keywords),
        ("ColumnType", column.kind),
    )


def _content_tags(
    issue: Issue,
    title: str,
    source: str,
    description: str,
    address: Address,
    author: str = "",
) -> Pairs:
    column = _Column(str(issue.bulletin), _COLUMN_TYPE)
    return _filled(
        *_site_tags(),
        *_column_tags(column),
        ("ArticleTitle", title),
        ("PubDate", _publication_time(issue)),
        ("ContentSource", source),
        ("Keywords", "，".join(filter(None, [str(issue.bulletin), source]))),
        ("Author", author),
        ("Description", description),
        ("Url", _url(address)),
    )


def _publication_time(issue: Issue) -> str:
    """Return the day of issue; the tag asks for a time, and an issue has none."""
    return f"{issue.date:%Y-%m-%d} 00:00"


def _local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _filled(*pairs: tuple[str, str]) -> Pairs:
    return tuple((name, value) for name, value in pairs if value)


# --- Open Graph -------------------------------------------------------------------


def _graph(address: Address, title: str, description: str, kind: str) -> Pairs:
    return _filled(
        ("og:type", kind),
        ("og:title", title),
        ("og:description", description),
        ("og:url", _url(address)),
        ("og:site_name", site_name()),
        ("og:locale", "zh_CN"),
    )


def _article_graph(
    address: Address, title: str, description: str, issue: Issue, edition: Edition
) -> Pairs:
    modified = _local(edition.frozen_at)
    return (
        *_graph(address, title, description, "article"),
        ("article:published_time", f"{issue.date:%Y-%m-%d}"),
        *_filled(("article:modified_time", modified if edition.ordinal > 1 else "")),
    )


# --- JSON-LD ----------------------------------------------------------------------


def _periodical(bulletin: Bulletin) -> dict[str, Any]:
    return _known(
        {
            "@type": "Periodical",
            "name": str(bulletin),
            "url": _url(addresses.bulletin(bulletin)),
            "publisher": _organization(bulletin.office),
        }
    )


def _publication_issue(
    issue: Issue,
    edition: Edition,
    document: IssueDocument,
    items: Sequence[PublishedItem],
) -> dict[str, Any]:
    return {
        **_issue_in_short(issue),
        "name": issue_title(document),
        "publisher": _organization(document.bulletin.office),
        "inLanguage": "zh-CN",
        "version": edition.ordinal,
        "correction": edition.note,
        "identifier": f"sha256:{edition.digest}",
        "hasPart": [_part(issue, item) for item in items]
        or [{"@type": "Article", "headline": title} for title in titles(document)],
    }


def _part(issue: Issue, item: PublishedItem) -> dict[str, Any]:
    url = _url(addresses.item(issue, item.number))
    return _known({"@type": "Article", "headline": item.title, "url": url})


def _article(issue: Issue, edition: Edition, item: PublishedItem) -> dict[str, Any]:
    office = _organization(issue.bulletin.office)
    is_corrected = edition.ordinal > 1
    return {
        "@type": "Article",
        "headline": item.title,
        "url": _url(addresses.item(issue, item.number)),
        "articleSection": item.section,
        "datePublished": f"{issue.date:%Y-%m-%d}",
        "dateModified": _local(edition.frozen_at) if is_corrected else "",
        "author": _organization(item.source) or office,
        "publisher": office,
        "inLanguage": "zh-CN",
        "isPartOf": _issue_in_short(issue),
    }


def _issue_in_short(issue: Issue) -> dict[str, Any]:
    return _known(
        {
            "@type": "PublicationIssue",
            "issueNumber": str(issue.number),
            "url": _url(addresses.issue(issue)),
            "datePublished": f"{issue.date:%Y-%m-%d}",
            "isPartOf": _periodical(issue.bulletin),
        }
    )


def _organization(name: str) -> dict[str, str] | None:
    return {"@type": "Organization", "name": name} if name else None


def _known(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if value not in ("", None, [])}


# A script element ends at the first "</", whatever its type: JSON may say it otherwise.
_ESCAPES = str.maketrans(
    {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)  # fmt: skip


def _json_ld(thing: dict[str, Any]) -> SafeString:
    data = {"@context": _SCHEMA, **_known(thing)}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return trusted(text.translate(_ESCAPES))


# --- feeds ------------------------------------------------------------------------


def _feeds(bulletins: Iterable[Bulletin]) -> Pairs:
    own = [(addresses.bulletin_atom(b).href, str(b)) for b in bulletins]
    return ((addresses.ATOM.href, f"{site_name()}全部简报"), *own)
