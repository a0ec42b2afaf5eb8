"""Back up the database and the media store into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bulletins.management.backup_password import backup_password
from bulletins.management.plain_errors import OfficeCommand
from bulletins.upkeep import UpkeepError
from bulletins.upkeep.backup import Backup, back_up, prune


class Command(OfficeCommand):
    """backup; it may run beside the web server and never holds it up."""

    help = "把数据库和文件备份成一个文件，写完后重新读一遍核对"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the target, how many to keep, and where the password is."""
        parser.add_argument("target", type=Path, metavar="目标", help="文件；是文件夹时按时间起名")  # fmt: skip
        parser.add_argument("--keep", type=int, metavar="份数", help="目标是文件夹时，核对无误后只保留最新的几份")  # fmt: skip
        parser.add_argument("--password-file", metavar="文件", help="密码所在的文件；也可用环境变量 BACKUP_PASSWORD_FILE 或 BACKUP_PASSWORD")  # fmt: skip
        parser.add_argument("--encrypt", action="store_true", help="没有密码就不备份")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up, then remove what is old."""
        target: Path = options["target"]
        keep: int | None = options["keep"]
        if keep is not None and (keep < 1 or not target.is_dir()):
            self.refuse("--keep 须是 1 以上的数，目标须是已有的文件夹")
        try:
            password = backup_password(options["password_file"])
            if options["encrypt"] and password is None:
                self.refuse("没有设置密码（BACKUP_PASSWORD 或 BACKUP_PASSWORD_FILE）")
            done = back_up(target, password=password)
        except UpkeepError as error:
            self.refuse(error)
        except OSError as error:
            self.refuse(f"备份写不进去，请检查磁盘空间和文件夹权限（{error}）")
        sealed = "已加密" if password else "未加密"
        self.stdout.write(
            f"已备份到 {done.path}（{sealed}，{done.size // 1024} KB，"
            f"数据{done.rows}行，文件{done.files}个），已重新读出核对"
        )
        if done.missing or done.changed:
            # An older one may be the last that has them as they were.
            self.refuse(f"备份已完成，但{_damage(done)}；请运行 verify_editions，从旧备份找回；旧备份没有删除")  # fmt: skip
        if keep is not None:
            for path in prune(target, keep, made=done.path):
                self.stdout.write(f"已删除旧备份 {path.name}")


def _damage(done: Backup) -> str:
    told = []
    if done.missing:
        told.append(f"有{len(done.missing)}个文件在备份之前就不见了，如 {done.missing[0]}")  # fmt: skip
    if done.changed:
        told.append(f"有{len(done.changed)}个文件的内容变了，如 {done.changed[0]}")
    return "，".join(told)
