"""What the index says of an item: pure, so that it can be made and compared anywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from bulletins.search.folding import fold
from bulletins.search.tokens import tokens_of

# A match counts for more where the text begins: up to here, folded.
_OPENING = 120
# Room for the items of one day: those printed first are the first.
_PLACES = 10_000
_TAB = "\t"


class Item(Protocol):
    """What is asked of a published item."""

    ordinal: int
    section: str
    source: str
    title: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Facet:
    """What results are counted by, and chosen by."""

    bulletin: int
    year: int
    section: str
    unit: str

    def __str__(self) -> str:
        """Return the form the database keeps."""
        return _TAB.join((str(self.bulletin), str(self.year), self.section, self.unit))


def facet_from(text: str) -> Facet:
    """Return the facet of which this is the form in the database."""
    bulletin, year, section, unit = text.split(_TAB)
    return Facet(int(bulletin), int(year), section, unit)


@dataclass(frozen=True, slots=True)
class Indexed:
    """The columns of an item's rows in the index."""

    facet: str
    recency: int
    title: str
    opening: str
    folded: str
    tokens: str


def indexed(item: Item, *, bulletin: int, date: dt.date, label: str) -> Indexed:
    """Return what the index says of an item of the issue with this date and label.

    It is found by its title, its unit, its issue (2020年第56期) and its text.
    """
    title = fold(item.title)
    folded = "\n".join(
        (title, fold(item.source), fold(f"{date.year}年{label}"), fold(item.text))
    )
    return Indexed(
        facet=str(Facet(bulletin, date.year, item.section, item.source)),
        recency=date.toordinal() * _PLACES + max(_PLACES - item.ordinal, 0),
        title=title,
        opening=fold(item.lead)[:_OPENING],
        folded=folded,
        tokens=tokens_of(folded),
    )
