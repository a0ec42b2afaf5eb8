"""What else to look for where nothing was found: whatever is suggested finds something.

Bounded: every way makes few variants, and looking stops with the first ones that find.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulletins.models import SearchText
from bulletins.search.finding import public_entries
from bulletins.search.folding import fold, is_ideograph
from bulletins.search.wanted import SearchRefused, Wanted, split

_MOST = 3
_TABLE = Path(__file__).parent / "traditional.txt"
# Whoever typed more than this has pasted it: a wrong character is not the reason.
_LONGEST_WORD, _SHORTEST_WORD = 8, 3
_TEXTS = 40
# Where letters and digits meet.
_GAP = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
# What may have been typed without a sign in it: PM25.
_PLAIN = re.compile(r"[a-z0-9]+")
_CHARACTER, _SIGN = r"[^\W_]", r"[^\w\s]"
_PUNCTUATION = re.compile(r"[、，。；：！？,;:!?·|]+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Other words that find something, and why these."""

    words: str
    reason: str
    total: int


def suggestions(wanted: Wanted) -> tuple[Suggestion, ...]:
    """Return what to look for instead of words that find nothing public."""
    for reason, vary in _WAYS:
        found = [
            Suggestion(words, reason, total)
            for words in itertools.islice(_others(vary, wanted), _MOST * 2)
            if (total := _total(words))
        ]
        if found:
            return tuple(found[:_MOST])
    return ()


def _others(vary: Callable[[Wanted], Iterator[str]], wanted: Wanted) -> Iterator[str]:
    """Yield the variants that are not what was looked for already, each once."""
    seen = {wanted.terms, ()}
    for words in vary(wanted):
        try:
            terms = Wanted(words).terms
        except SearchRefused:
            continue  # taken apart, it is too much
        if terms not in seen:
            seen.add(terms)
            yield words


def _total(words: str) -> int:
    return public_entries(Wanted(words).terms).count()


# --- the ways ---------------------------------------------------------------------


@functools.cache
def _simplified() -> dict[int, str]:
    """Return the table of traditional characters, for ``str.translate``."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    pairs = [
        pair for line in lines if not line.startswith("#") for pair in line.split()
    ]
    return {ord(pair[0]): pair[1] for pair in pairs}


def _in_simplified(wanted: Wanted) -> Iterator[str]:
    yield wanted.words.translate(_simplified())


def _without_spaces(wanted: Wanted) -> Iterator[str]:
    """Put together what was typed apart: 无 废 城 市."""
    terms = list(split(wanted.words))
    yield "".join("".join(terms).split())
    for place in range(1, len(terms)):
        yield " ".join(
            [
                "".join(terms[place - 1 : place + 1]),
                *terms[: place - 1],
                *terms[place + 1 :],
            ]
        )


def _taken_apart(wanted: Wanted) -> Iterator[str]:
    """Take apart what was typed together: 垃圾，分类, GB9704."""
    yield _PUNCTUATION.sub(" ", wanted.words).strip()
    yield _GAP.sub(" ", fold(wanted.words))


def _halved(wanted: Wanted) -> Iterator[str]:
    """Look for the two halves of a long word wherever they stand."""
    terms = wanted.terms
    if len(terms) == 1 and all(map(is_ideograph, terms[0])):
        term = terms[0]
        for place in sorted(
            range(2, len(term) - 1), key=lambda p: abs(2 * p - len(term))
        ):
            yield f"{term[:place]} {term[place:]}"


def _without_one(wanted: Wanted) -> Iterator[str]:
    """Leave out one term, those first that stand nowhere."""
    typed = [term for term in split(wanted.words) if fold(term)]
    if len(typed) < 2:
        return
    known = [term for term in typed if _total_of_term(term)]
    if known and len(known) < len(typed):
        yield _quoted(known)
    for place in range(len(typed)):
        yield _quoted(typed[:place] + typed[place + 1 :])


def _quoted(terms: Sequence[str]) -> str:
    """Return terms as they are typed: what has a space in it stands in quotation marks."""
    return " ".join(f"“{term}”" if " " in term else term for term in terms)


def _total_of_term(term: str) -> int:
    return public_entries([fold(term)]).count()


# --- one character wrong or left out ----------------------------------------------------------


def _with_one_other(wanted: Wanted) -> Iterator[str]:
    """Replace, in a word that stands nowhere, the one character that keeps it away."""
    return _with_another(wanted, _one_replaced)


def _with_sign(wanted: Wanted) -> Iterator[str]:
    """Put into a word that stands nowhere the sign that texts have there: PM2.5."""
    return _with_another(wanted, _one_put_in)


def _with_another(
    wanted: Wanted, changed: Callable[[str], Iterator[tuple[str, str, str]]]
) -> Iterator[str]:
    typed = [term for term in split(wanted.words) if fold(term)]
    wrong = [term for term in typed if not _total_of_term(term)]
    if len(wrong) != 1:
        return
    place = typed.index(wrong[0])
    for word in _alike(changed(fold(wrong[0]))):
        yield _quoted([*typed[:place], word, *typed[place + 1 :]])


def _one_replaced(term: str) -> Iterator[tuple[str, str, str]]:
    if _SHORTEST_WORD <= len(term) <= _LONGEST_WORD:
        for place in range(len(term)):
            yield term[:place], _CHARACTER, term[place + 1 :]


def _one_put_in(term: str) -> Iterator[tuple[str, str, str]]:
    if _SHORTEST_WORD <= len(term) <= _LONGEST_WORD and _PLAIN.fullmatch(term):
        for place in range(1, len(term)):
            yield term[:place], _SIGN, term[place:]


def _alike(patterns: Iterator[tuple[str, str, str]]) -> list[str]:
    """Return the words of public texts that are so, the usual ones first."""
    found: Counter[str] = Counter()
    for before, between, after in patterns:
        found.update(_fitting(before, between, after))
    return [
        word for word, _ in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    ]


def _fitting(before: str, between: str, after: str) -> Iterator[str]:
    """Yield words with one character between two pieces, once for each text."""
    pieces = [piece for piece in (before, after) if piece]
    newest = public_entries(pieces).order_by("-recency").values_list("pk", flat=True)
    texts = SearchText.objects.filter(pk__in=list(newest[:_TEXTS]))
    pattern = re.compile(f"{re.escape(before)}{between}{re.escape(after)}")
    for text in texts.values_list("folded", flat=True):
        yield from set(pattern.findall(text))


_WAYS: tuple[tuple[str, Callable[[Wanted], Iterator[str]]], ...] = (
    ("换成简体字", _in_simplified),
    ("去掉中间的空格", _without_spaces),
    ("补上中间的符号", _with_sign),
    ("分成几个词", _taken_apart),
    ("有一个字不同", _with_one_other),
    ("分成两个词", _halved),
    ("少查一个词", _without_one),
)
