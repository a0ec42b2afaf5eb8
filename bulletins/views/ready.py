"""The first of the middleware: a page that stands in the tree needs no other."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from bulletins.views import serving

_METHODS = frozenset({"GET", "HEAD"})


class ReadyPages:
    """Answer from the tree before a session, a row or a template is touched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._ready(request) or self._get_response(request)

    def _ready(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.method not in _METHODS:
            return None
        page = serving.find(request.path_info)
        if page is None:
            return None
        # As everywhere: an unknown host is refused, plain HTTP is led to TLS.
        request.get_host()
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return None
        return serving.respond(request, page)
