"""What the index holds of a folded text: each character, and each pair of neighbours.

A term stands only in texts that have all its pairs; both databases find those by their
index. A token is spelled in letters alone, so that no database takes it apart: four
for a character, eight for a pair.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase

_BASE = len(ascii_lowercase)
_LENGTH = 4
_EVERY = _BASE**_LENGTH


@functools.lru_cache(maxsize=50_000)
def _spelled(character: str) -> str:
    # What lies beyond shares its letters with others: ``is_exact`` knows.
    value = ord(character) % _EVERY
    letters = []
    for _ in range(_LENGTH):
        value, rest = divmod(value, _BASE)
        letters.append(ascii_lowercase[rest])
    return "".join(letters)


def tokens_of(folded: str) -> str:
    """Return the tokens of a folded text, each once, divided by spaces."""
    found: dict[str, None] = {}
    for line in folded.split("\n"):
        spelled = [_spelled(character) for character in line]
        found |= dict.fromkeys(spelled)
        found |= dict.fromkeys(a + b for a, b in pairwise(spelled))
    return " ".join(found)


def tokens_in(term: str) -> list[str]:
    """Return the tokens every text has in which the folded term stands."""
    return list(dict.fromkeys(_within(term)))


def _within(term: str) -> Iterator[str]:
    if len(term) == 1:
        yield _spelled(term)
    for a, b in pairwise(term):
        yield _spelled(a) + _spelled(b)


def is_exact(term: str) -> bool:
    """Return whether a text with the term's tokens has the term itself for certain."""
    return len(term) <= 2 and all(ord(character) < _EVERY for character in term)
