"""Who is told of what, and how the mail goes, or does not."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import socket
import socketserver
import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from django.utils import timezone

from bulletins import notices, workflow
from bulletins.document import Marks
from bulletins.models import Bulletin, Event, Issue, Notice
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles
from tests.factories import (
    grant,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_masthead,
    make_user,
)

pytestmark = pytest.mark.django_db

Move = Event.Move
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def nothing_is_printed(monkeypatch):
    files = FrozenFiles("a" * 64, "b" * 64, 1)
    monkeypatch.setattr(publishing, "freeze", lambda document, profile: files)


def told(issue: Issue, move: Event.Move | None = None) -> dict[User, str]:
    """Return who was told of the last such move (None: reminded), and in what words."""
    event = issue.events.filter(move=move).last() if move else None
    return {notice.user: notice.text for notice in issue.notices.filter(event=event)}


def make_submitted(steps: int = 1, by: User | None = None, **fields) -> Issue:
    issue = make_issue(make_bulletin(steps=steps), **fields)
    return workflow.submit(issue, by=by or make_clerk())


# --- moves ------------------------------------------------------------------------


def test_submitting_tells_those_who_may_sign_the_first_step():
    issue = make_issue(make_bulletin(steps=2), number=57)
    leaders = {make_leader(issue.bulletin, 1) for _ in range(2)}
    make_leader(issue.bulletin, 2)
    members = issue.bulletin.review_steps.get(position=1).group.user_set
    members.add(make_user(), make_clerk())  # none of the two may sign
    gone = make_leader(issue.bulletin, 1)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    workflow.submit(issue, by=make_clerk(first_name="张三"), comment="请审")

    assert set(told(issue, Move.SUBMIT)) == leaders
    assert re.fullmatch(
        r"襄城县作风建设工作简报 拟第57期 等待您办理：第1步审签"
        r"（张三 \d+月\d+日 \d\d:\d\d 送审：请审）",
        next(iter(told(issue, Move.SUBMIT).values())),
    )


def test_a_signature_tells_the_next_step_and_the_last_one_the_clerk():
    clerk = make_clerk()
    issue = make_submitted(steps=2, by=clerk)
    first, second = (make_leader(issue.bulletin, n) for n in (1, 2))

    issue = workflow.approve(issue, by=first)
    assert set(told(issue, Move.APPROVE)) == {second}
    assert "等待您办理：第2步审签" in told(issue, Move.APPROVE)[second]

    issue = workflow.approve(issue, by=second)
    assert set(told(issue, Move.APPROVE)) == {clerk}
    assert "已签发，可以印发" in told(issue, Move.APPROVE)[clerk]


def test_nobody_is_asked_to_sign_what_they_handed_in_or_edited():
    issue = make_issue(make_bulletin(steps=2))
    clerk, editor, other = (make_leader(issue.bulletin, 2) for _ in range(3))
    first = make_leader(issue.bulletin, 1)
    issue.articles.update(title="改过的标题")
    workflow.record_edit(issue, by=editor)
    issue = workflow.submit(issue, by=grant(clerk, "submit"))

    issue = workflow.approve(issue, by=first)

    assert set(told(issue, Move.APPROVE)) == {other}


def test_sending_back_tells_who_submitted_and_who_created_the_issue():
    clerk, creator = make_clerk(), make_clerk()
    issue = make_issue()
    Issue.objects.filter(pk=issue.pk).update(created_by=creator)
    issue = workflow.submit(issue, by=clerk)

    issue = workflow.send_back(
        issue, by=make_leader(issue.bulletin), comment="请核对\n数字"
    )

    assert set(told(issue, Move.SEND_BACK)) == {clerk, creator}
    assert told(issue, Move.SEND_BACK)[clerk].endswith("退回：请核对 数字）")


def test_a_recall_tells_who_was_asked_and_who_had_signed():
    clerk = make_clerk()
    issue = make_issue(make_bulletin(steps=2))
    first, second = (make_leader(issue.bulletin, n) for n in (1, 2))
    idle = make_leader(issue.bulletin, 1)
    issue = workflow.approve(workflow.submit(issue, by=clerk), by=first)

    issue = workflow.recall(issue, by=clerk)

    assert set(told(issue, Move.RECALL)) == {first, second}
    assert idle not in told(issue, Move.RECALL)
    assert "已撤回送审，不用再办理" in told(issue, Move.RECALL)[second]


def test_an_amendment_asks_for_the_first_signature_again():
    issue = make_issue(make_bulletin(steps=2))
    first = make_leader(issue.bulletin, 1)
    amender = grant(make_leader(issue.bulletin, 1), "amend")
    issue = workflow.submit(issue, by=make_clerk())
    issue = workflow.approve(issue, by=first)
    issue.articles.update(title="审核中改过的标题")

    workflow.record_edit(issue, by=amender)

    assert set(told(issue, Move.AMEND)) == {first}
    assert "等待您办理：第1步审签" in told(issue, Move.AMEND)[first]


def test_an_urgent_signature_asks_the_reviewers_to_confirm_and_tells_the_clerk():
    clerk = make_clerk()
    issue = make_issue(make_bulletin(steps=2))
    chief = grant(make_leader(issue.bulletin, 2), "override")
    first, second = (make_leader(issue.bulletin, n) for n in (1, 2))
    # A member of both groups is told once.
    issue.bulletin.review_steps.get(position=2).group.user_set.add(first)
    issue = workflow.submit(issue, by=clerk)

    issue = workflow.override(issue, by=chief, comment="汛情紧急")
    texts = told(issue, Move.OVERRIDE)
    assert set(texts) == {first, second, clerk}
    assert "等待您补签" in texts[first]
    assert "已紧急签发，可以印发" in texts[clerk]

    issue = workflow.confirm(issue, by=first)
    assert set(told(issue, Move.CONFIRM)) == {clerk, chief}


def test_what_comes_out_is_corrected_or_withdrawn_is_told_to_clerk_and_signers():
    clerk, office = make_clerk(), make_clerk(is_superuser=True)
    issue = make_issue(make_bulletin(steps=2))
    early, first, second = (make_leader(issue.bulletin, n) for n in (1, 1, 2))
    issue = workflow.approve(workflow.submit(issue, by=clerk), by=early)
    issue = workflow.send_back(issue, by=second, comment="重写")
    # What was signed then is not what comes out now.
    issue = workflow.approve(workflow.submit(issue, by=clerk), by=first)
    issue = workflow.approve(issue, by=second)

    issue = workflow.publish(issue, by=office)
    issue.articles.update(title="改正后的标题")
    issue = workflow.correct(issue, by=office, comment="标题有误")
    issue = workflow.withdraw(issue, by=office, comment="数据有误")

    for move, word in (
        (Move.PUBLISH, "第8期 已印发"),
        (Move.CORRECT, "已更正"),
        (Move.WITHDRAW, "已撤回，不再公开"),
    ):
        assert set(told(issue, move)) == {clerk, first, second}
        assert word in told(issue, move)[clerk]


def test_a_schedule_is_told_to_the_clerk_unless_it_is_their_own():
    clerk, other = make_clerk(), make_clerk()
    issue = make_submitted(by=clerk)
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    at = timezone.now() + dt.timedelta(hours=1)

    issue = workflow.schedule(issue, at, by=other)
    assert set(told(issue, Move.SCHEDULE)) == {clerk}
    issue = workflow.schedule(issue, None, by=clerk)
    assert told(issue, Move.SCHEDULE) == {}


def test_a_schedule_that_fails_is_told_to_those_who_wait_for_it_once():
    clerk, scheduler = make_clerk(), make_clerk()
    issue = make_submitted(by=clerk)
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    at = timezone.now() + dt.timedelta(hours=1)
    issue = workflow.schedule(issue, at, by=scheduler)
    scheduler.user_permissions.clear()

    assert workflow.publish_due(at) == workflow.publish_due(at) == []

    assert set(told(issue)) == {clerk, scheduler}
    assert "定时印发没有成功：您没有“印发”的权限" in told(issue)[clerk]
    assert issue.notices.filter(event=None).count() == 2


def test_a_message_fits_its_column_and_still_names_the_issue():
    masthead = make_masthead(programme="长" * 200, name="长" * 200)
    issue = make_issue(make_bulletin(masthead=masthead))
    leader = make_leader(issue.bulletin)

    workflow.submit(issue, by=make_clerk(), comment="意见" * 2000)

    text = told(issue, Move.SUBMIT)[leader]
    assert len(text) <= 500
    assert "… 拟第8期 等待您办理：第1步审签（" in text


def test_a_move_that_does_not_happen_is_not_told():
    issue = make_issue()
    make_leader(issue.bulletin)
    clerk = make_clerk()

    def change_of_mind() -> None:
        with transaction.atomic():
            workflow.submit(issue, by=clerk)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_of_mind()

    assert not Notice.objects.exists()


# --- reminders --------------------------------------------------------------------


def test_a_reminder_goes_to_whose_turn_it_is_at_most_once_an_hour():
    clerk = make_clerk(first_name="张三")
    issue = make_issue(make_bulletin(steps=2))
    leader = make_leader(issue.bulletin, 1)
    make_leader(issue.bulletin, 2)
    issue = workflow.submit(issue, by=clerk)

    assert notices.remind(issue, by=clerk) == 1
    assert notices.remind(issue, by=clerk) == 0
    assert "等待您办理：第1步审签" in told(issue)[leader]
    assert told(issue)[leader].endswith("送审；张三催办）")

    hours_ago(2, issue)
    assert notices.remind(issue, by=clerk) == 1


def test_nobody_reminds_themselves():
    issue = make_submitted()
    leader = make_leader(issue.bulletin)

    assert notices.remind(issue, by=leader) == 0


def test_an_urgent_signature_is_reminded_of_until_it_is_confirmed():
    issue = make_issue()
    chief, other = (make_leader(issue.bulletin) for _ in range(2))
    issue = workflow.submit(issue, by=make_clerk())
    issue = workflow.override(issue, by=grant(chief, "override"), comment="汛情紧急")

    assert notices.remind(issue, by=None) == 1
    assert "等待您补签" in told(issue)[other]
    hours_ago(30, issue)
    workflow.confirm(issue, by=other)
    assert notices.remind(issue, by=None) == 0


def test_an_issue_that_came_into_review_by_no_move_asks_all_who_may_sign():
    issue = make_issue()
    leader = make_leader(issue.bulletin)
    issue.step = issue.bulletin.review_steps.get()

    assert list(notices.signers(issue)) == [leader]
    assert list(notices.confirmers(issue)) == [leader]


def test_there_is_nobody_to_remind_of_a_draft_or_of_what_is_signed():
    issue = make_issue()
    leader = make_leader(issue.bulletin)
    assert notices.remind(issue, by=None) == 0

    issue = workflow.approve(workflow.submit(issue, by=make_clerk()), by=leader)

    assert notices.remind(issue, by=None) == 0


def hours_ago(hours: int, issue: Issue) -> None:
    issue.notices.update(at=timezone.now() - dt.timedelta(hours=hours))


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        ("2026-11-25", "2026-11-25", 0),  # a Wednesday
        ("2026-11-25", "2026-11-26", 1),
        ("2026-11-27", "2026-11-30", 1),  # Friday to Monday
        ("2026-11-28", "2026-11-30", 1),
        ("2026-11-27", "2026-11-29", 0),
        ("2026-11-25", "2026-12-09", 10),
        ("2026-11-26", "2026-11-25", 0),  # clocks go wrong
    ],
)
def test_working_days_are_counted_without_weekends(after, until, days):
    first, last = dt.date.fromisoformat(after), dt.date.fromisoformat(until)

    assert notices.working_days(first, last) == days


def test_what_waits_longer_than_some_working_days_is_late():
    bulletin, clerk = make_bulletin(), make_clerk()
    waiting, fresh, urgent = (
        workflow.submit(make_issue(bulletin), by=clerk) for _ in range(3)
    )
    chief = grant(make_leader(urgent.bulletin), "override")
    workflow.override(urgent, by=chief, comment="汛情紧急")
    friday = dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)
    Event.objects.exclude(issue=fresh).update(at=friday)
    Event.objects.filter(issue=fresh).update(at=friday + dt.timedelta(days=3))

    def late(day: int) -> list[Issue]:
        return notices.waiting_longer_than(2, dt.date(2026, 12, day))

    assert late(1) == []
    assert late(2) == [waiting, urgent]
    assert late(3) == [waiting, fresh, urgent]


# --- mail -------------------------------------------------------------------------


class FakeServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a mail needs; refuses whom it is told to."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.accepted: list[bytes] = []
        self.refused: set[str] = set()
        self.hangs_up_after: int | None = None
        self.connections = 0


class _Conversation(socketserver.StreamRequestHandler):
    server: FakeServer

    def handle(self) -> None:
        self.server.connections += 1
        self.say("220 fake")
        while line := self.rfile.readline().decode().strip():
            match line.split(maxsplit=1)[0].upper():
                case "RCPT" if any(name in line for name in self.server.refused):
                    self.say("550 no such person")
                case "DATA":
                    self.say("354 go on")
                    self.take_the_mail()
                    if self.server.hangs_up_after == len(self.server.accepted):
                        return
                    self.say("250 taken")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 yes")

    def take_the_mail(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.accepted.append(b"".join(lines))

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def smtp(settings):
    """Run a mail server on this machine, and have mails sent to it."""
    with FakeServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        mails_go_to(settings, server.server_address[1])
        yield server
        server.shutdown()
        thread.join()


def mails_go_to(settings, port: int) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5


def make_reachable(issue: Issue, *names: str) -> list[User]:
    """Make leaders with an address each."""
    leaders = [make_leader(issue.bulletin) for _ in names]
    for leader, name in zip(leaders, names, strict=True):
        leader.email = f"{name}@example.gov.cn" if name else ""
        leader.save()
    return leaders


def letters_to(server: FakeServer) -> dict[str, EmailMessage]:
    """Return what the server accepted, by addressee."""
    parsed = [message_from_bytes(m, policy=default) for m in server.accepted]
    return {str(message["To"]): message for message in parsed}


@pytest.fixture
def submitted(django_capture_on_commit_callbacks):
    """Submit an issue to leaders with an address, as a request would, to its end."""

    def submit(*names: str, **fields) -> Issue:
        issue = make_issue(**fields)
        make_reachable(issue, *names)
        with django_capture_on_commit_callbacks(execute=True):
            return workflow.submit(issue, by=make_clerk(email="clerk@example.gov.cn"))

    return submit


def test_a_message_is_mailed_once_the_move_is_committed(
    smtp, settings, submitted, django_capture_on_commit_callbacks
):
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    settings.DEFAULT_FROM_EMAIL = "jianbao@example.gov.cn"

    issue = submitted("li", "wang", number=57)

    letters = letters_to(smtp)
    assert set(letters) == {"li@example.gov.cn", "wang@example.gov.cn"}
    assert smtp.connections == 1
    letter, text = letters["li@example.gov.cn"], issue.notices.first().text
    assert letter["From"] == "jianbao@example.gov.cn"
    assert letter["Subject"].strip() == text
    assert letter.get_content().splitlines() == [
        text,
        "",
        f"https://jianbao.example.gov.cn/admin/bulletins/issue/{issue.pk}/review/",
        "",
        "（系统自动发出，请勿回复）",
    ]
    for notice in issue.notices.all():
        assert (notice.mailed_at is not None, notice.mail_failure) == (True, "")


def test_nothing_is_mailed_before_the_commit(smtp, django_capture_on_commit_callbacks):
    issue = make_issue()
    make_reachable(issue, "li")
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        workflow.submit(issue, by=make_clerk())

    assert (len(callbacks), smtp.connections) == (1, 0)


def test_a_mail_about_a_classified_issue_says_nothing_of_it(smtp, submitted):
    bulletin = make_bulletin(audience=Bulletin.Audience.INTERNAL)
    submitted("li", bulletin=bulletin, marks=Marks(secrecy="秘密★1年"))

    [letter] = letters_to(smtp).values()
    assert letter["Subject"].strip() == "有一期简报等待您查看"
    assert "工作简报" not in letter.get_content()


def test_without_a_mail_server_no_mail_is_tried(submitted):
    assert django_settings.SENDS_MAIL is False

    issue = submitted("li")

    assert mail.outbox == []
    assert issue.notices.get().mail_tried_at is None


def test_people_without_an_address_and_those_who_left_get_no_mail(smtp, submitted):
    issue = submitted("")

    User.objects.filter(email="").update(email="li@example.gov.cn", is_active=False)
    issue.notices.update(at=timezone.now() - dt.timedelta(hours=1))

    assert notices.mail_what_is_left(timezone.now()) == notices.Mailed(0, 0)
    assert smtp.connections == 0


def test_the_move_stands_where_no_server_answers(settings, submitted, caplog):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    mails_go_to(settings, port)

    issue = submitted("li", "wang")

    issue.refresh_from_db()
    assert issue.status == Issue.Status.REVIEW
    for notice in issue.notices.all():
        assert (notice.mailed_at, notice.mail_failure) == (None, "连接不上邮件服务器")
    assert "not mailed: ConnectionRefusedError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_not_even_an_error_of_ours_in_mailing_undoes_a_move(
    settings, monkeypatch, caplog
):
    def fail() -> None:
        raise LookupError("no such thing")

    settings.SENDS_MAIL = True
    monkeypatch.setattr(mail, "get_connection", fail)
    issue = make_issue()
    make_reachable(issue, "li")

    workflow.submit(issue, by=make_clerk())

    issue.refresh_from_db()
    assert issue.status == Issue.Status.REVIEW
    assert "no such thing" in caplog.text


def test_a_server_that_says_nothing_is_waited_for_once(settings, submitted):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mails_go_to(settings, silent.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.2
        started = time.monotonic()

        issue = submitted("li", "wang", "zhao")

    assert time.monotonic() - started < 3
    failures = set(issue.notices.values_list("mail_failure", flat=True))
    assert failures == {"邮件服务器没有应答"}


def test_an_address_that_is_refused_does_not_hold_back_the_others(smtp, submitted):
    smtp.refused = {"li@"}

    issue = submitted("li", "@", "wang")

    failures = dict(issue.notices.values_list("user__email", "mail_failure"))
    assert failures == {
        "li@example.gov.cn": "邮件服务器拒收这个收件地址",
        "@@example.gov.cn": "收件地址不合规范",
        "wang@example.gov.cn": "",
    }
    assert set(letters_to(smtp)) == {"wang@example.gov.cn"}


def test_a_server_that_hangs_up_leaves_the_rest_to_the_next_run(smtp, submitted):
    smtp.hangs_up_after = 1

    issue = submitted("li", "wang")

    failures = issue.notices.order_by("pk").values_list("mail_failure", flat=True)
    assert list(failures) == ["邮件服务器没有应答"] * 2
    later = timezone.now() + dt.timedelta(minutes=11)
    assert notices.mail_what_is_left(later) == notices.Mailed(sent=2, failed=0)


def test_mails_wait_no_longer_than_the_time_they_have(smtp, submitted, monkeypatch):
    monkeypatch.setattr(notices, "_SECONDS_IN_A_REQUEST", 0)

    issue = submitted("li", "wang")

    assert smtp.accepted == []
    assert set(issue.notices.values_list("mail_tried_at", "mail_failure")) == {
        (None, "")
    }
    later = timezone.now() + dt.timedelta(minutes=3)
    assert notices.mail_what_is_left(later) == notices.Mailed(sent=2, failed=0)


def test_what_another_process_is_sending_is_left_to_it(smtp, submitted, monkeypatch):
    monkeypatch.setattr(notices, "_SECONDS_IN_A_REQUEST", 0)
    issue = submitted("li")
    as_it_was = list(issue.notices.select_related("user", "issue"))
    issue.notices.update(mail_tried_at=timezone.now())

    assert notices._send(as_it_was, 10) == notices.Mailed(0, 0)
    assert smtp.accepted == []


def test_each_failure_makes_the_wait_longer_until_it_is_given_up(smtp, submitted):
    smtp.refused = {"li@"}
    issue = submitted("li")
    began = timezone.now()

    def tried_after(**time: int) -> bool:
        """Look in then; a try sets its own time, which the test moves along."""
        at = began + dt.timedelta(**time)
        failed = notices.mail_what_is_left(at).failed
        if failed:
            issue.notices.update(mail_tried_at=at)
        return failed == 1

    assert not tried_after(minutes=5)
    assert tried_after(minutes=11)
    assert not tried_after(minutes=20)
    assert tried_after(minutes=23)
    assert tried_after(minutes=50)
    assert not tried_after(minutes=90)
    assert tried_after(days=2)
    assert not tried_after(days=5)


def test_what_has_been_read_in_the_system_is_not_mailed_again(smtp, submitted):
    smtp.refused = {"li@"}
    issue = submitted("li")
    issue.notices.update(read_at=timezone.now())

    later = timezone.now() + dt.timedelta(hours=1)
    assert notices.mail_what_is_left(later) == notices.Mailed(0, 0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), "邮件服务器不接受账号或密码（535）"),
        (smtplib.SMTPSenderRefused(553, b"no", "x"), "邮件服务器拒绝发送（553）"),
        (smtplib.SMTPDataError(554, b"no"), "邮件服务器拒绝发送（554）"),
        (TimeoutError(), "邮件服务器没有应答"),
        (socket.gaierror(), "连接不上邮件服务器"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_chinese(error, words):
    assert notices._reason(error) == words
