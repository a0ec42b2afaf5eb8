"""What the 审签单 says: plain values, so that it can be set anywhere."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from bulletins.rendering import fonts

# What a printer sets in the place of a character he does not have.
MISSING = "〓"


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One move: when, who, what, at which review step, with what opinion.

    ``when`` is as printed, e.g. 2020年9月15日 09:05; of ``digest`` eight digits are.
    """

    when: str
    who: str
    move: str
    step: str = ""
    opinion: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class TrailEdition:
    """One published edition; ``note`` says why there is another than the first."""

    ordinal: int
    frozen_at: str
    digest: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrailSheet:
    """The sheet of one issue: what it holds, who signed it, what was published."""

    bulletin: str
    issue: str
    date: str = ""
    contents: tuple[str, ...] = ()
    rows: tuple[TrailRow, ...] = ()
    editions: tuple[TrailEdition, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all the sheet says."""
        values = json.dumps(to_values(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(values.encode()).hexdigest()


def with_printable_words(sheet: TrailSheet) -> TrailSheet:
    """Return the sheet with 〓 for each character that no face of the project has.

    An opinion typed on a phone may hold anything, and must not keep the sheet out of
    the file: an archive forbids characters without a glyph.
    """
    return from_values(_printable(to_values(sheet)))


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _printable(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(member) for member in value]
    if isinstance(value, str):
        return "".join(c if _is_printable(c) else MISSING for c in value)
    return value


def _is_printable(character: str) -> bool:
    return character == "\n" or ord(character) in fonts.printable()


def to_values(sheet: TrailSheet) -> dict[str, Any]:
    """Return the sheet as values that JSON knows."""
    return dataclasses.asdict(sheet)


def from_values(values: dict[str, Any]) -> TrailSheet:
    """Return the sheet of such values."""
    return TrailSheet(
        **{
            **values,
            "contents": tuple(values["contents"]),
            "rows": tuple(TrailRow(**row) for row in values["rows"]),
            "editions": tuple(TrailEdition(**one) for one in values["editions"]),
        }
    )
