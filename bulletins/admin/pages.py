"""What every page of our own on the staff side begins with: a person who may read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from bulletins import workflow
from bulletins.models import Issue

STATUS_BADGES = {
    Issue.Status.DRAFT: "default",
    Issue.Status.REVIEW: "warning",
    Issue.Status.APPROVED: "info",
    Issue.Status.ISSUED: "success",
    Issue.Status.WITHDRAWN: "danger",
}


def person(request: HttpRequest) -> User:
    """Return who asks; ``admin_view`` has let nobody in without an account."""
    return cast(User, request.user)


def by_post(
    back: str,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Take a form; whoever comes by a link is led back to the page it stands on.

    So comes whoever has sent a form after the session had expired, and has logged in.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def taken(request: HttpRequest, **place: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, **place)
            messages.warning(request, "刚才的操作没有办理，请在这里重新办理。")
            return redirect(back, *([place["pk"]] if "pk" in place else []))

        return taken

    return decorate


def name_of(user: User) -> str:
    """Return the name people call somebody by."""
    return user.get_full_name() or user.get_username()


def label_of(issue: Issue) -> str:
    """Return e.g. 第56期 or 拟第57期; the next free number stands in for none."""
    if issue.number is not None or issue.planned_number is not None:
        return issue.label
    date = issue.date or timezone.localdate()
    prefix = "增刊" if issue.kind == Issue.Kind.SUPPLEMENT else ""
    return f"{prefix}拟第{workflow.next_number(issue, date)}期"


def labels_of(issues: Iterable[Issue]) -> dict[int, str]:
    """Return the label of each issue; the next number is asked once a series.

    Several without a number would get the same: these say their keys as well.
    """
    unnumbered: dict[tuple[int, str, int], list[Issue]] = {}
    labels = {}
    for issue in issues:
        if issue.number is not None or issue.planned_number is not None:
            labels[issue.pk] = issue.label
            continue
        year = issue.date.year if issue.date else 0
        series = (issue.bulletin_id, issue.kind, year)
        unnumbered.setdefault(series, []).append(issue)
    for alike in unnumbered.values():
        label = label_of(alike[0])
        for issue in alike:
            labels[issue.pk] = label if len(alike) == 1 else f"{label}（#{issue.pk}）"
    return labels


def require_reader(request: HttpRequest) -> User:
    """Return who asks, if they may read issues; raises PermissionDenied."""
    user = person(request)
    if not user.has_perm("bulletins.view_issue"):
        raise PermissionDenied
    return user


def issue_to_read(request: HttpRequest, pk: int | str) -> Issue:
    """Return the issue for somebody who may read it; nobody else learns if it exists."""
    require_reader(request)
    # Python refuses to convert numbers of thousands of digits; no key has twenty.
    if not str(pk).isdecimal() or len(str(pk)) > 19:
        raise Http404
    issues = Issue.objects.select_related("bulletin", "step__group", "edition")
    return get_object_or_404(issues, pk=pk)


def show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page in the frame of the staff side."""
    request.current_app = admin.site.name
    frame = admin.site.each_context(request)
    return render(request, template, {**frame, **context}, status=status)
