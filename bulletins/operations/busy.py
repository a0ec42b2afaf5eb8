"""A database that has no time now: a page that says so, with what was typed still in it.

Somebody else may hold the rows longer than one waits for them (docs/scaling.md), or the
server is just being restarted. Nothing of such a request is saved; it is sent again by
a press of a button.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.defaults import server_error

_log = logging.getLogger(__name__)

# What PostgreSQL calls it: a lock or a query that took too long, a deadlock, somebody
# was first, too many connections, the server goes down or is not there.
_STATES = ("55P03", "57014", "40P01", "40001", "53", "57P", "08")
_SQLITE = ("database is locked", "database table is locked")
_SECONDS = 10


class BusyDatabase:
    """The last of the middleware: nearest to the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Answer 503 where the database had no time; leave the rest to others."""
        return _come_again(request, exception) if is_busy(exception) else None


def on_error(request: HttpRequest) -> HttpResponse:
    """Answer for what failed outside a view (handler500)."""
    error = sys.exc_info()[1]
    if error is not None and is_busy(error):
        return _come_again(request, error)
    return server_error(request)


def is_busy(error: BaseException) -> bool:
    """Return whether the same request may well succeed in a while."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", "")
    if state:
        return str(state).startswith(_STATES)
    # Without a state: no connection was to be had, or it broke.
    is_of_postgres = state is None
    return is_of_postgres or str(error).startswith(_SQLITE)


def _come_again(request: HttpRequest, error: BaseException) -> HttpResponse:
    _log.warning("the database had no time for %s: %s", request.path, error)
    context = {"is_form": request.method == "POST", "typed": _typed(request)}
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = str(_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields that were sent, to be sent again; none where that cannot be.

    Files are not sent a second time, and passwords are not written into a page.
    """
    if request.method != "POST" or request.FILES:
        return []
    if any("password" in name for name in request.POST):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
