"""The project's own fonts, and the stacks that name them.

WeasyPrint sees only the folder ``fonts/`` unless an office asks for its own fonts:
what is installed on a machine must not change a PDF. Fontconfig reads its environment
when it is first used, so that this module is imported before WeasyPrint is.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parent / "fonts"
_FILES = {
    "fangsong": "FandolFang-Regular.otf",
    "kai": "FandolKai-Regular.otf",
    "hei": "FandolHei-Regular.otf",
    "title": "BulletinTitle-Black.ttf",
    "rare": "BulletinRare-Regular.ttf",
}
_OFFICE_FAMILIES = {
    "fangsong": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "STKaiti"),
    "hei": ("SimHei", "黑体", "STHeiti"),
    "title": ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "FZXiaoBiaoSong-B05"),
}
_OWN_FAMILIES = {
    "fangsong": ("FandolFang", "Bulletin Rare"),
    "kai": ("FandolKai", "FandolFang", "Bulletin Rare"),
    "hei": ("FandolHei", "FandolFang", "Bulletin Rare"),
    "title": ("Bulletin Title", "FandolFang", "Bulletin Rare"),
}


def use_own_fonts() -> None:
    """Point fontconfig at the project's fonts, before anything has asked it."""
    own = "fonts-with-system.conf" if settings.PREFER_OFFICE_FONTS else "fonts.conf"
    os.environ["FONTCONFIG_FILE"] = str(FOLDER / own)


def stack(role: str) -> str:
    """Return the CSS font-family list of a role."""
    office = _OFFICE_FAMILIES[role] if settings.PREFER_OFFICE_FONTS else ()
    return ",".join(f'"{family}"' for family in (*office, *_OWN_FAMILIES[role]))


def files() -> tuple[Path, ...]:
    """Return where the faces lie that the project brings."""
    return tuple(FOLDER / name for name in _FILES.values())


@functools.cache
def advances(role: str) -> dict[int, float]:
    """Return the width of each code point a vendored face has a glyph for, in em."""
    with TTFont(FOLDER / _FILES[role], lazy=True) as font:
        em, widths = font["head"].unitsPerEm, font["hmtx"]
        return {code: widths[name][0] / em for code, name in font.getBestCmap().items()}


def text_width(text: str, role: str) -> float:
    """Return the width of the text in em; what the face lacks counts as one."""
    widths = advances(role)
    return sum(widths.get(ord(character), 1.0) for character in text)


@functools.cache
def printable() -> frozenset[int]:
    """Return the code points of running text: FangSong's and the fallback's."""
    return frozenset(advances("fangsong")) | frozenset(advances("rare"))
