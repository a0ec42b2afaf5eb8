"""The rows that published items are read and found by, kept from editions alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db import transaction

from bulletins.bounds import SectionKind
from bulletins.document import from_json
from bulletins.models import Issue, PublishedItem, SearchEntry, SearchText, Section
from bulletins.search.entries import Indexed, indexed
from bulletins.search.items import UNPRINTED, texts_of

_COLUMNS = (
    "edition_id",
    "number",
    "ordinal",
    "kind",
    "anchor",
    "section",
    "source",
    "title",
    "lead",
    "text",
)


@transaction.atomic
def index_issue(issue: Issue) -> None:
    """Make the rows of an issue say what its current edition says; none if it is not out.

    Call it in the transaction that makes an edition current or withdraws the issue.
    """
    PublishedItem.objects.filter(issue=issue).delete()
    add_to_index(PublishedItem.objects.bulk_create(items_of(issue)))


def add_to_index(items: Sequence[PublishedItem]) -> None:
    """Make the rows by which new items are found; their issues are at hand."""
    found_by = [(item, indexed_of(item)) for item in items]
    SearchEntry.objects.bulk_create(
        SearchEntry(
            item=item,
            issue=item.issue,
            facet=columns.facet,
            recency=columns.recency,
            title=columns.title,
            opening=columns.opening,
        )
        for item, columns in found_by
    )
    SearchText.objects.bulk_create(
        SearchText(item=item, folded=columns.folded, tokens=columns.tokens)
        for item, columns in found_by
    )


def items_of(issue: Issue) -> list[PublishedItem]:
    """Return the rows an issue ought to have, not saved.

    Drafts have none, and what was withdrawn is not found any more. Whether anyone may
    see them is asked when they are looked for: that may change without a new edition.
    """
    if issue.status != Issue.Status.ISSUED:
        return []
    editions = list(issue.editions.order_by("ordinal"))
    documents = [from_json(json.loads(edition.document)) for edition in editions]
    kinds = PublishedItem.Kind
    return [
        PublishedItem(
            issue=issue,
            edition=editions[-1],
            number=text.number,
            ordinal=text.ordinal,
            kind=kinds.BRIEF if text.is_brief else kinds.ARTICLE,
            anchor=text.anchor,
            section=text.section,
            source=text.source,
            title=text.title,
            lead=text.lead,
            text=text.text,
        )
        for text in texts_of(documents, dict(_unprinted(issue)))
    ]


def _unprinted(issue: Issue) -> Iterator[tuple[SectionKind, str]]:
    """Yield what sections without a heading are called within the office."""
    yield from UNPRINTED.items()
    hidden = Section.objects.filter(bulletin=issue.bulletin_id, show_heading=False)
    # The first of a kind counts, so it comes last.
    for kind, name in hidden.order_by("-position", "-pk").values_list("kind", "name"):
        yield SectionKind(kind), name


def indexed_of(item: PublishedItem) -> Indexed:
    """Return what the index ought to say of an item."""
    issue = item.issue
    assert issue.date is not None  # noqa: S101 - held by a constraint of Issue
    return indexed(item, bulletin=issue.bulletin_id, date=issue.date, label=issue.label)


# --- making them anew -------------------------------------------------------------


def is_indexed(issue: Issue) -> bool:
    """Return whether the rows of an issue say what its editions say."""
    rows = PublishedItem.objects.filter(issue=issue).order_by("ordinal")
    items = list(rows.select_related("search_entry", "search_text"))
    if [_said(item) for item in items] != [_said(item) for item in items_of(issue)]:
        return False
    for item in items:
        item.issue = issue
    return all(_stored(item) == indexed_of(item) for item in items)


def _said(item: PublishedItem) -> tuple[object, ...]:
    return tuple(getattr(item, column) for column in _COLUMNS)


def _stored(item: PublishedItem) -> Indexed | None:
    entry = getattr(item, "search_entry", None)
    text = getattr(item, "search_text", None)
    if entry is None or text is None or entry.issue_id != item.issue_id:
        return None
    return Indexed(
        facet=entry.facet,
        recency=entry.recency,
        title=entry.title,
        opening=entry.opening,
        folded=text.folded,
        tokens=text.tokens,
    )


@transaction.atomic
def mend(pk: int) -> bool:
    """Make the rows of an issue right if they are not; return whether they were not.

    Under the lock under which issues move: who publishes meanwhile waits, who reads
    sees the rows as they were or as they are.
    """
    issue = Issue.objects.select_for_update().get(pk=pk)
    if is_indexed(issue):
        return False
    index_issue(issue)
    return True
