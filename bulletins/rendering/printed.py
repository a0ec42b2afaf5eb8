"""What comes of printing: the PDF, how long it is, and where a place of the text is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text: a block of what stands at an anchor of the official page.

    ``block`` counts the paragraphs, tables and lists of a body, or the brief items of a
    section, from 0; None is the title. ``offset`` is how many characters of the block
    stand before the place.
    """

    anchor: str
    block: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF with the number of its pages, and the page of the place asked for."""

    pdf: bytes
    pages: int
    page: int = 1
