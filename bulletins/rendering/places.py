"""On which page of a laid out issue a place of its text stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from weasyprint.formatting_structure import boxes

from bulletins.rendering.printed import Place

_HOLDS_BLOCKS = frozenset({"body", "briefs", "editors-note"})


def page_of(place: Place, pages: Sequence[Any]) -> int:
    """Return the number of the page, from 1; of what is not there, the first."""
    element = _element(place.anchor, pages)
    if element is None:
        return 1
    if place.block is not None:
        blocks = _blocks(element)
        # What was typed a moment ago may not be a block of its own in print.
        element = blocks[min(place.block, len(blocks) - 1)] if blocks else element
    return _page_of_element(element, place.offset, pages)


def _element(anchor: str, pages: Sequence[Any]) -> Any:
    for page in pages:
        for box in _all(page._page_box):
            element = box.element
            if hasattr(element, "get") and _is_at(element, anchor):
                return element
    return None


def _is_at(element: Any, anchor: str) -> bool:
    return anchor in {element.get("id"), element.get("class")}


def _blocks(element: Any) -> list[Any]:
    for inner in element.iter():
        if inner.get("class") in _HOLDS_BLOCKS:
            return list(inner)
    return []


@dataclass(slots=True)
class _Share:
    """How many characters of an element stand on a page."""

    page: int
    characters: int


def _page_of_element(element: Any, offset: int, pages: Sequence[Any]) -> int:
    shares = [
        _Share(number, sum(len(box.text) for box in _texts(found)))
        for number, page in enumerate(pages, start=1)
        for found in _outermost(element, page._page_box)
    ]
    passed = 0
    for share in shares:
        passed += share.characters
        if offset < passed:
            return share.page
    return shares[-1].page if shares else 1


def _outermost(element: Any, box: Any) -> Iterator[Any]:
    """Yield the boxes of an element, none of those within them."""
    if box.element is element:
        yield box
        return
    for child in _children(box):
        yield from _outermost(element, child)


def _texts(box: Any) -> Iterator[Any]:
    return (found for found in _all(box) if isinstance(found, boxes.TextBox))


def _all(box: Any) -> Iterator[Any]:
    yield box
    for child in _children(box):
        yield from _all(child)


def _children(box: Any) -> Sequence[Any]:
    # In an absolutely placed box stands a proxy of one.
    return [getattr(child, "_box", child) for child in getattr(box, "children", ())]
