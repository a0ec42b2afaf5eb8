"""The page of a new issue: what it proposes, and that one form begins one issue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_safe

from bulletins import workflow
from bulletins.admin.pages import person
from bulletins.document import printed_date
from bulletins.models import Bulletin, Issue


def _key(text: str | None) -> int | None:
    """Return a key that was sent; Python refuses to convert the longest numbers."""
    is_key = text is not None and text.isdecimal() and len(text) < 19
    return int(text) if is_key and text else None


def _kind(text: str | None) -> str:
    return text if text in Issue.Kind.values else Issue.Kind.REGULAR


def starting_values(request: HttpRequest) -> dict[str, Any]:
    """Return the bulletin to start with, and the numbers its next issue would have."""
    bulletin = _bulletin_to_start_with(request)
    if bulletin is None:
        return {}
    kind = _kind(request.GET.get("kind"))
    proposal = workflow.propose(bulletin, kind)
    return {
        "bulletin": bulletin.pk,
        "kind": kind,
        "planned_number": proposal.number,
        "planned_total_number": proposal.total_number,
    }


def _bulletin_to_start_with(request: HttpRequest) -> Bulletin | None:
    """Return the one that was asked for, the one the person began last, or any."""
    if asked := _key(request.GET.get("bulletin")):
        return Bulletin.objects.filter(pk=asked).first()
    issues = Issue.objects.select_related("bulletin").order_by("-pk")
    own = issues.filter(created_by=person(request)).first()
    last = own or issues.first()
    return last.bulletin if last else Bulletin.objects.order_by("pk").first()


def begun_by_this_form(request: HttpRequest) -> Issue | None:
    """Return the issue that an earlier click on the same form has begun.

    In a transaction: who clicks twice waits here for the first click.
    """
    sent = request.POST
    opened = _moment(sent.get("opened_at", ""))
    bulletin = _key(sent.get("bulletin"))
    if opened is None or bulletin is None or not request.user.is_authenticated:
        return None
    Bulletin.objects.select_for_update(no_key=True).filter(pk=bulletin).first()
    return Issue.objects.filter(
        bulletin=bulletin,
        kind=_kind(sent.get("kind")),
        planned_number=_key(sent.get("planned_number")),
        created_by=person(request),
        created_at__gte=opened,
    ).first()


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


@require_safe
def proposal(request: HttpRequest) -> JsonResponse:
    """Tell the numbers a new issue of a bulletin would have, and what it takes over."""
    if not request.user.has_perm("bulletins.add_issue"):
        raise PermissionDenied
    key = _key(request.GET.get("bulletin"))
    bulletin = Bulletin.objects.filter(pk=key).first() if key else None
    if bulletin is None:
        raise Http404
    kind = _kind(request.GET.get("kind"))
    found = workflow.propose(bulletin, kind, _date(request.GET.get("date", "")))
    return JsonResponse(
        {
            "number": found.number,
            "total_number": found.total_number,
            "takes_over": taken_over(bulletin, found.last),
        }
    )


def _date(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def taken_over(bulletin: Bulletin, last: Issue | None) -> str:
    """Return in a sentence what a new issue of the bulletin is filled with."""
    sections = "、".join(section.name for section in bulletin.sections.all())
    has_own = last is not None and last.recipients.exists()
    recipients = last.recipients if last and has_own else bulletin.recipients
    source = f"{last.label}的" if last and has_own else "常设的"
    said = [
        f"栏目：{sections or '还没有，请先到“简报设置”中添加'}",
        f"收文单位：沿用{source}{recipients.count()}个",
    ]
    if last is not None and last.date is not None:
        said.append(f"上一期：{last.label}，{printed_date(last.date)}")
    return "；".join(said) + "。"


ISSUE_PAGES = (("proposal/", proposal, "proposal"),)
