"""Where a long title breaks when its author gave no break.

Titles are set 梯形 or 菱形, at most 20 characters a line at 二号 (GB/T 9704-2012, 7.3.1).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bulletins.rendering import fonts

MAX_PER_LINE = 20.0
_OPENING = "“‘（《〈【〔"
_CLOSING = "”’）》〉】〕、，。：；？！"
_GOOD_AFTER = "、，：；”》）的暨和与及并　"
# What a break costs, in characters of imbalance.
_INSIDE_QUOTES, _PLAIN, _GOOD = 6.0, 1.5, 0.0
# What a shape costs that is neither 梯形 nor 菱形: lines of one length, an hourglass.
_BLOCK, _HOURGLASS = 0.5, 2.0
# Up to so many lines every way of breaking is compared.
_COMPARED = 3


def display_lines(title: str, limit: float = MAX_PER_LINE) -> list[str]:
    """Return the lines a title is printed in: its author's, or balanced ones.

    ``limit`` is how many ideographs a line holds; a line of the author's that is
    longer is divided too.
    """
    if "\n" in title:
        parts = title.split("\n")
        return [line for part in parts for line in display_lines(part, limit)]
    if width(title) <= limit:
        return [title]
    count = int(-(-width(title) // limit))
    # A title whose quotes leave no good place takes one line more.
    ways = (_divided(title, lines, limit) for lines in (count, count + 1))
    cuts = next(filter(None, ways), ())
    edges = itertools.pairwise((0, *cuts, len(title)))
    return [title[start:end] for start, end in edges]


def width(text: str) -> float:
    """Return the width in ideographs of a title; letters and digits take less."""
    return fonts.text_width(text, "title")


def _divided(title: str, count: int, limit: float) -> Sequence[int] | None:
    """Return the places to break the title at for so many lines, if there are any."""
    places = [at for at in range(1, len(title)) if _may_break(title, at)]
    if count > _COMPARED:
        return _evenly(title, places, count)
    ways = (
        cuts
        for cuts in itertools.combinations(places, count - 1)
        if max(_widths(title, cuts)) <= limit
    )
    return min(ways, key=lambda cuts: _cost(title, cuts), default=None)


def _may_break(title: str, at: int) -> bool:
    before, after = title[at - 1], title[at]
    if after in _CLOSING or before in _OPENING or after == "　":
        return False
    return not (before.isascii() and after.isascii())


def _evenly(title: str, places: Sequence[int], count: int) -> list[int]:
    """Return for each share of the title the place that is nearest."""
    step = len(title) / count
    nearest = (
        min(places, key=lambda at: abs(at - share * step), default=0)
        for share in range(1, count)
    )
    return sorted(set(nearest) - {0})


def _widths(title: str, cuts: Sequence[int]) -> list[float]:
    edges = itertools.pairwise((0, *cuts, len(title)))
    return [width(title[start:end].strip("　")) for start, end in edges]


def _cost(title: str, cuts: Sequence[int]) -> float:
    widths = _widths(title, cuts)
    imbalance = max(widths) - min(widths)
    shape = _BLOCK if imbalance == 0 else 0.0
    if len(widths) > 2 and widths[1] < min(widths[0], widths[-1]):
        shape = _HOURGLASS
    return imbalance + shape + sum(_break_cost(title, at) for at in cuts)


def _break_cost(title: str, at: int) -> float:
    if title[:at].count("“") > title[:at].count("”"):
        return _INSIDE_QUOTES
    is_good = title[at - 1] in _GOOD_AFTER or title[at] in _OPENING
    return _GOOD if is_good else _PLAIN
