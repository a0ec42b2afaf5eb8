"""The outermost middleware: each request is counted, timed, named and logged once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from bulletins.operations import metrics, probes
from bulletins.operations.context import answering

_log = logging.getLogger("bulletins.requests")

# Asked every few seconds, by the number of the machine and past the proxy: they are
# answered before anything looks at the host or leads to TLS, counted, and not logged.
_PROBES = {
    "/healthz": probes.healthz,
    "/readyz": probes.readyz,
    "/metrics": probes.scrape,
}


class Probes:
    """Answer what monitors ask, whatever name they give the server."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = _PROBES.get(request.path_info, self._get_response)
        return answer(request)


class RequestRecord:
    """One line and one count a request: no query, no body, no address of a reader."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        with answering(request) as request_id:
            response = self._get_response(request)
            response["X-Request-ID"] = request_id
            self._record(request, response, time.perf_counter() - begun)
        return response

    def _record(
        self, request: HttpRequest, response: HttpResponseBase, seconds: float
    ) -> None:
        view = _view_of(request, response.status_code)
        metrics.count(request.method or "", view, response.status_code, seconds)
        if request.path_info in _PROBES:
            return
        _log.info(
            "request",
            extra={
                "method": request.method,
                "path": request.path_info,
                "view": view,
                "status": response.status_code,
                "milliseconds": round(seconds * 1000, 1),
            },
        )


def _view_of(request: HttpRequest, status: int) -> str:
    """Return the name of the view: of these there are as many as we wrote, no more."""
    if request.path_info in _PROBES:
        return request.path_info[1:]
    if match := request.resolver_match:
        return match.view_name
    # Answered before any view: from the tree or the static files, or not at all.
    return "file" if status < 400 else "none"
