"""The public pages. They serve editions, never live rows."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from bulletins import rendering
from bulletins.composing import frozen_document
from bulletins.document import contents
from bulletins.models import Bulletin, Edition, Issue
from bulletins.workflow import frozen_html

_LATEST_ON_HOME = 12


def _public_issues() -> QuerySet[Issue]:
    return Issue.objects.public().select_related("bulletin", "edition").newest_first()


def _at(slug: str, year: int, number: str) -> dict[str, Any]:
    """Return what an address says, as lookups of an issue."""
    is_supplement = number.startswith("s")
    return {
        "bulletin__slug": slug,
        "kind": Issue.Kind.SUPPLEMENT if is_supplement else Issue.Kind.REGULAR,
        "date__year": year,
        "number": int(number.removeprefix("s")),
    }


class _Withdrawn(Exception):
    """The address is that of an issue that was withdrawn."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue


def _public_issue(slug: str, year: int, number: str) -> Issue:
    place = _at(slug, year, number)
    found = _public_issues().filter(**place).first()
    if found is not None:
        return found
    withdrawn = Issue.objects.withdrawn().select_related("bulletin")
    raise _Withdrawn(get_object_or_404(withdrawn, **place))


def _withdrawn(request: HttpRequest, issue: Issue) -> HttpResponse:
    return render(request, "bulletins/withdrawn.html", {"issue": issue}, status=410)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the latest issue with its contents, and the ones before it."""
    issues = list(_public_issues()[: _LATEST_ON_HOME + 1])
    latest = issues[0] if issues else None
    context = {
        "latest": latest,
        "contents": contents(frozen_document(latest)) if latest else (),
        "earlier": issues[1:],
        "bulletins": Bulletin.objects.filter(audience=Bulletin.Audience.PUBLIC),
    }
    return render(request, "bulletins/home.html", context)


@require_safe
def bulletin(request: HttpRequest, slug: str) -> HttpResponse:
    """List every public issue of a bulletin, by year."""
    series = get_object_or_404(Bulletin, slug=slug, audience=Bulletin.Audience.PUBLIC)
    issues = _public_issues().filter(bulletin=series)
    return render(
        request, "bulletins/bulletin.html", {"bulletin": series, "issues": issues}
    )


@require_safe
def issue(
    request: HttpRequest, slug: str, year: int, number: str, ordinal: int | None = None
) -> HttpResponse:
    """Show the official page of an issue as it was frozen: this edition, or the last."""
    try:
        found = _public_issue(slug, year, number)
    except _Withdrawn as withdrawn:
        return _withdrawn(request, withdrawn.issue)
    if ordinal is None and request.path != found.get_absolute_url():
        return redirect(found, permanent=True)
    edition = _edition(found, ordinal)
    context = {
        "issue": found,
        "edition": edition,
        "is_current": edition == found.edition,
        "page": rendering.trusted(frozen_html(edition)),
    }
    return render(request, "bulletins/issue.html", context)


def _edition(issue: Issue, ordinal: int | None) -> Edition:
    assert issue.edition is not None  # noqa: S101 - held by a constraint of Issue
    if ordinal is None:
        return issue.edition
    return get_object_or_404(issue.editions, ordinal=ordinal)


@require_safe
def issue_pdf(
    request: HttpRequest, slug: str, year: int, number: str, ordinal: int | None = None
) -> HttpResponse | FileResponse:
    """Hand out the print-ready PDF of an issue as it was frozen."""
    try:
        found = _public_issue(slug, year, number)
    except _Withdrawn as withdrawn:
        return _withdrawn(request, withdrawn.issue)
    edition = _edition(found, ordinal)
    suffix = "" if ordinal is None else f"（第{ordinal}版）"
    return FileResponse(
        default_storage.open(edition.pdf_path),
        content_type="application/pdf",
        filename=f"{found}{suffix}.pdf",
    )


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """Serve a picture of an article body."""
    path = f"pictures/{name}"
    if not default_storage.exists(path):
        raise Http404
    return FileResponse(default_storage.open(path))
