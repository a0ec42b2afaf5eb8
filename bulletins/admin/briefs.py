"""The brief items: one on a page of its own, or several pasted at once."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin

from bulletins.admin.pages import issue_to_read
from bulletins.forms import BriefItemForm
from bulletins.models import BriefItem


@admin.register(BriefItem)
class BriefItemAdmin(ModelAdmin):
    """A brief item of an issue."""

    form = BriefItemForm


def paste_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page on which several items are pasted at once."""
    issue = issue_to_read(request, pk)
    return redirect("admin:bulletins_issue_change", issue.pk)
