"""The contributions pool (稿件库): what units send, before any issue exists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display

from bulletins import markup, workflow
from bulletins.admin.deleting import SaysWhyKept
from bulletins.admin.desk import DeskMixin
from bulletins.admin.pages import by_post, issue_to_read, name_of, person, show
from bulletins.models import Adoption, Contribution, Issue, Unit
from bulletins.pool_forms import (
    AdoptForm,
    ContributionForm,
    DeclineForm,
    TakeForm,
    UnitForm,
)
from bulletins.rendering.trust import trusted_body
from bulletins.workflow import pool
from bulletins.workflow.refusing import WorkflowError

State = Contribution.State

# As the list shows them; a piece whose copy was taken out waits again.
_BADGES = {"待用": "warning", "采用": "success", "不采用": "default"}
_OPEN = (Issue.Status.DRAFT, Issue.Status.REVIEW)
# More issues than any office has open; the newest are offered.
_OFFERED = 40
_PER_PAGE = 50


def _state_of(piece: Any) -> str:
    """Return 待用, 采用 or 不采用 of a piece read with its standing."""
    if piece.state == State.ADOPTED and not piece.stands:
        return str(State.WAITING.label)
    return str(State(piece.state).label)


class StateFilter(admin.SimpleListFilter):
    """By what has become of the pieces."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in State]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any] | None:
        chosen = {
            State.WAITING: queryset.waiting,  # type: ignore[attr-defined]
            State.ADOPTED: queryset.adopted,  # type: ignore[attr-defined]
            State.DECLINED: queryset.declined,  # type: ignore[attr-defined]
        }
        value = self.value()
        return chosen[State(value)]() if value in State.values else queryset


class YearFilter(admin.SimpleListFilter):
    """By the year in which they came."""

    title = "收稿年份"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        years = Contribution.objects.dates("received_on", "year", order="DESC")
        return [(str(year.year), f"{year.year}年") for year in years]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any] | None:
        value = self.value()
        known = {year for year, _ in self.lookup_choices}
        return queryset.filter(received_on__year=value) if value in known else queryset


@admin.register(Contribution)
class ContributionAdmin(DeskMixin, SaysWhyKept, ModelAdmin):
    """The pieces, waiting or decided upon."""

    form = ContributionForm
    change_form_outer_before_template = "admin/bulletins/pool/beside_form.html"
    empty_hint = "收到单位来稿时录入或粘贴，编写简报时再从这里采用。"
    overtaken_is_kept = "对方的不再保留"
    list_display = ("title", "unit", "received_on", "state_badge", "author", "went_to")
    list_filter = (StateFilter, "unit", YearFilter)
    list_filter_submit = False
    list_select_related = ("unit",)
    list_per_page = _PER_PAGE
    search_fields = ("title", "body", "author", "unit__name", "unit__short_name")
    search_help_text = "按标题、正文、作者或单位查找"
    ordering = ("-received_on", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("unit_name", "received_on"),
                    ("author", "phone"),
                    "title",
                    "body",
                )
            },
        ),
    )
    fieldsets_to_read = (
        (
            None,
            {
                "fields": (
                    ("unit", "received_on"),
                    ("author", "phone"),
                    "title",
                    "body_to_read",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Contribution]:
        pieces: Any = super().get_queryset(request)
        adoptions = Adoption.objects.select_related(
            "issue__bulletin", "article", "brief_item"
        )
        found: models.QuerySet[Contribution] = pieces.with_standing().prefetch_related(
            Prefetch("adoptions", adoptions)
        )
        return found

    def get_fieldsets(
        self, request: HttpRequest, obj: Contribution | None = None
    ) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return self.fieldsets_to_read

    def get_readonly_fields(
        self, request: HttpRequest, obj: Contribution | None = None
    ) -> tuple[str, ...]:
        may_change = obj is None or self.has_change_permission(request, obj)
        return () if may_change else ("unit", "body_to_read")

    def get_form(
        self,
        request: HttpRequest,
        obj: Contribution | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.may_add_unit = person(request).has_perm("bulletins.add_unit")
        return form

    def has_delete_permission(
        self, request: HttpRequest, obj: Contribution | None = None
    ) -> bool:
        # What was adopted once is evidence of where a text came from.
        is_evidence = obj is not None and obj.adoptions.exists()
        return not is_evidence and super().has_delete_permission(request, obj)

    def why_kept(self, names: str) -> str:
        return f"{names}已被采用过，要留存备查，不能删除。"

    def save_seen(self, obj: Contribution, *, by: User, seen: int | None) -> None:
        pool.save_contribution(obj, by=by, seen=seen)

    def save_model(
        self, request: HttpRequest, obj: Contribution, form: Any, change: bool
    ) -> None:
        is_new = obj.unit is not None and obj.unit.pk is None
        super().save_model(request, obj, form, change)
        if is_new:
            messages.info(request, f"已新建报送单位“{obj.unit}”。")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Contribution | None = None,
    ) -> HttpResponse:
        # What was typed is offered, with the names of the units to choose from.
        context["units"] = Unit.objects.filter(is_active=True)
        context["show_history"] = False
        if obj is not None:
            context.update(_beside_form(request, obj))
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response

    @display(description="状态", label=_BADGES)
    def state_badge(self, piece: Contribution) -> str:
        return _state_of(piece)

    @display(description="去向")
    def went_to(self, piece: Contribution) -> str:
        copies = [a.issue.label for a in piece.adoptions.all() if a.copy is not None]
        return "、".join(copies) or "—"

    @display(description="正文")
    def body_to_read(self, piece: Contribution) -> str:
        return format_html(
            '<div class="text-to-read">{}</div>', trusted_body(piece.body)
        )

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("<int:pk>/adopt/", adopt_page, "adopt"),
            ("<int:pk>/decline/", decline_page, "decline"),
            ("<int:pk>/reopen/", reopen, "reopen"),
        )
        urls = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"bulletins_contribution_{name}",
            )
            for route, view, name in own
        ]
        return [*urls, *super().get_urls()]


def _beside_form(request: HttpRequest, piece: Contribution) -> dict[str, Any]:
    """Return what the page of a piece says of where it stands."""
    adoptions = list(
        piece.adoptions.select_related("issue__bulletin", "article", "brief_item")
    )
    stands = any(adoption.copy is not None for adoption in adoptions)
    is_waiting = piece.state == State.WAITING or (
        piece.state == State.ADOPTED and not stands
    )
    return {
        "piece": piece,
        "adoptions": adoptions,
        "stands": stands,
        "is_waiting": is_waiting,
        "state_label": State.WAITING.label if is_waiting else State(piece.state).label,
        "decided_by": name_of(piece.decided_by) if piece.decided_by else "",
        "may_decide": person(request).has_perm("bulletins.change_contribution"),
    }


# --- moves ------------------------------------------------------------------------


def _piece_to_decide(request: HttpRequest, pk: int) -> Contribution:
    """Return the piece for somebody who may decide upon it."""
    if not person(request).has_perm("bulletins.change_contribution"):
        raise PermissionDenied
    return get_object_or_404(Contribution.objects.select_related("unit"), pk=pk)


def _issues_open_to(request: HttpRequest) -> list[Issue]:
    user = person(request)
    issues = (
        Issue.objects.filter(status__in=_OPEN)
        .select_related("bulletin")
        .prefetch_related("bulletin__sections")
        .newest_first()[:_OFFERED]
    )
    return [issue for issue in issues if workflow.may_edit(issue, user)]


def adopt_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose where the piece goes, and copy it there."""
    piece = _piece_to_decide(request, pk)
    issues = _issues_open_to(request)
    is_sent = request.method == "POST"
    form = AdoptForm(issues, request.POST if is_sent else None)
    refusal = ""
    if is_sent and form.is_valid():
        issue, section = form.chosen
        again = form.cleaned_data["again"]
        try:
            pool.adopt(piece, issue, section, by=person(request), again=again)
        except WorkflowError as error:
            refusal = str(error)
        else:
            messages.success(
                request, f"已采用到 {issue} 的“{section.name}”，排在最后。"
            )
            return redirect("admin:bulletins_contribution_change", pk)
    context = {
        "title": "采用稿件",
        "piece": piece,
        "paragraphs": markup.paragraphs(piece.body)[:3],
        "issues": issues,
        "form": form,
        "refusal": refusal,
        "copies": pool.copies_of(piece),
    }
    status = 409 if refusal else 200
    return show(request, "admin/bulletins/pool/adopt.html", context, status)


def decline_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, and turn the piece down."""
    piece = _piece_to_decide(request, pk)
    is_sent = request.method == "POST"
    form = DeclineForm(request.POST if is_sent else None)
    refusal = ""
    if is_sent and form.is_valid():
        try:
            pool.decline(piece, form.cleaned_data["reason"], by=person(request))
        except WorkflowError as error:
            refusal = str(error)
        else:
            messages.success(request, f"“{piece}”已定为不采用。")
            return redirect("admin:bulletins_contribution_change", pk)
    context = {"title": "不采用", "piece": piece, "form": form, "refusal": refusal}
    status = 409 if refusal else 200
    return show(request, "admin/bulletins/pool/decline.html", context, status)


@by_post("admin:bulletins_contribution_change")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the piece wait again."""
    piece = _piece_to_decide(request, pk)
    try:
        pool.reopen(piece, by=person(request))
    except WorkflowError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{piece}”已恢复为待用。")
    return redirect("admin:bulletins_contribution_change", pk)


# --- from the issue ---------------------------------------------------------------


def waiting_pieces(request: HttpRequest, pk: int) -> HttpResponse:
    """List the pieces that wait; those that are ticked go into the issue."""
    issue = issue_to_read(request, pk)
    user = person(request)
    if not user.has_perm("bulletins.view_contribution"):
        raise PermissionDenied
    may_take = workflow.may_edit(issue, user) and user.has_perm(
        "bulletins.change_contribution"
    )
    refusal, ticked, section = "", set[str](), ""
    if request.method == "POST":
        if not user.has_perm("bulletins.change_contribution"):
            raise PermissionDenied
        form = TakeForm(issue, request.POST)
        ticked = set(request.POST.getlist("pieces"))
        section = request.POST.get("section", "")
        if not form.is_valid():
            refusal = "；".join(_errors_of(form))
        else:
            try:
                taken = _take(issue, form, request)
            except WorkflowError as error:
                refusal = str(error)
            else:
                messages.success(request, f"已采用{taken}篇，排在本期最后。")
                return redirect("admin:bulletins_issue_change", issue.pk)
    query = request.GET.get("q", "").strip()[:100]
    page = Paginator(_found(query), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": "从稿件库采用",
        "issue": issue,
        "may_take": may_take,
        "sections": issue.bulletin.sections.all(),
        "page": page,
        "pieces": [(p, markup.paragraphs(p.body)[:1]) for p in page],
        "query": query,
        "refusal": refusal,
        "ticked": ticked,
        "section": section,
    }
    status = 409 if refusal else 200
    return show(request, "admin/bulletins/pool/take.html", context, status)


def _errors_of(form: TakeForm) -> list[str]:
    return [str(message) for found in form.errors.values() for message in found]


def _take(issue: Issue, form: TakeForm, request: HttpRequest) -> int:
    pieces: Sequence[Contribution] = form.cleaned_data["pieces"].order_by(
        "received_on", "pk"
    )
    taken = pool.adopt_several(
        list(pieces), issue, form.cleaned_data["section"], by=person(request)
    )
    return len(taken)


def _found(query: str) -> models.QuerySet[Contribution]:
    pieces = Contribution.objects.waiting().select_related("unit")
    for word in query.split()[:8]:
        pieces = pieces.filter(
            Q(title__icontains=word)
            | Q(body__icontains=word)
            | Q(author__icontains=word)
            | Q(unit__name__icontains=word)
        )
    return pieces.order_by("-received_on", "-pk")


# Route, view and name; IssueAdmin puts them among its addresses.
ISSUE_PAGES = (("<int:pk>/contributions/", waiting_pieces, "contributions"),)


# --- units ------------------------------------------------------------------------


@admin.register(Unit)
class UnitAdmin(SaysWhyKept, ModelAdmin):
    """The units that send pieces, in the office's order."""

    form = UnitForm
    empty_hint = "录入稿件时填写新的单位名称，也会自动建立。"
    list_display = (
        "name",
        "short_name",
        "contact",
        "phone",
        "position",
        "is_active",
        "pieces",
    )
    list_editable = ("position", "is_active")
    list_filter = ("is_active",)
    list_per_page = 100
    search_fields = ("name", "short_name", "contact")
    search_help_text = "按名称、简称或联系人查找"
    ordering = ("position", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "short_name"),
                    ("contact", "phone"),
                    ("position", "is_active"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Unit]:
        units: models.QuerySet[Unit] = super().get_queryset(request)
        return units.annotate(sent=Count("contributions"))

    def has_delete_permission(
        self, request: HttpRequest, obj: Unit | None = None
    ) -> bool:
        has_sent = obj is not None and obj.contributions.exists()
        return not has_sent and super().has_delete_permission(request, obj)

    def why_kept(self, names: str) -> str:
        return (
            f"{names}有来稿，不能删除。"
            "撤并的单位请改为停用：打开这个单位，去掉“在用”，保存。"
        )

    @display(description="来稿", ordering="sent")
    def pieces(self, unit: Any) -> str:
        if not unit.sent:
            return "—"
        address = reverse("admin:bulletins_contribution_changelist")
        return format_html(
            '<a href="{}?unit__id__exact={}">{}篇</a>', address, unit.pk, unit.sent
        )
