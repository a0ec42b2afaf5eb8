"""One change as a value, and many as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SpanKind(StrEnum):
    """What became of some words."""

    SAME = "same"
    INSERTED = "inserted"
    DELETED = "deleted"


class ChangeKind(StrEnum):
    """What became of a place of the document."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"

    @property
    def label(self) -> str:
        """Return the word a reader sees."""
        return _LABELS[self]


_LABELS = {
    ChangeKind.ADDED: "新增",
    ChangeKind.REMOVED: "删除",
    ChangeKind.MOVED: "移动",
    ChangeKind.CHANGED: "修改",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Words that stayed, came or went."""

    text: str
    kind: SpanKind = SpanKind.SAME


@dataclass(frozen=True, slots=True)
class Change:
    """What changed at one place: an article, say, and in it its second paragraph.

    ``anchor`` is the id of the place in the new official page, empty where it has none;
    ``note`` says what words cannot show, e.g. 格式有改动 or where something stood before.
    """

    place: str
    anchor: str
    kind: ChangeKind
    spans: tuple[Span, ...] = ()
    part: str = ""
    note: str = ""


def as_text(changes: Iterable[Change]) -> str:
    """Return the changes as lines of plain text, for a mail or a log."""
    return "\n".join(map(_line, changes))


def _line(change: Change) -> str:
    note = f"（{change.note}）" if change.note else ""
    words = "".join(map(_marked, change.spans))
    colon = "：" if words else ""
    return f"{change.kind.label} {change.place}{change.part}{note}{colon}{words}"


def _marked(span: Span) -> str:
    match span.kind:
        case SpanKind.INSERTED:
            return f"〔新增：{span.text}〕"
        case SpanKind.DELETED:
            return f"〔删除：{span.text}〕"
    return span.text
