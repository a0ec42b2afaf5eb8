"""Which characters are Chinese, which are spaces, and where spaces do not belong.

Rules SP01 and SP02 (docs/reading.md): spaces between Chinese and figures or letters,
and between two Chinese characters, come from conversion and are taken out of running
text. The words themselves are never changed.
"""

from __future__ import annotations

import re
import unicodedata

from bulletins.reading.notes import Notes

SPACE = r"[ \t\u00a0\u2000-\u200a\u202f\u205f]"
ANY_SPACE = r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]"
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
_MARKS = "，。、；：？！“”‘’（）《》〈〉【】〔〕…—·★"
_CHINESE = f"[{_HAN}{_MARKS}]"
_LATIN = r"[0-9A-Za-z%℃]"

_BESIDE_LATIN = re.compile(
    f"(?<={_CHINESE}){SPACE}+(?={_LATIN})|(?<={_LATIN}){SPACE}+(?={_CHINESE})"
)
_AMONG_CHINESE = re.compile(f"(?<={_CHINESE}){SPACE}+(?={_CHINESE})")
_RUN = re.compile(f"{SPACE}+")
_SPACED_LETTERS = re.compile(f"[{_HAN}](?:{ANY_SPACE}+[{_HAN}])+")
_ALL_SPACE = re.compile(r"\s+")

_TERMINAL = re.compile(r"[。！？!?…；;：:][”’）》】〕\"')]*$")
_TO_FULL_WIDTH = str.maketrans("(),:;?!", "（），：；？！")


def compact(text: str) -> str:
    """Return the text without any space."""
    return _ALL_SPACE.sub("", text)


def key(text: str) -> str:
    """Return what two wordings are compared by: no spaces, one width of marks."""
    return compact(unicodedata.normalize("NFKC", text)).translate(_TO_FULL_WIDTH)


def ends_sentence(text: str) -> bool:
    """Tell whether the text ends as a finished paragraph does.

    A closing mark alone proves nothing: a page may have ended behind ”.
    """
    return bool(_TERMINAL.search(text))


def close_up(text: str) -> str:
    """Return a heading set with spaces between its letters (简 讯) closed up."""
    return compact(text) if _SPACED_LETTERS.fullmatch(text) else text


def without_latin_spaces(text: str, line: int, notes: Notes) -> str:
    """Take out the spaces between Chinese and figures or letters (SP01)."""
    count = len(_BESIDE_LATIN.findall(text))
    if count:
        notes.warn("SP01", line, f"去掉了汉字与数字、字母之间的空格{count}处")
    return _BESIDE_LATIN.sub("", text)


def mended(text: str, line: int, notes: Notes) -> str:
    """Return running text without the spaces conversion left in it."""
    text = without_latin_spaces(text, line, notes)
    count = len(_AMONG_CHINESE.findall(text))
    if count:
        notes.warn("SP02", line, f"去掉了汉字之间的空格{count}处")
    return _RUN.sub(" ", _AMONG_CHINESE.sub("", text))
