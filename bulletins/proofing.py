"""Checks of a document before it goes to its readers. They report and repair nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bulletins import markup
from bulletins.document import ArticleEntry, BriefEntry, IssueDocument, anchored_items
from bulletins.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class StandingPhrase:
    """A phrase of the lexicon (规范用语): how it is written, how it is not, and why."""

    text: str
    wrong: tuple[str, ...]
    note: str = ""


def lexicon(document: IssueDocument, terms: Iterable[StandingPhrase]) -> list[Finding]:
    """Return where the document writes a standing phrase in a wrong form (TX05).

    One finding for each wrong form of each item: ``anchor`` is the item's place in the
    official page ("" for the editor's note), ``excerpt`` the form as it stands there.
    It is advice and keeps no issue from being submitted. The rows give the terms:
    ``[StandingPhrase(t.text, t.wrong_forms, t.note) for t in Term.objects.all()]``.
    """
    terms = tuple(terms)
    rights = tuple(dict.fromkeys(term.text for term in terms if term.text))
    return [
        finding
        for anchor, text in _texts(document)
        for finding in _wrong_forms(anchor, text, terms, rights)
    ]


def completeness(document: IssueDocument) -> list[Finding]:
    """Return what is still missing (CM01) before the issue can be submitted."""
    found = [*_masthead_gaps(document), *_empty_issue(document)]
    for anchor, item in anchored_items(document):
        if isinstance(item, ArticleEntry):
            found += _article_gaps(anchor, item)
        else:
            found += _brief_gaps(anchor, item)
    return found


def _missing(message: str, *, excerpt: str = "", anchor: str = "") -> Finding:
    return Finding("CM01", Severity.ERROR, message, excerpt=excerpt, anchor=anchor)


def _masthead_gaps(document: IssueDocument) -> Iterator[Finding]:
    if not document.bulletin.office:
        yield _missing("简报设置中没有填写编印单位")


def _empty_issue(document: IssueDocument) -> Iterator[Finding]:
    if not document.sections:
        yield _missing("本期还没有文章或简讯")


def _article_gaps(anchor: str, article: ArticleEntry) -> Iterator[Finding]:
    title = article.plain_title
    if not title:
        yield _missing("有一篇文章没有标题", anchor=anchor)
    called = f"文章“{title}”" if title else "没有标题的文章"
    has_picture = "<img " in article.body
    if not markup.paragraphs(article.body) and not has_picture:
        yield _missing(f"{called}没有正文", excerpt=title, anchor=anchor)
    if silent := markup.undescribed_pictures(article.body):
        message = f"{called}有{silent}张图片没有图片说明，请双击图片填写"
        yield _missing(message, excerpt=title, anchor=anchor)


def _brief_gaps(anchor: str, brief: BriefEntry) -> Iterator[Finding]:
    if not brief.lead:
        yield _missing("有一条简讯没有首句", excerpt=brief.text[:20], anchor=anchor)


# --- lexicon ----------------------------------------------------------------------

# Between the parts of an item: no phrase runs over it.
_APART = "\n"


def _texts(document: IssueDocument) -> Iterator[tuple[str, str]]:
    """Yield the anchor and the whole text of each place of the document."""
    if document.editors_note:
        yield "", document.editors_note
    for anchor, item in anchored_items(document):
        if isinstance(item, ArticleEntry):
            parts = [item.plain_title, item.source, *markup.paragraphs(item.body)]
            if item.contents_title != item.plain_title:
                parts.insert(1, item.contents_title)
        else:
            parts = [item.lead, item.text, item.source]
        yield anchor, _APART.join(parts)


def _wrong_forms(
    anchor: str, text: str, terms: Iterable[StandingPhrase], rights: Iterable[str]
) -> Iterator[Finding]:
    covered: list[tuple[int, int]] | None = None
    for term in terms:
        for form in term.wrong:
            if not form or form not in text:
                continue
            if covered is None:
                covered = _places(text, rights)
            count = _count_outside(text, form, covered)
            if count:
                yield _wrongly_written(anchor, term, form, count)


def _places(text: str, phrases: Iterable[str]) -> list[tuple[int, int]]:
    """Return start and end of each place where one of the phrases stands."""
    return [
        (start, start + len(phrase))
        for phrase in phrases
        for start in _starts(text, phrase)
    ]


def _starts(text: str, phrase: str) -> Iterator[int]:
    start = text.find(phrase)
    while start != -1:
        yield start
        start = text.find(phrase, start + 1)


def _count_outside(text: str, form: str, covered: list[tuple[int, int]]) -> int:
    """Count where the form stands by itself, not as a part of a right phrase."""
    return sum(
        not any(low <= start and start + len(form) <= high for low, high in covered)
        for start in _starts(text, form)
    )


def _wrongly_written(
    anchor: str, term: StandingPhrase, form: str, count: int
) -> Finding:
    times = f"（{count}处）" if count > 1 else ""
    note = f"：{term.note}" if term.note else ""
    message = f"{_quoted(form)}应写作{_quoted(term.text)}{times}{note}"
    return Finding("TX05", Severity.WARNING, message, excerpt=form, anchor=anchor)


def _quoted(text: str) -> str:
    """Return the text in marks that are none of its own."""
    return f"「{text}」" if {"“", "”"} & set(text) else f"“{text}”"
