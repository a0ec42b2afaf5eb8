"""Which request is being answered, for whatever is logged meanwhile."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

# What a proxy may have called the request; anything else could forge a line of the log.
_PLAUSIBLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@dataclass(frozen=True, slots=True)
class _Answering:
    request: HttpRequest
    id: str


_now: ContextVar[_Answering | None] = ContextVar("answering", default=None)


@contextlib.contextmanager
def answering(request: HttpRequest) -> Iterator[str]:
    """Let everything logged in the block name this request; yield its id."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request_id = given if _PLAUSIBLE.fullmatch(given) else uuid.uuid4().hex
    token = _now.set(_Answering(request, request_id))
    try:
        yield request_id
    finally:
        _now.reset(token)


def add_request(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Name the request and who sent it in what is logged (a processor of structlog)."""
    if now := _now.get():
        event["request_id"] = now.id
        if user := user_of(now.request):
            event["user"] = user
    return event


def user_of(request: HttpRequest) -> str | None:
    """Return the number of the account; None for a reader, or where nobody asked.

    No session is read for this: a page that needs none shall cost none.
    """
    session = getattr(request, "session", None)
    if session is None or not session.accessed:
        return None
    found: str | None = session.get(SESSION_KEY)
    return found
