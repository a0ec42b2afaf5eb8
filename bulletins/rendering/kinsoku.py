"""禁则: which marks may not start or end a line, and what room marks can give up.

GB/T 15834-2011, 5.1: closing marks do not stand at the head of a line, opening marks
not at its end, and 破折号 and 省略号 are not divided. Pure text; knows no WeasyPrint.
"""

from __future__ import annotations

import itertools

NO_START = frozenset("，。、；：？！”’）》〉】〕…—·％℃,.;:?!)]}")
NO_END = frozenset("“‘（《〈【〔([{")
_OPENING_QUOTES, _CLOSING_QUOTES = frozenset("“‘"), frozenset("”’")

# Marks whose ink keeps to one half of their cell in all our faces (measured on their
# outlines); ？ is centred in FandolFang and is left alone.
_EMPTY_RIGHT = frozenset("，。、；：！”’）》〉】〕")
_EMPTY_LEFT = frozenset("“‘（《〈【〔")

# One ideograph and the closing marks behind it, e.g. 卷。”）
_ALONE = 4

# How much of its cell a mark can give up, in em: its empty half against another mark;
# among ideographs, where it shows, half of that first. At the end of the line a mark
# keeps its cell, as it does in the lines around it.
_EMPTY_HALF, _UNSEEN = 0.5, 0.25


def is_ideographic(character: str) -> bool:
    """Tell whether the character stands in a cell of its own in Chinese text."""
    return (
        "\u2e80" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\ufe30" <= character <= "\ufe4f"
        or "\uff00" <= character <= "\uff60"
        or character >= "\U00020000"
        or character in "“”‘’—…·★○"
    )


def breaks_outside_quotes(before: str, after: str) -> bool:
    """Tell whether a line may end here, where Unicode's rules glue the quotes.

    Pango breaks on neither side of a curly quote, as it cannot know which way it
    faces; in Chinese text it is known.
    """
    if before.isspace() or after.isspace():
        return False
    if after in _OPENING_QUOTES:
        return before not in NO_END
    return (
        before in _CLOSING_QUOTES
        and after not in NO_START
        # An apostrophe stands within a Latin word.
        and not (before == "’" and after.isascii())
    )


def may_stretch(before: str, after: str) -> bool:
    """Tell whether a gap may open here: not within numbers, Latin words, —— and ……."""
    if before == after and before in "—…":
        return False
    return is_ideographic(before) or is_ideographic(after) or " " in (before, after)


def is_one_alone(line: str) -> bool:
    """Tell whether the line is but one ideograph, with or without closing marks."""
    return (
        0 < len(line) <= _ALONE
        and is_ideographic(line[0])
        and line[0] not in NO_START | NO_END
        and all(mark in NO_START for mark in line[1:])
    )


def room_in_marks(line: str, needed: float) -> list[float] | None:
    """Return what each character of the line gives up, in em, to free ``needed``.

    The amounts are taken off after the character: for an opening mark, off the one
    before it. None when the marks of the line have not enough empty room.
    """
    taken = [0.0] * len(line)
    stages = (
        _between_marks(line),
        _among_ideographs(line, _UNSEEN),
        _among_ideographs(line, _EMPTY_HALF),
    )
    for stage in stages:
        offered = {at: most - taken[at] for at, most in stage.items()}
        total = sum(offered.values())
        share = min(1.0, needed / total) if total > 0 else 0.0
        for at, room in offered.items():
            taken[at] += share * room
        needed -= share * total
        if needed <= 1e-9:
            return taken
    return None


def _between_marks(line: str) -> dict[int, float]:
    pairs = itertools.pairwise(line)
    return {
        at: _EMPTY_HALF
        for at, (before, after) in enumerate(pairs)
        if (before in _EMPTY_RIGHT and after in _EMPTY_RIGHT | _EMPTY_LEFT)
        or (before in _EMPTY_LEFT and after in _EMPTY_LEFT)
    }


def _among_ideographs(line: str, most: float) -> dict[int, float]:
    between = _between_marks(line)
    pairs = itertools.pairwise(line)
    return {
        at: most
        for at, (before, after) in enumerate(pairs)
        if at not in between and (before in _EMPTY_RIGHT or after in _EMPTY_LEFT)
    }
