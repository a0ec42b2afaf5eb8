"""Where in a text as it was printed the terms stand, and the piece to show of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulletins.search.folding import fold, fold_in_place

_WIDTH = 96
_BEFORE = 24
# Of a text as long as a book, only so much is looked through for the best piece.
_FARTHEST = 60_000
_MORE = "…"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and whether it is what was looked for."""

    text: str
    is_match: bool = False


def marked(line: str, terms: Sequence[str]) -> tuple[Part, ...]:
    """Return a line of text in parts."""
    return tuple(_parts(line, spans(line, terms), 0, len(line)))


def excerpt(text: str, terms: Sequence[str]) -> tuple[Part, ...]:
    """Return the piece of a text where most of the terms stand, or its beginning."""
    best = (0, "", "")
    seen = 0
    for line in text.split("\n"):
        if seen > _FARTHEST or best[0] == len(terms):
            break
        line = line[:_FARTHEST]
        seen += len(line)
        folded = fold(line)
        count = sum(term in folded for term in terms)
        if count > best[0] or not best[1]:
            best = (count, line, line)
    line = best[1]
    return tuple(_piece(line, spans(line, terms)))


def _piece(line: str, found: Sequence[Span]) -> Iterator[Part]:
    start = _start(len(line), found)
    # A piece does not begin with the comma of what is left out.
    while start and start < len(line) - 1 and not line[start].isalnum():
        if any(first <= start < last for first, last in found):
            break
        start += 1
    end = min(len(line), start + _WIDTH)
    if start:
        yield Part(_MORE)
    yield from _parts(line, found, start, end)
    if end < len(line):
        yield Part(_MORE)


def _start(length: int, found: Sequence[Span]) -> int:
    """Return where the piece begins that shows the most of what was found."""
    if not found or length <= _WIDTH:
        return 0
    first = max(
        found,
        key=lambda span: (
            sum(
                end <= span[0] - _BEFORE + _WIDTH
                for start, end in found
                if start >= span[0]
            ),
            -span[0],
        ),
    )
    return max(0, min(first[0] - _BEFORE, length - _WIDTH))


def _parts(line: str, found: Sequence[Span], start: int, end: int) -> Iterator[Part]:
    place = start
    for first, last in found:
        first, last = max(first, place), min(last, end)
        if first >= last:
            continue
        if first > place:
            yield Part(line[place:first])
        yield Part(line[first:last], is_match=True)
        place = last
    if place < end:
        yield Part(line[place:end])


def spans(line: str, terms: Sequence[str]) -> list[Span]:
    """Return where in a line the folded terms stand, in order, overlapping ones as one."""
    folded = fold_in_place(line)
    found = sorted(
        (folded.places[first], folded.places[last - 1] + 1)
        for term in terms
        for first, last in _occurrences(folded.text, term)
    )
    joined: list[Span] = []
    for first, last in found:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _occurrences(text: str, term: str) -> Iterator[Span]:
    place = text.find(term)
    while place >= 0:
        yield place, place + len(term)
        place = text.find(term, place + len(term))
