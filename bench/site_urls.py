"""The addresses as they are, and two that answer the same few bytes whatever is."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from bulletins.views import search

# One reader may ask so often a minute; here one reader asks for all.
search._SEARCHES = 1_000_000


def constant(request: HttpRequest) -> HttpResponse:
    """Answer without looking at anything, as a view behind the whole middleware."""
    return HttpResponse(b"ok", content_type="text/plain")


class Least:
    """Answers before any other middleware: no Django site can do with less."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers everything else."""
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one address."""
        return (
            constant(request) if request.path_info == "/least/" else self._next(request)
        )


urlpatterns = [
    path("constant/", constant),
    path("", include("wuxiao_bulletin.urls")),
]
