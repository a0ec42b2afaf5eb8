"""The body both outputs share: one template, one context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    SectionEntry,
    SectionKind,
    article_anchor,
    contents,
    printed_date,
    printed_number,
    printed_source,
    section_anchor,
)
from bulletins.rendering.titles import display_lines
from bulletins.rendering.trust import trusted_body


@dataclass(frozen=True, slots=True)
class PrintedArticle:
    """An article as the template sets it."""

    anchor: str
    lines: list[str]
    source: str
    body: SafeString


@dataclass(frozen=True, slots=True)
class PrintedBrief:
    """A brief item as the template sets it: ★lead。text."""

    lead: str
    text: str
    source: str


def body_html(document: IssueDocument, *, programme: list[str] | None = None) -> str:
    """Return the official page's inner HTML; for print, with the lines of its head."""
    context = {
        **body_context(document),
        "for_print": programme is not None,
        "programme": programme or [document.bulletin.programme],
    }
    return render_to_string("bulletins/official/body.html", context)


def body_context(document: IssueDocument) -> dict[str, Any]:
    """Return what the body template needs."""
    marks = document.marks
    number = printed_number(document)
    return {
        "document": document,
        "masthead": document.bulletin,
        "marks": [m for m in (marks.copy_number, marks.secrecy, marks.urgency) if m],
        "number": number,
        "date": printed_date(document.date) if document.date else "",
        "contents": contents(document),
        "note": document.editors_note.split("\n") if document.editors_note else [],
        "sections": [_section(i, s) for i, s in enumerate(document.sections)],
        "imprint": imprint(document),
    }


def _section(index: int, section: SectionEntry) -> dict[str, Any]:
    return {
        "title": section.title,
        "anchor": section_anchor(index),
        "is_briefs": section.kind is SectionKind.BRIEFS,
        "items": list(_items(index, section)),
    }


def _items(
    index: int, section: SectionEntry
) -> Iterator[PrintedArticle | PrintedBrief]:
    for position, item in enumerate(section.items):
        if isinstance(item, ArticleEntry):
            yield _article(article_anchor(index, position), item)
        else:
            yield _brief(item)


def _article(anchor: str, article: ArticleEntry) -> PrintedArticle:
    return PrintedArticle(
        anchor=anchor,
        lines=display_lines(article.title),
        source=printed_source(article.source),
        body=trusted_body(article.body),
    )


def _brief(brief: BriefEntry) -> PrintedBrief:
    lead = brief.printed.removesuffix(brief.text) if brief.text else brief.printed
    return PrintedBrief(lead=lead, text=brief.text, source=printed_source(brief.source))


def imprint(document: IssueDocument) -> dict[str, Any]:
    """Return the 版记: a line for each tier there is, and the last line."""
    tiers = [
        {"label": label, "names": "、".join(names) + "。"}
        for label, names in document.recipients.tiers()
        if names
    ]
    last = []
    if document.copies:
        last = [document.bulletin.office, f"共印{document.copies}份"]
    return {"tiers": tiers, "last": last}
