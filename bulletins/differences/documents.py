"""What changed between two documents, in the order of the new one."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bulletins.bounds import IssueKind, SectionKind
from bulletins.differences import blocks, words
from bulletins.differences.aligning import (
    Member,
    Pair,
    Step,
    belonging,
    steps,
)
from bulletins.differences.blocks import Place
from bulletins.differences.changes import Change, ChangeKind, Span, SpanKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    Entry,
    IssueDocument,
    SectionEntry,
    article_anchor,
    printed_date,
    section_anchor,
)

_HEAD = Place("报头")
_NOTE = Place("编者按")
_IMPRINT = Place("版记")
_KINDS = {IssueKind.REGULAR: "正刊", IssueKind.SUPPLEMENT: "增刊"}
_TAG = re.compile(r"<[^<>]*>")
_TIER_NAMES = {
    "报": "报送单位",
    "送": "抄送单位",
    "发": "发送单位",
    "本期增发": "本期增发单位",
}
_LONGEST_NAME = 30


def between(before: IssueDocument, after: IssueDocument) -> tuple[Change, ...]:
    """Return every change, none if and only if the documents are equal."""
    return (
        *_head(before, after),
        *blocks.between(
            _NOTE,
            blocks.of_text(before.editors_note),
            blocks.of_text(after.editors_note),
        ),
        *_sections(before, after),
        *_recipients(before, after),
        *_imprint(before, after),
    )


# --- single lines -----------------------------------------------------------------


def _head(before: IssueDocument, after: IssueDocument) -> Iterator[Change]:
    old, new = before.bulletin, after.bulletin
    yield from _line(_HEAD, "项目名称", old.programme, new.programme)
    yield from _line(_HEAD, "简报名称", old.name, new.name)
    yield from _line(_HEAD, "编印单位", old.office, new.office)
    yield from _value(_HEAD, "类别", _KINDS[before.kind], _KINDS[after.kind])
    numbers = (
        ("期号", before.number, after.number),
        ("总期号", before.total_number, after.total_number),
    )
    for part, one, other in numbers:
        yield from _value(
            _HEAD, part, _counted("第", one, "期"), _counted("第", other, "期")
        )
    dates = (printed_date(d.date) if d.date else "" for d in (before, after))
    yield from _value(_HEAD, "印发日期", *dates)
    marks, others = before.marks, after.marks
    yield from _line(_HEAD, "份号", marks.copy_number or "", others.copy_number or "")
    yield from _line(_HEAD, "密级", marks.secrecy or "", others.secrecy or "")
    yield from _line(_HEAD, "紧急程度", marks.urgency or "", others.urgency or "")


def _imprint(before: IssueDocument, after: IssueDocument) -> Iterator[Change]:
    yield from _line(_IMPRINT, "签发人", before.signatory, after.signatory)
    yield from _line(_IMPRINT, "责任编辑", before.editor, after.editor)
    copies = (_counted("", d.copies, "份") for d in (before, after))
    yield from _value(_IMPRINT, "共印份数", *copies)


def _counted(prefix: str, number: int | None, unit: str) -> str:
    return "" if number is None else f"{prefix}{number}{unit}"


def _line(place: Place, part: str, before: str, after: str) -> Iterator[Change]:
    """Yield the change of one line of text, compared word by word."""
    if before != after:
        yield _field(place, part, before, after, words.spans(words.runs(before, after)))


def _value(place: Place, part: str, before: str, after: str) -> Iterator[Change]:
    """Yield the change of a number or date, which is replaced as a whole."""
    if before != after:
        yield _field(place, part, before, after, words.replaced(before, after))


def _field(
    place: Place, part: str, before: str, after: str, spans: tuple[Span, ...]
) -> Change:
    kind = ChangeKind.CHANGED
    if not (before and after):
        kind = ChangeKind.ADDED if after else ChangeKind.REMOVED
    return Change(place.name, place.anchor, kind, spans, part=part)


# --- groups and their members: sections and items, tiers and recipients ------------


class _Grouped:
    """Members of several groups in one sequence."""

    def __init__(self, sizes: Iterable[int]) -> None:
        """Number the members of groups of those sizes throughout."""
        self.groups: list[range] = []
        self.group_of: list[int] = []
        for number, size in enumerate(sizes):
            start = len(self.group_of)
            self.groups.append(range(start, start + size))
            self.group_of += [number] * size

    def position(self, member: int) -> int:
        """Return where in its group the member stands, from 1."""
        return member - self.groups[self.group_of[member]].start + 1


class _Arrangement:
    """Which members of old groups became which of new ones."""

    def __init__(
        self, before: _Grouped, after: _Grouped, pairs: Sequence[Pair]
    ) -> None:
        self.before, self.after = before, after
        self._origins = {j: i for i, j in pairs}
        self._kept = {i for i, _ in pairs}

    def steps(self, old: int | None, new: int | None) -> Iterator[Step]:
        """Yield what stands in the new group, and what is gone from the old one."""
        left = range(0) if old is None else self.before.groups[old]
        came = range(0) if new is None else self.after.groups[new]
        stayed = [(self._origins[j], j) for j in came if self._origins.get(j) in left]
        gone = [i for i in left if i not in self._kept]
        return steps(stayed, gone, came, self._origins)

    def shared_groups(self) -> Counter[Pair]:
        """Count the members that each old group has in common with each new one."""
        return Counter(
            (self.before.group_of[i], self.after.group_of[j])
            for j, i in self._origins.items()
        )


# --- sections ---------------------------------------------------------------------


def _sections(before: IssueDocument, after: IssueDocument) -> Iterator[Change]:
    return _Sections(before.sections, after.sections).changes()


class _Sections:
    """The sections of both documents with their items, which may change section."""

    def __init__(
        self, before: Sequence[SectionEntry], after: Sequence[SectionEntry]
    ) -> None:
        self._before, self._after = before, after
        self._old = [item for section in before for item in section.items]
        self._new = [item for section in after for item in section.items]
        self._items = _Arrangement(
            _Grouped(len(section.items) for section in before),
            _Grouped(len(section.items) for section in after),
            belonging(list(map(_member, self._old)), list(map(_member, self._new))),
        )

    def changes(self) -> Iterator[Change]:
        """Yield the changes of each section, and behind it those of its items."""
        pairs = _section_pairs(self._before, self._after, self._items.shared_groups())
        kept = {i for i, _ in pairs}
        gone = [i for i in range(len(self._before)) if i not in kept]
        for step in steps(pairs, gone, range(len(self._after))):
            yield from self._section(step)
            for item_step in self._items.steps(step.before, step.after):
                yield from self._item(item_step, step)

    def _section(self, step: Step) -> Iterator[Change]:
        old = None if step.before is None else self._before[step.before]
        new = None if step.after is None else self._after[step.after]
        place = _section_place(step, old, new)
        if old is None or new is None:
            kind = ChangeKind.REMOVED if new is None else ChangeKind.ADDED
            titles = (old.title if old else "", new.title if new else "")
            yield Change(place.name, place.anchor, kind, words.replaced(*titles))
            return
        if step.has_moved and step.before is not None:
            note = f"原为第{step.before + 1}个栏目"
            yield Change(place.name, place.anchor, ChangeKind.MOVED, note=note)
        yield from _line(place, "名称", old.title, new.title)

    def _item(self, step: Step, section: Step) -> Iterator[Change]:
        old = None if step.before is None else self._old[step.before]
        new = None if step.after is None else self._new[step.after]
        anchor = self._anchor(step, section)
        if step.has_moved and step.before is not None and new is not None:
            place = _item_place(new, anchor)
            note = self._origin(step.before, section.before)
            yield Change(place.name, anchor, ChangeKind.MOVED, note=note)
        yield from _item_changes(old, new, anchor)

    def _anchor(self, step: Step, section: Step) -> str:
        """Return where the item is in the new page, or where it would be looked for."""
        if section.after is None:
            return ""
        if step.after is None or isinstance(self._new[step.after], BriefEntry):
            return section_anchor(section.after)
        return article_anchor(section.after, self._items.after.position(step.after) - 1)

    def _origin(self, item: int, home: int | None) -> str:
        """Say where the item stood; of its own section that is only its position."""
        number = self._items.before.group_of[item]
        section = self._before[number]
        unit = "篇" if section.kind is SectionKind.ARTICLES else "条"
        position = f"第{self._items.before.position(item)}{unit}"
        if number == home:
            return f"原为{position}"
        return f"原在{_section_name(section)}{position}"


def _section_pairs(
    before: Sequence[SectionEntry],
    after: Sequence[SectionEntry],
    shared: Counter[Pair],
) -> list[Pair]:
    """Pair sections of one name, then those with items in common, then in order."""
    old = [(section.kind, section.title) for section in before]
    new = [(section.kind, section.title) for section in after]
    places = {key: i for i, key in enumerate(old) if key[1]}
    named = [(places[key], j) for j, key in enumerate(new) if key[1] and key in places]
    pairs = _one_to_one([*named, *sorted(shared, key=lambda p: (-shared[p], p))])
    left = [i for i in range(len(old)) if i not in pairs]
    taken = set(pairs.values())
    free = [j for j in range(len(new)) if j not in taken]
    for kind in SectionKind:
        unnamed = (kind, "")
        pairs |= zip(
            (i for i in left if old[i] == unnamed),
            (j for j in free if new[j] == unnamed),
            strict=False,
        )
    return sorted(pairs.items(), key=lambda pair: pair[1])


def _one_to_one(pairs: Iterable[Pair]) -> dict[int, int]:
    """Keep of the pairs those whose members no earlier one has."""
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in pairs:
        if i not in chosen and j not in taken:
            chosen[i] = j
            taken.add(j)
    return chosen


def _section_place(
    step: Step, old: SectionEntry | None, new: SectionEntry | None
) -> Place:
    section = new or old
    name = _section_name(section) if section else ""
    return Place(name, "" if step.after is None else section_anchor(step.after))


def _section_name(section: SectionEntry) -> str:
    if section.title:
        return f"栏目“{section.title}”"
    is_articles = section.kind is SectionKind.ARTICLES
    return "未列名的文章栏目" if is_articles else "未列名的简讯栏目"


# --- articles and brief items -----------------------------------------------------


def _member(item: Entry) -> Member:
    if isinstance(item, ArticleEntry):
        text = _TAG.sub("", item.body)
        return Member(item, text, item.plain_title, "article")
    return Member(item, item.text, item.lead, "brief")


def _item_place(item: Entry, anchor: str) -> Place:
    if isinstance(item, ArticleEntry):
        return Place(f"《{_shortened(item.plain_title) or '未命名文章'}》", anchor)
    return Place(f"简讯“{_shortened(item.lead)}”", anchor)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _item_changes(
    old: Entry | None, new: Entry | None, anchor: str
) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, ArticleEntry) and isinstance(new, ArticleEntry):
        yield from _article_changes(old, new, anchor)
    elif isinstance(old, BriefEntry) and isinstance(new, BriefEntry):
        yield from _brief_changes(old, new, anchor)
    elif new is not None:
        yield from _whole_item(new, anchor, ChangeKind.ADDED)
    elif old is not None:
        yield from _whole_item(old, anchor, ChangeKind.REMOVED)


def _article_changes(
    old: ArticleEntry, new: ArticleEntry, anchor: str
) -> Iterator[Change]:
    place = _item_place(new, anchor)
    yield from _line(place, "标题", old.title, new.title)
    # Where the contents say the title itself, its change has been told.
    if not (_has_own_title_in_contents(old) and _has_own_title_in_contents(new)):
        yield from _line(place, "目录标题", old.contents_title, new.contents_title)
    yield from _line(place, "供稿单位", old.source, new.source)
    if old.body != new.body:
        yield from _body_changes(place, old.body, new.body)


def _has_own_title_in_contents(article: ArticleEntry) -> bool:
    return article.contents_title == article.plain_title


def _body_changes(place: Place, before: str, after: str) -> Iterator[Change]:
    changes = list(blocks.between(place, blocks.of_body(before), blocks.of_body(after)))
    # Lists joined or parted, say: every paragraph is what it was.
    whole = Change(
        place.name, place.anchor, ChangeKind.CHANGED, part="正文", note="格式有改动"
    )
    yield from changes or [whole]


def _brief_changes(old: BriefEntry, new: BriefEntry, anchor: str) -> Iterator[Change]:
    place = _item_place(new, anchor)
    yield from _line(place, "首句", old.lead, new.lead)
    yield from _line(place, "内容", old.text, new.text)
    yield from _line(place, "供稿单位", old.source, new.source)


def _whole_item(item: Entry, anchor: str, kind: ChangeKind) -> Iterator[Change]:
    place = _item_place(item, anchor)
    if isinstance(item, BriefEntry):
        source = f"（{item.source}）" if item.source else ""
        yield _whole(place, kind, item.printed + source, note="整条")
        return
    yield _whole(place, kind, item.plain_title, note="整篇")
    empty = ArticleEntry(title=item.title, contents_title=item.plain_title)
    is_added = kind is ChangeKind.ADDED
    old, new = (empty, item) if is_added else (item, empty)
    for change in _article_changes(old, new, anchor):
        yield dataclasses.replace(change, place=place.name)


def _whole(place: Place, kind: ChangeKind, text: str, *, note: str) -> Change:
    added = SpanKind.INSERTED if kind is ChangeKind.ADDED else SpanKind.DELETED
    spans = (Span(text, added),) if text else ()
    return Change(place.name, place.anchor, kind, spans, note=note)


# --- recipients -------------------------------------------------------------------


def _recipients(before: IssueDocument, after: IssueDocument) -> Iterator[Change]:
    """Yield who came, went, or stands elsewhere in the lists."""
    old, new = _listed(before), _listed(after)
    arrangement = _Arrangement(
        _Grouped(len(names) for _, names in before.recipients.tiers()),
        _Grouped(len(names) for _, names in after.recipients.tiers()),
        _recipient_pairs(old, new),
    )
    for tier, (label, _) in enumerate(after.recipients.tiers()):
        for step in arrangement.steps(tier, tier):
            one = None if step.before is None else old[step.before]
            other = None if step.after is None else new[step.after]
            if one is None or other is None:
                name = (one[1] if one else "", other[1] if other else "")
                yield _field(_IMPRINT, _TIER_NAMES[label], *name, words.replaced(*name))
            elif step.has_moved and step.before is not None:
                place = arrangement.before.position(step.before)
                yield _moved_recipient(other, f"原在“{one[0]}”第{place}位")


def _listed(document: IssueDocument) -> list[tuple[str, str]]:
    return [
        (label, name) for label, names in document.recipients.tiers() for name in names
    ]


def _recipient_pairs(
    old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]
) -> list[Pair]:
    """Pair equal names, first those that stay in their list."""
    within = belonging([Member(r, "") for r in old], [Member(r, "") for r in new])
    kept = {i for i, _ in within}
    gone = [i for i in range(len(old)) if i not in kept]
    taken = {j for _, j in within}
    came = [j for j in range(len(new)) if j not in taken]
    elsewhere = belonging(
        [Member(old[i][1], "") for i in gone], [Member(new[j][1], "") for j in came]
    )
    return [*within, *((gone[i], came[j]) for i, j in elsewhere)]


def _moved_recipient(recipient: tuple[str, str], note: str) -> Change:
    label, name = recipient
    return Change(
        _IMPRINT.name,
        _IMPRINT.anchor,
        ChangeKind.MOVED,
        (Span(name),),
        part=_TIER_NAMES[label],
        note=note,
    )
