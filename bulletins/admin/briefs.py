"""The brief items: one on a page of its own, or several pasted at once."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bulletins.admin.items import ItemAdmin
from bulletins.admin.pages import issue_to_read
from bulletins.forms import BriefItemForm
from bulletins.models import BriefItem, Section


@admin.register(BriefItem)
class BriefItemAdmin(ItemAdmin):
    """A brief item of an issue."""

    form = BriefItemForm
    change_form_template = "admin/bulletins/briefs/change_form.html"
    section_kind = Section.Kind.BRIEFS
    new_title = "新增简讯"
    fields = ("lead", "text", ("section", "source"))


def paste_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page on which several items are pasted at once."""
    issue = issue_to_read(request, pk)
    return redirect("admin:bulletins_issue_change", issue.pk)
