"""The 版记: the 报 / 送 / 发 lists, copies, and who issued it when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bulletins.bounds import MAX_LINE
from bulletins.document import Recipients, printed_names
from bulletins.reading import labels
from bulletins.reading.characters import compact, mended
from bulletins.reading.errors import ReadError
from bulletins.reading.head import Head, settle_date, settle_office, settle_person
from bulletins.reading.lines import Line, joined
from bulletins.reading.notes import Notes
from bulletins.reading.numbering import find_date, parse_number

_OPENING, _CLOSING = "（(《“〈【", "）)》”〉】"
_STOPS = "。；;，,、"
_IN_BODY = re.compile(r"。(?=.)")
_LABEL_WITHIN = re.compile(r"[ \t\u3000]{2,}(?=\S{1,2}\s*[:：])")
_COPIES_WITHIN = re.compile(r"[（(]?\s*(?:共|本期)\s*印.{0,3}?[0-9]{1,6}\s*份.*$")


@dataclass(slots=True)
class Imprint:
    """What the 版记 says; filled line by line."""

    lists: list[_List] = field(default_factory=list)
    copies: int | None = None
    recipients: Recipients = field(default_factory=Recipients)


@dataclass(slots=True)
class _List:
    """A distribution list as it stands, over one line or several."""

    tier: str
    text: str
    line: Line


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
        _begin_list(imprint, tier, line, notes)
    goes_on = False
    for line in lines:
        for text in _LABEL_WITHIN.split(line.text):
            goes_on = _take(imprint, head, text.strip(), goes_on, line, notes)
    imprint.recipients = Recipients(
        *(_tier(imprint, tier, notes) for tier in labels.TIERS)
    )
    return imprint


def _tier(imprint: Imprint, tier: str, notes: Notes) -> tuple[str, ...]:
    """Return the names of one tier, from all its lists."""
    parts = [part for part in imprint.lists if part.tier == tier]
    lists = [_names(part, notes) for part in parts]
    for part, names in zip(parts, lists, strict=True):
        if (longest := max(map(len, names), default=0)) > MAX_LINE:
            message = f"{tier}单位过长（{longest}字，最多{MAX_LINE}字）"
            raise ReadError(message, part.line.number)
    whole = [name for names in lists for name in names]
    for part, names in zip(parts, lists, strict=True):
        if printed_names(names) not in printed_names(whole):
            message = f"合为一处的“{tier}”用“，”分隔"
            notes.info("ST04", part.line.number, message, "、" * len(names))
    return tuple(whole)


def _take(
    imprint: Imprint, head: Head, text: str, goes_on: bool, line: Line, notes: Notes
) -> bool:
    """Take one line; return whether a line below could go on with its list."""
    number = parse_number(text)
    if number is not None and number.number is not None:
        raise ReadError(
            f"又出现了期号“{text}”，像是另一期的开头；一个文件里只能有一期", line.number
        )
    if tier := labels.tier_line(text):
        _begin_list(imprint, tier, line, notes)
        return True
    if (count := labels.copies(text)) is not None:
        _take_copies(imprint, count, text, line, notes)
        return False
    if values := labels.labelled_values(text):
        for value in values:
            _take_label(head, value, line, notes)
        return False
    if _take_issued(head, imprint, text, line, notes):
        return False
    if goes_on and "。" not in text[:-1]:
        imprint.lists[-1].text = joined(imprint.lists[-1].text, text)
        return True
    notes.warn("RD05", line.number, f"版记中的“{text}”没有归入简报，请核对", text)
    return False


def _begin_list(
    imprint: Imprint, tier: labels.TierLine, line: Line, notes: Notes
) -> None:
    if tier.label != tier.tier:
        message = f"“{tier.label}：”印作“{tier.tier}：”"
        notes.info("RD04", line.number, message, tier.written)
    elif ":" in tier.written:
        notes.info("PU02", line.number, "半角冒号统一为全角", ":")
    if any(known.tier == tier.tier for known in imprint.lists):
        # One label and one full stop are printed of the two.
        message = f"“{tier.tier}”的单位不止一处，合为一处"
        notes.info("RD04", line.number, message, f"{tier.written}。")
    imprint.lists.append(_List(tier.tier, tier.rest, line))


def _names(part: _List, notes: Notes) -> list[str]:
    """Return the names of a list; marks within brackets do not divide."""
    text = mended(part.text, part.line.number, notes)
    bare = text.rstrip(_STOPS)
    dividers = "，,；;" if _outer_marks(bare) & set("，,；;") else "、"
    names, depth, name = [], 0, ""
    for character in bare:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth <= 0 and character in dividers:
            names.append(name)
            name = ""
        else:
            name += character
    found = [stripped for name in (*names, name) if (stripped := name.strip())]
    if not found:
        label = f"{part.tier}："
        notes.warn("RD06", part.line.number, f"“{label}”后面没有单位", label)
    if printed_names(found) != text.removesuffix("。"):
        other = "".join(character for character in text if character in _STOPS)
        notes.info(
            "ST04", part.line.number, "单位之间和末尾的标点按统一格式印出", other
        )
    return found


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
    is_repeated = imprint.copies is not None
    imprint.copies = count
    if is_repeated or compact(text).strip("。") != f"共印{count}份":
        notes.info("RD04", line.number, f"“{text}”印作“共印{count}份”", text)


def _take_label(
    head: Head, value: labels.LabelledValue, line: Line, notes: Notes
) -> None:
    if value.field == "office":
        notes.info("RD04", line.number, f"“{value.label}：”不印出", value.written)
        settle_office(head, value.value, line, notes)
    else:
        settle_person(head, value, line, notes)


def _take_issued(
    head: Head, imprint: Imprint, text: str, line: Line, notes: Notes
) -> bool:
    """Take 印发机关, date and copies where they stand on one line."""
    counted = _COPIES_WITHIN.search(text)
    count = labels.copies(counted[0]) if counted else None
    if counted and count is not None:
        _take_copies(imprint, count, counted[0].strip(), line, notes)
        text = text[: counted.start()].strip()
    found = find_date(text, line.number)
    if found is None and count is None:
        return False
    office = text
    if found is not None:
        settle_date(head, found, line, notes)
        office = found.before.strip()
        if rest := found.after.strip():
            message = f"日期后的“{rest}”由版式决定是否印出"
            notes.info("RD04", line.number, message, rest)
    if office:
        settle_office(head, office, line, notes)
    return True
