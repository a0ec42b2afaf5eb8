"""How the list of issues is narrowed: by stage, year and unit, and by words."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from bulletins.bounds import FIRST_YEAR, LAST_YEAR
from bulletins.models import Article, BriefItem, Issue, Unit

Status = Issue.Status

PAST = (Status.ISSUED, Status.WITHDRAWN)
_NUMBER = re.compile(r"(?:增刊)?\s*第?\s*([0-9]{1,6})\s*期?")
# As many as a person looks through; the rest is found by its name.
_MOST_UNITS = 100


class StageFilter(SimpleListFilter):
    """What is being worked on, or what is out."""

    title = "进度"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "在办"), ("past", "往期")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Issue]
    ) -> QuerySet[Issue]:
        if self.value() == "open":
            return queryset.exclude(status__in=PAST)
        if self.value() == "past":
            return queryset.filter(status__in=PAST)
        return queryset


class YearFilter(SimpleListFilter):
    """The year of issue; of what has no date yet, the year it was begun in."""

    title = "年份"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        dated = Issue.objects.dates("date", "year")
        undated = Issue.objects.filter(date=None).datetimes("created_at", "year")
        years = {day.year for day in dated} | {moment.year for moment in undated}
        return [(str(year), f"{year}年") for year in sorted(years, reverse=True)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Issue]
    ) -> QuerySet[Issue]:
        year = self.value()
        if not year:
            return queryset
        is_year = year.isdecimal() and len(year) == 4
        if not is_year or not FIRST_YEAR <= int(year) <= LAST_YEAR:
            return queryset.none()
        of_year = Q(date__year=int(year)) | Q(date=None, created_at__year=int(year))
        return queryset.filter(of_year)


class UnitFilter(SimpleListFilter):
    """The unit a piece of the issue is from."""

    title = "供稿单位"
    parameter_name = "unit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        units = Unit.objects.filter(is_active=True)[:_MOST_UNITS]
        return [(str(unit.pk), unit.printed_name) for unit in units]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Issue]
    ) -> QuerySet[Issue]:
        pk = self.value()
        if not pk:
            return queryset
        is_key = pk.isdecimal() and len(pk) < 19
        unit = Unit.objects.filter(pk=pk).first() if is_key else None
        if unit is None:
            return queryset.none()
        names = [name for name in (unit.name, unit.short_name) if name]
        return queryset.filter(_has_item(Q(source__in=names), Q(source__in=names)))


def searched(issues: QuerySet[Issue], words: str) -> QuerySet[Issue]:
    """Return the issues that each word fits: as number, in a title or in a lead."""
    for word in words.split()[:10]:
        fits = _has_item(
            Q(title__icontains=word) | Q(contents_title__icontains=word),
            Q(lead__icontains=word),
        )
        if number := _NUMBER.fullmatch(word):
            value = int(number[1])
            fits |= Q(number=value) | Q(number=None, planned_number=value)
        issues = issues.filter(fits)
    return issues


def _has_item(article: Q, brief: Q) -> Q:
    of_issue = Q(issue=OuterRef("pk"))
    articles = Article.objects.filter(of_issue, article)
    briefs = BriefItem.objects.filter(of_issue, brief)
    return Q(Exists(articles)) | Q(Exists(briefs))
