"""What is too large to be rendered in time, found before anything is rendered.

The bounds are far above any real bulletin. They are judged from the text itself and
from the pictures' headers, and never take long.
"""

from __future__ import annotations

import dataclasses
import html
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bulletins import markup
from bulletins.document import ArticleEntry, BriefEntry, IssueDocument, anchored_items
from bulletins.findings import Finding, Severity

MAX_PIXELS = 25_000_000
# Where Pillow refuses to say more.
_HUNDREDS_OF_MILLIONS = 10**12
MAX_TABLE_ROWS = 500
# More would not fit the width of a page.
MAX_TABLE_COLUMNS = 30
# Measured: some 4.5 ms a cell, and 30 seconds are all there is.
MAX_TABLE_CELLS = 5_000
MAX_NESTING = 50
MAX_PARAGRAPH = 5_000
# Characters of HTML: of one body, and of the bodies of one issue.
MAX_BODY = 300_000
MAX_BODIES = 600_000

_TAG = re.compile(
    r"<(?P<closing>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<attributes>[^<>]*)>"
)
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_COLUMN_SPAN = re.compile(r'\bcolspan="(\d{1,6})"')
# Tags that a sloppy body leaves open, and what ends them.
_ENDED_BY = {
    "p": {"p"},
    "li": {"p", "li"},
    "td": {"p", "td", "th"},
    "th": {"p", "td", "th"},
    "tr": {"p", "td", "th", "tr"},
}
_VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})


def excesses(document: IssueDocument, pictures: Path | None) -> list[Finding]:
    """Return a finding (LM01–LM05) for each thing that is beyond its bound.

    ``pictures`` is the folder the bodies' pictures lie in.
    """
    return [
        *_bodies_together(document),
        *_paragraph("编者按", document.editors_note.split("\n")),
        *(
            dataclasses.replace(finding, anchor=anchor)
            for anchor, item in anchored_items(document)
            for finding in _item(item, pictures)
        ),
    ]


def _item(item: ArticleEntry | BriefEntry, pictures: Path | None) -> Iterator[Finding]:
    if isinstance(item, ArticleEntry):
        return _article(item, pictures)
    return _paragraph(_place(item), [item.printed])


def largest(document: IssueDocument) -> str:
    """Return the name of the article or brief item that says most; may be empty."""
    items: list[ArticleEntry | BriefEntry] = [*document.articles(), *document.briefs()]
    return _place(max(items, key=_size)) if items else ""


def _size(item: ArticleEntry | BriefEntry) -> int:
    return len(item.body if isinstance(item, ArticleEntry) else item.printed)


def _place(item: ArticleEntry | BriefEntry) -> str:
    if isinstance(item, ArticleEntry):
        return f"文章“{_shortened(item.plain_title)}”"
    return f"简讯“{_shortened(item.lead)}”"


def _shortened(title: str) -> str:
    return title if len(title) <= 40 else f"{title[:40]}…"


def _excess(rule: str, message: str) -> Finding:
    return Finding(rule, Severity.ERROR, message)


def _bodies_together(document: IssueDocument) -> Iterator[Finding]:
    length = sum(len(article.body) for article in document.articles())
    if length > MAX_BODIES:
        yield _excess(
            "LM05",
            f"本期各篇正文共{length:,}字符，最多{MAX_BODIES:,}字符，请分期印发；"
            f"其中最长的是{largest(document)}",
        )


def _article(article: ArticleEntry, pictures: Path | None) -> Iterator[Finding]:
    place = _place(article)
    if len(article.body) > MAX_BODY:
        yield _excess(
            "LM05",
            f"{place}的正文有{len(article.body):,}字符，最多{MAX_BODY:,}字符",
        )
    shape = _Shape(article.body)
    yield from _paragraph(place, shape.paragraphs)
    if shape.depth > MAX_NESTING:
        yield _excess(
            "LM03", f"{place}的格式嵌套了{shape.depth:,}层，最多{MAX_NESTING}层"
        )
    if shape.rows > MAX_TABLE_ROWS:
        yield _excess(
            "LM02", f"{place}有{shape.rows:,}行的表格，一张表最多{MAX_TABLE_ROWS}行"
        )
    elif shape.columns > MAX_TABLE_COLUMNS:
        yield _excess(
            "LM02", f"{place}有{shape.columns:,}列的表格，最多{MAX_TABLE_COLUMNS}列"
        )
    elif shape.cells > MAX_TABLE_CELLS:
        yield _excess(
            "LM02", f"{place}的表格共{shape.cells:,}格，最多{MAX_TABLE_CELLS:,}格"
        )
    for number, source in enumerate(shape.pictures, start=1):
        yield from _picture(f"{place}的第{number}幅图片", source, pictures)


def _paragraph(place: str, paragraphs: list[str]) -> Iterator[Finding]:
    for text in paragraphs:
        if len(text) > MAX_PARAGRAPH:
            yield _excess(
                "LM04",
                f"{place}有一段长{len(text):,}字，一段最多{MAX_PARAGRAPH:,}字，"
                f"请分段：“{text[:10].strip()}……”",
            )


def _picture(place: str, source: str, folder: Path | None) -> Iterator[Finding]:
    if not markup.PICTURE_SRC.fullmatch(source):
        # Cleaning drops it; it is never read.
        return
    name = source.rpartition("/")[2]
    if folder is None or not (folder / name).is_file():
        yield _excess("LM01", f"{place}找不到文件（{name}）")
        return
    pixels = _pixels(folder / name)
    if pixels is None:
        yield _excess("LM01", f"{place}已损坏，或者不是图片（{name}）")
    elif pixels > MAX_PIXELS:
        is_known = pixels < _HUNDREDS_OF_MILLIONS
        count = f"{pixels / 10_000:,.0f}万" if is_known else "数亿"
        yield _excess(
            "LM01",
            f"{place}有{count}像素，最多{MAX_PIXELS // 10_000:,}万像素，请缩小后再用",
        )


def _pixels(path: Path) -> int | None:
    """Return the number of pixels the header tells, None where the file is broken."""
    with warnings.catch_warnings():
        # Pillow's own bounds are wider, and its words English.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                pixels = picture.width * picture.height
                if pixels <= MAX_PIXELS:
                    picture.verify()
                return pixels
        except Image.DecompressionBombError:
            return _HUNDREDS_OF_MILLIONS
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError):
            return None


class _Shape:
    """What a body is made of: its paragraphs, and how deep, long and wide it is.

    One pass over the tags: an HTML parser can be made to take minutes over a bad body.
    """

    def __init__(self, body: str) -> None:
        self.depth = self.rows = self.columns = self.cells = 0
        self.paragraphs: list[str] = []
        self.pictures: list[str] = []
        self._open: list[str] = []
        self._text: list[str] = []
        # Of each open table the rows so far, and the columns of its last row.
        self._tables: list[list[int]] = []
        end = 0
        for tag in _TAG.finditer(body):
            self._text.append(body[end : tag.start()])
            end = tag.end()
            name = tag["name"].lower()
            if name in markup.BLOCKS:
                self._end_paragraph()
            if tag["closing"]:
                self._closes(name)
            else:
                self._opens(name, tag["attributes"])
        self._text.append(body[end:])
        self._end_paragraph()

    def _end_paragraph(self) -> None:
        text = html.unescape("".join(self._text)).strip()
        if text:
            self.paragraphs.append(text)
        self._text.clear()

    def _opens(self, name: str, attributes: str) -> None:
        if name == "img":
            source = _SOURCE.search(attributes)
            self.pictures.append(source[1] if source else "")
        elif name == "br":
            self._text.append("\n")
        if name in _VOID:
            return
        while self._open and self._open[-1] in _ENDED_BY.get(name, ()):
            self._open.pop()
        self._open.append(name)
        self.depth = max(self.depth, len(self._open))
        if name == "table":
            self._tables.append([0, 0])
        elif name == "tr" and self._tables:
            self._tables[-1] = [self._tables[-1][0] + 1, 0]
            self.rows = max(self.rows, self._tables[-1][0])
        elif name in {"td", "th"} and self._tables:
            span = _COLUMN_SPAN.search(attributes)
            self._tables[-1][1] += int(span[1]) if span else 1
            self.columns = max(self.columns, self._tables[-1][1])
            self.cells += 1

    def _closes(self, name: str) -> None:
        # What was left open inside ends with it.
        recent = self._open[-MAX_NESTING:]
        if name not in recent:
            return
        while self._open.pop() != name:
            pass
        if name == "table" and self._tables:
            self._tables.pop()
