"""The preview beside a form: what is on the screen, saved or not, as it will be printed.

The form is posted as it is and cleaned as if it were to be saved; nothing is. The answer
is the official page, the PDF, or pictures of its pages for where no PDF is shown.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from bulletins import rendering
from bulletins.admin.pages import issue_to_read
from bulletins.composing import (
    document_of,
    draft_mark_of,
    in_printed_order,
    next_position,
    printed_layout,
    printed_order,
)
from bulletins.document import (
    DocumentError,
    IssueDocument,
    article_anchor,
    section_anchor,
)
from bulletins.models import Article, BriefItem, Issue, Recipient
from bulletins.pictures import folder_for

Item = Article | BriefItem

_MODELS: dict[str, type[Article | BriefItem]] = {
    "article": Article,
    "briefitem": BriefItem,
}
_PAGE = re.compile(r"(?P<new>new-)?(?P<kind>issue|article|briefitem)-(?P<pk>\d{1,18})")
# Pages sent at once around the one that was asked for.
_AROUND = 4


class _Invalid(Exception):
    """What is on the screen could not be saved either; the message says why."""


@dataclass(frozen=True, slots=True)
class _OnScreen:
    """The issue as it would be if the form were saved, and where the cursor stands."""

    issue: Issue
    document: IssueDocument
    place: rendering.Place | None


@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the issue with what was posted in its place, as ``desk_as`` says.

    That is ``html``, ``pdf`` or ``images``. What is invalid is told with status 422.
    """
    issue = issue_to_read(request, pk)
    try:
        shown = _on_screen(request, issue)
        return _answer(request, shown)
    except (_Invalid, DocumentError, rendering.RenderError) as error:
        return JsonResponse({"message": f"不能预览：{error}"}, status=422)


def _answer(request: HttpRequest, shown: _OnScreen) -> HttpResponse:
    layout = printed_layout(shown.issue)
    response: HttpResponse
    if request.POST.get("desk_as") == "html":
        response = HttpResponse(rendering.render_page(shown.document, layout))
    else:
        printed = rendering.render_printed(
            shown.document,
            profile=layout,
            pictures=folder_for(shown.document),
            mark=draft_mark_of(shown.issue, shown.document),
            place=shown.place,
        )
        response = _printed(request, printed)
        response["X-Page"], response["X-Pages"] = str(printed.page), str(printed.pages)
    if shown.place is not None:
        response["X-Anchor"] = shown.place.anchor
        response["X-Block"] = str(shown.place.block or 0)
    response["Cache-Control"] = "no-store"
    return response


def _printed(request: HttpRequest, printed: rendering.Printed) -> HttpResponse:
    if request.POST.get("desk_as") != "images":
        return HttpResponse(printed.pdf, content_type="application/pdf")
    middle = min(_number(request, "desk_show") or printed.page, printed.pages)
    first, last = max(1, middle - _AROUND), min(printed.pages, middle + _AROUND)
    images = rendering.page_images(printed.pdf, range(first, last + 1))
    return JsonResponse(
        {
            "page": middle,
            "pages": printed.pages,
            "images": {
                number: f"data:image/png;base64,{base64.b64encode(image).decode()}"
                for number, image in enumerate(images, start=first)
            },
        }
    )


# --- what is on the screen --------------------------------------------------------


def _on_screen(request: HttpRequest, issue: Issue) -> _OnScreen:
    named = _PAGE.fullmatch(request.POST.get("desk_page", ""))
    if named is None:
        return _OnScreen(issue, document_of(issue), None)
    if named["kind"] == "issue":
        return _issue_on_screen(request, issue)
    return _item_on_screen(request, issue, _row(issue, named))


def _issue_on_screen(request: HttpRequest, issue: Issue) -> _OnScreen:
    form = _cleaned(request, issue)
    document = document_of(issue, recipients=_recipients(request, form.instance))
    in_note = request.POST.get("desk_field") == "editors_note"
    place = rendering.Place("editors-note", 0) if in_note else None
    return _OnScreen(issue, document, place)


def _row(issue: Issue, named: re.Match[str]) -> Item:
    """Return the row the form is of; one that is gone is shown as a new one."""
    model = _MODELS[named["kind"]]
    if not named["new"]:
        row: Item | None = model.objects.filter(issue=issue, pk=named["pk"]).first()
        if row is not None:
            return row
    return model(issue=issue)


def _item_on_screen(request: HttpRequest, issue: Issue, row: Item) -> _OnScreen:
    if row.pk is None:
        row.position = next_position(issue)
    place = row.position
    _cleaned(request, row)
    row.position = row.position or place
    # Without the row as it is saved, with the row as it is typed.
    saved = [item for _, items in printed_order(issue) for item in items]
    rows = [item for item in saved if (type(item), item.pk) != (type(row), row.pk)]
    order = in_printed_order(_by_kind([*rows, row]))
    return _OnScreen(
        issue,
        document_of(issue, order=order),
        _place(request, order, row),
    )


def _by_kind(rows: list[Item]) -> list[Item]:
    """Put articles before brief items: so they stand where they share a position."""
    return sorted(rows, key=lambda row: isinstance(row, BriefItem))


def _place(request: HttpRequest, order: list[Any], row: Item) -> rendering.Place:
    index, position = next(
        (index, items.index(row))
        for index, (_, items) in enumerate(order)
        if any(item is row for item in items)
    )
    if isinstance(row, BriefItem):
        return rendering.Place(section_anchor(index), position)
    return rendering.Place(
        article_anchor(index, position),
        _number(request, "desk_block"),
        _number(request, "desk_offset") or 0,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    sent = request.POST.get(name, "")
    return int(sent) if re.fullmatch(r"[0-9]{1,7}", sent) else None


# --- cleaning ---------------------------------------------------------------------


def _cleaned(request: HttpRequest, row: Issue | Item) -> forms.ModelForm[Any]:
    """Fill the row from what was posted, as its own page would; raises _Invalid."""
    page = admin.site.get_model_admin(type(row))
    known = row if row.pk else None
    fieldsets = page.get_fieldsets(request, known)
    form_class = page.get_form(
        request, known, change=bool(row.pk), fields=flatten_fieldsets(fieldsets)
    )
    form: forms.ModelForm[Any] = form_class(request.POST, instance=row)
    if not form.is_valid():
        raise _Invalid("；".join(_told(form)))
    return form


def _told(form: forms.BaseForm) -> Iterator[str]:
    for name, found in form.errors.items():
        label = f"{form[name].label}：" if name in form.fields else ""
        for message in found:
            yield f"{label}{message}".removesuffix("。")


def _recipients(request: HttpRequest, issue: Issue) -> list[Recipient] | None:
    """Return the recipients as the form has them; None where it has none."""
    page = admin.site.get_model_admin(Issue)
    formsets, _ = page._create_formsets(request, issue, change=True)  # type: ignore[attr-defined]
    for formset in formsets:
        if formset.model is Recipient and formset.is_bound:
            return _recipients_of(formset)
    return None


def _recipients_of(formset: Any) -> list[Recipient]:
    if not formset.is_valid():
        faults = [fault for form in formset.forms for fault in _told(form)]
        told = [*formset.non_form_errors(), *faults]
        raise _Invalid(f"收文单位：{'；'.join(told)}")
    forms_kept = [form for form in formset.forms if form not in formset.deleted_forms]
    return [
        form.instance
        for form in forms_kept
        if form.instance.pk is not None or form.has_changed()
    ]


# Route, view and name; IssueAdmin puts them among its addresses.
ISSUE_PAGES = (("<int:pk>/preview/", preview, "preview"),)
