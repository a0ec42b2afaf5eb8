"""A line of text whose every gap is set by us, exactly.

Pango spaces letters of a run evenly, and WeasyPrint writes that spacing cut to whole
thousandths of an em; over a line of 28 characters the difference is visible. Here the
gaps are whole thousandths from the start, so that what was measured is what is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi
from weasyprint.text.line_break import Layout

# WeasyPrint cuts a gap to whole thousandths towards zero: this much keeps it from
# losing one to rounding.
_GUARD = 0.05


class SpacedLayout(Layout):
    """A Pango layout that adds ``gaps`` (thousandths of an em) after its characters."""

    def __init__(self, style: Any, text: str) -> None:
        self.gaps: Sequence[int] = ()
        self._is_spread = False
        super().__init__(style)
        self.set_text(text)

    def setup(self, style: Any) -> None:
        """Prepare Pango without letter spacing: the gaps hold all there is."""
        plain = style.copy()
        plain["letter_spacing"] = "normal"
        super().setup(plain)

    def set_text(self, text: str, justify: bool = False) -> None:
        """Set the text; its gaps are still to be applied."""
        self._is_spread = False
        super().set_text(text, justify)

    def get_first_line(self) -> Any:
        """Return the line with its gaps, as WeasyPrint measures and draws it."""
        line, index = super().get_first_line()
        if self.gaps and not self._is_spread:
            self._is_spread = True
            size = self.style["font_size"]
            for at, glyph in _last_glyphs(line, self.text):
                guarded = self.gaps[at] + (_GUARD if self.gaps[at] > 0 else -_GUARD)
                if self.gaps[at]:
                    glyph.geometry.width += int(guarded * size / 1000 * TO_UNITS)
        return line, index

    def advances(self) -> list[float]:
        """Return the natural advance of each character, in CSS pixels."""
        found = [0.0] * len(self.text)
        line, _ = super().get_first_line()
        for at, width in _cluster_widths(line, self.text):
            found[at] = width
        return found


def _clusters(line: Any, text: str) -> Iterator[tuple[int, list[Any]]]:
    """Yield the last character of each cluster with the cluster's glyphs."""
    character_at = _characters_by_byte(text)
    run = line.runs
    while run != ffi.NULL:
        item, glyphs = run.data.item, run.data.glyphs
        starts = [glyphs.log_clusters[i] for i in range(glyphs.num_glyphs)]
        ends = [*sorted(set(starts))[1:], item.length]
        end_of = dict(zip(sorted(set(starts)), ends, strict=True))
        for start, indexes in itertools.groupby(
            range(glyphs.num_glyphs), key=starts.__getitem__
        ):
            end = character_at[item.offset + end_of[start]]
            yield end - 1, [glyphs.glyphs[i] for i in indexes]
        run = run.next


def _characters_by_byte(text: str) -> dict[int, int]:
    lengths = (len(character.encode()) for character in text)
    offsets = itertools.accumulate(lengths, initial=0)
    return {offset: index for index, offset in enumerate(offsets)}


def _last_glyphs(line: Any, text: str) -> Iterator[tuple[int, Any]]:
    for at, glyphs in _clusters(line, text):
        yield at, glyphs[-1]


def _cluster_widths(line: Any, text: str) -> Iterator[tuple[int, float]]:
    for at, glyphs in _clusters(line, text):
        yield at, sum(glyph.geometry.width for glyph in glyphs) * FROM_UNITS
