"""What the pages of an article and of a brief item have in common.

They belong to the page of their issue: from there they are reached, to there they lead.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from bulletins import workflow
from bulletins.admin.desk import DeskMixin
from bulletins.admin.pages import label_of, person
from bulletins.models import Article, BriefItem, Issue, Section, Unit

Item = Article | BriefItem

_ISSUE_PAGE = "admin:bulletins_issue_change"


class ItemAdmin(DeskMixin, ModelAdmin):
    """An item of an issue; the workflow decides who may change it, and saves it."""

    change_form_template = "admin/bulletins/item/change_form.html"
    section_kind: ClassVar[Section.Kind]
    # How the page calls a new one.
    new_title: ClassVar[str]

    # --- rights ---

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("bulletins.view_issue")

    def has_add_permission(self, request: HttpRequest) -> bool:
        issue = self.desk_issue(request, None)
        if issue is None:
            return False
        return workflow.may_edit(issue, person(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return self.has_view_permission(request)
        return workflow.may_edit(obj.issue, person(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # They are taken out of the issue, whose page can put them back.
        return False

    # --- the form ---

    def desk_issue(self, request: HttpRequest, obj: Any) -> Issue | None:
        if obj is not None and obj.issue_id is not None:
            issue: Issue = obj.issue
            return issue
        named = (
            request.POST.get("desk_issue")
            or request.POST.get("issue")
            or request.GET.get("issue")
            or ""
        )
        if not (named.isascii() and named.isdecimal() and len(named) < 19):
            return None
        return Issue.objects.select_related("bulletin").filter(pk=named).first()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("issue__bulletin")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form for this issue: with its bulletin's sections of this kind."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get("section")
        if field is None:
            return form
        issue = self.desk_issue(request, obj)
        sections = Section.objects.none()
        if issue is not None:
            sections = issue.bulletin.sections.filter(kind=self.section_kind)
        field.queryset = sections
        if obj is None:
            field.initial = _initial_section(request, sections)
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        item = super().save_form(request, form, change)
        if not change:
            item.issue = self.desk_issue(request, None)
        return item

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the revisions of the issue, which say more."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the revisions of the issue, which say more."""

    # --- the page ---

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the issues: items are listed there."""
        return redirect("admin:bulletins_issue_changelist")

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the trail of the issue."""
        item = self.get_object(request, object_id)
        if item is None or not self.has_view_permission(request):
            raise Http404
        return redirect("admin:bulletins_issue_trail", item.issue_id)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show an empty form; without an issue there is nothing to add to."""
        if self.desk_issue(request, None) is None:
            messages.warning(request, "请先打开一期简报，再在其中新增。")
            return redirect("admin:bulletins_issue_changelist")
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        return response

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        issue = self.desk_issue(request, obj)
        assert issue is not None  # noqa: S101 - add_view has seen to it
        context |= {
            "title": self.new_title if add else str(obj),
            "issue": issue,
            "issue_label": label_of(issue),
            "item_key": f"{self._kind()}-{obj.pk}" if obj else "",
            "may_edit": workflow.may_edit(issue, person(request)),
            "units": [
                unit.printed_name for unit in Unit.objects.filter(is_active=True)
            ],
            "show_history": False,
        }
        response: HttpResponse = super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )
        return response

    def _kind(self) -> str:
        return "article" if self.model is Article else "brief"

    # --- where to go from here ---

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._lead_on(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._lead_on(request, obj)

    def _lead_on(self, request: HttpRequest, item: Item) -> HttpResponse:
        messages.success(request, f"已保存“{item}”。")
        name = f"admin:bulletins_{item._meta.model_name}"
        if "_addanother" in request.POST:
            place = f"?issue={item.issue_id}&section={item.section_id}"
            return redirect(reverse(f"{name}_add") + place)
        if "_continue" in request.POST:
            return redirect(f"{name}_change", item.pk)
        return redirect(_ISSUE_PAGE, item.issue_id)


def _initial_section(request: HttpRequest, sections: Any) -> Section | None:
    """Return the section that was asked for, or the only one there is."""
    found = list(sections)
    named = request.GET.get("section", "")
    asked = next((section for section in found if str(section.pk) == named), None)
    return asked or (found[0] if len(found) == 1 else None)
