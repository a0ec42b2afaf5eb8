"""What an issue is made of, item by item: saved, ordered, taken out, put back, moved.

Each change locks the issue, asks whether the text is open to this person, and leaves
a Revision. A save names the version it was typed over: a newer one is never lost.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from bulletins import markup
from bulletins.composing import (
    add_item,
    add_items,
    add_recipients,
    entry_of,
    next_position,
    printed_order,
)
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    Entry,
    IssueDocument,
    SectionEntry,
)
from bulletins.models import (
    Article,
    Bulletin,
    Contribution,
    Issue,
    RemovedItem,
    Section,
)
from bulletins.workflow.editing import may_edit, record_edit
from bulletins.workflow.ordering import Item, key_of, order_text
from bulletins.workflow.recording import lock
from bulletins.workflow.refusing import WorkflowError

_ENTRY_OF: dict[Section.Kind, type[Entry]] = {
    Section.Kind.ARTICLES: ArticleEntry,
    Section.Kind.BRIEFS: BriefEntry,
}


class Overtaken(WorkflowError):
    """Somebody has saved a newer version of the row than the one typed over."""

    def __init__(self, current: Issue | Item | Contribution | Bulletin) -> None:
        super().__init__("您打开之后，别人已经保存了新的内容")
        self.current = current


class Gone(WorkflowError):
    """The row was removed meanwhile; what was typed over it is in the caller's hands."""


def open_for(issue: Issue, by: User) -> Issue:
    """Return the issue, locked, if its text is open to the person; else refuse."""
    issue = lock(issue)
    if not may_edit(issue, by):
        state = issue.get_status_display()
        raise WorkflowError(f"没有保存：这一期已是“{state}”，您不能修改")
    return issue


@transaction.atomic
def save_item(item: Item, *, by: User, seen: int | None) -> Item:
    """Save a new item, or one typed over version ``seen``; raises Overtaken and Gone.

    A new item without a position stands last in the issue.
    """
    issue = open_for(item.issue, by)
    if item.pk is None:
        item.position = item.position or next_position(issue)
    else:
        # One that was moved meanwhile is another issue's, which is not asked here.
        current = type(item).objects.filter(pk=item.pk, issue=issue).first()
        if current is None:
            raise Gone("这篇稿件已被别人删除或移到别处")
        if current.version != seen:
            raise Overtaken(current)
        # Its place may have been changed beside the text.
        item.position = current.position
        item.version = current.version + 1
    item.save()
    record_edit(issue, by=by)
    return item


@transaction.atomic
def arrange(
    issue: Issue,
    order: Sequence[tuple[Section, Sequence[Item]]],
    *,
    by: User,
    seen: str | None = None,
) -> None:
    """Put the items in this order, each under its section.

    Refused unless it names each item of the issue once: else one that was added
    meanwhile would stand where nobody put it. ``seen`` is the order the person had
    before their eyes (``order_text``); None: not asked.
    """
    issue = open_for(issue, by)
    named = [item for _, items in order for item in items]
    now = printed_order(issue)
    there = [row for _, rows in now for row in rows]
    if seen is not None and seen != order_text(now):
        raise WorkflowError("顺序或稿件刚被改动过，您的移动没有办理，请看清后再排")
    if sorted(map(key_of, named)) != sorted(map(key_of, there)):
        raise WorkflowError("稿件有增减，顺序没有改，请刷新后再排")
    position = 0
    for section, items in order:
        for item in items:
            position += 1
            _check_section(section, issue, item)
            type(item).objects.filter(pk=item.pk).update(
                section=section, position=position
            )
    record_edit(issue, by=by)


@transaction.atomic
def remove_item(item: Item, *, by: User) -> RemovedItem:
    """Take an item out of its issue, and keep it to be put back."""
    issue = open_for(item.issue, by)
    current = type(item).objects.filter(pk=item.pk, issue=issue).first()
    if current is None:
        raise Gone("这篇稿件已被别人删除或移到别处")
    removed = RemovedItem.objects.create(
        issue=issue,
        section=current.section,
        position=current.position,
        entry=json.dumps(dataclasses.asdict(entry_of(current)), ensure_ascii=False),
        removed_by=by,
        removed_at=timezone.now(),
    )
    current.adoptions.update(article=None, brief_item=None, removed_item=removed)
    current.delete()
    record_edit(issue, by=by)
    return removed


@transaction.atomic
def put_back(removed: RemovedItem, *, by: User) -> Item:
    """Put a removed item back into its issue, where it stood."""
    issue = open_for(removed.issue, by)
    if not RemovedItem.objects.filter(pk=removed.pk).exists():
        raise Gone("这篇稿件已经恢复")
    section, entry = removed.section, removed_entry(removed)
    item = add_item(issue, section, removed.position, entry)
    is_article = isinstance(item, Article)
    # Turned down or let wait meanwhile, the piece it was copied from is used again.
    Contribution.objects.filter(adoptions__removed_item=removed).update(
        state=Contribution.State.ADOPTED,
        reason="",
        decided_by=by,
        decided_at=timezone.now(),
    )
    removed.adoptions.update(
        **{"article" if is_article else "brief_item": item}, removed_item=None
    )
    removed.delete()
    record_edit(issue, by=by)
    return item


def removed_entry(removed: RemovedItem) -> Entry:
    """Return what was taken out, as it stood in the document."""
    kind = Section.Kind(removed.section.kind)
    return _ENTRY_OF[kind](**json.loads(removed.entry))


@transaction.atomic
def move_item(item: Item, to: Issue, section: Section, *, by: User) -> Item:
    """Move an item to the end of another open issue, under one of its sections."""
    # Always in the same order, so that two who move to and fro do not wait in a ring.
    for issue in sorted({item.issue, to}, key=lambda issue: issue.pk):
        open_for(issue, by)
    current = type(item).objects.filter(pk=item.pk, issue=item.issue).first()
    if current is None:
        raise Gone("这篇稿件已被别人删除或移到别处")
    source = current.issue
    _check_section(section, to, current)
    current.issue, current.section = to, section
    current.position = next_position(to)
    current.save()
    current.adoptions.update(issue=to)
    record_edit(source, by=by)
    record_edit(to, by=by)
    return current


@transaction.atomic
def add_entries(
    issue: Issue, section: Section, entries: Sequence[Entry], *, by: User
) -> int:
    """Add items of one section at the end of the issue; returns how many.

    What stands in the issue word for word is not added again: so a form that was sent
    twice does nothing the second time.
    """
    issue = open_for(issue, by)
    there = {entry_of(row) for _, rows in printed_order(issue) for row in rows}
    added = [entry for entry in dict.fromkeys(entries) if entry not in there]
    for position, entry in enumerate(added, start=next_position(issue)):
        _check_section(section, issue, add_item(issue, section, position, entry))
    record_edit(issue, by=by)
    return len(added)


@transaction.atomic
def add_document(
    issue: Issue, document: IssueDocument, *, by: User
) -> tuple[SectionEntry, ...]:
    """Add what a document says behind what the issue has; the first text fills the rest.

    The number, the date and whatever the issue says already stay. Returns what was
    added: what stands in the issue word for word is not added again, as above.
    """
    issue = open_for(issue, by)
    order = printed_order(issue)
    there = {entry_of(row) for _, rows in order for row in rows}
    if not order:
        for name in ("editors_note", "signatory", "editor", "copies"):
            setattr(issue, name, getattr(issue, name) or getattr(document, name))
        issue.version += 1
        issue.save()
        if not issue.recipients.exists():
            add_recipients(issue, document)
    added = tuple(_not_yet(there, document.sections))
    add_items(issue, dataclasses.replace(document, sections=added))
    record_edit(issue, by=by)
    return added


def _not_yet(
    there: set[Entry], sections: Iterable[SectionEntry]
) -> Iterator[SectionEntry]:
    """Yield the sections with those of their items that do not stand there yet."""
    for section in sections:
        items = tuple(item for item in section.items if _as_kept(item) not in there)
        if items:
            yield dataclasses.replace(section, items=items)


def _as_kept(entry: Entry) -> Entry:
    """Return an entry as it reads once a row of it was made."""
    if isinstance(entry, BriefEntry):
        return entry
    return dataclasses.replace(entry, body=markup.clean(entry.body))


def _check_section(section: Section, issue: Issue, item: Item) -> None:
    kind = Section.Kind.ARTICLES if isinstance(item, Article) else Section.Kind.BRIEFS
    if section.bulletin_id != issue.bulletin_id or section.kind != kind:
        raise WorkflowError(f"“{item}”不能放在栏目“{section.name}”")
