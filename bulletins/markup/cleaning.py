"""What is allowed in the HTML of article bodies.

Bodies come from browsers, Word and files, none of which is trusted: ``clean`` runs
before a body is stored and again before an editor or a renderer sees it.
"""

from __future__ import annotations

import re
from collections import Counter

import nh3

from bulletins.markup.plain import BLOCKS

_INLINE = frozenset(["strong", "em", "u", "sup", "sub", "br", "a", "img"])
_TAGS = set(BLOCKS | _INLINE)
_ALIGNMENTS = ("left", "center", "right", "justify")
_CLASSES = {f"ta-{alignment}" for alignment in _ALIGNMENTS}
_ALIGNED = ("p", "h2", "h3", "h4", "th", "td")
_DROPPED_WITH_CONTENT = {"script", "style", "title", "template", "noscript", "iframe"}

# Pictures live in our own media store under random names; nothing else is fetched.
PICTURE_SRC = re.compile(r"/media/pictures/[0-9a-f]{16,64}\.(?:png|jpg)")
_LINK_HREF = re.compile(r"(?:https?://[^\s\\/][^\s\\]*|mailto:[^\s\\]+|#[\w-]+)")
_SPAN = re.compile(r"[1-9]\d{0,3}")

# Controls, and marks that turn the direction of what follows: 发.exe must not read exe.发.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069]"
)
_RENAMED = {"b": "strong", "i": "em", "h1": "h2", "h5": "h4", "h6": "h4", "div": "p"}
_RENAMED_TAG = re.compile(rf"<(/?)({'|'.join(_RENAMED)})(?=[ >])")
_STYLE = re.compile(r' style="(?:text-align:)?([^"]*)"')
_TEXT_ALIGN = re.compile(r"text-align\s*:\s*(left|center|right|justify)\b", re.I)
_MAY_BE_DROPPED = frozenset(
    ["p", "h2", "h3", "h4", "strong", "em", "u", "sup", "sub", "a", "li"]
)
_PIECE = re.compile(r"<[^<>]*>|<|[^<]+")
# No editor comes near this depth, and a parser's time may grow with its square.
_DEEPEST = 1_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]*)[^<>]*>")
_NOT_NESTED = frozenset(
    ["p", "li", "td", "th", "tr", "br", "img", "col", "hr", "input", "link", "meta"]
)
_NO_SRC = re.compile(r"<img(?![^>]* src=)[^>]*>")
_EDGE_BREAKS = re.compile(r"(<(?:p|h2|h3|h4|li|td|th)(?: [^>]*)?>)(?:\s|<br>)+")
# Runs are only looked at from their start, so that long ones take no longer.
_TRAILING_BREAKS = re.compile(
    r"(?<!<br>)(?<!\s)(?:\s|<br>)+(</(?:p|h2|h3|h4|li|td|th)>)"
)
_NAMES = "|".join(sorted(BLOCKS))
_BETWEEN_BLOCKS = re.compile(rf"(?:(?<!\s)\s+)?(</?(?:{_NAMES})(?: [^>]*)?>)\s*")
_STARTS_WITH_BLOCK = re.compile(rf"\s*<(?:{_NAMES})[ >]")


def _loose_attribute(tag: str, name: str, value: str) -> str | None:
    """Keep of a style only its text-align, as a bare word."""
    if name == "style":
        found = _TEXT_ALIGN.search(value)
        return found.group(1).lower() if found and tag in {*_ALIGNED, "div"} else None
    return value


def _strict_attribute(tag: str, name: str, value: str) -> str | None:
    match name:
        case "href":
            return value if _LINK_HREF.fullmatch(value) else None
        case "src":
            return value if PICTURE_SRC.fullmatch(value) else None
        case "colspan" | "rowspan":
            return value if _SPAN.fullmatch(value) else None
        case "alt":
            return " ".join(value.replace("<", " ").replace(">", " ").split())
    return value


# A first pass puts any input into one well-formed spelling, so that the small
# rewritings between the passes meet only that; the second pass is the guard.
_LOOSE = nh3.Cleaner(
    tags=_TAGS | set(_RENAMED),
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        **{tag: {"class", "style"} for tag in {*_ALIGNED, "div"}},
        "td": {"class", "style", "colspan", "rowspan"},
        "th": {"class", "style", "colspan", "rowspan"},
    },
    attribute_filter=_loose_attribute,
    link_rel=None,
)
_STRICT = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    allowed_classes=dict.fromkeys(_ALIGNED, _CLASSES),
    attribute_filter=_strict_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


def clean(body: str) -> str:
    """Return the body with only what an official text needs; cleaning is idempotent."""
    previous = None
    # Dropping one thing may empty what was around it: go on until nothing changes.
    while body != previous:
        previous, body = body, _clean_once(body)
    return body


def _clean_once(body: str) -> str:
    body = _CONTROLS.sub("", body).replace("\r\n", "\n").replace("\r", "\n")
    body = _LOOSE.clean(shallow(body))
    body = _RENAMED_TAG.sub(lambda tag: f"<{tag[1]}{_RENAMED[tag[2]]}", body)
    body = _STYLE.sub(r' class="ta-\1"', body)
    body = _STRICT.clean(body).replace("&nbsp;", " ").replace(' class=""', "")
    body = _NO_SRC.sub("", body)
    body = _EDGE_BREAKS.sub(r"\1", body)
    body = _TRAILING_BREAKS.sub(r"\1", body)
    body = _without_empty(body)
    body = _BETWEEN_BLOCKS.sub(r"\1", body).strip()
    if body and not _STARTS_WITH_BLOCK.match(body):
        body = _wrap_leading_text(body)
    return body


def shallow(body: str) -> str:
    """Return the body; nested beyond all reason, only its text and its paragraphs."""
    return _TAG.sub(_flat, body) if _depth(body) > _DEEPEST else body


def _depth(body: str) -> int:
    """Return how many tags are open at most, of those that have to be closed."""
    waiting: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in _TAG.findall(body):
        if name in _NOT_NESTED:
            continue
        if not closing:
            waiting[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif waiting[name]:
            waiting[name] -= 1
            depth -= 1
    return deepest


def _flat(tag: re.Match[str]) -> str:
    """Keep of a tag only the paragraph it begins or ends; the text stays."""
    name = tag[2].lower()
    if name in _DROPPED_WITH_CONTENT or name in {"br", "img"}:
        return tag[0]
    return "<p>" if _RENAMED.get(name, name) in BLOCKS else ""


def _without_empty(body: str) -> str:
    """Drop the elements with nothing in them, and those that then are empty."""
    kept: list[str] = []
    for piece in _PIECE.findall(body):
        if piece.startswith("</") and piece[2:-1] in _MAY_BE_DROPPED:
            opening = len(kept) - 1
            while opening >= 0 and (kept[opening] == "<br>" or kept[opening].isspace()):
                opening -= 1
            if opening >= 0 and _opens(kept[opening], piece[2:-1]):
                del kept[opening:]
                continue
        kept.append(piece)
    return "".join(kept)


def _opens(piece: str, name: str) -> bool:
    return piece == f"<{name}>" or piece.startswith(f"<{name} ")


def _wrap_leading_text(body: str) -> str:
    """Give text that stands before the first block a paragraph of its own."""
    found = re.search(rf"<(?:{_NAMES})[ >]", body)
    end = found.start() if found else len(body)
    return f"<p>{body[:end]}</p>{body[end:]}"
