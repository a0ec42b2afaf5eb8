"""One issue of a bulletin as a frozen value, its JSON and its digests.

Readers and the models produce an ``IssueDocument``; every renderer and every check
takes it and nothing else, so that no two of them can disagree.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from bulletins.bounds import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_BODY,
    MAX_BRIEF,
    MAX_LINE,
    MAX_NOTE,
    MAX_NUMBER,
    MAX_TITLE,
    IssueKind,
    SectionKind,
)

SCHEMA = "bulletin-issue/1"

_Choice = TypeVar("_Choice", bound=StrEnum)
_Built = TypeVar("_Built")


class DocumentError(ValueError):
    """The document is not well formed; the message names the place in Chinese."""


def _require(holds: bool, place: str, problem: str) -> None:
    if not holds:
        raise DocumentError(f"{place}：{problem}")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"}


def check_text(value: str, place: str, limit: int, *, breaks: bool = False) -> None:
    """Refuse a text a document cannot hold; ``breaks`` allows line feeds within."""
    _require(isinstance(value, str), place, "应为文字")
    _require(len(value) <= limit, place, f"过长（{len(value)}字，最多{limit}字）")
    _require(value == value.strip(), place, "首尾有空白")
    bad = next((c for c in value if _is_control(c) and not (breaks and c == "\n")), "")
    _require(not bad, place, f"含有控制字符 U+{ord(bad or ' '):04X}")


@dataclass(frozen=True, slots=True)
class Masthead:
    """The 报头: programme line (may be empty), name and issuing office."""

    programme: str = ""
    name: str = ""
    office: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be a masthead."""
        check_text(self.programme, "报头项目名称", MAX_LINE)
        check_text(self.name, "简报名称", MAX_LINE)
        check_text(self.office, "编印单位", MAX_LINE)
        _require(bool(self.name), "简报名称", "不能为空")

    @property
    def full_name(self) -> str:
        """Return the name as it is spoken, e.g. 许昌市“无废城市”建设试点工作简报."""
        return f"{self.programme}{self.name}"


@dataclass(frozen=True, slots=True)
class Marks:
    """密级和保密期限, 份号 and 紧急程度 (GB/T 9704-2012, 7.2.1–7.2.3)."""

    secrecy: str | None = None
    copy_number: str | None = None
    urgency: str | None = None

    def __post_init__(self) -> None:
        """Refuse empty marks: a mark that is not there is None."""
        for value, place in (
            (self.secrecy, "密级"),
            (self.copy_number, "份号"),
            (self.urgency, "紧急程度"),
        ):
            if value is not None:
                check_text(value, place, 40)
                _require(bool(value), place, "没有时应为 null，不应为空")


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """An article; a line feed in its title is where the printed title breaks.

    ``body`` is HTML as ``markup.clean`` leaves it; ``contents_title`` is the wording
    of 本期要目 and is filled from the title where it is given empty.
    """

    title: str
    contents_title: str = ""
    source: str = ""
    body: str = ""

    def __post_init__(self) -> None:
        """Check the lines and fill the contents wording."""
        check_text(self.title, "标题", MAX_TITLE, breaks=True)
        check_text(self.contents_title, "目录标题", MAX_TITLE)
        check_text(self.source, "供稿单位", MAX_LINE)
        _require(isinstance(self.body, str), "正文", "应为文字")
        _require(len(self.body) <= MAX_BODY, "正文", f"过长（最多{MAX_BODY}字）")
        if not self.contents_title:
            object.__setattr__(self, "contents_title", self.plain_title)

    @property
    def plain_title(self) -> str:
        """Return the title without the breaks that only print uses."""
        return self.title.replace("\n", "")


@dataclass(frozen=True, slots=True)
class BriefEntry:
    """One brief item, printed as ★lead。text."""

    lead: str
    text: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be printed as one paragraph."""
        check_text(self.lead, "简讯首句", MAX_TITLE)
        check_text(self.text, "简讯内容", MAX_BRIEF)
        check_text(self.source, "供稿单位", MAX_LINE)

    @property
    def printed(self) -> str:
        """Return the item as printed, without the star: lead, full stop, text."""
        stop = "" if self.lead.endswith(("。", "！", "？")) or not self.lead else "。"
        return f"{self.lead}{stop}{self.text}"


Entry = ArticleEntry | BriefEntry
_ENTRY_OF = {SectionKind.ARTICLES: ArticleEntry, SectionKind.BRIEFS: BriefEntry}


@dataclass(frozen=True, slots=True)
class SectionEntry:
    """A section in printed order; an empty title is one that is not printed."""

    title: str
    kind: SectionKind
    items: tuple[Entry, ...]

    def __post_init__(self) -> None:
        """A section has at least one item, and all of its own kind."""
        check_text(self.title, "栏目名称", MAX_LINE)
        place = f"栏目“{self.title}”"
        _require(bool(self.items), place, "没有内容")
        _require(
            all(type(item) is _ENTRY_OF[self.kind] for item in self.items),
            place,
            "文章与简讯不能混排在同一栏目",
        )


@dataclass(frozen=True, slots=True)
class Recipients:
    """The 报 / 送 / 发 lists of the 版记, in printed order, and 本期增发.

    ``additional`` are those who get this one issue besides the standing lists.
    """

    report: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    distribute: tuple[str, ...] = ()
    additional: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse nameless recipients."""
        for label, names in self.tiers():
            for name in names:
                check_text(name, f"{label}单位", MAX_LINE)
                _require(bool(name), f"{label}单位", "名称不能为空")

    def tiers(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the lists with the words each is printed behind."""
        return (
            ("报", self.report),
            ("送", self.send),
            ("发", self.distribute),
            ("本期增发", self.additional),
        )


@dataclass(frozen=True, slots=True)
class IssueDocument:
    """One issue: masthead, number, date, sections with their items, 版记 lists."""

    bulletin: Masthead
    kind: IssueKind = IssueKind.REGULAR
    number: int | None = None
    total_number: int | None = None
    date: dt.date | None = None
    marks: Marks = Marks()
    editors_note: str = ""
    sections: tuple[SectionEntry, ...] = ()
    recipients: Recipients = Recipients()
    copies: int | None = None
    signatory: str = ""
    editor: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers, dates and texts that no bulletin can have."""
        for number, place in (
            (self.number, "期号"),
            (self.total_number, "总期号"),
            (self.copies, "共印份数"),
        ):
            in_range = number is None or 1 <= number <= MAX_NUMBER
            _require(in_range, place, f"应在 1 至 {MAX_NUMBER} 之间")
        in_range = self.date is None or FIRST_YEAR <= self.date.year <= LAST_YEAR
        _require(in_range, "印发日期", f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间")
        check_text(self.editors_note, "编者按", MAX_NOTE, breaks=True)
        check_text(self.signatory, "签发人", MAX_LINE)
        check_text(self.editor, "编辑", MAX_LINE)
        # Sections stand in the order of their first item, so each stands once.
        titled = [(s.title, s.kind) for s in self.sections if s.title]
        for title, kind in titled:
            _require(titled.count((title, kind)) == 1, f"栏目“{title}”", "出现了两次")

    def articles(self) -> Iterator[ArticleEntry]:
        """Yield the articles in printed order."""
        for section in self.sections:
            for item in section.items:
                if isinstance(item, ArticleEntry):
                    yield item

    def briefs(self) -> Iterator[BriefEntry]:
        """Yield the brief items in printed order."""
        for section in self.sections:
            for item in section.items:
                if isinstance(item, BriefEntry):
                    yield item


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A line of 本期要目: a section heading, or an entry that leads to ``anchor``."""

    text: str
    anchor: str
    is_heading: bool = False


def section_anchor(section_index: int) -> str:
    """Return the id of a section in the official page and the PDF."""
    return f"section-{section_index + 1}"


def article_anchor(section_index: int, item_index: int) -> str:
    """Return the id of an article in the official page and the PDF."""
    return f"article-{section_index + 1}-{item_index + 1}"


def anchored_items(document: IssueDocument) -> Iterator[tuple[str, Entry]]:
    """Yield each article and brief item with its place in the official page."""
    for index, section in enumerate(document.sections):
        for position, item in enumerate(section.items):
            is_article = isinstance(item, ArticleEntry)
            anchor = article_anchor(index, position)
            yield anchor if is_article else section_anchor(index), item


def contents(document: IssueDocument) -> tuple[ContentsLine, ...]:
    """Return 本期要目: each article by its own line, brief items as their section."""
    return tuple(
        line
        for index, section in enumerate(document.sections)
        for line in _section_contents(index, section)
    )


def _section_contents(index: int, section: SectionEntry) -> Iterator[ContentsLine]:
    anchor = section_anchor(index)
    if section.kind is SectionKind.BRIEFS and section.title:
        yield ContentsLine(section.title, anchor)
        return
    if section.title:
        yield ContentsLine(section.title, anchor, is_heading=True)
    for position, item in enumerate(section.items):
        if isinstance(item, ArticleEntry):
            yield ContentsLine(item.contents_title, article_anchor(index, position))
        else:
            yield ContentsLine(item.lead, anchor)


# --- numbers and dates as printed -------------------------------------------------


def printed_date(date: dt.date) -> str:
    """Return e.g. 2020年9月15日, without leading zeros (GB/T 9704-2012, 7.3.5.4)."""
    return f"{date.year}年{date.month}月{date.day}日"


def printed_number(document: IssueDocument) -> str:
    """Return e.g. 第56期, 第3期 总第128期 or 增刊第1期; empty while not numbered."""
    if document.number is None:
        return ""
    prefix = "增刊" if document.kind is IssueKind.SUPPLEMENT else ""
    total = f" 总第{document.total_number}期" if document.total_number else ""
    return f"{prefix}第{document.number}期{total}"


def printed_source(source: str) -> str:
    """Return e.g. 襄城县生态环境局供稿; a source that says so already stays."""
    return source if not source or source.endswith("供稿") else f"{source}供稿"


def printed_names(names: Sequence[str]) -> str:
    """Return a distribution list as printed, without its full stop.

    、 divides; where a name holds one itself (市委、市政府各部门), ， does.
    """
    within = any("、" in _BRACKETED.sub("", name) for name in names)
    return ("，" if within else "、").join(names)


_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")


# --- JSON -------------------------------------------------------------------------


def to_json(document: IssueDocument) -> dict[str, Any]:
    """Return the document as JSON values (schema in docs/document.md)."""
    values = dataclasses.asdict(document)
    values["date"] = document.date.isoformat() if document.date else None
    if not document.recipients.additional:
        # Came later: the digests of documents without it stay what they were.
        del values["recipients"]["additional"]
    return {"schema": SCHEMA, **_lists(values)}


def _lists(value: Any) -> Any:
    """Turn tuples into lists and enum members into plain strings, all the way down."""
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


def canonical_json(document: IssueDocument) -> str:
    """Return the one form digests are taken of: sorted keys, no spaces."""
    return _canonical(to_json(document))


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(document: IssueDocument) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def content_digest(document: IssueDocument) -> str:
    """Return the digest a signature binds to: all but what publishing fills in."""
    unnumbered = dataclasses.replace(
        document, number=None, total_number=None, date=None
    )
    return digest(unnumbered)


def from_json(data: object) -> IssueDocument:
    """Return the document of JSON values; raise DocumentError naming the place."""
    fields = _Fields(data, "文件")
    schema = fields.text("schema")
    _require(schema == SCHEMA, "schema", f"应为 {SCHEMA}，实为 {schema or '空'}")
    document = IssueDocument(
        bulletin=_masthead(fields.object("bulletin", required=True)),
        kind=fields.choice("kind", IssueKind, IssueKind.REGULAR),
        number=fields.integer("number"),
        total_number=fields.integer("total_number"),
        date=fields.date("date"),
        marks=_marks(fields.object("marks")),
        editors_note=fields.text("editors_note"),
        sections=tuple(_section(f) for f in fields.objects("sections")),
        recipients=_recipients(fields.object("recipients")),
        copies=fields.integer("copies"),
        signatory=fields.text("signatory"),
        editor=fields.text("editor"),
    )
    fields.finish()
    return document


class _Fields:
    """The members of one JSON object; each is taken once, and none may be left."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, dict):
            raise DocumentError(f"{place}：应为 JSON 对象")
        self.place = place
        self._left = dict(data)

    def _take(self, key: str) -> Any:
        return self._left.pop(key, None)

    def _wrong(self, key: str, expected: str) -> DocumentError:
        return DocumentError(f"{self.place} 的 {key}：应为{expected}")

    def text(self, key: str) -> str:
        value = self._take(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "文字")
        return value or ""

    def optional_text(self, key: str) -> str | None:
        value = self._take(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "文字或 null")
        return value

    def integer(self, key: str) -> int | None:
        value = self._take(key)
        if value is not None and type(value) is not int:
            raise self._wrong(key, "整数或 null")
        return value

    def date(self, key: str) -> dt.date | None:
        value = self._take(key)
        if value is None:
            return None
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self._wrong(key, "日期，如 2020-09-15") from None

    def choice(self, key: str, kinds: type[_Choice], default: _Choice) -> _Choice:
        value = self._take(key)
        if value is None:
            return default
        try:
            return kinds(value)
        except ValueError:
            raise self._wrong(key, "或".join(kinds)) from None

    def object(self, key: str, *, required: bool = False) -> _Fields:
        value = self._take(key)
        if value is None and required:
            raise DocumentError(f"{self.place}：缺少 {key}")
        return _Fields({} if value is None else value, f"{self.place} 的 {key}")

    def objects(self, key: str) -> list[_Fields]:
        return [
            _Fields(value, f"{self.place} 的 {key} 第{n}项")
            for n, value in enumerate(self._list(key), start=1)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "文字的列表")
        return tuple(values)

    def _list(self, key: str) -> list[Any]:
        value = self._take(key)
        if value is not None and not isinstance(value, list):
            raise self._wrong(key, "列表")
        return value or []

    def finish(self) -> None:
        """Refuse members nobody took: what is not understood must not be lost."""
        if self._left:
            names = "、".join(sorted(self._left))
            raise DocumentError(f"{self.place}：不认识的字段 {names}")

    def build(self, make: Callable[[], _Built]) -> _Built:
        """Make the value, and put this place before what it refuses."""
        try:
            value = make()
        except DocumentError as error:
            raise DocumentError(f"{self.place} 的{error}") from None
        self.finish()
        return value


def _masthead(fields: _Fields) -> Masthead:
    return fields.build(
        lambda: Masthead(
            programme=fields.text("programme"),
            name=fields.text("name"),
            office=fields.text("office"),
        )
    )


def _marks(fields: _Fields) -> Marks:
    return fields.build(
        lambda: Marks(
            secrecy=fields.optional_text("secrecy"),
            copy_number=fields.optional_text("copy_number"),
            urgency=fields.optional_text("urgency"),
        )
    )


def _recipients(fields: _Fields) -> Recipients:
    return fields.build(
        lambda: Recipients(
            report=fields.texts("report"),
            send=fields.texts("send"),
            distribute=fields.texts("distribute"),
            additional=fields.texts("additional"),
        )
    )


def _section(fields: _Fields) -> SectionEntry:
    kind = fields.choice("kind", SectionKind, SectionKind.ARTICLES)
    entry = _article if kind is SectionKind.ARTICLES else _brief
    items = tuple(entry(f) for f in fields.objects("items"))
    return fields.build(
        lambda: SectionEntry(title=fields.text("title"), kind=kind, items=items)
    )


def _article(fields: _Fields) -> ArticleEntry:
    return fields.build(
        lambda: ArticleEntry(
            title=fields.text("title"),
            contents_title=fields.text("contents_title"),
            source=fields.text("source"),
            body=fields.text("body"),
        )
    )


def _brief(fields: _Fields) -> BriefEntry:
    return fields.build(
        lambda: BriefEntry(
            lead=fields.text("lead"),
            text=fields.text("text"),
            source=fields.text("source"),
        )
    )
