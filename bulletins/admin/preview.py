"""The preview beside a form: what is on the screen, saved or not, as it will be printed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from bulletins.admin.pages import issue_to_read


@require_POST
def preview(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the page of the issue with what was posted in its place."""
    issue_to_read(request, pk)
    return JsonResponse({"message": "预览正在建设"}, status=501)


# Route, view and name; IssueAdmin puts them among its addresses.
ISSUE_PAGES = (("<int:pk>/preview/", preview, "preview"),)
