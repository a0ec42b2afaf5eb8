"""What the shell of a public page asks for, on pages of files and of requests alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import template

from bulletins.archive import addresses, metadata
from bulletins.archive.listings import Listing
from bulletins.archive.metadata import PageMeta
from bulletins.document import (
    BriefEntry,
    ContentsLine,
    IssueDocument,
    contents,
    printed_source,
)
from bulletins.models import Bulletin, Edition, Issue, PublishedItem

register = template.Library()

_HEAD = "bulletins/head.html"
_ADDRESSES: dict[str, Callable[..., addresses.Address]] = {
    "bulletin": addresses.bulletin,
    "bulletin_atom": addresses.bulletin_atom,
    "edition": addresses.edition,
    "edition_pdf": addresses.edition_pdf,
    "issue": addresses.issue,
    "issue_pdf": addresses.issue_pdf,
    "item": addresses.item,
    "section": addresses.section,
    "unit": addresses.unit,
    "year": addresses.year,
}
_UNITS = ((1024 * 1024, "MB"), (1024, "KB"))

Head = dict[str, PageMeta]


@register.simple_tag
def site_name() -> str:
    """Return what the site is called."""
    return metadata.site_name()


@register.simple_tag
def href(kind: str, *of: Any) -> str:
    """Return the address of a page: ``{% href "item" issue item.number %}``."""
    return _ADDRESSES[kind](*of).href


@register.simple_tag
def masthead_sheet(bulletin: Bulletin) -> str:
    """Return the address of the style sheet that names the face of a masthead."""
    return addresses.masthead_css(bulletin).href


@register.simple_tag
def contents_of(document: IssueDocument) -> tuple[ContentsLine, ...]:
    """Return 本期要目 of a document."""
    return contents(document)


@register.simple_tag
def citation(issue: Issue, item: PublishedItem) -> str:
    """Return how an item is quoted."""
    return metadata.citation(issue, item)


@register.filter
def printed_lead(brief: BriefEntry) -> str:
    """Return the first sentence of a brief item with its stop, as it is printed."""
    return brief.printed.removesuffix(brief.text) if brief.text else brief.printed


register.filter("printed_source", printed_source)


@register.filter
def file_size(size: int) -> str:
    """Return e.g. 320 KB or 1.4 MB: what a reader weighs before a download."""
    for unit, name in _UNITS:
        if size >= unit:
            amount = size / unit
            shown = f"{amount:.0f}" if amount >= 10 else f"{amount:.1f}"
            return f"{shown.removesuffix('.0')} {name}"
    return "1 KB"


# --- what a page says of itself ---------------------------------------------------


@register.inclusion_tag(_HEAD)
def head_of_home(bulletins: Iterable[Bulletin]) -> Head:
    """Write the head of the first page."""
    return {"meta": metadata.home_meta(bulletins)}


@register.inclusion_tag(_HEAD)
def head_of_bulletin(bulletin: Bulletin) -> Head:
    """Write the head of a bulletin's page."""
    return {"meta": metadata.bulletin_meta(bulletin)}


@register.inclusion_tag(_HEAD)
def head_of_year(bulletin: Bulletin, year: int) -> Head:
    """Write the head of the page of a bulletin's year."""
    return {"meta": metadata.year_meta(bulletin, year)}


@register.inclusion_tag(_HEAD)
def head_of_issue(
    issue: Issue,
    edition: Edition,
    document: IssueDocument,
    items: Sequence[PublishedItem],
) -> Head:
    """Write the head of the page of an issue or of one of its editions."""
    return {"meta": metadata.issue_meta(issue, edition, document, items)}


@register.inclusion_tag(_HEAD)
def head_of_item(issue: Issue, edition: Edition, item: PublishedItem) -> Head:
    """Write the head of the page of an article or a brief item."""
    return {"meta": metadata.item_meta(issue, edition, item)}


@register.inclusion_tag(_HEAD)
def head_of_names(listing: Listing) -> Head:
    """Write the head of the page that names every 栏目, or every 单位."""
    description = f"按{listing.word}查看全部简报文章。"
    return {"meta": metadata.list_meta(listing.index(), listing.word, description)}


@register.inclusion_tag(_HEAD)
def head_of_name(listing: Listing, name: str) -> Head:
    """Write the head of the page of a 栏目 or a 单位."""
    description = f"{listing.word}“{name}”的全部文章和简讯。"
    return {"meta": metadata.list_meta(listing.head(name), name, description)}


@register.inclusion_tag(_HEAD)
def head_of_name_in_year(listing: Listing, name: str, year: int, page: int) -> Head:
    """Write the head of a hundred pieces of a year of a 栏目 or a 单位."""
    address = listing.page(name, year, page)
    title = f"{name}{year}年" + (f"第{page}页" if page > 1 else "")
    description = f"{listing.word}“{name}”{year}年的文章和简讯。"
    return {"meta": metadata.list_meta(address, title, description)}


@register.inclusion_tag(_HEAD)
def head_of_about() -> Head:
    """Write the head of the page about the site."""
    description = f"{metadata.site_name()}的内容、引用、订阅、开放数据和无障碍说明。"
    return {"meta": metadata.list_meta(addresses.ABOUT, "关于", description)}
