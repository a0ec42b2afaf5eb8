"""The contributions pool: entered, adopted, turned down; copies and pieces stay apart."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from bulletins import workflow
from bulletins.admin.waiting import pool_badge
from bulletins.models import Adoption, Contribution, Issue, Unit
from bulletins.workflow import pool
from tests.factories import (
    make_bulletin,
    make_clerk,
    make_issue,
    make_masthead,
    make_user,
)

pytestmark = pytest.mark.django_db

State = Contribution.State
BODY = "<p>9月1日，麦岭镇开展整治。清理垃圾30余吨。</p><p>群众叫好。</p>"


def make_editor(**fields):
    user = make_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name="编辑"))
    return user


def make_piece(title="麦岭镇开展环境整治", **fields) -> Contribution:
    values = {"body": BODY, "received_on": dt.date(2024, 9, 1)}
    return Contribution.objects.create(title=title, **{**values, **fields})


@pytest.fixture
def editor():
    return make_editor()


@pytest.fixture
def issue() -> Issue:
    """Return an empty draft of a bulletin with both kinds of sections."""
    bulletin = make_bulletin()
    bulletin.sections.create(name="工作动态", kind="articles", position=1)
    bulletin.sections.create(name="简讯", kind="briefs", position=2)
    return Issue.objects.create(bulletin=bulletin)


def articles(issue: Issue):
    return issue.bulletin.sections.get(kind="articles")


def briefs(issue: Issue):
    return issue.bulletin.sections.get(kind="briefs")


def adopt(piece, issue, section, by):
    return pool.adopt(piece, issue, section, by=by)


# --- adopting ---------------------------------------------------------------------


def test_a_piece_becomes_the_last_article_of_the_issue(editor, issue):
    unit = Unit.objects.create(name="襄城县麦岭镇人民政府", short_name="麦岭镇")
    first = adopt(make_piece("先来的"), issue, articles(issue), by=editor)
    piece = make_piece(unit=unit)

    adoption = adopt(piece, issue, articles(issue), by=editor)

    article = adoption.article
    assert (article.title, article.source, article.body) == (
        "麦岭镇开展环境整治",
        "麦岭镇",
        BODY,
    )
    assert article.position == first.article.position + 1
    assert (adoption.by, adoption.issue) == (editor, issue)
    piece.refresh_from_db()
    assert (piece.state, piece.decided_by) == (State.ADOPTED, editor)
    assert issue.revisions.count() == 2


def test_in_a_section_of_briefs_it_is_split_at_the_first_full_stop(editor, issue):
    brief = adopt(make_piece(), issue, briefs(issue), by=editor).brief_item

    assert brief.lead == "9月1日，麦岭镇开展整治"
    assert brief.text == "清理垃圾30余吨。群众叫好。"


@pytest.mark.parametrize("body", ["", "<p>。</p>", f"<p>{'长' * 201}。</p>"])
def test_what_has_no_first_sentence_is_led_by_its_title(editor, issue, body):
    piece = make_piece(body=body)

    brief = adopt(piece, issue, briefs(issue), by=editor).brief_item

    assert brief.lead == "麦岭镇开展环境整治"


def test_what_no_brief_can_hold_is_refused_and_nothing_is_copied(editor, issue):
    pieces = [make_piece(), make_piece("太长的", body=f"<p>{'长' * 20_001}</p>")]

    with pytest.raises(workflow.WorkflowError, match="“太长的”不能采用"):
        pool.adopt_several(pieces, issue, briefs(issue), by=editor)

    assert not issue.brief_items.exists()
    assert Contribution.objects.waiting().count() == 2


def test_a_button_pressed_twice_makes_one_copy(editor, issue):
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)

    with pytest.raises(workflow.WorkflowError, match="已采用于这一期"):
        pool.adopt(piece, issue, articles(issue), by=editor, again=True)

    assert issue.articles.count() == 1


def test_into_another_issue_it_goes_only_when_so_asked(editor, issue):
    other = Issue.objects.create(bulletin=issue.bulletin)
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)

    with pytest.raises(pool.AlreadyAdopted):
        pool.adopt(piece, other, articles(issue), by=editor)
    pool.adopt(piece, other, articles(issue), by=editor, again=True)

    assert [a.issue for a in pool.copies_of(piece)] == [issue, other]


def test_nothing_goes_into_an_issue_that_is_closed(editor):
    closed = make_issue()
    workflow.submit(closed, by=make_clerk())
    closed.refresh_from_db()
    section = closed.bulletin.sections.filter(kind="articles").get()

    with pytest.raises(workflow.WorkflowError, match="这一期已是“审核中”"):
        pool.adopt(make_piece(), closed, section, by=editor)

    assert not Adoption.objects.exists()


def test_the_section_is_one_of_the_issues_own_bulletin(editor, issue):
    strange = make_bulletin(masthead=make_masthead(name="另一份")).sections.create(
        name="要闻", kind="articles"
    )

    with pytest.raises(workflow.WorkflowError, match="“要闻”不是这份简报的"):
        pool.adopt(make_piece(), issue, strange, by=editor)


def test_who_may_not_change_pieces_decides_upon_none(issue):
    reader = make_user(is_staff=True)
    piece = make_piece()

    for move in (
        lambda: pool.adopt(piece, issue, articles(issue), by=reader),
        lambda: pool.decline(piece, "重复", by=reader),
        lambda: pool.reopen(piece, by=reader),
    ):
        with pytest.raises(workflow.WorkflowError, match="没有办理稿件的权限"):
            move()


# --- the copy and the piece -------------------------------------------------------


def test_a_piece_whose_copy_was_removed_waits_again(editor, issue):
    piece = make_piece()
    article = adopt(piece, issue, articles(issue), by=editor).article

    removed = workflow.remove_item(article, by=editor)

    assert list(Contribution.objects.waiting()) == [piece]
    assert piece.adoptions.get().removed_item == removed


def test_a_piece_whose_copy_was_removed_is_counted_with_those_that_wait(
    client, editor, issue
):
    adopt(make_piece(), issue, articles(issue), by=editor)
    client.force_login(editor)
    assert client.get("/admin/").context["pieces"] == 0

    workflow.remove_item(issue.articles.get(), by=editor)

    start = client.get("/admin/")
    assert start.context["pieces"] == 1
    assert pool_badge(start.wsgi_request) == "1"


def test_a_copy_that_is_put_back_is_the_adopted_one_again(editor, issue):
    piece = make_piece()
    brief = adopt(piece, issue, briefs(issue), by=editor).brief_item
    removed = workflow.remove_item(brief, by=editor)

    item = workflow.put_back(removed, by=editor)

    assert piece.adoptions.get().copy == item
    assert list(Contribution.objects.adopted()) == [piece]


def test_a_piece_turned_down_before_its_copy_is_put_back_is_adopted(editor, issue):
    piece = make_piece()
    adopt(piece, issue, articles(issue), editor)
    removed = workflow.remove_item(issue.articles.get(), by=editor)
    pool.decline(piece, "内容重复", by=editor)

    workflow.put_back(removed, by=editor)

    piece.refresh_from_db()
    assert (piece.state, piece.reason) == (State.ADOPTED, "")
    with pytest.raises(workflow.WorkflowError, match="已采用于"):
        pool.decline(piece, "内容重复", by=editor)


def test_pieces_taken_together_are_one_edit_of_the_issue(editor, issue):
    pieces = [make_piece(f"第{number}篇") for number in range(1, 4)]

    pool.adopt_several(pieces, issue, articles(issue), by=editor)

    positions = issue.articles.values_list("title", "position")
    assert list(positions) == [("第1篇", 1), ("第2篇", 2), ("第3篇", 3)]
    assert issue.revisions.count() == 1


def test_a_copy_that_is_moved_is_followed(editor, issue):
    other = Issue.objects.create(bulletin=issue.bulletin)
    piece = make_piece()
    article = adopt(piece, issue, articles(issue), by=editor).article

    workflow.move_item(article, other, articles(issue), by=editor)
    issue.delete()

    assert piece.adoptions.get().issue == other


def test_a_piece_whose_issue_is_deleted_waits_again_and_may_be_deleted(editor, issue):
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)

    with pytest.raises(ProtectedError):
        piece.delete()
    issue.delete()

    assert list(Contribution.objects.waiting()) == [piece]
    piece.delete()


def test_a_piece_whose_only_copy_was_removed_is_taken_again_without_a_question(
    editor, issue
):
    piece = make_piece()
    article = adopt(piece, issue, articles(issue), by=editor).article
    article.delete()

    pool.adopt(piece, issue, articles(issue), by=editor)

    assert issue.articles.count() == 1


# --- turning down -----------------------------------------------------------------


def test_a_piece_is_turned_down_with_a_reason_and_may_wait_again(editor):
    piece = make_piece()

    declined = pool.decline(piece, " 内容重复 ", by=editor)
    assert (declined.state, declined.reason) == (State.DECLINED, "内容重复")

    reopened = pool.reopen(piece, by=editor)
    assert (reopened.state, reopened.reason) == (State.WAITING, "")


@pytest.mark.parametrize("reason", ["", "　 ", "长" * 5001])
def test_without_a_fit_reason_nothing_is_turned_down(editor, reason):
    piece = make_piece()

    with pytest.raises(workflow.WorkflowError, match="原因"):
        pool.decline(piece, reason, by=editor)

    piece.refresh_from_db()
    assert piece.state == State.WAITING


def test_what_stands_in_an_issue_is_not_turned_down_nor_reopened(editor, issue):
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)

    with pytest.raises(workflow.WorkflowError, match="不能改为不采用"):
        pool.decline(piece, "重复", by=editor)
    with pytest.raises(workflow.WorkflowError, match="不能改为待用"):
        pool.reopen(piece, by=editor)


def test_what_was_turned_down_is_not_adopted(editor, issue):
    piece = pool.decline(make_piece(), "重复", by=editor)

    with pytest.raises(workflow.WorkflowError, match="请先恢复为待用"):
        pool.adopt(piece, issue, articles(issue), by=editor)


def test_a_piece_deleted_meanwhile_is_said_to_be_gone(editor, issue):
    piece = make_piece()
    Contribution.objects.all().delete()

    with pytest.raises(workflow.WorkflowError, match="已被别人删除"):
        pool.adopt(piece, issue, articles(issue), by=editor)


# --- the pages --------------------------------------------------------------------


def form_of(**fields):
    values = {
        "unit_name": "麦岭镇",
        "received_on": "2024-09-01",
        "author": "张三",
        "phone": "0374-1234567",
        "title": "麦岭镇开展环境整治",
        "body": "<p>正文</p>",
    }
    return {**values, **fields}


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


ADD = "/admin/bulletins/contribution/add/"


def test_a_piece_is_entered_with_a_unit_that_is_made_of_its_name(desk, editor):
    response = desk.post(
        ADD, form_of(body='<p onclick="x()">正文<script>1</script></p>')
    )

    assert response.status_code == 302
    piece = Contribution.objects.get()
    assert (piece.unit.name, piece.entered_by) == ("麦岭镇", editor)
    assert piece.body == "<p>正文</p>"
    assert piece.state == State.WAITING


@pytest.mark.parametrize("typed", ["襄城县麦岭镇人民政府", "麦岭镇"])
def test_a_known_unit_is_found_by_either_name(desk, typed):
    unit = Unit.objects.create(name="襄城县麦岭镇人民政府", short_name="麦岭镇")

    desk.post(ADD, form_of(unit_name=typed))

    assert Contribution.objects.get().unit == unit
    assert Unit.objects.count() == 1


def test_the_page_begins_with_today(desk):
    page = desk.get(ADD).content.decode()

    assert f'value="{timezone.localdate():%Y/%m/%d}"' in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("received_on", "20202-09-01", "输入一个有效的日期"),
        ("received_on", "0202-09-01", "年份应在"),
        ("received_on", "", "必填"),
        ("title", "", "必填"),
        ("title", "长" * 10_000, "不超过 200 字符"),
        ("title", "标题\x00", "控制字符 U+0000"),
        ("author", "张\u0007三", "作者"),
        ("unit_name", "长" * 201, "不超过 200 字符"),
        ("unit_name", "镇\u0007", "供稿单位"),
    ],
)
def test_bad_input_is_told_at_its_field_and_the_rest_is_kept(desk, field, value, said):
    response = desk.post(ADD, form_of(**{field: value}))

    page = response.content.decode()
    assert response.status_code == 200
    assert said in "".join(
        str(m) for m in response.context["adminform"].form.errors[field]
    )
    assert "0374-1234567" in page
    assert not Contribution.objects.exists()


def test_a_save_over_a_newer_version_is_refused_with_both_texts(desk):
    piece = make_piece(body="<p>原文</p>")
    url = reverse("admin:bulletins_contribution_change", args=[piece.pk])
    Contribution.objects.filter(pk=piece.pk).update(body="<p>别人的</p>", version=2)
    mine = form_of(body="<p>我的</p>", seen=1)

    refused = desk.post(url, mine)

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "没有保存" in page
    assert "<p>别人的</p>" in page
    assert "<p>我的</p>" in page
    piece.refresh_from_db()
    assert piece.body == "<p>别人的</p>"
    assert not Unit.objects.exists()
    # With both before their eyes, they save again.
    assert desk.post(url, {**mine, "seen": 2}).status_code == 302
    piece.refresh_from_db()
    assert (piece.body, piece.version) == ("<p>我的</p>", 3)


def test_a_piece_deleted_while_it_was_open_gives_back_what_was_typed(desk):
    piece = make_piece()
    url = reverse("admin:bulletins_contribution_change", args=[piece.pk])
    piece.delete()

    refused = desk.post(url, form_of(title="改了半天", seen=1))

    assert refused.status_code == 409
    assert "改了半天" in refused.content.decode()


def test_an_edit_of_a_piece_changes_neither_its_copies_nor_its_state(
    desk, editor, issue
):
    piece = make_piece()
    article = adopt(piece, issue, articles(issue), by=editor).article
    url = reverse("admin:bulletins_contribution_change", args=[piece.pk])

    desk.post(url, form_of(title="改过的", seen=1, state="waiting", reason="x"))

    article.refresh_from_db()
    piece.refresh_from_db()
    assert (piece.title, article.title) == ("改过的", "麦岭镇开展环境整治")
    assert piece.state == State.ADOPTED


def test_a_piece_is_adopted_from_its_page_and_shows_where_it_went(desk, issue):
    piece = make_piece()
    url = reverse("admin:bulletins_contribution_adopt", args=[piece.pk])
    place = f"{issue.pk}-{articles(issue).pk}"
    assert place in desk.get(url).content.decode()

    response = desk.post(url, {"place": place}, follow=True)

    page = response.content.decode()
    article = issue.articles.get()
    assert reverse("admin:bulletins_issue_change", args=[issue.pk]) in page
    assert reverse("admin:bulletins_article_change", args=[article.pk]) in page
    assert "再次采用" in page


def test_adopting_again_asks_first(desk, editor, issue):
    other = Issue.objects.create(bulletin=issue.bulletin)
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)
    url = reverse("admin:bulletins_contribution_adopt", args=[piece.pk])
    place = {"place": f"{other.pk}-{articles(issue).pk}"}

    refused = desk.post(url, place)
    assert (refused.status_code, other.articles.count()) == (409, 0)
    assert "确认再次采用" in refused.content.decode()

    desk.post(url, {**place, "again": "1"})
    assert other.articles.count() == 1


def test_a_place_that_was_not_offered_is_refused(desk, issue):
    piece = make_piece()
    url = reverse("admin:bulletins_contribution_adopt", args=[piece.pk])

    response = desk.post(url, {"place": f"{issue.pk}-99999"})

    assert "选择一个有效的选项" in response.content.decode()
    assert not Adoption.objects.exists()


def test_a_piece_is_declined_and_reopened_from_its_page(desk):
    piece = make_piece()
    decline = reverse("admin:bulletins_contribution_decline", args=[piece.pk])

    assert "必填" in desk.post(decline, {"reason": " "}).content.decode()
    page = desk.post(decline, {"reason": "内容重复"}, follow=True).content.decode()
    assert "内容重复" in page

    reopen = reverse("admin:bulletins_contribution_reopen", args=[piece.pk])
    assert "没有办理" in desk.get(reopen, follow=True).content.decode()
    page = desk.post(reopen, follow=True).content.decode()
    assert "已恢复为待用" in page


def test_several_pieces_are_taken_at_once_in_the_order_in_which_they_came(desk, issue):
    later = make_piece("后来的", received_on=dt.date(2024, 9, 3))
    earlier = make_piece("先来的", received_on=dt.date(2024, 9, 2))
    make_piece("不要的")
    url = reverse("admin:bulletins_issue_contributions", args=[issue.pk])

    response = desk.post(
        url, {"pieces": [later.pk, earlier.pk], "section": articles(issue).pk}
    )

    assert response.status_code == 302
    assert [a.title for a in issue.articles.all()] == ["先来的", "后来的"]
    page = desk.get(url).content.decode()
    assert "不要的" in page
    assert "先来的" not in page


def test_taking_one_that_was_taken_meanwhile_takes_none_and_says_so(
    desk, editor, issue
):
    other = Issue.objects.create(bulletin=issue.bulletin)
    pieces = [make_piece("甲"), make_piece("乙")]
    pool.adopt(pieces[1], other, articles(issue), by=editor)
    url = reverse("admin:bulletins_issue_contributions", args=[issue.pk])

    response = desk.post(
        url, {"pieces": [p.pk for p in pieces], "section": articles(issue).pk}
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "“乙”已采用于" in page
    assert f'value="{pieces[0].pk}" checked' in page
    assert not issue.articles.exists()


@pytest.mark.parametrize(
    "data", [{}, {"pieces": ["x"]}, {"pieces": ["9" * 30], "section": "1"}]
)
def test_a_form_without_sense_is_refused_in_words(desk, issue, data):
    make_piece()
    url = reverse("admin:bulletins_issue_contributions", args=[issue.pk])

    response = desk.post(url, data)

    assert response.status_code == 409
    assert "没有采用" in response.content.decode()


def test_the_waiting_pieces_are_searched(desk, issue):
    make_piece("秸秆禁烧")
    make_piece("道路清扫", unit=Unit.objects.create(name="汾陈镇"))
    url = reverse("admin:bulletins_issue_contributions", args=[issue.pk])

    page = desk.get(url, {"q": "汾陈 清扫"}).content.decode()
    assert "道路清扫" in page
    assert "秸秆禁烧" not in page
    assert "待用的稿件中没有" in desk.get(url, {"q": "<b>%_"}).content.decode()


def test_the_list_filters_by_what_became_of_the_pieces(desk, editor, issue):
    pool.adopt(make_piece("采用了的"), issue, articles(issue), by=editor)
    pool.decline(make_piece("退掉的"), "重复", by=editor)
    make_piece("等着的", received_on=dt.date(2023, 1, 1))
    gone = adopt(make_piece("删掉的"), issue, articles(issue), by=editor)
    gone.article.delete()
    url = reverse("admin:bulletins_contribution_changelist")

    def titles(**query):
        return {row.title for row in desk.get(url, query).context["cl"].result_list}

    assert titles(state="waiting") == {"等着的", "删掉的"}
    assert titles(state="adopted") == {"采用了的"}
    assert titles(state="declined") == {"退掉的"}
    assert titles(year="2023") == {"等着的"}
    assert titles(q="退掉") == {"退掉的"}
    assert len(titles(state="nonsense", year="20202")) == 4


def test_an_empty_pool_says_what_to_do(desk):
    page = desk.get(reverse("admin:bulletins_contribution_changelist")).content.decode()

    assert "收到单位来稿时录入或粘贴" in page


def test_what_was_adopted_offers_no_deletion(desk, editor, issue):
    piece = make_piece()
    pool.adopt(piece, issue, articles(issue), by=editor)
    url = reverse("admin:bulletins_contribution_delete", args=[piece.pk])

    assert desk.post(url, {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [piece.pk], "post": "yes"}
    desk.post(reverse("admin:bulletins_contribution_changelist"), bulk)
    assert Contribution.objects.filter(pk=piece.pk).exists()


def test_who_only_reads_sees_the_text_and_changes_nothing(client, issue):
    reader = make_user(is_staff=True)
    reader.groups.add(Group.objects.get(name="签发"))
    client.force_login(reader)
    piece = make_piece()
    page = client.get(reverse("admin:bulletins_contribution_change", args=[piece.pk]))

    assert "清理垃圾30余吨" in page.content.decode()
    for name in ("adopt", "decline", "reopen"):
        url = reverse(f"admin:bulletins_contribution_{name}", args=[piece.pk])
        assert client.post(url).status_code == 403
    url = reverse("admin:bulletins_issue_contributions", args=[issue.pk])
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 403


def test_who_may_not_see_the_pool_sees_nothing_of_it(client, issue):
    client.force_login(make_user(is_staff=True))
    piece = make_piece()

    for url in (
        reverse("admin:bulletins_contribution_changelist"),
        reverse("admin:bulletins_contribution_change", args=[piece.pk]),
        reverse("admin:bulletins_contribution_adopt", args=[piece.pk]),
        reverse("admin:bulletins_issue_contributions", args=[issue.pk]),
    ):
        assert client.get(url).status_code == 403


# --- however many -----------------------------------------------------------------


def fill(issue, editor, count):
    for number in range(count):
        unit = Unit.objects.create(name=f"单位{number}", position=number + 1)
        make_piece(f"待用{number}", unit=unit)
        adopted = make_piece(f"采用{number}", unit=unit)
        if number % 10 == 0:
            pool.adopt(adopted, issue, articles(issue), by=editor)
    for number in range(count // 5):
        Issue.objects.create(bulletin=issue.bulletin, planned_number=number + 1)


@pytest.mark.parametrize("count", [3, 60])
def test_pages_ask_as_little_for_many_rows_as_for_few(
    desk, editor, issue, count, django_assert_max_num_queries
):
    fill(issue, editor, count)
    piece = Contribution.objects.first()

    for name, args in (
        ("contribution_changelist", []),
        ("contribution_add", []),
        ("contribution_change", [piece.pk]),
        ("contribution_adopt", [piece.pk]),
        ("issue_contributions", [issue.pk]),
        ("unit_changelist", []),
    ):
        url = reverse(f"admin:bulletins_{name}", args=args)
        with django_assert_max_num_queries(25):
            assert desk.get(url).status_code == 200
