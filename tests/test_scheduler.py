"""What the scheduler runs, and when."""

import datetime as dt
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bulletins.management.commands.scheduler import Job, Running, due, jobs, minutes

ROOT = Path(__file__).parents[1]
WEDNESDAY, SATURDAY = dt.date(2026, 11, 25), dt.date(2026, 11, 28)


def commands_at(day: dt.date, hour: int, minute: int) -> set[str]:
    now = dt.datetime.combine(day, dt.time(hour, minute))
    return {job.command[0] for job in due(now)}


def test_what_is_scheduled_is_published_each_minute():
    assert all("publish_due" in commands_at(SATURDAY, 23, m) for m in range(60))


@pytest.mark.django_db
def test_a_task_whose_worker_died_is_given_to_the_next_one():
    now = timezone.now()
    long_ago = now - dt.timedelta(minutes=11)

    def make(
        status: str, started_at: dt.datetime | None, workers: int = 1
    ) -> DBTaskResult:
        return DBTaskResult.objects.create(
            task_path="bulletins.archive.keeping.renew_issue",
            args_kwargs={"args": [1], "kwargs": {}},
            run_after=now,
            backend_name="default",
            status=status,
            started_at=started_at,
            worker_ids=["w"] * workers,
        )

    left, at_work = make("RUNNING", long_ago), make("RUNNING", now)
    done = make("SUCCESSFUL", long_ago)
    # Every worker that takes this one dies of it.
    deadly = make("RUNNING", long_ago, workers=5)
    out = io.StringIO()

    call_command("requeue_tasks", stdout=out)

    assert out.getvalue() == (
        "已放回1个没有做完的任务\n1个任务已让5个后台程序中途停止，记为失败，不再放回\n"
    )
    rows = {row.pk: row.status for row in DBTaskResult.objects.all()}
    assert rows == {
        left.pk: "READY",
        at_work.pk: "RUNNING",
        done.pk: "SUCCESSFUL",
        deadly.pk: "FAILED",
    }


def test_reminders_go_out_on_working_days_only():
    assert "remind_reviewers" in commands_at(WEDNESDAY, 8, 30)
    assert "remind_reviewers" not in commands_at(WEDNESDAY, 8, 31)
    assert "remind_reviewers" not in commands_at(SATURDAY, 8, 30)


def test_a_backup_is_made_only_where_it_is_wanted(monkeypatch):
    monkeypatch.delenv("BACKUP_DIR", raising=False)
    assert "backup" not in commands_at(WEDNESDAY, 2, 0)

    monkeypatch.setenv("BACKUP_DIR", "/backup")
    assert "backup" in commands_at(WEDNESDAY, 2, 0)


def test_a_minute_is_gone_through_once_though_the_clock_is_put_right(monkeypatch):
    # Woken a little early, then the clock is put back by half a minute.
    times = ["01:59:00", "01:59:59.99", "02:00:00", "02:00:00.5", "02:01:00"]
    clock = [dt.datetime.fromisoformat(f"2026-11-25T{time}+08:00") for time in times]
    monkeypatch.setattr(timezone, "localtime", lambda: clock[0])

    def wait(seconds: float) -> bool:
        assert 0 < seconds <= 60
        clock.pop(0)
        return not clock

    found = [f"{minute:%H:%M}" for minute in minutes(wait)]

    assert found == ["01:59", "02:00", "02:01"]


def test_every_job_is_a_command_that_exists(monkeypatch, settings):
    monkeypatch.setenv("BACKUP_DIR", "/backup")
    assert {job.command[0] for job in jobs()} <= get_commands().keys()


def test_a_job_that_still_runs_is_not_started_again(monkeypatch):
    class Slow:
        status = None

        def __init__(self, command):
            self.command = command

        def poll(self):
            return self.status

        def wait(self):
            type(self).status = 3

    monkeypatch.setattr(subprocess, "Popen", Slow)
    running, job = Running(), Job(("send_mails",), lambda now: True)

    assert running.start(job)
    assert not running.start(job)
    running.wait()
    assert running.start(job)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_scheduler_stops_when_it_is_told(number, tmp_path):
    environment = {**os.environ, "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", _DRIVER]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == 0


# Says so once the signals are taken, and waits for the next minute from then on.
_DRIVER = """
import os, sys, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "wuxiao_bulletin.settings"
import django
django.setup()
from bulletins.management.commands import scheduler
wait = threading.Event.wait
def told(self, timeout=None):
    print("ready", flush=True)
    return wait(self, timeout)
threading.Event.wait = told
scheduler.due = lambda now: []
scheduler.Command().handle()
"""
