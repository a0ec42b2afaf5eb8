"""Turn a bulletin's file into another format, without any database."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bulletins import rendering
from bulletins.document import IssueDocument, to_json
from bulletins.management.plain_errors import OfficeCommand
from bulletins.pictures import folder_for
from bulletins.reading import ReadError, read_file


def _json_text(document: IssueDocument) -> str:
    return json.dumps(to_json(document), ensure_ascii=False, indent=1) + "\n"


def _pdf(document: IssueDocument) -> bytes:
    return rendering.render_pdf(document, pictures=folder_for(document))


WRITERS: dict[str, Callable[[IssueDocument], bytes]] = {
    ".html": lambda document: rendering.render_page(document).encode(),
    ".json": lambda document: _json_text(document).encode(),
    ".pdf": _pdf,
    ".txt": lambda document: rendering.render_text(document).encode(),
}


class Command(OfficeCommand):
    """convert SOURCE TARGET, the formats by suffix."""

    help = "把简报文件转成另一种格式：.txt、.json 转为 .html、.pdf、.json、.txt"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the two files."""
        parser.add_argument("source", type=Path, help="来源文件（.txt 或 .json）")
        parser.add_argument("target", type=Path, help="目标文件（按后缀定格式）")

    def handle(self, *, source: Path, target: Path, **options: Any) -> None:
        """Read, render, then write the whole file or nothing."""
        writer = WRITERS.get(target.suffix.lower())
        if writer is None:
            self.refuse(f"不能写成 {target.name}：目标后缀应为 {'、'.join(WRITERS)}")
        if target.exists() and source.exists() and target.samefile(source):
            self.refuse("来源和目标是同一个文件")
        try:
            reading = read_file(source)
            content = writer(reading.document)
        except (ReadError, rendering.RenderError) as error:
            self.refuse(f"{source.name}：{error}")
        try:
            _write_whole(target, content)
        except OSError as error:
            self.refuse(f"不能写入 {target}：{error.strerror}")
        self.report(reading.findings)
        self.stdout.write(f"已写入 {target}（{len(content):,} 字节）")


def _write_whole(target: Path, content: bytes) -> None:
    """Write beside the target and move into place, so that no half file is seen."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.chmod(0o666 & ~_umask())
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
