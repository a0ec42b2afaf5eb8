"""What is asked for: parameters, their bounds, and where a list goes on."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from bulletins.api.answers import Problem
from bulletins.bounds import FIRST_YEAR, LAST_YEAR, MAX_LINE, MAX_NUMBER

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
_MAX_KEY = 2**63 - 1


def refuse(detail: str, parameter: str = "") -> Problem:
    """Return the refusal of what was asked, naming the parameter."""
    more = {"parameter": parameter} if parameter else {}
    return Problem(HTTPStatus.BAD_REQUEST, detail, **more)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a list; empty values narrow nothing.

    A list of what changed goes on after a moment and an event, other lists after a row.
    """

    bulletin: str = ""
    year: int | None = None
    section: str = ""
    unit: str = ""
    changed_since: dt.datetime | None = None
    limit: int = DEFAULT_LIMIT
    cursor: tuple[dt.date, int, int, int] | None = None
    after_change: tuple[dt.datetime, int] | None = None


def asked_of(request: HttpRequest, *allowed: str) -> Asked:
    """Return what a list is asked for; raises Problem."""
    given = texts(request, *allowed, "limit", "cursor")
    # Who has lost the time must not get everything: empty is refused.
    since = _moment(given["changed_since"]) if "changed_since" in request.GET else None
    if since and given["section"]:
        raise refuse("section 不能与 changed_since 同时用，请取回后自行挑选", "section")
    cursor = given["cursor"]
    return Asked(
        bulletin=given["bulletin"],
        year=_year(given["year"]) if given["year"] else None,
        section=given.get("section", ""),
        unit=given.get("unit", ""),
        changed_since=since,
        limit=_limit(given["limit"]) if given["limit"] else DEFAULT_LIMIT,
        cursor=_position(cursor) if cursor and not since else None,
        after_change=_change(cursor) if cursor and since else None,
    )


def texts(
    request: HttpRequest, *allowed: str, longest: int = MAX_LINE
) -> dict[str, str]:
    """Return each allowed parameter, empty where it is not given; raises Problem.

    An unknown one is refused: who misspells a filter must not get everything.
    """
    for name in request.GET:
        if name not in allowed:
            raise refuse(f"不认识的参数 {name[:40]}", name[:40])
        if len(request.GET.getlist(name)) > 1:
            raise refuse(f"参数 {name} 只能给一次", name)
        if len(request.GET[name]) > longest:
            raise refuse(f"参数 {name} 过长，最多{longest}字", name)
        if "\0" in request.GET[name]:
            raise refuse(f"参数 {name} 含有控制字符", name)
    return {name: request.GET.get(name, "") for name in allowed}


def _year(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) == 4:
        year = int(text)
        if FIRST_YEAR <= year <= LAST_YEAR:
            return year
    raise refuse(f"year 应是{FIRST_YEAR}至{LAST_YEAR}之间的四位数字", "year")


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 3:
        limit = int(text)
        if 1 <= limit <= MAX_LIMIT:
            return limit
    raise refuse(f"limit 应是1至{MAX_LIMIT}之间的整数", "limit")


def _moment(text: str) -> dt.datetime:
    """Return the time that was written; one that names no zone is the office's."""
    try:
        return _time(text)
    except ValueError:
        raise refuse(
            "changed_since 应是 ISO 8601 的日期或时间，如 2020-09-15 或"
            " 2020-09-15T08:00:00+08:00（网址中加号要写成 %2B）",
            "changed_since",
        ) from None


def _time(text: str) -> dt.datetime:
    """Return the time, which a database can compare with; raises ValueError."""
    if not text.isascii():
        raise ValueError(text)
    moment = dt.datetime.fromisoformat(text)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(text)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


# --- where a list goes on ---------------------------------------------------------


def cursor(date: dt.date, number: int, issue: int, ordinal: int = 0) -> str:
    """Return the place of a row in a list: what comes later leaves it where it is."""
    return _packed(f"{date.isoformat()}.{number}.{issue}.{ordinal}")


def change_cursor(at: dt.datetime, event: int) -> str:
    """Return the place of an event in the list of what changed."""
    return _packed(f"{at.isoformat()}/{event}")


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    """Return what was packed; raises ValueError."""
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")


def _position(text: str) -> tuple[dt.date, int, int, int]:
    try:
        date, *counts = _unpacked(text).split(".")
        number, issue, ordinal = (_count(count) for count in counts)
        return dt.date.fromisoformat(date), number, issue, ordinal
    except ValueError:
        raise _not_from_next() from None


def _change(text: str) -> tuple[dt.datetime, int]:
    try:
        at, event = _unpacked(text).split("/")
        return _time(at), _count(event)
    except ValueError:
        raise _not_from_next() from None


def _not_from_next() -> Problem:
    return refuse("cursor 应取自上一页的 next", "cursor")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise ValueError(text)
    count = int(text)
    if count > _MAX_KEY:
        raise ValueError(text)
    return count


def next_query(asked: Asked, position: str) -> str:
    """Return the query of the page after the given place."""
    filters = {
        "bulletin": asked.bulletin,
        "year": asked.year or "",
        "section": asked.section,
        "unit": asked.unit,
        "changed_since": asked.changed_since.isoformat() if asked.changed_since else "",
        "limit": asked.limit if asked.limit != DEFAULT_LIMIT else "",
        "cursor": position,
    }
    return urlencode({name: value for name, value in filters.items() if value})


def number_of(text: str) -> tuple[bool, int]:
    """Return whether an issue's number in an address is a supplement's, and which."""
    number = int(text.removeprefix("s"))
    if number > MAX_NUMBER:
        raise Problem(HTTPStatus.NOT_FOUND, "没有这一期，或者还没有公开")
    return text.startswith("s"), number
