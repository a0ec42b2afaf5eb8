"""Tables from the files of a spreadsheet (.xlsx, .csv), and into them.

A file from outside is trusted in nothing: not its name, its size, its type, nor that
what it unpacks to is small.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import ParseError

import openpyxl  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import (  # type: ignore[import-untyped]
    InvalidFileException,
)

from bulletins.reading.decoding import decode
from bulletins.reading.errors import ReadError

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 2_000
# Rows that are looked at, the empty ones too, and columns.
_MAX_LINES, _MAX_COLUMNS = 20_000, 30
_MAX_MEMBERS = 500
_MAX_UNPACKED = 40 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"

# What openpyxl raises at files that are no workbooks, or damaged ones.
_DAMAGED = (
    AttributeError,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
# A cell that begins so is run as a formula by who opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

Row = tuple[str, ...]


def read_spreadsheet(name: str, data: bytes) -> list[tuple[int, Row]]:
    """Return the rows that are not empty, each with its line; raises ReadError."""
    if len(data) > MAX_BYTES:
        raise ReadError(f"文件过大（{len(data) / 1024 / 1024:.1f} MB），不应超过 2 MB")
    if not data:
        raise ReadError("文件是空的")
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx":
        lines = _xlsx_lines(data)
    elif suffix in {"csv", "txt"}:
        lines = _csv_lines(data)
    elif suffix in {"xls", "et"}:
        raise ReadError("这是旧版表格文件，请另存为 .xlsx 后再导入")
    else:
        raise ReadError("不认识的文件格式，可导入 .xlsx 和 .csv")
    return _filled(lines)


def _filled(lines: Iterable[Sequence[str]]) -> list[tuple[int, Row]]:
    rows: list[tuple[int, Row]] = []
    for number, cells in enumerate(lines, start=1):
        if number > _MAX_LINES:
            raise ReadError(f"行数过多，最多 {MAX_ROWS} 行")
        row = tuple(_plain(cell) for cell in cells[:_MAX_COLUMNS])
        if any(row):
            rows.append((number, row))
        if len(rows) > MAX_ROWS + 1:  # one may be the heading
            raise ReadError(f"行数过多，最多 {MAX_ROWS} 行")
    if not rows:
        raise ReadError("表格里没有内容")
    return rows


def _plain(cell: str) -> str:
    """Return the cell without the mark that keeps it from being a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def _csv_lines(data: bytes) -> Iterator[list[str]]:
    if data.startswith(_ZIP):
        raise ReadError("文件内容不是 .csv，像是 .xlsx 或压缩包；请核对扩展名")
    if data.startswith(_OLD_EXCEL):
        raise ReadError("这是旧版表格文件，请另存为 .xlsx 后再导入")
    text = decode(data)
    first = text.partition("\n")[0]
    divider = max(",\t;，", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    except csv.Error as error:
        raise ReadError(f"不能按 .csv 读取（{_reason(error)}）") from None


def _reason(error: csv.Error) -> str:
    return "单元格过长" if "field larger" in str(error) else "格式有误"


def _xlsx_lines(data: bytes) -> Iterator[list[str]]:
    if data.startswith(_OLD_EXCEL):
        raise ReadError("这是旧版或加了密码的表格文件，请另存为不加密的 .xlsx 后再导入")
    if not data.startswith(_ZIP):
        raise ReadError("文件内容不是 .xlsx 表格；请用表格软件另存为 .xlsx 后再导入")
    _check_package(data)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.worksheets[0]
        # What a file says of its own size need not be so.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(max_col=_MAX_COLUMNS, values_only=True):
            yield [_text(cell) for cell in cells]
    except _DAMAGED:
        raise ReadError(
            "文件已损坏，或不是 .xlsx 表格；请用表格软件另存后再导入"
        ) from None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _check_package(data: bytes) -> None:
    """Refuse what unpacks to much, or whose parts define entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            # No member gives more bytes than its entry says: reading stops there.
            unpacked = sum(member.file_size for member in members)
            if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED:
                raise ReadError("文件解压后过大，不是正常的表格文件，已拒绝")
            if "[Content_Types].xml" not in package.namelist():
                raise ReadError("文件内容不是 .xlsx 表格，像是别的压缩包；请核对")
            for member in members:
                _check_part(package.read(member))
    # A password is a RuntimeError; places before the file's start are a ValueError.
    except (RuntimeError, *_DAMAGED):
        raise ReadError("文件已损坏或加了密码，不能读取") from None


def _check_part(part: bytes) -> None:
    """Refuse a definition of entities, in whatever part and width of letters."""
    narrow = part.replace(b"\x00", b"")
    if b"<!DOCTYPE" in narrow or b"<!ENTITY" in narrow:
        raise ReadError("文件中含有不正常的定义，不是正常的表格文件，已拒绝")


# --- out --------------------------------------------------------------------------


def as_csv(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return the rows as a .csv that spreadsheets open as Chinese (UTF-8 with a mark)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Sequence[str | int]], title: str) -> bytes:
    """Return the rows as an .xlsx of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for column, width in zip("ABCD", (12, 48, 8, 32), strict=True):
        sheet.column_dimensions[column].width = width
    for row in rows:
        sheet.append([_harmless(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _harmless(cell: str | int) -> str | int:
    """Keep a text from being run as a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
