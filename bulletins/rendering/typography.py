"""What print needs inside running text, done to the text nodes of our own HTML."""

from __future__ import annotations

import re

_TAG = re.compile(r"(<[^>]*>)")
# WeasyPrint lets a line break on neither side of a curly quote; printers break
# outside the pair. <wbr> allows that, and leaves no trace in extracted text.
_BEFORE_OPENING = re.compile(r"(?<=[^\s“‘（《〈〔【])(?=[“‘])")
_AFTER_CLOSING = re.compile(r"(?<=[”’])(?=[^\s，。、；：？！”’）》〉〕】…—])")


def for_print(html: str) -> str:
    """Return the HTML with break opportunities around quotes in its texts."""
    parts = _TAG.split(html)
    parts[::2] = [_with_breaks(text) for text in parts[::2]]
    return "".join(parts)


def _with_breaks(text: str) -> str:
    return _AFTER_CLOSING.sub("<wbr>", _BEFORE_OPENING.sub("<wbr>", text))
