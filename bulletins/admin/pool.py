"""The contributions pool (稿件库): what units send, before any issue exists."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from bulletins.admin.pages import issue_to_read, show
from bulletins.models import Contribution, Unit


@admin.register(Unit)
class UnitAdmin(ModelAdmin):
    """The units that send pieces, in the office's order."""

    list_display = ("name", "short_name", "position", "is_active")
    search_fields = ("name", "short_name")


@admin.register(Contribution)
class ContributionAdmin(ModelAdmin):
    """The pieces, waiting or decided upon."""

    list_display = ("title", "unit", "received_on", "state", "author")
    list_select_related = ("unit",)


def waiting_pieces(request: HttpRequest, pk: int) -> HttpResponse:
    """List the pieces that wait, to be taken into an issue."""
    issue = issue_to_read(request, pk)
    return show(request, "admin/bulletins/pool/take.html", {"issue": issue})


# Route, view and name; IssueAdmin puts them among its addresses.
ISSUE_PAGES = (("<int:pk>/contributions/", waiting_pieces, "contributions"),)
