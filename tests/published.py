"""Issues that are out, and the tree they stand in, for the tests of the archive."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bulletins import workflow
from bulletins.archive import tree
from bulletins.models import Bulletin, Issue
from tests.factories import make_bulletin, make_clerk, make_issue, make_leader


def make_issued(bulletin: Bulletin | None = None, **fields: Any) -> Issue:
    """Publish an issue; ``fields`` are those of its document."""
    bulletin = bulletin or make_bulletin(slug="zuofeng")
    issue = workflow.submit(make_issue(bulletin, **fields), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(bulletin))
    return workflow.publish(issue, by=make_clerk())


def make_series(*numbers: int, **fields: Any) -> list[Issue]:
    """Publish issues of one bulletin, a day apart."""
    bulletin = make_bulletin(slug="zuofeng")
    first = dt.date(2024, 9, 1)
    return [
        make_issued(bulletin, number=n, date=first + dt.timedelta(n), **fields)
        for n in numbers
    ]


def snapshot() -> dict[str, bytes]:
    """Return every file of the tree, by its place."""
    root = tree.root()
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }


def pages() -> dict[str, bytes]:
    """Return every page of the tree, by its address."""
    return {a.path: tree.file_of(a).read_bytes() for a in tree.pages()}
