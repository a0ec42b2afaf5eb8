"""manage.py doctor: each thing that can be amiss is found, named, and says what to do."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.checks import Warning as Warned
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bulletins import rendering
from bulletins.archive import tree
from bulletins.archive.addresses import HOME, issue_pdf
from bulletins.models import Edition, Event, Issue, Notice
from bulletins.rendering import fonts
from bulletins.upkeep import doctor, gauges
from bulletins.upkeep.doctor import Level
from tests.factories import (
    make_bulletin,
    make_clerk,
    make_issue,
    make_masthead,
    make_user,
)

pytestmark = pytest.mark.django_db

WELL, NOTE, FAULT = Level.WELL, Level.NOTE, Level.FAULT


@pytest.fixture(autouse=True)
def a_system_that_is_well(settings, tmp_path, monkeypatch):
    """Everything set; nothing printed, where a test does not ask for it."""
    settings.VAR_DIR = tmp_path
    settings.ALLOWED_HOSTS = ["jianbao.example.gov.cn"]
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    settings.SITE_NAME, settings.SITE_DOMAIN = "许昌市", "example.gov.cn"
    settings.SITE_ID_CODE = "4110000000"
    settings.SENDS_MAIL = True
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "bulletin-20261125-020000.tar").touch()
    monkeypatch.setenv("BACKUP_DIR", str(backups))
    monkeypatch.setattr(doctor, "run_checks", lambda **kwargs: [])
    monkeypatch.setattr(doctor, "_worker", lambda: doctor._well("排印", "没有试"))
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=2**40))


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("doctor", *arguments, stdout=out)
    return int(exit_.value.code or 0), out.getvalue()


def found(subject: str, *arguments: str) -> tuple[Level, str, str]:
    """Return what the doctor says of one thing."""
    _, out = run("--json", *arguments)
    (finding,) = (f for f in json.loads(out)["findings"] if f["subject"] == subject)
    return Level[finding["level"].upper()], finding["text"], finding["todo"]


def make_edition(issue: Issue | None = None) -> Edition:
    return Edition.objects.create(
        issue=issue or make_issue(),
        document="{}",
        digest="0" * 64,
        html_digest="1" * 64,
        pdf_digest="2" * 64,
        pdf_size=1,
        frozen_at=timezone.now(),
    )


def make_approved(**fields: object) -> Issue:
    issue = make_issue()
    values = {"status": Issue.Status.APPROVED, "scheduled_by": make_user(), **fields}
    Issue.objects.filter(pk=issue.pk).update(**values)
    return issue


def make_task(status: str, **fields: object) -> DBTaskResult:
    now = timezone.now()
    task = DBTaskResult.objects.create(
        status=status, task_path="x.y", args_kwargs={}, backend_name="default", run_after=now
    )  # fmt: skip
    DBTaskResult.objects.filter(pk=task.pk).update(**fields)
    return task


# --- the command ------------------------------------------------------------------


def test_a_system_that_is_well_says_so_and_ends_with_0():
    status, out = run()

    assert status == 0
    lines = out.splitlines()
    assert lines[-1] == "总的情况：正常"
    assert len(lines) > 12
    assert all(line.startswith("正常　") for line in lines[:-1])


def test_the_worst_finding_is_the_exit_status(settings):
    settings.SITE_ADDRESS = ""
    status, out = run()
    assert (status, out.splitlines()[-1]) == (1, "总的情况：注意")
    assert "注意　设置：SITE_ADDRESS 没有设置：邮件里没有链接，网页没有规范地址　→ 见 docs/settings.md" in out  # fmt: skip

    settings.DEBUG = True
    status, out = run()
    assert (status, out.splitlines()[-1]) == (2, "总的情况：故障")


def test_monitors_get_json(settings):
    settings.ALLOWED_HOSTS = ["*"]

    status, out = run("--json")

    answer = json.loads(out)
    assert (status, answer["level"]) == (2, "fault")
    assert {
        "level": "fault",
        "subject": "域名",
        "text": "ALLOWED_HOSTS 接受任何域名",
        "todo": "写明本系统的域名",
    } in answer["findings"]


def test_it_leaves_nothing_behind(tmp_path):
    make_issue()
    before = sorted(tmp_path.rglob("*"))
    run("--full")

    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == [path for path in before if path.is_file()]


# --- settings ---------------------------------------------------------------------


def test_a_short_key_is_a_fault(settings, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x")
    settings.SECRET_KEY = "x"
    assert found("签名密钥")[0] is FAULT

    settings.SECRET_KEY = "x" * 32
    assert found("签名密钥")[0] is WELL


def test_a_server_for_this_machine_alone_is_noted(settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

    assert found("域名")[0] is NOTE


def test_what_django_says_of_the_deployment_is_passed_on(monkeypatch):
    monkeypatch.setattr(doctor, "run_checks", lambda **kwargs: [Warned("x", id="security.W004")])  # fmt: skip

    assert found("部署检查")[:2] == (NOTE, "1处值得看：security.W004")


# --- printing ---------------------------------------------------------------------


def test_a_page_is_really_printed(monkeypatch):
    monkeypatch.undo()

    assert doctor._worker().level is WELL
    assert doctor._worker().text.startswith("试排1页")


def test_printing_that_fails_is_a_fault(monkeypatch):
    monkeypatch.undo()

    def fail(document):
        raise rendering.RenderError("排印程序无法启动")

    monkeypatch.setattr(rendering, "render_pdf", fail)

    finding = doctor._worker()
    assert (finding.level, finding.text) == (FAULT, "试排没有成功：排印程序无法启动")


def test_a_font_that_is_missing_or_broken_is_a_fault(monkeypatch, tmp_path):
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"no font")
    faces = (broken, tmp_path / "missing.otf")
    monkeypatch.setattr(fonts, "files", lambda: faces)

    assert found("字体")[:2] == (FAULT, "缺少或读不出：broken.otf、missing.otf")


# --- database, storage, clock -----------------------------------------------------


def test_a_database_out_of_reach_is_a_fault_and_the_rest_is_still_examined(monkeypatch):
    def fail():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(doctor, "_database_version", fail)

    level, text, _ = found("数据库")
    assert (level, text) == (FAULT, "连接不上或读不出：connection refused")
    assert found("磁盘")[0] is WELL
    assert "已印发版本" not in run()[1]


def test_migrations_not_made_are_a_fault(monkeypatch):
    known = gauges.known_migrations() | {("bulletins", "9999_flying_cars")}
    monkeypatch.setattr(gauges, "known_migrations", lambda: known)

    level, text, todo = found("数据库结构")
    assert level is FAULT
    assert "bulletins.9999_flying_cars" in text
    assert "migrate" in todo


def test_the_file_of_sqlite_is_read_through_on_request():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL looks after its own files")
    assert found("数据库文件", "--full")[0] is WELL


def test_a_storage_that_cannot_be_written_is_a_fault(monkeypatch):
    def fail(name, content):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(default_storage, "save", fail)

    assert found("文件存储")[:2] == (FAULT, "写不进去：Read-only file system")


def test_a_tree_that_cannot_be_written_is_a_fault(settings, tmp_path, monkeypatch):
    settings.SITE_ROOT = str(tmp_path / "srv" / "site")
    assert found("网页文件夹")[:2] == (WELL, "印发后才有")
    tree.root().mkdir(parents=True)
    assert found("网页文件夹")[0] is WELL
    assert list(tree.root().iterdir()) == []

    def refuse(path: Path, **how: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)

    level, text, todo = found("网页文件夹")
    assert (level, text) == (FAULT, f"{tree.root()} 写不进去：Permission denied")
    assert "bulletin" in todo


@pytest.mark.parametrize(
    ("megabytes", "level"), [(100, FAULT), (1000, NOTE), (9000, WELL)]
)
def test_a_disk_is_told_before_it_is_full(monkeypatch, megabytes, level):
    free = SimpleNamespace(free=megabytes * 2**20)
    monkeypatch.setattr("shutil.disk_usage", lambda path: free)

    assert found("磁盘")[0] is level


@pytest.mark.parametrize(("seconds", "level"), [(1, WELL), (20, NOTE), (-3600, FAULT)])
def test_clocks_that_differ_are_told(monkeypatch, seconds, level):
    at = timezone.now() + dt.timedelta(seconds=seconds)
    monkeypatch.setattr(gauges, "database_clock", lambda: at)

    assert found("时钟")[0] is level


def test_a_clock_that_was_set_back_is_a_fault():
    issue = make_issue()
    Event.objects.create(
        issue=issue, actor=make_user(), at=timezone.now() + dt.timedelta(days=1),
        move=Event.Move.RECALL, from_status="review", to_status="draft", content_digest="0" * 64,
    )  # fmt: skip

    level, text, _ = found("时钟")
    assert level is FAULT
    assert text.endswith("比已有的记录还早")


# --- mail and work ----------------------------------------------------------------


def test_a_letter_is_sent_on_request():
    level, text, _ = found("邮件", "--send-to", "it@example.gov.cn")

    assert level is WELL
    assert "it@example.gov.cn" in text
    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == ("工作简报系统试信", ["it@example.gov.cn"])


def test_a_mail_server_out_of_reach_is_a_fault(monkeypatch):
    def fail():
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(mail, "get_connection", fail)

    assert found("邮件")[0] is FAULT


def test_without_a_mail_server_no_letter_can_be_sent(settings):
    settings.SENDS_MAIL = False
    assert found("邮件")[:2] == (WELL, "没有设置，不发邮件")
    assert found("邮件", "--send-to", "it@example.gov.cn")[0] is FAULT


def test_mails_that_wait_are_noted():
    for name, address in (("a", "a@example.gov.cn"), ("b", "")):
        Notice.objects.create(
            user=make_user(name, email=address), issue=make_issue_of(name),
            text="x", at=timezone.now() - dt.timedelta(hours=1),
        )  # fmt: skip

    assert found("待发邮件")[:2] == (NOTE, "1封还没有发出")


def make_issue_of(name: str) -> Issue:
    return make_issue(make_bulletin(masthead=make_masthead(name=name)))


def test_an_issue_that_did_not_come_out_at_its_time_is_a_fault():
    make_approved(publish_at=timezone.now() - dt.timedelta(minutes=9))

    assert found("定时印发")[:2] == (FAULT, "1期到时间没有印发")


def test_an_issue_whose_publishing_failed_is_noted():
    make_approved(
        publish_at=timezone.now() - dt.timedelta(minutes=9), publish_failure="第8期已用"
    )

    assert found("定时印发")[:2] == (NOTE, "1期定时印发失败，等人处理")


def test_tasks_nobody_does_are_a_fault():
    make_task("READY")
    assert found("后台任务")[:2] == (WELL, "等待1项，近七天没有失败")

    DBTaskResult.objects.update(enqueued_at=timezone.now() - dt.timedelta(minutes=30))
    assert found("后台任务")[:2] == (FAULT, "1项没有人做，最早的等了30分钟")


def test_tasks_that_failed_lately_are_noted():
    make_task("FAILED", finished_at=timezone.now() - dt.timedelta(days=8))
    assert found("后台任务")[0] is WELL

    make_task("FAILED", finished_at=timezone.now() - dt.timedelta(days=2))
    assert found("后台任务")[:2] == (NOTE, "近七天有1项失败")


# --- what was published -----------------------------------------------------------


def test_an_edition_that_does_not_match_is_a_fault():
    make_edition()

    level, text, todo = found("已印发版本")
    assert level is FAULT
    assert text.startswith("1个版本中抽查1个，3处不符")
    assert "verify_editions" in todo


def test_all_editions_are_verified_on_request(monkeypatch):
    monkeypatch.setattr(doctor, "_SAMPLE", 1)
    issue = make_issue()
    make_edition(issue)
    Edition.objects.create(
        issue=issue, ordinal=2, note="更正", document="{}", digest="0" * 64,
        html_digest="1" * 64, pdf_digest="2" * 64, pdf_size=1, frozen_at=timezone.now(),
    )  # fmt: skip

    assert found("已印发版本")[1].startswith("2个版本中抽查1个，3处")
    assert found("已印发版本", "--full")[1].startswith("2个版本，6处")


def test_a_page_that_says_something_else_than_the_rows_is_a_fault():
    default_storage.save("site/index.html", ContentFile("旧网页".encode()))
    assert tree.file_of(HOME).exists()

    level, text, todo = found("网页文件")
    assert (level, text) == (
        FAULT,
        "1个网页中抽查1个，1个与数据库不一致，如 /",
    )
    assert "export_site --verify" in todo
    tree.remove(HOME)
    assert found("网页文件")[0] is WELL


def test_a_page_that_cannot_be_made_is_a_fault_and_stops_nothing():
    issue = make_issue()
    is_out = {
        "status": Issue.Status.ISSUED,
        "edition": make_edition(issue),
        "number": 8,
    }
    when = {"date": timezone.localdate(), "series_year": 2026}
    Issue.objects.filter(pk=issue.pk).update(**is_out, **when)
    issue.refresh_from_db()
    address = issue_pdf(issue)
    default_storage.save(f"site{address.path}", ContentFile(b"%PDF-"))

    status, text = run()

    assert status == FAULT
    assert f"1个与数据库不一致，如 {address.path}" in text
    assert "备份：" in text


# --- backups ----------------------------------------------------------------------


def test_a_backup_that_is_old_missing_or_nowhere_is_told(monkeypatch, tmp_path):
    assert found("备份")[0] is WELL

    backup = next((tmp_path / "backups").iterdir())
    three_days_ago = time.time() - 3 * 86400
    os.utime(backup, (three_days_ago, three_days_ago))
    assert found("备份")[0] is FAULT
    backup.unlink()
    level, text, _ = found("备份")
    assert level is FAULT
    assert text.endswith("一份也没有")
    monkeypatch.delenv("BACKUP_DIR")
    assert found("备份")[0] is NOTE


def test_a_backup_that_was_broken_off_is_none(tmp_path):
    backups = tmp_path / "backups"
    next(backups.iterdir()).unlink()
    (backups / "bulletin-20261125-020000.tar.part").touch()
    (backups / "bulletin-notes.txt").touch()

    level, text, _ = found("备份")

    assert level is FAULT
    assert text.endswith("一份也没有")


def test_a_clerk_is_no_part_of_it():
    """The doctor names no account: its output is mailed about."""
    make_clerk("zhangsan")
    assert "zhangsan" not in run("--full")[1]
