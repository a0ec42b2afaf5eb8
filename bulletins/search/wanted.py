"""What somebody looks for: the words as typed, taken apart, and what narrows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bulletins.bounds import FIRST_YEAR, LAST_YEAR, MAX_LINE, MAX_TITLE
from bulletins.search.folding import fold

MAX_WORDS = MAX_TITLE
MAX_TERMS = 16

# Between them spaces belong to a term; in the midst of a term they do not divide it.
_QUOTES = frozenset('"“”＂')
_YEAR = re.compile(r"[0-9]{4}")
_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


class SearchRefused(Exception):
    """This cannot be looked for; the message is fit to show to a reader."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to find: ``words`` as typed, in published items narrowed by the rest."""

    words: str = ""
    bulletin: str = ""
    year: int | None = None
    section: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse what is too much to look for."""
        if len(self.words) > MAX_WORDS:
            raise SearchRefused(
                f"要查的词太长（{len(self.words)}字），最多{MAX_WORDS}字，请缩短后再查"
            )
        if len(self.terms) > MAX_TERMS:
            raise SearchRefused(
                f"要查的词太多（{len(self.terms)}个），最多{MAX_TERMS}个，请减少后再查"
            )

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the folded terms, each once: all of them have to be found."""
        return tuple(dict.fromkeys(filter(None, map(fold, split(self.words)))))

    @property
    def is_narrowed(self) -> bool:
        """Return whether only some of the published items are looked at."""
        return bool(self.bulletin or self.year or self.section or self.unit)


def wanted_from(
    *,
    words: str = "",
    bulletin: str = "",
    year: str = "",
    section: str = "",
    unit: str = "",
) -> Wanted:
    """Return what the parts of an address ask for; raises SearchRefused."""
    if year and not (_YEAR.fullmatch(year) and FIRST_YEAR <= int(year) <= LAST_YEAR):
        raise SearchRefused(f"年份应是{FIRST_YEAR}至{LAST_YEAR}之间的四位数字")
    if bulletin and not _SLUG.fullmatch(bulletin):
        raise SearchRefused("没有这份简报")
    if len(section) > MAX_LINE or len(unit) > MAX_LINE:
        raise SearchRefused("栏目和单位的名称没有这么长")
    return Wanted(words, bulletin, int(year) if year else None, section, unit)


def page_from(number: str) -> int:
    """Return the number of a page of results; raises SearchRefused."""
    if number and not _PAGE.fullmatch(number):
        raise SearchRefused("页码应是从1开始的数字")
    return int(number or 1)


def split(words: str) -> Iterator[str]:
    """Yield the terms as typed: divided by spaces, but not between quotation marks."""
    marks = [place for place, c in enumerate(words) if c in _QUOTES]
    # A mark without its fellow is only a slip.
    lone = marks[-1] if len(marks) % 2 else None
    is_quoted = False
    term = ""
    for place, character in enumerate(words):
        if character in _QUOTES:
            is_quoted = is_quoted != (place != lone)
        elif character.isspace() and not is_quoted:
            yield term
            term = ""
        else:
            # A term stands within a line.
            term += " " if character.isspace() else character
    yield term
