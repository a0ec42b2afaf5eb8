"""The bulletin as plain text, in the form ``reading`` takes back."""

from __future__ import annotations

from collections.abc import Iterator

from bulletins import markup
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    SectionEntry,
    contents,
    printed_date,
    printed_names,
    printed_number,
    printed_source,
)


def render_text(document: IssueDocument) -> str:
    """Return the words of the document; pictures and formatting have no place in it."""
    parts = (
        _head(document),
        _contents(document),
        _note(document),
        *(part for section in document.sections for part in _section(section)),
        _imprint(document),
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _head(document: IssueDocument) -> str:
    masthead, marks = document.bulletin, document.marks
    number = printed_number(document)
    lines = (
        marks.copy_number,
        marks.secrecy,
        marks.urgency,
        masthead.programme,
        masthead.name,
        f"（{number}）" if number else "",
        masthead.office,
        printed_date(document.date) if document.date else "",
    )
    return "\n\n".join(filter(None, lines))


def _contents(document: IssueDocument) -> str:
    lines = [
        f"【{line.text}】" if line.is_heading else f"- {line.text}"
        for line in contents(document)
    ]
    return "\n".join(["本期要目", "", *lines]) if lines else ""


def _note(document: IssueDocument) -> str:
    note = document.editors_note.replace("\n", "\n\n")
    return f"编者按：{note}" if note else ""


def _section(section: SectionEntry) -> Iterator[str]:
    if section.title:
        yield f"【{section.title}】"
    for item in section.items:
        if isinstance(item, ArticleEntry):
            yield from _article(item)
        else:
            yield _brief(item)


def _article(article: ArticleEntry) -> Iterator[str]:
    yield article.title
    yield from markup.paragraphs(article.body)
    if article.source:
        yield f"（{printed_source(article.source)}）"


def _brief(brief: BriefEntry) -> str:
    source = f"（{printed_source(brief.source)}）" if brief.source else ""
    return f"★{brief.printed}{source}"


def _imprint(document: IssueDocument) -> str:
    lines = [
        f"{label}：{printed_names(names)}。"
        for label, names in document.recipients.tiers()
        if names
    ]
    if document.signatory:
        lines.append(f"签发：{document.signatory}")
    if document.editor:
        lines.append(f"责任编辑：{document.editor}")
    if document.copies:
        lines.append(f"共印{document.copies}份")
    return "\n".join(lines)
