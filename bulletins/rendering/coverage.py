"""Characters no font of ours can print: better a finding than a blank on paper."""

from __future__ import annotations

from collections.abc import Iterator

from bulletins import markup
from bulletins.document import (
    ArticleEntry,
    Entry,
    IssueDocument,
    anchored_items,
    section_anchor,
)
from bulletins.findings import Finding, Severity
from bulletins.rendering import fonts

_NOT_PRINTED = frozenset(map(ord, "\n\t\u200b\u200c\u200d\ufe0e\ufe0f"))


def missing_characters(document: IssueDocument) -> list[Finding]:
    """Return a finding (FN01) for each character that cannot be printed."""
    known = fonts.printable() | _NOT_PRINTED
    return [
        Finding(
            "FN01",
            Severity.ERROR,
            f"{place}中的“{character}”（U+{ord(character):04X}）没有字体可以印出",
            excerpt=character,
            anchor=anchor,
        )
        for place, anchor, text in _texts(document)
        for character in dict.fromkeys(text)
        if ord(character) not in known
    ]


def _texts(document: IssueDocument) -> Iterator[tuple[str, str, str]]:
    """Yield place, anchor and text of everything that is printed."""
    masthead, marks = document.bulletin, document.marks
    yield "报头", "", f"{masthead.programme}{masthead.name}{masthead.office}"
    shown = (marks.secrecy, marks.copy_number, marks.urgency)
    yield "密级等标志", "", "".join(mark or "" for mark in shown)
    yield "编者按", "", document.editors_note
    for index, section in enumerate(document.sections):
        yield f"栏目“{section.title}”", section_anchor(index), section.title
    for anchor, item in anchored_items(document):
        for place, text in _item_texts(item):
            yield place, anchor, text
    for label, names in document.recipients.tiers():
        yield f"“{label}”的单位", "", "".join(names)
    yield "版记", "", f"{document.signatory}{document.editor}"


def _item_texts(item: Entry) -> Iterator[tuple[str, str]]:
    if not isinstance(item, ArticleEntry):
        yield f"简讯“{item.lead[:20]}”", f"{item.lead}{item.text}{item.source}"
        return
    title = item.plain_title
    yield f"标题“{title[:20]}”", title + item.contents_title + item.source
    yield f"文章“{title[:20]}”", "".join(markup.paragraphs(item.body))
