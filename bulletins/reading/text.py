"""From the text of a bulletin to its document.

The text is read from the top: 报头, 本期要目, body, 版记. Whatever had to be guessed is
a finding with its line; what cannot be understood is an error naming the line; every
character of the source is in the document or in a finding (docs/reading.md).
"""

from __future__ import annotations

import itertools

from bulletins.bounds import IssueKind
from bulletins.document import DocumentError, IssueDocument, printed_number
from bulletins.reading.body import BodyReader
from bulletins.reading.contents import (
    ContentsList,
    Match,
    heading_index,
    match_titles,
    read_contents,
)
from bulletins.reading.errors import ReadError, Reading
from bulletins.reading.head import Head, masthead_of, note_number_form, read_head
from bulletins.reading.imprint import Imprint, read_imprint, start_of_imprint
from bulletins.reading.lines import Line, split, unwrapped
from bulletins.reading.notes import Notes


def read_text(text: str) -> Reading:
    """Return the document of a bulletin's text; raises ReadError naming the line."""
    notes = Notes()
    lines = split(text, notes)
    if not lines:
        raise ReadError("文件是空的")
    heading = heading_index(lines)
    head, start = read_head(lines, heading, notes)
    contents = None
    if heading is not None:
        contents = read_contents(lines, heading, notes)
        start = contents.end
    end = start_of_imprint(lines, start)
    body = unwrapped(lines[start:end], notes)
    matches = _matches(contents, body, notes)
    reader = BodyReader(body, matches, contents is not None, notes)
    reader.read(head.note_lines)
    imprint = read_imprint(lines[end:], head, notes)
    try:
        document = _document(head, reader, imprint, notes)
    except DocumentError as error:
        raise ReadError(str(error)) from None
    if not document.sections:
        raise ReadError("期号之后没有正文", lines[start - 1].number)
    return Reading(document, notes.in_order())


def _matches(
    contents: ContentsList | None, body: list[Line], notes: Notes
) -> list[Match]:
    """Return the titles of the contents entries; each entry must have one."""
    if contents is None:
        return []
    matches, missing = match_titles(contents.entries, body)
    if missing:
        raise ReadError(
            f"要目中的“{missing[0].text}”在正文中没有找到对应的标题",
            missing[0].line.number,
        )
    _note_order(matches, notes)
    return matches


def _note_order(matches: list[Match], notes: Notes) -> None:
    listed = [match.entry.line.number for match in matches]
    if listed != sorted(listed):
        wrong = next(
            after for before, after in itertools.pairwise(listed) if after < before
        )
        notes.warn("ST02", wrong, "要目与正文的顺序不同，以正文为准")


def _document(
    head: Head, reader: BodyReader, imprint: Imprint, notes: Notes
) -> IssueDocument:
    number = head.number
    assert number is not None  # noqa: S101 - read_head found it or refused
    document = IssueDocument(
        bulletin=masthead_of(head, notes),
        kind=IssueKind.SUPPLEMENT if number.is_supplement else IssueKind.REGULAR,
        number=number.number,
        total_number=number.total,
        date=head.date,
        marks=head.marks,
        editors_note=reader.editors_note,
        sections=reader.sections(),
        recipients=imprint.recipients,
        copies=imprint.copies,
        signatory=head.signatory,
        editor=head.editor,
    )
    note_number_form(number, head.number_line, printed_number(document), notes)
    return document
