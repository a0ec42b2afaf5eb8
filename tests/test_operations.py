"""The commands that run by the clock, as an administrator meets them."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from bulletins import notices, rendering, workflow
from bulletins.composing import frozen_document, layout_of
from bulletins.models import Bulletin, Edition, Event, Issue
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles, freeze
from tests.factories import make_bulletin, make_clerk, make_issue, make_leader

pytestmark = pytest.mark.django_db

Numbering = Bulletin.Numbering


def run(*arguments: object) -> tuple[int, str, str]:
    """Return the exit status of a command, what it wrote, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    return status, out.getvalue().strip(), err.getvalue().strip()


@pytest.fixture
def nothing_is_printed(monkeypatch):
    files = FrozenFiles("a" * 64, "b" * 64, 1)
    monkeypatch.setattr(publishing, "freeze", lambda document, profile: files)


def make_signed(bulletin=None, **fields) -> Issue:
    issue = make_issue(bulletin, **fields)
    issue = workflow.submit(issue, by=make_clerk())
    return workflow.approve(issue, by=make_leader(issue.bulletin))


def make_due(bulletin=None, minutes: int = 1, **fields) -> Issue:
    """Make a signed issue whose time came some minutes ago."""
    issue = make_signed(bulletin, **fields)
    issue = workflow.schedule(
        issue, timezone.now() + dt.timedelta(hours=1), by=make_clerk()
    )
    at = timezone.now() - dt.timedelta(minutes=minutes)
    Issue.objects.filter(pk=issue.pk).update(publish_at=at)
    issue.refresh_from_db()
    return issue


# --- publish_due ------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_is_printed")
def test_what_is_due_comes_out_in_the_order_of_its_time():
    bulletin = make_bulletin()
    later = make_due(bulletin, minutes=1, number=None)
    earlier = make_due(bulletin, minutes=2, number=None)

    status, out, err = run("publish_due")

    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "已印发 襄城县作风建设工作简报 第1期",
        "已印发 襄城县作风建设工作简报 第2期",
    ]
    earlier.refresh_from_db()
    later.refresh_from_db()
    assert (earlier.number, later.number) == (1, 2)
    assert earlier.events.last().actor == earlier.events.get(move="schedule").actor
    assert run("publish_due") == (0, "没有到时间的简报", "")


@pytest.mark.usefixtures("nothing_is_printed")
def test_what_cannot_come_out_is_told_once_and_does_not_hold_back_the_rest():
    bulletin = make_bulletin()
    stuck = make_due(bulletin, minutes=9, number=8)
    workflow.publish(make_signed(bulletin, number=8), by=make_clerk())
    make_due(bulletin, number=9)

    status, out, err = run("publish_due")

    assert (status, out) == (1, "已印发 襄城县作风建设工作简报 第9期")
    assert err == (
        "错误：襄城县作风建设工作简报 拟第8期 没有印发：第8期已经印发过，请改用别的期号"
    )
    stuck.refresh_from_db()
    assert stuck.publish_failure == "第8期已经印发过，请改用别的期号"
    assert run("publish_due") == (0, "没有到时间的简报", "")


def test_a_full_disk_is_told_and_the_issue_can_be_scheduled_again(monkeypatch):
    def fail(document, profile):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "freeze", fail)
    issue = make_due()

    status, _, err = run("publish_due")

    assert status == 1
    assert "印发文件写不进去，请管理员检查磁盘空间和文件夹权限" in err
    issue = workflow.schedule(
        issue, timezone.now() + dt.timedelta(hours=1), by=make_clerk()
    )
    assert issue.publish_failure == ""


@pytest.mark.parametrize("change", ["recall", "put off", "give up"])
def test_what_is_put_off_while_it_is_printed_does_not_come_out(monkeypatch, change):
    issue, clerk = make_due(), make_clerk()
    tomorrow = timezone.now() + dt.timedelta(days=1)

    def freeze_while_somebody_decides(document, profile):
        if change == "recall":
            workflow.recall(issue, by=clerk)
        else:
            at = tomorrow if change == "put off" else None
            workflow.schedule(issue, at, by=clerk)
        return FrozenFiles("a" * 64, "b" * 64, 1)

    monkeypatch.setattr(publishing, "freeze", freeze_while_somebody_decides)

    assert run("publish_due") == (0, "", "")

    issue.refresh_from_db()
    assert issue.status == (
        Issue.Status.DRAFT if change == "recall" else Issue.Status.APPROVED
    )
    assert (issue.publish_failure, issue.editions.count()) == ("", 0)
    assert issue.publish_at == (tomorrow if change == "put off" else None)


def test_an_issue_recalled_while_its_printing_fails_has_not_failed(monkeypatch):
    issue, clerk = make_due(), make_clerk()

    def recall_and_fail(document, profile):
        workflow.recall(issue, by=clerk)
        raise rendering.RenderError("第1页排不下")

    monkeypatch.setattr(publishing, "freeze", recall_and_fail)

    assert run("publish_due") == (0, "", "")

    issue.refresh_from_db()
    assert (issue.status, issue.publish_failure) == (Issue.Status.DRAFT, "")


@pytest.mark.usefixtures("nothing_is_printed")
def test_an_issue_confirmed_while_it_is_due_comes_out():
    issue = make_issue()
    chief, other = (make_leader(issue.bulletin) for _ in range(2))
    chief.is_superuser = True
    chief.save()
    issue = workflow.submit(issue, by=make_clerk())
    issue = workflow.override(issue, by=chief, comment="汛情紧急")
    at = timezone.now() + dt.timedelta(hours=1)
    issue = workflow.schedule(issue, at, by=make_clerk())
    workflow.confirm(issue, by=other)

    assert workflow.publish_due(at) == [issue]


@pytest.mark.usefixtures("nothing_is_printed")
@pytest.mark.parametrize(
    ("before", "after", "next_year"),
    [(Numbering.CONTINUOUS, Numbering.YEARLY, 1), (Numbering.YEARLY, Numbering.CONTINUOUS, 3)],
)  # fmt: skip
def test_numbers_go_on_to_the_end_of_the_year_when_the_way_of_counting_changes(
    before, after, next_year
):
    bulletin, clerk = make_bulletin(numbering=before), make_clerk()
    march, june = dt.date(2024, 3, 1), dt.date(2024, 6, 1)
    planned = make_signed(bulletin, number=1, date=june)
    workflow.publish(make_signed(bulletin, number=None, date=march), by=clerk)
    bulletin.numbering = after
    bulletin.save()

    with pytest.raises(workflow.Refused, match="第1期已经印发过"):
        workflow.publish(planned, by=clerk)
    for date in (june, dt.date(2025, 1, 8)):
        workflow.publish(make_signed(bulletin, number=None, date=date), by=clerk)

    issued = bulletin.issues.filter(number__isnull=False).order_by("pk")
    numbers = issued.values_list("date__year", "number")
    assert list(numbers) == [(2024, 1), (2024, 2), (2025, next_year)]


def test_the_last_number_of_a_series_is_followed_by_none():
    bulletin = make_bulletin()
    issue = make_signed(bulletin, number=None)
    bulletin.voided_numbers.create(
        number=999_999, reason="占位", voided_by=make_clerk(), at=timezone.now()
    )

    with pytest.raises(workflow.Refused, match="期号：应在 1 至 999999 之间"):
        workflow.publish(issue, by=make_clerk())


# --- remind_reviewers -------------------------------------------------------------


@pytest.fixture
def on(monkeypatch):
    """Let the command run on a day; the moves were made on Friday, 27 November."""

    def set_day(month: int, day: int) -> None:
        now = dt.datetime(2026, month, day, 8, 30, tzinfo=dt.UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)

    return set_day


def make_waiting() -> Issue:
    issue = make_issue()
    make_leader(issue.bulletin)
    issue = workflow.submit(issue, by=make_clerk())
    friday = dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)
    Event.objects.filter(issue=issue).update(at=friday)
    issue.notices.update(at=friday)
    return issue


def test_reviewers_are_reminded_after_working_days_and_once_a_day(on):
    issue = make_waiting()
    on(12, 1)
    assert run("remind_reviewers") == (0, "没有等待超过2个工作日的简报", "")

    on(12, 2)
    assert run("remind_reviewers") == (0, f"{issue}：已催办1人", "")
    _, again, _ = run("remind_reviewers")
    assert again == f"{issue}：今天已经催办过，或没有人可以办理"
    on(12, 3)
    assert run("remind_reviewers") == (0, f"{issue}：已催办1人", "")
    assert issue.notices.filter(event=None).first().text.endswith("送审；系统提醒）")


def test_the_number_of_days_may_be_given(on):
    issue = make_waiting()
    on(11, 30)

    assert run("remind_reviewers", "--days", 0) == (0, f"{issue}：已催办1人", "")
    assert run("remind_reviewers", "--days", -1) == (1, "", "错误：工作日数不能小于0")


def test_nobody_is_reminded_at_the_weekend(on):
    make_waiting()
    on(12, 5)

    assert run("remind_reviewers") == (0, "今天是周末，不催办", "")


# --- send_mails -------------------------------------------------------------------


def test_send_mails_says_that_no_server_is_set():
    assert run("send_mails") == (
        0,
        "没有设置邮件服务器（EMAIL_URL），消息只在系统中显示",
        "",
    )


@pytest.mark.parametrize(
    ("mailed", "answer"),
    [
        (notices.Mailed(sent=3, failed=0), (0, "发出邮件3封", "")),
        (
            notices.Mailed(sent=3, failed=1),
            (1, "", "错误：发出邮件3封，失败1封，稍后再试"),
        ),
    ],
)
def test_send_mails_counts(settings, monkeypatch, mailed, answer):
    settings.SENDS_MAIL = True
    monkeypatch.setattr(notices, "mail_what_is_left", lambda now: mailed)

    assert run("send_mails") == answer


# --- verify_editions --------------------------------------------------------------


@pytest.fixture
def editions() -> list[Edition]:
    """Publish two issues for good, with all their files."""
    bulletin, clerk = make_bulletin(), make_clerk()
    for number in (1, 2):
        workflow.publish(make_signed(bulletin, number=number), by=clerk)
    return list(Edition.objects.order_by("pk"))


def flip_a_byte(content: bytes) -> bytes:
    """Return the content with one bit of its middle turned over."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def stored(path: str) -> Path:
    return Path(default_storage.path(path))


def test_what_is_whole_verifies(editions):
    assert run("verify_editions") == (0, "核对了2个版本，全部相符", "")


def test_there_may_be_nothing_to_verify():
    assert run("verify_editions") == (0, "核对了0个版本，全部相符", "")


@pytest.mark.parametrize(("kind", "word"), [("html", "网页"), ("pdf", "PDF ")])
def test_a_byte_flipped_in_a_file_is_found(editions, kind, word):
    path = getattr(editions[0], f"{kind}_path")
    stored(path).write_bytes(flip_a_byte(stored(path).read_bytes()))

    status, out, err = run("verify_editions")

    assert (status, out) == (1, "")
    assert err.splitlines() == [
        f"{editions[0]}：{word}文件与摘要值不符（{path}）",
        "错误：核对了2个版本，1个有问题，共1处",
    ]


def test_a_character_changed_in_a_json_is_found(editions):
    changed = editions[1].document.replace("推进会", "推迟会", 1)
    Edition.objects.filter(pk=editions[1].pk).update(document=changed)

    status, _, err = run("verify_editions")

    assert status == 1
    assert err.splitlines()[0] == f"{editions[1]}：文件（JSON）与摘要值不符"


def test_a_byte_flipped_in_a_json_is_found(editions):
    document = editions[1].document.encode()
    at = document.index(b'"number":2') + len(b'"number":')
    flipped = document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]
    Edition.objects.filter(pk=editions[1].pk).update(document=flipped.decode())

    status, _, err = run("verify_editions")

    assert status == 1
    assert "文件（JSON）与摘要值不符" in err


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("{", "文件（JSON）不能读取"),
        ('{"schema": "x"}', "文件（JSON）不能读取"),
        (None, "文件（JSON）不是规范形式"),
    ],
)
def test_a_json_whose_digest_was_changed_along_with_it_is_found(
    editions, document, fault
):
    document = document or f"{editions[0].document} "
    Edition.objects.filter(pk=editions[0].pk).update(
        document=document, digest=hashlib.sha256(document.encode()).hexdigest()
    )

    status, _, err = run("verify_editions")

    assert status == 1
    assert fault in err


def test_missing_and_unreadable_files_are_found_with_everything_else(editions):
    stored(editions[0].html_path).unlink()
    pdf = stored(editions[0].pdf_path)
    pdf.unlink()
    pdf.mkdir()
    Edition.objects.filter(pk=editions[1].pk).update(document="{}")

    status, _, err = run("verify_editions")

    assert status == 1
    assert err.splitlines() == [
        f"{editions[0]}：网页文件不见了（{editions[0].html_path}）",
        f"{editions[0]}：PDF 文件读不出来（{editions[0].pdf_path}）",
        f"{editions[1]}：文件（JSON）与摘要值不符",
        "错误：核对了2个版本，2个有问题，共3处",
    ]


# --- files ------------------------------------------------------------------------


def test_a_damaged_file_is_written_again_when_the_same_is_printed(editions):
    page = stored(editions[0].html_path)
    whole = page.read_bytes()
    page.write_bytes(whole[:100])
    issue = editions[0].issue

    freeze(frozen_document(issue), layout_of(issue.bulletin))

    assert page.read_bytes() == whole


def test_a_file_that_cannot_be_finished_leaves_nothing(editions, monkeypatch):
    page = stored(editions[0].html_path)
    page.unlink()
    issue = editions[0].issue

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        freeze(frozen_document(issue), layout_of(issue.bulletin))

    assert not page.exists()
    assert list(page.parent.glob("*.part")) == []
