"""The page of an issue and the start page: what a clerk sees, does and is refused."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bulletins import rendering, workflow
from bulletins.bounds import SectionKind
from bulletins.composing import document_of, printed_order
from bulletins.document import Recipients, SectionEntry
from bulletins.models import (
    Article,
    Contribution,
    Issue,
    Recipient,
    Section,
    Term,
    Unit,
)
from bulletins.workflow import order_text
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_user,
)
from tests.test_admin import change_url, form_of, management

pytestmark = pytest.mark.django_db

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def editor():
    """Return somebody of the group 编辑, with what the migrations give it."""
    user = make_user("bianji", is_staff=True)
    user.groups.add(Group.objects.get(name="编辑"))
    return user


@pytest.fixture
def desk(client, editor):
    """Return a client logged in as the editor."""
    client.force_login(editor)
    return client


def make_full_issue(articles: int = 2, briefs: int = 2, **fields) -> Issue:
    """Make a draft with articles 文章1… and brief items 简讯1…."""
    written = tuple(make_article(f"文章{n}") for n in range(1, articles + 1))
    short = tuple(make_brief(f"简讯{n}") for n in range(1, briefs + 1))
    sections = []
    if written:
        sections.append(SectionEntry("工作动态", SectionKind.ARTICLES, written))
    if short:
        sections.append(SectionEntry("简讯", SectionKind.BRIEFS, short))
    return make_issue(sections=tuple(sections), **fields)


def titles(issue: Issue) -> list[str]:
    return [str(row) for _, rows in printed_order(issue) for row in rows]


def keys(issue: Issue) -> dict[str, str]:
    rows = (row for _, rows in printed_order(issue) for row in rows)
    return {str(row): workflow.key_of(row) for row in rows}


def post(client, issue: Issue, name: str, *args, **values):
    """Press a button of the list of contents, as the page's script does."""
    values.setdefault("seen", order_text(printed_order(issue)))
    url = reverse(f"admin:bulletins_issue_{name}", args=[issue.pk, *args])
    return client.post(url, values, headers=FETCH)


# --- order ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("up 文章2", ["文章2", "文章1", "简讯1", "简讯2"]),
        ("down 文章1", ["文章2", "文章1", "简讯1", "简讯2"]),
        ("down 简讯1", ["文章1", "文章2", "简讯2", "简讯1"]),
    ],
)
def test_a_button_moves_an_item_one_place(desk, step, expected):
    issue = make_full_issue()
    direction, name = step.split()

    answer = post(desk, issue, "arrange", step=f"{direction} {keys(issue)[name]}")

    assert titles(issue) == expected
    assert f"“{name}”现在是第" in answer.json()["said"]


def test_a_number_that_is_typed_moves_an_item_there_and_without_scripts_too(desk):
    issue = make_full_issue(articles=4)
    key = keys(issue)["文章4"]

    post(desk, issue, "arrange", **{f"number-{key}": "2"})
    assert titles(issue)[:4] == ["文章1", "文章4", "文章2", "文章3"]

    url = reverse("admin:bulletins_issue_arrange", args=[issue.pk])
    seen = order_text(printed_order(issue))
    plain = desk.post(url, {"seen": seen, f"number-{key}": "1"}, follow=True)
    assert titles(issue)[:4] == ["文章4", "文章1", "文章2", "文章3"]
    assert "“文章4”现在是第1条" in plain.content.decode()


def test_dragging_into_another_section_of_the_kind_changes_the_section(desk):
    issue = make_full_issue()
    other = issue.bulletin.sections.create(name="经验交流", kind=Section.Kind.ARTICLES)
    known, before = keys(issue), issue.bulletin.sections.get(name="工作动态")
    briefs = issue.bulletin.sections.get(name="简讯")
    order = (
        f"section-{other.pk} {known['文章2']} section-{before.pk} {known['文章1']} "
        f"section-{briefs.pk} {known['简讯1']} {known['简讯2']}"
    )

    post(desk, issue, "arrange", order=order)

    assert [section.name for section, _ in printed_order(issue)] == [
        "经验交流",
        "工作动态",
        "简讯",
    ]
    assert Article.objects.get(title="文章2").section == other


def test_a_section_moves_with_all_its_items(desk):
    issue = make_full_issue()
    section = issue.bulletin.sections.get(name="简讯")

    post(desk, issue, "arrange", step=f"up section-{section.pk}")

    assert titles(issue) == ["简讯1", "简讯2", "文章1", "文章2"]


def foreign_section(issue: Issue) -> dict[str, str]:
    other = make_bulletin(programme="别的")
    section = other.sections.create(name="栏目", kind=Section.Kind.ARTICLES)
    return {"order": " ".join([f"section-{section.pk}", *keys(issue).values()])}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (foreign_section, "稿件或栏目有增减"),
        (lambda issue: {"order": "article-999999"}, "稿件或栏目有增减"),
        (lambda issue: {f"number-{keys(issue)['文章1']}": "二"}, "不是数字"),
        (lambda issue: {f"number-{keys(issue)['文章1']}": "9" * 5000}, "不是数字"),
        (lambda issue: {f"number-{keys(issue)['文章1']}": "3"}, "不能移到那里"),
        (lambda issue: {"step": f"up {keys(issue)['文章1']}"}, "已经是最前的一条"),
        (lambda issue: {"step": f"down {keys(issue)['文章2']}"}, "不能移入栏目"),
        (
            lambda issue: {"seen": "旧", "step": f"up {keys(issue)['文章2']}"},
            "刚被改动",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_words_and_the_list_comes_back(
    desk, values, reason
):
    issue = make_full_issue()

    answer = post(desk, issue, "arrange", **values(issue)).json()

    assert re.search(reason, answer["error"])
    assert answer["said"] == ""
    assert "文章1" in answer["contents"]
    assert titles(issue) == ["文章1", "文章2", "简讯1", "简讯2"]


def test_saving_the_data_of_the_issue_leaves_the_order_as_it_is(desk):
    issue = make_full_issue()
    post(desk, issue, "arrange", step=f"up {keys(issue)['文章2']}")

    desk.post(change_url(issue), form_of(issue, signatory="王建国"))

    issue.refresh_from_db()
    assert issue.signatory == "王建国"
    assert titles(issue) == ["文章2", "文章1", "简讯1", "简讯2"]


def test_a_closed_issue_is_read_only_and_refuses_each_change(desk):
    issue = workflow.submit(make_full_issue(), by=make_clerk())
    known = keys(issue)

    page = desk.get(change_url(issue)).content.decode()
    answers = [
        post(desk, issue, "arrange", step=f"up {known['文章2']}"),
        post(desk, issue, "remove", known["文章1"]),
        post(desk, issue, "reword", known["文章1"], **{"version-article-1": 1}),
    ]

    assert "文章1" in page
    assert "contents-form" not in page
    assert "data-handle" not in page
    assert all("审核中" in answer.json()["error"] for answer in answers)
    assert titles(issue) == ["文章1", "文章2", "简讯1", "简讯2"]


# --- out, back and elsewhere ------------------------------------------------------


def test_what_is_removed_is_offered_back_and_stands_where_it_stood(desk):
    issue = make_full_issue()

    gone = post(desk, issue, "remove", keys(issue)["文章1"]).json()
    assert titles(issue) == ["文章2", "简讯1", "简讯2"]
    assert "已删除的稿件（1）" in gone["contents"]

    back = desk.post(gone["undo"], headers=FETCH).json()
    assert back["said"] == "已恢复“文章1”。"
    assert titles(issue) == ["文章1", "文章2", "简讯1", "简讯2"]

    again = desk.post(gone["undo"], headers=FETCH).json()
    assert "已经恢复" in again["error"]


def test_an_item_moves_to_another_open_issue_under_the_section_of_its_name(desk):
    issue = make_full_issue()
    other = make_full_issue(bulletin=issue.bulletin, number=9)
    closed = make_full_issue(bulletin=issue.bulletin, number=10)
    workflow.submit(closed, by=make_clerk())
    url = reverse(
        "admin:bulletins_issue_move_item", args=[issue.pk, keys(issue)["文章2"]]
    )
    section = issue.bulletin.sections.get(name="工作动态")

    page = desk.get(url).content.decode()
    desk.post(url, {"to": f"{other.pk}-{section.pk}"})

    assert f'value="{other.pk}-{section.pk}" selected' in page
    assert f'value="{closed.pk}-' not in page
    assert titles(issue) == ["文章1", "简讯1", "简讯2"]
    assert titles(other).count("文章2") == 2


@pytest.mark.parametrize("to", ["", "x-y", "9" * 5000, "1-999999"])
def test_no_item_moves_to_where_there_is_nothing(desk, to):
    issue = make_full_issue()
    url = reverse(
        "admin:bulletins_issue_move_item", args=[issue.pk, keys(issue)["文章2"]]
    )

    response = desk.post(url, {"to": to})

    assert response.status_code in {302, 404}
    assert "文章2" in titles(issue)


# --- the wording of 本期要目 -------------------------------------------------------


def test_the_contents_are_shown_as_printed_and_worded_in_place(desk):
    issue = make_full_issue()
    key = keys(issue)["文章1"]

    answer = post(
        desk, issue, "reword", key, **{f"wording-{key}": "第一篇", f"version-{key}": 1}
    ).json()

    printed = answer["contents"].partition("印出来是这样")[2]
    assert re.findall(r"<li[^>]*>([^<]+)</li>", printed) == [
        "工作动态",
        "第一篇",
        "文章2",
        "简讯",
    ]
    assert Article.objects.get(title="文章1").contents_title == "第一篇"

    post(desk, issue, "reword", key, **{f"wording-{key}": "文章1", f"version-{key}": 2})
    assert Article.objects.get(title="文章1").contents_title == ""


@pytest.mark.parametrize(
    ("wording", "version", "reason"),
    [
        ("长" * 10_000, 1, "过长"),
        ("控\x07制", 1, "控制字符"),
        ("反\u202e转", 1, "改变文字方向"),
        ("笑😀", 1, "表情符号"),
        ("晚了", 7, "别人已经保存了新的内容"),
    ],
)
def test_a_wording_that_cannot_be_printed_is_refused(desk, wording, version, reason):
    issue = make_full_issue()
    key = keys(issue)["文章1"]
    values = {f"wording-{key}": wording, f"version-{key}": version}

    answer = post(desk, issue, "reword", key, **values).json()

    assert reason in answer["error"]
    assert Article.objects.get(title="文章1").contents_title == ""


# --- the panel --------------------------------------------------------------------


def test_each_finding_leads_to_the_page_it_is_mended_on(desk):
    issue = make_full_issue()
    issue.articles.filter(title="文章2").update(body="")
    issue.brief_items.filter(lead="简讯2").update(lead="")
    article, brief = issue.articles.get(title="文章2"), issue.brief_items.get(lead="")

    page = desk.get(change_url(issue)).content.decode()

    side = page.partition("data-panel")[2].partition("</aside>")[0]
    for name, row in (("article", article), ("briefitem", brief)):
        assert reverse(f"admin:bulletins_{name}_change", args=[row.pk]) in side
    assert "没有正文" in side
    assert "没有首句" in side


def test_a_phrase_the_lexicon_forbids_is_told_at_its_item(desk):
    issue = make_full_issue()
    Term.objects.create(text="“无废城市”", wrong="无废城镇")
    issue.articles.filter(title="文章2").update(body="<p>建设无废城镇。</p>")

    page = desk.get(change_url(issue)).content.decode()

    side = page.partition("data-panel")[2].partition("</aside>")[0]
    assert re.search(r"“文章2”：[^<]*无废城镇", side)
    assert "1处待核对" in page
    # Advice keeps nobody from submitting.
    assert "button-next" in side


def test_the_menu_s_lists_say_when_nothing_is_there_yet(desk):
    url = reverse("admin:bulletins_issue_changelist")

    def page(**asked: str) -> str:
        return str(desk.get(url, asked).content.decode())

    assert "现在没有在办的简报" in page(stage="open")
    assert "还没有印发过" in page(stage="past")
    assert "没有符合条件的内容" in page(stage="open", q="植树")


def test_two_drafts_without_a_number_are_told_apart_in_the_list(desk):
    bulletin = make_bulletin()
    alone = make_issue(make_bulletin(programme="别的"), number=None)
    one, other = (make_issue(bulletin, number=None) for _ in range(2))

    url = reverse("admin:bulletins_issue_changelist")
    page = desk.get(url).content.decode()

    assert page.count(f"期（#{one.pk}）") == page.count(f"期（#{other.pk}）") == 1
    assert f"（#{alone.pk}）" not in page


def test_without_a_bulletin_a_new_issue_begins_with_setting_one_up(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))

    answer = client.get(reverse("admin:bulletins_issue_add"), follow=True)

    assert answer.redirect_chain[-1][0] == reverse("admin:bulletins_bulletin_add")
    assert "请先设好一份简报" in answer.content.decode()


def test_the_red_button_is_for_whom_the_issue_waits(desk, client):
    issue = make_full_issue()
    leader = make_leader(issue.bulletin)
    workflow.submit(issue, by=make_clerk())

    def side() -> str:
        page = str(client.get(change_url(issue)).content.decode())
        return page.partition("data-panel")[2].partition("</aside>")[0]

    assert "button-next" not in side()
    leader.is_staff = True
    leader.save()
    client.force_login(grant(leader, "view"))
    assert "button-next" in side()


def test_a_picture_without_words_is_flagged(desk):
    issue = make_full_issue()
    body = '<p>正文</p><p><img alt="" src="/media/pictures/0123456789abcdef.png"></p>'
    issue.articles.filter(title="文章2").update(body=body)

    assert "待补图片说明" in desk.get(change_url(issue)).content.decode()


def test_the_length_is_counted_once_for_the_same_text(desk, monkeypatch):
    cache.clear()
    issue, made = make_full_issue(), []
    render = rendering.render_pdf

    def counted(*args, **options):
        made.append(1)
        return render(*args, **options)

    monkeypatch.setattr(rendering, "render_pdf", counted)
    url = reverse("admin:bulletins_issue_length", args=[issue.pk])

    first, second = desk.get(url).json(), desk.get(url).json()

    assert re.fullmatch(r"约[1-9]页", first["text"])
    assert (second, len(made)) == (first, 1)


def test_somebody_who_only_reads_sees_no_button_and_may_do_nothing(client):
    issue = make_full_issue()
    reader = make_user("duzhe", is_staff=True)
    reader.groups.add(Group.objects.get(name="签发"))
    client.force_login(reader)

    page = client.get(change_url(issue)).content.decode()
    refused = post(client, issue, "remove", keys(issue)["文章1"])
    moving = client.get(
        reverse(
            "admin:bulletins_issue_move_item", args=[issue.pk, keys(issue)["文章1"]]
        )
    )
    pasting = client.get(reverse("admin:bulletins_issue_paste", args=[issue.pk]))

    assert "contents-form" not in page
    assert "您不能修改" in refused.json()["error"]
    assert (moving.status_code, pasting.status_code) == (403, 403)


# --- two editors ------------------------------------------------------------------


def test_saving_over_a_newer_version_is_refused_with_both_texts(desk):
    issue = make_full_issue()
    old = form_of(issue, signatory="我写的")
    desk.post(change_url(issue), form_of(issue, signatory="别人写的"))

    response = desk.post(change_url(issue), old)

    assert response.status_code == 409
    page = response.content.decode()
    assert "我写的" in page
    assert "别人写的" in page
    issue.refresh_from_db()
    assert (issue.signatory, issue.version) == ("别人写的", 2)


# --- a new issue ------------------------------------------------------------------


def begin(client, bulletin, /, **changes):
    values = {
        "bulletin": bulletin.pk,
        "kind": "regular",
        "planned_number": 9,
        "date": "",
    }
    return client.post(reverse("admin:bulletins_issue_add"), {**values, **changes})


def test_a_new_issue_takes_over_the_lists_of_the_last_one(desk):
    last = make_full_issue(
        recipients=Recipients(report=("县委",), additional=("只此一期",)),
        signatory="王建国",
        editor="李明",
        copies=50,
    )
    last.recipients.filter(name="县委").update(copies=3, email="xw@example.gov.cn")
    last.bulletin.recipients.create(tier="report", name="常设的")

    begin(desk, last.bulletin)

    issue = Issue.objects.latest("pk")
    assert list(issue.recipients.values_list("tier", "name", "copies", "email")) == [
        ("report", "县委", 3, "xw@example.gov.cn")
    ]
    assert (issue.signatory, issue.editor, issue.copies) == ("王建国", "李明", 50)
    page = desk.get(change_url(issue)).content.decode()
    assert "工作动态" in page
    assert "本期还没有内容" in page


def test_the_form_of_a_new_issue_proposes_the_bulletin_and_its_next_numbers(
    desk, editor
):
    make_bulletin(programme="别的")
    bulletin = make_bulletin(counts_total=True)
    make_issue(bulletin, number=56, total_number=128)

    form = desk.get(reverse("admin:bulletins_issue_add")).context["adminform"].form
    told = desk.get(
        reverse("admin:bulletins_issue_proposal"),
        {"bulletin": bulletin.pk, "kind": "supplement", "date": "2024-99-99"},
    ).json()

    assert form["bulletin"].value() == bulletin.pk
    assert form["planned_number"].value() == 57
    assert form["planned_total_number"].value() == 129
    assert (told["number"], told["total_number"]) == (1, 129)
    assert "沿用拟第56期的2个" in told["takes_over"]


def test_a_double_click_on_a_new_issue_begins_one(desk):
    bulletin = make_bulletin()
    page = desk.get(reverse("admin:bulletins_issue_add")).content.decode()
    [opened] = re.findall(r'name="opened_at" value="([^"]+)"', page)

    first = begin(desk, bulletin, opened_at=opened)
    second = begin(desk, bulletin, opened_at=opened)
    later = begin(desk, bulletin, opened_at=timezone.now().isoformat())

    assert first["Location"] == second["Location"]
    assert Issue.objects.count() == 1
    assert "这个期号已被占用" in later.content.decode()


@pytest.mark.parametrize(
    "opened_at", ["", "昨天", "2024-13-45T00:00", "2024-01-01T00:00"]
)
def test_a_form_that_does_not_say_when_it_was_opened_begins_an_issue(desk, opened_at):
    begin(desk, make_bulletin(), opened_at=opened_at)

    assert Issue.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"date": "20202-01-01"}, "date", "有效的日期"),
        ({"date": "1500-01-01"}, "date", "1949 至 2199"),
        ({"planned_number": "9" * 30}, "planned_number", "应在 1 至|小于"),
        ({"planned_number": "九"}, "planned_number", "整数"),
        ({"bulletin": "999999"}, "bulletin", "有效的选项"),
    ],
)
def test_bad_input_is_told_at_its_field_and_the_rest_is_kept(
    desk, changes, field, message
):
    bulletin = make_bulletin()

    response = begin(desk, bulletin, **{"date": "2024-09-02", **changes})

    form = response.context["adminform"].form
    assert re.search(message, "".join(form.errors[field]))
    kept = {"planned_number": "9", "date": "2024-09-02"}
    for name, value in kept.items():
        assert name in changes or str(form[name].value()) == value
    assert not Issue.objects.exists()


def test_numbers_of_drafts_without_a_date_and_void_ones_are_taken(desk):
    bulletin = make_bulletin(numbering="yearly", counts_total=True)
    make_issue(bulletin, number=9, total_number=70, date=None)
    bulletin.voided_numbers.create(
        series_year=timezone.localdate().year,
        number=10,
        reason="写错了",
        voided_by=make_user(),
        at=timezone.now(),
    )
    # Last year's 第9期 is no obstacle to this year's 第11期, nor is this year's.
    make_issue(bulletin, number=11, total_number=20, date=dt.date(2001, 1, 1))

    assert "这个期号已被占用" in begin(desk, bulletin).content.decode()
    void = begin(desk, bulletin, planned_number=10).content.decode()
    assert "这个期号已经作废（写错了）" in void
    total = begin(desk, bulletin, planned_number=11, planned_total_number=70)
    assert "这个总期号已被占用" in total.content.decode()
    assert begin(desk, bulletin, planned_number=11).status_code == 302


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("反\u202e转", "改变文字方向"),
        ("隔\u2066离", "改变文字方向"),
        ("笑😀", "表情符号"),
        ("控\x07制", "控制字符"),
        ("长" * 10_000, "不超过"),
    ],
)
def test_texts_that_cannot_be_printed_are_told_at_their_field(desk, text, reason):
    issue = make_full_issue()

    response = desk.post(
        change_url(issue), form_of(issue, signatory=text, editor="李明")
    )

    form = response.context["adminform"].form
    assert reason in "".join(form.errors["signatory"])
    assert form["editor"].value() == "李明"


# --- a whole bulletin -------------------------------------------------------------

PASTED = """襄城县作风建设
工作简报
第8期
县作风办                    2024年9月2日
本期要目
县作风办召开推进会
简讯
县作风办召开推进会
9月1日，县作风办召开推进会。
会议要求抓好落实。
简讯
★麦岭镇开展环境整治。该镇清理垃圾30余吨。
★颍桥镇召开会议。会议部署工作。
报：县委办公室
发：各乡镇
"""


def test_a_pasted_bulletin_is_shown_first_and_then_fills_an_empty_draft(desk):
    issue = make_issue(sections=(), recipients=Recipients(), number=9)
    url = reverse("admin:bulletins_issue_paste", args=[issue.pk])

    shown = desk.post(url, {"text": PASTED})
    assert not titles(issue)
    assert "读出文章1篇、简讯2条" in shown.content.decode()
    assert "文中是第8期，本期的期号不变" in shown.content.decode()

    desk.post(url, {"document": shown.context["understood"], "text": PASTED})

    issue.refresh_from_db()
    assert titles(issue) == [
        "县作风办召开推进会",
        "麦岭镇开展环境整治",
        "颍桥镇召开会议",
    ]
    assert issue.planned_number == 9
    assert document_of(issue).recipients.distribute == ("各乡镇",)


def test_a_pasted_bulletin_that_is_sent_twice_is_added_once(desk):
    issue = make_issue(sections=(), recipients=Recipients(), number=9)
    url = reverse("admin:bulletins_issue_paste", args=[issue.pk])
    understood = desk.post(url, {"text": PASTED}).context["understood"]
    desk.post(url, {"document": understood})

    again = desk.post(url, {"document": understood}, follow=True)

    assert len(titles(issue)) == 3
    assert "有3条与已有的完全相同，没有重复加入。" in again.text
    assert "已加入文章0篇" not in again.text


def test_a_file_is_added_behind_what_is_there(desk):
    issue = make_full_issue(number=9)
    url = reverse("admin:bulletins_issue_paste", args=[issue.pk])
    file = SimpleUploadedFile("八.txt", PASTED.encode("gb18030"))

    shown = desk.post(url, {"file": file})
    desk.post(url, {"document": shown.context["understood"]})

    assert titles(issue)[:2] == ["文章1", "文章2"]
    assert len(titles(issue)) == 7
    assert issue.recipients.count() == 2


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.docx", b"PK\x03\x04", "不认识的文件格式"),
        ("a.txt", b"PK\x03\x04", "这是 Word 文件"),
        ("a.json", b"{", "JSON 格式有误"),
        ("a.txt", b"", "空的"),
    ],
)
def test_a_file_that_is_no_bulletin_is_refused_in_words(desk, name, data, reason):
    issue = make_full_issue()
    url = reverse("admin:bulletins_issue_paste", args=[issue.pk])

    page = desk.post(url, {"file": SimpleUploadedFile(name, data), "text": "打好的字"})

    assert reason in page.content.decode()
    assert "打好的字" in page.content.decode()


def test_what_the_browser_sends_back_is_read_anew(desk):
    issue = make_full_issue()
    url = reverse("admin:bulletins_issue_paste", args=[issue.pk])

    page = desk.post(url, {"document": '{"schema": 1}', "text": "打好的字"})

    assert "没有加入" in page.content.decode()
    assert len(titles(issue)) == 4


# --- the start page and the lists -------------------------------------------------


def test_the_start_page_says_what_is_at_work_with_whom_and_what_is_out(desk, editor):
    bulletin = make_bulletin()
    out = workflow.submit(make_issue(bulletin), by=make_clerk())
    workflow.approve(out, by=make_leader(bulletin))
    workflow.publish(out, by=make_clerk())
    draft = make_issue(bulletin, number=9)
    editor.first_name = "张编辑"
    editor.save()
    workflow.remove_item(draft.articles.get(), by=editor)
    Contribution.objects.create(title="来稿", received_on=dt.date(2024, 9, 1))

    page = desk.get(reverse("admin:index")).content.decode()

    assert "新建一期" in page
    at_work, _, published = page.partition("在办的简报")[2].partition("最近印发")
    assert "拟第9期" in at_work
    assert "张编辑" in at_work
    assert "草稿" in at_work
    assert "第8期" in published
    assert re.search(r"待用稿件 <b>1</b> 件", page)


def test_an_empty_system_says_where_to_begin(client):
    client.force_login(make_user("guanliyuan", is_staff=True, is_superuser=True))

    page = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:bulletins_bulletin_add") in page
    assert "现在没有在办的简报" in page


def test_everybody_finds_where_to_change_the_password(desk):
    page = desk.get(reverse("admin:index")).content.decode()

    assert f'href="{reverse("admin:password_change")}"' in page


def test_the_sidebar_names_only_what_the_person_may_open(client, desk):
    page = desk.get(reverse("admin:index")).content.decode()
    for task in ("工作台", "审签", "消息", "简报", "稿件", "报送单位", "往期"):
        assert f"<span>{task}</span>" in page
    for task in ("用户", "登录记录"):
        assert f"<span>{task}</span>" not in page

    client.force_login(make_user(is_staff=True))
    bare = client.get(reverse("admin:index")).content.decode()
    assert "<span>工作台</span>" in bare
    for task in ("审签", "简报", "稿件", "用户"):
        assert f"<span>{task}</span>" not in bare


def found(client, **query) -> set[str]:
    response = client.get(reverse("admin:bulletins_issue_changelist"), query)
    return {issue.label for issue in response.context["cl"].result_list}


def test_issues_are_found_by_number_title_lead_unit_year_and_stage(desk):
    bulletin = make_bulletin()
    make_issue(bulletin, number=7, date=dt.date(2023, 1, 5))
    sections = (
        SectionEntry(
            "", SectionKind.ARTICLES, (make_article("植树活动", source="环保局"),)
        ),
        SectionEntry("简讯", SectionKind.BRIEFS, (make_brief("颍桥开会"),)),
    )
    make_issue(bulletin, number=12, sections=sections, date=dt.date(2024, 1, 5))
    unit = Unit.objects.create(name="襄城县环境保护局", short_name="环保局")

    assert found(desk) == {"拟第7期", "拟第12期"}
    assert found(desk, q="12") == found(desk, q="第12期") == {"拟第12期"}
    assert found(desk, q="植树") == found(desk, q="颍桥") == {"拟第12期"}
    assert found(desk, q="植树 第7期") == set()
    assert found(desk, unit=unit.pk) == {"拟第12期"}
    assert found(desk, year="2023") == {"拟第7期"}
    assert found(desk, stage="past") == set()
    assert found(desk, stage="open") == {"拟第7期", "拟第12期"}
    for query in ({"year": "9" * 5000}, {"unit": "9" * 5000}, {"unit": "x"}):
        assert found(desk, **query) == set()


def test_an_issue_without_a_number_is_called_alike_in_the_list_and_on_the_start_page(
    desk,
):
    make_issue(number=None)

    for page in ("bulletins_issue_changelist", "index"):
        shown = desk.get(reverse(f"admin:{page}")).content.decode()
        assert "拟第1期" in shown
        assert "未编号" not in shown


@pytest.mark.parametrize(
    "query", ["status=%00", "q=%00", "year=%00", "p=%00", "o=1%00"]
)
def test_a_query_no_database_can_be_asked_is_refused(desk, query):
    answer = desk.get(f"{reverse('admin:bulletins_issue_changelist')}?{query}")

    assert answer.status_code == 400
    assert "请求" in answer.content.decode()


def test_what_is_on_the_clock_says_when_it_will_be_published(desk):
    at = dt.datetime(2030, 9, 15, 8, 30, tzinfo=dt.UTC)
    issue = make_issue()
    scheduler = make_user()
    Issue.objects.filter(pk=issue.pk).update(
        status=Issue.Status.APPROVED, publish_at=at, scheduled_by=scheduler
    )

    shown = desk.get(reverse("admin:index")).content.decode()

    assert "9月15日 16:30 自动印发" in shown


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as made:
        assert client.get(url).status_code == 200
    return len(made)


def test_the_page_of_an_issue_asks_as_much_for_forty_items_as_for_three(desk):
    small, large = (
        make_full_issue(2, 1),
        make_full_issue(25, 15, bulletin=make_bulletin(programme="二")),
    )
    queries(desk, change_url(small))

    few, many = queries(desk, change_url(small)), queries(desk, change_url(large))

    assert many <= few
    assert many <= 45


@pytest.mark.parametrize("page", ["index", "bulletins_issue_changelist"])
def test_lists_ask_as_much_for_sixty_issues_as_for_three(desk, page):
    bulletin = make_bulletin()
    url = reverse(f"admin:{page}")
    for number in (None, 2, 3):
        make_issue(bulletin, number=number)
    queries(desk, url)
    few = queries(desk, url)
    for number in range(4, 61):
        make_issue(bulletin, number=None if number % 2 else number)

    many = queries(desk, url)

    assert many <= few
    assert many <= 35


def test_a_change_of_the_recipients_alone_is_a_new_version(desk):
    issue = make_full_issue(recipients=Recipients())
    row = {"recipients-0-tier": "report", "recipients-0-name": "县委"}
    row |= {"recipients-0-copies": "2", "recipients-0-position": ""}

    desk.post(change_url(issue), form_of(issue, **management("recipients", 1), **row))

    issue.refresh_from_db()
    assert issue.version == 2
    assert Recipient.objects.get(issue=issue).name == "县委"


def test_a_draft_with_its_text_is_deleted_after_a_question(desk):
    issue = make_full_issue()
    address = reverse("admin:bulletins_issue_delete", args=[issue.pk])

    assert "确定要删除" in desk.get(address).content.decode()
    desk.post(address, {"post": "yes"})

    assert not Issue.objects.filter(pk=issue.pk).exists()


def test_what_was_handed_in_offers_no_deletion(desk):
    issue = make_full_issue()
    issue = workflow.submit(issue, by=make_clerk())

    answer = desk.get(reverse("admin:bulletins_issue_delete", args=[issue.pk]))

    assert answer.status_code == 403


def test_no_copies_are_refused_at_their_field(desk):
    issue = make_full_issue()
    row = {"tier": "report", "position": "", "name": "县委办公室", "copies": "0"}
    typed = {f"recipients-0-{name}": value for name, value in row.items()}

    answer = desk.post(
        change_url(issue), form_of(issue, **management("recipients", 1), **typed)
    )

    [rows] = [
        found.formset
        for found in answer.context["inline_admin_formsets"]
        if found.formset.prefix == "recipients"
    ]
    assert rows.forms[0].errors == {"copies": ["应在 1 至 999999 之间。"]}
