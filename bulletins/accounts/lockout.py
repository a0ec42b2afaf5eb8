"""What somebody is told who has tried too often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bulletins.limiting import client_address, is_allowed

_TRIES_OF_AN_ADDRESS = 60
_IN_SECONDS = 600
# An account's own is shorter (150): none is locked for another's.
_LONGEST_NAME = 255


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Say that the account is locked for a while, and what to do; status 429."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {
        "title": "账号已锁定",
        "text": f"连续输错密码{settings.AXES_FAILURE_LIMIT}次，账号已锁定，请{minutes}分钟后再试，或请管理员解除锁定。",
    }
    return _refusal(request, context)


class LimitOfSignIns:
    """Bounds how often one address may try, whatever accounts it names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; what is refused is refused where the view is known."""
        return self._next(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse with 429 what comes too often from one address."""
        match = request.resolver_match
        place = match.view_name if match is not None else ""
        if request.method != "POST" or place not in {"admin:login", "account_code"}:
            return None
        address = client_address(request.META)
        if is_allowed(
            "sign-in", address, times=_TRIES_OF_AN_ADDRESS, seconds=_IN_SECONDS
        ):
            return None
        text = "从您的网络来的登录太多，请10分钟后再试。"
        return _refusal(request, {"title": "请稍后再试", "text": text})


def _refusal(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, "admin/accounts/locked.html", context, status=429)
    response["Retry-After"] = str(_IN_SECONDS)
    return response


def name_in_log(name: str) -> str:
    """Return a name as the log of sign-ins can hold it: somebody may type a novel."""
    return name.replace("\0", "")[:_LONGEST_NAME]


def name_of(
    request: HttpRequest, credentials: Mapping[str, Any] | None = None
) -> str | None:
    """Return the name that is tried, as the log keeps it and accounts are locked by it."""
    name = (credentials or request.POST).get("username")
    return None if name is None else name_in_log(str(name))


def address_of(request: HttpRequest) -> str:
    """Return the client's address as the log of sign-ins keeps it."""
    return client_address(request.META)
