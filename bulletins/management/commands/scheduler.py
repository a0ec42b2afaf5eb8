"""Runs what has to run at set times, for installations without cron or systemd timers."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

_log = logging.getLogger(__name__)

_WORKDAYS = range(5)


@dataclass(frozen=True, slots=True)
class Job:
    """A command, and whether it is due in a given minute of local time."""

    command: tuple[str, ...]
    is_due: Callable[[dt.datetime], bool]


def every(minutes: int) -> Callable[[dt.datetime], bool]:
    """Return the rule of a job that runs each so many minutes, counted from the hour."""
    return lambda now: now.minute % minutes == 0


def daily(hour: int, minute: int, days: range = range(7)) -> Callable[[dt.datetime], bool]:  # fmt: skip
    """Return the rule of a job that runs at a time of day, on days from Monday as 0."""
    return lambda now: (now.hour, now.minute) == (hour, minute) and now.weekday() in days  # fmt: skip


def jobs() -> Iterator[Job]:
    """Yield what docs/operations.md asks to be run, and the backup where it is wanted."""
    yield Job(("publish_due",), every(1))
    yield Job(("send_mails",), every(5))
    yield Job(("requeue_tasks",), every(10))
    yield Job(("remind_reviewers",), daily(8, 30, _WORKDAYS))
    if folder := os.environ.get("BACKUP_DIR"):
        yield Job(("backup", folder, "--keep", "14"), daily(2, 0))
    yield Job(("verify_editions",), daily(3, 0))
    yield Job(("export_site", "--verify"), daily(3, 30))
    yield Job(("clearsessions",), daily(4, 0))
    yield Job(("prune_db_task_results",), daily(4, 10))


def due(now: dt.datetime) -> list[Job]:
    """Return the jobs of this minute."""
    return [job for job in jobs() if job.is_due(now)]


class Running:
    """The jobs at work; the same command never runs twice at once."""

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, job: Job) -> bool:
        """Start the job, unless its last run still goes on."""
        self.reap()
        name = job.command[0]
        if name in self._processes:
            return False
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        command = [sys.executable, manage, *job.command]
        # What it says goes where this process's words go.
        self._processes[name] = subprocess.Popen(command)  # noqa: S603 - fixed words
        return True

    def reap(self) -> None:
        """Forget those that have ended, and tell of a failure."""
        for name, process in list(self._processes.items()):
            if (status := process.poll()) is None:
                continue
            del self._processes[name]
            if status:
                _log.error("%s ended with status %s", name, status)

    def wait(self) -> None:
        """Wait for all to end."""
        for process in self._processes.values():
            process.wait()
        self.reap()


class Command(BaseCommand):
    """Each minute the jobs that are due are started, each in a process of its own."""

    help = (
        "按时运行定时印发、补发邮件、催办、核验和备份；收到停止信号后等手头的做完再退出"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        running = Running()
        for minute in minutes(stopped.wait):
            for job in due(minute):
                running.start(job)
        running.wait()


def minutes(wait: Callable[[float], bool]) -> Iterator[dt.datetime]:
    """Yield each minute as it begins, until the wait for the next one is ended.

    Each once: while a clock is put right one may wake early, or see a minute again.
    """
    last = None
    while not wait(_until_next_minute(timezone.localtime())):
        minute = timezone.localtime().replace(second=0, microsecond=0)
        if minute != last:
            yield minute
        last = minute


def _until_next_minute(now: dt.datetime) -> float:
    return 60.0 - now.second - now.microsecond / 1_000_000
