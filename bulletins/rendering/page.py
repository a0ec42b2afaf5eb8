"""The body both outputs share: one template, one context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bulletins.bounds import SectionKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    SectionEntry,
    article_anchor,
    contents,
    printed_date,
    printed_names,
    printed_number,
    printed_source,
    section_anchor,
)
from bulletins.rendering.profile import DEFAULT_PROFILE, TEXT_WIDTH_PT, LayoutProfile
from bulletins.rendering.titles import MAX_PER_LINE, display_lines, width
from bulletins.rendering.trust import trusted_body

# Characters of 四号 (14 points) in a line of the 版记, one left free at either side.
_IMPRINT_WIDTH = TEXT_WIDTH_PT / 14 - 2


@dataclass(frozen=True, slots=True)
class PrintedArticle:
    """An article as the template sets it."""

    anchor: str
    label: str
    lines: list[str]
    source: str
    body: SafeString


@dataclass(frozen=True, slots=True)
class PrintedBrief:
    """A brief item as the template sets it: ★lead。text."""

    lead: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Tier:
    """One of the 报 / 送 / 发 lists as printed."""

    label: str
    names: str


@dataclass(frozen=True, slots=True)
class Imprint:
    """The 版记: its lists, who signed and edited, and its last line."""

    tiers: list[Tier]
    staff: list[str]
    last: list[list[str]]

    @property
    def is_divided(self) -> bool:
        """Tell whether a rule stands between the last line and what is above it."""
        return bool(self.last and (self.tiers or self.staff))


@dataclass(frozen=True, slots=True)
class ForPrint:
    """What the template sets in another way on paper than on screen."""

    programme: list[str]
    title_width: float = MAX_PER_LINE
    contents_numbers: bool = False


def body_html(
    document: IssueDocument,
    profile: LayoutProfile = DEFAULT_PROFILE,
    *,
    on_paper: ForPrint | None = None,
) -> str:
    """Return the official page's inner HTML, for the screen or for print."""
    width = on_paper.title_width if on_paper else MAX_PER_LINE
    context = {
        **body_context(document, profile, width),
        "for_print": on_paper is not None,
        "programme": on_paper.programme if on_paper else [document.bulletin.programme],
        "contents_numbers": on_paper is not None and on_paper.contents_numbers,
    }
    return render_to_string("bulletins/official/body.html", context)


def body_context(
    document: IssueDocument, profile: LayoutProfile, title_width: float
) -> dict[str, Any]:
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
        "sections": [
            _section(i, s, title_width) for i, s in enumerate(document.sections)
        ],
        "imprint": imprint(document, profile),
    }


def _section(index: int, section: SectionEntry, width: float) -> dict[str, Any]:
    return {
        "title": section.title,
        "anchor": section_anchor(index),
        "is_briefs": section.kind is SectionKind.BRIEFS,
        "items": list(_items(index, section, width)),
    }


def _items(
    index: int, section: SectionEntry, width: float
) -> Iterator[PrintedArticle | PrintedBrief]:
    for position, item in enumerate(section.items):
        if isinstance(item, ArticleEntry):
            yield _article(article_anchor(index, position), item, width)
        else:
            yield _brief(item)


def _article(anchor: str, article: ArticleEntry, width: float) -> PrintedArticle:
    return PrintedArticle(
        anchor=anchor,
        label=article.contents_title,
        lines=display_lines(article.title, width),
        source=printed_source(article.source),
        body=trusted_body(article.body),
    )


def _brief(brief: BriefEntry) -> PrintedBrief:
    lead = brief.printed.removesuffix(brief.text) if brief.text else brief.printed
    return PrintedBrief(lead=lead, text=brief.text, source=printed_source(brief.source))


def imprint(document: IssueDocument, profile: LayoutProfile) -> Imprint | None:
    """Return the 版记, or None where there is nothing to say in it."""
    tiers = [
        Tier(label, printed_names(names) + "。")
        for label, names in document.recipients.tiers()
        if names
    ]
    named = (("签发", document.signatory), ("责任编辑", document.editor))
    staff = [f"{role}：{name}" for role, name in named if name]
    last = _last_lines(document, profile)
    return Imprint(tiers, staff, last) if tiers or staff or last else None


def _last_lines(document: IssueDocument, profile: LayoutProfile) -> list[list[str]]:
    """Return what stands left and right in the last lines: 印发机关, date, copies."""
    office = document.bulletin.office
    copies = f"共印{document.copies}份" if document.copies else ""
    if not profile.imprint_issuer:
        return _beside(office, copies) if copies else []
    date = f"{printed_date(document.date)}印发" if document.date else ""
    issued = _beside(office, date) if office or date else []
    return [*issued, ["", copies]] if copies else issued


def _beside(left: str, right: str) -> list[list[str]]:
    """Return two texts as one line, or as two where one cannot hold both."""
    if width(left) + width(right) + 1 <= _IMPRINT_WIDTH or not (left and right):
        return [[left, right]]
    return [[left, ""], ["", right]]
