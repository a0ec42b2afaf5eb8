"""Examine the whole system, and say what to do about what is not well."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from bulletins.management.plain_errors import OfficeCommand
from bulletins.upkeep.doctor import Extent, Finding, Level, examine


class Command(OfficeCommand):
    """doctor; it changes nothing, and ends with 0, 1 or 2 as the worst finding is."""

    help = "检查系统各部分是否正常；退出码 0 正常、1 注意、2 故障"
    # It must be able to say what these would stop it for.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how far to go, and for whom to write."""
        parser.add_argument("--full", action="store_true", help="核对全部版本和网页，而不是抽查")  # fmt: skip
        parser.add_argument("--send-to", default="", metavar="邮箱", help="发一封试信")
        parser.add_argument("--json", action="store_true", help="给监控程序看的格式")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write each finding as it is made."""
        extent = Extent(full=options["full"], send_to=options["send_to"])
        found = []
        for finding in examine(extent):
            found.append(finding)
            if not options["json"]:
                self._write(finding)
        worst = max(finding.level for finding in found)
        if options["json"]:
            self.stdout.write(_as_json(found, worst))
        else:
            self.stdout.write(f"总的情况：{worst.label}")
        sys.exit(worst)

    def _write(self, finding: Finding) -> None:
        todo = f"　→ {finding.todo}" if finding.todo else ""
        self.stdout.write(f"{finding.level.label}　{finding.subject}：{finding.text}{todo}")  # fmt: skip


def _as_json(found: list[Finding], worst: Level) -> str:
    findings = [
        {"level": f.level.name.lower(), "subject": f.subject, "text": f.text, "todo": f.todo}
        for f in found
    ]  # fmt: skip
    return json.dumps({"level": worst.name.lower(), "findings": findings}, ensure_ascii=False)  # fmt: skip
