"""The whole history of an issue: moves, edits, editions, messages; and its 审签单."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from bulletins import differences, rendering
from bulletins.admin.pages import (
    STATUS_BADGES,
    issue_to_read,
    label_of,
    name_of,
    show,
)
from bulletins.admin.review import recorded
from bulletins.composing import document_of
from bulletins.document import DocumentError, contents, printed_date
from bulletins.models import Edition, Event, Issue, Revision


@require_safe
def trail_page(request: HttpRequest, pk: int | str) -> HttpResponse:
    """Show everything that ever happened to an issue."""
    issue = issue_to_read(request, pk)
    label = label_of(issue)
    context = {
        "title": f"全程记录：{issue.bulletin} {label}",
        "issue": issue,
        "label": label,
        "badge": STATUS_BADGES[Issue.Status(issue.status)],
        "events": issue.events.select_related("actor").defer("document"),
        "revisions": issue.revisions.select_related("author").defer("document"),
        "editions": issue.editions.defer("document"),
        "notices": issue.notices.select_related("user"),
    }
    return show(request, "admin/bulletins/issue/trail.html", context)


@require_safe
def revision_page(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Show what one edit changed."""
    issue = issue_to_read(request, pk)
    found = get_object_or_404(issue.revisions.select_related("author"), pk=revision)
    before = _before(issue, found)
    context = {
        "title": f"修改对照：{issue.bulletin} {label_of(issue)}",
        "issue": issue,
        "revision": found,
        "is_first": before is None,
    }
    if before is not None:
        changes = differences.between(recorded(before), recorded(found))
        page = reverse("admin:bulletins_issue_review", args=[issue.pk])
        html = rendering.render_differences(changes, page=page)
        context["changes"] = rendering.trusted(html)
    return show(request, "admin/bulletins/issue/revision.html", context)


def _before(issue: Issue, revision: Revision) -> Revision | Event | None:
    """Return the text an edit began from: the edit before it, or a move's."""
    earlier = issue.revisions.filter(pk__lt=revision.pk).last()
    moved = issue.events.filter(at__lt=revision.at).exclude(document="").last()
    return earlier or moved


# --- 审签单 -----------------------------------------------------------------------


@require_safe
def trail_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the 审签单 for the file."""
    issue = issue_to_read(request, pk)
    sheet = _sheet(issue)
    try:
        pdf = rendering.render_trail_pdf(sheet)
    except rendering.RenderError as error:
        messages.error(request, f"审签单未能生成：{error}")
        return redirect("admin:bulletins_issue_trail", pk)
    name = f"{sheet.bulletin}{sheet.issue}审签单.pdf"
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(
                as_attachment=False, filename=name
            )
        },
    )


def _sheet(issue: Issue) -> rendering.TrailSheet:
    return rendering.TrailSheet(
        bulletin=str(issue.bulletin),
        issue=label_of(issue),
        date=printed_date(issue.date) if issue.date else "",
        contents=_contents(issue),
        rows=tuple(_row(event) for event in issue.events.select_related("actor")),
        editions=tuple(map(_edition, issue.editions.all())),
    )


def _contents(issue: Issue) -> tuple[str, ...]:
    """Return the lines of 本期要目; none where a row holds what no document can."""
    try:
        return tuple(line.text for line in contents(document_of(issue)))
    except DocumentError:
        return ()


def _row(event: Event) -> rendering.TrailRow:
    return rendering.TrailRow(
        when=_moment(event.at),
        who=name_of(event.actor),
        move=event.get_move_display(),
        step=event.step,
        opinion=event.comment,
        digest=event.content_digest[:8],
    )


def _edition(edition: Edition) -> rendering.TrailEdition:
    return rendering.TrailEdition(
        ordinal=edition.ordinal,
        frozen_at=_moment(edition.frozen_at),
        digest=edition.digest,
        note=edition.note,
    )


def _moment(at: dt.datetime) -> str:
    """Return e.g. 2020年9月15日 09:05."""
    local = timezone.localtime(at)
    return f"{printed_date(local.date())} {local:%H:%M}"
