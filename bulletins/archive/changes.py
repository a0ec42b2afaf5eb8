"""What has happened to what anyone may read, and when: out, corrected, withdrawn."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from bulletins.models import Event, Issue

_MOVES = (Event.Move.PUBLISH, Event.Move.CORRECT, Event.Move.WITHDRAW)
# Not of a list's affair, and by far the largest part of the rows.
_TEXTS = ("document", "layout", "issue__edition__document")


def last_changes() -> QuerySet[Event]:
    """Return the last of these moves of each issue that is public or was, the oldest first."""
    known = Issue.objects.public() | Issue.objects.withdrawn()
    later = Event.objects.filter(
        issue=OuterRef("issue"), move__in=_MOVES, pk__gt=OuterRef("pk")
    )
    return (
        _with_issues(
            Event.objects.filter(move__in=_MOVES, issue__in=known.values("pk"))
        )
        .filter(~Exists(later))
        .order_by("at", "pk")
    )


def withdrawals() -> QuerySet[Event]:
    """Return the withdrawals of what was public, the latest first."""
    gone = Issue.objects.withdrawn().values("pk")
    found = Event.objects.filter(move=Event.Move.WITHDRAW, issue__in=gone)
    return _with_issues(found).order_by("-at", "-pk")


def _with_issues(found: QuerySet[Event]) -> QuerySet[Event]:
    return found.select_related("issue__bulletin", "issue__edition").defer(*_TEXTS)
