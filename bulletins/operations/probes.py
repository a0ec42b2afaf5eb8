"""The addresses monitors ask: is it alive, can it work, how is it doing."""

from __future__ import annotations

import hmac
import logging
import time
from functools import cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bulletins.operations import metrics
from bulletins.upkeep import gauges
from bulletins.upkeep.doctor import storage_problem

_log = logging.getLogger(__name__)

_TEXT = "text/plain; charset=utf-8"
_CACHED_FOR = 1.0  # seconds
# Whoever asks through a proxy is not on this machine, though it looks so.
_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type=_TEXT)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether this process can do its work; what is wrong stands in the log."""
    is_ready = _readiness.get()
    return HttpResponse(
        "ok\n" if is_ready else "not ok\n",
        content_type=_TEXT,
        status=200 if is_ready else 503,
    )


@never_cache
@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    """Give Prometheus what it is to know; to anybody else there is no such page."""
    if not _may_scrape(request):
        raise Http404
    return HttpResponse(
        metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


# --- readiness --------------------------------------------------------------------


class Readiness:
    """Whether the work can be done, asked at most once a second."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._was_ready, self._until = False, float("-inf")

    def get(self) -> bool:
        """Return what was found within the last second, or look."""
        now = time.monotonic()
        if now >= self._until:
            self._was_ready = _is_ready()
            self._until = now + _CACHED_FOR
        return self._was_ready


_readiness = Readiness()


def _is_ready() -> bool:
    try:
        missing = gauges.migrations_missing(_known_migrations())
    except DatabaseError as error:
        _log.error("not ready: the database does not answer: %s", error)
        return False
    if missing:
        _log.error("not ready: %s migrations are missing, %s first", len(missing), missing[0])  # fmt: skip
        return False
    if problem := storage_problem():
        _log.error("not ready: the media store: %s", problem)
        return False
    return True


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    # They are read from the disk, and do not change while the process runs.
    return gauges.known_migrations()


# --- who may scrape ---------------------------------------------------------------


def _may_scrape(request: HttpRequest) -> bool:
    return _has_token(request) or _is_near(request)


def _has_token(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    given = request.META.get("HTTP_AUTHORIZATION", "")
    expected = f"Bearer {token}"
    return bool(token) and hmac.compare_digest(given.encode(), expected.encode())


def _is_near(request: HttpRequest) -> bool:
    """Return whether the request itself, through no proxy, is from an allowed network."""
    if any(request.META.get(name) for name in _PROXIED):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    networks = (ip_network(name, strict=False) for name in settings.METRICS_NETWORKS)
    return any(address in network for network in networks)
