"""The 版记: the 报 / 送 / 发 lists, copies, and who issued it when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bulletins.document import Recipients
from bulletins.reading import labels
from bulletins.reading.characters import compact, mended
from bulletins.reading.errors import ReadError
from bulletins.reading.head import Head, note_label
from bulletins.reading.lines import Line
from bulletins.reading.notes import Notes
from bulletins.reading.numbering import find_date, note_date_form, parse_number

_OPENING, _CLOSING = "（(《“〈【", "）)》”〉】"
_STOPS = "。；;，,、"
_IN_BODY = re.compile(r"。(?=.)")
_LABEL_WITHIN = re.compile(r"[ \t\u3000]{2,}(?=\S{1,2}\s*[:：])")
_COPIES_WITHIN = re.compile(r"[（(]?\s*(?:共|本期)\s*印.{0,3}?[0-9]{1,6}\s*份.*$")


@dataclass(slots=True)
class Imprint:
    """What the 版记 says; filled line by line."""

    names: dict[str, list[str]] = field(
        default_factory=lambda: {"报": [], "送": [], "发": []}
    )
    copies: int | None = None

    @property
    def recipients(self) -> Recipients:
        """Return the three lists."""
        return Recipients(*(tuple(self.names[tier]) for tier in "报送发"))


def start_of_imprint(lines: list[Line], after: int) -> int:
    """Return where the 版记 begins: the first of its lines behind the last paragraph."""
    start = len(lines)
    for at in range(len(lines) - 1, after - 1, -1):
        text = lines[at].text
        if labels.tier_line(text) or _is_last_line(text):
            start = at
        elif _IN_BODY.search(text) or (start == at + 1 and _closes_body(text)):
            break
    return start


def _is_last_line(text: str) -> bool:
    return labels.copies(text) is not None or bool(
        labels.labelled_values(text) or _issued_line(text)
    )


def _closes_body(text: str) -> bool:
    return text.endswith(("。", "）", ")"))


def _issued_line(text: str) -> bool:
    return compact(text).endswith("印发") and bool(re.search(r"[日0-9]\s*印发$", text))


def read_imprint(lines: list[Line], head: Head, notes: Notes) -> Imprint:
    """Return the 版记; what has no place in it is noted, never dropped."""
    imprint = Imprint()
    for line, tier in head.tiers:
        _take_names(imprint, tier, line, notes)
    tier_above: str | None = None
    for line in lines:
        for text in _LABEL_WITHIN.split(line.text):
            tier_above = _take(imprint, head, text.strip(), tier_above, line, notes)
    return imprint


def _take(
    imprint: Imprint, head: Head, text: str, above: str | None, line: Line, notes: Notes
) -> str | None:
    """Take one line; return the list that a line below would continue."""
    number = parse_number(text)
    if number is not None and number.number is not None:
        raise ReadError(
            f"又出现了期号“{text}”，像是另一期的开头；一个文件里只能有一期", line.number
        )
    if tier := labels.tier_line(text):
        _take_names(imprint, tier, line, notes)
        return tier.tier
    if (count := labels.copies(text)) is not None:
        _take_copies(imprint, count, text, line, notes)
        return None
    if values := labels.labelled_values(text):
        for value in values:
            _take_label(head, value, line, notes)
        return None
    if _take_issued(head, imprint, text, line, notes):
        return None
    if above is not None and "。" not in text[:-1]:
        imprint.names[above] += _names(text, line, notes)
        return above
    notes.warn("RD05", line.number, f"版记中的“{text}”没有归入简报，请核对", text)
    return None


def _take_names(
    imprint: Imprint, tier: labels.TierLine, line: Line, notes: Notes
) -> None:
    if tier.label == labels.ADDITIONAL:
        notes.warn("RD04", line.number, "“本期增发”的单位并入“发”", f"{tier.label}：")
    elif tier.label != tier.tier:
        notes.info(
            "RD04",
            line.number,
            f"“{tier.label}：”印作“{tier.tier}：”",
            f"{tier.label}：",
        )
    imprint.names[tier.tier] += _names(tier.rest, line, notes)


def _names(text: str, line: Line, notes: Notes) -> list[str]:
    """Return the names of a list; marks within brackets do not divide."""
    text = mended(text, line.number, notes)
    bare = text.rstrip(_STOPS)
    outer = _outer_marks(bare)
    dividers = "，,；;" if outer & set("，,；;") else "、"
    unusual = "".join(c for c in text if c in "，,；;" and dividers != "、")
    unusual += text[len(bare) :].replace("。", "")
    if unusual:
        notes.info("ST04", line.number, "单位之间统一用“、”，末尾用“。”", unusual)
    names, depth, name = [], 0, ""
    for character in bare:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth <= 0 and character in dividers:
            names.append(name)
            name = ""
        else:
            name += character
    names.append(name)
    return [stripped for name in names if (stripped := name.strip())]


def _outer_marks(text: str) -> set[str]:
    found, depth = set(), 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth <= 0 and character in "、，,；;":
            found.add(character)
    return found


def _take_copies(
    imprint: Imprint, count: int, text: str, line: Line, notes: Notes
) -> None:
    if not count or (imprint.copies is not None and imprint.copies != count):
        raise ReadError(f"印数“{text}”与前面的不一致或为零", line.number)
    imprint.copies = count
    if compact(text).strip("。") != f"共印{count}份":
        notes.info("RD04", line.number, f"“{text}”印作“共印{count}份”", text)


def _take_label(
    head: Head, value: labels.LabelledValue, line: Line, notes: Notes
) -> None:
    if value.field == "office":
        if _take_issued_by(head, value.value, line, notes):
            notes.info(
                "RD04", line.number, f"“{value.label}：”不印出", f"{value.label}："
            )
        return
    known = getattr(head, value.field)
    if known and known != value.value:
        text = f"{value.label}：{value.value}"
        notes.warn("RD05", line.number, f"“{text}”与前面的不同，没有采用", text)
        return
    setattr(head, value.field, value.value)
    note_label(value, line, notes)


def _take_issued(
    head: Head, imprint: Imprint, text: str, line: Line, notes: Notes
) -> bool:
    """Take 印发机关, date and copies where they stand on one line."""
    found_copies = _COPIES_WITHIN.search(text)
    if found_copies and (count := labels.copies(found_copies[0])) is not None:
        _take_copies(imprint, count, found_copies[0].strip(), line, notes)
        text = text[: found_copies.start()].strip()
        if not text:
            return True
    found = find_date(text, line.number)
    if found is None:
        return _take_issued_by(head, text, line, notes) if found_copies else False
    _take_date(head, found.date, found.raw, line, notes)
    note_date_form(found, line.number, notes)
    rest = found.after.strip()
    if rest:
        notes.info("RD04", line.number, f"日期后的“{rest}”由版式决定是否印出", rest)
    office = found.before.strip(" \t\u3000，,")
    return not office or _take_issued_by(head, office, line, notes)


def _take_date(head: Head, date: object, raw: str, line: Line, notes: Notes) -> None:
    if head.date is None:
        head.date = date  # type: ignore[assignment]
    elif head.date == date:
        notes.info("RD04", line.number, f"版记中的日期“{raw}”与报头相同", raw)
    else:
        notes.warn(
            "RD06", line.number, f"版记中的日期“{raw}”与报头的不同，以报头为准", raw
        )


def _take_issued_by(head: Head, office: str, line: Line, notes: Notes) -> bool:
    if not head.office:
        head.office = office
    elif compact(head.office) == compact(office):
        notes.info(
            "RD04", line.number, f"版记中的“{office}”与报头的编印单位相同", office
        )
    else:
        notes.warn(
            "RD06",
            line.number,
            f"版记中的“{office}”与报头的编印单位不同，以报头为准",
            office,
        )
    return True
