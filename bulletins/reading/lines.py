"""From a text to the lines that say something."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bulletins.reading.notes import Notes

_LINE_BREAKS = re.compile(r"\r\n|\r|\n")
# A form feed or Word's soft break ends a line too, without a new line number.
_SOFT_BREAKS = re.compile(r"[\x0b\x0c\x85\u2028\u2029]")
_PAGE_NUMBER = re.compile(
    r"[-—–－·]+\s*[0-9]{1,4}\s*[-—–－·]+|第\s*[0-9]{1,4}\s*页(?:\s*[，,]?\s*共\s*[0-9]{1,4}\s*页)?"
)
_DRAWN_RULE = re.compile(r"[-=_—－＿~～*─━]{3,}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something on it: its number in the source counts from 1.

    ``indent`` is the blank before it in half widths; ``after_blank`` tells whether an
    empty line stands above.
    """

    number: int
    text: str
    indent: int
    after_blank: bool


def split(text: str, notes: Notes) -> list[Line]:
    """Return the lines that are not empty; page numbers and drawn rules are noted."""
    return [line for line in _all_lines(text, notes) if _says_something(line, notes)]


def _all_lines(text: str, notes: Notes) -> Iterator[Line]:
    after_blank = True
    for number, raw in enumerate(_LINE_BREAKS.split(text), start=1):
        for piece in _SOFT_BREAKS.split(raw):
            visible = _without_controls(piece, number, notes)
            stripped = visible.strip()
            if stripped:
                lead = visible[: len(visible) - len(visible.lstrip())]
                # A tab is a wide gap, and no document holds one.
                text = stripped.replace("\t", "    ")
                yield Line(number, text, _width(lead), after_blank)
            after_blank = not stripped


def _without_controls(text: str, number: int, notes: Notes) -> str:
    dropped = [c for c in text if unicodedata.category(c) in {"Cc", "Cf"} and c != "\t"]
    if not dropped:
        return text
    names = "、".join(f"U+{ord(c):04X}" for c in dict.fromkeys(dropped))
    notes.warn("RD01", number, f"去掉了看不见的控制字符 {names}", "".join(dropped))
    return "".join(c for c in text if c not in dropped)


def _width(blank: str) -> int:
    return sum({"\u3000": 2, "\t": 4}.get(character, 1) for character in blank)


def _says_something(line: Line, notes: Notes) -> bool:
    if _PAGE_NUMBER.fullmatch(line.text):
        notes.info("RD02", line.number, f"略去了页码“{line.text}”", line.text)
        return False
    if _DRAWN_RULE.fullmatch(line.text):
        notes.info("RD02", line.number, "略去了用符号画的横线", line.text)
        return False
    return True


# Text of longer lines than this is not broken by hand within its paragraphs.
_WIDEST_WRAPPED = 60


def unwrapped(lines: list[Line], notes: Notes) -> list[Line]:
    """Return the lines of running text with paragraphs broken by hand put together.

    Such a text has many lines of one width; behind a full line, one that is neither
    indented nor set off goes on.
    """
    widest = max(map(_visible_width, lines), default=0.0)
    full = [_visible_width(line) >= widest - 2 for line in lines]
    if widest > _WIDEST_WRAPPED or sum(full) < 3:
        return lines
    made: list[Line] = []
    for at, line in enumerate(lines):
        goes_on = at > 0 and full[at - 1] and not line.indent and not line.after_blank
        if goes_on:
            made[-1] = replace(made[-1], text=joined(made[-1].text, line.text))
        else:
            made.append(line)
    if len(made) < len(lines):
        message = f"原文每行约{widest:.0f}字换行，已按缩进和空行连成段落"
        notes.info("IM02", lines[0].number, message)
    return made


def _visible_width(line: Line) -> float:
    """Return the width of a line in ideographs, its indent included."""
    narrow = sum(unicodedata.east_asian_width(c) in {"Na", "H", "N"} for c in line.text)
    return len(line.text) - narrow / 2 + line.indent / 2


def joined(before: str, after: str) -> str:
    """Return two parts of a sentence as one; Latin words keep a space between."""
    edges = (before[-1:], after[:1])
    is_latin = all(c.isascii() and c.isalnum() for c in edges)
    return f"{before} {after}" if is_latin else f"{before}{after}"
