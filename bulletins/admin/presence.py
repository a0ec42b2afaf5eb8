"""Who else has an issue open, and whether one's own login still holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bulletins.admin.pages import show


@never_cache
@require_http_methods(["GET", "POST"])
def beat(request: HttpRequest) -> JsonResponse:
    """Say who is logged in here, with a fresh token; nobody is told nothing."""
    user = request.user
    if not (user.is_active and user.is_staff):
        return JsonResponse({"user": None})
    return JsonResponse({"user": user.pk, "token": get_token(request), "others": []})


def back(request: HttpRequest) -> HttpResponse:
    """Show whoever has logged in in a new window where to go on."""
    return show(request, "admin/bulletins/desk/back.html", {"title": "已登录"})


# Beside the pages of IssueAdmin: whoever is logged out is answered, not led away.
PATHS = (path("presence/", beat, name="bulletins_issue_presence"),)
ISSUE_PAGES = (("presence/back/", back, "presence_back"),)
