"""What an auditor gets: everything of the period, nothing else, and no formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.utils import timezone

from bulletins import workflow
from bulletins.models import Event, Issue, Revision
from tests.factories import make_clerk, make_issue, make_leader, make_user

pytestmark = pytest.mark.django_db

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def run(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("audit_export", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    return status, out.getvalue().strip(), err.getvalue().strip()


def exported(path: Path, first: str = "2026-03-01", last: str = "2026-03-31") -> list[dict[str, str]]:  # fmt: skip
    status, out, err = run(path, "--from", first, "--to", last)
    assert (status, err) == (0, "")
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix == ".csv":
        found = list(csv.DictReader(io.StringIO(text)))
    else:
        found = [json.loads(line) for line in text.splitlines()]
    assert out == f"已导出{len(found)}条到 {path}"
    return found


def at(*moment: int) -> dt.datetime:
    return dt.datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]


def make_move(comment: str = "", *, when: dt.datetime, actor: User | None = None) -> Event:  # fmt: skip
    issue = Issue.objects.first() or make_issue()
    return Event.objects.create(
        issue=issue, actor=actor or make_user(), at=when, move=Event.Move.SEND_BACK,
        from_status="review", to_status="draft", step="领导签发",
        comment=comment or "请核对数字", content_digest="a" * 64,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_both_days_are_in_the_period_by_local_time(tmp_path, suffix):
    for day in (at(2026, 2, 28, 23, 59), at(2026, 3, 1, 0, 0), at(2026, 3, 31, 23, 59, 59), at(2026, 4, 1, 0, 0)):  # fmt: skip
        make_move(when=day)

    found = exported(tmp_path / f"audit.{suffix}")

    times = [line["时间" if suffix == "csv" else "at"] for line in found]
    assert times == ["2026-03-01 00:00:00+08:00", "2026-03-31 23:59:59+08:00"]


def test_a_move_says_who_what_and_on_which_text(tmp_path):
    actor = make_user("lisi", first_name="四", last_name="李")
    event = make_move("数字有误", when=at(2026, 3, 5, 9, 30), actor=actor)

    (line,) = exported(tmp_path / "audit.csv")

    assert line == {
        "时间": "2026-03-05 09:30:00+08:00",
        "类别": "流转",
        "记录号": str(event.pk),
        "账号": "lisi",
        "姓名": actor.get_full_name(),
        "动作": "领导签发 退回",
        "对象": str(event.issue),
        "状态变化": "审核中→草稿",
        "意见或说明": "数字有误",
        "内容摘要值": "a" * 64,
        "来源地址": "",
    }


def test_moves_edits_changes_and_sign_ins_stand_in_one_order(tmp_path):
    make_move(when=at(2026, 3, 4, 10))
    user = make_user("zhangsan")
    Revision.objects.create(issue=Issue.objects.get(), author=user, at=at(2026, 3, 3, 10), document="{}")  # fmt: skip
    entry = LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(User),
        object_id="1", object_repr="lisi", action_flag=CHANGE, change_message='[{"changed": {"fields": ["groups"]}}]',
    )  # fmt: skip
    LogEntry.objects.filter(pk=entry.pk).update(action_time=at(2026, 3, 5, 10))
    signed_in = AccessLog.objects.create(username="zhangsan", ip_address="10.1.2.3", logout_time=at(2026, 3, 6, 10))  # fmt: skip
    AccessLog.objects.filter(pk=signed_in.pk).update(attempt_time=at(2026, 3, 2, 10))
    for locked, hour in ((False, 8), (True, 9)):
        failed = AccessFailureLog.objects.create(username="=cmd", ip_address="10.1.2.4", locked_out=locked)  # fmt: skip
        AccessFailureLog.objects.filter(pk=failed.pk).update(attempt_time=at(2026, 3, 2, hour))  # fmt: skip

    found = exported(tmp_path / "audit.csv")

    assert [(line["类别"], line["动作"], line["账号"]) for line in found] == [
        ("登录", "登录失败", "'=cmd"),
        ("登录", "登录被锁定", "'=cmd"),
        ("登录", "登录", "zhangsan"),
        ("修改", "修改正文", "zhangsan"),
        ("流转", "领导签发 退回", Event.objects.get().actor.username),
        ("后台操作", "修改用户", "zhangsan"),
        ("退出", "退出登录", "zhangsan"),
    ]
    assert found[2]["来源地址"] == "10.1.2.3"
    assert found[5]["对象"] == "lisi"
    assert found[5]["意见或说明"] == "修改用户组。"


def test_what_really_happened_is_all_there(tmp_path):
    issue = make_issue(number=None)
    issue = workflow.submit(issue, by=make_clerk())
    workflow.approve(issue, by=make_leader(issue.bulletin), comment="同意印发。")
    today = f"{timezone.localdate():%Y-%m-%d}"

    found = exported(tmp_path / "audit.jsonl", today, today)

    moves = [line["action"] for line in found if line["kind"] == "流转"]
    assert moves == ["送审", "第1步审签 签发"]


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\r=1",
        " =1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
    ],
)
def test_no_cell_is_a_formula(tmp_path, text):
    make_move(text, when=at(2026, 3, 5))

    (line,) = exported(tmp_path / "audit.csv")
    assert line["意见或说明"] == f"'{text}"
    (as_json,) = exported(tmp_path / "audit.jsonl")
    assert as_json["comment"] == text


def test_spreadsheets_see_that_it_is_utf_8_and_lines_stay_whole(tmp_path):
    make_move('两行\n和“引号", 逗号', when=at(2026, 3, 5))
    path = tmp_path / "audit.csv"

    (line,) = exported(path)

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert line["意见或说明"] == '两行\n和“引号", 逗号'
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_number_of_queries_does_not_grow(tmp_path, django_assert_max_num_queries):
    for day in range(1, 20):
        make_move(when=at(2026, 3, day))

    with django_assert_max_num_queries(8):
        assert len(exported(tmp_path / "audit.csv")) == 19


@pytest.mark.parametrize(
    ("file", "first", "last", "words"),
    [
        ("a.csv", "2026-13-01", "2026-03-31", "日期应写成"),
        ("a.csv", "昨天", "2026-03-31", "日期应写成"),
        ("a.csv", "9999-12-31", "9999-12-31", "年份不对"),
        ("a.csv", "2026-04-01", "2026-03-31", "起始日期晚于截止日期"),
        ("a.xls", "2026-03-01", "2026-03-31", "须以 .csv 或 .jsonl 结尾"),
        ("nowhere/a.csv", "2026-03-01", "2026-03-31", "写不进去"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, file, first, last, words):
    status, _, err = run(tmp_path / file, "--from", first, "--to", last)

    assert status == 1
    assert words in err
    assert list(tmp_path.glob("*.*")) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "audit.csv"
    path.write_text("older", "utf-8")

    status, _, err = run(path, "--from", "2026-03-01", "--to", "2026-03-31")

    assert (status, path.read_text("utf-8")) == (1, "older")
    assert "已经存在" in err
