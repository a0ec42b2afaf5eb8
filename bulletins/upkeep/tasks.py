"""Tasks that a worker took and did not live to finish: given to the next one."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult


def requeue(unfinished_for: dt.timedelta) -> int:
    """Put back what has been running for longer; return how many tasks that were.

    A task may be done twice: it writes what the rows say, and finds it written.
    """
    begun_before = timezone.now() - unfinished_for
    left = DBTaskResult.objects.running().filter(started_at__lt=begun_before)
    return left.update(status=TaskResultStatus.READY, started_at=None)
