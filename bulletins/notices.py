"""Telling people whose turn it is: a message in the system, and a mail where possible.

Messages are rows of the move's own transaction. Mails are tried once it is committed,
and again by ``manage.py send_mails``: a mail that fails never fails a move.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from bulletins.models import Event, Issue, Notice

Move, Status = Event.Move, Issue.Status

# After these somebody else has to act.
_TURNS = (Move.SUBMIT, Move.AMEND, Move.APPROVE, Move.OVERRIDE)
_SIGNATURES = (Move.APPROVE, Move.OVERRIDE, Move.CONFIRM)

_MAX_NAME, _MAX_COMMENT, _MAX_TEXT, _MAX_SUBJECT = 100, 200, 500, 150
_REMIND_EVERY = dt.timedelta(hours=1)

# The person who pressed the button waits for the mail server: not long.
_SECONDS_IN_A_REQUEST = 10
_SECONDS_IN_A_RUN = 300
# A mail not tried by then was left over by the process that should have.
_LEFT_OVER_AFTER = dt.timedelta(minutes=2)
_TRY_AGAIN_AFTER = dt.timedelta(minutes=10)
# What happened days ago is read in the system.
_GIVE_UP_AFTER = dt.timedelta(days=3)

_log = logging.getLogger(__name__)


# --- a move -----------------------------------------------------------------------


def tell(event: Event) -> None:
    """Leave a message for everybody the move concerns; one a person and move."""
    texts: dict[int, str] = {}
    for people, text in _messages(event):
        for person in people:
            texts.setdefault(person.pk, text)
    texts.pop(event.actor_id, None)
    _leave(event.issue, texts, event)


def tell_failure(issue: Issue, reason: str) -> None:
    """Say that an issue was not published at its time, to those who wait for it."""
    text = f"定时印发没有成功：{reason}"
    people = _active(issue.scheduled_by_id, _submitter(issue))
    _leave(issue, dict.fromkeys((person.pk for person in people), text))


def _messages(event: Event) -> Iterator[tuple[Iterable[User], str]]:
    """Yield who is told what; to whom two texts apply, the first counts."""
    issue, what = event.issue, _in_words(event)
    clerk = _active(_submitter(issue))
    match event.move:
        case Move.SUBMIT | Move.AMEND | Move.APPROVE if issue.step is not None:
            yield signers(issue), f"等待您办理：{issue.step}（{what}）"
        case Move.APPROVE:
            yield clerk, f"已签发，可以印发（{what}）"
        case Move.SEND_BACK:
            yield _active(_submitter(issue), issue.created_by_id), f"退回修改（{what}）"
        case Move.RECALL:
            yield _had_the_turn(event), f"已撤回送审，不用再办理（{what}）"
        case Move.OVERRIDE:
            yield confirmers(issue), f"等待您补签（{what}）"
            yield clerk, f"已紧急签发，可以印发（{what}）"
        case Move.CONFIRM:
            yield _active(_submitter(issue), _urgent_signer(issue)), f"已补签（{what}）"
        case Move.SCHEDULE:
            yield clerk, f"定时印发有变动（{what}）"
        case public:
            people = _active(_submitter(issue), *_signed_by(issue))
            yield people, f"{_PUBLIC[Move(public)]}（{what}）"


_PUBLIC = {
    Move.PUBLISH: "已印发",
    Move.CORRECT: "已更正",
    Move.WITHDRAW: "已撤回，不再公开",
}


def who_and_when(event: Event) -> str:
    """Return e.g. 张三 9月2日 10:20 退回."""
    at = timezone.localtime(event.at)
    day = f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{_name(event.actor)} {day} {event.get_move_display()}"


def _in_words(event: Event) -> str:
    """Return e.g. 张三 9月2日 10:20 退回：请核对数字."""
    comment = _short(event.comment, _MAX_COMMENT)
    return f"{who_and_when(event)}{'：' if comment else ''}{comment}"


def _name(person: User) -> str:
    return person.get_full_name() or person.get_username()


def _short(text: str, limit: int) -> str:
    """Return the text on one line, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _leave(issue: Issue, texts: Mapping[int, str], event: Event | None = None) -> None:
    """Write the messages, by person, and have them mailed once that is for good."""
    about = f"{_short(str(issue.bulletin), _MAX_NAME)} {issue.label}"
    now = timezone.now()
    left = Notice.objects.bulk_create(
        Notice(
            user_id=person,
            issue=issue,
            event=event,
            text=_short(f"{about} {text}", _MAX_TEXT),
            at=now,
        )
        for person, text in texts.items()
    )
    if settings.SENDS_MAIL and left:
        pks = [notice.pk for notice in left]
        # Robust: whatever goes wrong there is logged, and the move stands. (A partial
        # has no name, which Django's logging of it asks for.)
        transaction.on_commit(lambda: _mail_at_once(pks), robust=True)


def mark_read(issue: Issue, user: User) -> None:
    """Mark what the person was told of the issue as read: they have it open."""
    unread = Notice.objects.filter(user=user, issue=issue, read_at=None)
    # Asked first: a page that is only read should not wait for a lock to write.
    if pks := list(unread.values_list("pk", flat=True)):
        Notice.objects.filter(pk__in=pks).update(read_at=timezone.now())


# --- who --------------------------------------------------------------------------


def signers(issue: Issue) -> QuerySet[User]:
    """Return who may sign the step the issue is at; nobody when it is at none.

    Four eyes: who submitted the text or edited it last is left out.
    """
    if issue.step is None:
        return User.objects.none()
    submitter, edited = _submitter(issue), issue.revisions.last()
    members = _may_sign().filter(groups=issue.step.group_id)
    if submitter is not None:
        members = members.exclude(pk=submitter)
    if edited is not None:
        members = members.exclude(pk=edited.author_id)
    return members.order_by("pk")


def confirmers(issue: Issue) -> QuerySet[User]:
    """Return who may confirm the urgent signature on the issue: neither who gave it
    nor who submitted the text.
    """
    members = _may_sign().filter(groups__review_steps__bulletin=issue.bulletin_id)
    own = {issue.urgent_signer_id, _submitter(issue)} - {None}
    members = members.exclude(pk__in=own)
    return members.distinct().order_by("pk")


def _may_sign() -> QuerySet[User]:
    return User.objects.with_perm(
        "bulletins.approve_issue", backend="django.contrib.auth.backends.ModelBackend"
    )


def _active(*pks: int | None) -> QuerySet[User]:
    known = {pk for pk in pks if pk is not None}
    return User.objects.filter(pk__in=known, is_active=True).order_by("pk")


def _submitter(issue: Issue) -> int | None:
    event = issue.events.filter(move=Move.SUBMIT).last()
    return event.actor_id if event else None


def _urgent_signer(issue: Issue) -> int | None:
    event = issue.events.filter(move=Move.OVERRIDE).last()
    return event.actor_id if event else None


def _handed_in(issue: Issue) -> Event | None:
    return issue.events.filter(move__in=(Move.SUBMIT, Move.AMEND)).last()


def _signed_by(issue: Issue) -> Iterator[int]:
    """Yield who signed the text as it was handed in last."""
    handed_in = _handed_in(issue)
    since = handed_in.pk if handed_in else 0
    signatures = issue.events.filter(move__in=_SIGNATURES, pk__gt=since)
    yield from signatures.values_list("actor", flat=True)


def _had_the_turn(recall: Event) -> QuerySet[User]:
    """Return whom a recall concerns: who was asked to act, and who signed."""
    issue = recall.issue
    turn = issue.events.filter(move__in=_TURNS, pk__lt=recall.pk).last()
    asked = Notice.objects.filter(event=turn).values_list("user", flat=True)
    return _active(*asked, *_signed_by(issue))


# --- reminders --------------------------------------------------------------------


@transaction.atomic
def remind(issue: Issue, *, by: User | None) -> int:
    """Remind whose turn it is (催办); return how many people were reminded.

    Each is reminded at most once an hour of an issue, and at most once a day where
    nobody asked for it (``by`` None).
    """
    # Locked: a button pressed twice must find the first messages.
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    turn = issue.events.filter(move__in=_TURNS).last()
    if turn is None:
        return 0
    who = f"{_name(by)}催办" if by else "系统提醒"
    what = f"等待您办理：{issue.step}" if issue.step else "等待您补签"
    not_again = issue.notices.filter(event=None, at__gt=_last_reminded_before(by))
    people = whose_turn(issue).exclude(pk__in=not_again.values("user"))
    if by is not None:
        people = people.exclude(pk=by.pk)
    pks = list(people.values_list("pk", flat=True))
    _leave(issue, dict.fromkeys(pks, f"{what}（{_in_words(turn)}；{who}）"))
    return len(pks)


def whose_turn(issue: Issue) -> QuerySet[User]:
    """Return who has to sign or confirm now."""
    return confirmers(issue) if issue.urgent_signer_id else signers(issue)


def _last_reminded_before(by: User | None) -> dt.datetime:
    now = timezone.now()
    midnight = timezone.localtime(now).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return now - _REMIND_EVERY if by else min(now - _REMIND_EVERY, midnight)


def waiting_longer_than(days: int, today: dt.date) -> list[Issue]:
    """Return what has waited for a signature for more than so many working days."""
    unsigned = Issue.objects.filter(status=Status.REVIEW)
    unconfirmed = Issue.objects.filter(urgent_signer__isnull=False)
    late = []
    for issue in (unsigned | unconfirmed).select_related("bulletin").order_by("pk"):
        turn = issue.events.filter(move__in=_TURNS).last()
        since = turn and timezone.localdate(turn.at)
        if since and working_days(since, today) > days:
            late.append(issue)
    return late


def working_days(after: dt.date, until: dt.date) -> int:
    """Count the weekdays after one day until another; holidays are not known."""
    days = (after + dt.timedelta(n) for n in range(1, (until - after).days + 1))
    return sum(1 for day in days if is_weekday(day))


def is_weekday(day: dt.date) -> bool:
    """Tell Monday to Friday from the weekend."""
    return day.isoweekday() <= 5


# --- mail -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mailed:
    """How many mails went out and how many did not."""

    sent: int
    failed: int


def mail_what_is_left(now: dt.datetime) -> Mailed:
    """Send what failed or was never tried; each wait is as long as all before it."""
    waiting = _to_be_mailed().filter(at__gt=now - _GIVE_UP_AFTER, read_at=None)
    return _send([notice for notice in waiting if _is_due(notice, now)], _SECONDS_IN_A_RUN)  # fmt: skip


def _is_due(notice: Notice, now: dt.datetime) -> bool:
    if notice.mail_tried_at is None:
        return now - notice.at >= _LEFT_OVER_AFTER
    waited = notice.mail_tried_at - notice.at
    return now - notice.mail_tried_at >= max(waited, _TRY_AGAIN_AFTER)


def _mail_at_once(pks: list[int]) -> None:
    _send(list(_to_be_mailed().filter(pk__in=pks)), _SECONDS_IN_A_REQUEST)


def _to_be_mailed() -> QuerySet[Notice]:
    return (
        Notice.objects.filter(mailed_at=None, user__is_active=True)
        .exclude(user__email="")
        .select_related("user", "issue")
        .order_by("pk")
    )


def _send(notices: list[Notice], seconds: float) -> Mailed:
    """Send over one connection until the time is up; the rows say how it went."""
    queue, sent, failed = deque(notices), 0, 0
    end = time.monotonic() + seconds
    if not queue:
        return Mailed(0, 0)
    try:
        with mail.get_connection() as connection:
            while queue and time.monotonic() < end:
                if _claim(queue[0]):
                    went = _send_one(queue[0], connection)
                    sent, failed = sent + went, failed + (not went)
                queue.popleft()
    except OSError as error:
        # The server is not there or has gone: the others need not wait for it.
        failed += len(queue)
        for notice in queue:
            _note_failure(notice, error)
    return Mailed(sent, failed)


def _claim(notice: Notice) -> bool:
    """Take the mail over, unless another process has just done so."""
    untouched = Notice.objects.filter(
        pk=notice.pk, mailed_at=None, mail_tried_at=notice.mail_tried_at
    )
    return untouched.update(mail_tried_at=timezone.now()) == 1


def _send_one(notice: Notice, connection: BaseEmailBackend) -> bool:
    """Send one mail; raises OSError where the server answers no more."""
    try:
        _mail_of(notice, connection).send()
    except (
        smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError,
    ) as error:  # fmt: skip
        # This one is refused, or no mail can be written to its address.
        _note_failure(notice, error)
        return False
    Notice.objects.filter(pk=notice.pk).update(
        mailed_at=timezone.now(), mail_failure=""
    )
    return True


def _mail_of(notice: Notice, connection: BaseEmailBackend) -> mail.EmailMessage:
    place = reverse("admin:bulletins_issue_review", args=[notice.issue_id])
    # Mail is no place for anything about a classified issue, not even its name.
    text = "有一期简报等待您查看" if notice.issue.secrecy else notice.text
    lines = [text, f"{settings.SITE_ADDRESS}{place}" if settings.SITE_ADDRESS else ""]
    return mail.EmailMessage(
        subject=_short(text, _MAX_SUBJECT),
        body="\n\n".join([*filter(None, lines), "（系统自动发出，请勿回复）"]),
        to=[notice.user.email],
        connection=connection,
    )


def _note_failure(notice: Notice, error: Exception) -> None:
    _log.warning("notice %s not mailed: %r", notice.pk, error)
    Notice.objects.filter(pk=notice.pk, mailed_at=None).update(
        mail_tried_at=timezone.now(), mail_failure=_reason(error)
    )


def _reason(error: Exception) -> str:
    """Say in Chinese why a mail did not go; the log has the server's own words."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"邮件服务器不接受账号或密码（{error.smtp_code}）"
        case smtplib.SMTPRecipientsRefused():
            return "邮件服务器拒收这个收件地址"
        case smtplib.SMTPResponseException():
            return f"邮件服务器拒绝发送（{error.smtp_code}）"
        case TimeoutError() | smtplib.SMTPServerDisconnected():
            return "邮件服务器没有应答"
        case ValueError():
            return "收件地址不合规范"
    return "连接不上邮件服务器"
