"""How a bulletin is laid out: the choices an office makes within the standard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# 版心 (GB/T 9704-2012, 5.2.1) in millimetres, and the 三号 size in points.
TEXT_WIDTH = 156.0
TEXT_HEIGHT = 225.0
TOP_MARGIN, BOTTOM_MARGIN = 37.0, 35.0
BINDING_MARGIN, OUTER_MARGIN = 28.0, 26.0
TEXT_WIDTH_PT = TEXT_WIDTH / 25.4 * 72
BODY_SIZE = 16.0
_BODY_HEIGHT = BODY_SIZE * 25.4 / 72

ROWS_PER_PAGE = (21, 22, 23)
TITLE_SIZES = (22, 16)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class LayoutProfile:
    """The layout of a bulletin; the defaults follow the standard.

    ``grid`` says what fills the 版心: ``box`` the line boxes, as word processors do,
    ``ink`` the characters themselves, so that the first and last rows touch its edges.
    ``imprint_issuer`` prints 印发机关 and 印发日期 in the last line of the 版记 (7.4.3).
    ``title_size`` is in points: 22 (二号小标宋), or 16 (三号黑体) in short bulletins.
    """

    rows_per_page: int = 22
    first_page_contents_only: bool = False
    even_last: bool = False
    contents_numbers: bool = False
    mirrored: bool = False
    imprint_issuer: bool = False
    red: str = "#ff0000"
    title_size: int = 22
    grid: Literal["box", "ink"] = "box"

    def __post_init__(self) -> None:
        """Refuse what no style sheet can set."""
        if self.rows_per_page not in ROWS_PER_PAGE:
            raise ValueError(f"rows_per_page: {self.rows_per_page}")
        if self.title_size not in TITLE_SIZES:
            raise ValueError(f"title_size: {self.title_size}")
        if self.grid not in ("box", "ink"):
            raise ValueError(f"grid: {self.grid}")
        if not _COLOUR.fullmatch(self.red):
            raise ValueError(f"red: {self.red}")

    @property
    def row(self) -> float:
        """Return the height of one row, in millimetres."""
        if self.grid == "ink":
            return (TEXT_HEIGHT - _BODY_HEIGHT) / (self.rows_per_page - 1)
        return TEXT_HEIGHT / self.rows_per_page

    @property
    def outset(self) -> float:
        """Return how far the line boxes reach beyond the 版心 above and below it."""
        return (self.row - _BODY_HEIGHT) / 2 if self.grid == "ink" else 0.0


DEFAULT_PROFILE = LayoutProfile()
