"""Justification between ideographs, which WeasyPrint lacks.

WeasyPrint 70 stretches only spaces. This module replaces its private function
``layout.inline.justify_line``: in lines with ideographs the room left over by the
line-breaking rules is shared among all characters. The version is pinned, and
``install`` fails loudly on any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text.line_break import create_layout, line_size

SUPPORTED_VERSION = "70.0"
# Wider gaps than this, in em, look like a mistake: such a line stays as it is.
WIDEST_GAP = 0.25

_justify_spaces = inline.justify_line


class UnsupportedWeasyPrint(RuntimeError):
    """The private function this module replaces may not be what it was."""


def install() -> None:
    """Replace WeasyPrint's justification; safe to call again."""
    if weasyprint.__version__ != SUPPORTED_VERSION:
        raise UnsupportedWeasyPrint(
            f"justify.py is written for WeasyPrint {SUPPORTED_VERSION}, "
            f"not {weasyprint.__version__}"
        )
    parameters = list(inspect.signature(_justify_spaces).parameters)
    if parameters != ["context", "line", "extra_width"]:
        raise UnsupportedWeasyPrint(f"justify_line takes {parameters}")
    inline.justify_line = justify_line


def justify_line(context: Any, line: Any, extra_width: float) -> None:
    """Share the extra width (in CSS pixels) among the gaps of the line."""
    texts = list(_text_boxes(line))
    characters = "".join(box.text for box in texts)
    gaps = len(characters) - 1
    if gaps < 1 or not any(map(_is_ideographic, characters)):
        _justify_spaces(context, line, extra_width)
        return
    gap = extra_width / gaps
    if extra_width <= 0 or gap > WIDEST_GAP * texts[0].style["font_size"]:
        return
    added = _widen(context, line, gap, 0)
    # Advances are rounded: a second pass shares what the first left over.
    _widen(context, line, (extra_width - added) / gaps, 0)


def _text_boxes(box: Any) -> Iterator[Any]:
    if isinstance(box, boxes.TextBox):
        yield box
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _text_boxes(child)


def _is_ideographic(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


def _widen(context: Any, box: Any, gap: float, shift: float) -> float:
    """Move the box by ``shift``, widen its texts, and return the shift after it."""
    if isinstance(box, boxes.TextBox):
        box.position_x += shift
        return shift + _space_out(context, box, gap)
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += shift
        before = shift
        for child in box.children:
            if child.is_in_normal_flow():
                shift = _widen(context, child, gap, shift)
        box.width += shift - before
        return shift
    box.translate(shift, 0)
    return shift


def _space_out(context: Any, box: Any, gap: float) -> float:
    """Set the text anew with wider spacing; return how much wider it became."""
    spacing = box.style["letter_spacing"]
    style = box.style.copy()
    style["letter_spacing"] = (0 if spacing == "normal" else spacing) + gap
    layout = create_layout(box.text, style, context, None, 0)
    line, _ = layout.get_first_line()
    width, _ = line_size(line, style)
    layout.deactivate()
    added: float = width - box.width
    box.style, box.pango_layout, box.width = style, layout, width
    return added
