"""From a text to the lines that say something."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

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
                yield Line(number, stripped, _width(lead), after_blank)
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
