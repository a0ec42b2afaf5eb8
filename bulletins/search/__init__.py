"""Finding published items: their rows, their index, and what is looked for."""

from bulletins.search.database import is_sound
from bulletins.search.database import mend as mend_database
from bulletins.search.excerpts import Part
from bulletins.search.finding import (
    PAGE_SIZE,
    Count,
    Counts,
    Found,
    Hit,
    NoSuchPage,
    find,
)
from bulletins.search.indexing import (
    add_to_index,
    index_issue,
    is_indexed,
    items_of,
    mend,
)
from bulletins.search.naming import (
    Named,
    NamedSection,
    NamedUnit,
    NamedYear,
    named,
)
from bulletins.search.suggesting import Suggestion, suggestions
from bulletins.search.wanted import (
    MAX_WORDS,
    SearchRefused,
    Wanted,
    page_from,
    wanted_from,
)

__all__ = [
    "MAX_WORDS",
    "PAGE_SIZE",
    "Count",
    "Counts",
    "Found",
    "Hit",
    "Named",
    "NamedSection",
    "NamedUnit",
    "NamedYear",
    "NoSuchPage",
    "Part",
    "SearchRefused",
    "Suggestion",
    "Wanted",
    "add_to_index",
    "find",
    "index_issue",
    "is_indexed",
    "is_sound",
    "items_of",
    "mend",
    "mend_database",
    "named",
    "page_from",
    "suggestions",
    "wanted_from",
]
