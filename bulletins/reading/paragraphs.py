"""Which lines are one paragraph: cut by a page break, or by hand."""

from __future__ import annotations

from bulletins.reading.characters import ends_sentence
from bulletins.reading.drafts import heading_tag, is_contributor
from bulletins.reading.lines import Line, joined
from bulletins.reading.notes import Notes

# A page ends with a full line: what is shorter and has no stop is a paragraph.
_SHORTEST_CUT = 20


class OpenParagraph:
    """The paragraph that the last line left, while a next line may go on with it."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        # The line last added, and how the paragraph's first one was indented.
        self._last: Line | None = None
        self._first_indent = 0

    def begin(self, line: Line) -> None:
        """Note that the line begins a paragraph."""
        self._first_indent = line.indent
        self._last = line

    def go_on(self, line: Line) -> None:
        """Note that the line belongs to the paragraph."""
        self._last = line

    def is_finished(self) -> bool:
        """Tell whether nothing is open, or it ends with a stop."""
        return self._last is None or ends_sentence(self._last.text)

    def takes(self, line: Line) -> bool:
        """Tell whether the line goes on with the paragraph."""
        last = self._last
        if last is None or heading_tag(last.text) or heading_tag(line.text):
            return False
        is_indented = line.indent > 0 and line.indent >= self._first_indent > 0
        if is_indented or is_contributor(line.text):
            return False
        return not ends_sentence(last.text) and len(last.text) >= _SHORTEST_CUT

    def joined(self, before: str, text: str, line: Line) -> str:
        """Return the paragraph with the line's text behind it, and say so (IM01)."""
        last = self._last
        assert last is not None  # noqa: S101 - ``takes`` saw it
        seam = f"{last.text[-6:]}｜{line.text[:6]}"
        message = f"与第{line.number}行连成一段：“{seam}”"
        self._notes.warn("IM01", last.number, message)
        self._last = line
        return joined(before, text)

    def end(self) -> None:
        """Close the paragraph; remark on one that ends without a stop (IM01)."""
        last, self._last = self._last, None
        if last is None or ends_sentence(last.text) or heading_tag(last.text):
            return
        if not is_contributor(last.text) and not last.text.endswith(("）", ")")):
            message = f"段末没有标点：“{last.text[-12:]}”"
            self._notes.warn("IM01", last.number, message)
