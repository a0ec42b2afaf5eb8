"""How texts are made comparable: width, case, quotation marks and spaces do not count.

A line of text stays a line: what is looked for stands within one. Every character is
folded by itself, so that any piece of a text, folded, is a piece of the folded text.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# “无废城市”建设 is found by whoever types it without the marks.
_QUOTES = frozenset("\"'“”„‟‘’‚‛「」『』〝〞〟﹁﹂﹃﹄")
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("〜∼", "~"),
        **dict.fromkeys("•・‧∙⋅", "·"),
    }
)
_IDEOGRAPHS = (
    ("\u2e80", "\u2fdf"),
    ("\u3005", "\u3007"),
    ("\u3040", "\u30ff"),
    ("\u3100", "\u312f"),
    ("\u31a0", "\u31bf"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
# Without those a letter is the same however it was composed.
_ACCENTS = ("\u0300", "\u036f")
_SPACE = " "


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text, and for each of its characters the place it had before."""

    text: str
    places: tuple[int, ...]


def fold(text: str) -> str:
    """Return the text as it is compared; lines stay lines."""
    return "\n".join(
        "".join(folded for folded, _ in _characters(line)) for line in text.split("\n")
    )


def fold_in_place(line: str) -> Folded:
    """Return a line as it is compared, knowing where each character comes from."""
    pairs = list(_characters(line))
    return Folded(
        "".join(folded for folded, _ in pairs),
        tuple(place for folded, place in pairs for _ in folded),
    )


def _characters(line: str) -> Iterator[tuple[str, int]]:
    """Yield what each character becomes, and its place; the spaces that count too."""
    space: int | None = None
    last = ""
    for place, character in enumerate(line):
        folded = fold_character(character)
        if folded == _SPACE:
            space = place if space is None else space
            continue
        if not folded:
            continue
        if space is not None and _is_letter(last) and _is_letter(folded[0]):
            yield _SPACE, space
        space = None
        last = folded[-1]
        yield folded, place


def _is_letter(character: str) -> bool:
    """Return whether a space beside it divides words: not beside an ideograph."""
    return character.isalnum() and not is_ideograph(character)


def is_ideograph(character: str) -> bool:
    """Return whether a character is Chinese (or Japanese) writing."""
    return any(first <= character <= last for first, last in _IDEOGRAPHS)


@functools.lru_cache(maxsize=50_000)
def fold_character(character: str) -> str:
    """Return what a character counts as: nothing, a space, or what it is alike."""
    if character.isspace():
        return _SPACE
    if character in _QUOTES or _is_invisible(character):
        return ""
    folded, before = character, ""
    while folded != before:
        before, folded = folded, _fold_once(folded)
    # Some marks are made of a space and an accent.
    return folded.strip()


def _fold_once(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ALIKE)
    first, last = _ACCENTS
    return "".join(
        c for c in plain if not (first <= c <= last or c in _QUOTES or _is_invisible(c))
    )


def _is_invisible(character: str) -> bool:
    """Return whether it is a control or a joiner, half of a pair, or picks a glyph."""
    is_selector = (
        "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    )
    return is_selector or (
        unicodedata.category(character) in {"Cc", "Cf", "Cs"}
        and not character.isspace()
    )
