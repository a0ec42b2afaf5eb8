"""What of an issue is found one by one: its items, and the numbers they keep.

Pure: from the documents of an issue's editions, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bulletins import markup
from bulletins.bounds import MAX_TITLE, SectionKind
from bulletins.differences.aligning import Member, belonging
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    Entry,
    IssueDocument,
    anchored_items,
)

# What an item without a printed section is listed under, where nothing else is known.
UNPRINTED = {SectionKind.ARTICLES: "文章", SectionKind.BRIEFS: "简讯"}


@dataclass(frozen=True, slots=True)
class ItemText:
    """An article or a brief item as the archive shows it: plain text, and its places."""

    number: int
    ordinal: int
    is_brief: bool
    anchor: str
    section: str
    source: str
    title: str
    lead: str
    text: str


def texts_of(
    documents: Sequence[IssueDocument],
    unprinted: Mapping[SectionKind, str] = UNPRINTED,
) -> list[ItemText]:
    """Return the items of the last of an issue's editions, in printed order.

    ``documents`` are those of all its editions, the first one first: an item keeps the
    number it had. ``unprinted`` names the sections that have no heading.
    """
    document = documents[-1]
    numbers = numbers_of(documents)
    sections = [
        section.title or unprinted[section.kind]
        for section in document.sections
        for _ in section.items
    ]
    rows = zip(numbers, anchored_items(document), sections, strict=True)
    return [
        _text(number, ordinal, anchor, section, entry)
        for ordinal, (number, (anchor, entry), section) in enumerate(rows, start=1)
    ]


def _text(
    number: int, ordinal: int, anchor: str, section: str, entry: Entry
) -> ItemText:
    title, lead, text = (
        _brief(entry) if isinstance(entry, BriefEntry) else _article(entry)
    )
    return ItemText(
        number=number,
        ordinal=ordinal,
        is_brief=isinstance(entry, BriefEntry),
        anchor=anchor,
        section=section,
        source=entry.source,
        title=title or text[:MAX_TITLE].partition("\n")[0],
        lead=lead,
        text=text,
    )


def _brief(entry: BriefEntry) -> tuple[str, str, str]:
    return entry.lead, entry.lead, entry.printed


def _article(entry: ArticleEntry) -> tuple[str, str, str]:
    # A line break within a paragraph is one of print only; a line here is a paragraph.
    blocks = [
        (tag, " ".join(text.split("\n"))) for tag, text in markup.blocks(entry.body)
    ]
    running = (text for tag, text in blocks if tag == "p")
    lead = next(running, blocks[0][1] if blocks else "")
    return entry.plain_title, lead, "\n".join(text for _, text in blocks)


# --- numbers ----------------------------------------------------------------------


def numbers_of(documents: Sequence[IssueDocument]) -> list[int]:
    """Return the address number of each item of the last edition, in printed order.

    The first edition counts from 1. Later ones leave each item its number, however it
    was moved or edited; a new item gets the next that never was anybody's.
    """
    before: list[Member] = []
    numbers: list[int] = []
    highest = 0
    for document in documents:
        after = list(_members(document))
        kept = {j: numbers[i] for i, j in belonging(before, after)}
        fresh = iter(range(highest + 1, highest + 1 + len(after)))
        numbers = [kept[j] if j in kept else next(fresh) for j in range(len(after))]
        highest = max([highest, *numbers])
        before = after
    return numbers


def _members(document: IssueDocument) -> Iterator[Member]:
    for _, entry in anchored_items(document):
        if isinstance(entry, BriefEntry):
            yield Member(key=entry, text=entry.text, title=entry.lead, kind="brief")
        else:
            text = "\n".join(markup.paragraphs(entry.body))
            yield Member(key=entry, text=text, title=entry.plain_title, kind="article")
