"""Plain makers of documents and rows; each hides what a test does not care about."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.contrib.auth.models import Group, Permission, User

from bulletins.bounds import SectionKind
from bulletins.composing import create_issue
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    Masthead,
    Recipients,
    SectionEntry,
)
from bulletins.models import Bulletin, Issue

_serial = itertools.count(1)


def make_masthead(**fields: Any) -> Masthead:
    values = {"programme": "襄城县作风建设", "name": "工作简报", "office": "县作风办"}
    return Masthead(**{**values, **fields})


def make_article(title: str = "县作风办召开推进会", **fields: Any) -> ArticleEntry:
    values = {"body": "<p>9月1日，县作风办召开推进会。</p><p>会议要求抓好落实。</p>"}
    return ArticleEntry(title=title, **{**values, **fields})


def make_brief(lead: str = "麦岭镇开展环境整治", **fields: Any) -> BriefEntry:
    return BriefEntry(lead=lead, **{"text": "该镇清理垃圾30余吨。", **fields})


def make_document(**fields: Any) -> IssueDocument:
    values: dict[str, Any] = {
        "bulletin": make_masthead(),
        "number": 8,
        "date": dt.date(2024, 9, 2),
        "sections": (
            SectionEntry("", SectionKind.ARTICLES, (make_article(),)),
            SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(),)),
        ),
        "recipients": Recipients(report=("县委办公室",), distribute=("各乡镇",)),
    }
    return IssueDocument(**{**values, **fields})


def make_user(name: str = "", **fields: Any) -> User:
    name = name or f"user{next(_serial)}"
    return User.objects.create_user(name, password="correct horse", **fields)


def grant(user: User, *rights: str) -> User:
    """Give the rights, e.g. submit and publish, and forget what was cached."""
    user.user_permissions.add(
        *Permission.objects.filter(
            content_type__app_label="bulletins",
            codename__in=[f"{right}_issue" for right in rights],
        )
    )
    return User.objects.get(pk=user.pk)


def make_clerk(name: str = "", **fields: Any) -> User:
    """Make somebody who submits and publishes."""
    return grant(make_user(name, **fields), "submit", "publish")


def make_leader(bulletin: Bulletin, position: int = 1) -> User:
    """Make a member of the group that signs the given step of the bulletin."""
    leader = grant(make_user(), "approve")
    step = bulletin.review_steps.get(position=position)
    step.group.user_set.add(leader)
    return leader


def make_bulletin(*, steps: int = 1, **fields: Any) -> Bulletin:
    masthead = fields.pop("masthead", make_masthead())
    values = {
        "slug": f"bulletin-{next(_serial)}",
        "programme": masthead.programme,
        "name": masthead.name,
        "office": masthead.office,
    }
    bulletin = Bulletin.objects.create(**{**values, **fields})
    for position in range(1, steps + 1):
        group = Group.objects.create(name=f"审签组{next(_serial)}")
        bulletin.review_steps.create(
            position=position, name=f"第{position}步审签", group=group
        )
    return bulletin


def make_issue(bulletin: Bulletin | None = None, **fields: Any) -> Issue:
    """Make a draft; ``fields`` are those of its document."""
    return create_issue(bulletin or make_bulletin(), make_document(**fields))
