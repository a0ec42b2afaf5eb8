"""Issue numbers and dates, in every way offices write them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from bulletins.bounds import FIRST_YEAR, LAST_YEAR
from bulletins.document import printed_date
from bulletins.reading.characters import compact
from bulletins.reading.errors import ReadError
from bulletins.reading.notes import Notes

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = "零〇○一二三四五六七八九十百千"
_NUMERAL = rf"[0-9]{{1,6}}|[{_CHINESE}]{{1,9}}"
_YEAR = rf"(?:19|20|21)[0-9]{{2}}|[{_CHINESE}]{{4}}"
_BRACKETS = re.compile(r"[()（）〔〕\[\]【】]")

_NUMBER = re.compile(
    rf"(?:期号[:：])?(?:(?P<year>{_YEAR})年?)?(?P<before>增刊|号外)?"
    rf"(?:第(?P<number>{_NUMERAL})期)?(?P<after>增刊|号外)?"
    rf"(?:(?<=增刊)第?(?P<counted>{_NUMERAL})期?)?"
    rf"[，,、·]?(?:(?:总|累计)第?(?P<total>{_NUMERAL})期)?"
)
# The number behind the name on one line: 工作简报第3期（总第128期）
_TRAILING = re.compile(
    rf"(?P<rest>.*?)[ \t\u3000]*(?P<number>[（(]?(?:(?:{_YEAR})年)?(?:增刊)?第(?:{_NUMERAL})期.*)"
)

_DATE = re.compile(
    r"(?P<year>(?:19|20|21)[0-9]{2})\s*[年./-]\s*(?P<month>[0-9]{1,2})\s*[月./-]\s*"
    r"(?P<day>[0-9]{1,2})\s*日?"
)
_CHINESE_DATE = re.compile(
    r"(?P<year>[零〇○一二三四五六七八九]{4})年(?P<month>[一二三四五六七八九十]{1,3})月"
    r"(?P<day>[一二三四五六七八九十]{1,3})日"
)
_LEADING_ZERO = re.compile(r"[年月]\s*0")


@dataclass(frozen=True, slots=True)
class IssueNumber:
    """What a 期号 line says; ``raw`` is how it stood."""

    raw: str
    number: int | None
    total: int | None
    year: int | None
    is_supplement: bool


def parse_number(text: str) -> IssueNumber | None:
    """Return the 期号 a text is, or None where it is something else."""
    plain = _BRACKETS.sub("", compact(unicodedata.normalize("NFKC", text)))
    found = _NUMBER.fullmatch(plain.replace("(", "").replace(")", ""))
    if not found or not any(found[g] for g in ("number", "total", "before", "after")):
        return None
    numeral = found["number"] or found["counted"]
    return IssueNumber(
        raw=text,
        number=_value(numeral) if numeral else None,
        total=_value(found["total"]) if found["total"] else None,
        year=_value(found["year"]) if found["year"] else None,
        is_supplement=bool(found["before"] or found["after"]),
    )


def split_trailing_number(text: str) -> tuple[str, IssueNumber] | None:
    """Return what stands before a 期号 at the end of the text, and the 期号."""
    found = _TRAILING.fullmatch(text)
    number = parse_number(found["number"]) if found else None
    return (found["rest"], number) if found and number else None


def _value(numeral: str) -> int:
    if numeral.isascii():
        return int(numeral)
    if not set(numeral) & _UNITS.keys():
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for character in numeral:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date within a text, and the text before and behind it."""

    date: dt.date
    raw: str
    before: str
    after: str


def find_date(text: str, line: int) -> FoundDate | None:
    """Return the last full date of a text; raises ReadError if no calendar has it."""
    plain = _same_length_digits(text)
    found = [*_DATE.finditer(plain), *_CHINESE_DATE.finditer(plain)]
    if not found:
        return None
    last = max(found, key=lambda match: match.start())
    year, month, day = (_value(last[part]) for part in ("year", "month", "day"))
    raw = text[last.start() : last.end()].strip()
    try:
        date = dt.date(year, month, day)
    except ValueError:
        raise ReadError(f"日历上没有“{raw}”这一天", line) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ReadError(f"日期“{raw}”的年份不合理", line)
    return FoundDate(date, raw, text[: last.start()], text[last.end() :])


def _same_length_digits(text: str) -> str:
    """Return the text with full-width figures as plain ones, place by place."""
    return "".join(
        chr(ord(c) - 0xFEE0) if "\uff10" <= c <= "\uff19" else c for c in text
    )


def note_date_form(found: FoundDate, line: int, notes: Notes) -> None:
    """Remark where a date is printed otherwise than it was written."""
    printed = printed_date(found.date)
    if compact(found.raw) != printed:
        rule = "NU01" if _LEADING_ZERO.search(found.raw) else "RD03"
        notes.info(rule, line, f"日期“{found.raw}”统一写作“{printed}”", found.raw)
