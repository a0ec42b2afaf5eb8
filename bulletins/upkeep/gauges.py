"""What can be counted of a running system; metrics and the doctor read the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bulletins.models import Edition, Issue, Notice

_A_MAIL_IS_LATE_AFTER = dt.timedelta(minutes=10)
_MAILS_ARE_GIVEN_UP_AFTER = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Tasks:
    """The work handed over: how much waits, since when, and how much failed."""

    waiting: int
    failed: int
    oldest: dt.datetime | None


def issues_by_status() -> dict[str, int]:
    """Return how many issues there are in each status, none left out."""
    counted = Issue.objects.values_list("status").annotate(Count("pk")).order_by()
    found = dict(counted)
    return {status: found.get(status, 0) for status in Issue.Status.values}


def overdue(now: dt.datetime) -> int:
    """Return how many issues should have been published by then and were not."""
    return Issue.objects.due(now).count()


def failed_to_publish() -> int:
    """Return how many issues wait for somebody since their time came and went."""
    waiting = Issue.objects.filter(status=Issue.Status.APPROVED)
    return waiting.exclude(publish_failure="").count()


def last_published() -> dt.datetime | None:
    """Return when an edition was last frozen; None if never."""
    found: dt.datetime | None = Edition.objects.aggregate(at=Max("frozen_at"))["at"]
    return found


def mails_waiting(now: dt.datetime) -> int:
    """Return how many mails should have gone out and are still tried."""
    return (
        Notice.objects.filter(
            mailed_at=None,
            read_at=None,
            user__is_active=True,
            at__gt=now - _MAILS_ARE_GIVEN_UP_AFTER,
            at__lt=now - _A_MAIL_IS_LATE_AFTER,
        )
        .exclude(user__email="")
        .count()
    )


def tasks(since: dt.datetime | None = None) -> Tasks:
    """Count the work handed over; of what failed, only what did since then."""
    failed = DBTaskResult.objects.failed()
    if since is not None:
        failed = failed.filter(Q(finished_at=None) | Q(finished_at__gte=since))
    waiting = DBTaskResult.objects.ready()
    oldest = waiting.order_by("enqueued_at").values_list("enqueued_at", flat=True)
    return Tasks(waiting.count(), failed.count(), oldest.first())


def database_clock() -> dt.datetime:
    """Return what the time is in the database."""
    if connection.vendor != "postgresql":
        return timezone.now()  # it runs in this process
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: dt.datetime = cursor.fetchone()[0]
    return found


def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations the program comes with; reads the disk."""
    return frozenset(MigrationLoader(None).disk_migrations)


def migrations_missing(known: frozenset[tuple[str, str]]) -> list[str]:
    """Return which of them the database does not have."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in known - set(applied))
