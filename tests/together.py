"""Several at the same instant: real threads, begun together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from bulletins import workflow

PATIENCE = 60  # seconds, for whoever would wait for ever


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Return what each call gave; a refusal is a result, anything else is a failure."""
    gate = threading.Barrier(len(calls), timeout=PATIENCE)

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return call()
        except workflow.WorkflowError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
