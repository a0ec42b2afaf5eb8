"""Who did what in a period, in one list, for auditors."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from axes.models import AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from bulletins.models import Adoption, Event, Revision, VoidedNumber


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One thing somebody did; its fields are the columns of the list."""

    at: dt.datetime
    kind: str
    number: int
    account: str
    name: str
    action: str
    subject: str
    change: str = ""
    comment: str = ""
    digest: str = ""
    address: str = ""


COLUMNS = {
    "at": "时间",
    "kind": "类别",
    "number": "记录号",
    "account": "账号",
    "name": "姓名",
    "action": "动作",
    "subject": "对象",
    "change": "状态变化",
    "comment": "意见或说明",
    "digest": "内容摘要值",
    "address": "来源地址",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days of local time, the first and the last of them included."""

    first: dt.date
    last: dt.date

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the first moment of it, and the first one after it."""
        after = self.last + dt.timedelta(days=1)
        return _midnight(self.first), _midnight(after)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def lines(period: Period) -> Iterator[Line]:
    """Yield everything of the period by time; rows are read as they are needed."""
    begin, end = period.moments
    yield from heapq.merge(
        _moves(begin, end),
        _revisions(begin, end),
        _voided(begin, end),
        _adoptions(begin, end),
        _changes(begin, end),
        _sign_ins(begin, end),
        _sign_outs(begin, end),
        _refused_sign_ins(begin, end),
    )


def _who(user: User | None) -> tuple[str, str]:
    return (user.get_username(), user.get_full_name()) if user else ("", "")


def _moves(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = Event.objects.filter(at__gte=begin, at__lt=end).defer("document", "layout")
    for event in rows.select_related("actor", "issue__bulletin").order_by("at", "pk").iterator():  # fmt: skip
        change = f"{event.get_from_status_display()}→{event.get_to_status_display()}"
        step = f"{event.step} " if event.step else ""
        yield Line(
            event.at, "流转", event.pk, *_who(event.actor),
            f"{step}{event.get_move_display()}", str(event.issue),
            change=change, comment=event.comment, digest=event.content_digest,
        )  # fmt: skip


def _revisions(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = Revision.objects.filter(at__gte=begin, at__lt=end).defer("document")
    for revision in rows.select_related("author", "issue__bulletin").order_by("at", "pk").iterator():  # fmt: skip
        yield Line(revision.at, "修改", revision.pk, *_who(revision.author), "修改正文", str(revision.issue))  # fmt: skip


def _voided(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = VoidedNumber.objects.filter(at__gte=begin, at__lt=end)
    for voided in rows.select_related("voided_by", "bulletin").order_by("at", "pk").iterator():  # fmt: skip
        yield Line(voided.at, "期号", voided.pk, *_who(voided.voided_by), "作废期号", str(voided), comment=voided.reason)  # fmt: skip


def _adoptions(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = Adoption.objects.filter(at__gte=begin, at__lt=end)
    for adoption in rows.select_related("by", "contribution", "issue__bulletin").order_by("at", "pk").iterator():  # fmt: skip
        yield Line(adoption.at, "稿件", adoption.pk, *_who(adoption.by), "采用稿件", str(adoption.contribution), comment=str(adoption.issue))  # fmt: skip


def _changes(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    """Yield what was changed in the admin: accounts, groups, settings."""
    rows = LogEntry.objects.filter(action_time__gte=begin, action_time__lt=end)
    for entry in rows.select_related("user", "content_type").order_by("action_time", "pk").iterator():  # fmt: skip
        what = entry.content_type.name if entry.content_type else ""
        yield Line(
            entry.action_time, "后台操作", entry.pk, *_who(entry.user),
            f"{entry.get_action_flag_display()}{what}", entry.object_repr, comment=entry.get_change_message(),
        )  # fmt: skip


def _sign_ins(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = AccessLog.objects.filter(attempt_time__gte=begin, attempt_time__lt=end)
    for entry in rows.order_by("attempt_time", "pk").iterator():
        yield Line(entry.attempt_time, "登录", entry.pk, entry.username or "", "", "登录", "", address=entry.ip_address or "")  # fmt: skip


def _sign_outs(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = AccessLog.objects.filter(logout_time__gte=begin, logout_time__lt=end)
    for entry in rows.order_by("logout_time", "pk").iterator():
        assert entry.logout_time is not None  # noqa: S101 - looked for
        yield Line(entry.logout_time, "退出", entry.pk, entry.username or "", "", "退出登录", "", address=entry.ip_address or "")  # fmt: skip


def _refused_sign_ins(begin: dt.datetime, end: dt.datetime) -> Iterator[Line]:
    rows = AccessFailureLog.objects.filter(attempt_time__gte=begin, attempt_time__lt=end)  # fmt: skip
    for entry in rows.order_by("attempt_time", "pk").iterator():
        action = "登录被锁定" if entry.locked_out else "登录失败"
        yield Line(entry.attempt_time, "登录", entry.pk, entry.username or "", "", action, "", address=entry.ip_address or "")  # fmt: skip
