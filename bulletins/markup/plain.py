"""The plain text of article bodies, block by block."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    [
        "p",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
    ]
)


_PICTURE = re.compile(r"<img\b[^>]*>")
_DESCRIBED = re.compile(r'\balt="\s*[^"\s]')


def undescribed_pictures(body: str) -> int:
    """Return how many pictures of a clean body have no words for who cannot see them."""
    return sum(not _DESCRIBED.search(tag) for tag in _PICTURE.findall(body))


class _BlockText(HTMLParser):
    """Collects the text of each block; a br is a line feed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []
        self._tag = "p"
        self._text = ""

    def _flush(self) -> None:
        if self._text.strip():
            self.blocks.append((self._tag, self._text.strip()))
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._flush()
            self._tag = tag
        elif tag == "br":
            self._text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._flush()
            self._tag = "p"

    def handle_data(self, data: str) -> None:
        self._text += data

    def close(self) -> None:
        super().close()
        self._flush()


def blocks(body: str) -> list[tuple[str, str]]:
    """Return (tag, plain text) of each block that has text, in reading order."""
    parser = _BlockText()
    parser.feed(body)
    parser.close()
    return parser.blocks


def paragraphs(body: str) -> list[str]:
    """Return the plain text of each block of a body, in reading order."""
    return [text for _, text in blocks(body)]


def paragraph(text: str, tag: str = "p") -> str:
    """Return plain text as one block of body HTML."""
    return f"<{tag}>{html.escape(text, quote=False)}</{tag}>"
