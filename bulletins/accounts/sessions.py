"""How long a sign-in holds, and what stands between it and the pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from bulletins.accounts import codes, passwords

# Seconds after which it is looked up again whether something stands in the way.
_LOOK_AGAIN = 60
_BEGAN, _ACTIVE, _CLEARED = "signed_in_at", "active_at", "cleared_at"

# Where one must get to, whatever stands in the way.
_ALWAYS_OPEN = frozenset({"logout", "jsi18n", "account_code", "account_code_setup"})
# What an old password leads to: not before the code, else whoever knows the password
# alone could set another.
_OF_PASSWORDS = frozenset({"password_change", "password_change_done"})

Next = Callable[[HttpRequest], HttpResponse]


def note_activity(request: HttpRequest) -> None:
    """Count the person as active now: for a page that asks by itself, when they type."""
    request.session[_ACTIVE] = int(time.time())


class SessionRules:
    """Ends sessions that are idle or too old; asks for a password or a code first.

    A view with ``is_heartbeat`` set is asked by pages by themselves: it keeps nobody
    signed in.
    """

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign out whose time is over; the page then asks to sign in again."""
        if _brings_a_session(request) and _is_over(request):
            logout(request)
        return self._next(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Lead to what stands in the way of the page; None where nothing does."""
        if not _brings_a_session(request):
            return None
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - authenticated
        if not getattr(view, "is_heartbeat", False):
            _refresh(request)
        match = request.resolver_match
        name = match.url_name if match is not None else None
        if name in _ALWAYS_OPEN:
            return None
        if name in _OF_PASSWORDS:
            place = _where_the_code_is_asked(request, user)
            return redirect(place) if place else None
        return self._hurdle(request, user)

    def _hurdle(self, request: HttpRequest, user: User) -> HttpResponse | None:
        now = int(time.time())
        if now - request.session.get(_CLEARED, 0) < _LOOK_AGAIN:
            return None
        if (place := _stands_in_the_way(request, user)) is None:
            request.session[_CLEARED] = now
            return None
        return redirect(place)


def _brings_a_session(request: HttpRequest) -> bool:
    """Tell whether somebody is signed in; who brings no cookie is not looked up.

    An answer that has not looked at the session is the same for everybody, and says so:
    shared caches may keep it.
    """
    has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_cookie and request.user.is_authenticated


def _is_over(request: HttpRequest) -> bool:
    now, session = int(time.time()), request.session
    began, active = session.get(_BEGAN), session.get(_ACTIVE)
    if began is None or active is None:
        session[_BEGAN] = session[_ACTIVE] = now
        return False
    idle = settings.SESSION_IDLE_MINUTES * 60
    longest = settings.SESSION_MAX_HOURS * 3600
    return bool(now - active > idle or now - began > longest)


def _refresh(request: HttpRequest) -> None:
    # Once a minute is enough: each time is a write to the database.
    if int(time.time()) - request.session.get(_ACTIVE, 0) >= 60:
        note_activity(request)


def _stands_in_the_way(request: HttpRequest, user: User) -> str | None:
    if place := _where_the_code_is_asked(request, user):
        return place
    if reason := passwords.why_to_change(user, timezone.now()):
        messages.warning(request, reason)
        return reverse("admin:password_change")
    return None


def _where_the_code_is_asked(request: HttpRequest, user: User) -> str | None:
    """Return the page for the code that is still missing; None where none is."""
    if not codes.is_asked_of(user) or codes.is_verified(request.session, user):
        return None
    has_device = codes.device_of(user) is not None
    place = reverse("account_code" if has_device else "account_code_setup")
    # A form that was sent is not repeated: its page keeps what was typed.
    back = request.get_full_path() if request.method == "GET" else ""
    return f"{place}?{urlencode({'next': back})}" if back else place


def forget_clearance(request: HttpRequest) -> None:
    """Look again at the next page: a rule of this account has changed."""
    request.session.pop(_CLEARED, None)
