"""The inside of a paragraph: pieces of text with their marks, and the spaces between.

Spaces that only indent, fill or wrap the source are no part of an official text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

# In this order they stand one within the other.
MARKS = ("strong", "em", "u", "sup", "sub")
_SPACES_OR_NOT = re.compile(
    r"[ \t\r\n\f\xa0\u2000-\u200a\u202f\u205f]+|[^ \t\r\n\f\xa0\u2000-\u200a\u202f\u205f]+"
)
# Zero-width spaces, marks of direction and joiners of words are not seen and not meant.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\xad]")
_BREAK = "<br>"


@dataclass(frozen=True, slots=True)
class Marks:
    """How a piece of text is set off: names of MARKS, and where it leads."""

    names: frozenset[str] = frozenset()
    href: str = ""

    def with_mark(self, name: str) -> Marks:
        """Return the marks with one more."""
        return Marks(self.names | {name}, self.href)

    def without(self, name: str) -> Marks:
        """Return the marks without this one."""
        return Marks(self.names - {name}, self.href)


@dataclass(slots=True)
class _Piece:
    """Text with its marks, or ready markup (a break, a picture) in its place."""

    text: str
    marks: Marks
    is_markup: bool = False


@dataclass(slots=True)
class Runs:
    """What stands in a paragraph, piece by piece."""

    _pieces: list[_Piece] = field(default_factory=list)
    # A space is written when something follows it.
    _space: _Piece | None = None

    def add_text(self, text: str, marks: Marks) -> None:
        """Add text; runs of spaces become one, those at the edges none."""
        for found in _SPACES_OR_NOT.findall(_UNSEEN.sub("", text)):
            if found.isspace() and "\u3000" not in found:
                self._add_space(found, marks)
            else:
                self._add_words(found, marks)

    def _add_space(self, space: str, marks: Marks) -> None:
        if self._space is None:
            self._space = _Piece(space, marks)
        else:
            self._space.text += space

    def _add_words(self, words: str, marks: Marks) -> None:
        if self._is_at_edge():
            words = words.lstrip("\u3000")
            if not words:
                return
            self._space = None
        if (space := self._space) is not None:
            self._space = None
            if not self._only_wraps(space.text, words):
                self._pieces.append(_Piece(" ", space.marks))
        self._pieces.append(_Piece(words, marks))

    def _is_at_edge(self) -> bool:
        return not self._pieces or self._pieces[-1].text == _BREAK

    def _only_wraps(self, space: str, after: str) -> bool:
        """Tell whether the space is a line feed of the source amid Chinese text."""
        before = self._pieces[-1]
        if "\n" not in space or before.is_markup:
            return False
        return _is_wide(before.text[-1]) and _is_wide(after[0])

    def add_break(self) -> None:
        """Add a line break; none stands at the edges."""
        self._trim()
        if self._pieces:
            self._pieces.append(_Piece(_BREAK, Marks(), is_markup=True))

    def add_markup(self, markup: str) -> None:
        """Add what is markup already, such as a picture."""
        if self._space is not None and self._pieces:
            self._pieces.append(_Piece(" ", self._space.marks))
        self._space = None
        self._pieces.append(_Piece(markup, Marks(), is_markup=True))

    def _trim(self) -> None:
        self._space = None
        while self._pieces and not self._pieces[-1].is_markup:
            last = self._pieces[-1]
            last.text = last.text.rstrip("\u3000 ")
            if last.text:
                return
            self._pieces.pop()

    def close(self) -> None:
        """Take off what stands at the end and is not seen."""
        self._trim()
        while self._pieces and self._pieces[-1].text == _BREAK:
            self._pieces.pop()
            self._trim()

    @property
    def text(self) -> str:
        """Return the plain text; a break is a line feed."""
        return "".join(
            ("\n" if piece.text == _BREAK else "") if piece.is_markup else piece.text
            for piece in self._pieces
        )

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is there to be seen."""
        return not self._pieces

    def has_throughout(self, name: str) -> bool:
        """Tell whether all of the text carries the mark."""
        texts = [p for p in self._pieces if not p.is_markup and not p.text.isspace()]
        return bool(texts) and all(name in piece.marks.names for piece in texts)

    def html(self, *, leave_out: str = "") -> str:
        """Return the pieces as HTML, without the mark ``leave_out``."""
        return "".join(self._written(leave_out))

    def _written(self, leave_out: str) -> Iterator[str]:
        open_tags: list[str] = []
        for piece in self._pieces:
            # Breaks and pictures stand outside of marks.
            wanted = [] if piece.is_markup else _tags(piece.marks.without(leave_out))
            yield from _changed(open_tags, wanted)
            open_tags = wanted
            yield (
                piece.text if piece.is_markup else html.escape(piece.text, quote=False)
            )
        yield from _changed(open_tags, [])


def _tags(marks: Marks) -> list[str]:
    """Return the opening tags of the marks, the outermost first."""
    link = [f'<a href="{html.escape(marks.href)}">'] if marks.href else []
    return [*link, *(f"<{name}>" for name in MARKS if name in marks.names)]


def _changed(before: list[str], after: list[str]) -> Iterator[str]:
    """Return the tags that end what is no longer wanted and begin what is."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    for tag in reversed(before[same:]):
        yield f"</{tag[1:].split()[0].rstrip('>')}>"
    yield from after[same:]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
