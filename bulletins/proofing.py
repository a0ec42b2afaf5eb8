"""Checks of a document before it goes to its readers. They report and repair nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bulletins import markup
from bulletins.document import ArticleEntry, BriefEntry, IssueDocument
from bulletins.findings import Finding, Severity


def completeness(document: IssueDocument) -> list[Finding]:
    """Return what is still missing before the issue can be submitted."""
    return [
        *_masthead_gaps(document),
        *_empty_issue(document),
        *(gap for article in document.articles() for gap in _article_gaps(article)),
        *(gap for brief in document.briefs() for gap in _brief_gaps(brief)),
    ]


def _missing(message: str, excerpt: str = "") -> Finding:
    return Finding("CM01", Severity.ERROR, message, excerpt=excerpt)


def _masthead_gaps(document: IssueDocument) -> Iterator[Finding]:
    if not document.bulletin.office:
        yield _missing("简报设置中没有填写编印单位")


def _empty_issue(document: IssueDocument) -> Iterator[Finding]:
    if not document.sections:
        yield _missing("本期还没有文章或简讯")


def _article_gaps(article: ArticleEntry) -> Iterator[Finding]:
    if not article.plain_title:
        yield _missing("有一篇文章没有标题")
    has_picture = "<img " in article.body
    if not markup.paragraphs(article.body) and not has_picture:
        yield _missing(f"文章“{article.plain_title}”没有正文", article.plain_title)


def _brief_gaps(brief: BriefEntry) -> Iterator[Finding]:
    if not brief.lead:
        yield _missing("有一条简讯没有首句", brief.text[:20])
