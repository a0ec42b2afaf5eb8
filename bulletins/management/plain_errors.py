"""Commands for people who are no programmers: one Chinese sentence, exit status 1."""

from __future__ import annotations

import sys
from typing import NoReturn

from django.core.management.base import BaseCommand

from bulletins.findings import Finding


class OfficeCommand(BaseCommand):
    """A command that reports findings and refuses in plain words."""

    def refuse(self, message: object) -> NoReturn:
        """Say why, and end with status 1."""
        self.stderr.write(f"错误：{message}")
        sys.exit(1)

    def report(self, findings: tuple[Finding, ...] | list[Finding]) -> None:
        """Write the findings, one a line."""
        for finding in findings:
            self.stderr.write(str(finding))
