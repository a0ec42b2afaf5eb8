"""The lists 报 / 送 / 发 of a bulletin and of an issue: pasted, imported, exported.

Whatever is taken in is shown first as what it would change; only that is then written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header

from bulletins import workflow
from bulletins.admin.pages import issue_to_read, person, show
from bulletins.models import Bulletin, Issue, Recipient
from bulletins.pool_forms import RecipientsForm
from bulletins.reading.recipients import HEADINGS, RecipientList, RecipientRow
from bulletins.reading.spreadsheets import as_csv, as_xlsx
from bulletins.workflow.recipients import (
    Kind,
    ListChanged,
    Owner,
    Plan,
    change_list,
    list_of,
    plan,
)
from bulletins.workflow.refusing import WorkflowError

_EXPORTS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# A preview left open longer is made anew.
_PREVIEW_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose list it is, under which addresses, and whether this person may change it."""

    owner: Owner
    kind: str
    may_change: bool

    @property
    def url(self) -> str:
        return reverse(f"admin:bulletins_{self.kind}_recipients", args=[self.owner.pk])

    @property
    def back_url(self) -> str:
        return reverse(f"admin:bulletins_{self.kind}_change", args=[self.owner.pk])

    @property
    def salt(self) -> str:
        """Return what keeps a preview of this list from being sent to another."""
        return f"recipients-{self.kind}-{self.owner.pk}"

    def export_url(self, suffix: str) -> str:
        name = f"admin:bulletins_{self.kind}_recipients_file"
        return reverse(name, args=[self.owner.pk, suffix])


@dataclass(frozen=True, slots=True)
class _Preview:
    """What would change, and the sealed rows that would change it."""

    plan: Plan
    sealed: str


def _of_bulletin(request: HttpRequest, pk: int) -> _Place:
    user = person(request)
    if not user.has_perm("bulletins.view_bulletin"):
        raise PermissionDenied
    bulletin = get_object_or_404(Bulletin, pk=pk)
    return _Place(bulletin, "bulletin", user.has_perm("bulletins.change_bulletin"))


def _of_issue(request: HttpRequest, pk: int) -> _Place:
    issue = issue_to_read(request, pk)
    return _Place(issue, "issue", workflow.may_edit(issue, person(request)))


def _page(find: Callable[[HttpRequest, int], _Place]) -> Callable[..., HttpResponse]:
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        """Show the list; a POST previews what is to be taken in, or takes it in."""
        place = find(request, pk)
        if request.method != "POST":
            return _shown(request, place, RecipientsForm())
        if not place.may_change:
            raise PermissionDenied
        if "sealed" in request.POST:
            return _take_in(request, place)
        form = RecipientsForm(request.POST, request.FILES)
        if not form.is_valid():
            return _shown(request, place, form, status=422)
        if form.found.errors:
            return _shown(request, place, form, found=form.found, status=422)
        preview = _preview(place, form.found.rows, replace=form.replaces)
        return _shown(request, place, form, preview=preview)

    return page


def _file(find: Callable[[HttpRequest, int], _Place]) -> Callable[..., HttpResponse]:
    def file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
        """Return the list as a file of a spreadsheet."""
        place = find(request, pk)
        if suffix not in _EXPORTS:
            raise Http404
        rows = [HEADINGS, *(_cells(row) for row in list_of(place.owner))]
        content = as_csv(rows) if suffix == "csv" else as_xlsx(rows, "收文单位")
        name = f"{place.owner}收文单位.{suffix}"
        disposition = content_disposition_header(as_attachment=True, filename=name)
        return HttpResponse(
            content,
            content_type=_EXPORTS[suffix],
            headers={"Content-Disposition": str(disposition)},
        )

    return file


def _cells(row: Recipient) -> tuple[str | int, ...]:
    return (str(row.get_tier_display()), row.name, row.copies, row.email)


def _preview(place: _Place, rows: Sequence[RecipientRow], *, replace: bool) -> _Preview:
    planned = plan(place.owner, rows, replace=replace)
    sealed = signing.dumps(
        {
            "rows": [list(dataclasses.astuple(row)) for row in rows],
            "replace": replace,
            "basis": planned.basis,
        },
        salt=place.salt,
        compress=True,
    )
    return _Preview(planned, sealed)


def _take_in(request: HttpRequest, place: _Place) -> HttpResponse:
    try:
        content = signing.loads(
            request.POST["sealed"], salt=place.salt, max_age=_PREVIEW_SECONDS
        )
    except signing.BadSignature:
        messages.error(request, "预览已过期，没有保存，请重新导入。")
        return redirect(place.url)
    rows = [RecipientRow(*row) for row in content["rows"]]
    try:
        made = change_list(
            place.owner,
            rows,
            replace=content["replace"],
            basis=content["basis"],
            by=person(request),
        )
    except ListChanged as error:
        messages.error(request, f"{error}。")
        preview = _preview(place, rows, replace=content["replace"])
        return _shown(request, place, RecipientsForm(), preview=preview, status=409)
    except WorkflowError as error:
        messages.error(request, str(error))
        return redirect(place.url)
    counts = "、".join(
        f"{kind.value}{len(made.of(kind))}个"
        for kind in (Kind.ADDED, Kind.CHANGED, Kind.REMOVED)
        if made.of(kind)
    )
    messages.success(request, f"名单已保存：{counts or '顺序有改动'}。")
    return redirect(place.url)


def _shown(
    request: HttpRequest,
    place: _Place,
    form: RecipientsForm,
    *,
    found: RecipientList | None = None,
    preview: _Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list_of(place.owner)
    tiers = [
        (tier.label, [row for row in rows if row.tier == tier])
        for tier in Recipient.Tier
    ]
    context: dict[str, Any] = {
        "title": "收文单位",
        "place": place,
        "is_issue": isinstance(place.owner, Issue),
        "tiers": [(label, lines) for label, lines in tiers if lines],
        "total": sum(row.copies for row in rows),
        "form": form,
        "errors": found.errors if found else (),
        "xlsx_url": place.export_url("xlsx"),
        "csv_url": place.export_url("csv"),
    }
    if preview is not None:
        planned = preview.plan
        context |= {
            "plan": planned,
            "sealed": preview.sealed,
            "counts": [(kind.value, len(planned.of(kind))) for kind in Kind],
            "changed": [c for c in planned.changes if c.kind != Kind.UNCHANGED],
            "unchanged": planned.of(Kind.UNCHANGED),
        }
    template = "admin/bulletins/recipients/list.html"
    return show(request, template, context, status)


# Route, view and name; IssueAdmin and BulletinAdmin put them among their addresses.
ISSUE_PAGES = (
    ("<int:pk>/recipients/", _page(_of_issue), "recipients"),
    ("<int:pk>/recipients.<slug:suffix>", _file(_of_issue), "recipients_file"),
)
BULLETIN_PAGES = (
    ("<int:pk>/recipients/", _page(_of_bulletin), "recipients"),
    ("<int:pk>/recipients.<slug:suffix>", _file(_of_bulletin), "recipients_file"),
)
