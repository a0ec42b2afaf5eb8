"""The endpoints. All start from what is public; there is no way to anything else."""

from __future__ import annotations

import datetime as dt
import functools
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from bulletins import search
from bulletins.api import asking, shapes
from bulletins.api.answers import Problem, Values, endpoint
from bulletins.api.asking import Asked, asked_of, texts
from bulletins.archive import changes, reach
from bulletins.archive.frozen import document_of_edition
from bulletins.archive.reach import Reach
from bulletins.document import anchored_items
from bulletins.limiting import client_address, is_allowed
from bulletins.models import Event, Issue, IssueQuerySet, PublishedItem

# Of one address, in a minute: a search reads more than a page of a list.
_SEARCHES = 60
_MOST_PAGES = 50


@endpoint
def bulletins(request: HttpRequest) -> Values:
    """List the public bulletins."""
    texts(request)
    return {"items": [shapes.bulletin(row) for row in reach.bulletins(Reach.PUBLIC)]}


@endpoint
def issues(request: HttpRequest) -> Values:
    """List issues, the newest first; or what changed since a time, the oldest first."""
    asked = asked_of(request, "bulletin", "year", "section", "changed_since")
    if asked.changed_since:
        return _changed_issues(asked, asked.changed_since)
    found = _narrowed(asked).defer("edition__document")
    rows = list(found.newest_first()[: asked.limit + 1])
    shown = rows[: asked.limit]
    return {
        "items": [
            shapes.issue_in_short(row, row.edition) for row in shown if row.edition
        ],
        "next": _next(asked, "issues/", _after_issue(shown))
        if rows[len(shown) :]
        else None,
    }


def _changed_issues(asked: Asked, since: dt.datetime) -> Values:
    rows = list(_changes(asked, since)[: asked.limit + 1])
    shown = rows[: asked.limit]
    return {
        "items": [_change(row) for row in shown],
        "next": _next(
            asked, "issues/", asking.change_cursor(shown[-1].at, shown[-1].pk)
        )
        if rows[len(shown) :]
        else None,
    }


def _change(event: Event) -> Values:
    found = event.issue
    if found.status == Issue.Status.WITHDRAWN:
        return shapes.withdrawn_issue(found, event.at)
    assert found.edition is not None  # noqa: S101 - held by a constraint of Issue
    return shapes.issue_in_short(found, found.edition)


@endpoint
def issue(request: HttpRequest, slug: str, year: str, number: str) -> Values:
    """Return one issue with its document."""
    texts(request)
    found = _public_issue(slug, int(year), number)
    editions = list(found.editions.order_by("ordinal"))
    items = list(found.published_items.defer("text", "lead").order_by("ordinal"))
    return shapes.issue(found, editions, items)


@endpoint
def articles(request: HttpRequest) -> Values:
    """List articles and brief items, those of the newest issue first."""
    asked = asked_of(request, "bulletin", "year", "section", "unit")
    rows = list(_items(asked)[: asked.limit + 1])
    shown = rows[: asked.limit]
    return {
        "items": [shapes.article_in_short(row) for row in shown],
        "next": _next(asked, "articles/", _after_item(shown))
        if rows[len(shown) :]
        else None,
    }


@endpoint
def article(
    request: HttpRequest, slug: str, year: str, number: str, item: str
) -> Values:
    """Return one article or brief item."""
    texts(request)
    found = _public_issue(slug, int(year), number)
    row = found.published_items.filter(number=int(item)).first()
    if row is None or found.edition is None:
        raise _no_item(found, int(item))
    row.issue = found
    # A correction may come between the two: the row knows what it is of.
    current = found.edition if row.edition_id == found.edition_id else row.edition
    entries = [entry for _, entry in anchored_items(document_of_edition(current))]
    return shapes.article(row, entries[row.ordinal - 1])


@endpoint
def find(request: HttpRequest) -> Values:
    """Search, the best matches first."""
    who = client_address(request.META)
    if not is_allowed("api-search", who, times=_SEARCHES, seconds=60):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "检索太频繁，请一分钟后再试")
    names = ("q", "bulletin", "year", "section", "unit", "page")
    given = texts(request, *names, longest=2000)
    if not given["q"].strip():
        raise asking.refuse("请给出要检索的词", "q")
    try:
        wanted = search.wanted_from(
            words=given["q"],
            bulletin=given["bulletin"],
            year=given["year"],
            section=given["section"],
            unit=given["unit"],
        )
        page = search.page_from(given["page"])
        if page > _MOST_PAGES:
            raise asking.refuse(f"只能翻到第{_MOST_PAGES}页，请缩小范围", "page")
        found = search.find(wanted, page)
    except search.SearchRefused as refused:
        raise asking.refuse(str(refused)) from refused
    return {
        "total": found.total,
        "page": found.page,
        "pages": min(found.pages, _MOST_PAGES),
        "items": [shapes.hit(one) for one in found.hits],
    }


@endpoint
def openapi(request: HttpRequest) -> Values:
    """Return the description of this interface."""
    return description()


@functools.cache
def description() -> Values:
    """Return the OpenAPI document."""
    path = Path(__file__).with_name("openapi.json")
    values: Values = json.loads(path.read_text(encoding="utf-8"))
    return values


@endpoint
def nothing(request: HttpRequest, **_: Any) -> Values:
    """Answer for an address of the interface that is none."""
    raise Problem(
        HTTPStatus.NOT_FOUND, "没有这个地址，可用的地址见 /api/v1/openapi.json"
    )


# --- finding ----------------------------------------------------------------------


def _public_issue(slug: str, year: int, number: str) -> Issue:
    is_supplement, count = asking.number_of(number)
    place = {
        "bulletin__slug": slug,
        "date__year": year,
        "kind": Issue.Kind.SUPPLEMENT if is_supplement else Issue.Kind.REGULAR,
        "number": count,
    }
    found = reach.issues(Reach.PUBLIC).filter(**place).first()
    if found is not None:
        return found
    gone = Issue.objects.withdrawn().filter(**place).first()
    if gone is not None:
        reason = f"这一期已由编印单位撤回：{gone.withdrawal_reason}"
        raise Problem(HTTPStatus.GONE, reason)
    raise Problem(HTTPStatus.NOT_FOUND, "没有这一期，或者还没有公开")


def _no_item(found: Issue, number: int) -> Problem:
    removed = reach.removed_from(found, number)
    if removed is None:
        return Problem(HTTPStatus.NOT_FOUND, "这一期没有这一篇")
    edition = removed.removed_by
    reason = f"这一篇已由编印单位在第{edition.ordinal}版更正中删去：{edition.note}"
    return Problem(HTTPStatus.GONE, reason)


def _changes(asked: Asked, since: dt.datetime) -> QuerySet[Event]:
    found = changes.last_changes().filter(at__gte=since)
    if asked.bulletin:
        found = found.filter(issue__bulletin__slug=asked.bulletin)
    if asked.year:
        found = found.filter(issue__date__year=asked.year)
    if asked.after_change:
        at, pk = asked.after_change
        found = found.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk))
    return found


def _narrowed(asked: Asked) -> IssueQuerySet:
    found = reach.issues(Reach.PUBLIC)
    if asked.bulletin:
        found = found.filter(bulletin__slug=asked.bulletin)
    if asked.year:
        found = found.filter(date__year=asked.year)
    if asked.section:
        within = PublishedItem.objects.filter(
            issue=OuterRef("pk"), section=asked.section
        )
        found = found.filter(Exists(within))
    if asked.cursor:
        date, number, pk, _ = asked.cursor
        found = found.filter(
            _before("", date, number) | Q(date=date, number=number, pk__lt=pk)
        )
    return found


def _items(asked: Asked) -> Any:
    found = reach.public_items().defer("text")
    for value, name in (
        (asked.bulletin, "issue__bulletin__slug"),
        (asked.year, "issue__date__year"),
        (asked.section, "section"),
        (asked.unit, "source"),
    ):
        if value:
            found = found.filter(**{name: value})
    if asked.cursor:
        date, number, issue, ordinal = asked.cursor
        same = {"issue__date": date, "issue__number": number}
        found = found.filter(
            _before("issue__", date, number)
            | Q(**same, issue__lt=issue)
            | Q(**same, issue=issue, ordinal__gt=ordinal)
        )
    return found.order_by("-issue__date", "-issue__number", "-issue", "ordinal")


def _before(prefix: str, date: Any, number: int) -> Q:
    earlier = Q(**{f"{prefix}date__lt": date})
    return earlier | Q(**{f"{prefix}date": date, f"{prefix}number__lt": number})


def _after_issue(rows: list[Issue]) -> str:
    last = rows[-1]
    assert last.date is not None and last.number is not None  # noqa: S101, PT018 - public
    return asking.cursor(last.date, last.number, last.pk)


def _after_item(rows: list[PublishedItem]) -> str:
    last = rows[-1]
    issue = last.issue
    assert issue.date is not None and issue.number is not None  # noqa: S101, PT018 - public
    return asking.cursor(issue.date, issue.number, issue.pk, last.ordinal)


def _next(asked: Asked, path: str, position: str) -> str:
    return f"{shapes.api_address(path)}?{asking.next_query(asked, position)}"
