"""The series: masthead, numbering, layout, and what belongs to them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, BooleanField, Field, ModelForm
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import InlineForeignKeyField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from bulletins import rendering, workflow
from bulletins.admin import numbers, recipients
from bulletins.admin.deleting import SaysWhyKept, uses_of
from bulletins.admin.desk import DeskMixin, Pair, as_text
from bulletins.admin.pages import person
from bulletins.admin.tables import NamedFormSet, PlainTable, RecipientTable
from bulletins.archive.keeping import bulletin_changed
from bulletins.composing import add_default_sections, layout_of, sample_of
from bulletins.document import DocumentError, content_digest
from bulletins.forms import BulletinForm
from bulletins.models import Bulletin, Phrase, RemovedItem, ReviewStep, Section
from bulletins.pool_forms import OrderedSectionForm, ReviewStepForm

# What of a row nobody reads: its key, its mark; where it stands shows by itself.
_NOT_READ = frozenset(["id", "DELETE", "position"])
# What of a bulletin stands on each of its public pages, or decides that it has any.
_ON_PUBLIC_PAGES = {"programme", "name", "office", "audience", "slug"}


class _KeptRows(NamedFormSet):
    """Rows of which none that is in use can be deleted; told at the row."""

    # Why, with the name of the row and the number of what uses it.
    refusal: ClassVar[str]

    def clean(self) -> None:
        # First: Django would collect what uses a row, and name each piece of it.
        self._refuse_deleting_what_is_used()
        super().clean()

    def _refuse_deleting_what_is_used(self) -> None:
        ticked = [
            row
            for row in self.initial_forms
            if row.instance.pk is not None and self._should_delete_form(row)
        ]
        uses = uses_of(self.model, [row.instance.pk for row in ticked])
        for row in ticked:
            if count := uses[row.instance.pk].total():
                name = row.initial["name"]
                said = self.refusal.format(name=name, count=count)
                row.add_error(None, f"{said}{self.hint(uses[row.instance.pk])}")
                self._untick(row)

    def hint(self, uses: Counter[type[Model]]) -> str:
        """Return where to look for what does not show at once."""
        return ""

    def _untick(self, row: ModelForm[Any]) -> None:
        """Have the row among those to be saved, its error among theirs."""
        row.cleaned_data[DELETION_FIELD_NAME] = False
        self._errors.append(row.errors)
        # The page would cover a ticked row, and what is said at it.
        row.data = {
            name: value
            for name, value in row.data.items()
            if name != row.add_prefix(DELETION_FIELD_NAME)
        }


class SectionFormSet(_KeptRows):
    """The 栏目: pieces, and pieces taken out that can be put back, keep one."""

    refusal = "栏目“{name}”还有{count}篇稿件在用，不能删除。"

    def hint(self, uses: Counter[type[Model]]) -> str:
        if not (removed := uses[RemovedItem]):
            return ""
        return f"其中{removed}篇在各期的“已删除的稿件”里，还可以恢复。"


class ReviewStepFormSet(_KeptRows):
    """The steps: an issue that waits at one keeps it."""

    refusal = "审签环节“{name}”还有{count}期简报待办，不能删除。"

    def clean(self) -> None:
        self._place_at_the_end()
        super().clean()

    def _place_at_the_end(self) -> None:
        """Put the rows without a place after the last one, each after the other."""
        rows = [row for row in self.forms if not self._should_delete_form(row)]
        places = [row.cleaned_data.get("position") for row in rows]
        last = max((place for place in places if place is not None), default=0)
        open_rows = [
            row
            for row, place in zip(rows, places, strict=True)
            if place is None and row.has_changed() and "position" not in row.errors
        ]
        for place, row in enumerate(open_rows, start=last + 1):
            row.cleaned_data["position"] = row.instance.position = place


class SectionInline(PlainTable):
    """The 栏目 of a bulletin."""

    model = Section
    form = OrderedSectionForm
    formset = SectionFormSet
    extra = 0
    tab = True
    fields = ("position", "name", "kind", "show_heading")


class ReviewStepInline(PlainTable):
    """Who signs, in order."""

    model = ReviewStep
    form = ReviewStepForm
    formset = ReviewStepFormSet
    extra = 0
    tab = True
    fields = ("position", "name", "group")
    # To whom may only read it, the group itself would be a link that refuses them.
    fields_to_read = ("position", "name", "group_name")

    def get_fields(
        self, request: HttpRequest, obj: Bulletin | None = None
    ) -> tuple[str, ...]:
        return self.fields if self.may_write(request) else self.fields_to_read

    def get_readonly_fields(
        self, request: HttpRequest, obj: Bulletin | None = None
    ) -> tuple[str, ...]:
        return () if self.may_write(request) else ("group_name",)

    def may_write(self, request: HttpRequest) -> bool:
        """Tell whether the person may set who signs."""
        may_add = self.has_add_permission(request, None)
        return bool(may_add or self.has_change_permission(request))

    @display(description="审签人员")
    def group_name(self, step: ReviewStep) -> str:
        return str(step.group)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "group":
            # Else each row asks for the groups anew.
            field.choices = list(field.choices)
        return field


class StandingRecipientInline(RecipientTable):
    """The list a new issue starts from."""

    fk_name = "bulletin"
    extra = 0
    tab = True
    verbose_name_plural = "常设收文单位"


@admin.register(Bulletin)
class BulletinAdmin(DeskMixin, SaysWhyKept, ModelAdmin):
    """The series and what belongs to them."""

    form = BulletinForm
    row_called = "这份简报"
    empty_hint = "先设好报头、编印单位、栏目和审签环节，再新建第一期。"
    overtaken_is_kept = "对方的不再保留"
    change_form_outer_before_template = "admin/bulletins/bulletin/masthead.html"
    change_form_outer_after_template = "admin/bulletins/bulletin/numbers.html"
    list_display = ("__str__", "office", "numbering", "audience")
    search_fields = ("programme", "name", "office")
    search_help_text = "按项目、名称或编印单位查找"
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
                    ("imprint_issuer",),
                    ("red", "grid"),
                ),
            },
        ),
    )

    # Who may read it, and where: for whoever also sets who signs.
    fields_of_publishing = ("audience", "slug")

    def get_fieldsets(self, request: HttpRequest, obj: Bulletin | None = None) -> Any:
        if obj is not None or _may_publish(request):
            return self.fieldsets
        return [
            (
                title,
                {
                    **options,
                    "fields": [
                        field
                        for field in options["fields"]
                        if field not in self.fields_of_publishing
                    ],
                },
            )
            for title, options in self.fieldsets
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Bulletin | None = None
    ) -> tuple[str, ...]:
        is_open = obj is None or _may_publish(request)
        return () if is_open else self.fields_of_publishing

    def save_seen(self, obj: Bulletin, *, by: User, seen: int | None) -> None:
        workflow.save_bulletin(obj, seen=seen)

    def conflict_rows(
        self, request: HttpRequest, form: ModelForm[Bulletin], current: Bulletin
    ) -> Iterator[Pair]:
        """Yield the fields, and each table as it was typed and as it stands."""
        yield from super().conflict_rows(request, form, current)
        for table, inline in self.get_formsets_with_inlines(request, current):
            if not inline.has_change_permission(request, current):
                continue
            prefix = table.get_default_prefix()
            rows = inline.get_queryset(request)
            typed = table(
                data=request.POST, instance=current, prefix=prefix, queryset=rows
            )
            saved = table(instance=current, prefix=prefix, queryset=rows)
            mine, theirs = _table_lines(typed), _table_lines(saved)
            label = str(inline.verbose_name_plural)
            yield Pair(label, mine, theirs, differs=mine != theirs)

    def save_model(
        self, request: HttpRequest, obj: Bulletin, form: Any, change: bool
    ) -> None:
        if not change and not _may_publish(request):
            obj.slug = _free_slug()
            obj.audience = Bulletin.Audience.INTERNAL
            messages.info(
                request, "新建的简报先设为内部；公开范围和网址名请管理员核定。"
            )
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if _ON_PUBLIC_PAGES & set(form.changed_data):
            bulletin_changed(form.instance, was_at=form.initial.get("slug") or "")
        if change:
            return
        if sections := add_default_sections(form.instance):
            names = "”“".join(section.name for section in sections)
            messages.info(request, f"已设好栏目“{names}”；可在“栏目”中修改。")
        if step := workflow.add_default_step(form.instance):
            messages.info(
                request,
                f"已设好审签环节“{step.name}”，由“{step.group}”办理；可在“审签环节”中修改。",
            )

    def why_kept(self, names: str) -> str:
        return (
            f"{names}已有各期简报或作废的期号，不能删除。"
            "不再编印的，不再新建各期即可；要从网站上收起，请把公开范围改为“内部”。"
        )

    def delete_model(self, request: HttpRequest, obj: Bulletin) -> None:
        # First: afterwards it has no key to be remembered by.
        bulletin_changed(obj)
        super().delete_model(request, obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Bulletin]
    ) -> None:
        for bulletin in queryset:
            bulletin_changed(bulletin)
        super().delete_queryset(request, queryset)

    def view_on_site(self, obj: Bulletin) -> str | None:
        """Lead to the public list, for a series which has one."""
        return obj.get_absolute_url() if obj.is_public else None

    def get_urls(self) -> list[URLPattern]:
        sample = self.admin_site.admin_view(require_POST(self.sample))
        own = [
            path("sample/", sample, name="bulletins_bulletin_sample_new"),
            path("<int:pk>/sample/", sample, name="bulletins_bulletin_sample"),
            path(
                "<int:pk>/void/",
                self.admin_site.admin_view(numbers.void),
                name="bulletins_bulletin_void",
            ),
        ]
        lists = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"bulletins_bulletin_{name}",
            )
            for route, view, name in recipients.BULLETIN_PAGES
        ]
        return [*own, *lists, *super().get_urls()]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Bulletin | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context.update(numbers.numbers_of(request, obj))
            context["show_delete"] = not self.kept([obj])
        context["masthead"] = _masthead_typed(context["adminform"].form, obj)
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response

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


def _may_publish(request: HttpRequest) -> bool:
    return person(request).has_perm("bulletins.change_reviewstep")


def _table_lines(table: BaseInlineFormSet[Any, Any, Any]) -> str:
    """Return the rows of a table as they are read, a line each."""
    lines = []
    for row in table.forms:
        if "DELETE" in row.fields and row["DELETE"].value():
            continue
        shown = [
            _cell_text(field, row[name].value())
            for name, field in row.fields.items()
            if name not in _NOT_READ and not isinstance(field, InlineForeignKeyField)
        ]
        if row.instance.pk is not None or row.has_changed():
            lines.append("　".join(filter(None, shown)))
    return "\n".join(lines)


def _cell_text(field: Field, value: Any) -> str:
    # 是 and 否 say nothing without the head of the column.
    if isinstance(field, BooleanField):
        return str(field.label) if value else ""
    return as_text(field, value)


def _free_slug() -> str:
    """Return an address nobody has yet, until somebody chooses a speaking one."""
    taken = set(Bulletin.objects.values_list("slug", flat=True))
    slugs = (f"jianbao-{number}" for number in itertools.count(1))
    return next(slug for slug in slugs if slug not in taken)


def _masthead_typed(form: Any, bulletin: Bulletin | None) -> dict[str, Any]:
    """Return what the sample of the masthead begins with: what the form shows."""
    names = ("programme", "name", "office", "red", "counts_total")
    is_form = all(name in form.fields for name in names)
    if is_form:
        return {name: form[name].value() for name in names}
    return {name: getattr(bulletin, name, "") for name in names}


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


@admin.register(Phrase)
class PhraseAdmin(ModelAdmin):
    """The common opinions, one tap away when signing or sending back."""

    empty_hint = "录入常用的审签意见，如“同意印发”；审签时点一下就填好。"
    list_display = ("text", "position")
    list_editable = ("position",)
    ordering = ("position", "pk")
