"""Tables as print wants them: whole on the page, their columns as wide as they need.

Column widths are judged here from the text of the cells: WeasyPrint's own judgement
takes minutes over a long cell, and without one all columns are equally wide. It works
on tables as ``markup.clean`` leaves them, whose tags have one spelling.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bulletins.rendering.profile import TEXT_WIDTH_PT

_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[dh]([^>]*)>(.*?)</t[dh]>", re.DOTALL)
_SPAN = re.compile(r'(col|row)span="(\d+)"')
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[!-~]+")
_HEADLESS = re.compile(
    r"<tbody>(<tr>(?:<th[^>]*>(?:(?!</?t[dhr][ >]).)*</th>)+</tr>)(?=<tr>)", re.DOTALL
)
_COLUMNS_GO_HERE = re.compile(r"<table>(?:<caption>.*?</caption>)?", re.DOTALL)
_FIGURE = re.compile(r"<td>(?=[-+±]?[\d.,]+[%％‰]?</td>)")

# A column is not made narrower than this while there is room, in em.
_NARROW = 4.0
# A table of no more rows than this is not divided between two pages.
_KEPT_WHOLE = 6


@dataclass(frozen=True, slots=True)
class _Print:
    """From how many columns on, in which type, and what a cell's sides take, in points."""

    columns: int
    name: str
    size: float
    sides: float


# The style sheet has the same sizes.
_PRINTS = (
    _Print(17, "smallest", 7.5, 2.8),
    _Print(11, "smaller", 9, 4),
    _Print(7, "small", 10.5, 6.2),
    _Print(0, "", 12, 9),
)


@dataclass(frozen=True, slots=True)
class _Column:
    """The width of a column's longest cell and of its longest word, in em."""

    longest: float = 0.0
    word: float = 0.0


def fitted(table: str) -> str:
    """Return the table in a box of its own, in a type and widths that fit the page."""
    # A first row of nothing but headings is a header, whether it says so or not.
    if "<thead>" not in table:
        table = _HEADLESS.sub(r"<thead>\1</thead><tbody>", table, count=1)
    columns = _columns(table)
    small = next(p for p in _PRINTS if len(columns) >= p.columns)
    shares = "".join(
        f'<col style="width:{share:.2f}%">' for share in _shares(columns, small)
    )
    table = _COLUMNS_GO_HERE.sub(
        lambda start: f"{start[0]}<colgroup>{shares}</colgroup>", table, count=1
    )
    table = _FIGURE.sub('<td class="figure">', table)
    whole = "whole" if table.count("<tr>") <= _KEPT_WHOLE else ""
    classes = " ".join(filter(None, ("table-box", small.name, whole)))
    return f'<div class="{classes}">{table}</div>'


def _shares(columns: list[_Column], small: _Print) -> list[float]:
    """Return the width of each column in hundredths of the page's."""
    if not columns:
        return []
    room = TEXT_WIDTH_PT / small.size
    sides = small.sides / small.size
    wanted = [column.longest + sides for column in columns]
    if sum(wanted) > room:
        least = [max(min(c.longest, _NARROW), c.word) + sides for c in columns]
        over = [max(want - need, 0.0) for want, need in zip(wanted, least, strict=True)]
        left = max(room - sum(least), 0.0) / (sum(over) or 1.0)
        wanted = [need + left * more for need, more in zip(least, over, strict=True)]
    return [100 * want / sum(wanted) for want in wanted]


def _columns(table: str) -> list[_Column]:
    found: list[_Column] = []
    for at, is_alone, text in _cells(table):
        found += [_Column()] * (at + 1 - len(found))
        if is_alone:
            words = (word[0] for word in _WORD.finditer(text))
            # What has no space to break at may break anywhere once it is too long.
            word = min(max(map(_width, words), default=0.0), 3 * _NARROW)
            found[at] = _Column(
                max(found[at].longest, min(_width(text), 40.0)),
                max(found[at].word, word),
            )
    return found


def _cells(table: str) -> Iterator[tuple[int, bool, str]]:
    """Yield the last column of each cell, whether it has but one, and its text."""
    rows_left: dict[int, int] = {}
    for row in _ROW.finditer(table):
        held = {at for at, rows in rows_left.items() if rows > 0}
        rows_left = {at: rows - 1 for at, rows in rows_left.items() if rows > 1}
        at = 0
        for cell in _CELL.finditer(row[1]):
            while at in held:
                at += 1
            spans = {kind: int(count) for kind, count in _SPAN.findall(cell[1])}
            width = min(spans.get("col", 1), 1000)
            for column in range(at, at + width):
                if spans.get("row", 1) > 1:
                    rows_left[column] = spans["row"] - 1
            at += width
            yield at - 1, width == 1, html.unescape(_TAG.sub("", cell[2]))


def _width(text: str) -> float:
    narrow = sum(unicodedata.east_asian_width(c) in {"Na", "H", "N"} for c in text)
    return len(text) - 0.45 * narrow
