"""Finding: the items in which every term stands, the best first, and their counts.

Candidates come from the database's index of tokens; whether a term stands in a text is
then asked of the text itself, where tokens alone do not say it for certain.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    Expression,
    F,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from bulletins.models import Bulletin, Issue, PublishedItem, SearchEntry, SearchText
from bulletins.search.database import has_tokens
from bulletins.search.entries import Facet, facet_from
from bulletins.search.excerpts import Part, excerpt, marked
from bulletins.search.naming import NamedIssues, issues_named, public_bulletins
from bulletins.search.tokens import is_exact, tokens_in
from bulletins.search.wanted import SearchRefused, Wanted

PAGE_SIZE = 20
# How many pairs of a term the index is asked for; its text is asked for the rest.
_MOST_TOKENS = 16
_IN_TITLE, _IN_OPENING, _ELSEWHERE = 8, 3, 1
# Greater than any recency: what counts more than another is before it at any age.
_RANK = 10**11


class NoSuchPage(SearchRefused):
    """There are fewer pages of results."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A published item that was found; its texts in parts, of which some matched."""

    item: PublishedItem
    title: tuple[Part, ...]
    excerpt: tuple[Part, ...]
    source: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many results a choice would leave, the other choices being what they are."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What the results can be narrowed to, the most frequent first; years by age."""

    bulletins: tuple[Count, ...] = ()
    years: tuple[Count, ...] = ()
    sections: tuple[Count, ...] = ()
    units: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results, best first. ``total`` is exact, and so are the counts."""

    wanted: Wanted
    total: int
    page: int
    pages: int
    hits: tuple[Hit, ...]
    counts: Counts
    # How many there are when nothing narrows them.
    total_unnarrowed: int = 0
    # The place of the page's first hit among all.
    first: int = 1


class Match(NamedTuple):
    """A row that matches; greater is better."""

    rank: int
    pk: int
    facet: str


def find(wanted: Wanted, page: int = 1, *, size: int = PAGE_SIZE) -> Found:
    """Return a page of what is public and has every term; raises NoSuchPage.

    Without any term nothing is found.
    """
    series = {bulletin.pk: bulletin for bulletin in public_bulletins()}
    named = issues_named(wanted, list(series.values()))
    found = list(matches(wanted.terms, named))
    by_facet = Counter(match.facet for match in found)
    facets = {text: facet_from(text) for text in by_facet}
    chosen = {t for t, facet in facets.items() if _fits(facet, wanted, series)}
    total = sum(by_facet[text] for text in chosen)
    pages = max(1, -(-total // size))
    if page > pages:
        raise NoSuchPage(f"查询结果只有{pages}页")
    best = heapq.nlargest(page * size, (m for m in found if m.facet in chosen))
    return Found(
        wanted=wanted,
        total=total,
        page=page,
        pages=pages,
        hits=_hits(best[(page - 1) * size :], wanted.terms),
        counts=_counts(by_facet, facets, wanted, series),
        total_unnarrowed=len(found),
        first=(page - 1) * size + 1,
    )


# --- matching ---------------------------------------------------------------------


def matches(terms: Sequence[str], named: NamedIssues | None = None) -> Iterable[Match]:
    """Return a row for every public item that has all the folded terms.

    What names an issue counts in its items as if it stood in their titles.
    """
    if not terms:
        return []
    rank = _weight(terms, named) * Value(_RANK, BigIntegerField()) + F("recency")
    rows = public_entries(terms).annotate(rank=rank)
    return map(Match._make, rows.values_list("rank", "pk", "facet"))


def public_entries(terms: Sequence[str]) -> QuerySet[SearchEntry]:
    """Return the entries of the public items that have all the folded terms."""
    return SearchEntry.objects.filter(
        issue__in=Issue.objects.public(), pk__in=texts_with(terms).values("pk")
    )


def texts_with(terms: Sequence[str]) -> QuerySet[SearchText]:
    """Return the texts, public or not, in which all the folded terms stand."""
    tokens = dict.fromkeys(t for term in terms for t in tokens_in(term)[:_MOST_TOKENS])
    texts = SearchText.objects.filter(has_tokens(list(tokens)))
    unsure = [term for term in terms if not is_exact(term)]
    return texts.filter(*(_stands_in("folded", term) for term in unsure))


def _stands_in(column: str, term: str) -> GreaterThan[int]:
    # Not LIKE: nothing in the term is a wildcard, and bytes are compared as they are.
    return GreaterThan(StrIndex(F(column), Value(term)), 0)


def _weight(terms: Sequence[str], named: NamedIssues | None) -> Expression:
    """Return how well an entry answers: by each term's place, and by the whole."""
    issues = named.keys() if named else []

    def place(term: str, elsewhere: int = _ELSEWHERE) -> Case:
        is_name = named is not None and term in named.text
        return _place(term, elsewhere, issues if is_name else [])

    places = [place(term) for term in terms]
    if len(terms) > 1:
        # What was typed with spaces, as one: twice what a term is worth, or nothing.
        places += [place("".join(terms), elsewhere=0)] * 2
    weight: Expression = places[0]
    for other in places[1:]:
        weight = weight + other
    return weight


def _place(term: str, elsewhere: int, issues: Sequence[int]) -> Case:
    return Case(
        *([When(issue__in=issues, then=_IN_TITLE)] if issues else []),
        When(_stands_in("title", term), then=_IN_TITLE),
        When(_stands_in("opening", term), then=_IN_OPENING),
        default=elsewhere,
        output_field=BigIntegerField(),
    )


# --- showing ----------------------------------------------------------------------


def _hits(best: Sequence[Match], terms: Sequence[str]) -> tuple[Hit, ...]:
    rows = PublishedItem.objects.filter(
        pk__in=[match.pk for match in best], issue__in=Issue.objects.public()
    )
    items = {item.pk: item for item in rows.select_related("issue__bulletin")}
    # What was withdrawn since the rows were matched is not among them.
    return tuple(
        Hit(
            item=item,
            title=marked(item.title, terms),
            excerpt=excerpt(item.text, terms),
            source=marked(item.source, terms),
        )
        for match in best
        if (item := items.get(match.pk)) is not None
    )


def _fits(
    facet: Facet,
    wanted: Wanted,
    series: dict[int, Bulletin],
    *,
    but: str = "",
) -> bool:
    """Return whether an item is among what the wanted ones are narrowed to."""
    bulletin = series.get(facet.bulletin)
    pairs = {
        "bulletin": (wanted.bulletin, bulletin.slug if bulletin else ""),
        "year": (wanted.year, facet.year),
        "section": (wanted.section, facet.section),
        "unit": (wanted.unit, facet.unit),
    }
    return all(
        not asked or asked == has or key == but for key, (asked, has) in pairs.items()
    )


def _counts(
    by_facet: Counter[str],
    facets: dict[str, Facet],
    wanted: Wanted,
    series: dict[int, Bulletin],
) -> Counts:
    def counted(key: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for text, facet in facets.items():
            if _fits(facet, wanted, series, but=key):
                found[_value(facet, key, series)] += by_facet[text]
        del found[""]
        return found

    names = {bulletin.slug: str(bulletin) for bulletin in series.values()}
    years = sorted(counted("year").items(), reverse=True)
    return Counts(
        bulletins=_choices(counted("bulletin").most_common(), wanted.bulletin, names),
        years=_choices(years, str(wanted.year or ""), {y: f"{y}年" for y, _ in years}),
        sections=_choices(counted("section").most_common(), wanted.section),
        units=_choices(counted("unit").most_common(), wanted.unit),
    )


def _value(facet: Facet, key: str, series: dict[int, Bulletin]) -> str:
    if key == "bulletin":
        return series[facet.bulletin].slug if facet.bulletin in series else ""
    return str(getattr(facet, key))


def _choices(
    counted: Iterable[tuple[str, int]],
    chosen: str,
    labels: dict[str, str] | None = None,
) -> tuple[Count, ...]:
    return tuple(
        Count(value, (labels or {}).get(value, value), count, value == chosen)
        for value, count in counted
    )
