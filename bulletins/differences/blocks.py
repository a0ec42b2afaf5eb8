"""The paragraphs, rows and pictures of a body, and what changed in one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from bulletins import markup
from bulletins.differences import words
from bulletins.differences.aligning import (
    Member,
    belonging,
    pair_in_gaps,
    steps,
)
from bulletins.differences.changes import Change, ChangeKind

CELL_DIVIDER = "｜"
_NAMES = {
    "h2": "第{}个小标题",
    "h3": "第{}个小标题",
    "h4": "第{}个小标题",
    "li": "第{}个列表项",
    "img": "图片{}",
    "figcaption": "图题{}",
    "caption": "表题{}",
}
_PARAGRAPH = "第{}段"
_LINK = re.compile(r'<a href="([^"]*)">')
_PICTURE = re.compile(r'<img src="([^"]*)">')

# Runs of (style, length): a style is the inline tags around a character.
Styles = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a list item, a row of a table, or a picture alone."""

    name: str
    text: str
    path: tuple[str, ...] = ()
    styles: Styles = ()
    is_row: bool = False

    @property
    def key(self) -> Hashable:
        """Return all but where the block stands."""
        return (self.path, self.text, self.styles)


def of_text(text: str) -> list[Block]:
    """Return the paragraphs of a text without markup."""
    lines = text.split("\n") if text else []
    return [Block(_PARAGRAPH.format(n), line) for n, line in enumerate(lines, 1)]


def of_body(body: str) -> list[Block]:
    """Return the blocks of a body in reading order; empty ones are none."""
    parser = _Parser()
    # An imported document may hold anything; the parser meets what is well formed.
    parser.feed(markup.clean(body))
    parser.close()
    return parser.blocks


class _Parser(HTMLParser):
    """Collects the blocks; a whole row of a table is one, with all that is in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._names: Counter[str] = Counter()
        self._path: list[tuple[str, str]] = []
        self._inline: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._styles: list[tuple[str, int]] = []
        self._has_words = False
        # Within a row: the tags in it, whether a cell was begun, how many rows are open.
        self._tags_in_row: list[str] = []
        self._has_cell = False
        self._rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self._add_picture(dict(attrs))
        elif tag == "br":
            self._add("\n")
        elif tag not in markup.BLOCKS:
            self._inline.append((tag, self.get_starttag_text() or ""))
        elif self._rows:
            self._open_in_row(tag)
        else:
            self._flush()
            self._path.append((tag, self.get_starttag_text() or ""))
            self._begin(tag)

    def _begin(self, tag: str) -> None:
        if tag == "table":
            self._names["table"] += 1
            self._names["row"] = 0
        elif tag == "tr":
            self._rows = 1

    def _open_in_row(self, tag: str) -> None:
        # The cells of a table within a cell are no more than its paragraphs.
        if tag in {"td", "th"} and self._rows == 1:
            if self._has_cell:
                self._add(CELL_DIVIDER)
            self._has_cell = True
        elif self._text and not self._text[-1].endswith((CELL_DIVIDER, "\n")):
            self._add("\n")
        self._tags_in_row.append(self.get_starttag_text() or "")
        self._rows += tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        if tag not in markup.BLOCKS:
            _close(self._inline, tag)
        elif self._rows:
            self._rows -= tag == "tr"
            if not self._rows:
                self._flush(is_row=True)
                _close(self._path, "tr")
        else:
            self._flush()
            _close(self._path, tag)

    def handle_data(self, data: str) -> None:
        self._has_words = self._has_words or not data.isspace()
        self._add(data)

    def close(self) -> None:
        super().close()
        self._flush()

    def _add_picture(self, attributes: dict[str, str | None]) -> None:
        alt = attributes.get("alt") or ""
        source = f'<img src="{attributes.get("src") or ""}">'
        self._add(f"［图片：{alt}］" if alt else "［图片］", source)

    def _add(self, text: str, style: str = "") -> None:
        self._text.append(text)
        around = "".join(raw for _, raw in self._inline) + style
        if self._styles and self._styles[-1][0] == around:
            self._styles[-1] = (around, self._styles[-1][1] + len(text))
        else:
            self._styles.append((around, len(text)))

    def _flush(self, *, is_row: bool = False) -> None:
        text = "".join(self._text)
        if is_row or text.strip():
            path = (*(raw for _, raw in self._path), *self._tags_in_row)
            name = self._name(is_row=is_row)
            self.blocks.append(Block(name, text, path, tuple(self._styles), is_row))
        self._text, self._styles, self._tags_in_row = [], [], []
        self._has_words = self._has_cell = False

    def _name(self, *, is_row: bool) -> str:
        if is_row:
            self._names["row"] += 1
            return f"表{self._names['table'] or 1}第{self._names['row']}行"
        tag = self._path[-1][0] if self._path else "p"
        pattern = _NAMES.get(tag if self._has_words else "img", _PARAGRAPH)
        self._names[pattern] += 1
        return pattern.format(self._names[pattern])


def _close(opened: list[tuple[str, str]], tag: str) -> None:
    """Take off the innermost of that tag, and what was left open in it."""
    for position in range(len(opened) - 1, -1, -1):
        if opened[position][0] == tag:
            del opened[position:]
            return


# --- what changed -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where blocks stand: what a reader calls it, and its id in the official page."""

    name: str
    anchor: str = ""


def between(
    place: Place, before: Sequence[Block], after: Sequence[Block]
) -> Iterator[Change]:
    """Yield what changed between the blocks of two texts, in the order of the new."""
    old, new = list(map(_member, before)), list(map(_member, after))
    pairs = pair_in_gaps(belonging(old, new), old, new)
    found = {i for i, _ in pairs}
    gone = [i for i in range(len(before)) if i not in found]
    for step in steps(pairs, gone, range(len(after))):
        one = None if step.before is None else before[step.before]
        other = None if step.after is None else after[step.after]
        yield from _change(place, one, other, has_moved=step.has_moved)


def _member(block: Block) -> Member:
    return Member(block.key, block.text, kind="row" if block.is_row else "")


def _change(
    place: Place, before: Block | None, after: Block | None, *, has_moved: bool
) -> Iterator[Change]:
    if before is None:
        if after is not None:
            yield _whole(place, after, ChangeKind.ADDED)
    elif after is None:
        yield _whole(place, before, ChangeKind.REMOVED)
    elif has_moved or before.key != after.key:
        yield _edited(place, before, after, has_moved=has_moved)


def _whole(place: Place, block: Block, kind: ChangeKind) -> Change:
    is_added = kind is ChangeKind.ADDED
    return Change(
        place.name,
        place.anchor,
        kind,
        words.replaced("" if is_added else block.text, block.text if is_added else ""),
        part=block.name if is_added else f"原{block.name}",
        note="" if block.text.strip() else "空行",
    )


def _edited(place: Place, before: Block, after: Block, *, has_moved: bool) -> Change:
    found = _runs(before, after)
    notes = [f"原为{before.name}"] if has_moved else []
    return Change(
        place.name,
        place.anchor,
        ChangeKind.MOVED if has_moved else ChangeKind.CHANGED,
        words.spans(found),
        part=after.name,
        note="，".join(notes + _format_notes(before, after, found)),
    )


def _runs(before: Block, after: Block) -> list[words.Run]:
    """Compare the texts; those of rows with as many cells, cell by cell."""
    old, new = before.text.split(CELL_DIVIDER), after.text.split(CELL_DIVIDER)
    if not (before.is_row and after.is_row and len(old) == len(new)):
        return words.runs(before.text, after.text)
    divider = words.Run(CELL_DIVIDER, CELL_DIVIDER)
    cells = (words.runs(*cell) for cell in zip(old, new, strict=True))
    return words.joined([run for cell in cells for run in (divider, *cell)][1:])


def _format_notes(before: Block, after: Block, found: Sequence[words.Run]) -> list[str]:
    """Say what changed in how the words look that stayed."""
    notes: dict[str, None] = {}
    cells = (before.text.count(CELL_DIVIDER), after.text.count(CELL_DIVIDER))
    # A row with more cells has other tags, but nothing about its look has changed.
    if before.path != after.path and cells[0] == cells[1]:
        notes["格式有改动"] = None
    if before.styles != after.styles:
        for one, other in sorted(_style_pairs(before, after, found)):
            notes |= dict.fromkeys(_style_notes(one, other))
    if not notes and before.text == after.text and before.key != after.key:
        notes["格式有改动"] = None
    return list(notes)


def _style_pairs(
    before: Block, after: Block, found: Sequence[words.Run]
) -> set[tuple[str, str]]:
    """Return the different styles that words have before and after."""
    old, new = _style_by_character(before), _style_by_character(after)
    pairs: set[tuple[str, str]] = set()
    i = j = 0
    for run in found:
        if run.is_same:
            size = len(run.after)
            pairs.update(zip(old[i : i + size], new[j : j + size], strict=True))
        i, j = i + len(run.before), j + len(run.after)
    return {(one, other) for one, other in pairs if one != other}


def _style_by_character(block: Block) -> list[str]:
    return [style for style, length in block.styles for _ in range(length)]


def _style_notes(before: str, after: str) -> Iterator[str]:
    pictures = _PICTURE.findall(before), _PICTURE.findall(after)
    links = _LINK.findall(before), _LINK.findall(after)
    if pictures[0] != pictures[1]:
        yield "图片已更换"
    if links[0] != links[1]:
        old, new = ("".join(found) or "无" for found in links)
        yield f"链接有改动：{old} → {new}"
    if _without_targets(before) != _without_targets(after):
        yield "格式有改动"


def _without_targets(style: str) -> str:
    return _LINK.sub("", _PICTURE.sub("<img>", style))
