"""Restore a backup: everything that was here gives way to it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from bulletins.management.backup_password import backup_password
from bulletins.management.plain_errors import OfficeCommand
from bulletins.upkeep import UpkeepError
from bulletins.upkeep.restore import Restored, examine, restore
from bulletins.upkeep.verifying import Manifest

_WORD = "替换"


class Command(OfficeCommand):
    """restore; after a refusal the system is as it was."""

    help = "从备份恢复数据库和文件；先停止网站和后台任务"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the source, what to do with what is here, and where the password is."""
        parser.add_argument("source", type=Path, metavar="备份文件")
        parser.add_argument("--replace", action="store_true", help="系统里已有数据时，用备份全部替换")  # fmt: skip
        parser.add_argument("--yes", action="store_true", help="不再询问")
        parser.add_argument("--check", action="store_true", help="只核对备份能否恢复，什么也不改")  # fmt: skip
        parser.add_argument("--password-file", metavar="文件", help="密码所在的文件；也可用环境变量 BACKUP_PASSWORD_FILE 或 BACKUP_PASSWORD")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, ask, restore, and verify what came back."""
        source: Path = options["source"]
        try:
            password = backup_password(options["password_file"])
            manifest = examine(source, password)
            self._describe(manifest)
            if options["check"]:
                self.stdout.write("备份完好，可以在这里恢复")
                return
            if options["replace"] and not options["yes"]:
                self._ask()
            done = restore(source, manifest, password, replace=options["replace"])
        except UpkeepError as error:
            self.refuse(error)
        except OSError as error:
            self.refuse(f"文件写不进去或读不出来，没有恢复（{error}）")
        self._tell(done)

    def _describe(self, manifest: Manifest) -> None:
        at = timezone.localtime(dt.datetime.fromisoformat(manifest.made_at))
        self.stdout.write(
            f"备份做于 {at.year}年{at.month}月{at.day}日 {at:%H:%M}，版本 {manifest.version}，"
            f"简报{manifest.rows.get('bulletins.issue', 0)}期，"
            f"账号{manifest.rows.get('auth.user', 0)}个"
        )

    def _ask(self) -> None:
        self.stdout.write("系统里现有的数据和文件将全部被备份替换，不能撤销。")
        self.stdout.write(f"请输入“{_WORD}”继续：", ending="")
        self.stdout.flush()
        if sys.stdin.readline().strip() != _WORD:
            self.refuse("没有确认，什么也没有改")

    def _tell(self, done: Restored) -> None:
        self.stdout.write(
            f"已恢复数据{done.rows}行、文件{done.files}个"
            f"（删除备份里没有的文件{done.removed_files}个）；所有人须重新登录"
        )
        for fault in done.faults:
            self.stderr.write(fault)
        if done.faults:
            self.refuse(f"核对了{done.editions}个版本，共{len(done.faults)}处不符")
        self.stdout.write(f"核对了{done.editions}个版本，全部相符")
