"""Whose eyes a page is made for: anyone's, or those of the office itself."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet

from bulletins.archive.addresses import Kind, Place
from bulletins.document import from_json
from bulletins.models import Bulletin, Edition, Issue, IssueQuerySet, PublishedItem
from bulletins.search.items import ItemText, texts_of

_ORDER = ("date", "number", "pk")


class Reach(StrEnum):
    """PUBLIC pages stand in the tree; STAFF pages of internal bulletins never do."""

    PUBLIC = "public"
    STAFF = "staff"


def issues(reach: Reach) -> IssueQuerySet:
    """Return the issues that may be shown, with their bulletin and edition."""
    found = (
        Issue.objects.public()
        if reach is Reach.PUBLIC
        else Issue.objects.filter(status=Issue.Status.ISSUED)
    )
    return found.select_related("bulletin", "edition")


def bulletins(reach: Reach) -> QuerySet[Bulletin]:
    """Return the bulletins that may be named."""
    found = Bulletin.objects.order_by("pk")
    if reach is Reach.PUBLIC:
        return found.filter(audience=Bulletin.Audience.PUBLIC)
    return found


def public_items() -> QuerySet[PublishedItem]:
    """Return the items anyone may read, with their issue and bulletin."""
    return PublishedItem.objects.filter(
        issue__in=Issue.objects.public().values("pk")
    ).select_related("issue__bulletin")


def located(found: IssueQuerySet, place: Place) -> IssueQuerySet:
    """Return what of the issues stands at the address: one or none."""
    is_supplement = place.number.startswith("s")
    return found.filter(
        bulletin__slug=place.slug,
        kind=Issue.Kind.SUPPLEMENT if is_supplement else Issue.Kind.REGULAR,
        date__year=place.year,
        number=int(place.number.removeprefix("s")),
    )


def withdrawn_at(place: Place) -> Issue | None:
    """Return the issue that stood at the address, or around it, and was withdrawn."""
    if not place.number:
        return None
    found = Issue.objects.withdrawn().select_related("bulletin", "edition")
    return located(found, place).first()


# --- what a correction took out ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemovedPiece:
    """An article or a brief item that stood in an issue until a correction.

    ``last`` is the last edition that has it, at ``anchor``; ``removed_by`` the one
    after it, whose note says why. Its ``number`` is never given to another.
    """

    issue: Issue
    number: int
    title: str
    anchor: str
    last: Edition
    removed_by: Edition


def removed_at(place: Place) -> RemovedPiece | None:
    """Return the piece that stood at a public address before a correction."""
    if place.kind is not Kind.ITEM:
        return None
    found = located(issues(Reach.PUBLIC), place).first()
    return removed_from(found, place.ordinal) if found else None


def removed_from(issue: Issue, number: int) -> RemovedPiece | None:
    """Return the piece that had this number; the issue should be one that is shown."""
    pieces = removed_pieces(issue)
    return next((piece for piece in pieces if piece.number == number), None)


def removed_pieces(issue: Issue) -> list[RemovedPiece]:
    """Return what corrections took out of an issue that is shown."""
    if issue.edition is None or issue.edition.ordinal == 1:
        return []
    editions = list(issue.editions.order_by("ordinal"))
    return [
        RemovedPiece(
            issue=issue,
            number=text.number,
            title=text.title,
            anchor=text.anchor,
            last=editions[count - 1],
            removed_by=editions[count],
        )
        for count, text in _removed(tuple(edition.document for edition in editions))
    ]


# Whoever follows old links asks for the pieces of one issue again and again.
@functools.lru_cache(maxsize=8)
def _removed(documents: tuple[str, ...]) -> tuple[tuple[int, ItemText], ...]:
    """Return each text that is gone, and how many editions there were until then."""
    parsed = [from_json(json.loads(document)) for document in documents]
    last_seen = {
        text.number: (count, text)
        for count in range(1, len(parsed) + 1)
        for text in texts_of(parsed[:count])
    }
    return tuple(seen for seen in last_seen.values() if seen[0] < len(parsed))


# --- beside an issue --------------------------------------------------------------


def before(found: IssueQuerySet, issue: Issue) -> Issue | None:
    """Return the issue of the same bulletin that came out before this one."""
    earlier = Q(date__lt=issue.date) | Q(date=issue.date) & (
        Q(number__lt=issue.number) | Q(number=issue.number, pk__lt=issue.pk)
    )
    same = found.filter(earlier, bulletin=issue.bulletin_id)
    return same.order_by(*(f"-{name}" for name in _ORDER)).first()


def after(found: IssueQuerySet, issue: Issue) -> Issue | None:
    """Return the issue of the same bulletin that came out after this one."""
    later = Q(date__gt=issue.date) | Q(date=issue.date) & (
        Q(number__gt=issue.number) | Q(number=issue.number, pk__gt=issue.pk)
    )
    return found.filter(later, bulletin=issue.bulletin_id).order_by(*_ORDER).first()
