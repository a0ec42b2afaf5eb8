"""Who else has a form of an issue open, and whether one's own login still holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bulletins.accounts.sessions import note_activity
from bulletins.admin.pages import name_of, person, show
from bulletins.models import Article, BriefItem, Issue, Presence

# A browser says every 25 seconds that it is still there, more seldom when hidden.
GONE_AFTER = dt.timedelta(seconds=60)
_FORGOTTEN_AFTER = dt.timedelta(days=1)
_MOST_SHOWN = 20
PAGE = re.compile(r"(?:new-)?[a-z_]{1,20}(?:-[0-9]{1,18})?")


@never_cache
@require_http_methods(["GET", "POST"])
def beat(request: HttpRequest) -> JsonResponse:
    """Say who is logged in here and who else is on the page; a POST notes the visit.

    Whoever is not logged in is told so, and nothing else.
    """
    user = request.user
    if not (user.is_active and user.is_staff):
        return JsonResponse({"user": None})
    sent = request.POST if request.method == "POST" else request.GET
    issue, page = _issue(request, sent.get("issue", "")), sent.get("page", "")
    others: list[str] = []
    if issue is not None and PAGE.fullmatch(page):
        if request.method == "POST":
            _note(issue, person(request), page, has_left="left" in sent)
        others = list(_others(issue, person(request), page))
    if "typed" in request.POST:
        note_activity(request)
    return JsonResponse(
        {"user": user.pk, "token": get_token(request), "others": others}
    )


# Asked by open pages by themselves: only who types stays signed in by it.
beat.is_heartbeat = True  # type: ignore[attr-defined]


def back(request: HttpRequest) -> HttpResponse:
    """Show whoever has logged in in a new window where to go on."""
    return show(request, "admin/bulletins/desk/back.html", {"title": "已登录"})


def _issue(request: HttpRequest, named: str) -> Issue | None:
    if not (named.isascii() and named.isdecimal() and len(named) < 19):
        return None
    if not request.user.has_perm("bulletins.view_issue"):
        return None
    return Issue.objects.filter(pk=named).first()


@transaction.atomic
def _note(issue: Issue, user: User, page: str, *, has_left: bool) -> None:
    """Keep that the user is there, or no longer; forget who has not been seen lately."""
    now = timezone.now()
    issue.presences.filter(seen_at__lt=now - GONE_AFTER).delete()
    Presence.objects.filter(seen_at__lt=now - _FORGOTTEN_AFTER).delete()
    if has_left:
        issue.presences.filter(user=user, page=page).delete()
        return
    # In one statement: two windows of one person may say so at once.
    Presence.objects.bulk_create(
        [Presence(issue=issue, user=user, page=page, opened_at=now, seen_at=now)],
        update_conflicts=True,
        unique_fields=["issue", "user", "page"],
        update_fields=["seen_at"],
    )


def _others(issue: Issue, user: User, page: str) -> Iterator[str]:
    """Yield who else is there: on an item's page, or anywhere on that of the issue."""
    now = timezone.now()
    there = issue.presences.filter(seen_at__gte=now - GONE_AFTER).exclude(user=user)
    is_whole = page == f"issue-{issue.pk}"
    if not is_whole:
        there = there.filter(page=page)
    rows = list(there.select_related("user").order_by("opened_at", "pk")[:_MOST_SHOWN])
    names = _names(issue, [row.page for row in rows]) if is_whole else {}
    for row in rows:
        what = names.get(row.page, "这一期") if is_whole else "这篇稿件"
        since = _ago(now - row.opened_at)
        yield f"{name_of(row.user)}正在编辑{what}（{since}打开）"


def _names(issue: Issue, pages: list[str]) -> dict[str, str]:
    """Return what the pages are called, with two queries however many they are."""
    keys = [page.partition("-") for page in pages]
    articles = [int(key) for kind, _, key in keys if kind == "article" and key]
    briefs = [int(key) for kind, _, key in keys if kind == "briefitem" and key]
    names = {page: "新的稿件" for page in pages if page.startswith("new-")}
    for article in Article.objects.filter(issue=issue, pk__in=articles).only("title"):
        names[f"article-{article.pk}"] = f"《{article}》"
    for brief in BriefItem.objects.filter(issue=issue, pk__in=briefs).only("lead"):
        names[f"briefitem-{brief.pk}"] = f"简讯“{brief}”"
    return names


def _ago(passed: dt.timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    return f"{minutes}分钟前" if minutes < 60 else f"{minutes // 60}小时前"


# Beside the pages of IssueAdmin: whoever is logged out is answered, not led away.
PATHS = (path("presence/", beat, name="bulletins_issue_presence"),)
ISSUE_PAGES = (("presence/back/", back, "presence_back"),)
