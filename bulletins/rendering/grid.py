"""Keeping the rows after a picture or a table on the grid.

Every row of the text has one height; a picture or a table has its own. WeasyPrint knows
no ``block-step``: here a figure or a table takes as many whole rows as it needs, and
stands in their middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from weasyprint.layout import block
from weasyprint.text.line_break import strut

from bulletins.rendering.patching import replace

# What the layout's own rounding may add up to, in CSS pixels.
_ROUNDING = 0.01


def install() -> None:
    """Replace the layout of blocks; raises UnsupportedWeasyPrint, safe to repeat."""
    replace(
        block,
        "block_level_layout",
        "context box bottom_space skip_stack containing_block page_is_empty "
        "absolute_boxes fixed_boxes adjoining_margins first_letter_style "
        "first_line_style discard max_lines",
        _make_block_level_layout,
    )


def _make_block_level_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def block_level_layout(context: Any, box: Any, *rest: Any, **named: Any) -> Any:
        """Lay out the block; what breaks the grid is filled up to whole rows."""
        laid_out = original(context, box, *rest, **named)
        new_box, resume_at = laid_out[:2]
        # What goes on over the page ends with the page.
        if new_box is not None and resume_at is None and _breaks_grid(new_box):
            _fill_rows(new_box)
        return laid_out

    return block_level_layout


def _breaks_grid(box: Any) -> bool:
    if box.element is None:
        return False
    if box.element_tag == "p":
        return box.element.find(".//img") is not None
    classes = box.element.get("class") or ""
    return box.element_tag == "figure" or "table-box" in classes.split()


def _fill_rows(box: Any) -> None:
    row, _ = strut(box.style)
    height = box.border_height()
    more = math.ceil((height - _ROUNDING) / row) * row - height
    for child in box.children:
        child.translate(dy=more / 2)
    box.height += more
