"""HTML from a clipboard as a small tree: whatever came in, well-formed afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

_VOID = frozenset(["br", "img", "hr", "col"])
_INLINE = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "cite",
        "dfn",
        "u",
        "ins",
        "s",
        "strike",
        "sup",
        "sub",
        "span",
        "font",
        "big",
        "small",
        "code",
        "kbd",
        "del",
        "label",
        "mark",
        "abbr",
        "acronym",
        "tt",
        "nobr",
        "br",
        "img",
    ]
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "center",
        "blockquote",
        "pre",
        "address",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "nav",
        "dl",
        "dt",
        "dd",
        "ul",
        "ol",
        "li",
        "hr",
        "figure",
        "figcaption",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    ]
)
# A parser's first pass: comments and unknown tags go, styles stay to be understood.
_WELL_FORMED = nh3.Cleaner(
    tags=set(_INLINE | _BLOCKS),
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe"},
    attributes={
        "*": {"class", "style", "align"},
        "a": {"href"},
        "img": {"src", "alt"},
        "ol": {"start", "type"},
        "tr": {"height"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    url_schemes={"http", "https", "mailto", "data", "file"},
    link_rel=None,
)
# No office program nests deeper; what does is read as one level.
_DEEPEST = 60
_CLASS_SELECTOR = re.compile(r"\.([\w-]+)\s*(?:,|$)")


@dataclass(slots=True)
class Node:
    """An element: its style is what its classes and its own attribute say."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    style: Mapping[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        """Return its classes."""
        return frozenset(self.attributes.get("class", "").split())


def parse(html: str) -> Node:
    """Return the elements and texts of the HTML below one root."""
    builder = _Builder(_class_styles(html))
    builder.feed(_WELL_FORMED.clean(html))
    builder.close()
    return builder.root


class _Builder(HTMLParser):
    """Builds the tree; the HTML is well-formed, so that every tag has its end."""

    def __init__(self, class_styles: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("div")
        self._open = [self.root]
        self._class_styles = class_styles

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        style: dict[str, str] = {}
        for name in attributes.get("class", "").split():
            style |= self._class_styles.get(name, {})
        style |= _declarations(attributes.get("style", ""))
        node = Node(tag, attributes, style)
        if tag in _VOID:
            self._open[-1].children.append(node)
        elif len(self._open) > _DEEPEST:
            self._open.append(self._open[-1])
        else:
            self._open[-1].children.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _class_styles(html: str) -> dict[str, dict[str, str]]:
    """Return what the style sheets in the HTML say of classes (p.MsoNormal {…})."""
    styles: dict[str, dict[str, str]] = {}
    for part in html.split("<style")[1:]:
        css = part.partition("</style>")[0]
        for rule in css.split("}"):
            selectors, _, body = rule.partition("{")
            for name in _CLASS_SELECTOR.findall(selectors.strip()):
                styles.setdefault(name, {}).update(_declarations(body))
    return styles


def _declarations(css: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in css.split(";"))
    return {
        name.strip().lower(): value.strip().lower()
        for name, _, value in pairs
        if value.strip()
    }
