"""What is read of sections, articles and brief items, and the entries made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bulletins import markup
from bulletins.bounds import MAX_TITLE, SectionKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    DocumentError,
    Entry,
    SectionEntry,
)
from bulletins.reading.characters import compact
from bulletins.reading.errors import ReadError
from bulletins.reading.notes import Notes

_LONGEST_HEADING = 40
_LEVELS = (
    ("h2", re.compile(r"[一二三四五六七八九十]{1,3}、")),
    ("h3", re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    ("h4", re.compile(r"[0-9]{1,2}[.．]\s*(?![0-9])")),
)
_CONTRIBUTORS = (
    re.compile(r"(?P<before>.*?)\s*[（(](?P<source>[^（）()]{2,60}?)\s*供稿[）)]"),
    re.compile(
        r"(?P<before>.*?)\s*[（(]供稿(?:单位)?[:：]\s*(?P<source>[^（）()]{2,60})[）)]"
    ),
)
_STOP = re.compile(r"[。！？!?]")


@dataclass(slots=True)
class DraftArticle:
    """An article as its lines come in; ``line`` is its title's."""

    line: int
    title: str
    contents_title: str
    paragraphs: list[str] = field(default_factory=list)
    last_line: int = 0


@dataclass(slots=True)
class DraftBrief:
    """A brief item as its lines come in: marked with a star or the like, or not."""

    line: int
    text: str
    is_marked: bool

    @property
    def last_line(self) -> int:
        """Return the line a remark on its end names."""
        return self.line

    @property
    def has_stop(self) -> bool:
        """Tell whether its first sentence is at an end."""
        return bool(_STOP.search(self.text))


@dataclass(slots=True)
class DraftSection:
    """A section as its items come in; ``kind`` is known with the first of them."""

    title: str
    line: int
    kind: SectionKind | None = None
    items: list[DraftArticle | DraftBrief] = field(default_factory=list)


def heading_tag(text: str) -> str | None:
    """Return the tag of a line that is a heading of its own (GB/T 9704-2012, 7.3.3)."""
    if len(text) > _LONGEST_HEADING or re.search(r"[。！？；：，:;,]$|。", text):
        return None
    return next((tag for tag, form in _LEVELS if form.match(text)), None)


def is_contributor(text: str) -> bool:
    """Tell whether a line is nothing but （…供稿）."""
    found = (form.fullmatch(text) for form in _CONTRIBUTORS)
    return any(match is not None and not match["before"] for match in found)


def section_entries(
    sections: list[DraftSection], notes: Notes
) -> tuple[SectionEntry, ...]:
    """Return the sections as entries; raises ReadError naming the line of a fault."""
    for section in sections:
        if section.title and not section.items:
            raise ReadError(f"栏目“{section.title}”下面没有内容", section.line)
    filled = [section for section in sections if section.items]
    _refuse_repeated(filled)
    return tuple(
        SectionEntry(
            section.title,
            section.kind or SectionKind.ARTICLES,
            tuple(_entry(item, notes) for item in section.items),
        )
        for section in filled
    )


def _refuse_repeated(sections: list[DraftSection]) -> None:
    seen: dict[tuple[str, SectionKind | None], int] = {}
    for section in sections:
        place = (section.title, section.kind)
        if section.title and place in seen:
            raise ReadError(
                f"栏目“{section.title}”第{seen[place]}行已经有过，不能出现两次",
                section.line,
            )
        seen[place] = section.line


def _entry(item: DraftArticle | DraftBrief, notes: Notes) -> Entry:
    try:
        if isinstance(item, DraftArticle):
            return _article(item, notes)
        return _brief(item, notes)
    except DocumentError as error:
        raise ReadError(str(error), item.line) from None


def _article(article: DraftArticle, notes: Notes) -> ArticleEntry:
    paragraphs, source = _take_contributor(article, article.paragraphs, notes)
    if not paragraphs:
        title = article.title.replace("\n", "")
        raise ReadError(f"标题“{title}”下面没有正文", article.line)
    body = "".join(
        markup.paragraph(text, heading_tag(text) or "p") for text in paragraphs
    )
    return ArticleEntry(article.title, article.contents_title, source, body)


def _brief(brief: DraftBrief, notes: Notes) -> BriefEntry:
    texts, source = _take_contributor(brief, [brief.text], notes)
    text = "".join(texts)
    if not text:
        raise ReadError("这一条简讯没有内容", brief.line)
    stop = _STOP.search(text)
    if stop is None:
        return BriefEntry(text, "", source)
    lead = text[: stop.start() if stop[0] == "。" else stop.end()]
    if len(lead) > MAX_TITLE:
        message = f"简讯的首句过长（{len(lead)}字，最多{MAX_TITLE}字）"
        raise ReadError(message, brief.line)
    return BriefEntry(lead, text[stop.end() :].strip(), source)


def _take_contributor(
    item: DraftArticle | DraftBrief, paragraphs: list[str], notes: Notes
) -> tuple[list[str], str]:
    """Return the paragraphs without （…供稿） at their end, and who it names."""
    for form in _CONTRIBUTORS:
        found = form.fullmatch(paragraphs[-1]) if paragraphs else None
        if found is None:
            continue
        before, source = found["before"], found["source"].strip()
        written, printed = found[0].removeprefix(before).strip(), f"（{source}供稿）"
        if compact(written) != compact(printed):
            message = f"“{written}”印作“{printed}”"
            notes.info("RD04", item.last_line, message, written)
        return [*paragraphs[:-1], *filter(None, [before])], source
    return paragraphs, ""
