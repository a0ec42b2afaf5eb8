"""Issues that are out as rows alone: nothing is rendered, and there are no files."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.utils import timezone

from bulletins import search
from bulletins.bounds import SectionKind
from bulletins.composing import create_issue
from bulletins.document import ArticleEntry, Entry, SectionEntry, canonical_json
from bulletins.models import Bulletin, Edition, Issue
from tests.factories import make_bulletin, make_document


def in_sections(*items: Entry) -> tuple[SectionEntry, ...]:
    """Return the sections of some items: articles, and then briefs."""
    articles = tuple(item for item in items if isinstance(item, ArticleEntry))
    briefs = tuple(item for item in items if not isinstance(item, ArticleEntry))
    sections = (
        ("要闻", SectionKind.ARTICLES, articles),
        ("简讯", SectionKind.BRIEFS, briefs),
    )
    return tuple(SectionEntry(*section) for section in sections if section[2])


def make_found(
    *items: Entry,
    bulletin: Bulletin | None = None,
    number: int | None = None,
    date: dt.date = dt.date(2024, 9, 2),
    **fields: Any,
) -> Issue:
    """Make an issue of these items that is out and can be found, the next of its bulletin."""
    bulletin = bulletin or Bulletin.objects.first() or make_bulletin(slug="zuofeng")
    number = number or bulletin.issues.count() + 1
    document = make_document(number=number, date=date, sections=in_sections(*items))
    issue = create_issue(bulletin, document)
    text = canonical_json(document)
    issue.edition = Edition.objects.create(
        issue=issue,
        document=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        html_digest="0" * 64,
        pdf_digest="0" * 64,
        pdf_size=1,
        frozen_at=timezone.now(),
    )
    issue.status, issue.number, issue.series_year = Issue.Status.ISSUED, number, 0
    for name, value in fields.items():
        setattr(issue, name, value)
    issue.save()
    search.index_issue(issue)
    return issue
