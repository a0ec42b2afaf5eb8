"""The lists 报 / 送 / 发 of a bulletin and of an issue: pasted, imported, exported."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from bulletins.admin.pages import issue_to_read, show


def of_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change the list of one issue."""
    issue = issue_to_read(request, pk)
    return show(request, "admin/bulletins/recipients/list.html", {"issue": issue})


# Route, view and name; IssueAdmin puts them among its addresses.
ISSUE_PAGES = (("<int:pk>/recipients/", of_issue, "recipients"),)
