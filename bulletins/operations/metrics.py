"""What Prometheus is told.

Requests and renderings are counted by each process, into files they share where the
server has several (PROMETHEUS_MULTIPROC_DIR, set by wuxiao_bulletin.gunicorn). What
the database knows is asked of it at each scrape, so that no process need keep it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bulletins.upkeep import gauges

# The last is a request that waited for a rendering.
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# A client may send any word as its method: not each shall be a series of its own.
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

_requests = Counter("bulletin_requests", "Requests answered.", ["method", "view", "status"])  # fmt: skip
_seconds = Histogram("bulletin_request_seconds", "How long answers took.", ["view"], buckets=_SECONDS)  # fmt: skip


def count(method: str, view: str, status: int, seconds: float) -> None:
    """Count one request."""
    _requests.labels(method if method in _METHODS else "other", view, status).inc()
    _seconds.labels(view).observe(seconds)


def exposition() -> bytes:
    """Return everything in the text format of Prometheus."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    known = CollectorRegistry()
    known.register(_Database())
    return counted + generate_latest(known)


class _Database(Collector):
    """The gauges the database gives."""

    def collect(self) -> Iterator[Metric]:
        """Yield them; only that there is none, where it cannot be asked."""
        try:
            found = list(_gauges())
        except DatabaseError:
            yield GaugeMetricFamily("bulletin_database_up", "Whether the database answers.", 0)  # fmt: skip
            return
        yield GaugeMetricFamily("bulletin_database_up", "Whether the database answers.", 1)  # fmt: skip
        yield from found


def _gauges() -> Iterator[Metric]:
    now = timezone.now()
    issues = GaugeMetricFamily("bulletin_issues", "Issues by status.", labels=["status"])  # fmt: skip
    for status, number in gauges.issues_by_status().items():
        issues.add_metric([status], number)
    yield issues
    tasks = gauges.tasks()
    waited = (now - tasks.oldest).total_seconds() if tasks.oldest else 0
    published = gauges.last_published()
    for name, text, value in (
        ("tasks_waiting", "Tasks nobody has begun.", tasks.waiting),
        ("tasks_oldest_seconds", "How long the oldest of them has waited.", waited),
        ("tasks_failed", "Tasks that failed and are still kept.", tasks.failed),
        ("mails_waiting", "Mails that should have gone out.", gauges.mails_waiting(now)),
        ("issues_overdue", "Issues whose time has come.", gauges.overdue(now)),
        ("issues_failed", "Issues that could not be published at their time.", gauges.failed_to_publish()),
        ("last_published_seconds", "When an edition was last made; 0: never.", published.timestamp() if published else 0),
    ):  # fmt: skip
        yield GaugeMetricFamily(f"bulletin_{name}", text, value)
