"""What is asked for and does not stand in the tree.

Withdrawn, or taken out by a correction: a page that says so. Public, but missing after
a crash: built, put into the tree and served. Internal: made for the office's own people,
and kept nowhere. Anything else, a draft as well as nothing at all: 404, and no difference
between them.
"""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bulletins.archive import building, keeping, reach
from bulletins.archive.addresses import Address, Kind, Place, parse
from bulletins.archive.reach import Reach
from bulletins.archive.tree import Page
from bulletins.views import serving

_log = logging.getLogger(__name__)


@csrf_exempt  # it only reads: whatever else is asked of it is told so (405)
@require_safe
def page(request: HttpRequest, **_: Any) -> HttpResponse:
    """Answer for any public address that the tree does not hold."""
    address = Address(request.path_info)
    place = parse(address.path)
    if place is None or place.kind is Kind.NOT_FOUND:
        raise Http404
    kept = keeping.keep(address)
    if kept is not None:
        ready = serving.find(address.path)
        answer = serving.respond(request, ready) if ready else None
        return answer or _plain(kept)
    return _gone(request, place) or _for_staff(request, place)


def _gone(request: HttpRequest, place: Place) -> HttpResponse | None:
    """Say what became of what was public here once."""
    if withdrawn := reach.withdrawn_at(place):
        return render(
            request, "bulletins/withdrawn.html", {"issue": withdrawn}, status=410
        )
    if removed := reach.removed_at(place):
        return render(request, "bulletins/removed.html", {"piece": removed}, status=410)
    return None


def _for_staff(request: HttpRequest, place: Place) -> HttpResponse:
    user = request.user
    if not (user.is_staff and user.has_perm("bulletins.view_issue")):
        raise Http404
    made = building.build_at(place, Reach.STAFF)
    if made is None:
        raise Http404
    response = _plain(made)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _plain(made: Page) -> HttpResponse:
    return HttpResponse(made.content, content_type=made.content_type)
