"""Sections, articles and brief items of the text between contents list and 版记."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bulletins import markup
from bulletins.document import (
    MAX_TITLE,
    ArticleEntry,
    BriefEntry,
    DocumentError,
    Entry,
    SectionEntry,
    SectionKind,
)
from bulletins.reading import headings, labels, titles
from bulletins.reading.characters import compact, ends_sentence, mended
from bulletins.reading.contents import Match
from bulletins.reading.errors import ReadError
from bulletins.reading.lines import Line, joined
from bulletins.reading.notes import Notes
from bulletins.reading.numbering import parse_number

# A page ends with a full line: what is shorter and has no stop is a paragraph.
_SHORTEST_CUT = 20
_LONGEST_HEADING = 40
_LONGEST_SECTION_NAME = 12

_ITEM = re.compile(
    r"(?P<marker>[★☆●◆■▲◎○◇□△※▪▶\uf0b7\uf06c\uf075\uf0d8]|[（(][一二三四五六七八九十]{1,3}[）)])\s*"
)
_LEVELS = (
    ("h2", re.compile(r"[一二三四五六七八九十]{1,3}、")),
    ("h3", re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    ("h4", re.compile(r"[0-9]{1,2}[.．]\s*(?![0-9])")),
)
_CONTRIBUTOR = re.compile(
    r"(?P<before>.*?)\s*[（(](?P<source>[^（）()]{2,60}?)\s*供稿[）)]"
)
_CONTRIBUTOR_FIRST = re.compile(
    r"(?P<before>.*?)\s*[（(]供稿(?:单位)?[:：]\s*(?P<source>[^（）()]{2,60})[）)]"
)
_STOP = re.compile(r"[。！？!?]")


@dataclass(slots=True)
class _Article:
    line: int
    title: str
    contents_title: str
    paragraphs: list[str] = field(default_factory=list)
    last_line: int = 0


@dataclass(slots=True)
class _Brief:
    line: int
    text: str
    is_marked: bool

    @property
    def last_line(self) -> int:
        """Return the line a remark on its end names."""
        return self.line


@dataclass(slots=True)
class _Section:
    title: str
    line: int
    kind: SectionKind | None = None
    items: list[_Article | _Brief] = field(default_factory=list)


class BodyReader:
    """Goes through the lines once; each line ends up somewhere, or reading stops."""

    def __init__(
        self, lines: list[Line], matches: list[Match], has_contents: bool, notes: Notes
    ) -> None:
        self._lines = lines
        self._matches = {match.start: match for match in matches}
        self._has_contents = has_contents
        self._notes = notes
        self._sections = [_Section("", 0)]
        self._note: list[str] = []
        # The line last added to a paragraph, and how its first line was indented.
        self._last: Line | None = None
        self._first_indent = 0
        self._markers: list[tuple[int, str]] = []

    def read(self, note_lines: list[Line]) -> None:
        """Read all lines; ``note_lines`` are an editor's note from the head."""
        if note_lines:
            self._read_note(note_lines)
        at = 0
        while at < len(self._lines):
            at += self._read_at(at)
        self._note_unfinished()
        if self._markers:
            line, marker = self._markers[0]
            markers = "".join(marker for _, marker in self._markers)
            self._notes.info(
                "RD03", line, f"简讯前的“{marker}”等记号统一印作“★”", markers
            )

    @property
    def editors_note(self) -> str:
        """Return the note, a line feed between its paragraphs."""
        return "\n".join(self._note)

    def sections(self) -> tuple[SectionEntry, ...]:
        """Return what was read; raises ReadError naming the line of what cannot be."""
        for section in self._sections:
            if section.title and not section.items:
                raise ReadError(f"栏目“{section.title}”下面没有内容", section.line)
        filled = [section for section in self._sections if section.items]
        self._refuse_repeated(filled)
        return tuple(self._section_entry(section) for section in filled)

    # --- one line ---

    def _read_at(self, at: int) -> int:
        """Read what begins at a line and return how many lines it took."""
        line = self._lines[at]
        self._refuse_second_issue(line, at)
        match = self._matches.get(at)
        if (name := self._section_name(at)) is not None:
            if match is not None and titles.differ(name, match.entry.text):
                self._note_section_wording(match, line)
            self._open_section(name, line)
            return 1
        if match is not None and self._is_item(line):
            self._note_listed_item(match)
        elif match is not None and self._heads_others(match):
            self._note_section_wording(match, line)
            self._open_section(line.text, line)
            return 1
        elif match is not None:
            self._open_listed(match)
            return match.count
        if self._starts_note(line):
            return self._take_note(at)
        if self._is_item(line):
            self._open_brief(line)
        elif self._is_unlisted_title(at):
            return self._open_unlisted(at)
        else:
            self._add_text(line)
        return 1

    def _refuse_second_issue(self, line: Line, at: int) -> None:
        number = parse_number(line.text)
        if number is not None and number.number is not None and at not in self._matches:
            raise ReadError(
                f"又出现了期号“{line.text}”，像是另一期的开头；一个文件里只能有一期",
                line.number,
            )

    @property
    def _section(self) -> _Section:
        return self._sections[-1]

    @property
    def _item(self) -> _Article | _Brief | None:
        return self._section.items[-1] if self._section.items else None

    # --- sections ---

    def _section_name(self, at: int) -> str | None:
        """Return the name of the section the line is the heading of, if it is one."""
        text = self._lines[at].text
        if name := headings.section_name(text):
            return name
        counted = headings.counted_name(text)
        return counted if counted and self._counts_sections(at, counted) else None

    def _counts_sections(self, at: int, name: str) -> bool:
        """Tell a section such as 一、工作动态 from a heading within an article."""
        if headings.is_usual(name) or at + 1 in self._matches:
            return True
        is_between = self._last is None or ends_sentence(self._last.text)
        return (
            not self._has_contents
            and is_between
            and at + 1 < len(self._lines)
            and titles.looks_like_title(self._lines, at + 1, strictly=False)
        )

    def _heads_others(self, match: Match) -> bool:
        """Tell a listed section from a title: other titles or items follow at once."""
        below = match.start + match.count
        if match.count > 1 or below >= len(self._lines):
            return False
        following = self._matches.get(below)
        if following is not None:
            # Articles are listed in one way, sections in another.
            return following.entry.marker_kind != match.entry.marker_kind
        name = self._lines[match.start].text
        is_short = len(name) <= _LONGEST_SECTION_NAME and compact(name) == name
        return is_short and bool(_ITEM.match(self._lines[below].text))

    def _note_section_wording(self, match: Match, line: Line) -> None:
        """Remark where the contents list names a section otherwise than the body."""
        words = match.entry.text
        if titles.differ(line.text, words):
            self._notes.warn(
                "ST01",
                match.entry.line.number,
                f"要目写作“{words}”，第{line.number}行的栏目写作“{line.text}”，以栏目为准",
                words,
            )

    def _open_section(self, name: str, line: Line) -> None:
        self._note_unfinished()
        if name != line.text:
            if compact(line.text) == name:
                self._notes.info("SP02", line.number, f"“{line.text}”按“{name}”读入")
            elif line.text != f"【{name}】":
                frame = line.text.replace(name, "")
                self._notes.info(
                    "RD03", line.number, f"“{line.text}”读作栏目“{name}”", frame
                )
        self._sections.append(_Section(name, line.number))

    def _is_brief_section(self) -> bool:
        return headings.is_of_briefs(self._section.title)

    # --- titles ---

    def _open_listed(self, match: Match) -> None:
        lines = self._lines[match.start : match.start + match.count]
        entry = match.entry
        title = titles.title_text(lines, entry.text, self._notes)
        if titles.differ(title, entry.text):
            self._notes.warn(
                "ST01",
                entry.line.number,
                f"要目写作“{entry.text}”，第{lines[0].number}行的标题写作"
                f"“{title.replace(chr(10), '')}”，两处都照原样保留",
            )
        self._open_article(lines[0], title, titles.contents_text(entry.text))

    def _is_unlisted_title(self, at: int) -> bool:
        if self._is_brief_section() or self._must_join(self._lines[at]):
            return False
        return titles.looks_like_title(self._lines, at, strictly=self._has_contents)

    def _open_unlisted(self, at: int) -> int:
        line = self._lines[at]
        count = 1
        # A title may take several lines, set close together.
        while (
            not self._has_contents
            and at + count < len(self._lines)
            and count < 3
            and not self._lines[at + count].after_blank
            and self._section_name(at + count) is None
            and titles.looks_like_title(self._lines, at + count, strictly=False)
        ):
            count += 1
        lines = self._lines[at : at + count]
        title = titles.title_text(lines, None, self._notes)
        if self._has_contents:
            self._notes.warn(
                "ST02", line.number, f"“{title}”按文章标题读入，但要目中没有它"
            )
        else:
            shown = title.replace("\n", "")
            self._notes.info("RD06", line.number, f"“{shown}”按文章标题读入")
        self._open_article(line, title, "")
        return count

    def _open_article(self, line: Line, title: str, contents_title: str) -> None:
        self._note_unfinished()
        if self._section.kind is SectionKind.BRIEFS:
            self._sections.append(_Section("", line.number))
        self._section.kind = SectionKind.ARTICLES
        self._section.items.append(_Article(line.number, title, contents_title))

    # --- the editor's note ---

    def _starts_note(self, line: Line) -> bool:
        return labels.note_start(line.text) is not None

    def _take_note(self, at: int) -> int:
        line = self._lines[at]
        if self._item is not None or self._note:
            self._notes.warn(
                "RD06", line.number, "编者按不在第一篇之前，按普通段落读入"
            )
            self._add_text(line)
            return 1
        end = at + 1
        start = labels.note_start(line.text)
        if start is not None and not start[1] and self._is_free(end):
            # Below the label alone comes the note, whatever it looks like.
            end += 1
        while end < len(self._lines) and not self._ends_note(end):
            end += 1
        self._read_note(self._lines[at:end])
        return end - at

    def _is_free(self, at: int) -> bool:
        """Tell whether there is a line that is neither listed nor a section's."""
        is_there = at < len(self._lines) and at not in self._matches
        return is_there and self._section_name(at) is None

    def _ends_note(self, at: int) -> bool:
        return not self._is_free(at) or self._is_unlisted_title(at)

    def _read_note(self, lines: list[Line]) -> None:
        start = labels.note_start(lines[0].text)
        assert start is not None  # noqa: S101 - the caller saw the label
        label, first = start
        if label != "编者按":
            self._notes.info("RD04", lines[0].number, f"“{label}”印作“编者按”", label)
        self._note_written(lines[0], first)
        if first:
            self._note.append(mended(first, lines[0].number, self._notes))
            self._last = lines[0]
        for line in lines[1:]:
            text = mended(line.text, line.number, self._notes)
            if self._note and self._must_join(line):
                self._note[-1] = self._joined(self._note[-1], text, line)
            else:
                self._note.append(text)
            self._last = line
        if not self._note:
            written = lines[0].text
            self._notes.warn("RD06", lines[0].number, "“编者按”后面没有内容", written)
        self._note_unfinished()

    def _note_written(self, line: Line, first: str) -> None:
        """Remark on brackets and a half-width colon around the label."""
        written = compact(line.text.removesuffix(first))
        odd = "".join(c for c in written if c in "【】[]()（）:")
        if odd:
            self._notes.info("PU02", line.number, "“编者按：”统一写法", odd)

    # --- brief items ---

    def _is_item(self, line: Line) -> bool:
        """Tell whether the line begins a marked brief item, not a point of an article."""
        if isinstance(self._item, _Article) or not _ITEM.match(line.text):
            return False
        return (
            self._is_brief_section() or self._section.kind is not SectionKind.ARTICLES
        )

    def _open_brief(self, line: Line) -> None:
        self._note_unfinished()
        found = _ITEM.match(line.text)
        marker = found["marker"] if found else ""
        if marker != "★":
            self._markers.append((line.number, marker))
        self._section.kind = SectionKind.BRIEFS
        rest = line.text[len(found[0]) :] if found else line.text
        text = mended(rest, line.number, self._notes)
        self._section.items.append(_Brief(line.number, text, is_marked=True))
        self._begin(line)

    def _note_listed_item(self, match: Match) -> None:
        self._notes.info(
            "ST01",
            match.entry.line.number,
            f"要目列出了简讯“{match.entry.text}”；印出时要目只列栏目",
            match.entry.text,
        )

    # --- running text ---

    def _add_text(self, line: Line) -> None:
        item = self._item
        if isinstance(item, _Brief) and self._continues_brief(line, item):
            return
        if item is None or isinstance(item, _Brief):
            if self._is_brief_section():
                self._open_unmarked(line)
                return
            self._notes.warn(
                "RD06", line.number, "这一段前面没有标题，读作没有标题的文章"
            )
            self._open_article(line, "", "")
            item = self._item
        assert isinstance(item, _Article)  # noqa: S101 - opened above where there was none
        self._add_paragraph(item, line)

    def _continues_brief(self, line: Line, brief: _Brief) -> bool:
        text = mended(line.text, line.number, self._notes)
        if _whole_contributor(text):
            brief.text += text
        elif self._must_join(line):
            brief.text = self._joined(brief.text, text, line)
        elif not _STOP.search(brief.text):
            # The lead stood on a line of its own.
            brief.text = f"{brief.text}。{text}"
            self._notes.info("RD06", line.number, "简讯的首句后加上了句号")
        elif brief.is_marked:
            brief.text += text
            self._notes.warn("IM02", line.number, "这一段并入上一条简讯")
        else:
            return False
        self._last = line
        return True

    def _open_unmarked(self, line: Line) -> None:
        self._note_unfinished()
        self._notes.info("RD06", line.number, "栏目中的这一段读作一条简讯")
        self._section.kind = SectionKind.BRIEFS
        text = mended(line.text, line.number, self._notes)
        self._section.items.append(_Brief(line.number, text, is_marked=False))
        self._begin(line)

    def _add_paragraph(self, article: _Article, line: Line) -> None:
        text = mended(line.text, line.number, self._notes)
        article.last_line = line.number
        if article.paragraphs and self._must_join(line):
            article.paragraphs[-1] = self._joined(article.paragraphs[-1], text, line)
            self._last = line
        else:
            self._note_unfinished()
            article.paragraphs.append(text)
            self._begin(line)

    def _begin(self, line: Line) -> None:
        self._first_indent = line.indent
        self._last = line

    def _must_join(self, line: Line) -> bool:
        """Tell whether the line goes on with the paragraph that the last line left."""
        last = self._last
        if last is None or _heading_tag(last.text) or _heading_tag(line.text):
            return False
        is_indented = line.indent > 0 and line.indent >= self._first_indent > 0
        if is_indented or _whole_contributor(line.text):
            return False
        return not ends_sentence(last.text) and len(last.text) >= _SHORTEST_CUT

    def _joined(self, before: str, text: str, line: Line) -> str:
        last = self._last
        assert last is not None  # noqa: S101 - _must_join saw it
        seam = f"{last.text[-6:]}｜{line.text[:6]}"
        self._notes.warn("IM01", last.number, f"与第{line.number}行连成一段：“{seam}”")
        return joined(before, text)

    def _note_unfinished(self) -> None:
        """Remark on a paragraph that ends without a stop, and forget it."""
        last, self._last = self._last, None
        if last is None or ends_sentence(last.text) or _heading_tag(last.text):
            return
        if not _whole_contributor(last.text) and not last.text.endswith(("）", ")")):
            self._notes.warn("IM01", last.number, f"段末没有标点：“{last.text[-12:]}”")

    # --- what came of it ---

    def _refuse_repeated(self, sections: list[_Section]) -> None:
        seen: dict[tuple[str, object], int] = {}
        for section in sections:
            place = (section.title, section.kind)
            if section.title and place in seen:
                raise ReadError(
                    f"栏目“{section.title}”第{seen[place]}行已经有过，不能出现两次",
                    section.line,
                )
            seen[place] = section.line

    def _section_entry(self, section: _Section) -> SectionEntry:
        kind = section.kind or SectionKind.ARTICLES
        items = tuple(self._entry(item) for item in section.items)
        return SectionEntry(section.title, kind, items)

    def _entry(self, item: _Article | _Brief) -> Entry:
        try:
            return (
                self._article_entry(item)
                if isinstance(item, _Article)
                else self._brief_entry(item)
            )
        except DocumentError as error:
            raise ReadError(str(error), item.line) from None

    def _article_entry(self, article: _Article) -> ArticleEntry:
        paragraphs, source = self._take_contributor(article, article.paragraphs)
        if not paragraphs:
            raise ReadError(
                f"标题“{article.title.replace(chr(10), '')}”下面没有正文", article.line
            )
        body = "".join(
            markup.paragraph(text, _heading_tag(text) or "p") for text in paragraphs
        )
        return ArticleEntry(article.title, article.contents_title, source, body)

    def _brief_entry(self, brief: _Brief) -> BriefEntry:
        texts, source = self._take_contributor(brief, [brief.text])
        text = "".join(texts)
        if not text:
            raise ReadError("这一条简讯没有内容", brief.line)
        stop = _STOP.search(text)
        if stop is None:
            return BriefEntry(text, "", source)
        at = stop.end()
        lead = text[: stop.start()] if stop[0] == "。" else text[:at]
        if len(lead) > MAX_TITLE:
            raise ReadError(
                f"简讯的首句过长（{len(lead)}字，最多{MAX_TITLE}字）", brief.line
            )
        return BriefEntry(lead, text[at:].strip(), source)

    def _take_contributor(
        self, item: _Article | _Brief, paragraphs: list[str]
    ) -> tuple[list[str], str]:
        """Return the paragraphs without （…供稿） at their end, and who it names."""
        for form in (_CONTRIBUTOR, _CONTRIBUTOR_FIRST):
            found = form.fullmatch(paragraphs[-1]) if paragraphs else None
            if found:
                before, source = found["before"], found["source"].strip()
                self._note_contributor(item, found[0].removeprefix(before), source)
                kept = [*paragraphs[:-1], before] if before else paragraphs[:-1]
                return kept, source
        return paragraphs, ""

    def _note_contributor(
        self, item: _Article | _Brief, written: str, source: str
    ) -> None:
        printed = f"（{source}供稿）"
        if compact(written) != compact(printed):
            self._notes.info(
                "RD04", item.last_line, f"“{written.strip()}”印作“{printed}”", written
            )


def _heading_tag(text: str) -> str | None:
    """Return the tag of a line that is a heading of its own (GB/T 9704-2012, 7.3.3)."""
    if len(text) > _LONGEST_HEADING or re.search(r"[。！？；：，:;,]$|。", text):
        return None
    return next((tag for tag, form in _LEVELS if form.match(text)), None)


def _whole_contributor(text: str) -> bool:
    return any(
        (found := form.fullmatch(text)) and not found["before"]
        for form in (_CONTRIBUTOR, _CONTRIBUTOR_FIRST)
    )
