"""What a reader remarks on while it reads."""

from __future__ import annotations

from bulletins.findings import Finding, Severity


class Notes:
    """The findings of one reading, in the order they were made."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def info(self, rule: str, line: int, message: str, excerpt: str = "") -> None:
        """Remark on something done that needs no second look."""
        self._add(rule, Severity.INFO, line, message, excerpt)

    def warn(self, rule: str, line: int, message: str, excerpt: str = "") -> None:
        """Remark on a guess an editor should look at."""
        self._add(rule, Severity.WARNING, line, message, excerpt)

    def _add(
        self, rule: str, severity: Severity, line: int, message: str, excerpt: str
    ) -> None:
        self._findings.append(Finding(rule, severity, message, line, excerpt))

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings by line."""
        return tuple(sorted(self._findings, key=lambda f: f.line or 0))
