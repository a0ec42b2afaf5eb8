"""Publishing killed at each step: the old state stands, or the new one, never a part.

The move runs in a process of its own, on the same database and media store, and is
ended by kill -9; what it left is judged from here.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from bulletins import workflow
from bulletins.models import Edition, Event, Issue
from tests.factories import make_clerk, make_issue, make_leader

pytestmark = pytest.mark.django_db(transaction=True)

FREEZING = "bulletins.workflow.freezing"
PUBLISHING = "bulletins.workflow.publishing"
RECORDING = "bulletins.workflow.recording"
DATABASE = "django.db.backends.base.base:BaseDatabaseWrapper"

# Where it dies: whose function, which, at which call, before it or after it.
# Each file costs three calls of fsync: its own, and one for each of two folders.
PRINTING = {
    "before it is judged": (PUBLISHING, "_ready_to_publish", 1, "before"),
    "before rendering": (PUBLISHING, "freeze", 1, "before"),
    "between page and PDF": (f"{FREEZING}:rendering", "render_pdf", 1, "before"),
    "after rendering": (f"{FREEZING}:rendering", "render_pdf", 1, "after"),
}
STORING = {
    "with the page on the disk but without its name": ("os", "fsync", 1, "after"),
    "after the page": (FREEZING, "_store", 1, "after"),
    "with the PDF written but without its name": ("os", "fsync", 4, "before"),
    "with the PDF on the disk but without its name": ("os", "fsync", 4, "after"),
    "after the PDF": (FREEZING, "_store", 2, "after"),
}
WRITING = {
    "before the lock": (PUBLISHING, "_publish", 1, "before"),
    "after the edition's row": (PUBLISHING, "_edition", 1, "after"),
    "after the issue's row": (f"{RECORDING}:Event.objects", "create", 1, "before"),
    "after the event": (f"{RECORDING}:notices", "tell", 1, "before"),
    "after the messages": (f"{RECORDING}:notices", "tell", 1, "after"),
    # The first commit is that of judging.
    "before the commit": (DATABASE, "_commit", 2, "before"),
}
AFTER_THE_COMMIT = (DATABASE, "_commit", 2, "after")
POINTS = {**PRINTING, **STORING, **WRITING}


def killed(move: str, issue: Issue, by: int, point: tuple, folder: Path) -> None:
    """Make the move in a process that dies at the point."""
    arguments = [move, issue.pk, by, *point]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash_driver", *map(str, arguments)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "wuxiao_bulletin.settings",
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def database_url() -> str:
    """Return the address of the database the test itself uses."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def make_signed() -> Issue:
    issue = workflow.submit(make_issue(number=None), by=make_clerk())
    return workflow.approve(issue, by=make_leader(issue.bulletin))


def assert_issued(issue: Issue, editions: int = 1) -> None:
    issue.refresh_from_db()
    assert (issue.status, issue.number) == (Issue.Status.ISSUED, 1)
    assert issue.edition == issue.editions.last()
    assert issue.editions.count() == editions
    assert [fault for e in Edition.objects.all() for fault in workflow.faults(e)] == []
    assert issue.events.filter(move=Event.Move.PUBLISH).count() == 1


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_left() -> tuple[list[Path], list[Path]]:
    """Return what lies in the media store: under its digest, and without a name yet."""
    files = list(Path(settings.MEDIA_ROOT).rglob("*.*"))
    parts = [path for path in files if path.suffix == ".part"]
    return [path for path in files if path not in parts], parts


@pytest.mark.parametrize("point", POINTS)
def test_publishing_killed_before_the_commit_has_not_happened(point, tmp_path):
    issue, clerk = make_signed(), make_clerk()

    killed("publish", issue, clerk.pk, POINTS[point], tmp_path)

    issue.refresh_from_db()
    assert (issue.status, issue.number) == (Issue.Status.APPROVED, None)
    assert (issue.edition, Edition.objects.count()) == (None, 0)
    assert issue.events.last().move == Event.Move.APPROVE
    assert not issue.notices.filter(event__move=Event.Move.PUBLISH).exists()
    whole, parts = files_left()
    assert len(parts) == ("without its name" in point)
    assert [path.name for path in whole if digest_of(path) != path.stem] == []

    assert_issued(workflow.publish(issue, by=clerk))


def test_publishing_killed_after_the_commit_has_happened(tmp_path):
    issue, clerk = make_signed(), make_clerk()

    killed("publish", issue, clerk.pk, AFTER_THE_COMMIT, tmp_path)

    assert_issued(issue)
    assert issue.notices.filter(event__move=Event.Move.PUBLISH).exists()
    assert files_left()[1] == []
    with pytest.raises(workflow.WorkflowError, match="现在是“已印发”"):
        workflow.publish(issue, by=clerk)


CORRECTING = {
    "after the PDF": STORING["after the PDF"],
    "after the edition's row": WRITING["after the edition's row"],
    "before the commit": WRITING["before the commit"],
}


@pytest.mark.parametrize("point", CORRECTING.values(), ids=CORRECTING)
def test_a_correction_killed_before_the_commit_leaves_the_first_edition(
    point, tmp_path
):
    corrector = make_clerk(is_superuser=True)
    issue = workflow.publish(make_signed(), by=corrector)
    issue.articles.update(title="改正后的标题")

    killed("correct", issue, corrector.pk, point, tmp_path)

    assert_issued(issue)
    corrected = workflow.correct(issue, by=corrector, comment="标题有误")
    assert_issued(corrected, editions=2)
