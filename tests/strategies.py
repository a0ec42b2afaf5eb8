"""Hypothesis strategies for documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from bulletins import markup
from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    Marks,
    Masthead,
    Recipients,
    SectionEntry,
)

# Official text with some of everything that has ever broken an import.
_CHARACTERS = st.one_of(
    st.sampled_from("一二三市县“”‘’（）《》、，。：；★…—·　 <>&'\"\\/0aZ%镕𠮷é"),
    st.characters(blacklist_categories=["Cc", "Cs"]),
)


def lines(min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[str]:
    """Texts of one line as a document allows them."""
    return (
        st.text(_CHARACTERS, max_size=max_size)
        .map(str.strip)
        .filter(lambda text: len(text) >= min_size)
    )


titles = st.lists(lines(min_size=1), min_size=1, max_size=3).map("\n".join)
bodies = st.lists(
    st.tuples(st.sampled_from(["p", "h2", "h3", "li"]), lines()), max_size=4
).map(lambda parts: markup.clean("".join(markup.paragraph(t, tag) for tag, t in parts)))
articles = st.builds(
    ArticleEntry, title=titles, contents_title=lines(), source=lines(), body=bodies
)
briefs = st.builds(BriefEntry, lead=lines(min_size=1), text=lines(), source=lines())


def sections_of(
    kind: SectionKind, items: st.SearchStrategy[Any]
) -> st.SearchStrategy[SectionEntry]:
    """Sections of one kind, each with items."""
    return st.builds(
        SectionEntry,
        title=lines(),
        kind=st.just(kind),
        items=st.lists(items, min_size=1, max_size=3).map(tuple),
    )


sections = st.one_of(
    sections_of(SectionKind.ARTICLES, articles), sections_of(SectionKind.BRIEFS, briefs)
)
names = st.lists(lines(min_size=1), max_size=3).map(tuple)
numbers = st.none() | st.integers(1, 999_999)
marks = st.none() | lines(min_size=1)

documents = st.builds(
    IssueDocument,
    bulletin=st.builds(
        Masthead, programme=lines(), name=lines(min_size=1), office=lines()
    ),
    kind=st.sampled_from(IssueKind),
    number=numbers,
    total_number=numbers,
    date=st.none() | st.dates(dt.date(1949, 1, 1), dt.date(2199, 12, 31)),
    marks=st.builds(Marks, secrecy=marks, copy_number=marks, urgency=marks),
    editors_note=titles | st.just(""),
    sections=st.lists(
        sections, max_size=4, unique_by=lambda s: (s.title or id(s), s.kind)
    ).map(tuple),
    recipients=st.builds(
        Recipients, report=names, send=names, distribute=names, additional=names
    ),
    copies=numbers,
    signatory=lines(),
    editor=lines(),
)
