"""How the interface answers: JSON, conditions of HTTP, other sites, and refusals.

Refusals are problem details (RFC 9457) with a Chinese ``detail`` that a person can read.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

Values = dict[str, Any]
Endpoint = Callable[..., Values]

_METHODS = "GET, HEAD, OPTIONS"
# As the pages: a minute in a reader's cache, then the question whether it is still so.
_CACHE = "public, max-age=60, must-revalidate"
_FOR_ANY_SITE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_TITLES = {
    400: "请求有误",
    404: "没有找到",
    405: "不支持这种请求",
    410: "已经撤下",
    429: "请求过于频繁",
}


class Problem(Exception):
    """What was asked for cannot be given; the detail is fit to show to a person."""

    def __init__(self, status: HTTPStatus, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def endpoint(answer: Endpoint) -> Callable[..., HttpResponse]:
    """Make a view of a function that returns JSON values or raises Problem."""

    # Nothing is changed by any method: POST is refused here, as JSON, not by a token.
    @csrf_exempt
    @functools.wraps(answer)
    def view(request: HttpRequest, **place: Any) -> HttpResponse:
        response = _answered(request, answer, place)
        for header, value in _FOR_ANY_SITE.items():
            response.headers[header] = value
        return response

    return view


def _answered(request: HttpRequest, answer: Endpoint, place: Values) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(
            status=HTTPStatus.NO_CONTENT, headers={"Allow": _METHODS, **_PREFLIGHT}
        )
    if request.method not in {"GET", "HEAD"}:
        refused = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "这里的数据只能读取")
        return _problem(refused, {"Allow": _METHODS})
    try:
        return _json(request, answer(request, **place))
    except Problem as problem:
        is_to_wait = problem.status == HTTPStatus.TOO_MANY_REQUESTS
        return _problem(problem, {"Retry-After": "60"} if is_to_wait else None)


def _json(request: HttpRequest, values: Values) -> HttpResponse:
    content = json.dumps(values, ensure_ascii=False).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="application/json; charset=utf-8")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = _CACHE
    conditional = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(conditional, HttpResponse)  # noqa: S101 - one was given
    return conditional


def _problem(problem: Problem, headers: dict[str, str] | None = None) -> HttpResponse:
    status = problem.status.value
    values = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "detail": problem.detail,
        **problem.more,
    }
    return HttpResponse(
        json.dumps(values, ensure_ascii=False),
        status=status,
        content_type="application/problem+json; charset=utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
