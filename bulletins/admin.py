"""The staff side: composing by hand. Requests come in, one call below is made."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import models
from django.forms import BaseModelFormSet, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from bulletins import rendering
from bulletins.composing import (
    document_of,
    draft_mark_of,
    layout_of,
    next_position,
    sample_of,
)
from bulletins.document import DocumentError, content_digest
from bulletins.forms import (
    ArticleForm,
    BriefItemForm,
    BulletinForm,
    IssueForm,
    RecipientForm,
)
from bulletins.models import (
    Article,
    BriefItem,
    Bulletin,
    Event,
    Issue,
    Recipient,
    ReviewStep,
    Section,
)
from bulletins.rendering.trust import trusted_body
from bulletins.workflow import pictures_folder

admin.site.unregister(Group)
admin.site.unregister(User)

_STATUS_BADGES = {
    Issue.Status.DRAFT.label: "default",
    Issue.Status.REVIEW.label: "warning",
    Issue.Status.APPROVED.label: "info",
    Issue.Status.ISSUED.label: "success",
    Issue.Status.WITHDRAWN.label: "danger",
}


# --- the series -------------------------------------------------------------------


class _PlainTable(TabularInline):
    """Rows that say themselves what they are: no line of its own above each."""

    hide_title = True


class SectionInline(_PlainTable):
    """The 栏目 of a bulletin."""

    model = Section
    extra = 0
    tab = True
    fields = ("position", "name", "kind", "show_heading")


class ReviewStepInline(_PlainTable):
    """Who signs, in order."""

    model = ReviewStep
    extra = 0
    tab = True
    fields = ("position", "name", "group")


class _RecipientInline(_PlainTable):
    """Lines of 报 / 送 / 发, in the order in which they are printed."""

    model = Recipient
    form = RecipientForm
    ordering = (
        models.Case(
            *(
                models.When(tier=tier, then=place)
                for place, tier in enumerate(Recipient.Tier)
            )
        ),
        "position",
        "pk",
    )


class StandingRecipientInline(_RecipientInline):
    """The list a new issue starts from."""

    fk_name = "bulletin"
    extra = 0
    tab = True
    verbose_name_plural = "常设报送单位"


@admin.register(Bulletin)
class BulletinAdmin(ModelAdmin):
    """The series and what belongs to them."""

    form = BulletinForm
    list_display = ("__str__", "office", "numbering", "audience")
    inlines = (SectionInline, ReviewStepInline, StandingRecipientInline)
    fieldsets = (
        ("报头", {"fields": ("programme", "name", "office")}),
        ("编号与公开", {"fields": ("numbering", "counts_total", "audience", "slug")}),
        (
            "版式",
            {
                "description": "改动后可先点“预览样张”看效果，再保存。",
                "fields": (
                    ("rows_per_page", "title_size"),
                    ("first_page_contents_only", "contents_numbers"),
                    ("even_last", "mirrored"),
                    ("red", "grid"),
                ),
            },
        ),
    )

    def view_on_site(self, obj: Bulletin) -> str | None:
        """Lead to the public list, for a series which has one."""
        return obj.get_absolute_url() if obj.is_public else None

    def get_urls(self) -> list[URLPattern]:
        sample = self.admin_site.admin_view(require_POST(self.sample))
        own = [
            path("sample/", sample, name="bulletins_bulletin_sample_new"),
            path("<int:pk>/sample/", sample, name="bulletins_bulletin_sample"),
        ]
        return [*own, *super().get_urls()]

    def sample(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Show a sample issue laid out as the form says now, and save nothing."""
        bulletin = None if pk is None else get_object_or_404(Bulletin, pk=pk)
        may = (
            self.has_add_permission(request)
            if bulletin is None
            else self.has_change_permission(request, bulletin)
        )
        if not may:
            raise PermissionDenied
        form_class = self.get_form(request, bulletin, change=bulletin is not None)
        form = form_class(request.POST, instance=bulletin)
        if not form.is_valid():
            return self._no_sample(request, _form_errors(form))
        try:
            pdf = _sample_pdf(form.instance)
        except (DocumentError, rendering.RenderError) as error:
            return self._no_sample(request, [str(error)])
        return HttpResponse(
            pdf,
            content_type="application/pdf",
            headers={
                "Content-Disposition": content_disposition_header(
                    as_attachment=False, filename=f"{form.instance}样张.pdf"
                )
            },
        )

    def _no_sample(self, request: HttpRequest, errors: list[str]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "样张未能生成",
            "errors": errors,
        }
        template = "admin/bulletins/bulletin/no_sample.html"
        return render(request, template, context, status=422)


def _form_errors(form: ModelForm[Bulletin]) -> list[str]:
    """Return each error behind the label of its field."""
    return [
        message if name == NON_FIELD_ERRORS else f"{form[name].label}：{message}"
        for name, messages in form.errors.items()
        for message in map(str, messages)
    ]


def _sample_pdf(bulletin: Bulletin) -> bytes:
    document = sample_of(bulletin)
    mark = rendering.DraftMark(text="样张", digest=content_digest(document))
    return rendering.render_pdf(document, profile=layout_of(bulletin), mark=mark)


# --- the issue --------------------------------------------------------------------


class _IssueInline:
    """Rows of an issue are closed when the issue is."""

    extra = 0
    tab = True

    def has_add_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _is_open(obj) and request.user.has_perm("bulletins.change_issue")

    def has_change_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _is_open(obj) and request.user.has_perm("bulletins.change_issue")

    def has_delete_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        return _is_open(obj) and request.user.has_perm("bulletins.change_issue")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("bulletins.view_issue")


def _is_open(issue: Issue | None) -> bool:
    return issue is not None and issue.is_open


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


class IssueRecipientInline(_IssueInline, _RecipientInline):
    """Whom this issue goes to."""

    fk_name = "issue"


class EventInline(_PlainTable):
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
    list_display = ("issue_label", "bulletin", "status_badge", "date", "updated_at")
    list_display_links = ("issue_label",)
    list_filter = ("status", "bulletin", "kind")
    list_select_related = ("bulletin",)
    search_fields = ("articles__title", "brief_items__lead")
    ordering = ("-updated_at",)
    actions_detail = ("preview_page", "preview_pdf")
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
                    ("secrecy", "copy_number", "urgency"),
                    ("copies", "signatory", "editor"),
                ),
            },
        ),
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
        return ("bulletin", "status_badge") if obj else ()

    def has_change_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        is_closed = obj is not None and not obj.is_open
        return not is_closed and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Issue | None = None
    ) -> bool:
        # What was ever submitted is evidence.
        is_evidence = obj is not None and (not obj.is_open or obj.events.exists())
        return not is_evidence and super().has_delete_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Issue, form: Any, change: bool
    ) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        if not change:
            _copy_standing_recipients(obj)

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

    def view_on_site(self, obj: Issue) -> str | None:
        """Lead to the public page, for an issue which has one."""
        is_public = Issue.objects.public().filter(pk=obj.pk).exists()
        return obj.get_absolute_url() if is_public else None

    @display(description="期次", ordering="number")
    def issue_label(self, issue: Issue) -> str:
        return issue.label

    @display(description="状态", ordering="status", label=_STATUS_BADGES)
    def status_badge(self, issue: Issue) -> str:
        return issue.get_status_display()

    # --- previews: they change nothing, so that GET is right ---

    @action(description="预览网页", url_path="preview-page", icon="visibility")
    def preview_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        issue = self._issue_to_preview(request, object_id)
        try:
            return HttpResponse(rendering.render_page(document_of(issue)))
        except (DocumentError, rendering.RenderError) as error:
            return self._cannot_preview(request, issue, error)

    @action(description="预览 PDF", url_path="preview-pdf", icon="picture_as_pdf")
    def preview_pdf(self, request: HttpRequest, object_id: int) -> HttpResponse:
        issue = self._issue_to_preview(request, object_id)
        try:
            document = document_of(issue)
            pdf = rendering.render_pdf(
                document,
                profile=layout_of(issue.bulletin),
                pictures=pictures_folder(),
                mark=draft_mark_of(issue, document),
            )
        except (DocumentError, rendering.RenderError) as error:
            return self._cannot_preview(request, issue, error)
        return HttpResponse(pdf, content_type="application/pdf")

    def _issue_to_preview(self, request: HttpRequest, pk: int) -> Issue:
        issue = get_object_or_404(Issue.objects.select_related("bulletin"), pk=pk)
        if not self.has_view_permission(request, issue):
            raise PermissionDenied
        return issue

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


# --- accounts ---------------------------------------------------------------------

_RIGHTS = {"add": "新增", "change": "修改", "delete": "删除", "view": "查看"}


class PermissionChoiceField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions by Chinese names; Django stores its own in English."""

    def label_from_instance(self, obj: models.Model) -> str:
        assert isinstance(obj, Permission)  # noqa: S101 - the queryset's own type
        model = obj.content_type.model_class()
        name = model._meta.verbose_name if model else obj.content_type.model
        right, _, rest = obj.codename.partition("_")
        if right in _RIGHTS and rest == obj.content_type.model:
            return f"{name}：{_RIGHTS[right]}"
        return f"{name}：{obj.name}"


class _PermissionsInChinese:
    """Shows the permissions of what this system's people handle."""

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in {"permissions", "user_permissions"}:
            kwargs["form_class"] = PermissionChoiceField
            kwargs["queryset"] = Permission.objects.filter(
                content_type__app_label__in=["bulletins", "auth"]
            ).select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


class _DeletedByName:
    """Tells what goes with an account, without the links Django keeps in English."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, *rest = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        links = [
            through._meta
            for through in (
                User.groups.through,
                User.user_permissions.through,
                Group.permissions.through,
            )
        ]
        for link in links:
            counts.pop(link.verbose_name_plural, None)
        marks = tuple(capfirst(f"{link.verbose_name}: ") for link in links)
        return _without(found, marks), counts, *rest


def _without(entries: list[Any], marks: tuple[str, ...]) -> list[Any]:
    """Return a tree of lines, less the lines that begin with one of the marks."""
    kept = (
        _without(entry, marks) if isinstance(entry, list) else entry
        for entry in entries
        if isinstance(entry, list) or not entry.startswith(marks)
    )
    return [entry for entry in kept if entry]


@admin.register(User)
class UserAdmin(_PermissionsInChinese, _DeletedByName, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Accounts, in the skin of the rest."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(_PermissionsInChinese, _DeletedByName, DjangoGroupAdmin, ModelAdmin):
    """Groups of accounts, which review steps name."""
