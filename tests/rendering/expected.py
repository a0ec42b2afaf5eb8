"""What an issue must say in print, in reading order, independent of the templates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bulletins import markup
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    SectionEntry,
    contents,
    printed_date,
    printed_number,
)
from tests.rendering.cases import Printed
from tests.rendering.measuring import Line, Page


def solid(text: str) -> str:
    """Return the text without its spaces, as glyphs have none."""
    return re.sub(r"\s", "", text)


def blocks(document: IssueDocument) -> list[str]:
    """Return every block of text the issue must print, without spaces."""
    return [solid(block) for block in _blocks(document) if solid(block)]


def _blocks(document: IssueDocument) -> Iterator[str]:
    masthead, marks = document.bulletin, document.marks
    yield marks.copy_number or ""
    yield marks.secrecy or ""
    yield marks.urgency or ""
    yield masthead.programme
    yield masthead.name
    yield f"（{printed_number(document)}）"
    yield masthead.office
    yield printed_date(document.date) if document.date else ""
    yield "本期要目"
    yield from (line.text for line in contents(document))
    if document.editors_note:
        yield from f"编者按：{document.editors_note}".split("\n")
    for section in document.sections:
        yield from _section(section)
    yield from _imprint(document)


def _section(section: SectionEntry) -> Iterator[str]:
    yield section.title
    for item in section.items:
        match item:
            case ArticleEntry():
                yield item.title
                yield from markup.paragraphs(item.body)
                yield f"（{item.source}供稿）" if item.source else ""
            case BriefEntry():
                source = f"（{item.source}供稿）" if item.source else ""
                yield f"★{item.printed}{source}"


def _imprint(document: IssueDocument) -> Iterator[str]:
    for label, names in document.recipients.tiers():
        if names:
            yield f"{label}：{'、'.join(names)}。"
    yield f"签发：{document.signatory}" if document.signatory else ""
    yield f"责任编辑：{document.editor}" if document.editor else ""
    if document.copies:
        yield document.bulletin.office
        yield f"共印{document.copies}份"


def continued(issue: Printed) -> list[tuple[Page, Line]]:
    """Return the lines that go on in the next one, being of one block with it."""
    return [(page, line) for page, line, goes_on in body(issue) if goes_on]


def body(issue: Printed) -> list[tuple[Page, Line, bool]]:
    """Return every row of running text, and whether its block goes on in the next."""
    rows = [(page, line) for page in issue.pages for line in page.body_lines()]
    # The lines of a title end where they should look best, not at the edge.
    titles = {solid(article.title) for article in issue.document.articles()}
    wanted = set(blocks(issue.document)) - titles
    found: list[tuple[Page, Line, bool]] = []
    while len(found) < len(rows):
        rest = rows[len(found) :]
        length = _block_length([line for _, line in rest[:200]], wanted)
        found += [(p, x, n < length) for n, (p, x) in enumerate(rest[:length], start=1)]
    return found


def _block_length(lines: list[Line], wanted: set[str]) -> int:
    """Return how many lines from the first on make one block; one if none do."""
    text, longest = "", 1
    for count, line in enumerate(lines, start=1):
        text += solid(line.text)
        if text in wanted:
            longest = count
        if not any(block.startswith(text) for block in wanted):
            break
    return longest
