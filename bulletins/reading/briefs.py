"""Brief items that were pasted on their own: where each begins, and its first sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from bulletins.bounds import SectionKind
from bulletins.document import BriefEntry
from bulletins.reading.characters import ends_sentence, mended
from bulletins.reading.drafts import DraftBrief, DraftSection, section_entries
from bulletins.reading.headings import section_name
from bulletins.reading.lines import Line, joined, split, unwrapped
from bulletins.reading.notes import Notes

_MARKER = re.compile(
    r"(?:[★☆●◆■▲◎○◇□△※▪▶•·\uf0b7\uf06c\uf075\uf0d8]|[①-⑳]"
    r"|[（(](?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[）)]"
    r"|[0-9]{1,2}(?:[.．、](?![0-9])|\s{2,})|[一二三四五六七八九十]{1,3}、)\s*"
)
# A paragraph's last line is not full; what is shorter and has no stop is an item.
_SHORTEST_CUT = 20


def read_briefs(text: str) -> list[BriefEntry]:
    """Return the items of a text: marked ★ or 1., or set off by blank lines or lines.

    Lines broken by hand within a sentence are joined. Raises ReadError.
    """
    notes = Notes()
    lines = [line for line in split(text, notes) if not section_name(line.text)]
    items = [mended(item, 1, notes) for item in _items(lines, notes)]
    drafts = [DraftBrief(1, item, is_marked=True) for item in items if item]
    if not drafts:
        return []
    section = DraftSection("", 1, SectionKind.BRIEFS, [*drafts])
    (entry,) = section_entries([section], notes)
    return [item for item in entry.items if isinstance(item, BriefEntry)]


def _items(lines: list[Line], notes: Notes) -> list[str]:
    if any(_MARKER.match(line.text) for line in lines):
        return _put_together(lines, _by_marker)
    lines = unwrapped(lines, notes)
    # The first line stands below nothing.
    is_set_off = any(line.after_blank for line in lines[1:])
    return _put_together(lines, _by_blank if is_set_off else _by_line)


def _put_together(lines: list[Line], begins: Callable[[Line, Line], bool]) -> list[str]:
    """Return the items, without their markers; ``begins`` tells where one begins."""
    items: list[str] = []
    for at, line in enumerate(lines):
        words = line.text
        if begins is _by_marker:
            words = _MARKER.sub("", words, count=1)
        if at == 0 or begins(lines[at - 1], line):
            items.append(words)
        else:
            items[-1] = joined(items[-1], words)
    return items


def _by_marker(before: Line, line: Line) -> bool:
    return bool(_MARKER.match(line.text))


def _by_blank(before: Line, line: Line) -> bool:
    return line.after_blank


def _by_line(before: Line, line: Line) -> bool:
    is_cut = len(before.text) >= _SHORTEST_CUT and not ends_sentence(before.text)
    return not is_cut or line.indent > 0
