"""What stands where on the pages of a PDF, in millimetres from the top left corner."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pdfplumber
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from bulletins.rendering.fonts import FOLDER

MM = 25.4 / 72
_FILES = {
    "FandolFang": "FandolFang-Regular.otf",
    "FandolKai": "FandolKai-Regular.otf",
    "FandolHei": "FandolHei-Regular.otf",
    "Bulletin-Title": "BulletinTitle-Black.ttf",
    "Bulletin-Rare": "BulletinRare-Regular.ttf",
}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character; ``size`` is in points, ``colour`` 0 to 1 for each primary."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    font: str
    colour: tuple[float, ...]

    @property
    def ink(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of what is printed of it."""
        left, bottom, right, top = outline(self.font, self.text)
        em = self.size * MM
        return (
            self.x0 + left * em,
            self.baseline - top * em,
            self.x0 + right * em,
            self.baseline - bottom * em,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """The glyphs of one row, from left to right."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """Return what it says, without spaces."""
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def x0(self) -> float:
        """Return where its first cell begins."""
        return self.glyphs[0].x0

    @property
    def x1(self) -> float:
        """Return where its last cell ends."""
        return self.glyphs[-1].x1

    @property
    def baseline(self) -> float:
        """Return the baseline most of it stands on."""
        return self._main.baseline

    @property
    def size(self) -> float:
        """Return the size most of it has, in points."""
        return self._main.size

    @property
    def font(self) -> str:
        """Return the face of its first glyph."""
        return self.glyphs[0].font

    @property
    def _main(self) -> Glyph:
        return max(self.glyphs, key=lambda glyph: glyph.size)


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle."""

    x0: float
    x1: float
    top: float
    bottom: float
    colour: tuple[float, ...]

    @property
    def thickness(self) -> float:
        """Return its height."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Page:
    """One page; ``glyphs`` are in the order the PDF has them."""

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    bars: tuple[Bar, ...]
    pictures: tuple[Bar, ...]

    @property
    def is_odd(self) -> bool:
        """Tell whether it is a right-hand page."""
        return self.number % 2 == 1

    def lines(self) -> list[Line]:
        """Return its rows from top to bottom, without the page number."""
        return _lines(g for g in self.glyphs if not _is_page_number(g))

    def body_lines(self) -> list[Line]:
        """Return its rows of running text: those in the body's size."""
        return [line for line in self.lines() if 15.9 < line.size < 16.1]

    def page_number(self) -> Line | None:
        """Return the page number's line, if there is one."""
        return next(iter(_lines(filter(_is_page_number, self.glyphs))), None)

    def stream(self) -> str:
        """Return its text in the order of the PDF, without the page number."""
        return "".join(g.text for g in self.glyphs if not _is_page_number(g))


def measure(pdf: bytes) -> tuple[Page, ...]:
    """Return the pages of the PDF."""
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return tuple(
            Page(
                number=page.page_number,
                width=float(page.width) * MM,
                height=float(page.height) * MM,
                glyphs=tuple(_glyphs(page)),
                bars=tuple(_box(rect) for rect in page.rects if rect["fill"]),
                pictures=tuple(_box(image) for image in page.images),
            )
            for page in opened.pages
        )


def _glyphs(page: pdfplumber.page.Page) -> Iterator[Glyph]:
    for char in page.chars:
        # Ideographs of the compatibility blocks are not what was written.
        if not char["text"].strip():
            continue
        yield Glyph(
            text=char["text"],
            x0=char["x0"] * MM,
            x1=char["x1"] * MM,
            baseline=(float(page.height) - char["matrix"][5]) * MM,
            size=char["size"],
            font=char["fontname"].partition("+")[2],
            colour=tuple(char["non_stroking_color"] or (0.0,)),
        )


def _box(found: dict) -> Bar:
    return Bar(
        found["x0"] * MM,
        found["x1"] * MM,
        found["top"] * MM,
        found["bottom"] * MM,
        tuple(found.get("non_stroking_color") or (0.0,)),
    )


def _is_page_number(glyph: Glyph) -> bool:
    return glyph.baseline > 265 and 13.9 < glyph.size < 14.1


def _lines(glyphs: Iterable[Glyph]) -> list[Line]:
    # Raised and lowered figures go with the row they stand nearest to.
    rows: list[list[Glyph]] = []
    ordered = sorted(glyphs, key=lambda g: (g.size < 11, g.baseline))
    for glyph in ordered:
        reach = 2.5 if glyph.size < 11 else 0.3
        near = [r for r in rows if abs(r[0].baseline - glyph.baseline) < reach]
        if near:
            near[-1].append(glyph)
        else:
            rows.append([glyph])
    rows.sort(key=lambda row: row[0].baseline)
    return [Line(tuple(sorted(row, key=lambda g: g.x0))) for row in rows]


@functools.cache
def _font(name: str) -> TTFont:
    return TTFont(FOLDER / _FILES[name], lazy=True)


@functools.cache
def outline(font: str, character: str) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a character's ink, in em."""
    face = _font(font)
    glyphs = face.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[face.getBestCmap()[ord(character)]].draw(pen)
    em = face["head"].unitsPerEm
    left, bottom, right, top = (edge / em for edge in pen.bounds)
    return left, bottom, right, top


def ink_of(glyphs: Iterable[Glyph]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the ink of all the glyphs."""
    lefts, tops, rights, bottoms = zip(*(g.ink for g in glyphs), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def steps(values: Iterable[float]) -> list[float]:
    """Return the differences of neighbours."""
    return [after - before for before, after in itertools.pairwise(values)]
