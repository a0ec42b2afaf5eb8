"""The published pages as files: put them right, or hand a copy to a portal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bulletins.archive import keeping
from bulletins.archive.addresses import Address
from bulletins.archive.exporting import ExportRefused, export
from bulletins.management.plain_errors import OfficeCommand


class Command(OfficeCommand):
    """export_site DIR, export_site --verify; status 1 where something was amiss."""

    help = (
        "把公开网页导出到一个文件夹（只写有变化的），"
        "或用 --verify 核对网页文件，缺的补写，多的删除"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a folder, or --verify, or both."""
        parser.add_argument("folder", nargs="?", type=Path, help="导出到这个文件夹")
        parser.add_argument(
            "--under", default="", help="网页在门户网站上的路径，如 /jianbao"
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="逐页核对网页文件与数据库是否一致，不一致的改正并列出",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify first, then copy."""
        if not options["verify"] and options["folder"] is None:
            self.refuse("请写明导出到哪个文件夹，或用 --verify 核对")
        amiss = self._verify() if options["verify"] else False
        if options["folder"] is not None:
            amiss = self._export(options["folder"], options["under"]) or amiss
        if amiss:
            raise SystemExit(1)

    def _verify(self) -> bool:
        found = keeping.verify()
        for address in found.written:
            self.stdout.write(f"已补写 {address.path}")
        for address in found.removed:
            self.stdout.write(f"已删除 {address.path}")
        self._complain(found.failed)
        self.stdout.write(
            f"核对了{found.pages}个网页：补写{len(found.written)}个，"
            f"删除{len(found.removed)}个，不能生成{len(found.failed)}个"
        )
        return bool(found.written or found.removed or found.failed)

    def _export(self, folder: Path, under: str) -> bool:
        if under and not under.startswith("/"):
            self.refuse("--under 应以 / 开头，如 /jianbao")
        try:
            done = export(folder, under=under)
        except ExportRefused as error:
            self.refuse(error)
        except OSError as error:
            self.refuse(f"写不进 {folder}：{error.strerror}")
        self._complain(done.failed)
        self.stdout.write(
            f"已导出到 {folder}：共{done.pages}个文件，"
            f"写入{done.written}个，删除{done.removed}个"
        )
        return bool(done.failed)

    def _complain(self, failed: list[tuple[Address, str]] | tuple[Any, ...]) -> None:
        for address, reason in failed:
            self.stderr.write(f"不能生成 {address.path}：{reason}")
