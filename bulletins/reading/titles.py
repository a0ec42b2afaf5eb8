"""What the spaces in a title mean, and which lines look like titles.

A space may be where the printed title breaks, a gap that belongs to the wording, or
letters set apart (简 讯); the contents list tells the first from the second.
"""

from __future__ import annotations

import re

from bulletins.reading.characters import (
    ANY_SPACE,
    close_up,
    compact,
    ends_sentence,
    key,
    without_latin_spaces,
)
from bulletins.reading.lines import Line
from bulletins.reading.notes import Notes

GAP = "\u3000"
_GAPS = re.compile(f"{ANY_SPACE}+")
_LEVEL = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十0-9]{1,3}[)）]|[0-9]{1,2}[.．、]"
)
_DATE = re.compile(r"[0-9〇零一二三四五六七八九十]{2,4}年.{1,4}月.{1,4}日")


def title_text(lines: list[Line], entry: str | None, notes: Notes) -> str:
    """Return the title of one or more lines; a line feed is where print breaks it."""
    return "\n".join(_one_line(line, entry, notes) for line in lines)


def contents_text(entry: str) -> str:
    """Return the wording of the contents list, its gaps as wide as a character."""
    parts = _parts(entry)
    return "".join(
        GAP if _is_gap(part) and not _is_latin_space(_around(parts, at)) else part
        for at, part in enumerate(parts)
    )


def _one_line(line: Line, entry: str | None, notes: Notes) -> str:
    closed = close_up(line.text)
    if closed != line.text:
        notes.info("SP02", line.number, f"“{line.text}”按“{closed}”读入")
        return closed
    text = without_latin_spaces(line.text, line.number, notes)
    made, printed = "", _parts(text)
    for at, part in enumerate(printed):
        if not _is_gap(part):
            made += part
            continue
        around = _around(printed, at)
        if _is_latin_space(around):
            made += " "
        elif entry is None or around in _gaps_of(entry):
            made += GAP
        else:
            notes.info("SP02", line.number, "标题中的空格按换行读入：要目中没有它")
            made += "\n"
    return made


def _parts(text: str) -> list[str]:
    return re.split(f"({ANY_SPACE}+)", text)


def _is_gap(part: str) -> bool:
    return bool(_GAPS.fullmatch(part))


def _is_latin_space(around: tuple[str, str]) -> bool:
    return all(character.isascii() for character in around)


def _around(parts: list[str], at: int) -> tuple[str, str]:
    return parts[at - 1][-1:], parts[at + 1][:1]


def _gaps_of(entry: str) -> set[tuple[str, str]]:
    """Return what stands before and behind each gap of a contents entry."""
    parts = _parts(entry)
    return {_around(parts, at) for at, part in enumerate(parts) if _is_gap(part)}


def looks_like_title(lines: list[Line], at: int, *, strictly: bool) -> bool:
    """Tell whether an unlisted line stands as a title does, a paragraph below it.

    ``strictly`` where a contents list should have named it.
    """
    text = lines[at].text
    length = len(compact(text))
    if ends_sentence(text.rstrip("？！?!”")) or not 4 <= length <= 45:
        return False
    if re.search(r"[。；;]", text) or text.endswith(("，", "、", "：", ":")):
        return False
    if _LEVEL.match(text) or _DATE.search(text):
        return False
    below = [line.text for line in lines[at + 1 : at + 3]]
    if not strictly:
        return any(ends_sentence(text) for text in below)
    is_plain = not re.search("[，、：,:]", text) and length <= 40
    return is_plain and any(ends_sentence(text) for text in below[:1])


def differ(title: str, entry: str) -> bool:
    """Tell whether contents list and title say different words."""
    return key(title) != key(entry)
