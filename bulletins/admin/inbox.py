"""A person's own messages."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from bulletins.admin.pages import by_post, person, show
from bulletins.models import Notice

_PER_PAGE = 30


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """List the person's messages, newest first."""
    own = Notice.objects.filter(user=person(request))
    page = Paginator(own, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "消息",
        "notices": page,
        "unread": own.filter(read_at=None).count(),
    }
    return show(request, "admin/bulletins/inbox.html", context)


@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what the message is about; opened is read."""
    notice = get_object_or_404(Notice, pk=pk, user=person(request))
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    return redirect("admin:bulletins_issue_review", notice.issue_id)


@by_post("admin:bulletins_issue_notices")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all messages of the person as read."""
    unread = Notice.objects.filter(user=person(request), read_at=None)
    unread.update(read_at=timezone.now())
    return redirect("admin:bulletins_issue_notices")
