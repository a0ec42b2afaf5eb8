"""What a reader guessed or a check noticed, said so that an editor can act on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: errors stop publishing, the rest is advice."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        """Return the word an editor sees."""
        return {"error": "错误", "warning": "提醒", "info": "提示"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: its rule (format.md §7 or the reader's own), and where it is.

    ``line`` counts from 1 in the source that was read; ``excerpt`` quotes the
    characters it is about, exactly as they stood there; ``anchor`` is the place in
    the official page (``document.article_anchor``).
    """

    rule: str
    severity: Severity
    message: str
    line: int | None = None
    excerpt: str = ""
    anchor: str = ""

    def __str__(self) -> str:
        """Return the finding as one line of Chinese."""
        place = f"第{self.line}行：" if self.line is not None else ""
        return f"[{self.severity.label}] {place}{self.message}"
