"""The issues: composed by hand while they are open, previewed always."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from bulletins import rendering, workflow
from bulletins.admin import (
    briefs,
    inbox,
    pool,
    presence,
    preview,
    recipients,
    review,
    trail,
    waiting,
)
from bulletins.admin.pages import STATUS_BADGES, issue_to_read, person
from bulletins.admin.tables import PlainTable, RecipientTable
from bulletins.composing import (
    document_of,
    draft_mark_of,
    next_position,
    printed_layout,
)
from bulletins.document import DocumentError
from bulletins.forms import ArticleForm, BriefItemForm, IssueForm
from bulletins.models import Article, BriefItem, Event, Issue, Recipient, Section
from bulletins.rendering.trust import trusted_body
from bulletins.workflow import pictures_folder, record_edit
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


class _SectionedInline(_IssueInline):
    """Rows that choose among their own bulletin's sections of their own kind."""

    section_kind: ClassVar[Section.Kind]

    def get_formset(
        self, request: HttpRequest, obj: Issue | None = None, **kwargs: Any
    ) -> Any:
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        field = formset.form.base_fields.get("section")
        if field is not None and obj is not None:
            field.queryset = obj.bulletin.sections.filter(kind=self.section_kind)
            # Whoever adds a section here would leave the page half typed.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = field.widget.can_delete_related = False
            if field.queryset.count() == 1:
                field.initial = field.queryset.get()
        return formset


class ArticleInline(_SectionedInline, StackedInline):
    """The articles of an issue."""

    model = Article
    form = ArticleForm
    section_kind = Section.Kind.ARTICLES
    fields = (("section", "position"), "title", "contents_title", "source", "body")
    fields_to_read = (*fields[:-1], "body_to_read")

    def get_fields(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        may_change = self.has_change_permission(request, obj)
        return self.fields if may_change else self.fields_to_read

    def get_readonly_fields(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else ("body_to_read",)

    @display(description="正文")
    def body_to_read(self, article: Article) -> str:
        return format_html(
            '<div class="text-to-read">{}</div>', trusted_body(article.body)
        )


class BriefItemInline(_SectionedInline, StackedInline):
    """The brief items of an issue."""

    model = BriefItem
    form = BriefItemForm
    section_kind = Section.Kind.BRIEFS
    fields = (("section", "position"), "lead", "text", "source")


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
class IssueAdmin(ModelAdmin):
    """Issues: open ones are edited here, all are previewed here."""

    form = IssueForm
    change_form_outer_before_template = "admin/bulletins/issue/beside_form.html"
    list_display = ("issue_label", "bulletin", "status_badge", "date", "updated_at")
    list_display_links = ("issue_label",)
    list_filter = ("status", "bulletin", "kind")
    list_select_related = ("bulletin",)
    search_fields = ("articles__title", "brief_items__lead")
    ordering = ("-updated_at",)
    actions_detail = ("review", "preview_page", "preview_pdf", "trail")
    search_help_text = "按文章标题或简讯首句查找"
    add_fieldsets = (
        (None, {"fields": ("bulletin", "kind", "planned_number", "date")}),
    )
    change_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("bulletin", "status_badge"),
                    ("kind", "date"),
                    ("planned_number", "planned_total_number"),
                )
            },
        ),
        ("编者按", {"classes": ("tab",), "fields": ("editors_note",)}),
        (
            "密级与版记",
            {
                "classes": ("tab",),
                "fields": (
                    # Two to a line: of three, each is too narrow for its text.
                    ("secrecy", "copy_number"),
                    ("urgency", "copies"),
                    ("signatory", "editor"),
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
        return (ArticleInline, BriefItemInline, IssueRecipientInline, EventInline)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        closed = ("bulletin", "status_badge")
        # A correction keeps them as they were when it was issued.
        return (*closed, *self.fields_as_issued) if obj.edition_id else closed

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

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Issue | None:
        """Lock the row a form is saved to: the whole of it is written, status and all."""
        found = super().get_object(request, object_id, from_field)
        is_saved = request.method == "POST" and connection.in_atomic_block
        return lock(found) if found is not None and is_saved else found

    def save_model(
        self, request: HttpRequest, obj: Issue, form: Any, change: bool
    ) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        if not change:
            _copy_standing_recipients(obj)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        # Here all rows are saved: what the issue says now is kept.
        record_edit(form.instance, by=cast(User, request.user))

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Issue],
        formset: BaseModelFormSet[Any, Any],
        change: bool,
    ) -> None:
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            row.delete()
        for row in rows:
            if row.position is None:
                row.position = next_position(form.instance)
            row.save()
        formset.save_m2m()

    def response_add(
        self, request: HttpRequest, obj: Issue, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, f"已新建 {obj}，请录入文章和简讯。")
        return redirect("admin:bulletins_issue_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: Issue) -> HttpResponse:
        """Lead from a saved text to where it is handed in."""
        if "_save" not in request.POST:
            response: HttpResponse = super().response_change(request, obj)
            return response
        messages.success(request, f"已保存 {obj}。")
        return redirect("admin:bulletins_issue_review", obj.pk)

    def view_on_site(self, obj: Issue) -> str | None:
        """Lead to the public page, for an issue which has one."""
        is_public = Issue.objects.public().filter(pk=obj.pk).exists()
        return obj.get_absolute_url() if is_public else None

    @display(description="期次", ordering="number")
    def issue_label(self, issue: Issue) -> str:
        return issue.label

    @display(description="状态", ordering="status", label=_BADGES_BY_LABEL)
    def status_badge(self, issue: Issue) -> str:
        return issue.get_status_display()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Tell who saves to an issue that was closed meanwhile what became of it."""
        try:
            response: HttpResponse = super().change_view(
                request, object_id, form_url, extra_context
            )
        except PermissionDenied:
            if request.method != "POST" or not self.has_change_permission(request):
                raise
            issue = issue_to_read(request, object_id)
            state = issue.get_status_display()
            messages.error(
                request,
                f"没有保存：您打开编辑页之后，这一期已是“{state}”，不能再修改。",
            )
            return redirect("admin:bulletins_issue_review", issue.pk)
        return response

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
        if obj is not None:
            context.update(review.beside_form(obj, person(request)))
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

    @action(
        description="办理",
        url_path="review",
        icon="approval",
        variant=ActionVariant.PRIMARY,
    )
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
                pictures=pictures_folder(),
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


def _copy_standing_recipients(issue: Issue) -> None:
    Recipient.objects.bulk_create(
        Recipient(
            issue=issue,
            tier=row.tier,
            position=row.position,
            name=row.name,
            copies=row.copies,
            email=row.email,
        )
        for row in issue.bulletin.recipients.all()
    )
