"""The numbers of a series that were passed over or made void."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from bulletins import workflow
from bulletins.admin.pages import by_post, name_of, person
from bulletins.forms import VoidNumberForm
from bulletins.models import Bulletin, Issue, VoidedNumber


@dataclass(frozen=True, slots=True)
class Gap:
    """A number nobody has used."""

    kind: str
    year: int
    number: int

    @property
    def label(self) -> str:
        """Return e.g. 2024年第7期 or 增刊第2期."""
        return _label(self.kind, self.year, self.number)


@dataclass(frozen=True, slots=True)
class Voided:
    """A number nobody will use, as it is listed."""

    label: str
    reason: str
    by: str
    at: dt.datetime


def numbers_of(request: HttpRequest, bulletin: Bulletin) -> dict[str, Any]:
    """Return what the page of a series says of its numbers."""
    return {
        "gaps": list(_gaps(bulletin)),
        "voided": list(_voided(bulletin)),
        "may_void": person(request).has_perm("bulletins.publish_issue"),
    }


def _gaps(bulletin: Bulletin) -> Iterator[Gap]:
    issued = bulletin.issues.exclude(number=None)
    series = issued.values_list("kind", "series_year").distinct()
    for kind, year in series.order_by("kind", "series_year"):
        assert year is not None  # noqa: S101 - held by a constraint of Issue
        for number in workflow.gaps(bulletin, kind, year):
            yield Gap(kind, year, number)


def _voided(bulletin: Bulletin) -> Iterator[Voided]:
    for row in bulletin.voided_numbers.select_related("voided_by"):
        yield Voided(_name(row), row.reason, name_of(row.voided_by), row.at)


def _name(row: VoidedNumber) -> str:
    return _label(row.kind, row.series_year, row.number)


def _label(kind: str, year: int, number: int) -> str:
    prefix = "增刊" if kind == Issue.Kind.SUPPLEMENT else ""
    return f"{f'{year}年' if year else ''}{prefix}第{number}期"


@by_post("admin:bulletins_bulletin_change")
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a number void, with its reason."""
    user = person(request)
    if not user.has_perm("bulletins.view_bulletin"):
        raise PermissionDenied
    if not user.has_perm("bulletins.publish_issue"):
        raise PermissionDenied
    bulletin = get_object_or_404(Bulletin, pk=pk)
    form = VoidNumberForm(request.POST)
    if not form.is_valid():
        for name, found in form.errors.items():
            messages.error(request, f"{form[name].label}：{'；'.join(map(str, found))}")
        return redirect("admin:bulletins_bulletin_change", pk)
    try:
        row = workflow.void_number(bulletin, **form.cleaned_data, by=user)
    except workflow.WorkflowError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{_name(row)}已作废。")
    return redirect("admin:bulletins_bulletin_change", pk)
