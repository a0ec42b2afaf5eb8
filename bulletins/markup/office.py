"""What Word, WPS, LibreOffice and browsers put on the clipboard, as an article body.

Kept: the words, levels, bold and the like, centred and right-aligned paragraphs, lists,
tables with merged cells, pictures. Fonts, colours, spacing and comments go.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from bulletins.markup.cleaning import PICTURE_SRC, clean, shallow
from bulletins.markup.runs import Marks, Runs
from bulletins.markup.tree import Node, parse

# Given the address of a picture, returns that of our own copy; None if there is none.
TakePicture = Callable[[str], str | None]

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_OWN_HEADINGS = {2: "h2", 3: "h3"}
_PARAGRAPHS = frozenset(
    [
        *_HEADINGS,
        *("p", "div", "center", "blockquote", "pre", "address", "section", "article"),
        *("main", "header", "footer", "aside", "nav", "dl", "dt", "dd", "hr"),
        *("figure", "figcaption", "li"),
    ]
)
_MARK_OF = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "u": "u",
    "ins": "u",
    "sup": "sup",
    "sub": "sub",
}
_BOLD = re.compile(r"bold|bolder|[6-9]00")
_COMMENT_CLASSES = frozenset(["msocomanchor", "msocommentreference", "msodel"])
_COMMENT_PARTS = frozenset(["comment-list", "comment"])
# The level a line begins with (GB/T 9704-2012, 7.3.3), as reading.drafts has it.
_LEVELS = (
    ("h2", re.compile(r"[一二三四五六七八九十]{1,3}、")),
    ("h3", re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    ("h4", re.compile(r"[0-9]{1,2}[.．、]\s*(?![0-9])")),
)
_LONGEST_HEADING = 40
_NOT_A_HEADING = re.compile(r"[。！？；：，:;,]$|[。\n]")
_HEADING_FONTS = re.compile(r"黑体|楷体|simhei|kaiti|fz(?:hei|kai)|方正[黑楷]")
# A single letter is the bullet that Wingdings has in its place.
_GLYPH = re.compile(r"[A-Za-z]")
_LETTERED = {"a": "a", "A": "A"}
# Word names pictures itself; such a name describes nothing.
_MADE_UP_ALT = re.compile(
    r"(?:图片|图像|图形|图|Picture|Image|Graphic|IMG)[ _\d]*|.*[\\/].*|.*自动生成.*"
    r"|.*\.(?:png|jpe?g|gif|bmp|tiff?|webp|emf|wmf)",
    re.I | re.DOTALL,
)


@dataclass(slots=True)
class Pasted:
    """A clean body, and how many pictures could not be taken over."""

    body: str
    pictures_lost: int


def clean_paste(pasted: str, take_picture: TakePicture) -> Pasted:
    """Return what was pasted as a clean body; the words stay to the character."""
    pasted = pasted.replace("\r\n", "\n").replace("\r", "\n")
    if pasted.startswith("Version:"):
        # The header of the Windows clipboard, which browsers take off.
        pasted = pasted[max(pasted.find("<"), 0) :]
    root = parse(shallow(pasted))
    reader = _Reader(take_picture, shift=_shift(root))
    body = "".join(block.html for block in _grouped(reader.blocks(root)))
    return Pasted(clean(body), reader.pictures_lost)


def _shift(root: Node) -> int:
    """Return by how many levels headings go down: an article's begin with h2."""
    return 1 if any(_outline(node) == 1 for node in _elements(root)) else 0


def _elements(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in node.children if isinstance(child, Node)]


def _outline(node: Node) -> int | None:
    """Return the level of a heading: its tag's, or what Word says of its style."""
    said = node.style.get("mso-outline-level", "")
    if node.tag in _PARAGRAPHS and said.isdecimal() and 1 <= int(said) <= 9:
        return int(said)
    return _HEADINGS.get(node.tag)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block as it will stand in the body; ``inner`` is its HTML."""

    tag: str
    inner: str
    alignment: str = ""

    @property
    def html(self) -> str:
        """Return the block as HTML."""
        kind = f' class="ta-{self.alignment}"' if self.alignment else ""
        return f"<{self.tag}{kind}>{self.inner}</{self.tag}>"


def _grouped(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Put the points that follow one another into one list."""
    points: list[str] = []
    for block in blocks:
        if block.tag == "li":
            points.append(block.html)
            continue
        if points:
            yield _Block("ul", "".join(points))
            points = []
        yield block
    if points:
        yield _Block("ul", "".join(points))


@dataclass(frozen=True, slots=True)
class _Place:
    """What the elements around say: of the text, and of the paragraph."""

    marks: Marks = field(default_factory=Marks)
    alignment: str = ""
    outline: int | None = None
    is_in_heading_font: bool = False
    is_in_table: bool = False
    is_point: bool = False


@dataclass(slots=True)
class _Paragraph:
    """A paragraph as its pieces come in."""

    place: _Place
    runs: Runs = field(default_factory=Runs)
    letters: int = 0
    letters_in_heading_font: int = 0
    # The number Word had counted, as it stood in print; or that it is a point.
    is_point: bool = False

    def add(self, text: str, place: _Place) -> None:
        """Add text, and remember the fonts it is set in."""
        count = len(text.split())
        self.letters += count
        self.letters_in_heading_font += count if place.is_in_heading_font else 0
        self.runs.add_text(text, place.marks)


class _Reader:
    """Goes through the tree and writes blocks."""

    def __init__(self, take_picture: TakePicture, *, shift: int) -> None:
        self._take_picture = take_picture
        self._shift = shift
        self.pictures_lost = 0

    def blocks(self, root: Node, place: _Place | None = None) -> list[_Block]:
        """Return what stands in an element, block by block."""
        place = place or _Place()
        made: list[_Block] = []
        paragraph = _Paragraph(place)
        paragraph = self._read(root.children, place, paragraph, made)
        self._end(paragraph, made)
        return made

    def _read(
        self,
        children: Iterable[Node | str],
        place: _Place,
        paragraph: _Paragraph,
        made: list[_Block],
    ) -> _Paragraph:
        """Read on, and return the paragraph that is open at the end."""
        for child in children:
            if isinstance(child, str):
                paragraph.add(child, place)
            elif not _is_hidden(child):
                paragraph = self._read_element(child, place, paragraph, made)
        return paragraph

    def _read_element(
        self, node: Node, place: _Place, paragraph: _Paragraph, made: list[_Block]
    ) -> _Paragraph:
        if node.tag == "br":
            if "page-break-before" not in node.style:
                paragraph.runs.add_break()
        elif node.tag == "img":
            self._add_picture(node, paragraph)
        elif node.tag in ("table", "ul", "ol"):
            self._end(paragraph, made)
            made += (
                self._table(node, place)
                if node.tag == "table"
                else self._list(node, place)
            )
            return _Paragraph(place)
        elif node.tag in _PARAGRAPHS:
            self._end(paragraph, made)
            within = _within_block(node, place)
            last = self._read(node.children, within, _Paragraph(within), made)
            self._end(last, made)
            return _Paragraph(place)
        elif "mso-tab-count" in node.style:
            paragraph.add("\t", place)
        elif node.style.get("mso-list") == "ignore":
            self._add_list_marker(node, place, paragraph)
        else:
            within = _within_inline(node, place)
            return self._read(node.children, within, paragraph, made)
        return paragraph

    def _end(self, paragraph: _Paragraph, made: list[_Block]) -> None:
        """Close the paragraph; one with nothing in it is none."""
        paragraph.runs.close()
        if paragraph.runs.is_empty:
            return
        alignment = paragraph.place.alignment
        tag = self._heading(paragraph)
        if tag is not None:
            inner = paragraph.runs.html(leave_out="strong")
            made.append(_Block(tag, inner, alignment))
        elif paragraph.is_point:
            made.append(_Block("li", paragraph.runs.html()))
        else:
            made.append(_Block("p", paragraph.runs.html(), alignment))

    def _heading(self, paragraph: _Paragraph) -> str | None:
        """Return the tag of a paragraph that is a level; None for running text."""
        place, text = paragraph.place, paragraph.runs.text
        if (
            place.is_in_table
            or place.is_point
            or paragraph.is_point
            or not text.strip()
        ):
            return None
        marked = next((tag for tag, form in _LEVELS if form.match(text)), None)
        if place.outline is not None:
            if "。" in text.rstrip("。"):
                # Its first sentence was the heading; the body of an article has no such.
                return None
            return marked or _OWN_HEADINGS.get(place.outline + self._shift, "h4")
        if len(text) > _LONGEST_HEADING or _NOT_A_HEADING.search(text):
            return None
        # A line 1. may be a point of a list as well: it has to stand out.
        return marked if marked != "h4" or _stands_out(paragraph) else None

    # --- lists ---

    def _add_list_marker(
        self, node: Node, place: _Place, paragraph: _Paragraph
    ) -> None:
        """Keep the number Word had counted; its bullets make a list."""
        marker = "".join(_text(node).split())
        if not any(map(str.isalnum, marker)) or _GLYPH.fullmatch(marker):
            paragraph.is_point = not place.is_in_table
            return
        paragraph.add(marker, place)
        if marker[-1].isalnum():
            paragraph.add("\u3000", place)

    def _list(self, node: Node, place: _Place) -> Iterator[_Block]:
        items = [item for item in _items(node) if not _is_hidden(item)]
        inside = replace(place, is_point=True, alignment="", outline=None)
        start = _number(node.attributes.get("start", "1"))
        kind = node.attributes.get("type", "1")
        if node.tag == "ol" and (start != 1 or kind not in ("1", "")):
            yield from self._counted(items, start, kind, inside)
            return
        points = [self._point(item, inside) for item in items]
        inner = "".join(point for point in points if point)
        if inner:
            yield _Block(node.tag, inner)

    def _counted(
        self, items: list[Node], start: int, kind: str, place: _Place
    ) -> Iterator[_Block]:
        """Write the numbers of a list as text, where no list would count so."""
        for number, item in enumerate(items, start=start):
            blocks = self.blocks(item, _within_block(item, place))
            label = (
                chr(ord(kind) + number - 1)
                if kind in _LETTERED and number < 27
                else str(number)
            )
            for at, block in enumerate(blocks):
                if at == 0 and block.tag == "p":
                    yield _Block("p", f"{label}.{block.inner}")
                else:
                    yield block

    def _point(self, item: Node, place: _Place) -> str:
        """Return an item of a list; its paragraphs become lines of one."""
        blocks = self.blocks(item, _within_block(item, place))
        if not blocks:
            return ""
        inner, after_text = "", False
        for block in _grouped(blocks):
            is_text = block.tag == "p"
            inner += "<br>" if is_text and after_text else ""
            inner += block.inner if is_text else block.html
            after_text = is_text
        return f"<li>{inner}</li>"

    # --- tables ---

    def _table(self, table: Node, place: _Place) -> list[_Block]:
        """Return a table, with its caption as a paragraph before it."""
        around = replace(place, is_in_table=True, alignment="", outline=None)
        made: list[_Block] = []
        rows: list[str] = []
        in_head = 0
        for part, is_head in _rows(table):
            if part.tag == "caption":
                made += self.blocks(part, replace(around, alignment="center"))
            elif cells := self._row(part, around):
                # A cell of the head may reach into rows below: they belong to it.
                if is_head or len(rows) < in_head:
                    in_head = max(in_head, len(rows) + _reach(part))
                rows.append(f"<tr>{cells}</tr>")
        head, body = "".join(rows[:in_head]), "".join(rows[in_head:])
        head = f"<thead>{head}</thead>" if head else ""
        body = f"<tbody>{body}</tbody>" if body else ""
        if head or body:
            made.append(_Block("table", head + body))
        return made

    def _row(self, row: Node, place: _Place) -> str:
        cells = [
            node
            for node in row.children
            if isinstance(node, Node) and node.tag in ("td", "th")
        ]
        is_spacer = (
            row.attributes.get("height") == "0" or row.style.get("height") == "0"
        )
        if is_spacer and not "".join(map(_text, cells)).strip("\xa0 \n\t\u3000"):
            return ""
        return "".join(
            self._cell(cell, place) for cell in cells if not _is_hidden(cell)
        )

    def _cell(self, cell: Node, place: _Place) -> str:
        blocks = list(_grouped(self.blocks(cell, _within_block(cell, place))))
        spans = "".join(
            f' {name}="{value}"'
            for name in ("colspan", "rowspan")
            if (value := cell.attributes.get(name, "1")) != "1" and value.isdecimal()
        )
        alignments = {block.alignment for block in blocks if block.tag == "p"}
        alignment = alignments.pop() if len(alignments) == 1 else ""
        if alignment:
            blocks = [replace(block, alignment="") for block in blocks]
        only = len(blocks) == 1 and blocks[0].tag == "p"
        inner = blocks[0].inner if only else "".join(block.html for block in blocks)
        kind = f' class="ta-{alignment}"' if alignment else ""
        return f"<{cell.tag}{kind}{spans}>{inner}</{cell.tag}>"

    # --- pictures ---

    def _add_picture(self, node: Node, paragraph: _Paragraph) -> None:
        src = node.attributes.get("src", "")
        own = src if PICTURE_SRC.fullmatch(src) else self._take_picture(src)
        if own is None:
            self.pictures_lost += 1
            return
        alt = " ".join(node.attributes.get("alt", "").split())
        alt = "" if _MADE_UP_ALT.fullmatch(alt) else alt
        described = f' alt="{html.escape(alt)}"' if alt else ""
        paragraph.runs.add_markup(f'<img src="{html.escape(own)}"{described}>')


def _is_hidden(node: Node) -> bool:
    """Tell whether an element is not seen in print: comments, hidden text, deletions."""
    style = node.style
    return (
        style.get("display") == "none"
        or style.get("mso-hide") == "all"
        or style.get("mso-element") in _COMMENT_PARTS
        or style.get("mso-special-character") == "comment"
        or bool(_COMMENT_CLASSES & {name.lower() for name in node.classes})
    )


def _within_block(node: Node, place: _Place) -> _Place:
    """Return what holds within a block element."""
    inner = _within_inline(node, place)
    said = node.style.get("text-align") or node.attributes.get("align", "").lower()
    said = next((c[3:] for c in node.classes if c.startswith("ta-")), said)
    if node.tag == "center":
        said = "center"
    alignment = said if said in ("center", "right") else "" if said else place.alignment
    outline = _outline(node) or place.outline
    return replace(inner, alignment=alignment, outline=outline)


def _within_inline(node: Node, place: _Place) -> _Place:
    """Return what holds within an element that only sets its text off."""
    marks = place.marks
    if (name := _MARK_OF.get(node.tag)) is not None:
        marks = marks.with_mark(name)
    weight = node.style.get("font-weight", "")
    if _BOLD.fullmatch(weight):
        marks = marks.with_mark("strong")
    elif weight in ("normal", "400"):
        marks = marks.without("strong")
    if node.style.get("vertical-align") in ("super", "sub"):
        marks = marks.with_mark(
            "sup" if node.style["vertical-align"] == "super" else "sub"
        )
    if "underline" in node.style.get("text-decoration", "") and node.tag != "a":
        marks = marks.with_mark("u")
    href = node.attributes.get("href", "") if node.tag == "a" else ""
    # Places within the old document lead nowhere in the new one.
    if href and not href.startswith(("#", "file:", "data:")):
        marks = Marks(marks.names, href)
    font = node.style.get("font-family") or node.style.get("mso-fareast-font-family")
    is_heading = bool(_HEADING_FONTS.search(font)) if font else place.is_in_heading_font
    return replace(place, marks=marks, is_in_heading_font=is_heading)


def _stands_out(paragraph: _Paragraph) -> bool:
    """Tell whether a line is set bold, or in a face of headings, throughout."""
    in_font = paragraph.letters == paragraph.letters_in_heading_font > 0
    return in_font or paragraph.runs.has_throughout("strong")


def _items(node: Node) -> Iterator[Node]:
    """Return the items of a list; what stands between them is one as well."""
    for child in node.children:
        if isinstance(child, Node):
            is_item = child.tag == "li"
            yield child if is_item else Node("li", children=[child])
        elif child.strip():
            yield Node("li", children=[child])


def _rows(table: Node, *, is_head: bool = False) -> Iterator[tuple[Node, bool]]:
    """Return the caption and the rows of a table, and whether they are its head."""
    for child in table.children:
        if not isinstance(child, Node):
            continue
        if child.tag in ("tr", "caption"):
            yield child, is_head
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child, is_head=child.tag == "thead")


def _reach(row: Node) -> int:
    """Return how many rows the tallest cell of a row takes."""
    cells = (node for node in row.children if isinstance(node, Node))
    return max(
        (_number(cell.attributes.get("rowspan", "1")) for cell in cells), default=1
    )


def _text(node: Node) -> str:
    return "".join(
        child if isinstance(child, str) else _text(child) for child in node.children
    )


def _number(text: str) -> int:
    return max(int(text), 1) if text.isdecimal() and len(text) < 5 else 1
