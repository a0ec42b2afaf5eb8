"""How a bulletin is laid out: the choices an office makes within the standard."""

from __future__ import annotations

from dataclasses import dataclass

# 版心 (GB/T 9704-2012, 5.2.1) in millimetres, and the 三号 size in points.
TEXT_WIDTH = 156.0
TEXT_HEIGHT = 225.0
TOP_MARGIN, BOTTOM_MARGIN = 37.0, 35.0
BINDING_MARGIN, OUTER_MARGIN = 28.0, 26.0
TEXT_WIDTH_PT = TEXT_WIDTH / 25.4 * 72


@dataclass(frozen=True, slots=True)
class LayoutProfile:
    """The layout of a bulletin; the defaults follow the standard."""

    rows_per_page: int = 22
    first_page_contents_only: bool = False
    even_last: bool = False
    contents_numbers: bool = False
    mirrored: bool = False
    red: str = "#ff0000"

    @property
    def row(self) -> float:
        """Return the height of one row, in millimetres."""
        return TEXT_HEIGHT / self.rows_per_page


DEFAULT_PROFILE = LayoutProfile()
