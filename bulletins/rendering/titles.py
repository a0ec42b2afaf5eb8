"""Where a long title breaks when its author gave no break.

Titles are set 梯形 or 菱形, at most 20 characters a line at 二号 (GB/T 9704-2012, 7.3.1).
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

MAX_PER_LINE = 20.0
_OPENING = "“‘（《〈【〔"
_CLOSING = "”’）》〉】〕、，。：；？！"
_GOOD_AFTER = "、，：；”》）的暨和与及并　"
# What a break costs, in characters of imbalance.
_INSIDE_QUOTES, _PLAIN, _GOOD = 6.0, 1.5, 0.0


def display_lines(title: str) -> list[str]:
    """Return the lines a title is printed in: its author's, or balanced ones."""
    if "\n" in title:
        return title.split("\n")
    count = -(-width(title) // MAX_PER_LINE)
    if count <= 1:
        return [title]
    candidates = [i for i in range(1, len(title)) if _may_break(title, i)]
    best = _best(title, candidates, int(count))
    # A title whose quotes leave no good place takes one line more.
    return best or _best(title, candidates, int(count) + 1) or [title]


def width(text: str) -> float:
    """Return the width in ideographs; Latin letters and digits take half."""
    narrow = sum(unicodedata.east_asian_width(c) in {"Na", "H", "N"} for c in text)
    return len(text) - narrow / 2


def _may_break(title: str, at: int) -> bool:
    before, after = title[at - 1], title[at]
    if after in _CLOSING or before in _OPENING or after == "　":
        return False
    return not (before.isascii() and after.isascii())


def _best(title: str, candidates: Sequence[int], count: int) -> list[str] | None:
    """Return the cheapest way to set the title in ``count`` lines, if there is one."""
    if len(candidates) > 60:
        step = width(title) / count
        near = range(1, count)
        candidates = [i for i in candidates if any(abs(i - n * step) < 8 for n in near)]
    ways = (
        [title[a:b].strip("　") for a, b in itertools.pairwise((0, *cuts, len(title)))]
        + [""]
        for cuts in itertools.combinations(candidates, count - 1)
    )
    fitting = [way[:-1] for way in ways if max(map(width, way)) <= MAX_PER_LINE]
    return min(fitting, key=lambda lines: _cost(title, lines), default=None)


def _cost(title: str, lines: list[str]) -> float:
    widths = [width(line) for line in lines]
    imbalance = max(widths) - min(widths)
    # Lines of exactly one length make a block, neither 梯形 nor 菱形.
    block = 0.5 if imbalance == 0 else 0.0
    ends = itertools.accumulate(len(line) for line in lines[:-1])
    return imbalance + block + sum(_break_cost(title, end) for end in ends)


def _break_cost(title: str, at: int) -> float:
    if title[:at].count("“") > title[:at].count("”"):
        return _INSIDE_QUOTES
    is_good = title[at - 1] in _GOOD_AFTER or title[at] in _OPENING
    return _GOOD if is_good else _PLAIN
