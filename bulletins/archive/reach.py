"""Whose eyes a page is made for: anyone's, or those of the office itself."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Q, QuerySet

from bulletins.archive.addresses import Place
from bulletins.models import Bulletin, Issue, IssueQuerySet, PublishedItem

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
