"""Lines that begin with a label and a colon: 报：, 送：, 签发：, 编辑：, 编者按：…"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIVIDING = "，,；;。"
_COLON = r"\s*[:：]\s*"

# What the label of a distribution list is printed as. 主送 names whom the bulletin is
# addressed to, 抄送 those it is copied to.
_TIERS = {
    "报": ("报", "呈报", "抄报", "报送", "主报", "主送"),
    "送": ("送", "抄送", "呈送"),
    "发": ("发", "分发", "下发", "发至", "分送"),
    "本期增发": ("本期增发", "增发"),
}
TIERS = tuple(_TIERS)
TIER_OF = {label: tier for tier, labels in _TIERS.items() for label in labels}

_NAMES = {
    "office": ("编印单位", "编辑单位", "编发单位", "主办单位", "印发单位", "编印", "主办"),
    "signatory": ("签发人", "签发"),
    "editor": ("责任编辑", "责编", "编辑"),
}  # fmt: skip
_FIELD_OF = {label: field for field, labels in _NAMES.items() for label in labels}


def _spaced(label: str) -> str:
    return r"\s*".join(label)


def _any_of(labels: Iterable[str]) -> str:
    return "|".join(_spaced(label) for label in sorted(labels, key=len, reverse=True))


_TIER = re.compile(rf"(?P<label>{_any_of(TIER_OF)}){_COLON}(?P<rest>.*)")
_FIELD = re.compile(rf"(?P<label>{_any_of(_FIELD_OF)}){_COLON}")
_NOTE = re.compile(
    r"[【\[（(]?\s*(?P<label>编\s*者\s*按|按\s*语|编\s*者\s*的\s*话)\s*[】\]）)]?\s*(?:[:：]\s*(?P<rest>.*))?"
)
_COPIES = re.compile(
    r"[（(]?\s*(?:(?:共|本期)?\s*印\s*(?:发|刷)?\s*(?P<copies>[0-9]{1,6})\s*份|印数\s*[:：]?\s*(?P<run>[0-9]{1,6})\s*份?)\s*[。）)]*"
)


@dataclass(frozen=True, slots=True)
class TierLine:
    """The start of a distribution list: label, label and colon as written, names."""

    label: str
    written: str
    rest: str

    @property
    def tier(self) -> str:
        """Return 报, 送, 发 or 本期增发."""
        return TIER_OF[self.label]


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """One field of a line such as 签发：张三　编辑：李四."""

    field: str
    label: str
    written: str
    value: str


def tier_line(text: str) -> TierLine | None:
    """Return the distribution list a line begins, if it does."""
    found = _TIER.fullmatch(text)
    if found is None:
        return None
    written = text[: found.start("rest")]
    return TierLine(_compact(found["label"]), written, found["rest"])


def labelled_values(text: str) -> list[LabelledValue]:
    """Return the labelled fields a line is made of; empty if it is something else."""
    starts = list(_FIELD.finditer(text))
    if not starts or text[: starts[0].start()].strip():
        return []
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [
        _labelled_value(start, text[start.end() : end])
        for start, end in zip(starts, ends, strict=True)
    ]


def _labelled_value(start: re.Match[str], rest: str) -> LabelledValue:
    label = _compact(start["label"])
    value = rest.strip(f"{_DIVIDING} \t\u3000")
    dividing = "".join(c for c in rest.replace(value, "") if c in _DIVIDING)
    return LabelledValue(_FIELD_OF[label], label, start[0].strip() + dividing, value)


def note_start(text: str) -> tuple[str, str] | None:
    """Return label and first words of an editor's note, if the line begins one."""
    found = _NOTE.fullmatch(text)
    return (_compact(found["label"]), found["rest"] or "") if found else None


def copies(text: str) -> int | None:
    """Return the number of copies a text such as 共印30份 tells."""
    found = _COPIES.fullmatch(text)
    return int(found["copies"] or found["run"]) if found else None


def _compact(label: str) -> str:
    return re.sub(r"\s+", "", label)
