"""The brief items: one on a page of its own, or several pasted at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bulletins import workflow
from bulletins.admin.items import ItemAdmin
from bulletins.admin.pages import issue_to_read, label_of, person, show
from bulletins.document import BriefEntry
from bulletins.forms import BriefItemForm, BriefSectionForm, PastedBriefForm
from bulletins.models import BriefItem, Issue, Section, Unit
from bulletins.reading import ReadError
from bulletins.reading.briefs import read_briefs

# As many as no issue has; a whole book by mistake is refused.
_MOST = 200
_BriefFormSet = forms.formset_factory(
    PastedBriefForm, extra=0, max_num=_MOST, absolute_max=_MOST
)


@admin.register(BriefItem)
class BriefItemAdmin(ItemAdmin):
    """A brief item of an issue."""

    form = BriefItemForm
    change_form_template = "admin/bulletins/briefs/change_form.html"
    section_kind = Section.Kind.BRIEFS
    new_title = "新增简讯"
    fields = ("lead", "text", ("section", "source"))


def paste_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take several items as one text, show where each is split, and add them."""
    issue = issue_to_read(request, pk)
    if not workflow.may_edit(issue, person(request)):
        raise PermissionDenied
    if request.method != "POST":
        return _show(request, issue)
    if "read" in request.POST:
        return _read(request, issue)
    return _add(request, issue)


def _show(request: HttpRequest, issue: Issue, **more: Any) -> HttpResponse:
    section = request.GET.get("section", "")
    context = {
        "title": "粘贴多条简讯",
        "issue": issue,
        "issue_label": label_of(issue),
        "section_form": BriefSectionForm(issue, initial={"section": section}),
        "units": [unit.printed_name for unit in Unit.objects.filter(is_active=True)],
        **more,
    }
    status = 422 if more.get("error") else 200
    return show(request, "admin/bulletins/briefs/paste.html", context, status)


def _read(request: HttpRequest, issue: Issue) -> HttpResponse:
    text = request.POST.get("pasted", "")
    chosen = {"section": request.POST.get("section", "")}
    typed = {"pasted": text, "section_form": BriefSectionForm(issue, initial=chosen)}
    try:
        entries = read_briefs(text)
    except ReadError as error:
        return _show(request, issue, error=f"{error}。", **typed)
    if not entries:
        return _show(request, issue, error="没有读到简讯，请先粘贴文字。", **typed)
    if len(entries) > _MOST:
        return _show(request, issue, error=f"一次最多{_MOST}条。", **typed)
    found = [
        {"lead": entry.lead, "text": entry.text, "source": entry.source}
        for entry in entries
    ]
    rows = _BriefFormSet(initial=found, prefix="brief")
    return _show(request, issue, rows=rows, count=len(found), **typed)


def _add(request: HttpRequest, issue: Issue) -> HttpResponse:
    section_form = BriefSectionForm(issue, request.POST)
    rows = _BriefFormSet(request.POST, prefix="brief")
    typed = {"section_form": section_form, "pasted": request.POST.get("pasted", "")}
    if not rows.management_form.is_valid():
        return _show(
            request, issue, error="没有收到要加入的简讯，请重新读取。", **typed
        )
    kept = [row for row in rows.forms if row["is_kept"].value()]
    # Those that are left out may be as wrong as they like.
    are_right = [row.is_valid() for row in kept]
    entries = _entries(kept) if all(are_right) else []
    if not section_form.is_valid() or not entries:
        error = (
            "还没有加入：请改正下面标出的地方。" if kept else "没有选中要加入的简讯。"
        )
        typed |= {"rows": rows, "count": len(rows.forms)}
        return _show(request, issue, error=error, **typed)
    section = section_form.cleaned_data["section"]
    try:
        added = workflow.add_entries(issue, section, entries, by=person(request))
    except workflow.WorkflowError as error:
        typed |= {"rows": rows, "count": len(rows.forms)}
        return _show(request, issue, error=f"{error}。", **typed)
    _tell(request, added, len(entries))
    return redirect("admin:bulletins_issue_change", issue.pk)


def _entries(rows: Sequence[PastedBriefForm]) -> list[BriefEntry]:
    """Return what the rows say; empty ones say nothing."""
    said = [
        {name: row.cleaned_data.get(name, "") for name in ("lead", "text", "source")}
        for row in rows
    ]
    return [BriefEntry(**words) for words in said if words["lead"] or words["text"]]


def _tell(request: HttpRequest, added: int, sent: int) -> None:
    if added:
        messages.success(request, f"已加入{added}条简讯。")
    if added < sent:
        messages.warning(request, f"有{sent - added}条与已有的完全相同，没有重复加入。")
