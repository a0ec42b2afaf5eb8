"""The face of a masthead on screen: 小标宋 for its own characters and no others.

No reader's device has the face official papers are headed with. The whole of it is
four megabytes; the twenty characters of a masthead are four kilobytes.
"""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass

from fontTools.subset import Options, Subsetter, load_font, save_font

from bulletins.archive import addresses
from bulletins.archive.addresses import Address
from bulletins.models import Bulletin
from bulletins.rendering.fonts import FOLDER

# OFL-1.1, which lets subsets be served; its notice stays in the name table.
_FACE = FOLDER / "BulletinTitle-Black.ttf"
_FAMILY = "Bulletin Masthead"
_NAMES_KEPT = [0, 1, 2, 13, 14]


@dataclass(frozen=True, slots=True)
class MastheadFace:
    """The font of a bulletin's masthead (WOFF2), and the style sheet that names it."""

    font: bytes
    font_address: Address
    css: bytes


def masthead_face(series: Bulletin) -> MastheadFace:
    """Return the face of a masthead: for the same masthead the same bytes."""
    text = "".join(sorted(set(f"{series.programme}{series.name}")))
    font = subset(text)
    # The name tells the content, so that it may be kept for good.
    digest = hashlib.sha256(font).hexdigest()[:12]
    address = addresses.masthead_font(series, digest)
    return MastheadFace(font, address, _css(address, text).encode())


@functools.lru_cache(maxsize=64)
def subset(text: str) -> bytes:
    """Return a WOFF2 that holds the characters of the text, the same bytes each time."""
    options = Options()
    options.flavor = "woff2"
    options.layout_features = []
    options.name_IDs = _NAMES_KEPT
    options.notdef_outline = True
    options.recalc_timestamp = False
    with load_font(str(_FACE), options) as face:
        subsetter = Subsetter(options)
        subsetter.populate(text=text)
        subsetter.subset(face)
        file = io.BytesIO()
        save_font(face, file, options)
    return file.getvalue()


def _css(address: Address, text: str) -> str:
    """Return a face for these characters: a page of several mastheads names several."""
    ranges = ",".join(f"U+{ord(character):X}" for character in text)
    name = address.path.rpartition("/")[2]
    return (
        f'@font-face{{font-family:"{_FAMILY}";src:url("{name}") format("woff2");'
        f"font-weight:400 900;font-display:swap;unicode-range:{ranges}}}\n"
    )
