"""What is wrong with a page as HTML, and with a feed as Atom."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError
from lxml import etree

_ELEMENTS = frozenset(
    [
        "html",
        "head",
        "title",
        "base",
        "link",
        "meta",
        "style",
        "script",
        "noscript",
        "template",
        "body",
        "main",
        "header",
        "footer",
        "nav",
        "section",
        "article",
        "aside",
        "address",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hgroup",
        "p",
        "hr",
        "pre",
        "blockquote",
        "ol",
        "ul",
        "menu",
        "li",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "div",
        "search",
        "a",
        "em",
        "strong",
        "small",
        "s",
        "cite",
        "q",
        "dfn",
        "abbr",
        "ruby",
        "rt",
        "rp",
        "data",
        "time",
        "code",
        "var",
        "samp",
        "kbd",
        "sub",
        "sup",
        "i",
        "b",
        "u",
        "mark",
        "bdi",
        "bdo",
        "span",
        "br",
        "wbr",
        "ins",
        "del",
        "picture",
        "source",
        "img",
        "iframe",
        "embed",
        "object",
        "video",
        "audio",
        "track",
        "map",
        "area",
        "table",
        "caption",
        "colgroup",
        "col",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "form",
        "label",
        "input",
        "button",
        "select",
        "datalist",
        "optgroup",
        "option",
        "textarea",
        "output",
        "progress",
        "meter",
        "fieldset",
        "legend",
        "details",
        "summary",
        "dialog",
        "slot",
        "canvas",
    ]
)
_INTERACTIVE = frozenset({"a", "button", "input", "select", "textarea", "label"})
_MAY_HOLD = {"label": {"input", "select", "textarea", "button"}}
# Presentation is the style sheets' affair, and behaviour that of script files.
_FORBIDDEN_ATTRIBUTES = re.compile(r"style|on[a-z]+|align|bgcolor|border|valign|width")
# What names elements by their ids.
_REFERENCES = (
    "for",
    "list",
    "headers",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-details",
    "aria-owns",
)
_ATOM = "{http://www.w3.org/2005/Atom}"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}"
_SCHEMA = Path(__file__).parent / "documents" / "atom.rng"


def faults_of_html(text: str) -> list[str]:
    """Return what is wrong with a page, as sentences."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        root = parser.parse(text)
    except ParseError as error:
        return [f"not well-formed HTML: {error}"]
    return [*_faults_of_page(root), *_faults_below(root, ())]


def _faults_of_page(root: Element) -> Iterator[str]:
    for name, count in Counter(e.get("id") for e in root.iter() if e.get("id")).items():
        if count > 1:
            yield f"id twice: {name}"
    for selector, wanted in (("h1", 1), ("main", 1), ("title", 1)):
        found = len(list(root.iter(selector)))
        if found != wanted:
            yield f"{found} of {selector}"
    if root.get("lang") != "zh-CN":
        yield "the language is not told"
    yield from _faults_of_head(root)
    yield from _faults_of_references(root)
    for meta in root.iter("meta"):
        if meta.get("content") == "":
            yield f"empty meta: {meta.attrib}"
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            json.loads(script.text or "")
        elif not script.get("src"):
            yield "a script within the page"


def _faults_of_head(root: Element) -> Iterator[str]:
    # Names of metadata are compared without case.
    names = Counter(m.get("name", "").lower() for m in root.iter("meta"))
    for name, count in names.items():
        if name and count > 1:
            yield f"meta twice: {name}"
    canonical = [link for link in root.iter("link") if link.get("rel") == "canonical"]
    if len(canonical) > 1:
        yield f"{len(canonical)} canonical links"


def _faults_of_references(root: Element) -> Iterator[str]:
    """Yield what points to an id that no element has."""
    ids = {element.get("id") for element in root.iter()}
    # Every browser knows this one.
    ids.add("top")
    for element in root.iter():
        for attribute in _REFERENCES:
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute} leads nowhere: {name}"
        href = element.get("href", "")
        if href.startswith("#") and unquote(href[1:]) not in ids:
            yield f"href leads nowhere: {href}"
        if element.tag == "label" and not (element.get("for") or _controls(element)):
            yield "a label of nothing"


def _controls(label: Element) -> list[Element]:
    return [e for e in label.iter() if e.tag in {"input", "select", "textarea"}]


def _faults_below(element: Element, above: tuple[str, ...]) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str):
        return
    if tag not in _ELEMENTS or tag == "style":
        yield f"no element of HTML, or not here: {tag}"
    for holder in above:
        allowed = _MAY_HOLD.get(holder, set())
        if tag in _INTERACTIVE and holder in _INTERACTIVE and tag not in allowed:
            yield f"{tag} within {holder}"
    for name in element.attrib:
        if _FORBIDDEN_ATTRIBUTES.fullmatch(name):
            yield f"{tag} has {name}"
    if tag == "img" and "alt" not in element.attrib:
        yield "a picture without alt"
    if tag in {"ul", "ol"} and any(child.tag != "li" for child in element):
        yield f"something else than items in {tag}"
    if tag == "time" and not re.match(r"\d{4}-\d\d-\d\d", element.get("datetime", "")):
        yield "a date only for people"
    if (
        tag == "a"
        and not "".join(element.itertext()).strip()
        and not element.get("aria-label")
    ):
        yield f"a link without words: {element.get('href')}"
    for child in element:
        yield from _faults_below(child, (*above, tag))


# --- Atom -------------------------------------------------------------------------


def faults_of_atom(content: bytes) -> list[str]:
    """Return what is wrong with a feed: by RFC 4287's grammar, and beyond it."""
    schema = etree.RelaxNG(etree.parse(str(_SCHEMA)))
    feed = etree.fromstring(content)
    if not schema.validate(feed):
        return [str(error) for error in schema.error_log]
    return list(_beyond_the_grammar(feed))


def _beyond_the_grammar(feed) -> Iterator[str]:
    ids = Counter(feed.xpath("//a:id/text()", namespaces={"a": _ATOM[1:-1]}))
    yield from (f"id twice: {name}" for name, count in ids.items() if count > 1)
    rels = Counter(link.get("rel") for link in feed.findall(f"{_ATOM}link"))
    if rels != {"self": 1, "alternate": 1}:
        yield f"links of the feed: {rels}"
    updated = [e.findtext(f"{_ATOM}updated") for e in feed.findall(f"{_ATOM}entry")]
    if updated and max(updated) > feed.findtext(f"{_ATOM}updated"):
        yield "the feed is older than its entries"
    yield from _faults_of_tombstones(feed)
    for content in feed.iter(f"{_ATOM}content"):
        # What a reader of feeds takes out of the element is HTML again.
        parser = html5lib.HTMLParser(strict=True)
        try:
            parser.parseFragment(content.text)
        except ParseError as error:
            yield f"content: {error}"


def _faults_of_tombstones(feed) -> Iterator[str]:
    """Yield what RFC 6721 asks of a deleted-entry beyond the grammar, and is not so."""
    living = {e.findtext(f"{_ATOM}id") for e in feed.findall(f"{_ATOM}entry")}
    gone = feed.findall(f"{_TOMBSTONE}deleted-entry")
    for name, count in Counter(e.get("ref") for e in gone).items():
        if not name or count > 1 or name in living:
            yield f"deleted, and not once alone: {name}"
    for element in gone:
        if element.get("when") > feed.findtext(f"{_ATOM}updated"):
            yield "the feed is older than what was deleted"
