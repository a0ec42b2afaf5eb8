"""What reading returns, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from bulletins.document import IssueDocument
from bulletins.findings import Finding


class ReadError(Exception):
    """The file cannot be read as a bulletin; the message says why, and where."""

    def __init__(self, message: str, line: int | None = None) -> None:
        """Put the line, where there is one, before the message."""
        super().__init__(f"第{line}行：{message}" if line is not None else message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, and what had to be guessed or mended to get it."""

    document: IssueDocument
    findings: tuple[Finding, ...]
