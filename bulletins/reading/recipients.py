"""Lists of 报 / 送 / 发 as people have them: pasted, or from a spreadsheet.

Each row is read or refused by itself, with its line; nothing is guessed silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bulletins.bounds import MAX_LINE, MAX_NUMBER
from bulletins.document import DocumentError, check_text
from bulletins.reading import labels
from bulletins.reading.errors import ReadError
from bulletins.reading.spreadsheets import MAX_ROWS, Row

# The words of a document's lists, and what they are in the rows.
TIERS = {"报": "report", "送": "send", "发": "distribute", "本期增发": "additional"}
HEADINGS = ("类别", "单位", "份数", "电子邮箱")

_COLUMNS = {
    "tier": {"类别", "报送类别", "分类"},
    "name": {"单位", "名称", "单位名称", "报送单位", "收文单位", "主送单位", "发送单位"},
    "copies": {"份数", "数量", "印数"},
    "email": {"电子邮箱", "邮箱", "电子邮件", "邮件"},
    "ignored": {"序号", "顺序", "编号"},
}  # fmt: skip
_COLUMN_OF = {name: field for field, names in _COLUMNS.items() for name in names}
_OPENING, _CLOSING = "（(《“〈【", "）)》”〉】"
_STOPS = "。；;，,、 \t\u3000"
_COUNTED = re.compile(r"(?P<name>.*?)\s*[（(]?\s*(?P<copies>\d{1,9})\s*份\s*[）)]?")
_SPACED = re.compile(r"(?P<name>.*\D)\s+(?P<copies>\d{1,9})")
_LISTED = re.compile(r"\d{1,3}\s*[.．、)）]\s*(?=\D)")


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A line of a list; copies and e-mail are None where nothing is said of them."""

    line: int
    tier: str
    name: str
    copies: int | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row, and where it stands."""

    line: int
    message: str

    def __str__(self) -> str:
        """Return it as one line of Chinese."""
        return f"第{self.line}行：{self.message}"


@dataclass(frozen=True, slots=True)
class RecipientList:
    """What was read: the rows in their order, and those that could not be."""

    rows: tuple[RecipientRow, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row as it stands, before anything of it is checked."""

    line: int
    tier: str
    name: str
    copies: str = ""
    email: str = ""


def read_pasted(text: str, tier: str) -> RecipientList:
    """Read one name a line, or several divided by 、; tabs divide columns.

    ``tier`` is that of names before which none stands (报：, 送：, 发：, 本期增发：).
    """
    lines = [
        (number, line.strip(" \u3000\r"))
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    if not lines:
        raise ReadError("没有内容")
    if any("\t" in line for _, line in lines):
        rows = [
            (number, tuple(cell.strip() for cell in line.split("\t")))
            for number, line in lines
        ]
        return read_table(rows, tier)
    return _checked(_pasted(lines, tier))


def read_table(rows: Iterable[tuple[int, Row]], tier: str) -> RecipientList:
    """Read rows of cells, with a heading or without."""
    rows = list(rows)
    columns = [_COLUMN_OF.get(cell, "") for cell in rows[0][1]] if rows else []
    if "name" in columns:
        found = (_by_heading(number, row, columns, tier) for number, row in rows[1:])
    else:
        found = (_by_looks(number, row, tier) for number, row in rows)
    return _checked(found)


def _pasted(lines: Iterable[tuple[int, str]], tier: str) -> Iterator[_Cells]:
    for number, line in lines:
        begun = labels.tier_line(line)
        if begun is not None:
            tier, line = TIERS[begun.tier], begun.rest
        elif (named := line.rstrip("：: ")) in labels.TIER_OF:
            tier, line = TIERS[labels.TIER_OF[named]], ""
        for part in _parts(_LISTED.sub("", line, count=1)):
            counted = _COUNTED.fullmatch(part) or _SPACED.fullmatch(part)
            if counted:
                yield _Cells(number, tier, counted["name"].strip(), counted["copies"])
            else:
                yield _Cells(number, tier, part)


def _parts(line: str) -> list[str]:
    """Return the names of a line; marks within brackets do not divide."""
    bare = line.strip(_STOPS)
    divided, depth = [], 0
    for character in bare:
        depth = max(0, depth + (character in _OPENING) - (character in _CLOSING))
        divided.append((character, depth == 0))
    outer = {character for character, is_outer in divided if is_outer}
    dividers = "，,；;" if outer & set("，,；;") else "、"
    names: list[list[str]] = [[]]
    for character, is_outer in divided:
        if is_outer and character in dividers:
            names.append([])
        else:
            names[-1].append(character)
    found = ("".join(name).strip() for name in names)
    return [name for name in found if name]


def _by_heading(number: int, row: Row, columns: list[str], tier: str) -> _Cells:
    cells = dict(zip(columns, row, strict=False))
    return _Cells(
        line=number,
        tier=_tier_of(cells.get("tier", ""), tier),
        name=cells.get("name", ""),
        copies=cells.get("copies", ""),
        email=cells.get("email", ""),
    )


def _by_looks(number: int, row: Row, tier: str) -> _Cells:
    """Tell tier, name, copies and e-mail from what the cells look like."""
    cells = [cell for cell in row if cell]
    if len(cells) > 1 and cells[0].isdecimal():
        cells = cells[1:]  # the serial number
    if len(cells) > 1 and cells[0].rstrip("：:") in labels.TIER_OF:
        tier, cells = _tier_of(cells[0], tier), cells[1:]
    name, rest = cells[0], cells[1:]
    email = next((cell for cell in rest if "@" in cell), "")
    copies = next((cell for cell in rest if cell != email), "")
    if not copies and (counted := _COUNTED.fullmatch(name)):
        name, copies = counted["name"], counted["copies"]
    return _Cells(number, tier, name, copies, email)


def _tier_of(label: str, default: str) -> str:
    """Return the tier of a label; one that is none is kept, to be refused."""
    bare = label.rstrip("：: ")
    return TIERS[labels.TIER_OF[bare]] if bare in labels.TIER_OF else bare or default


# --- checking ---------------------------------------------------------------------


def _checked(found: Iterable[_Cells]) -> RecipientList:
    rows: dict[tuple[str, str], RecipientRow] = {}
    errors: list[RowError] = []
    for cells in found:
        if len(rows) + len(errors) >= MAX_ROWS:
            raise ReadError(f"行数过多，最多 {MAX_ROWS} 行")
        row = _row(cells)
        if isinstance(row, RecipientRow):
            key = (row.tier, row.name)
            if key in rows:
                row = RowError(row.line, f"“{row.name}”与第{rows[key].line}行重复")
            else:
                rows[key] = row
        if isinstance(row, RowError):
            errors.append(row)
    return RecipientList(tuple(rows.values()), tuple(errors))


def _row(cells: _Cells) -> RecipientRow | RowError:
    """Return the row, or the first thing that is wrong with it."""
    if cells.tier not in TIERS.values():
        known = "、".join(TIERS)
        return RowError(cells.line, f"类别“{cells.tier[:20]}”不认识，应为{known}")
    if not cells.name:
        return RowError(cells.line, "没有单位名称")
    try:
        check_text(cells.name, "单位名称", MAX_LINE)
    except DocumentError as error:
        return RowError(cells.line, str(error))
    digits = cells.copies.removesuffix("份").strip()
    is_number = not digits or (digits.isdecimal() and len(digits) <= 9)
    if not is_number or (digits and not 1 <= int(digits) <= MAX_NUMBER):
        return RowError(
            cells.line, f"份数“{cells.copies[:20]}”应为 1 至 {MAX_NUMBER} 的整数"
        )
    if cells.email:
        try:
            validate_email(cells.email)
        except ValidationError:
            return RowError(cells.line, f"电子邮箱“{cells.email[:50]}”不正确")
    return RecipientRow(
        line=cells.line,
        tier=cells.tier,
        name=cells.name,
        copies=int(digits) if digits else None,
        email=cells.email or None,
    )
