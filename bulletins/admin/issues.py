"""The issues: composed by hand while they are open, previewed always."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from bulletins import notices, rendering, workflow
from bulletins.admin import (
    arranging,
    beginning,
    briefs,
    inbox,
    panel,
    pasting,
    pool,
    presence,
    preview,
    recipients,
    review,
    trail,
    waiting,
)
from bulletins.admin.beginning import begun_by_this_form, starting_values
from bulletins.admin.deleting import SaysWhyKept
from bulletins.admin.desk import DeskMixin, Pair
from bulletins.admin.filters import StageFilter, UnitFilter, YearFilter, searched
from bulletins.admin.pages import STATUS_BADGES, issue_to_read, labels_of, person
from bulletins.admin.tables import PlainTable, RecipientTable
from bulletins.composing import (
    document_of,
    draft_mark_of,
    printed_layout,
)
from bulletins.document import DocumentError
from bulletins.forms import IssueForm
from bulletins.models import (
    Article,
    BriefItem,
    Bulletin,
    Event,
    Issue,
    Presence,
    Recipient,
)
from bulletins.pictures import folder_for
from bulletins.workflow import record_edit
from bulletins.workflow.recording import lock

_BADGES_BY_LABEL = {status.label: badge for status, badge in STATUS_BADGES.items()}


class _IssueInline:
    """Rows of an issue are closed when the issue is."""

    extra = 0
    tab = True

    def has_add_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _may_edit(request, obj)

    def has_change_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _may_edit(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _may_edit(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("bulletins.view_issue")


def _may_edit(request: HttpRequest, issue: Issue | None) -> bool:
    """Tell whether the text is open to this person; the workflow decides."""
    return issue is not None and workflow.may_edit(issue, person(request))


class IssueRecipientInline(_IssueInline, RecipientTable):
    """Whom this issue goes to."""

    fk_name = "issue"


class EventInline(PlainTable):
    """The moves so far; nobody edits them."""

    model = Event
    extra = 0
    tab = True
    fields = ("at", "move", "step", "actor_name", "comment")
    readonly_fields = fields
    can_delete = False

    @display(description="经办人")
    def actor_name(self, event: Event) -> str:
        # Without Django's link to the account, which few may open.
        return event.actor.get_full_name() or event.actor.get_username()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Event]:
        events: models.QuerySet[Event] = super().get_queryset(request)
        return events.select_related("actor")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("bulletins.view_issue")


@admin.register(Issue)
class IssueAdmin(DeskMixin, SaysWhyKept, ModelAdmin):
    """Issues: open ones are edited here, all are previewed here."""

    form = IssueForm
    change_form_template = "admin/bulletins/issue/change_form.html"
    add_form_template = "admin/bulletins/issue/add_form.html"
    list_display = ("issue_label", "bulletin", "status_badge", "date", "updated_at")
    list_display_links = ("issue_label",)
    list_filter = (
        StageFilter,
        "status",
        ("bulletin", RelatedOnlyFieldListFilter),
        YearFilter,
        UnitFilter,
    )
    list_select_related = ("bulletin",)
    list_per_page = 50
    search_fields = ("articles__title", "brief_items__lead")
    ordering = ("-updated_at", "-pk")
    actions_detail = ("review", "preview_page", "preview_pdf", "trail")
    search_help_text = "按期号、文章标题或简讯首句查找"
    # By the stage the list is opened at from the menu.
    empty_hints: ClassVar = {
        "open": "现在没有在办的简报。新建一期，录入文章和简讯后送审。",
        "past": "印发过的各期都在这里；还没有印发过。",
    }
    overtaken_is_kept = "对方的仍在全程记录里"
    counted_by = "期"
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "bulletin",
                    ("kind", "date"),
                    ("planned_number", "planned_total_number"),
                )
            },
        ),
    )
    change_fieldsets = (
        (
            None,
            {
                "fields": (
                    "bulletin",
                    "kind",
                    "date",
                    "planned_number",
                    "planned_total_number",
                )
            },
        ),
        ("编者按", {"classes": ("tab",), "fields": ("editors_note",)}),
        (
            "密级与版记",
            {
                "classes": ("tab",),
                "fields": (
                    "secrecy",
                    "copy_number",
                    "urgency",
                    "copies",
                    "signatory",
                    "editor",
                ),
            },
        ),
    )

    # What decides where an issue stands, and who may see it.
    fields_as_issued = (
        "kind",
        "date",
        "planned_number",
        "planned_total_number",
        "secrecy",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        return self.change_fieldsets if obj else self.add_fieldsets

    def get_inlines(self, request: HttpRequest, obj: Issue | None) -> Any:
        # Sections and recipients come from the bulletin: it is chosen first.
        if obj is None:
            return ()
        return (IssueRecipientInline, EventInline)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        # A correction keeps them as they were when it was issued.
        return ("bulletin", *self.fields_as_issued) if obj.edition_id else ("bulletin",)

    def has_change_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        if obj is not None:
            return _may_edit(request, obj)
        may_change: bool = super().has_change_permission(request)
        return may_change

    def has_delete_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        # What was ever submitted is evidence.
        is_evidence = obj is not None and (not obj.is_open or obj.events.exists())
        return not is_evidence and super().has_delete_permission(request, obj)

    def kept(self, rows: Sequence[Issue]) -> Sequence[Issue]:
        """Return those that were ever submitted, or are out."""
        moved = Event.objects.filter(issue__in=[issue.pk for issue in rows])
        submitted = set(moved.values_list("issue", flat=True))
        return [row for row in rows if row.pk in submitted or not row.is_open]

    def name_kept(self, row: Issue) -> str:
        return f"{row}（{row.get_status_display()}）"

    def why_kept(self, names: str) -> str:
        return (
            f"{names}：已印发的和送审过的要留存备查，不能删除。"
            "请只选没有送审过的草稿；已印发的要从网站上撤下，请打开那一期办理“撤回”。"
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes with the issues: whoever may delete one, may its text."""
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        parts = {model._meta.verbose_name for model in (Article, BriefItem)}
        # The numbers say what goes; forty titles would push the buttons out of sight.
        counts.pop(Presence._meta.verbose_name_plural, None)
        return [*map(str, objs)], counts, lacking - parts, protected

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Issue | None:
        """Lock the row a form is saved to: the whole of it is written, status and all."""
        found = super().get_object(request, object_id, from_field)
        is_saved = request.method == "POST" and connection.in_atomic_block
        return lock(found) if found is not None and is_saved else found

    # --- saving ---

    def save_seen(self, obj: Issue, *, by: User, seen: int | None) -> None:
        """Begin a new issue, or save one typed over version ``seen``."""
        if obj.pk is None:
            workflow.start_issue(obj, by=by)
        else:
            workflow.save_issue(obj, by=by, seen=seen)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        # Here all rows are saved: what the issue says now is kept.
        record_edit(form.instance, by=person(request))

    def conflict_rows(
        self, request: HttpRequest, form: ModelForm[Issue], current: Issue
    ) -> Iterator[Pair]:
        """Yield the fields, and the recipients as they were typed."""
        yield from super().conflict_rows(request, form, current)
        mine, theirs = _typed_recipients(request), _saved_recipients(current)
        yield Pair("收文单位", mine, theirs, differs=mine != theirs)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Begin an issue; the second click of a double click leads to the same one."""
        if self.has_add_permission(request) and not Bulletin.objects.exists():
            messages.warning(
                request, "还没有简报。请先设好一份简报，再新建它的第一期。"
            )
            may_found = request.user.has_perm("bulletins.add_bulletin")
            where = "bulletins_bulletin_add" if may_found else "index"
            return redirect(f"admin:{where}")
        opened = request.POST.get("opened_at") or timezone.now().isoformat()
        context = {**(extra_context or {}), "opened_at": opened, "title": "新建一期"}
        with transaction.atomic():
            begun = begun_by_this_form(request) if request.method == "POST" else None
            if begun is not None:
                return redirect("admin:bulletins_issue_change", begun.pk)
            response: HttpResponse = super().add_view(request, form_url, context)
            return response

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the bulletin used last, and its next number."""
        return starting_values(request)

    def response_add(
        self, request: HttpRequest, obj: Issue, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, f"已新建 {obj}，请录入文章和简讯。")
        return redirect("admin:bulletins_issue_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: Issue) -> HttpResponse:
        """Stay on the page: the contents and the way onward are there."""
        messages.success(request, f"已保存 {obj}。")
        return redirect("admin:bulletins_issue_change", obj.pk)

    def view_on_site(self, obj: Issue) -> str | None:
        """Lead to the public page, for an issue which has one."""
        is_public = Issue.objects.public().filter(pk=obj.pk).exists()
        return obj.get_absolute_url() if is_public else None

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give the rows their labels; those without a number are asked for together."""
        page = super().get_changelist_instance(request)
        labels = labels_of(page.result_list)
        for issue in page.result_list:
            issue.shown_label = labels[issue.pk]
        stage = request.GET.get("stage", "open")
        # The menu's own choice of a stage is no search of the person's.
        if set(request.GET) <= {"stage"} and stage in self.empty_hints:
            page.empty_hint = self.empty_hints[stage]
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Issue], search_term: str
    ) -> tuple[models.QuerySet[Issue], bool]:
        """Find by number, and by what titles and leads say."""
        return searched(queryset, search_term), False

    @display(description="期次", ordering="number")
    def issue_label(self, issue: Issue) -> str:
        return str(issue.shown_label)  # type: ignore[attr-defined]

    @display(description="状态", ordering="status", label=_BADGES_BY_LABEL)
    def status_badge(self, issue: Issue) -> str:
        return issue.get_status_display()

    # --- the pages beside the form ---

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Issue | None = None,
    ) -> HttpResponse:
        # One way to save: what leads onward stands in the panel.
        context.update(show_save_and_continue=False, show_save_and_add_another=False)
        if obj is not None:
            user = person(request)
            notices.mark_read(obj, user)
            context.update(
                review.beside_form(obj, user), **panel.beside_form(obj, user)
            )
            # Our own history says all that the framework's would, and more.
            context["show_history"] = False
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("queue/", waiting.queue, "queue"),
            ("notices/", inbox.inbox, "notices"),
            ("notices/read/", inbox.read_all, "notices_read"),
            ("notices/<int:pk>/", inbox.open_notice, "notice"),
            ("<int:pk>/review/<slug:move>/", review.make_move, "move"),
            ("<int:pk>/remind/", review.remind, "remind"),
            ("<int:pk>/briefs/", briefs.paste_page, "briefs"),
            ("<int:pk>/remarks/", review.add_remark, "remark"),
            (
                "<int:pk>/remarks/<int:remark>/done/",
                review.tick_off_remark,
                "remark_done",
            ),
            ("<int:pk>/trail/<int:revision>/", trail.revision_page, "revision"),
            ("<int:pk>/trail.pdf", trail.trail_pdf, "trail_pdf"),
            *arranging.ISSUE_PAGES,
            *beginning.ISSUE_PAGES,
            *pasting.ISSUE_PAGES,
            *pool.ISSUE_PAGES,
            *recipients.ISSUE_PAGES,
            *presence.ISSUE_PAGES,
            *preview.ISSUE_PAGES,
        )
        urls = [
            path(
                route, self.admin_site.admin_view(view), name=f"bulletins_issue_{name}"
            )
            for route, view, name in own
        ]
        return [*urls, *presence.PATHS, *super().get_urls()]

    @action(description="办理", url_path="review", icon="approval")
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return review.review_page(request, object_id)

    @action(description="全程记录", url_path="trail", icon="history")
    def trail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return trail.trail_page(request, object_id)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return trail.trail_page(request, object_id)

    # --- previews: they change nothing, so that GET is right ---

    @action(description="预览网页", url_path="preview-page", icon="visibility")
    def preview_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        issue = issue_to_read(request, object_id)
        try:
            return HttpResponse(
                rendering.render_page(document_of(issue), printed_layout(issue))
            )
        except (DocumentError, rendering.RenderError) as error:
            return self._cannot_preview(request, issue, error)

    @action(description="预览 PDF", url_path="preview-pdf", icon="picture_as_pdf")
    def preview_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        issue = issue_to_read(request, object_id)
        try:
            document = document_of(issue)
            pdf = rendering.render_pdf(
                document,
                profile=printed_layout(issue),
                pictures=folder_for(document),
                mark=draft_mark_of(issue, document),
            )
        except (DocumentError, rendering.RenderError) as error:
            return self._cannot_preview(request, issue, error)
        return HttpResponse(pdf, content_type="application/pdf")

    def _cannot_preview(
        self, request: HttpRequest, issue: Issue, error: Exception
    ) -> HttpResponse:
        messages.error(request, f"不能预览：{error}")
        return redirect("admin:bulletins_issue_change", issue.pk)


def _typed_recipients(request: HttpRequest) -> str:
    """Return the recipients of the form, a line each."""
    sent, lines = request.POST, []
    total = sent.get("recipients-TOTAL_FORMS", "0")
    for row in range(min(int(total), 1000) if total.isdecimal() else 0):
        name = sent.get(f"recipients-{row}-name", "").strip()
        if name and not sent.get(f"recipients-{row}-DELETE"):
            lines.append((sent.get(f"recipients-{row}-tier", ""), name))
    return _recipient_lines(lines)


def _saved_recipients(issue: Issue) -> str:
    rows = issue.recipients.order_by("position", "pk").values_list("tier", "name")
    return _recipient_lines(list(rows))


def _recipient_lines(named: list[tuple[str, str]]) -> str:
    """Return the lists by tier, as both sides of a conflict show them."""
    return "\n".join(
        f"{tier.label}：{name}"
        for tier in Recipient.Tier
        for own, name in named
        if own == tier.value
    )
