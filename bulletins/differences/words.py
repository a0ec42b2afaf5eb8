"""Two texts compared word by word, so that a reader can follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bulletins.differences.aligning import Pair, equal_in_order
from bulletins.differences.changes import Span, SpanKind

# Unchanged characters left on either side of a change.
CONTEXT = 20
_ELLIPSIS = "……"
_CLAUSE = re.compile(
    r"[^，。；：！？、\n｜]*[，。；：！？、\n｜]|[^，。；：！？、\n｜]+"
)
# A word or number is one token, an ideograph is one with its variation selector.
_TOKEN = re.compile(
    r"[0-9A-Za-z\u00c0-\u024f]+(?:[.,:/-][0-9A-Za-z]+)*[%％‰℃]?"
    r"|.[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]*",
    re.DOTALL,
)
_PUNCTUATION = re.compile(r"[，。；：！？、\n｜]")
# An unchanged piece this short between two replaced ones is harder to read than both.
_ISLAND = 2
# Of the shorter text, what has to be unchanged for a comparison to be worth reading.
_LITTLE = 0.25


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of both texts; where they are equal, nothing changed."""

    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Tell whether nothing changed here."""
        return self.before == self.after

    @property
    def is_replaced(self) -> bool:
        """Tell whether something stands where something else stood."""
        return bool(self.before and self.after) and not self.is_same


def runs(before: str, after: str) -> list[Run]:
    """Return both texts in stretches, equal and changed ones by turns."""
    if before == after:
        return [Run(before, after)] if before else []
    old, new = _CLAUSE.findall(before), _CLAUSE.findall(after)
    found = joined(
        part
        for run in _runs_of(old, new, equal_in_order(old, new))
        for part in ([run] if run.is_same else _token_runs(run))
    )
    found = _without_islands(found)
    same = sum(len(run.after) for run in found if run.is_same)
    if same < _LITTLE * min(len(before), len(after)):
        return [Run(before, after)]
    return found


def _token_runs(run: Run) -> Iterator[Run]:
    old, new = _TOKEN.findall(run.before), _TOKEN.findall(run.after)
    # One character that stands once on both sides is no reason to hold on to it.
    return _runs_of(old, new, equal_in_order(old, new, depth=0))


def _runs_of(
    before: Sequence[str], after: Sequence[str], pairs: Sequence[Pair]
) -> Iterator[Run]:
    i = j = 0
    for i_same, j_same in [*pairs, (len(before), len(after))]:
        if i < i_same or j < j_same:
            yield Run("".join(before[i:i_same]), "".join(after[j:j_same]))
        if i_same < len(before) and j_same < len(after):
            yield Run(before[i_same], after[j_same])
        i, j = i_same + 1, j_same + 1


def joined(parts: Iterable[Run]) -> list[Run]:
    """Make one of neighbours that both are equal or both are changed."""
    found: list[Run] = []
    for part in parts:
        if found and found[-1].is_same == part.is_same:
            last = found.pop()
            part = Run(last.before + part.before, last.after + part.after)
        found.append(part)
    return found


def _without_islands(found: list[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in found:
        after_island = len(merged) > 1 and _is_island(merged[-1])
        if after_island and (run.is_replaced or merged[-2].is_replaced):
            island, last = merged.pop(), merged.pop()
            run = Run(
                last.before + island.before + run.before,
                last.after + island.after + run.after,
            )
        merged.append(run)
    return joined(merged)


def _is_island(run: Run) -> bool:
    return (
        run.is_same and len(run.after) <= _ISLAND and not _PUNCTUATION.search(run.after)
    )


# --- as a reader sees it ----------------------------------------------------------


def spans(found: Sequence[Run]) -> tuple[Span, ...]:
    """Return the runs as spans, long unchanged ones shortened."""
    last = len(found) - 1
    return tuple(
        span
        for position, run in enumerate(found)
        for span in _spans(run, is_first=position == 0, is_last=position == last)
    )


def _spans(run: Run, *, is_first: bool, is_last: bool) -> Iterator[Span]:
    if run.is_same:
        yield Span(_shown(_shortened(run.after, is_first=is_first, is_last=is_last)))
        return
    if run.before:
        yield Span(_shown(run.before), SpanKind.DELETED)
    if run.after:
        yield Span(_shown(run.after), SpanKind.INSERTED)


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    start = "" if is_first and not is_last else text[:CONTEXT]
    end = "" if is_last else text[-CONTEXT:]
    if len(text) <= len(start) + len(end) + len(_ELLIPSIS):
        return text
    return f"{start}{_ELLIPSIS}{end}"


def _shown(text: str) -> str:
    """Show a line break, which otherwise nobody would see come or go."""
    return text.replace("\n", "↵")


def replaced(before: str, after: str) -> tuple[Span, ...]:
    """Return both texts whole: what has few characters is not compared by them."""
    return spans([Run(before, after)])
