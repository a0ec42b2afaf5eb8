"""The 报头: marks, programme line, name, 期号, office and date."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass, field

from bulletins.bounds import MAX_NUMBER
from bulletins.document import Marks, Masthead
from bulletins.reading import labels
from bulletins.reading.characters import ANY_SPACE, close_up, compact
from bulletins.reading.errors import ReadError
from bulletins.reading.lines import Line
from bulletins.reading.notes import Notes
from bulletins.reading.numbering import (
    FoundDate,
    IssueNumber,
    find_date,
    note_date_form,
    parse_number,
    split_trailing_number,
)

# The 期号 stands within the first lines that say something, or it is no bulletin.
_WITHIN = 25
_LONGEST_HEAD_LINE = 60
_MOST_MASTHEAD_LINES = 4

_SECRECY = re.compile(r"(?:绝密|机密|秘密)(?:★.*)?|内部(?:资料|文件|参考|刊物|材料).*")
_URGENCY = re.compile(r"特急|加急|特提|平急|急件")
_COPY_NUMBER = re.compile(
    r"(?:份号\s*[:：]?\s*|编号\s*[:：]?\s*|N[Oo]\.?\s*|№\s*)?(?P<number>[0-9]{6})"
)
_GAP = re.compile(rf"\t+|\u3000+|{ANY_SPACE}{{2,}}")
_NAME_END = re.compile(
    r"(?:简报|快报|通报|专报|动态|信息|通讯|快讯|要情|摘报|参考|内参|月报|周报|日报|情况|反映)$"
)
_OFFICE_END = re.compile(
    r"(?:办公室|办公厅|委员会|指挥部|领导小组|工作组|专班|中心|小组|[办局厅部处委室会院所组队站区县市乡镇府])$"
)
_EDITED_BY = re.compile(r"\s*(?:编印|编发|主办|编辑|印发|主编|编)$")
_SPACED_NAME = re.compile(
    rf"(?P<before>.*?)(?P<name>(?:(?<=\s)|^)\S(?:{ANY_SPACE}+\S)+)"
)


@dataclass(slots=True)
class Head:
    """What the head says; filled line by line."""

    masthead_lines: list[Line] = field(default_factory=list)
    number: IssueNumber | None = None
    number_line: int = 0
    office: str = ""
    date: dt.date | None = None
    secrecy: str | None = None
    copy_number: str | None = None
    urgency: str | None = None
    signatory: str = ""
    editor: str = ""
    tiers: list[tuple[Line, labels.TierLine]] = field(default_factory=list)
    note_lines: list[Line] = field(default_factory=list)

    @property
    def marks(self) -> Marks:
        """Return the marks at the top left."""
        return Marks(self.secrecy, self.copy_number, self.urgency)


def read_head(lines: list[Line], end: int | None, notes: Notes) -> tuple[Head, int]:
    """Return the head and the index of the first line behind it.

    ``end`` is where the contents list begins; without one the head ends at the first
    line that cannot belong to it. Raises ReadError where there is no 期号 or no name.
    """
    head = Head()
    at = _read_masthead(head, lines, end, notes)
    limit = len(lines) if end is None else end
    while at < limit:
        if end is not None and labels.note_start(lines[at].text):
            head.note_lines = lines[at:limit]
            at = limit
            break
        is_taken = _read_below(head, lines[at], notes)
        if not is_taken and end is None:
            break
        if not is_taken:
            _leave_out(lines[at], notes)
        at += 1
    _settle_number(head, notes)
    return head, at


# --- down to the 期号 --------------------------------------------------------------


def _read_masthead(head: Head, lines: list[Line], end: int | None, notes: Notes) -> int:
    """Read down to the 期号 and return the index of the line below it."""
    upper = lines[: min(_WITHIN, len(lines) if end is None else end)]
    below = len(upper)
    for at, line in enumerate(upper):
        below = at + 1
        fields, numbers = _with_numbers(line.text)
        if any(numbers):
            for text, number in zip(fields, numbers, strict=True):
                if number:
                    _take_number(head, number, line, notes)
                else:
                    _take_field(head, text, line, notes)
            break
        trailing = split_trailing_number(line.text)
        if trailing and "。" not in line.text:
            _take_upper(head, _part(line, trailing[0]), notes)
            _take_number(head, trailing[1], line, notes)
            break
        _take_upper(head, line, notes)
    if head.number is None:
        place = f"第{lines[0].number}至{(upper or lines)[-1].number}行"
        raise ReadError(f"{place}中没有找到期号（如“第56期”），这个文件不像简报")
    if not head.masthead_lines:
        raise ReadError("期号之前没有简报名称", head.number_line)
    if len(head.masthead_lines) > _MOST_MASTHEAD_LINES:
        first = head.masthead_lines[_MOST_MASTHEAD_LINES].number
        raise ReadError("期号之前的行太多，认不出哪一行是简报名称", first)
    return below


def _with_numbers(text: str) -> tuple[list[str], list[IssueNumber | None]]:
    """Return the parts of a line, and which of them are a 期号."""
    for fields in ([text], _fields(text), text.split()):
        numbers = [parse_number(part) for part in fields]
        # 工作简报 第3期 is name and number: its gap is not one between fields.
        if any(numbers) and (len(fields) != 2 or fields != text.split()):
            break
    return fields, numbers


def _part(line: Line, text: str) -> Line:
    return Line(line.number, text.strip(), line.indent, line.after_blank)


def _take_upper(head: Head, line: Line, notes: Notes) -> None:
    """Take a line above the 期号: a mark, or a line of the masthead."""
    if not line.text or _take_marks(head, line, notes):
        return
    if len(line.text) > _LONGEST_HEAD_LINE or line.text.endswith("。"):
        raise ReadError(
            "期号（如“第56期”）应在正文之前，这一行之前没有找到期号，不像简报",
            line.number,
        )
    head.masthead_lines.append(line)


def _take_marks(head: Head, line: Line, notes: Notes) -> bool:
    """Take a line made only of 份号, 密级 and 紧急程度."""
    fields = _fields(line.text)
    if _SECRECY.fullmatch(line.text):
        fields = [" ".join(fields)]
    kinds = [_mark_kind(text) for text in fields]
    if not all(kinds):
        return False
    for kind, text in zip(kinds, fields, strict=True):
        if getattr(head, str(kind)) is not None:
            _leave_out(_part(line, text), notes)
            continue
        value = text
        if kind == "copy_number":
            found = _COPY_NUMBER.fullmatch(text)
            value = found["number"] if found else text
            if value != text:
                notes.info("RD04", line.number, f"“{text}”读作份号{value}", text)
        if kind == "secrecy" and text.startswith("内部"):
            notes.info("RD04", line.number, f"“{text}”作为密级标志，印在左上角", text)
        setattr(head, str(kind), value)
    return True


def _mark_kind(text: str) -> str | None:
    kinds = {"secrecy": _SECRECY, "urgency": _URGENCY, "copy_number": _COPY_NUMBER}
    return next((k for k, form in kinds.items() if form.fullmatch(text)), None)


def _take_number(head: Head, number: IssueNumber, line: Line, notes: Notes) -> None:
    known = head.number
    if known is not None:
        number = IssueNumber(
            raw=f"{known.raw}{number.raw}",
            number=known.number or number.number,
            total=known.total or number.total,
            year=known.year or number.year,
            is_supplement=known.is_supplement or number.is_supplement,
        )
    for value, what in ((number.number, "期号"), (number.total, "总期号")):
        if value is not None and not 1 <= value <= MAX_NUMBER:
            raise ReadError(
                f"{what}“{number.raw}”不在 1 至 {MAX_NUMBER} 之间", line.number
            )
    head.number, head.number_line = number, line.number


def note_number_form(
    number: IssueNumber, line: int, printed: str, notes: Notes
) -> None:
    """Remark where a 期号 is printed otherwise than it was written."""
    raw = compact(number.raw)
    if "(" in raw:
        notes.info("PU03", line, f"半角括号“{number.raw}”统一为全角", "()")
    bare = re.sub(r"[()（）]", "", raw)
    if bare != compact(printed):
        notes.info(
            "RD03", line, f"期号“{number.raw}”统一印作“（{printed}）”", number.raw
        )


# --- below the 期号 ----------------------------------------------------------------


def _read_below(head: Head, line: Line, notes: Notes) -> bool:
    """Take a line below the 期号; return False if it cannot belong to the head."""
    if values := labels.labelled_values(line.text):
        for value in values:
            _take_label(head, value, line, notes)
        return True
    if labels.note_start(line.text):
        return False
    if tier := labels.tier_line(line.text):
        head.tiers.append((line, tier))
        return True
    number = parse_number(line.text)
    if number is not None:
        if number.number is not None and head.number and head.number.number:
            return False
        _take_number(head, number, line, notes)
        return True
    if _take_marks(head, line, notes):
        return True
    return _take_office_and_date(head, line, notes)


def _take_office_and_date(head: Head, line: Line, notes: Notes) -> bool:
    if len(line.text) > _LONGEST_HEAD_LINE or line.text.endswith(("。", "：", ":")):
        return False
    found = find_date(line.text, line.number) if head.date is None else None
    rest = line.text if found is None else f"{found.before} {found.after}".strip()
    may_be_office = not head.office and (
        found is not None or head.date is None or bool(_OFFICE_END.search(rest))
    )
    if rest and not may_be_office:
        return False
    if rest and found is None and not _is_office(rest):
        return False
    if found is not None:
        settle_date(head, found, line, notes)
    if rest:
        _take_office(head, rest, line, notes)
    return True


def _is_office(text: str) -> bool:
    return bool(_OFFICE_END.search(_EDITED_BY.sub("", text)))


def _take_field(head: Head, text: str, line: Line, notes: Notes) -> None:
    """Take what stands on the 期号's own line."""
    if not _take_office_and_date(head, _part(line, text), notes):
        _take_upper(head, _part(line, text), notes)


def _take_office(head: Head, text: str, line: Line, notes: Notes) -> None:
    text = text.strip()
    bare = _EDITED_BY.sub("", text).strip()
    if bare != text and _OFFICE_END.search(bare):
        ending = text[len(bare) :].strip()
        notes.info("RD04", line.number, f"编印单位后的“{ending}”不印出", ending)
        text = bare
    closed = close_up(text)
    if closed != text:
        notes.info("SP02", line.number, f"“{text}”按“{closed}”读入")
    head.office = closed


def _take_label(
    head: Head, value: labels.LabelledValue, line: Line, notes: Notes
) -> None:
    if value.field != "office":
        settle_person(head, value, line, notes)
        return
    notes.info("RD04", line.number, f"“{value.label}：”不印出", value.written)
    if not _take_office_and_date(head, _part(line, value.value), notes):
        settle_office(head, value.value, line, notes)


# What the 版记 may say again; the head comes first.


def settle_person(
    head: Head, value: labels.LabelledValue, line: Line, notes: Notes
) -> None:
    """Keep signatory or editor; not every layout prints them."""
    names = {"signatory": "签发人", "editor": "责任编辑"}
    if getattr(head, value.field):
        text = f"{value.written}{value.value}"
        notes.warn("RD05", line.number, f"“{text}”前面已经有过，没有采用", text)
        return
    setattr(head, value.field, value.value)
    message = f"“{value.label}：{value.value}”读作{names[value.field]}"
    notes.info("RD04", line.number, message, value.written)


def settle_office(head: Head, office: str, line: Line, notes: Notes) -> None:
    """Keep the office, or remark that it has been named before."""
    if not head.office:
        head.office = office
    elif compact(head.office) == compact(office):
        message = f"“{office}”与前面的编印单位相同"
        notes.info("RD04", line.number, message, office)
    else:
        message = f"“{office}”与前面的编印单位不同，以前面的为准"
        notes.warn("RD06", line.number, message, office)


def settle_date(head: Head, found: FoundDate, line: Line, notes: Notes) -> None:
    """Keep the date, or remark that it has been given before."""
    if head.date is None:
        head.date = found.date
        note_date_form(found, line.number, notes)
    elif head.date == found.date:
        message = f"日期“{found.raw}”与前面的相同"
        notes.info("RD04", line.number, message, found.raw)
    else:
        message = f"日期“{found.raw}”与前面的不同，以前面的为准"
        notes.warn("RD06", line.number, message, found.raw)


def _leave_out(line: Line, notes: Notes) -> None:
    notes.warn(
        "RD05", line.number, f"报头中的“{line.text}”没有归入简报，请核对", line.text
    )


def _settle_number(head: Head, notes: Notes) -> None:
    number = head.number
    assert number is not None  # noqa: S101 - _read_masthead found it or refused
    if number.number is None and number.total is not None:
        # A bulletin that counts only in total counts by it.
        head.number = number = dataclasses.replace(
            number, number=number.total, total=None
        )
    if number.number is None:
        notes.warn("RD06", head.number_line, "增刊没有写第几期", "")
    if number.year and head.date and number.year != head.date.year:
        message = f"期号写的是{number.year}年，日期却是{head.date.year}年"
        notes.warn("RD06", head.number_line, message, number.raw)
    if head.date is None:
        notes.warn("RD06", head.number_line, "没有找到印发日期")


# --- the name ----------------------------------------------------------------------


def masthead_of(head: Head, notes: Notes) -> Masthead:
    """Return programme, name and office from the lines above the 期号."""
    lines = head.masthead_lines
    named = [i for i, line in enumerate(lines) if _NAME_END.search(compact(line.text))]
    at = named[-1] if named else len(lines) - 1
    above = "".join(line.text for line in lines[:at])
    for line in lines[at + 1 :]:
        if head.office:
            _leave_out(line, notes)
        else:
            _take_office(head, line.text, line, notes)
    programme, name = _split_name(lines[at], notes)
    if not head.office:
        notes.warn("RD06", head.number_line, "没有找到编印单位")
    return Masthead(f"{above}{programme}", name, head.office)


def _split_name(line: Line, notes: Notes) -> tuple[str, str]:
    """Return programme and name of a line; the space between is where it breaks."""
    spaced = _SPACED_NAME.fullmatch(line.text)
    if spaced:
        programme, name = spaced["before"].strip(), compact(spaced["name"])
        notes.info("SP02", line.number, f"“{spaced['name']}”按“{name}”读入")
    else:
        programme, _, name = line.text.replace("\u3000", " ").rpartition(" ")
        programme = programme.strip()
    if programme:
        notes.info("SP02", line.number, f"报头按两行读入：“{programme}”和“{name}”")
    return programme, name


def _fields(text: str) -> list[str]:
    """Return the parts of a line that wide gaps divide."""
    parts = [part.strip() for part in _GAP.split(text)]
    return [part for part in parts if part]
