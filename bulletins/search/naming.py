"""What words name: an issue (2006年第3期), a year, a bulletin, a 栏目, a 单位.

Bounded: few queries by index, however much has been published.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bulletins.bounds import FIRST_YEAR, LAST_YEAR
from bulletins.models import Bulletin, Issue, IssueQuerySet, PublishedItem
from bulletins.search.database import values_of
from bulletins.search.folding import fold
from bulletins.search.wanted import Wanted, split

_MOST, _MOST_ISSUES = 6, 5
# Of an issue's number in every year of every bulletin, so many count for more.
_MOST_RANKED = 200
# So many names that fit are asked whether a piece is public, in their newest issues.
_MOST_ASKED, _NEWEST = 10, 200
# One character stands in too many names to mean one of them.
_SHORTEST_PART = 2

_ISSUE = re.compile(
    r"(?:(?P<year>[0-9]{4})年?)?"
    r"(?:(?P<supplement>增刊)|(?P<total>总))?第(?P<number>[0-9]{1,9})期"
)
_YEAR = re.compile(
    r"(?P<year>[0-9]{4})(?:年(?:[0-9]{1,2}月(?:[0-9]{1,2}[日号])?)?"
    r"|(?:[-./][0-9]{1,2}){1,2})?"
)


@dataclass(frozen=True, slots=True)
class NamedYear:
    """A year in which a bulletin came out."""

    bulletin: Bulletin
    year: int


@dataclass(frozen=True, slots=True)
class NamedSection:
    """A 栏目 of public pieces."""

    name: str


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A 供稿单位 of public pieces."""

    name: str


Named = Issue | Bulletin | NamedYear | NamedSection | NamedUnit


@dataclass(frozen=True, slots=True)
class NamedIssues:
    """The issues that words name, and the folded words that do."""

    text: str
    issues: IssueQuerySet

    def keys(self) -> list[int]:
        """Return the keys of the newest of them."""
        return list(self.issues.values_list("pk", flat=True)[:_MOST_RANKED])


def named(wanted: Wanted) -> tuple[Named, ...]:
    """Return what the words name of what is public, what fits best first.

    Of narrowed results only issues: what else there is was left on purpose.
    """
    words = _Words.of(wanted)
    if not words.line:
        return ()
    bulletins = public_bulletins()
    if said := issues_named(wanted, bulletins):
        return tuple(said.issues.select_related("bulletin")[:_MOST_ISSUES])
    if wanted.is_narrowed:
        return ()
    years = [*_years(words, bulletins)][:_MOST]
    return (*years, *_names(words, bulletins, _MOST - len(years)))


def public_bulletins() -> list[Bulletin]:
    """Return the bulletins that may be named."""
    public = Bulletin.objects.filter(audience=Bulletin.Audience.PUBLIC)
    return list(public.order_by("pk"))


# --- words ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """Folded words, and the line they make when put together."""

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, wanted: Wanted) -> _Words:
        return cls(tuple(filter(None, map(fold, split(wanted.words)))))

    @property
    def line(self) -> str:
        return "".join(self.pieces)

    @property
    def edges(self) -> list[int]:
        """Return where in the line words begin, and where the last one ends."""
        return [0, *accumulate(map(len, self.pieces))]

    def has_apart(self, found: re.Match[str]) -> bool:
        """Return whether a piece of the line is made of whole words."""
        return {found.start(), found.end()} <= {*self.edges}

    def besides(self, found: re.Match[str]) -> _Words:
        """Return what there is before and after a piece of the line."""
        placed = [*zip(self.edges, self.pieces, strict=False)]
        before = (piece[: max(0, found.start() - at)] for at, piece in placed)
        after = (piece[max(0, found.end() - at) :] for at, piece in placed)
        return _Words(tuple(filter(None, (*before, *after))))

    def stand_in(self, name: str) -> bool:
        """Return whether every word is a part of a name."""
        folded = _folded(name)
        return all(piece in folded for piece in self.pieces)


@functools.lru_cache(maxsize=5_000)
def _folded(name: str) -> str:
    """Return a name folded: the same few are asked for again and again."""
    return fold(name)


# --- issues and years -------------------------------------------------------------


def issues_named(wanted: Wanted, bulletins: Sequence[Bulletin]) -> NamedIssues | None:
    """Return the public issues, newest first, whose number is among the words.

    The bulletins are all that are public. 第3期培训班 is no issue; 工作简报第3期 is.
    """
    words = _Words.of(wanted)
    found = _ISSUE.search(words.line)
    if not found:
        return None
    rest = words.besides(found)
    series = [b for b in bulletins if rest.stand_in(str(b))]
    if not series and not words.has_apart(found):
        return None
    within = [b for b in series or bulletins if wanted.bulletin in {"", b.slug}]
    years = {int(year) for year in (found["year"], wanted.year) if year}
    if len(years) > 1 or not all(FIRST_YEAR <= y <= LAST_YEAR for y in years):
        return None
    issues = _numbered(found, within, *years)
    return NamedIssues(found[0], issues.newest_first())


def _numbered(
    found: re.Match[str], bulletins: Iterable[Bulletin], year: int | None = None
) -> IssueQuerySet:
    issues = Issue.objects.public().filter(bulletin__in=[b.pk for b in bulletins])
    if year:
        issues = issues.filter(date__year=year)
    number = int(found["number"])
    if found["total"]:
        return issues.filter(total_number=number)
    # The years spelled out: with them, the index of numbers leads to the few rows.
    series_years = [0, year] if year else [0, *range(FIRST_YEAR, LAST_YEAR + 1)]
    kind = Issue.Kind.SUPPLEMENT if found["supplement"] else Issue.Kind.REGULAR
    return issues.filter(kind=kind, number=number, series_year__in=series_years)


def _years(words: _Words, bulletins: Iterable[Bulletin]) -> Iterator[NamedYear]:
    """Yield the year that the words name in each bulletin that has issues of it."""
    found = _YEAR.search(words.line)
    if not found:
        return
    year = int(found["year"])
    rest = words.besides(found)
    series = [b for b in bulletins if rest.stand_in(str(b))]
    if not FIRST_YEAR <= year <= LAST_YEAR or not series:
        return
    issues = Issue.objects.public().filter(bulletin__in=series, date__year=year)
    out = set(issues.order_by().values_list("bulletin", flat=True).distinct())
    yield from (NamedYear(b, year) for b in series if b.pk in out)


# --- names ------------------------------------------------------------------------

_Name = Bulletin | NamedSection | NamedUnit
# Of equals, in this order.
_KINDS = (Bulletin, NamedSection, NamedUnit)


def _names(words: _Words, bulletins: Iterable[Bulletin], most: int) -> Iterator[_Name]:
    """Yield what the words are the name of, then what begins with them, then the rest."""
    shown = asked = 0
    for one in _fitting(words, bulletins):
        if shown == most or asked == _MOST_ASKED:
            return
        if not isinstance(one, Bulletin):
            asked += 1
            if not _has_public_pieces(one):
                continue
        shown += 1
        yield one


def _fitting(words: _Words, bulletins: Iterable[Bulletin]) -> list[_Name]:
    """Return the names in which the words stand, public or not, the best first."""
    called: list[tuple[_Name, tuple[str, ...]]] = [
        *((b, (str(b), b.programme, b.name)) for b in bulletins),
        *((NamedSection(name), (name,)) for name in _used("section")),
        *((NamedUnit(name), (name,)) for name in _used("source")),
    ]
    farthest = _INSIDE if len(words.line) >= _SHORTEST_PART else _WHOLE
    fitting = [
        (distance, _KINDS.index(type(one)), len(names[0]), place)
        for place, (one, names) in enumerate(called)
        if words.stand_in(names[0])
        and (distance := min(_distance(words.line, name) for name in names)) <= farthest
    ]
    return [called[place][0] for *_, place in sorted(fitting)]


_WHOLE, _BEGINNING, _INSIDE = range(3)


def _distance(line: str, name: str) -> int:
    folded = _folded(name)
    if line == folded:
        return _WHOLE
    return _BEGINNING if folded.startswith(line) else _INSIDE


def _used(column: str) -> list[str]:
    """Return every name of pieces that are out, also of internal ones."""
    return values_of(PublishedItem, column)


def _has_public_pieces(one: NamedSection | NamedUnit) -> bool:
    column = "section" if isinstance(one, NamedSection) else "source"
    pieces = PublishedItem.objects.filter(**{column: one.name}).order_by("-issue_id")
    issues = pieces.values_list("issue_id", flat=True).distinct()
    # In two steps: as one, PostgreSQL may join every issue with every piece.
    newest = list(issues[:_NEWEST])
    return Issue.objects.public().filter(pk__in=newest).exists()
