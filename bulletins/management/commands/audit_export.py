"""Write who did what in a period, for auditors."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandParser
from django.utils import timezone

from bulletins.management.plain_errors import OfficeCommand
from bulletins.upkeep.audit import COLUMNS, Line, Period, lines

# A cell that begins so is run as a formula by who opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Command(OfficeCommand):
    """audit_export; it reads everything and changes nothing."""

    help = "导出一段时间内的流转、修改、后台操作和登录记录（.csv 或 .jsonl）"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the period, both days within it, and the file."""
        parser.add_argument("file", type=Path, metavar="文件", help=".csv 可用表格软件打开，.jsonl 每行一条")  # fmt: skip
        parser.add_argument("--from", dest="first", required=True, metavar="日期", help="如 2026-01-01")  # fmt: skip
        parser.add_argument("--to", dest="last", required=True, metavar="日期", help="这一天也在内")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Write a new file, whole or not at all."""
        path: Path = options["file"]
        period = Period(self._day(options["first"]), self._day(options["last"]))
        if period.first > period.last:
            self.refuse("起始日期晚于截止日期")
        if path.suffix not in {".csv", ".jsonl"}:
            self.refuse("文件名须以 .csv 或 .jsonl 结尾")
        if path.exists():
            self.refuse(f"文件已经存在：{path}")
        try:
            count = _write(path, period)
        except OSError as error:
            self.refuse(f"写不进去：{path}（{error.strerror}）")
        self.stdout.write(f"已导出{count}条到 {path}")

    def _day(self, text: str) -> dt.date:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            self.refuse(f"日期应写成 2026-01-31 这样，不是 {text}")
        if not 1900 <= day.year <= 9000:
            self.refuse(f"日期的年份不对：{text}")
        return day


def _write(path: Path, period: Period) -> int:
    part = path.with_name(f"{path.name}.part")
    # Spreadsheets take a file for UTF-8 by its byte order mark alone.
    encoding = "utf-8-sig" if path.suffix == ".csv" else "utf-8"
    write = _write_csv if path.suffix == ".csv" else _write_jsonl
    try:
        with part.open("w", encoding=encoding, newline="") as file:
            part.chmod(0o600)
            count = write(file, lines(period))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_csv(file: TextIO, found: Iterator[Line]) -> int:
    writer = csv.writer(file)
    writer.writerow(COLUMNS.values())
    count = 0
    for line in found:
        writer.writerow([_cell(value) for value in _values(line).values()])
        count += 1
    return count


def _write_jsonl(file: TextIO, found: Iterator[Line]) -> int:
    count = 0
    for line in found:
        file.write(json.dumps(_values(line), ensure_ascii=False) + "\n")
        count += 1
    return count


def _values(line: Line) -> dict[str, Any]:
    at = timezone.localtime(line.at).isoformat(sep=" ", timespec="seconds")
    return {**dataclasses.asdict(line), "at": at}


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
