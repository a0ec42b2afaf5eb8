"""The composing desk: what was typed into a form is not lost.

``DeskMixin`` stands first among the bases of a ModelAdmin whose rows have a ``version``::

    class ArticleAdmin(DeskMixin, ModelAdmin): ...

It brings, without more:

* at the top of the form, through ``change_form_before_template``, the template
  ``admin/bulletins/desk/desk.html``: the hidden input ``seen`` (the version typed over),
  who else has the page open, the preview, and what desk.js needs for keeping and restoring
  what is typed. A page with a template of its own there includes this one in its form.
* saving by ``save_seen``, by default ``workflow.save_item``. Where that raises
  ``Overtaken``, ``Gone`` or another ``WorkflowError``, whatever was typed comes back on a
  page (409) from which it can be saved, merged, or given up. Nothing is lost.

A ModelAdmin whose rows are saved in another way overrides ``save_seen``; one whose page
has more than its form (rows of an inline, say) adds it to ``conflict_rows``; one that
knows the issue of a new row in another way than by ``?issue=`` overrides ``desk_issue``.
A row that is saved must be compared and written under a lock, and raise ``Overtaken``
with the newer row, which is what ``workflow.save_item`` does.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ckeditor.widgets import CKEditorWidget
from django import forms
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms.widgets import Media, Script
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString

from bulletins import differences, rendering, workflow
from bulletins.admin.choices import PlainChoices
from bulletins.admin.pages import name_of, person, show
from bulletins.admin.presence import PAGE
from bulletins.bounds import SectionKind
from bulletins.document import (
    ArticleEntry,
    DocumentError,
    IssueDocument,
    Masthead,
    SectionEntry,
)
from bulletins.models import Article, BriefItem, Issue
from bulletins.rendering.trust import trusted_body
from bulletins.workflow import Gone, Overtaken, WorkflowError

SAVED_COOKIE = "desk_saved"
_SAVED_FOR = 30 * 24 * 3600
# What the browser calls the draft it keeps of a form that was sent.
_DRAFT = re.compile(r"[a-z0-9]{1,20}")
_SAVED = re.compile(rf"{PAGE.pattern}(?:~{_DRAFT.pattern})?")
# What a form carries beside what was typed.
_NOT_TYPED = frozenset(
    ["csrfmiddlewaretoken", "seen", "_save", "_continue", "_addanother", "_merge"]
)
_MERGING = "还没有保存。别人保存的内容列在上面，请合并好以后再保存。"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the form of a row shows and carries; ``page`` names it in the browser."""

    page: str
    user: int
    issue: Issue | None
    version: int
    seen: str
    is_editable: bool
    is_refused: bool
    draft: str = ""
    theirs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands at one place in the one version and in the other."""

    label: str
    mine: str
    theirs: str
    differs: bool
    is_body: bool = False
    changes: SafeString | str = ""


class DeskMixin(PlainChoices):
    """A ModelAdmin whose forms lose nothing; see the module."""

    change_form_before_template = "admin/bulletins/desk/desk.html"
    # Set by arranging, not by typing.
    fields_not_compared: ClassVar[frozenset[str]] = frozenset({"position"})
    # What a row is called in messages.
    row_called = "这篇稿件"
    # What becomes of a version that is saved over.
    overtaken_is_kept = "对方的仍在全程记录里"

    @property
    def media(self) -> Media:
        """Return what the page loads besides."""
        media: Media = super().media  # type: ignore[misc]
        return media + Media(
            css={"all": ["admin/differences.css", "admin/desk.css"]},
            js=[
                Script("admin/desk.js", defer=True),  # type: ignore[list-item]
                Script("admin/preview.js", defer=True),  # type: ignore[list-item]
            ],
        )

    # --- to be overridden ---

    def save_seen(self, obj: Any, *, by: User, seen: int | None) -> None:
        """Save the row typed over version ``seen``; raises Overtaken and Gone."""
        workflow.save_item(obj, by=by, seen=seen)

    def desk_issue(self, request: HttpRequest, obj: Any) -> Issue | None:
        """Return the issue the row belongs to, if it belongs to one."""
        if isinstance(obj, Issue):
            return obj
        if obj is not None:
            return getattr(obj, "issue", None)
        if not hasattr(self.model, "issue"):  # type: ignore[attr-defined]
            return None
        named = request.POST.get("issue") or request.GET.get("issue") or ""
        return Issue.objects.filter(pk=named).first() if _is_key(named) else None

    def conflict_rows(
        self, request: HttpRequest, form: forms.ModelForm[Any], current: Any
    ) -> Iterator[Pair]:
        """Yield what was typed beside what stands in the newer row."""
        names = [
            name
            for name in form.fields
            if name not in self.fields_not_compared and hasattr(current, name)
        ]
        for name in names:
            yield _pair(form, name, current)

    # --- the form ---

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Have a form that is only shown, to be merged, not be saved."""
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        return _shown_only(form) if _is_merging(request) else form

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Put the desk into the page."""
        context["desk"] = self._desk(request, context, obj)
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )
        return response

    def _desk(self, request: HttpRequest, context: dict[str, Any], obj: Any) -> Desk:
        issue = self.desk_issue(request, obj)
        may_change = (
            self.has_add_permission(request)  # type: ignore[attr-defined]
            if obj is None
            else self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        )
        version = getattr(obj, "version", 0)
        return Desk(
            page=self._page(obj, issue),
            user=person(request).pk,
            issue=issue if issue is not None and issue.pk else None,
            version=version,
            # What came back with an error was typed over what it was typed over.
            seen=request.POST.get("seen", str(version)),
            is_editable=may_change,
            is_refused=request.method == "POST",
            draft=_draft_named(request),
            theirs=self._theirs(request, context, obj) if _is_merging(request) else (),
        )

    def _page(self, obj: Any, issue: Issue | None) -> str:
        name = self.model._meta.model_name  # type: ignore[attr-defined]
        if obj is not None and obj.pk:
            return f"{name}-{obj.pk}"
        return f"new-{name}-{issue.pk}" if issue is not None else f"new-{name}"

    def _theirs(
        self, request: HttpRequest, context: dict[str, Any], obj: Any
    ) -> tuple[Pair, ...]:
        if obj is None:
            return ()
        current = type(obj)._default_manager.get(pk=obj.pk)
        form = context["adminform"].form
        rows = self.conflict_rows(request, form, current)
        return tuple(row for row in rows if row.differs)

    # --- saving ---

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Save what was typed over the version that was seen."""
        seen = request.POST.get("seen", "")
        known = int(seen) if change and _is_key(seen) else None
        self.save_seen(obj, by=person(request), seen=known)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form or save it; what cannot be saved comes back whole."""
        if request.method != "POST":
            shown: HttpResponse = super().changeform_view(  # type: ignore[misc]
                request, object_id, form_url, extra_context
            )
            return shown
        try:
            self._require_row(request, object_id)
            response: HttpResponse = super().changeform_view(  # type: ignore[misc]
                request, object_id, form_url, extra_context
            )
        except Overtaken as overtaken:
            return self._conflict(request, object_id, overtaken)
        except WorkflowError as refusal:
            return self._refused(request, object_id, refusal)
        except PermissionDenied:
            return self._refused(request, object_id, self._why_closed(request))
        if response.status_code == 302:
            mark_saved(request, response)
        return response

    def _require_row(self, request: HttpRequest, object_id: str | None) -> None:
        """Raise Gone where what was typed has no row any more."""
        if object_id is None or not self.has_change_permission(request):  # type: ignore[attr-defined]
            return
        if self.get_object(request, unquote(object_id)) is None:  # type: ignore[attr-defined]
            raise Gone(f"您打开之后，{self.row_called}已被别人删除")

    def _why_closed(self, request: HttpRequest) -> WorkflowError:
        """Return why a form was not taken; raises PermissionDenied to strangers."""
        issue = _issue_named(request)
        if issue is None or not request.user.has_perm("bulletins.view_issue"):
            raise PermissionDenied
        if workflow.may_edit(issue, person(request)):
            raise PermissionDenied
        state = issue.get_status_display()
        return WorkflowError(f"您打开编辑页之后，这一期已是“{state}”，不能再修改")

    def _conflict(
        self, request: HttpRequest, object_id: str | None, overtaken: Overtaken
    ) -> HttpResponse:
        current = overtaken.current
        form = self._typed(request, current)
        rows = list(self.conflict_rows(request, form, current))
        context = {
            "title": "别人已经保存了新的内容",
            "message": str(overtaken),
            "saved_by": _saved_by(current, person(request)),
            "rows": [row for row in rows if row.differs],
            "same": "、".join(row.label for row in rows if not row.differs),
            "version": current.version,
            "kept": self.overtaken_is_kept,
            **self._resubmittable(request),
        }
        return show(request, "admin/bulletins/desk/conflict.html", context, 409)

    def _refused(
        self, request: HttpRequest, object_id: str | None, refusal: WorkflowError
    ) -> HttpResponse:
        """Give back what was typed where there is no row to save it to."""
        issue = _issue_named(request)
        may_read = request.user.has_perm("bulletins.view_issue")
        is_gone = isinstance(refusal, Gone) and hasattr(self.model, "issue")  # type: ignore[attr-defined]
        is_open = (
            issue is not None
            and workflow.may_edit(issue, person(request))
            and self.has_add_permission(request)  # type: ignore[attr-defined]
        )
        form = self._typed(request, self.model())  # type: ignore[attr-defined]
        context = {
            "title": "没有保存",
            "message": str(refusal),
            "rows": [
                _typed_alone(form, name)
                for name in form.fields
                if name not in self.fields_not_compared
            ],
            "issue": issue if may_read else None,
            "add_url": self._add_url(issue) if is_gone and is_open else "",
            **self._resubmittable(request),
        }
        return show(request, "admin/bulletins/desk/refused.html", context, 409)

    def _typed(self, request: HttpRequest, row: Model) -> forms.ModelForm[Any]:
        """Return the form with what was typed, over a copy of the row."""
        fieldsets = self.get_fieldsets(request, row if row.pk else None)  # type: ignore[attr-defined]
        form_class = self.get_form(
            request,
            row if row.pk else None,
            change=bool(row.pk),
            fields=flatten_fieldsets(fieldsets),
        )
        form: forms.ModelForm[Any] = form_class(request.POST, instance=copy.copy(row))
        form.is_valid()
        return form

    def _add_url(self, issue: Issue | None) -> str:
        name = f"admin:bulletins_{self.model._meta.model_name}_add"  # type: ignore[attr-defined]
        return f"{reverse(name)}?issue={issue.pk}" if issue else ""

    def _resubmittable(self, request: HttpRequest) -> dict[str, Any]:
        pressed = [name for name in request.POST if name in _NOT_TYPED]
        return {
            "typed": [
                (name, value)
                for name, values in request.POST.lists()
                if name not in _NOT_TYPED
                for value in values
            ],
            "button": next((n for n in pressed if n.startswith("_")), "_save"),
            "page": _page_named(request),
            "draft": _draft_named(request),
            "user_pk": person(request).pk,
        }


# --- the request ------------------------------------------------------------------


def _saved_by(current: Any, reader: User) -> str:
    """Return whose text it is that stands there now; nothing where nobody knows."""
    if not isinstance(current, Issue | Article | BriefItem):
        return ""
    writer = workflow.last_editor(current)
    if writer is None:
        return ""
    return "您自己（在另一个窗口）" if writer == reader else name_of(writer)


def _is_key(text: str) -> bool:
    """Tell whether the text can be a key; Python refuses to convert the longest."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def _is_merging(request: HttpRequest) -> bool:
    return request.method == "POST" and "_merge" in request.POST


def _page_named(request: HttpRequest) -> str:
    named = request.POST.get("desk_page", "")
    return named if PAGE.fullmatch(named) else ""


def _draft_named(request: HttpRequest) -> str:
    named = request.POST.get("desk_draft", "")
    return named if _DRAFT.fullmatch(named) else ""


def _issue_named(request: HttpRequest) -> Issue | None:
    """Return the issue the form says it was typed for."""
    named = request.POST.get("desk_issue", "")
    return Issue.objects.filter(pk=named).first() if _is_key(named) else None


def mark_saved(request: HttpRequest, response: HttpResponse) -> None:
    """Tell the browser which draft it need not keep any longer."""
    if page := _page_named(request):
        draft = _draft_named(request)
        saved = f"{page}~{draft}" if draft else page
        known = request.COOKIES.get(SAVED_COOKIE, "").split(".")
        others = [one for one in known if _SAVED.fullmatch(one) and one != saved]
        response.set_cookie(
            SAVED_COOKIE,
            ".".join([*others[-20:], saved]),
            max_age=_SAVED_FOR,
            path=reverse("admin:index"),
            secure=request.is_secure(),
            samesite="Lax",
        )


def _shown_only(form_class: type[forms.ModelForm[Any]]) -> type[forms.ModelForm[Any]]:
    """Return the form refusing what was typed, with the reason."""

    class ShownOnly(form_class):  # type: ignore[misc, valid-type]
        def clean(self) -> dict[str, Any]:
            raise forms.ValidationError(_MERGING)

    return ShownOnly


# --- two versions -----------------------------------------------------------------


def _pair(form: forms.ModelForm[Any], name: str, current: Any) -> Pair:
    field = form.fields[name]
    mine = form.cleaned_data.get(name, form[name].value())
    theirs = getattr(current, name)
    shown = (as_text(field, mine), as_text(field, theirs))
    changes: SafeString | str = ""
    if isinstance(field.widget, CKEditorWidget) and shown[0] != shown[1]:
        changes = _body_changes(str(field.label), str(theirs), str(mine))
    return Pair(
        label=str(field.label),
        mine=shown[0],
        theirs=shown[1],
        differs=shown[0] != shown[1],
        is_body=isinstance(field.widget, CKEditorWidget),
        changes=changes,
    )


def _typed_alone(form: forms.ModelForm[Any], name: str) -> Pair:
    field = form.fields[name]
    mine = form.cleaned_data.get(name, form[name].value())
    is_body = isinstance(field.widget, CKEditorWidget)
    text = as_text(field, mine)
    return Pair(str(field.label), text, "", differs=False, is_body=is_body)


def as_text(field: forms.Field, value: Any) -> str:
    """Return a value as a person reads it; a body as cleaned HTML."""
    if value is None or value == "":
        return ""
    if isinstance(field.widget, CKEditorWidget):
        return trusted_body(str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, forms.DateField):
        date = value if not isinstance(value, str) else parse_date(value)
        return f"{date.year}年{date.month}月{date.day}日" if date else str(value)
    if isinstance(field, forms.ModelChoiceField):
        return _label_of_choice(field, value)
    if isinstance(field, forms.TypedChoiceField):
        labels = {str(key): str(label) for key, label in field.widget.choices}
        return labels.get(str(value), str(value))
    return str(value).replace("\r\n", "\n")


def _label_of_choice(field: forms.ModelChoiceField[Any], value: Any) -> str:
    if isinstance(value, Model):
        return str(value)
    if field.queryset is None or not _is_key(str(value)):
        return str(value)
    return str(field.queryset.filter(pk=value).first() or value)


def _body_changes(label: str, theirs: str, mine: str) -> SafeString | str:
    """Return what differs in two bodies, from theirs to mine."""
    try:
        found = differences.between(_alone(label, theirs), _alone(label, mine))
    except DocumentError:
        return ""  # they stand side by side
    return rendering.trusted(rendering.render_differences(found))


def _alone(label: str, body: str) -> IssueDocument:
    article = ArticleEntry(title=label, body=body)
    section = SectionEntry("", SectionKind.ARTICLES, (article,))
    return IssueDocument(bulletin=Masthead("", label, ""), sections=(section,))
