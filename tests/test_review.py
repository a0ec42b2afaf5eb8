"""The review pages: what waits, what is seen, what is done and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import re

import pypdfium2
import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from bulletins import rendering, workflow
from bulletins.models import Event, Issue, Notice, Phrase
from tests.factories import make_bulletin, make_issue, make_user

pytestmark = pytest.mark.django_db

QUEUE = "/admin/bulletins/issue/queue/"
INBOX = "/admin/bulletins/issue/notices/"


def make_person(name: str, family: str, *groups: str) -> User:
    user = make_user(name, is_staff=True, last_name=family)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def clerk() -> User:
    return make_person("bianji", "张晓文", "编辑", "发行")


@pytest.fixture
def leader() -> User:
    return make_person("lingdao", "李明", "签发")


@pytest.fixture
def bulletin():
    made = make_bulletin(steps=0)
    made.review_steps.create(name="领导签发", group=Group.objects.get(name="签发"))
    return made


@pytest.fixture
def issue(bulletin, clerk) -> Issue:
    return workflow.submit(make_issue(bulletin), by=clerk, comment="请审阅")


def log_in(client, user: User):
    client.force_login(user)
    return client


def page_of(client, issue: Issue) -> str:
    response = client.get(f"/admin/bulletins/issue/{issue.pk}/review/")
    assert response.status_code == 200
    page: str = response.content.decode()
    return page


def act(client, issue: Issue, move: str, *, seen: int | None = None, **fields):
    """Send a move as the page of this moment would, or as an older one."""
    last = issue.events.last()
    if seen is None:
        seen = last.pk if last else 0
    url = f"/admin/bulletins/issue/{issue.pk}/review/{move}/"
    return client.post(url, {"seen": seen, **fields}, follow=True)


def status_of(issue: Issue) -> Issue.Status:
    issue.refresh_from_db(fields=["status"])
    return Issue.Status(issue.status)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


# --- the queue --------------------------------------------------------------------


def test_the_queue_says_what_waits_from_whom_since_when_and_how_urgent(
    client, issue, leader
):
    Issue.objects.update(urgency="特急")
    event = issue.events.get()
    Event.objects.filter(pk=event.pk).update(
        at=dt.datetime(2024, 9, 2, 2, 20, tzinfo=dt.UTC)
    )

    page = words(log_in(client, leader).get(QUEUE).content.decode())

    for text in ("拟第8期", "领导签发", "张晓文 9月2日 10:20", "特急", "请审阅"):
        assert text in page


def test_an_empty_queue_says_what_to_do(client, leader):
    page = log_in(client, leader).get(QUEUE).content.decode()

    assert "现在没有等您办理的简报" in page
    assert "查看各期简报" in page


def test_the_badge_counts_what_waits_and_goes_when_nothing_does(client, issue, leader):
    client = log_in(client, leader)
    before = client.get("/admin/").content.decode()

    act(client, issue, "approve")

    assert 'aria-label="1件待办"' in before
    assert "等您办理" in before
    assert "拟第8期" in before
    assert "件待办" not in client.get(QUEUE).content.decode()


def test_the_start_page_of_somebody_without_rights_shows_no_issue(client, issue):
    page = log_in(client, make_user(is_staff=True)).get("/admin/").content.decode()

    assert "等您办理" not in page
    assert "拟第8期" not in page


def test_each_person_finds_what_they_have_to_do_next(client, issue, clerk, leader):
    assert "没有等您办理" in log_in(client, clerk).get(QUEUE).content.decode()

    workflow.send_back(issue, by=leader, comment="请核对数字")
    assert "退回待改" in client.get(QUEUE).content.decode()

    workflow.submit(issue, by=clerk)
    workflow.approve(issue, by=leader)
    assert "待印发" in client.get(QUEUE).content.decode()

    tomorrow = timezone.now() + dt.timedelta(days=1)
    workflow.schedule(issue, tomorrow, by=clerk)
    assert "没有等您办理" in client.get(QUEUE).content.decode()

    Issue.objects.update(publish_failure="排印失败")
    assert "定时印发失败" in client.get(QUEUE).content.decode()


def test_an_urgent_signature_waits_for_another_signer(client, issue, leader):
    other = make_person("fuzhuren", "赵强", "签发")
    workflow.override(issue, by=leader, comment="汛情紧急")

    theirs = log_in(client, other).get(QUEUE).content.decode()
    own = log_in(client, leader).get(QUEUE).content.decode()

    assert "紧急签发" in theirs
    assert "没有等您办理" in own


def test_the_queue_answers_with_a_bounded_number_of_queries(
    client, bulletin, clerk, leader, django_assert_max_num_queries
):
    for number in range(1, 13):
        workflow.submit(make_issue(bulletin, number=number), by=clerk)
    client = log_in(client, leader)

    with django_assert_max_num_queries(16):
        client.get(QUEUE)


# --- the page ---------------------------------------------------------------------


def test_the_page_shows_the_official_text_the_number_to_be_and_the_trail(
    client, issue, leader
):
    Issue.objects.update(planned_number=None)
    page = page_of(log_in(client, leader), issue)

    for text in ("拟第1期", "审核中", "县作风办召开推进会", "会议要求抓好落实。"):
        assert text in page
    assert "请审阅" in page
    assert f"/admin/bulletins/issue/{issue.pk}/preview-pdf" in page
    assert "确认签发" in page
    assert "确认退回" in page
    assert "确认印发" not in page


def test_the_findings_lead_to_their_place_and_to_the_form(client, bulletin, clerk):
    issue = make_issue(bulletin)
    issue.articles.update(body="")

    page = page_of(log_in(client, clerk), issue)

    assert "现在还不能送审" in page
    assert "没有正文" in page
    assert 'href="#article-1-1">看原文' in page
    assert f'href="/admin/bulletins/issue/{issue.pk}/change/">去修改' in page
    assert "确认送审" not in page


def test_a_move_that_is_not_possible_is_shown_with_its_reasons(client, issue):
    both = make_person("quanquan", "孙立", "编辑", "签发")
    workflow.recall(issue, by=both)
    workflow.submit(issue, by=both)

    page = page_of(log_in(client, both), issue)

    assert "现在还不能签发" in page
    assert "送审人不能签发自己送审的简报" in page
    assert "确认签发" not in page


def test_rows_that_no_document_can_hold_are_told(client, issue, clerk):
    issue.articles.update(title="标题\x07")

    page = page_of(log_in(client, clerk), issue)

    assert "内容有误，无法排版" in page
    assert "控制字符" in page


# --- moves ------------------------------------------------------------------------


def test_signing_leads_to_the_next_in_the_queue(client, issue, leader):
    response = act(log_in(client, leader), issue, "approve", comment="同意")

    assert response.redirect_chain[-1][0] == QUEUE
    assert "已签发。" in response.content.decode()
    assert status_of(issue) == Issue.Status.APPROVED
    assert issue.events.last().comment == "同意"


def test_signing_one_of_two_steps_says_who_is_next(client, bulletin, leader, clerk):
    bulletin.review_steps.create(
        name="主任签发", position=2, group=Group.objects.get(name="审核")
    )
    issue = workflow.submit(make_issue(bulletin), by=clerk)

    response = act(log_in(client, leader), issue, "approve")

    assert "已签发，转到“主任签发”" in response.content.decode()


def test_an_opinion_is_made_of_the_phrases_tapped_and_the_words_typed(
    client, issue, leader
):
    Phrase.objects.create(text="请核对数字。")

    assert "请核对数字。" in page_of(log_in(client, leader), issue)
    act(client, issue, "send_back", phrases=["请核对数字。"], comment="第二段")

    assert status_of(issue) == Issue.Status.DRAFT
    assert issue.events.last().comment == "请核对数字；第二段"


def test_a_phrase_alone_is_an_opinion(client, issue, leader):
    Phrase.objects.create(text="请核对数字")

    act(log_in(client, leader), issue, "send_back", phrases=["请核对数字"])

    assert issue.events.last().comment == "请核对数字"


def test_sending_back_without_an_opinion_is_refused(client, issue, leader):
    response = act(log_in(client, leader), issue, "send_back")

    assert response.status_code == 409
    assert "退回必须写明原因" in response.content.decode()
    assert status_of(issue) == Issue.Status.REVIEW


def test_a_refusal_shows_every_reason_and_keeps_what_was_typed(
    client, issue, leader, clerk
):
    Phrase.objects.create(text="同意")
    seen = issue.events.last().pk
    workflow.recall(issue, by=clerk)
    workflow.submit(issue, by=clerk)
    issue.articles.update(body="<p>悄悄改过。</p>")

    response = act(
        log_in(client, leader),
        issue,
        "approve",
        seen=seen,
        comment="很好",
        phrases=["同意"],
    )

    page = response.content.decode()
    assert response.status_code == 409
    assert "您打开之后已有新的办理：张晓文" in page
    assert "送审后内容有改动" in page
    assert "很好" in page
    assert status_of(issue) == Issue.Status.REVIEW


def test_what_was_typed_stays_in_the_sheet_and_can_be_sent_again(
    client, issue, leader, clerk
):
    Phrase.objects.create(text="同意")
    seen = issue.events.last().pk
    workflow.recall(issue, by=clerk)
    workflow.submit(issue, by=clerk)

    response = act(
        log_in(client, leader),
        issue,
        "approve",
        seen=seen,
        comment="很好",
        phrases=["同意"],
    )

    page = response.content.decode()
    assert re.search(r'id="move-approve"[^>]* open', page)
    assert 'value="同意" checked' in page
    assert f'name="seen" value="{issue.events.last().pk}"' in page
    act(client, issue, "approve", comment="很好")
    assert status_of(issue) == Issue.Status.APPROVED


def test_a_draft_edited_by_another_while_it_was_read_is_not_submitted(
    client, bulletin, clerk
):
    draft = make_issue(bulletin)
    page = page_of(log_in(client, clerk), draft)
    [read] = set(re.findall(r'name="text" value="([0-9a-f]{64})"', page))
    draft.articles.update(body="<p>改过的正文。</p>")

    refused = act(client, draft, "submit", text=read).content.decode()

    assert "您打开之后内容又有改动，请刷新核对后再办" in refused
    assert status_of(draft) == Issue.Status.DRAFT
    [now] = set(re.findall(r'name="text" value="([0-9a-f]{64})"', refused))
    act(client, draft, "submit", text=now)
    assert status_of(draft) == Issue.Status.REVIEW


def test_a_page_that_does_not_say_what_it_showed_is_stale(client, issue, leader):
    client = log_in(client, leader)
    url = f"/admin/bulletins/issue/{issue.pk}/review/approve/"

    assert client.post(url, {}).status_code == 409
    for seen in ("x", "-1", "9" * 30):
        assert client.post(url, {"seen": seen}).status_code == 409
    assert status_of(issue) == Issue.Status.REVIEW


def test_a_double_click_signs_once_and_is_no_error(client, issue, leader):
    seen = issue.events.last().pk
    client = log_in(client, leader)

    act(client, issue, "approve", seen=seen)
    response = act(client, issue, "approve", seen=seen)

    assert response.status_code == 200
    assert "签发已经办理，没有重复。" in response.content.decode()
    assert issue.events.filter(move=Event.Move.APPROVE).count() == 1


def test_of_two_leaders_at_once_the_second_is_told_what_happened(client, issue, leader):
    other = make_person("fuzhuren", "赵强", "签发")
    seen = issue.events.last().pk
    workflow.send_back(issue, by=other, comment="请核对数字")

    response = act(log_in(client, leader), issue, "approve", seen=seen, comment="同意")

    page = response.content.decode()
    assert response.status_code == 409
    assert "赵强" in page
    assert "退回（请核对数字）" in page
    assert "您写的意见还在" in page
    assert "同意" in page


@pytest.mark.parametrize("comment", ["长" * 5001, "字\x00"])
def test_an_opinion_that_cannot_be_kept_is_refused_and_stays(
    client, issue, leader, comment
):
    response = act(log_in(client, leader), issue, "send_back", comment=comment)

    assert response.status_code == 409
    assert "意见：" in response.content.decode()
    assert status_of(issue) == Issue.Status.REVIEW


def test_an_unknown_move_is_not_found(client, issue, leader):
    for move in ("amend", "anything"):
        assert act(log_in(client, leader), issue, move).status_code == 404


def test_an_urgent_signature_is_marked_until_another_confirms_it(client, issue, leader):
    other = make_person("fuzhuren", "赵强", "签发")
    act(log_in(client, leader), issue, "override", comment="汛情紧急")
    assert "紧急签发，待补签" in page_of(client, issue)

    act(log_in(client, other), issue, "confirm", comment="同意补签")

    assert "待补签" not in page_of(client, issue)
    assert issue.events.last().move == Event.Move.CONFIRM


def approved(issue: Issue, leader: User) -> Issue:
    return workflow.approve(issue, by=leader)


def test_publishing_at_a_set_time_and_giving_it_up(client, issue, leader, clerk):
    approved(issue, leader)
    client = log_in(client, clerk)

    page = act(client, issue, "schedule", at="2099-01-02T08:30").content.decode()
    assert "已定时印发" in page
    assert "定于 1月2日 08:30 自动印发" in page
    issue.refresh_from_db()
    assert issue.publish_at == dt.datetime(2099, 1, 2, 0, 30, tzinfo=dt.UTC)
    assert issue.events.last().comment == "2099年1月2日 08:30"

    page = act(client, issue, "schedule", give_up="1").content.decode()
    assert "已取消定时" in page
    issue.refresh_from_db()
    assert issue.publish_at is None


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("", "请填写定时印发的时间"),
        ("2001-01-01T08:00", "应在现在之后"),
        ("明天", "印发时间："),
    ],
)
def test_a_time_that_is_none_is_refused(client, issue, leader, clerk, at, reason):
    approved(issue, leader)

    response = act(log_in(client, clerk), issue, "schedule", at=at)

    assert response.status_code == 409
    assert reason in response.content.decode()


def test_publishing_correcting_and_withdrawing(client, issue, leader, clerk):
    approved(issue, leader)
    client = log_in(client, clerk)

    page = act(client, issue, "publish").content.decode()
    assert "已印发。" in page
    assert status_of(issue) == Issue.Status.ISSUED

    response = act(client, issue, "correct", comment="数字有误")
    assert "内容与现行版本相同" in response.content.decode()

    issue.articles.update(body="<p>更正后的正文。</p>")
    assert "现行的第1版" in page_of(client, issue)
    act(client, issue, "correct", comment="数字有误")
    assert issue.editions.count() == 2

    page = act(client, issue, "withdraw", comment="内容失实").content.decode()
    assert "撤回原因：内容失实" in page
    assert status_of(issue) == Issue.Status.WITHDRAWN


# --- what changed -----------------------------------------------------------------


def test_what_came_back_shows_the_leader_what_changed_since(
    client, issue, leader, clerk
):
    assert "与您上次看到的相比" not in page_of(log_in(client, leader), issue)
    workflow.send_back(issue, by=leader, comment="请核对数字")
    issue.articles.update(body="<p>9月3日，县作风办召开推进会。</p>")
    workflow.submit(issue, by=clerk)

    page = page_of(client, issue)

    assert "与您上次看到的相比" in page
    assert "李明" in page
    assert re.search(r"<del>.*?1.*?</del>.*<ins>.*?3.*?</ins>", page, re.DOTALL)


def test_who_has_not_acted_yet_sees_what_changed_since_it_was_handed_in_before(
    client, issue, leader, clerk
):
    other = make_person("fuzhuren", "赵强", "签发")
    workflow.send_back(issue, by=leader, comment="请核对数字")
    issue.articles.update(body="<p>改过的正文。</p>")
    workflow.submit(issue, by=clerk)

    page = page_of(log_in(client, other), issue)

    assert "与您上次看到的相比" in page
    assert "张晓文" in page


# --- remarks ----------------------------------------------------------------------


def remark(client, issue: Issue, **fields):
    url = f"/admin/bulletins/issue/{issue.pk}/remarks/"
    return client.post(url, fields, follow=True)


def test_a_remark_stands_on_the_page_and_on_the_form_until_it_is_ticked_off(
    client, issue, leader, clerk
):
    response = remark(
        log_in(client, leader),
        issue,
        anchor="article-1-1",
        quote="抓好落实",
        text="改为“抓紧抓实”",
    )
    assert "改为“抓紧抓实”" in response.content.decode()
    workflow.send_back(issue, by=leader, comment="见批注")

    client = log_in(client, clerk)
    form = f"/admin/bulletins/issue/{issue.pk}/change/"
    page = client.get(form).content.decode()
    assert "改为“抓紧抓实”" in page
    assert "见批注" in page
    made = issue.remarks.get()
    done = f"/admin/bulletins/issue/{issue.pk}/remarks/{made.pk}/done/"
    response = client.post(done, {"from": "form"}, follow=True)

    assert response.redirect_chain[-1][0] == form
    assert "张晓文" in words(response.content.decode())
    made.refresh_from_db()
    assert made.done_by == clerk
    before = made.done_at
    client.post(done)
    made.refresh_from_db()
    assert made.done_at == before


def test_a_remark_without_words_is_refused_and_the_rest_is_kept(client, issue, leader):
    response = remark(log_in(client, leader), issue, quote="抓好落实", text="")

    page = response.content.decode()
    assert "批注：这个字段是必填项。" in page
    assert "抓好落实" in page
    assert not issue.remarks.exists()


def test_a_remark_of_another_issue_is_not_found(client, issue, clerk, leader):
    other = make_issue(issue.bulletin, number=9)
    made = issue.remarks.create(author=leader, text="？", at=timezone.now())

    url = f"/admin/bulletins/issue/{other.pk}/remarks/{made.pk}/done/"

    assert log_in(client, clerk).post(url).status_code == 404


# --- the form ---------------------------------------------------------------------


def test_a_reviewer_with_the_right_may_correct_what_is_in_review(
    client, issue, leader, clerk
):
    url = f"/admin/bulletins/issue/{issue.pk}/change/"

    assert 'name="_save"' not in log_in(client, clerk).get(url).content.decode()
    page = log_in(client, leader).get(url).content.decode()
    assert 'name="_save"' in page
    assert "此前各环节的签发作废" in page


def test_what_is_issued_keeps_its_number_and_date_while_it_is_corrected(
    client, issue, leader, clerk
):
    approved(issue, leader)
    workflow.publish(issue, by=clerk)

    page = log_in(client, clerk).get(f"/admin/bulletins/issue/{issue.pk}/change/")

    text = page.content.decode()
    assert 'name="_save"' in text
    assert "公开的仍是原来的版本" in text
    for name in ("date", "kind", "planned_number"):
        assert f'name="{name}"' not in text


# --- the trail --------------------------------------------------------------------


def test_the_trail_tells_moves_edits_editions_and_messages(
    client, issue, leader, clerk
):
    workflow.send_back(issue, by=leader, comment="请核对数字")
    issue.articles.update(body="<p>改过的正文。</p>")
    revision = workflow.record_edit(issue, by=clerk)
    workflow.submit(issue, by=clerk)
    workflow.approve(issue, by=leader, comment="同意")
    workflow.publish(issue, by=clerk)
    client = log_in(client, clerk)

    page = client.get(f"/admin/bulletins/issue/{issue.pk}/trail/").content.decode()

    for text in ("请审阅", "请核对数字", "同意", "第1版", "李明", "看改动"):
        assert text in page
    issue.refresh_from_db()
    assert issue.edition.digest[:8] in page
    assert "等待您办理" in page
    url = f"/admin/bulletins/issue/{issue.pk}/trail/{revision.pk}/"
    assert url in page
    difference = client.get(url).content.decode()
    assert "<ins>" in difference
    assert "改过的正文。" in words(difference)


def test_the_first_edit_has_nothing_to_be_compared_with(client, bulletin, clerk):
    issue = make_issue(bulletin)
    first = workflow.record_edit(issue, by=clerk)
    issue.articles.update(body="<p>改过的正文。</p>")
    second = workflow.record_edit(issue, by=clerk)
    client = log_in(client, clerk)
    trail = f"/admin/bulletins/issue/{issue.pk}/trail"

    assert "没有可以对照的" in client.get(f"{trail}/{first.pk}/").content.decode()
    assert "<ins>" in client.get(f"{trail}/{second.pk}/").content.decode()


def test_a_new_issue_has_an_empty_trail_that_says_so(client, bulletin, clerk):
    issue = make_issue(bulletin)

    page = log_in(client, clerk).get(f"/admin/bulletins/issue/{issue.pk}/trail/")

    for text in ("还没有送审", "没有修改记录", "还没有印发", "没有发过消息"):
        assert text in page.content.decode()


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def test_the_sheet_for_the_file_says_who_signed_what(client, issue, leader, clerk):
    workflow.approve(issue, by=leader, comment="同意印发")
    workflow.publish(issue, by=clerk)

    response = log_in(client, clerk).get(f"/admin/bulletins/issue/{issue.pk}/trail.pdf")

    assert response["Content-Type"] == "application/pdf"
    text = text_of(response.content)
    for word in ("李明", "同意印发", "张晓文", "第8期"):
        assert word in text


def test_a_sheet_that_cannot_be_printed_is_told(client, issue, clerk, monkeypatch):
    def fail(sheet):
        raise rendering.RenderError("排印进程没有回答")

    monkeypatch.setattr(rendering, "render_trail_pdf", fail)
    issue.articles.update(title="标题\x07")

    response = log_in(client, clerk).get(
        f"/admin/bulletins/issue/{issue.pk}/trail.pdf", follow=True
    )

    assert "审签单未能生成：排印进程没有回答" in response.content.decode()


# --- messages ---------------------------------------------------------------------


def test_messages_are_listed_counted_and_read_by_opening(client, leader, issue):
    notice = Notice.objects.get(user=leader)
    client = log_in(client, leader)

    page = client.get(INBOX).content.decode()
    assert "等待您办理" in page
    assert "1条未读" in page
    response = client.get(f"{INBOX}{notice.pk}/")

    assert response["Location"] == f"/admin/bulletins/issue/{issue.pk}/review/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "条未读" not in client.get(INBOX).content.decode()


def test_messages_of_an_issue_are_read_once_the_person_has_it_open(
    client, leader, issue
):
    unread = Notice.objects.filter(user=leader, issue=issue, read_at=None)
    assert unread.exists()
    of_another = issue.notices.create(
        user=make_user(), text="别人的", at=timezone.now()
    )

    page_of(log_in(client, leader), issue)

    assert not unread.exists()
    of_another.refresh_from_db()
    assert of_another.read_at is None


def test_all_messages_are_marked_as_read_at_once(client, leader, issue):
    client = log_in(client, leader)

    client.post(f"{INBOX}read/")

    assert not Notice.objects.filter(user=leader, read_at=None).exists()


def test_an_empty_list_of_messages_says_what_will_be_there(client, leader):
    page = log_in(client, leader).get(INBOX).content.decode()

    assert "还没有消息" in page


def test_messages_are_turned_over_by_pages(client, issue, leader):
    for number in range(35):
        Notice.objects.create(
            user=leader, issue=issue, text=f"第{number}条", at=timezone.now()
        )
    client = log_in(client, leader)

    assert "第1页，共2页" in client.get(INBOX).content.decode()
    assert "较新的" in client.get(f"{INBOX}?page=2").content.decode()


def test_a_reminder_reaches_those_whose_turn_it_is(client, leader, issue, clerk):
    client = log_in(client, clerk)
    url = f"/admin/bulletins/issue/{issue.pk}/remind/"
    assert "催办" in page_of(client, issue)

    first = client.post(url, follow=True).content.decode()
    again = client.post(url, follow=True).content.decode()

    assert "已催办，提醒了1人" in first
    assert "一小时内已经催办过" in again
    assert Notice.objects.filter(user=leader).count() == 2


def test_nobody_is_reminded_of_what_does_not_wait(client, bulletin, clerk):
    issue = make_issue(bulletin)

    response = log_in(client, clerk).post(
        f"/admin/bulletins/issue/{issue.pk}/remind/", follow=True
    )

    assert "不用催办" in response.content.decode()


# --- numbers ----------------------------------------------------------------------


@pytest.fixture
def admin() -> User:
    return make_user("guanliyuan", is_staff=True, is_superuser=True)


def issue_out(bulletin, number: int, clerk: User, leader: User) -> Issue:
    made = workflow.submit(make_issue(bulletin, number=number), by=clerk)
    workflow.approve(made, by=leader)
    return workflow.publish(made, by=clerk)


def test_a_gap_is_listed_and_made_void_with_a_reason(
    client, bulletin, clerk, leader, admin
):
    issue_out(bulletin, 3, clerk, leader)
    issue_out(bulletin, 5, clerk, leader)
    client = log_in(client, admin)
    url = f"/admin/bulletins/bulletin/{bulletin.pk}/"
    assert "第4期" in client.get(f"{url}change/").content.decode()
    gap = {"kind": "regular", "year": 0, "number": 4}

    refused = client.post(f"{url}void/", {**gap, "reason": " "}, follow=True)
    assert "作废期号必须写明原因" in refused.content.decode()
    wrong = client.post(f"{url}void/", {**gap, "number": 0, "reason": "x"}, follow=True)
    assert "期号：" in wrong.content.decode()
    done = client.post(f"{url}void/", {**gap, "reason": "印错未用"}, follow=True)

    page = done.content.decode()
    assert "第4期已作废。" in page
    assert "印错未用" in page
    assert "没有空号" in page


def test_common_opinions_are_kept_by_the_administrator(client):
    user = make_person("guanli", "管理", "管理员")
    client = log_in(client, user)

    client.post(
        reverse("admin:bulletins_phrase_add"), {"text": "请核对数字", "position": 1}
    )

    page = client.get(reverse("admin:bulletins_phrase_changelist")).content.decode()
    assert "请核对数字" in page
