"""The sizes of the first page's head, fitted to the length of its words.

Millimetres unless said otherwise; points for type sizes. 报头 is house practice
(docs/layout.md); only the red rule, 4 mm below and 156 mm wide, is the standard's
(GB/T 9704-2012, 7.2.7).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bulletins.document import IssueDocument, printed_date, printed_number
from bulletins.rendering import fonts
from bulletins.rendering.profile import TEXT_WIDTH_PT, LayoutProfile

MM_PER_PT = 25.4 / 72
RULE_BELOW_ROW = 4.0
RULE_HEIGHT = 0.7
# From the edge of the 版心 to the ink of the masthead: of a name alone, and of a
# programme line with the name below it.
NAME_BELOW_EDGE, PROGRAMME_BELOW_EDGE = 20.0, 15.0
# Room between the marks (份号, 密级, 紧急程度) and the masthead.
MARKS_ABOVE_INK = 6.0
# A masthead line's height in em, and from its top to its ink: half the leading, and
# the 0.04 em by which ideographs are lower than their cell.
LINE, INK = 1.35, 0.215


@dataclass(frozen=True, slots=True)
class Head:
    """The measures of one masthead."""

    top: float
    programme_size: float
    programme_lines: list[str]
    name_size: float
    name_tracking: float
    row_size: float
    row_is_split: bool
    rule_gap: float
    height: float

    @property
    def programme_row(self) -> float:
        """Return the line height of the programme line, in millimetres."""
        return self.programme_size * LINE * MM_PER_PT

    @property
    def name_row(self) -> float:
        """Return the line height of the name, in millimetres."""
        return self.name_size * LINE * MM_PER_PT


def measure_head(document: IssueDocument, profile: LayoutProfile) -> Head:
    """Return the measures with which the masthead of this document fits."""
    masthead = document.bulletin
    size, lines = _fit_programme(masthead.programme)
    name_size, tracking = _fit_name(masthead.name)
    date = printed_date(document.date) if document.date else ""
    row_size, is_split = _fit_row(masthead.office, date)
    # Everything is counted from the first row's line box.
    below_edge = PROGRAMME_BELOW_EDGE if lines else NAME_BELOW_EDGE
    below_marks = _mark_rows(document) * profile.row + MARKS_ABOVE_INK
    ink = (size if lines else name_size) * INK * MM_PER_PT
    top = max(below_edge + profile.outset, below_marks) - ink
    rows = 1 + bool(printed_number(document)) + 1 + is_split
    programme_row = size * LINE * MM_PER_PT * len(lines)
    name_row = name_size * LINE * MM_PER_PT
    # The rule is 4 mm below the row's characters, which stand in mid-row.
    half_leading = (profile.row - row_size * MM_PER_PT) / 2
    rule_gap = RULE_BELOW_ROW - half_leading
    used = top + programme_row + name_row + rows * profile.row + rule_gap + RULE_HEIGHT
    # The text below stands on the grid again, with some air after the rule.
    height = math.ceil(used / profile.row + 0.45) * profile.row
    return Head(
        top=top,
        programme_size=size,
        programme_lines=lines,
        name_size=name_size,
        name_tracking=tracking,
        row_size=row_size,
        row_is_split=is_split,
        rule_gap=rule_gap,
        height=height,
    )


def _mark_rows(document: IssueDocument) -> int:
    marks = document.marks
    return sum(
        mark is not None for mark in (marks.copy_number, marks.secrecy, marks.urgency)
    )


def _title_width(text: str) -> float:
    return fonts.text_width(text, "title")


def _fit_programme(text: str) -> tuple[float, list[str]]:
    """Return size and lines: 30 down to 22 points on one line, else two lines."""
    if not text:
        return 26.0, []
    size = min(30.0, math.floor(TEXT_WIDTH_PT / max(_title_width(text), 1)))
    if size >= 22:
        return size, [text]
    half = _middle(text)
    longest = max(_title_width(text[:half]), _title_width(text[half:]))
    return min(24.0, math.floor(TEXT_WIDTH_PT / longest)), [text[:half], text[half:]]


def _middle(text: str) -> int:
    """Return where a long line breaks: near the middle, not inside a pair of quotes."""
    outside = [
        at
        for at in range(1, len(text))
        if text[:at].count("“") == text[:at].count("”")
        and text[at] not in "，。、”）》"
    ]
    return min(outside or [len(text) // 2], key=lambda at: abs(at - len(text) / 2))


def _fit_name(text: str) -> tuple[float, float]:
    """Return size in points and tracking in em: 42, or 36 past nine characters."""
    count = max(_title_width(text), 1)
    size = 42.0 if count <= 9 else 36.0
    for tracking in (0.3, 0.2, 0.1, 0.0):
        if (count + len(text) * tracking) * size <= TEXT_WIDTH_PT:
            return size, tracking
    return math.floor(TEXT_WIDTH_PT / count), 0.0


def _fit_row(office: str, date: str) -> tuple[float, bool]:
    """Return the size of the office and date row, and whether it takes two rows."""
    office_width = fonts.text_width(office, "fangsong")
    both = office_width + fonts.text_width(date, "fangsong")
    for size in (16.0, 15.0, 14.0):
        # One character of air at either side, and at least one between the two.
        if (both + 3) * size <= TEXT_WIDTH_PT:
            return size, False
    fits = [s for s in (16.0, 15.0, 14.0) if (office_width + 2) * s <= TEXT_WIDTH_PT]
    size = fits[0] if fits else math.floor(TEXT_WIDTH_PT / (office_width + 2))
    return size, bool(date)
