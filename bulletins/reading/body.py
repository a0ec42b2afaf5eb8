"""Sections, articles and brief items of the text between contents list and 版记."""

from __future__ import annotations

import re

from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.reading import headings, labels, titles
from bulletins.reading.characters import compact, mended
from bulletins.reading.contents import Match
from bulletins.reading.drafts import (
    DraftArticle,
    DraftBrief,
    DraftSection,
    is_contributor,
    section_entries,
)
from bulletins.reading.errors import ReadError
from bulletins.reading.lines import Line
from bulletins.reading.notes import Notes
from bulletins.reading.numbering import parse_number
from bulletins.reading.paragraphs import OpenParagraph

_LONGEST_SECTION_NAME = 12
_MOST_TITLE_LINES = 3

_ITEM = re.compile(
    r"(?P<marker>[★☆●◆■▲◎○◇□△※▪▶\uf0b7\uf06c\uf075\uf0d8]|[（(][一二三四五六七八九十]{1,3}[）)])\s*"
)


class BodyReader:
    """Goes through the lines once; each line ends up somewhere, or reading stops."""

    def __init__(
        self, lines: list[Line], matches: list[Match], has_contents: bool, notes: Notes
    ) -> None:
        self._lines = lines
        self._matches = {match.start: match for match in matches}
        self._has_contents = has_contents
        self._notes = notes
        self._sections = [DraftSection("", 0)]
        self._note: list[str] = []
        self._paragraph = OpenParagraph(notes)
        self._markers: list[tuple[int, str]] = []

    def read(self, note_lines: list[Line]) -> None:
        """Read all lines; ``note_lines`` are an editor's note from the head."""
        if note_lines:
            self._read_note(note_lines)
        at = 0
        while at < len(self._lines):
            at += self._read_at(at)
        self._paragraph.end()
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
        return section_entries(self._sections, self._notes)

    # --- one line ---

    def _read_at(self, at: int) -> int:
        """Read what begins at a line and return how many lines it took."""
        line = self._lines[at]
        self._refuse_second_issue(line, at)
        match = self._matches.get(at)
        if (name := self._section_name(at)) is not None:
            self._open_section(name, line, match)
            return 1
        if match is not None and not self._is_item(line):
            return self._open_listed(match)
        if labels.note_start(line.text):
            return self._take_note(at)
        if self._is_item(line):
            self._open_brief(line, match)
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
    def _section(self) -> DraftSection:
        return self._sections[-1]

    @property
    def _item(self) -> DraftArticle | DraftBrief | None:
        return self._section.items[-1] if self._section.items else None

    # --- sections ---

    def _section_name(self, at: int) -> str | None:
        """Return the name of the section the line is the heading of, if it is one."""
        text = self._lines[at].text
        if name := headings.section_name(text):
            return name
        counted = headings.counted_name(text)
        if counted and self._counts_sections(at, counted):
            return counted
        return text if at in self._matches and self._heads_others(at) else None

    def _counts_sections(self, at: int, name: str) -> bool:
        """Tell a section such as 一、工作动态 from a heading within an article."""
        if headings.is_usual(name) or at + 1 in self._matches:
            return True
        return (
            not self._has_contents
            and self._paragraph.is_finished()
            and at + 1 < len(self._lines)
            and titles.looks_like_title(self._lines, at + 1, strictly=False)
        )

    def _heads_others(self, at: int) -> bool:
        """Tell a listed section from a title: other titles or items follow at once."""
        match, below = self._matches[at], at + 1
        if (
            match.count > 1
            or below >= len(self._lines)
            or self._is_item(self._lines[at])
        ):
            return False
        following = self._matches.get(below)
        if following is not None:
            # Articles are listed in one way, sections in another.
            return following.entry.marker_kind != match.entry.marker_kind
        name = self._lines[at].text
        is_short = len(name) <= _LONGEST_SECTION_NAME and compact(name) == name
        return is_short and bool(_ITEM.match(self._lines[below].text))

    def _open_section(self, name: str, line: Line, match: Match | None) -> None:
        self._paragraph.end()
        if match is not None and titles.differ(name, match.entry.text):
            words = match.entry.text
            self._notes.warn(
                "ST01",
                match.entry.line.number,
                f"要目写作“{words}”，第{line.number}行的栏目写作“{line.text}”，以栏目为准",
                words,
            )
        if name == compact(line.text) != line.text:
            self._notes.info("SP02", line.number, f"“{line.text}”按“{name}”读入")
        elif line.text not in {name, f"【{name}】"}:
            message = f"“{line.text}”读作栏目“{name}”"
            self._notes.info("RD03", line.number, message, line.text.replace(name, ""))
        self._sections.append(DraftSection(name, line.number))

    def _is_brief_section(self) -> bool:
        return headings.is_of_briefs(self._section.title)

    # --- titles ---

    def _open_listed(self, match: Match) -> int:
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
        return match.count

    def _is_unlisted_title(self, at: int) -> bool:
        if self._is_brief_section() or self._paragraph.takes(self._lines[at]):
            return False
        return titles.looks_like_title(self._lines, at, strictly=self._has_contents)

    def _open_unlisted(self, at: int) -> int:
        line = self._lines[at]
        count = 1
        # A title may take several lines, set close together.
        while (
            not self._has_contents
            and at + count < len(self._lines)
            and count < _MOST_TITLE_LINES
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
        self._paragraph.end()
        if self._section.kind is SectionKind.BRIEFS:
            self._sections.append(DraftSection("", line.number))
        self._section.kind = SectionKind.ARTICLES
        self._section.items.append(DraftArticle(line.number, title, contents_title))

    # --- the editor's note ---

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
            self._paragraph.begin(lines[0])
        for line in lines[1:]:
            text = mended(line.text, line.number, self._notes)
            if self._note and self._paragraph.takes(line):
                self._note[-1] = self._paragraph.joined(self._note[-1], text, line)
            else:
                self._note.append(text)
                self._paragraph.begin(line)
        if not self._note:
            written = lines[0].text
            self._notes.warn("RD06", lines[0].number, "“编者按”后面没有内容", written)
        self._paragraph.end()

    def _note_written(self, line: Line, first: str) -> None:
        """Remark on brackets and a half-width colon around the label."""
        written = compact(line.text.removesuffix(first))
        odd = "".join(c for c in written if c in "【】[]()（）:")
        if odd:
            self._notes.info("PU02", line.number, "“编者按：”统一写法", odd)

    # --- brief items ---

    def _is_item(self, line: Line) -> bool:
        """Tell whether the line begins a marked brief item, not a point of an article."""
        if isinstance(self._item, DraftArticle) or not _ITEM.match(line.text):
            return False
        return (
            self._is_brief_section() or self._section.kind is not SectionKind.ARTICLES
        )

    def _open_brief(self, line: Line, match: Match | None) -> None:
        self._paragraph.end()
        found = _ITEM.match(line.text)
        assert found is not None  # noqa: S101 - _is_item saw it
        if found["marker"] != "★":
            self._markers.append((line.number, found["marker"]))
        if match is not None:
            words = match.entry.text
            message = f"要目列出了简讯“{words}”；印出时要目只列栏目"
            self._notes.info("ST01", match.entry.line.number, message, words)
        self._add_brief(line, line.text[found.end() :], is_marked=True)

    def _open_unmarked(self, line: Line) -> None:
        self._paragraph.end()
        self._notes.info("RD06", line.number, "栏目中的这一段读作一条简讯")
        self._add_brief(line, line.text, is_marked=False)

    def _add_brief(self, line: Line, words: str, *, is_marked: bool) -> None:
        self._section.kind = SectionKind.BRIEFS
        text = mended(words, line.number, self._notes)
        self._section.items.append(DraftBrief(line.number, text, is_marked))
        self._paragraph.begin(line)

    # --- running text ---

    def _add_text(self, line: Line) -> None:
        item = self._item
        if isinstance(item, DraftBrief) and self._continues_brief(line, item):
            return
        if item is None or isinstance(item, DraftBrief):
            if self._is_brief_section():
                self._open_unmarked(line)
                return
            self._notes.warn(
                "RD06", line.number, "这一段前面没有标题，读作没有标题的文章"
            )
            self._open_article(line, "", "")
            item = self._item
        assert isinstance(item, DraftArticle)  # noqa: S101 - opened above where there was none
        self._add_paragraph(item, line)

    def _continues_brief(self, line: Line, brief: DraftBrief) -> bool:
        text = mended(line.text, line.number, self._notes)
        if is_contributor(text):
            brief.text += text
        elif self._paragraph.takes(line):
            brief.text = self._paragraph.joined(brief.text, text, line)
        elif not brief.has_stop:
            # The lead stood on a line of its own.
            brief.text = f"{brief.text}。{text}"
            self._notes.info("RD06", line.number, "简讯的首句后加上了句号")
        elif brief.is_marked:
            brief.text += text
            self._notes.warn("IM02", line.number, "这一段并入上一条简讯")
        else:
            return False
        self._paragraph.go_on(line)
        return True

    def _add_paragraph(self, article: DraftArticle, line: Line) -> None:
        text = mended(line.text, line.number, self._notes)
        article.last_line = line.number
        if article.paragraphs and self._paragraph.takes(line):
            article.paragraphs[-1] = self._paragraph.joined(
                article.paragraphs[-1], text, line
            )
        else:
            self._paragraph.end()
            article.paragraphs.append(text)
            self._paragraph.begin(line)
