"""The 本期要目, and which lines of the body its entries are the titles of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bulletins.reading.characters import close_up, compact, key, without_latin_spaces
from bulletins.reading.headings import section_name
from bulletins.reading.lines import Line
from bulletins.reading.notes import Notes

_HEADING = re.compile(
    r"[【\[]?(?:本期)?(?:要目|目录|导读|内容提要|内容|看点)[】\]]?[:：]?"
)
_MARKER = re.compile(
    r"(?:[-–—·•●○◆◇■□▲△★☆※◎▪▶]|\uf0b7|\uf06c|\uf075|\uf0d8|[0-9]{1,2}[.．、]|"
    r"[（(][0-9一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|[①-⑳])\s*"
)
_PAGE = re.compile(
    r"(?:\s*[.．…·‥]{2,}\s*|\s*\t\s*|\s{2,})[（(]?[0-9]{1,3}[）)]?$|\s*[（(][0-9]{1,3}[）)]$"
)
# A page number is at most this far down; longer lines are no entries.
_LONGEST_ENTRY = 90
# A title on several lines, put together, is looked for in windows of at most:
_MOST_TITLE_LINES = 3
_LONGEST_TITLE_LINE = 45
_NEARLY = 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents list, without its marker and page number."""

    line: Line
    text: str
    marker: str = ""

    @property
    def key(self) -> str:
        """Return what its wording is compared by."""
        return key(self.text)

    @property
    def marker_kind(self) -> str:
        """Return what the marker has in common with its like: 1. and 2. are alike."""
        return re.sub(r"[0-9一二三四五六七八九十①-⑳]+", "1", self.marker)


@dataclass(frozen=True, slots=True)
class ContentsList:
    """Where the list stands: its heading, its entries, and the first line behind it."""

    heading: int
    entries: tuple[Entry, ...]
    end: int


def heading_index(lines: list[Line]) -> int | None:
    """Return where the heading of the contents list stands, if there is one."""
    for at, line in enumerate(lines):
        if _HEADING.fullmatch(compact(line.text)):
            return at
    return None


def read_contents(lines: list[Line], heading: int, notes: Notes) -> ContentsList:
    """Return the entries below the heading."""
    below = lines[heading + 1 :]
    count = _count_of_entries(below)
    entries = tuple(_entry(line, notes) for line in below[:count])
    _note_markers(entries, notes)
    words = compact(lines[heading].text)
    if words != "本期要目":
        number = lines[heading].number
        notes.info("RD04", number, f"“{words}”统一印作“本期要目”", words)
    return ContentsList(heading, entries, heading + 1 + count)


def _count_of_entries(below: list[Line]) -> int:
    """Return how many lines belong to the list.

    It ends where a wording comes again as a title; else where its markers end, or at
    a line much like the first entry, or at the first blank line.
    """
    running = (i for i, line in enumerate(below) if _is_running_text(line))
    lines = below[: next(running, len(below))]
    wordings = [key(_bare(line.text)[1].strip("【】[]")) for line in lines]
    end = (
        _first_repeat(wordings)
        or _end_of_markers(lines)
        or _first_like_the_first(wordings)
        or next(
            (i for i, line in enumerate(lines) if i and line.after_blank), len(lines)
        )
    )
    # The heading of the body's first section is no entry, unless it comes again.
    while (
        end > 1
        and section_name(lines[end - 1].text)
        and not _has_marker(lines[end - 1])
    ):
        words = key(lines[end - 1].text)
        if any(key(line.text) == words for line in below[end:]):
            break
        end -= 1
    return end


def _is_running_text(line: Line) -> bool:
    return len(line.text) > _LONGEST_ENTRY or line.text.endswith("。")


def _has_marker(line: Line) -> bool:
    return bool(_MARKER.match(line.text))


def _end_of_markers(lines: list[Line]) -> int | None:
    """Return the first line without a marker, where the first lines have one."""
    marked = [
        _has_marker(line) or section_name(line.text) is not None for line in lines
    ]
    if not lines or not _has_marker(lines[0]):
        return None
    return next((i for i, is_marked in enumerate(marked) if not is_marked), len(marked))


def _first_repeat(wordings: list[str]) -> int | None:
    """Return the first line that says again what a line above it said."""
    return next((i for i, words in enumerate(wordings) if words in wordings[:i]), None)


def _first_like_the_first(wordings: list[str]) -> int | None:
    """Return the first line that may be the title of the first entry.

    Only the first is compared so: entries may be as like one another.
    """
    return next(
        (
            at
            for at, wording in enumerate(wordings)
            if at and _distance(wording, wordings[0]) is not None
        ),
        None,
    )


def _bare(text: str) -> tuple[str, str, str]:
    """Return marker, wording and page number of an entry."""
    marker = _MARKER.match(text)
    start = marker.end() if marker else 0
    page = _PAGE.search(text, start)
    end = page.start() if page else len(text)
    return text[:start], text[start:end].strip(), text[end:]


def _entry(line: Line, notes: Notes) -> Entry:
    marker, wording, page = _bare(line.text)
    if page:
        notes.info(
            "RD03",
            line.number,
            f"要目中的页码“{compact(page)}”由系统排定",
            compact(page),
        )
    wording = without_latin_spaces(wording.strip("【】[]"), line.number, notes)
    return Entry(line, close_up(wording), compact(marker))


def _note_markers(entries: tuple[Entry, ...], notes: Notes) -> None:
    other = [entry for entry in entries if entry.marker not in {"", "-"}]
    if other:
        notes.info(
            "RD03",
            other[0].line.number,
            f"要目各条前的“{other[0].marker}”等记号由版式决定",
            "".join(entry.marker for entry in other),
        )


# --- titles of the body -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Match:
    """A title found for an entry: ``count`` lines from ``start`` of the body."""

    entry: Entry
    start: int
    count: int
    is_exact: bool


def match_titles(
    entries: tuple[Entry, ...], body: list[Line]
) -> tuple[list[Match], list[Entry]]:
    """Return the titles found in the body, and the entries without one.

    Wordings are compared without spaces; the nearest wins, at most two characters
    away; what is left over may be a shortened wording between its neighbours' titles.
    """
    windows = list(_windows(body))
    found: dict[int, Match] = {}
    taken: set[int] = set()
    ranked = sorted(
        (distance, start, count, index)
        for index, entry in enumerate(entries)
        for start, count, wording in windows
        if (distance := _distance(entry.key, wording)) is not None
    )
    for distance, start, count, index in ranked:
        places = set(range(start, start + count))
        if index not in found and not places & taken:
            found[index] = Match(entries[index], start, count, distance == 0)
            taken |= places
    for index, entry in enumerate(entries):
        if index not in found and (near := _near(index, entry, found, windows, taken)):
            found[index] = near
            taken |= set(range(near.start, near.start + near.count))
    missing = [entry for index, entry in enumerate(entries) if index not in found]
    return sorted(found.values(), key=lambda match: match.start), missing


def _windows(body: list[Line]) -> Iterator[tuple[int, int, str]]:
    """Yield start, length and wording of each run of lines that may be a title."""
    for start in range(len(body)):
        wording = ""
        for count in range(1, _MOST_TITLE_LINES + 1):
            if start + count > len(body):
                break
            text = body[start + count - 1].text
            if count > 1 and len(text) > _LONGEST_TITLE_LINE:
                break
            wording += text
            if count == 1 and (lead := _item_lead(text)):
                yield start, 1, key(lead)
            if len(wording) > _LONGEST_ENTRY * 2 or text.endswith("。"):
                break
            yield start, count, key(wording)
            if count == 1 and (bare := _without_frame(text)) != text:
                yield start, 1, key(bare)


def _item_lead(text: str) -> str:
    """Return the first sentence of a marked item, empty for any other line."""
    marker = _MARKER.match(text)
    return text[marker.end() :].partition("。")[0] if marker else ""


def _without_frame(text: str) -> str:
    """Return a heading without 【】 or the 一、 before it."""
    framed = re.fullmatch(
        r"[【\[〖](.+)[】\]〗]|[一二三四五六七八九十]{1,3}、(.+)", text
    )
    return (framed[1] or framed[2]) if framed else text


def _distance(one: str, other: str) -> int | None:
    """Return how many characters two wordings differ by, None if they are two."""
    shorter = min(len(one), len(other))
    limit = 2 if shorter >= 8 else 1 if shorter >= 5 else 0
    if abs(len(one) - len(other)) > limit:
        return None
    if limit == 0:
        return 0 if one == other else None
    distance = _edits(one, other)
    return distance if distance <= limit else None


def _edits(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    row = list(range(len(other) + 1))
    for i, character in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            change = above + (character != wanted)
            above, row[j] = row[j], min(change, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def _near(
    index: int,
    entry: Entry,
    found: dict[int, Match],
    windows: list[tuple[int, int, str]],
    taken: set[int],
) -> Match | None:
    """Return the likeliest title for an entry whose wording differs a lot."""
    before = [m.start for i, m in found.items() if i < index]
    after = [m.start for i, m in found.items() if i > index]
    first, last = max(before, default=-1), min(after, default=10**9)
    best, at = _NEARLY, None
    for start, count, wording in windows:
        is_free = not taken & set(range(start, start + count))
        if first < start < last and is_free and "，" not in wording[-1:]:
            if len(wording) > _LONGEST_ENTRY:
                continue
            likeness = difflib.SequenceMatcher(None, entry.key, wording).ratio()
            if likeness > best:
                best, at = likeness, (start, count)
    return Match(entry, *at, is_exact=False) if at else None
