"""The bounds and kinds that documents and rows have in common."""

from __future__ import annotations

from enum import StrEnum

# Longest texts, in characters: a document's, and the columns'.
MAX_LINE = 200
MAX_TITLE = 200
MAX_NOTE = 5_000
MAX_BRIEF = 20_000
MAX_BODY = 1_000_000
MAX_NUMBER = 999_999
FIRST_YEAR, LAST_YEAR = 1949, 2199


class IssueKind(StrEnum):
    """Whether an issue counts in the main series or among the supplements (增刊)."""

    REGULAR = "regular"
    SUPPLEMENT = "supplement"


class SectionKind(StrEnum):
    """Whether a section holds articles or brief items (简讯)."""

    ARTICLES = "articles"
    BRIEFS = "briefs"
