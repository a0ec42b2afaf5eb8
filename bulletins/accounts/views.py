"""The pages of signing in: the code, setting it up, and the log of sign-ins."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from django_otp import login as note_device
from django_otp import match_token

from bulletins.accounts import codes
from bulletins.accounts.lockout import name_in_log
from bulletins.accounts.sessions import forget_clearance

_ROWS = 50


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _show(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    frame = admin.site.each_context(request)
    return render(request, f"admin/accounts/{name}.html", {**frame, **context})


def _back(request: HttpRequest) -> str:
    """Return where the person was going, if that is within this site."""
    place = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(place, {request.get_host()})
    return place if is_ours else reverse("admin:index")


# --- the code ---------------------------------------------------------------------


def _typed_code(request: HttpRequest) -> str:
    """Return the code as it was typed, less what no code has: spaces, dashes."""
    return "".join(filter(str.isalnum, request.POST.get("code", "")))


@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password."""
    user = _person(request)
    if codes.device_of(user) is None:
        return redirect("account_code_setup")
    error = ""
    if request.method == "POST":
        device = match_token(user, _typed_code(request))
        if device is not None:
            request.session.cycle_key()
            note_device(request, device)
            forget_clearance(request)
            return redirect(_back(request))
        error = "验证码不对或已用过。请输入手机上现在显示的 6 位数字，连续输错要等一会儿再试。"
    return _show(
        request,
        "code",
        {"title": "动态验证码", "error": error, "next": _back(request)},
    )


@never_cache
@sensitive_post_parameters("code")
def code_setup(request: HttpRequest) -> HttpResponse:
    """Show the QR code, and put the device into use with its first code."""
    user = _person(request)
    is_required = codes.is_required_of(user)
    if codes.device_of(user) is not None:
        context = {"title": "动态验证码", "is_on": True, "is_required": is_required}
        return _show(request, "code_setup", context)
    device = codes.new_device(user, request.session)
    error = ""
    if request.method == "POST":
        reserve = codes.confirm(device, _typed_code(request))
        if reserve is not None:
            note_device(request, device)
            forget_clearance(request)
            _note(user, user, "启用了动态验证码")
            context = {"title": "备用码", "reserve": reserve, "next": _back(request)}
            return _show(request, "code_reserve", context)
        error = "验证码不对。请核对手机的时间，输入现在显示的 6 位数字。"
    context = {
        "title": "设置动态验证码",
        "error": error,
        "is_required": is_required,
        "picture": codes.picture_of(device),
        "secret": codes.secret_of(device),
        "next": _back(request),
    }
    return _show(request, "code_setup", context)


@require_POST
def code_off(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Switch off one's own code; who manages accounts, that of a lost phone."""
    by = _person(request)
    user = by if pk is None else get_object_or_404(User, pk=pk)
    if pk is not None:
        is_above = user.is_superuser and not by.is_superuser
        if not by.has_perm("auth.change_user") or is_above:
            raise PermissionDenied
    elif codes.is_required_of(user):
        messages.error(request, "您所在的用户组要求动态验证码，不能关闭。")
        return redirect("account_code_setup")
    codes.switch_off(user)
    forget_clearance(request)
    _note(by, user, "关闭了动态验证码")
    messages.success(request, f"已关闭 {user.get_username()} 的动态验证码。")
    if pk is None:
        return redirect("account_code_setup")
    return redirect("admin:auth_user_change", pk)


# --- the log of sign-ins ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignIn:
    """A line of the log."""

    at: dt.datetime
    username: str
    address: str
    outcome: str
    is_refused: bool


@require_safe
def signins(request: HttpRequest) -> HttpResponse:
    """List who signed in, and who tried to; and the accounts that are locked now."""
    if not _person(request).has_perm("auth.view_user"):
        raise PermissionDenied
    name = name_in_log(request.GET.get("q", "").strip())
    page = Paginator(_lines(name), _ROWS).get_page(request.GET.get("page"))
    context = {
        "title": "登录记录",
        "page": page,
        "q": name,
        "locked": _locked(),
        "may_unlock": _person(request).has_perm("auth.change_user"),
    }
    return _show(request, "signins", context)


# As many lines as somebody looks through; the audit export has them all.
_LINES = 1_000


def _lines(name: str) -> list[SignIn]:
    came, failed = AccessLog.objects.all(), AccessFailureLog.objects.all()
    if name:
        came, failed = came.filter(username=name), failed.filter(username=name)
    lines = [_line(row, "登录") for row in came.order_by("-pk")[:_LINES]]
    lines += [
        _line(row, "被锁定" if row.locked_out else "密码不对")
        for row in failed.order_by("-pk")[:_LINES]
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:_LINES]


def _line(row: AccessLog | AccessFailureLog, outcome: str) -> SignIn:
    return SignIn(
        at=row.attempt_time,
        username=row.username or "",
        address=row.ip_address or "",
        outcome=outcome,
        is_refused=outcome != "登录",
    )


def _locked() -> list[str]:
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    # A row for each address and browser it was tried from; together they lock it.
    tried = AccessAttempt.objects.filter(attempt_time__gte=since)
    failed = tried.order_by().values("username").annotate(n=Sum("failures_since_start"))
    locked = failed.filter(n__gte=settings.AXES_FAILURE_LIMIT)
    return sorted(name or "" for name in locked.values_list("username", flat=True))


@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    """Let an account try again at once."""
    by = _person(request)
    if not by.has_perm("auth.change_user"):
        raise PermissionDenied
    name = name_in_log(request.POST.get("username", ""))
    reset(username=name)
    if (user := User.objects.filter(username=name).first()) is not None:
        _note(by, user, "解除了登录锁定")
    messages.success(request, f"已解除 {name} 的锁定。")
    return redirect("account_signins")


def _note(by: User, user: User, what: str) -> None:
    """Leave a line in the history of the account."""
    LogEntry.objects.log_actions(
        user_id=by.pk,
        queryset=User.objects.filter(pk=user.pk),
        action_flag=CHANGE,
        change_message=what,
        single_object=True,
    )
