"""Make a move in a process that is killed at a chosen point of it.

    python -m tests.crash_driver MOVE ISSUE USER OWNER NAME NTH before|after

The function NAME of OWNER (a module, or a class as ``module:Class``) is wrapped: at
its NTH call the process kills itself, as a power cut would, before it or after it.
"""

from __future__ import annotations

import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import django


def die() -> NoReturn:
    """No ``finally``, no ``atexit``, no rollback: as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def dying(function: Callable[..., Any], nth: int, when: str) -> Callable[..., Any]:
    """Return the function, but deadly at its nth call."""
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            die()
        result = function(*args, **kwargs)
        if calls == nth:
            die()
        return result

    return wrapped


def main(move: str, issue: str, user: str, *point: str) -> None:
    """Make the move, with the trap set."""
    django.setup()
    from django.contrib.auth.models import User

    from bulletins import workflow
    from bulletins.models import Issue

    owner_name, name, nth, when = point
    owner, by = pkgutil.resolve_name(owner_name), User.objects.get(pk=user)
    row = Issue.objects.get(pk=issue)
    setattr(owner, name, dying(getattr(owner, name), int(nth), when))
    if move == "correct":
        workflow.correct(row, by=by, comment="标题有误")
    else:
        workflow.publish(row, by=by)


if __name__ == "__main__":
    main(*sys.argv[1:])
