"""Which members of two sequences belong together, and which of them moved.

Nothing here compares every member with every other: equal ones are found by hashing,
alike ones by the character pairs that few of them share, and difflib sees only what is
left between equal members, and that only where it is cheap.
"""

from __future__ import annotations

import bisect
import difflib
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]

# What difflib may have to look at: the sum over all members of how often one stands
# in the one sequence times how often in the other.
_MOST_EQUALS = 100_000
# A pair of characters that more members have says nothing about which of them it is.
_MOST_OWNERS = 8
_DEEPEST = 8
_CANDIDATES = 6
# How alike two members have to be; of short ones, much is alike by chance.
_ALIKE, _SHORT_ALIKE = 0.5, 0.65
_SHORT = 50
# Titles of one office are alike by nature: alone, they have to be nearly equal.
_TITLE_ALONE = 0.6


@dataclass(frozen=True, slots=True)
class Member:
    """What tells one member of a sequence from the others.

    Equal keys are the same member; ``title`` and ``text`` say which are alike. Members
    of different kinds never belong together.
    """

    key: Hashable
    text: str
    title: str = ""
    kind: str = ""


# --- equal members in the same order ----------------------------------------------


def equal_in_order(
    before: Sequence[Hashable], after: Sequence[Hashable], *, depth: int = _DEEPEST
) -> list[Pair]:
    """Return pairs of equal members, rising on both sides; not always the most.

    Members that stand once on both sides hold the others in place, and again between
    them, so many times as ``depth`` says.
    """
    found: list[Pair] = []
    waiting = [(0, len(before), 0, len(after), depth)]
    while waiting:
        i, i_end, j, j_end, left = waiting.pop()
        while i < i_end and j < j_end and before[i] == after[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and before[i_end - 1] == after[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            found.append((i_end, j_end))
        if i == i_end or j == j_end:
            continue
        fixed = _unique_in_both(before[i:i_end], after[j:j_end]) if left else []
        if not fixed:
            found += (
                (i + x, j + y) for x, y in _equal_runs(before[i:i_end], after[j:j_end])
            )
            continue
        found += ((i + x, j + y) for x, y in fixed)
        ends = [*fixed, (i_end - i, j_end - j)]
        starts = [(-1, -1), *fixed]
        waiting += (
            (i + x + 1, i + x_end, j + y + 1, j + y_end, left - 1)
            for (x, y), (x_end, y_end) in zip(starts, ends, strict=True)
        )
    return sorted(found)


def _equal_runs(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[Pair]:
    """Return what difflib finds equal, or what stays in place where that takes long."""
    counts = Counter(before)
    if sum(counts[member] for member in after) > _MOST_EQUALS:
        together = enumerate(zip(before, after, strict=False))
        return [(n, n) for n, (old, new) in together if old == new]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (i + n, j + n)
        for i, j, size in matcher.get_matching_blocks()
        for n in range(size)
    ]


def _unique_in_both(
    before: Sequence[Hashable], after: Sequence[Hashable]
) -> list[Pair]:
    once = {member for member, count in Counter(before).items() if count == 1}
    once &= {member for member, count in Counter(after).items() if count == 1}
    place = {member: i for i, member in enumerate(before) if member in once}
    pairs = [(place[member], j) for j, member in enumerate(after) if member in once]
    return rising(pairs)


def rising(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the most pairs, of those given by their second, whose first rise too."""
    lowest: list[int] = []
    ends: list[int] = []
    earlier: list[int] = []
    for position, (i, _) in enumerate(pairs):
        length = bisect.bisect_left(lowest, i)
        earlier.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [i]
        ends[length : length + 1] = [position]
    chosen: list[Pair] = []
    position = ends[-1] if ends else -1
    while position >= 0:
        chosen.append(pairs[position])
        position = earlier[position]
    return chosen[::-1]


# --- members that belong together -------------------------------------------------


def belonging(before: Sequence[Member], after: Sequence[Member]) -> list[Pair]:
    """Return the pairs of members that are the same, or one edited, in new order."""
    pairs = dict(equal_in_order([m.key for m in before], [m.key for m in after]))
    _Left(before, after, pairs).pair_equal()
    _Left(before, after, pairs).pair_titles()
    _Left(before, after, pairs).pair_alike()
    return sorted(pairs.items(), key=lambda pair: pair[1])


class _Left:
    """The members that have no partner yet."""

    def __init__(
        self, before: Sequence[Member], after: Sequence[Member], pairs: dict[int, int]
    ) -> None:
        taken = set(pairs.values())
        self._pairs = pairs
        self._before = {i: m for i, m in enumerate(before) if i not in pairs}
        self._after = {j: m for j, m in enumerate(after) if j not in taken}

    def pair_equal(self) -> None:
        """Pair what is equal but stands elsewhere."""
        self._pair_by(
            {i: m.key for i, m in self._before.items()},
            {j: m.key for j, m in self._after.items()},
        )

    def pair_titles(self) -> None:
        """Pair what has the same title and kind."""
        self._pair_by(
            {i: (m.kind, m.title) for i, m in self._before.items() if m.title},
            {j: (m.kind, m.title) for j, m in self._after.items() if m.title},
        )

    def _pair_by(self, before: dict[int, Hashable], after: dict[int, Hashable]) -> None:
        places: dict[Hashable, deque[int]] = defaultdict(deque)
        for i, key in before.items():
            places[key].append(i)
        for j, key in after.items():
            if places.get(key):
                self._pairs[places[key].popleft()] = j

    def pair_alike(self) -> None:
        """Pair what is alike, the most alike first, neighbours before others."""
        taken: set[int] = set()
        for _, _, i, j in sorted(self._alike()):
            if i not in self._pairs and j not in taken:
                self._pairs[i] = j
                taken.add(j)

    def _alike(self) -> Iterator[tuple[float, int, int, int]]:
        before = {i: _Print(m) for i, m in self._before.items()}
        owners: dict[str, list[int]] = defaultdict(list)
        for i, old in before.items():
            for mark in old.title | old.text:
                owners[mark].append(i)
        for j, member in self._after.items():
            new = _Print(member)
            for i in _candidates(new, j, owners):
                likeness = new.likeness(before[i])
                if new.kind == before[i].kind and likeness >= new.threshold:
                    yield -likeness, abs(i - j), i, j


class _Print:
    """The pairs of characters of a member, by which it is recognised."""

    def __init__(self, member: Member) -> None:
        self.kind = member.kind
        self.title = _character_pairs(member.title)
        self.text = _character_pairs(member.text)

    @property
    def threshold(self) -> float:
        """Return how alike another member has to be to belong to this one."""
        return _ALIKE if self.title or len(self.text) > _SHORT else _SHORT_ALIKE

    def likeness(self, other: _Print) -> float:
        """Return how alike two members are, from 0 to 1."""
        text = _shared(self.text, other.text)
        title = _shared(self.title, other.title)
        return max(text, title * _TITLE_ALONE, (title + text) / 2)


def _candidates(new: _Print, j: int, owners: dict[str, list[int]]) -> list[int]:
    """Return the few old members that share the most rare pairs of characters."""
    shared = Counter(
        i
        for mark in new.title | new.text
        if len(owners.get(mark, ())) <= _MOST_OWNERS
        for i in owners.get(mark, ())
    )
    # A set has another order on every run: places decide among equals.
    return sorted(shared, key=lambda i: (-shared[i], abs(i - j), i))[:_CANDIDATES]


def _character_pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(max(len(text) - 1, 1)) if text)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    together = len(one) + len(other)
    return 2 * len(one & other) / together if together else 0.0


def pair_in_gaps(
    pairs: Sequence[Pair], before: Sequence[Member], after: Sequence[Member]
) -> list[Pair]:
    """Add pairs where as many went as came between two neighbours, all of one kind."""
    fixed = rising(pairs)
    partners = dict(pairs)
    taken = {j for _, j in pairs}
    starts = [(-1, -1), *fixed]
    ends = [*fixed, (len(before), len(after))]
    for (i, j), (i_end, j_end) in zip(starts, ends, strict=True):
        gone = [x for x in range(i + 1, i_end) if x not in partners]
        come = [y for y in range(j + 1, j_end) if y not in taken]
        kinds = [before[x].kind for x in gone]
        if kinds == [after[y].kind for y in come]:
            partners.update(zip(gone, come, strict=True))
    return sorted(partners.items(), key=lambda pair: pair[1])


# --- reading order ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A place in the order of the new sequence: what stood or stands there."""

    before: int | None
    after: int | None
    has_moved: bool = False


def steps(
    pairs: Sequence[Pair],
    gone: Sequence[int],
    after: Sequence[int],
    origins: Mapping[int, int] | None = None,
) -> Iterator[Step]:
    """Yield the new members in order, each gone one behind what it stood behind.

    ``pairs`` are old and new in the order of the new, ``gone`` the old members without
    partner, ``after`` all the new ones. ``origins`` has the old member of each new one,
    where some come from outside of these sequences: those have moved.
    """
    staying = rising(pairs)
    kept = {j for _, j in staying}
    old_of = {j: i for i, j in pairs} if origins is None else origins
    places = [i for i, _ in staying]
    behind: dict[int, list[int]] = defaultdict(list)
    for i in gone:
        position = bisect.bisect_left(places, i) - 1
        behind[staying[position][1] if position >= 0 else -1].append(i)
    yield from (Step(i, None) for i in behind[-1])
    for j in after:
        old = old_of.get(j)
        yield Step(old, j, old is not None and j not in kept)
        yield from (Step(i, None) for i in behind[j])
