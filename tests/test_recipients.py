"""Lists of 报 / 送 / 发: read row by row, planned, shown, and only then written."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl  # type: ignore[import-untyped]
import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bulletins import workflow
from bulletins.models import Bulletin, Issue, Recipient
from bulletins.reading import ReadError
from bulletins.reading.recipients import read_pasted, read_table
from bulletins.reading.spreadsheets import as_csv, as_xlsx, read_spreadsheet
from bulletins.workflow.recipients import Kind, ListChanged, change_list, plan
from tests.factories import make_bulletin, make_clerk, make_issue, make_user


def names(found) -> list:
    return [(row.tier, row.name, row.copies) for row in found.rows]


def xlsx(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --- pasted -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市委办公室 3份\n市政府办公室", [("市委办公室", 3), ("市政府办公室", None)]),
        ("市委办公室、市政府办公室。", [("市委办公室", None), ("市政府办公室", None)]),
        ("市委办公室（3份）、市人大　２份", [("市委办公室", 3), ("市人大", 2)]),
        ("市委、市政府各部门，各县（市、区）", [("市委、市政府各部门", None), ("各县（市、区）", None)]),
        ("1. 市委办公室\n2．市人大 4", [("市委办公室", None), ("市人大", 4)]),
        ("110指挥中心、12345热线", [("110指挥中心", None), ("12345热线", None)]),
        ("\r\n 市委办公室 \r\n\r\n", [("市委办公室", None)]),
    ],
)  # fmt: skip
def test_names_are_pasted_as_people_write_them(text, expected):
    found = read_pasted(text, "send")

    assert names(found) == [("send", *row) for row in expected]
    assert found.errors == ()


def test_labels_say_the_tier_of_what_follows():
    text = "报：省厅、市委\n市人大\n送\n各协办单位\n抄送：市政协\n发:各县\n本期增发：襄城县"

    assert [(row.tier, row.name) for row in read_pasted(text, "report").rows] == [
        ("report", "省厅"),
        ("report", "市委"),
        ("report", "市人大"),
        ("send", "各协办单位"),
        ("send", "市政协"),
        ("distribute", "各县"),
        ("additional", "襄城县"),
    ]


def test_columns_of_a_spreadsheet_are_pasted_with_or_without_a_heading():
    by_heading = "序号\t单位名称\t份数\t类别\n1\t市委\t3\t送\n2\t市人大\t\t"
    by_looks = "1\t市委\t3\n抄送\t市人大\t2\ta@b.cn"

    assert names(read_pasted(by_heading, "report")) == [
        ("send", "市委", 3),
        ("report", "市人大", None),
    ]
    [first, second] = read_pasted(by_looks, "report").rows
    assert (first.tier, first.name, first.copies) == ("report", "市委", 3)
    assert (second.tier, second.copies, second.email) == ("send", 2, "a@b.cn")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("市委\n\n市委", 3, "“市委”与第1行重复"),
        ("长" * 201, 1, "过长"),
        ("市委\x07办", 1, "控制字符"),
        ("市委 0份", 1, "份数“0”应为 1 至"),
        ("市委 999999999份", 1, "份数"),
        ("市委\t三", 1, "份数“三”应为"),
        ("类别\t单位\n主管\t市委", 2, "类别“主管”不认识，应为报、送、发"),
        ("单位\t邮箱\n市委\t不是邮箱", 2, "电子邮箱“不是邮箱”不正确"),
        ("单位\t份数\n\t3", 2, "没有单位名称"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_line(text, line, said):
    found = read_pasted(text, "report")

    [error] = found.errors
    assert error.line == line
    assert said in error.message
    assert str(error).startswith(f"第{line}行：")


@pytest.mark.parametrize("text", ["", " \n　\t\n"])
def test_nothing_pasted_is_said_so(text):
    with pytest.raises(ReadError, match="没有内容"):
        read_pasted(text, "report")


def test_more_rows_than_any_list_has_are_refused():
    with pytest.raises(ReadError, match="最多 2000 行"):
        read_pasted("\n".join(f"单位{n}号" for n in range(2001)), "report")


@given(st.text(max_size=300))
def test_no_text_is_too_strange_to_be_read_or_refused(text):
    try:
        found = read_pasted(text, "report")
    except ReadError:
        return
    for row in found.rows:
        assert row.name == row.name.strip()
        assert 0 < len(row.name) <= 200
        assert row.copies is None or row.copies >= 1


# --- files ------------------------------------------------------------------------

ROWS = [("类别", "单位", "份数"), ("报", "市委办公室", 3), ("发", "各县", 1)]
READ = [("report", "市委办公室", 3), ("distribute", "各县", 1)]
CSV = "类别,单位,份数\r\n报,市委办公室,3\r\n\r\n发,各县,1\r\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", xlsx(*ROWS)),
        ("A.XLSX", xlsx(*ROWS, (), (None, "  "))),
        ("a.csv", CSV.encode()),
        ("a.csv", CSV.encode("utf-8-sig")),
        ("a.csv", CSV.encode("gb18030")),
        ("a.csv", CSV.encode("utf-16")),
        ("a.csv", CSV.replace(",", ";").encode()),
        ("a.txt", CSV.replace(",", "\t").encode()),
    ],
)
def test_a_file_is_read_whatever_wrote_it(name, data):
    assert names(read_table(read_spreadsheet(name, data), "send")) == READ


def package(**members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members.items():
            zipped.writestr(name.replace("__", "."), content)
    return file.getvalue()


def with_part(part: str, content: bytes) -> bytes:
    """Return a workbook of which one part is replaced."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(*ROWS))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(member, content if member == part else old.read(member))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"", "空的"),
        ("a.csv", b"", "空的"),
        ("a.csv", b" \r\n,,\r\n", "没有内容|空的"),
        ("a.docx", b"x", "不认识的文件格式"),
        ("a", b"x", "不认识的文件格式"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "另存为 .xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" * 9, "加了密码"),
        ("a.csv", b"\xd0\xcf\x11\xe0", "另存为 .xlsx"),
        ("a.xlsx", CSV.encode(), "内容不是 .xlsx"),
        ("a.csv", xlsx(*ROWS), "内容不是 .csv"),
        ("a.csv", b"\x89PNG\r\n", "这是图片"),
        ("a.csv", b"a,\x00b", "空字节"),
        ("a.csv", b'"' + b"a" * 140_000, "单元格过长"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 99, "损坏"),
        ("a.xlsx", package(word="x"), "像是别的压缩包"),
        ("a.xlsx", xlsx(), "没有内容"),
        ("a.xlsx", with_part(SHEET, LAUGHS), "不正常的定义"),
        ("a.xlsx", with_part(SHEET, LAUGHS.decode().encode("utf-16")), "不正常的定义"),
        ("a.xlsx", with_part(SHEET, b"<worksheet"), "损坏"),
        ("a.xlsx", with_part("xl/workbook.xml", b"<x/>"), "损坏"),
        ("a.xlsx", with_part(SHEET, b" " * (41 * 1024 * 1024)), "解压后过大"),
        ("a.csv", b"x" * (2 * 1024 * 1024 + 1), "不应超过 2 MB"),
        ("a.csv", b"\n".join(b"x%d" % n for n in range(2100)), "最多 2000 行"),
        ("a.xlsx", xlsx(*((f"单位{n}",) for n in range(2100))), "最多 2000 行"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(name, data, said):
    with pytest.raises(ReadError, match=said):
        read_table(read_spreadsheet(name, data), "report")


@given(st.binary(max_size=400), st.integers(0, 5000), st.sampled_from(["xlsx", "csv"]))
def test_a_damaged_file_is_read_or_refused_and_never_a_crash(noise, place, suffix):
    whole = GOOD[suffix]
    at = place % len(whole)
    data = whole[:at] + noise + whole[at + len(noise) :]

    try:
        found = read_table(read_spreadsheet(f"a.{suffix}", data), "report")
    except ReadError:
        return
    assert all(row.name and row.tier for row in found.rows)


GOOD = {"xlsx": xlsx(*ROWS), "csv": CSV.encode()}


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"]


@pytest.mark.parametrize("start", FORMULAS)
def test_no_cell_that_is_given_out_runs_as_a_formula_and_it_comes_back_as_it_was(start):
    heading = ("类别", "单位", "份数", "电子邮箱")
    rows: list[tuple[str | int, ...]] = [heading, ("报", f"{start}单位", 3, "")]

    for name, data in (("a.csv", as_csv(rows)), ("a.xlsx", as_xlsx(rows, "收文单位"))):
        if name == "a.csv":
            cell = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1][1]
        else:
            cell = openpyxl.load_workbook(io.BytesIO(data)).active["B2"].value
        assert cell == f"'{start}单位"
        [row] = read_table(read_spreadsheet(name, data), "report").rows
        assert (row.name, row.copies) == (f"{start}单位", 3)


# --- plans ------------------------------------------------------------------------


@pytest.fixture
def bulletin(db) -> Bulletin:
    found = make_bulletin()
    for position, (tier, name, copies) in enumerate(
        [("report", "省厅", 1), ("report", "市委", 2), ("distribute", "各县", 9)], 1
    ):
        found.recipients.create(
            tier=tier, name=name, copies=copies, position=position, email="a@b.cn"
        )
    return found


@pytest.fixture
def editor(db):
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="编辑"))
    return user


def lines(owner) -> list:
    rows = owner.recipients.order_by("tier", "position")
    return [(row.tier, row.name, row.copies, row.position) for row in rows]


def take_in(owner, text, by, *, replace):
    rows = read_pasted(text, "report").rows
    basis = plan(owner, rows, replace=replace).basis
    return change_list(owner, rows, replace=replace, basis=basis, by=by)


def test_appending_keeps_what_is_there_and_brings_its_copies_up_to_date(
    bulletin, editor
):
    made = take_in(bulletin, "市人大 4份\n市委 5份\n省厅", editor, replace=False)

    assert lines(bulletin) == [
        ("distribute", "各县", 9, 1),
        ("report", "省厅", 1, 1),
        ("report", "市委", 5, 2),
        ("report", "市人大", 4, 3),
    ]
    assert [change.name for change in made.of(Kind.CHANGED)] == ["市委"]
    assert [change.name for change in made.of(Kind.ADDED)] == ["市人大"]
    assert len(made.of(Kind.UNCHANGED)) == 2
    # What nothing was said of stays.
    assert bulletin.recipients.get(name="市委").email == "a@b.cn"


def test_replacing_touches_only_the_tiers_that_occur(bulletin, editor):
    kept = bulletin.recipients.get(name="市委").pk

    made = take_in(bulletin, "市人大\n市委", editor, replace=True)

    assert lines(bulletin) == [
        ("distribute", "各县", 9, 1),
        ("report", "市人大", 1, 1),
        ("report", "市委", 2, 2),
    ]
    assert [change.name for change in made.of(Kind.REMOVED)] == ["省厅"]
    assert bulletin.recipients.get(name="市委").pk == kept


def test_another_order_alone_is_said_and_written(bulletin, editor):
    made = take_in(bulletin, "市委\n省厅", editor, replace=True)

    assert made.reordered == ("报",)
    assert not made.changes_nothing
    assert [line[1] for line in lines(bulletin) if line[0] == "report"] == [
        "市委",
        "省厅",
    ]


def test_the_same_list_changes_nothing(bulletin):
    rows = read_pasted("报：省厅、市委 2份", "report").rows

    assert plan(bulletin, rows, replace=True).changes_nothing
    assert plan(bulletin, rows, replace=False).changes_nothing


def test_of_two_lines_of_one_name_replacing_leaves_one(bulletin, editor):
    bulletin.recipients.create(tier="report", name="市委", copies=7, position=9)

    made = take_in(bulletin, "市委", editor, replace=True)

    assert [c.name for c in made.of(Kind.REMOVED)] == ["省厅", "市委"]
    assert [line[1:3] for line in lines(bulletin) if line[0] == "report"] == [
        ("市委", 2)
    ]


def test_a_list_changed_after_its_preview_is_not_written_over(bulletin, editor):
    rows = read_pasted("市人大", "report").rows
    basis = plan(bulletin, rows, replace=True).basis
    bulletin.recipients.create(tier="report", name="别人加的", position=9)

    with pytest.raises(ListChanged):
        change_list(bulletin, rows, replace=True, basis=basis, by=editor)

    assert bulletin.recipients.filter(name="别人加的").exists()


def test_the_list_of_an_issue_leaves_a_revision_and_a_newer_version(editor):
    issue = make_issue()

    take_in(issue, "市人大 3份", editor, replace=False)

    issue.refresh_from_db()
    assert issue.version == 2
    assert "市人大" in issue.revisions.get().document
    assert not issue.bulletin.recipients.exists()


def test_a_list_taken_in_is_a_newer_version_of_the_settings(bulletin, editor):
    take_in(bulletin, "市人大 3份", editor, replace=False)

    before = bulletin.version
    bulletin.refresh_from_db()
    assert bulletin.version == before + 1


def test_the_list_of_a_closed_issue_stays(editor):
    issue = make_issue()
    workflow.submit(issue, by=make_clerk())

    with pytest.raises(workflow.WorkflowError, match="这一期已是“审核中”"):
        take_in(issue, "市人大", editor, replace=True)


def test_who_may_not_change_a_bulletin_changes_no_list_of_it(bulletin):
    with pytest.raises(workflow.WorkflowError, match="没有修改简报设置的权限"):
        take_in(bulletin, "市人大", make_user(), replace=True)


# --- the pages --------------------------------------------------------------------


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def page_of(owner) -> str:
    kind = "issue" if isinstance(owner, Issue) else "bulletin"
    return reverse(f"admin:bulletins_{kind}_recipients", args=[owner.pk])


def sent(text="", **fields) -> dict:
    return {"text": text, "tier": "report", "mode": "append", **fields}


def test_a_paste_is_shown_first_and_written_when_confirmed(desk, bulletin):
    response = desk.post(page_of(bulletin), sent("市人大 4份\n市委 5份"))

    page = response.content.decode()
    assert "还没有保存" in page
    assert "<del>2</del> → 5份" in page
    assert "市人大 4份" in page  # what was pasted is still there
    assert bulletin.recipients.count() == 3

    sealed = {"sealed": response.context["sealed"]}
    response = desk.post(page_of(bulletin), sealed, follow=True)
    assert "名单已保存：新增1个、改动1个。" in response.content.decode()
    assert bulletin.recipients.get(name="市人大").copies == 4
    # Pressed twice, it is said to be another list now; nothing is written twice.
    again = desk.post(page_of(bulletin), sealed)
    assert again.status_code == 409
    assert bulletin.recipients.filter(name="市人大").count() == 1


def test_a_file_is_shown_first_and_written_when_confirmed(desk):
    issue = make_issue()
    file = SimpleUploadedFile("名单.xlsx", GOOD["xlsx"])

    response = desk.post(page_of(issue), sent(file=file, mode="replace"))
    assert response.status_code == 200
    assert issue.recipients.filter(name="市委办公室").count() == 0
    desk.post(page_of(issue), {"sealed": response.context["sealed"]})

    assert [(row.tier, row.name, row.copies) for row in issue.recipients.all()] == [
        ("report", "市委办公室", 3),
        ("distribute", "各县", 1),
    ]


def test_rows_with_errors_are_told_line_by_line_and_nothing_is_offered(desk, bulletin):
    response = desk.post(page_of(bulletin), sent("市人大\n市委 0份\n市人大"))

    page = response.content.decode()
    assert response.status_code == 422
    assert "有2行不能读取" in page
    assert "第2行：份数“0”" in page
    assert "第3行：“市人大”与第1行重复" in page
    assert "确认保存" not in page
    assert "市委 0份" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "没有内容"),
        ({"text": "甲\n" * 200_001}, "不超过 400000 字符"),
        ({"mode": "destroy", "text": "市人大"}, "有效的选项"),
        ({"tier": "x", "text": "市人大"}, "有效的选项"),
        ({"file": SimpleUploadedFile("a.xlsx", b"")}, "空的"),
        ({"file": SimpleUploadedFile("a.svg", b"<svg/>")}, "不认识的文件格式"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * 2_100_000)}, "不应超过 2 MB"),
        ({"file": SimpleUploadedFile("a.csv", b"x"), "text": "y"}, "只能选一样"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(desk, bulletin, fields, said):
    response = desk.post(page_of(bulletin), sent(**fields))

    assert response.status_code == 422
    assert said in response.content.decode()
    assert bulletin.recipients.count() == 3


def test_a_preview_of_one_list_confirms_no_other(desk, bulletin):
    other = make_issue(bulletin)
    sealed = desk.post(page_of(bulletin), sent("市人大")).context["sealed"]

    for tried in (sealed, "x", sealed[:-3]):
        response = desk.post(page_of(other), {"sealed": tried}, follow=True)
        assert "预览已过期" in response.content.decode()

    assert not Recipient.objects.filter(name="市人大").exists()


def test_markup_in_a_name_is_shown_as_text(desk, bulletin):
    name = "<img src=x onerror=alert(1)>"

    page = desk.post(page_of(bulletin), sent(name)).content.decode()

    assert name not in page
    assert "&lt;img" in page


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_list_is_given_out_as_it_is_taken_in(desk, bulletin, suffix):
    response = desk.get(f"{page_of(bulletin)[:-1]}.{suffix}")

    assert "attachment" in response["Content-Disposition"]
    found = read_table(read_spreadsheet(f"a.{suffix}", response.content), "send")
    assert plan(bulletin, found.rows, replace=True).changes_nothing
    assert len(found.rows) == 3


def test_another_suffix_is_not_found(desk, bulletin):
    assert desk.get(f"{page_of(bulletin)[:-1]}.html").status_code == 404


def test_rights_are_asked_on_every_way(client, bulletin):
    issue = make_issue(bulletin)
    reader = make_user(is_staff=True)
    reader.groups.add(Group.objects.get(name="签发"))
    for user, seen in ((reader, 200), (make_user(is_staff=True), 403)):
        client.force_login(user)
        for owner in (bulletin, issue):
            assert client.get(page_of(owner)).status_code == seen
            assert client.get(f"{page_of(owner)[:-1]}.csv").status_code == seen
            assert client.post(page_of(owner), sent("市人大")).status_code == 403
    client.logout()
    assert client.get(page_of(bulletin)).status_code == 302


@pytest.mark.parametrize("count", [3, 60])
def test_pages_ask_as_little_for_many_rows_as_for_few(
    desk, count, django_assert_max_num_queries
):
    bulletin = make_bulletin(steps=3)
    text = "\n".join(f"单位{n}号" for n in range(count))
    for number in range(count):
        bulletin.recipients.create(tier="send", name=f"老单位{number}", position=1)
        Group.objects.create(name=f"组{number}")
        bulletin.sections.create(name=f"栏目{number}")

    with django_assert_max_num_queries(25):
        desk.get(page_of(bulletin))
    with django_assert_max_num_queries(25):
        response = desk.post(page_of(bulletin), sent(text))
    with django_assert_max_num_queries(25):
        desk.post(page_of(bulletin), {"sealed": response.context["sealed"]})
    assert bulletin.recipients.count() == 2 * count
    with django_assert_max_num_queries(40):
        desk.get(reverse("admin:bulletins_bulletin_change", args=[bulletin.pk]))
    with django_assert_max_num_queries(25):
        desk.get(reverse("admin:bulletins_bulletin_changelist"))


def test_a_list_of_two_thousand_is_taken_in(desk, bulletin):
    text = "\n".join(f"单位{n}号 2份" for n in range(2000))

    response = desk.post(page_of(bulletin), sent(text))
    desk.post(page_of(bulletin), {"sealed": response.context["sealed"]})

    assert bulletin.recipients.count() == 2003
