"""Tasks that a worker took and did not live to finish: given to the next one."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

# A task that outlives no worker is what ends them: it is left for the doctor to tell.
MOST_WORKERS = 5


class OutlivedNoWorker(Exception):
    """Each worker that took the task ended before it."""


def requeue(unfinished_for: dt.timedelta) -> tuple[int, int]:
    """Put back what has been running for longer; return how many were, and how many failed.

    A task may be done twice: it writes what the rows say, and finds it written.
    """
    begun_before = timezone.now() - unfinished_for
    left = DBTaskResult.objects.running().filter(started_at__lt=begun_before)
    tasks = list(left)
    lost = [task for task in tasks if len(task.worker_ids) >= MOST_WORKERS]
    for task in lost:
        task.set_failed(OutlivedNoWorker(f"{MOST_WORKERS} workers took it and ended"))
    others = left.exclude(pk__in=[task.pk for task in lost])
    put_back = others.update(status=TaskResultStatus.READY, started_at=None)
    return put_back, len(lost)
