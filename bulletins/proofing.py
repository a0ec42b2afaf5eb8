"""Checks of a document before it goes to its readers. They report and repair nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bulletins import markup
from bulletins.document import ArticleEntry, BriefEntry, IssueDocument, anchored_items
from bulletins.findings import Finding, Severity


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
    has_picture = "<img " in article.body
    if not markup.paragraphs(article.body) and not has_picture:
        yield _missing(f"文章“{title}”没有正文", excerpt=title, anchor=anchor)


def _brief_gaps(anchor: str, brief: BriefEntry) -> Iterator[Finding]:
    if not brief.lead:
        yield _missing("有一条简讯没有首句", excerpt=brief.text[:20], anchor=anchor)
