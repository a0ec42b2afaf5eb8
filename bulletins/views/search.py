"""The search page: words and choices in its address, results as the archive has them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bulletins import search
from bulletins.archive import addresses
from bulletins.limiting import client_address, is_allowed
from bulletins.models import Bulletin, Issue

# What stands in the address, and what the form calls it.
_WORDS, _PAGE = "q", "page"
_CHOICES = {"bulletin": "简报", "year": "年份", "section": "栏目", "unit": "单位"}
# So many are shown at once; the rest can be unfolded.
_SHOWN = 8
# Somebody else may ask the same, and what was withdrawn is gone a minute later.
_CACHE = "public, max-age=60"
# Of one address, in a minute: more than anyone reads.
_SEARCHES = 60
# Of what is too long, so much is shown again that the reader knows it.
_ECHO = search.MAX_WORDS


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that narrows the results, or one that no longer does."""

    label: str
    address: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """The links of one kind: those shown at once, and the rest."""

    name: str
    shown: tuple[Choice, ...]
    rest: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Direct:
    """A link to what the words name, rather than to a piece in which they stand."""

    kind: str
    label: str
    address: addresses.Address
    # What of the label is not to be broken off: the year, the number.
    end: str = ""


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of results among the others; some before it may be left out."""

    number: int
    address: str
    is_current: bool
    is_after_gap: bool


@csrf_exempt  # it only reads: whatever else is asked of it is told so (405)
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Show what is found, what to choose from it, or what else to look for."""
    asked = {
        key: request.GET[key]
        for key in (_WORDS, *_CHOICES, _PAGE)
        if request.GET.get(key)
    }
    try:
        wanted, page = _wanted(asked), search.page_from(asked.get(_PAGE, ""))
        # Who has not said yet what to look for costs nothing.
        if wanted.terms and not _may_search(request):
            return _too_many(request)
        found = search.find(wanted, page)
    except search.SearchRefused as refusal:
        return _refused(request, asked, refusal)
    response = render(request, "bulletins/search.html", _context(asked, found))
    response.headers["Cache-Control"] = _CACHE
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _may_search(request: HttpRequest) -> bool:
    who = client_address(request.META)
    return is_allowed("search", who, times=_SEARCHES, seconds=60)


def _too_many(request: HttpRequest) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "60"
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted(asked: dict[str, str]) -> search.Wanted:
    return search.wanted_from(
        words=asked.get(_WORDS, ""), **{key: asked.get(key, "") for key in _CHOICES}
    )


def _refused(
    request: HttpRequest, asked: dict[str, str], refusal: search.SearchRefused
) -> HttpResponse:
    is_past_the_end = isinstance(refusal, search.NoSuchPage)
    context = {
        "words": _printable(asked.get(_WORDS, ""))[:_ECHO],
        "max_words": search.MAX_WORDS,
        "problem": str(refusal),
        "first_page": _address(asked, page="") if is_past_the_end else "",
    }
    status = 404 if is_past_the_end else 400
    response = render(request, "bulletins/search.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _context(asked: dict[str, str], found: search.Found) -> dict[str, object]:
    wanted, page = found.wanted, found.page
    nothing = bool(wanted.terms) and not found.total_unnarrowed
    return {
        "words": _printable(wanted.words),
        "max_words": search.MAX_WORDS,
        "found": found,
        "kept": {key: asked[key] for key in _CHOICES if key in asked},
        "chosen": _chosen(asked, found.counts),
        "choices": _choices(asked, found.counts) if found.total else (),
        "direct": [_direct(one) for one in search.named(wanted)] if page == 1 else (),
        "suggestions": _suggestions(wanted) if nothing else (),
        "everywhere": _everywhere(asked) if wanted.is_narrowed else "",
        "first_page": _address(asked, page="") if page > 1 else "",
        "newer": _address(asked, page=str(page - 1)) if page > 1 else "",
        "older": _address(asked, page=str(page + 1)) if page < found.pages else "",
        "numbers": [*_numbers(asked, page, found.pages)],
    }


def _printable(words: str) -> str:
    """Return the words without what no page may hold."""
    return "".join(c for c in words if unicodedata.category(c) != "Cc")


def _address(asked: dict[str, str], **changes: str) -> str:
    """Return the address of the same search but for some changes; empty is left out."""
    values = {key: value for key, value in {**asked, **changes}.items() if value}
    if values.get(_PAGE) == "1":
        del values[_PAGE]
    return f"{addresses.SEARCH.href}?{urlencode(values)}"


def _numbers(asked: dict[str, str], page: int, pages: int) -> Iterator[PageLink]:
    """Yield the first and the last page, and three around this one: a phone has room."""
    middle = max(2, min(page, pages - 1))
    around = {middle - 1, middle, middle + 1} & {*range(1, pages + 1)}
    before = 0
    for number in sorted({1, pages} | around):
        yield PageLink(
            number=number,
            address=_address(asked, page=str(number)),
            is_current=number == page,
            is_after_gap=number > before + 1,
        )
        before = number


def _direct(one: search.Named) -> Direct:
    match one:
        case Issue():
            label = f"{one.date:%Y}年{one.label}"
            return Direct("期号", str(one.bulletin), addresses.issue(one), label)
        case Bulletin():
            return Direct("简报", str(one), addresses.bulletin(one))
        case search.NamedYear(bulletin, year):
            address = addresses.year(bulletin, year)
            return Direct("年份", str(bulletin), address, f"{year}年")
        case search.NamedSection(name):
            return Direct("栏目", name, addresses.section(name))
        case search.NamedUnit(name):
            return Direct("单位", name, addresses.unit(name))


def _everywhere(asked: dict[str, str]) -> str:
    return _address(asked, page="", **dict.fromkeys(_CHOICES, ""))


def _suggestions(wanted: search.Wanted) -> list[dict[str, object]]:
    # Where the words are found elsewhere, other words are no help.
    return [
        {"suggestion": found, "address": _address({_WORDS: found.words})}
        for found in search.suggestions(wanted)
    ]


def _by_key(counts: search.Counts) -> dict[str, tuple[search.Count, ...]]:
    return {
        "bulletin": counts.bulletins,
        "year": counts.years,
        "section": counts.sections,
        "unit": counts.units,
    }


def _chosen(asked: dict[str, str], counts: search.Counts) -> list[dict[str, str]]:
    """Return what narrows the results now, and the address without each."""
    by_key = _by_key(counts)
    return [
        {
            "name": name,
            "label": next(
                (count.label for count in by_key[key] if count.is_chosen), asked[key]
            ),
            "address": _address(asked, page="", **{key: ""}),
        }
        for key, name in _CHOICES.items()
        if key in asked
    ]


def _choices(asked: dict[str, str], counts: search.Counts) -> list[Choices]:
    kinds = []
    for key, found in _by_key(counts).items():
        links = tuple(
            Choice(
                label=count.label,
                address=_address(
                    asked, page="", **{key: "" if count.is_chosen else count.value}
                ),
                count=count.count,
                is_chosen=count.is_chosen,
            )
            for count in found
        )
        # One alone is no choice, unless it was made.
        if len(links) > 1 or any(link.is_chosen for link in links):
            kinds.append(Choices(_CHOICES[key], links[:_SHOWN], links[_SHOWN:]))
    return kinds
