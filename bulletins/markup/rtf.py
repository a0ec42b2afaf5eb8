"""The pictures of a clipboard's RTF: there alone Word and WPS put their bytes.

Their HTML names files on the editor's disk, which no browser may read.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

# A group's begin or end, a control word, an escaped character, or text.
_TOKEN = re.compile(
    r"([{}])|\\([a-z]+)-?\d*\s?|\\(\*)|\\(?:'..|.)|([^{}\\]+)", re.DOTALL
)
# Copies for old programs, and pictures that are not of the text.
_ASIDE = frozenset(
    [
        *("nonshppict", "listpicture", "background", "result"),
        *("header", "headerl", "headerr", "headerf"),
        *("footer", "footerl", "footerr", "footerf"),
    ]
)
_KNOWN = frozenset(["pngblip", "jpegblip"])
_SPACE = re.compile(r"\s+")


def pictures(rtf: str) -> list[bytes | None]:
    """Return the pictures of the text in their order; None for one nobody can decode.

    Those are drawings of Windows (WMF, EMF), which only Windows draws.
    """
    return list(_pictures(rtf))


def _pictures(rtf: str) -> Iterator[bytes | None]:
    depth = 0
    aside: int | None = None  # the depth of the group that is passed over
    picture: int | None = None  # the depth of the group that is a picture
    form, digits = "", ""
    for brace, word, _, text in map(re.Match.groups, _TOKEN.finditer(rtf)):
        if brace == "{":
            depth += 1
        elif brace == "}":
            if picture == depth:
                yield _decoded(digits) if form in _KNOWN else None
                picture, form, digits = None, "", ""
            if aside == depth:
                aside = None
            depth -= 1
        elif aside is not None:
            continue
        elif word in _ASIDE:
            aside = depth
        elif word == "pict":
            picture = depth
        elif picture == depth:
            form = word if word in _KNOWN else form
            digits += text or ""


def _decoded(digits: str) -> bytes | None:
    try:
        return binascii.unhexlify(_SPACE.sub("", digits))
    except ValueError:
        return None
