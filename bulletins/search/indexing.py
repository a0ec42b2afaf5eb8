"""The rows that published items are read and found by, kept from editions alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import transaction

from bulletins.bounds import SectionKind
from bulletins.document import from_json
from bulletins.models import Issue, PublishedItem, Section
from bulletins.search.items import UNPRINTED, texts_of

# What has editions of which one is current: drafts have none, and what was withdrawn
# is not found any more. Whether anyone may see it is asked when it is looked for.
_FOUND = (Issue.Status.ISSUED,)


@transaction.atomic
def index_issue(issue: Issue) -> None:
    """Make the rows of an issue say what its current edition says; none if it is not out.

    Call it in the transaction that makes an edition current or withdraws the issue.
    """
    PublishedItem.objects.filter(issue=issue).delete()
    PublishedItem.objects.bulk_create(items_of(issue))


def items_of(issue: Issue) -> list[PublishedItem]:
    """Return the rows an issue ought to have, not saved."""
    if issue.status not in _FOUND:
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
