"""The public pages. They serve editions, never live rows."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from bulletins import rendering
from bulletins.composing import frozen_document
from bulletins.document import contents
from bulletins.models import Bulletin, Issue
from bulletins.workflow import frozen_html

_LATEST_ON_HOME = 12


def _public_issues() -> QuerySet[Issue]:
    return Issue.objects.public().select_related("bulletin", "edition").newest_first()


def _public_issue(slug: str, year: int, number: str) -> Issue:
    is_supplement = number.startswith("s")
    kind = Issue.Kind.SUPPLEMENT if is_supplement else Issue.Kind.REGULAR
    return get_object_or_404(
        _public_issues(),
        bulletin__slug=slug,
        kind=kind,
        date__year=year,
        number=int(number.removeprefix("s")),
    )


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
def issue(request: HttpRequest, slug: str, year: int, number: str) -> HttpResponse:
    """Show the official page of an issue, as it was frozen."""
    found = _public_issue(slug, year, number)
    if request.path != found.get_absolute_url():
        return redirect(found, permanent=True)
    assert found.edition is not None  # noqa: S101 - held by a constraint of Issue
    page = rendering.trusted(frozen_html(found.edition))
    context = {"issue": found, "edition": found.edition, "page": page}
    return render(request, "bulletins/issue.html", context)


@require_safe
def issue_pdf(request: HttpRequest, slug: str, year: int, number: str) -> FileResponse:
    """Hand out the print-ready PDF of an issue, as it was frozen."""
    found = _public_issue(slug, year, number)
    assert found.edition is not None  # noqa: S101 - held by a constraint of Issue
    return FileResponse(
        default_storage.open(found.edition.pdf_path),
        content_type="application/pdf",
        filename=f"{found}.pdf",
    )


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """Serve a picture of an article body."""
    path = f"pictures/{name}"
    if not default_storage.exists(path):
        raise Http404
    return FileResponse(default_storage.open(path))
