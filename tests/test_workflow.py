"""The moves: what each writes, and what each refuses."""

import datetime as dt
import hashlib
import itertools
import json
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from bulletins import notices, workflow
from bulletins.admin.waiting import waiting
from bulletins.bounds import SectionKind
from bulletins.composing import document_of, frozen_document
from bulletins.document import (
    Masthead,
    SectionEntry,
    content_digest,
    digest,
    from_json,
)
from bulletins.models import Bulletin, Event, Issue
from bulletins.rendering import RenderError
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles
from tests.factories import (
    grant,
    make_article,
    make_bulletin,
    make_clerk,
    make_document,
    make_issue,
    make_leader,
    make_user,
)

pytestmark = pytest.mark.django_db


def stored(path: str) -> Path:
    return Path(default_storage.path(path))


def make_approved(bulletin: Bulletin | None = None, **fields) -> Issue:
    issue = make_issue(bulletin, **fields)
    issue = workflow.submit(issue, by=make_clerk())
    return workflow.approve(issue, by=make_leader(issue.bulletin))


def test_an_issue_goes_from_draft_to_issued_and_leaves_an_event_a_move():
    clerk = make_clerk("clerk")
    issue = make_issue()
    leader = make_leader(issue.bulletin)

    issue = workflow.submit(issue, by=clerk, comment="请审")
    issue = workflow.approve(issue, by=leader, comment="同意")
    issue = workflow.publish(issue, by=clerk)

    moves = issue.events.values_list("move", "actor", "from_status", "to_status")
    assert list(moves) == [
        ("submit", clerk.pk, "draft", "review"),
        ("approve", leader.pk, "review", "approved"),
        ("publish", clerk.pk, "approved", "issued"),
    ]
    assert len(set(issue.events.values_list("content_digest", flat=True))) == 1
    assert issue.events.get(move=Event.Move.APPROVE).step == "第1步审签"


def test_publishing_freezes_document_page_and_pdf_with_their_digests():
    issue = workflow.publish(make_approved(), by=make_clerk())

    edition = issue.edition
    document = from_json(json.loads(edition.document))
    assert document == frozen_document(issue)
    assert edition.digest == digest(document)
    assert (document.number, document.date) == (8, dt.date(2024, 9, 2))
    pdf = stored(edition.pdf_path).read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) == edition.pdf_size
    assert hashlib.sha256(pdf).hexdigest() == edition.pdf_digest
    assert edition is not None
    assert "县作风办召开推进会" in workflow.frozen_html(edition)


def test_a_damaged_page_is_not_served():
    issue = workflow.publish(make_approved(), by=make_clerk())
    assert issue.edition is not None
    page = stored(issue.edition.html_path)
    page.write_bytes(page.read_bytes() + b" ")

    with pytest.raises(workflow.DamagedEdition, match="摘要值不符"):
        workflow.frozen_html(issue.edition)


def test_a_file_left_half_written_by_a_crash_is_written_again():
    first = workflow.publish(make_approved(), by=make_clerk())
    stored(first.edition.pdf_path).write_bytes(b"%PDF-")
    Issue.objects.update(status="approved", number=None, series_year=None, edition=None)
    first.editions.all().delete()

    again = workflow.publish(first, by=make_clerk())

    assert stored(again.edition.pdf_path).stat().st_size == again.edition.pdf_size


def test_every_step_signs_in_turn():
    issue = make_issue(make_bulletin(steps=2))
    first, second = (make_leader(issue.bulletin, position) for position in (1, 2))
    issue = workflow.submit(issue, by=make_clerk())

    with pytest.raises(workflow.WorkflowError, match="“第1步审签”由“审签组"):
        workflow.approve(issue, by=second)
    issue = workflow.approve(issue, by=first)
    assert (issue.status, issue.step.position) == (Issue.Status.REVIEW, 2)
    issue = workflow.approve(issue, by=second)

    assert (issue.status, issue.step) == (Issue.Status.APPROVED, None)


def test_nobody_signs_what_they_submitted():
    issue = make_issue()
    leader = make_leader(issue.bulletin)
    issue = workflow.submit(issue, by=grant(leader, "submit"))

    with pytest.raises(workflow.WorkflowError, match="送审人不能签发自己送审的简报"):
        workflow.approve(issue, by=leader)


def test_a_second_click_is_told_where_the_issue_is_now():
    issue = make_issue()
    workflow.submit(issue, by=make_clerk())

    with pytest.raises(workflow.WorkflowError, match="现在是“审核中”"):
        workflow.submit(issue, by=make_clerk())
    assert issue.events.count() == 1


@pytest.mark.parametrize("move", [workflow.approve, workflow.publish])
def test_a_draft_can_only_be_submitted(move):
    with pytest.raises(workflow.WorkflowError, match="现在是“草稿”"):
        move(make_issue(), by=make_clerk())


def test_an_incomplete_issue_is_refused_with_every_reason():
    empty = make_article("只有标题", body="")
    sections = (SectionEntry("", SectionKind.ARTICLES, (empty,)),)
    issue = make_issue(make_bulletin(masthead=Masthead(name="简报")), sections=sections)

    with pytest.raises(workflow.Refused) as refusal:
        workflow.submit(issue, by=make_clerk())

    messages = [o.message for o in refusal.value.obstacles]
    assert messages == ["简报设置中没有填写编印单位", "文章“只有标题”没有正文"]
    issue.refresh_from_db()
    assert issue.status == Issue.Status.DRAFT


def test_an_issue_without_content_is_refused():
    with pytest.raises(workflow.Refused, match="本期还没有文章或简讯"):
        workflow.submit(make_issue(sections=()), by=make_clerk())


def test_a_bulletin_without_review_steps_cannot_submit():
    with pytest.raises(workflow.Refused, match="还没有设置审签环节"):
        workflow.submit(make_issue(make_bulletin(steps=0)), by=make_clerk())


def test_a_text_changed_after_submitting_cannot_be_signed():
    issue = workflow.submit(make_issue(), by=make_clerk())
    issue.articles.update(title="改过的标题")

    with pytest.raises(workflow.WorkflowError, match="送审后内容有改动"):
        workflow.approve(issue, by=make_leader(issue.bulletin))


def test_a_text_changed_after_signing_cannot_be_published():
    issue = make_approved()
    issue.articles.update(title="改过的标题")

    with pytest.raises(workflow.WorkflowError, match="签发后内容有改动"):
        workflow.publish(issue, by=make_clerk())
    assert not issue.editions.exists()


def test_number_and_date_are_filled_in_at_publishing_where_none_were_planned():
    bulletin = make_bulletin()
    workflow.publish(make_approved(bulletin), by=make_clerk())
    issue = make_approved(bulletin, number=None, date=None)

    issue = workflow.publish(issue, by=make_clerk())

    assert issue.number == 9
    assert issue.date == timezone.localdate()
    assert frozen_document(issue).number == 9


def test_a_yearly_series_begins_again_each_year_while_the_total_goes_on():
    bulletin = make_bulletin(numbering=Bulletin.Numbering.YEARLY, counts_total=True)
    for date in (dt.date(2023, 12, 1), dt.date(2023, 12, 31), dt.date(2024, 1, 8)):
        workflow.publish(
            make_approved(bulletin, number=None, date=date), by=make_clerk()
        )

    numbers = bulletin.issues.order_by("pk").values_list("number", "total_number")
    assert list(numbers) == [(1, 1), (2, 2), (1, 3)]


def test_a_number_issued_meanwhile_is_refused_and_nothing_is_written():
    bulletin = make_bulletin()
    first, second = make_approved(bulletin), make_approved(bulletin)
    workflow.publish(first, by=make_clerk())

    with pytest.raises(workflow.WorkflowError, match="第8期已经印发过"):
        workflow.publish(second, by=make_clerk())
    second.refresh_from_db()
    assert (second.status, second.number) == (Issue.Status.APPROVED, None)


def test_a_secret_issue_cannot_go_out_in_a_public_bulletin():
    issue = make_approved()
    Issue.objects.filter(pk=issue.pk).update(secrecy="秘密★1年")

    with pytest.raises(workflow.WorkflowError, match="签发后内容有改动"):
        workflow.publish(issue, by=make_clerk())


# --- back and forth ---------------------------------------------------------------


def make_submitted(bulletin: Bulletin | None = None, **fields) -> Issue:
    return workflow.submit(make_issue(bulletin, **fields), by=make_clerk())


def make_issued(bulletin: Bulletin | None = None, **fields) -> Issue:
    return workflow.publish(make_approved(bulletin, **fields), by=make_clerk())


def change_body(issue: Issue, text: str = "改过的正文。") -> None:
    issue.articles.update(body=f"<p>{text}</p>")


def test_an_issue_sent_back_carries_the_reason_and_is_open_again():
    issue = make_submitted()
    leader = make_leader(issue.bulletin)

    issue = workflow.send_back(issue, by=leader, comment=" 请核对数字 ")

    assert (issue.status, issue.step) == (Issue.Status.DRAFT, None)
    event = issue.events.last()
    assert (event.move, event.comment, event.step) == (
        Event.Move.SEND_BACK,
        "请核对数字",
        "第1步审签",
    )


@pytest.mark.parametrize("comment", ["", "  \n "])
def test_sending_back_needs_a_reason(comment):
    issue = make_submitted()

    with pytest.raises(workflow.Refused, match="退回必须写明原因"):
        workflow.send_back(issue, by=make_leader(issue.bulletin), comment=comment)


def test_every_reason_against_a_move_is_told_at_once():
    issue = make_submitted()
    issue.articles.update(body="")
    nobody = make_user()

    messages = [
        obstacle.message
        for obstacle in workflow.obstacles(issue, Event.Move.APPROVE, by=nobody)
    ]

    assert messages[0] == "您没有“签发”的权限"
    assert messages[1].startswith("“第1步审签”由“审签组")
    assert messages[2] == "文章“县作风办召开推进会”没有正文"
    assert messages[3] == "送审后内容有改动，不能继续办理，请退回重新送审"


def test_a_reason_in_the_text_names_its_place():
    issue = make_issue()
    issue.articles.update(body="")

    (obstacle,) = workflow.obstacles(issue, Event.Move.SUBMIT, by=make_clerk())

    assert obstacle.anchor == "article-1-1"


@pytest.mark.parametrize("body", ["<p>甲\U0001f600</p>", f"<p>{'国' * 6000}</p>"])
def test_what_cannot_be_printed_names_its_place_too(body):
    issue = make_issue()
    issue.articles.update(body=body)

    (obstacle,) = workflow.obstacles(issue, Event.Move.SUBMIT, by=make_clerk())

    assert obstacle.anchor == "article-1-1"


def test_a_recalled_issue_loses_its_signatures_and_its_time():
    issue = make_approved()
    clerk = make_clerk()
    later = timezone.now() + dt.timedelta(hours=1)
    issue = workflow.schedule(issue, later, by=clerk)

    issue = workflow.recall(issue, by=clerk)

    assert issue.status == Issue.Status.DRAFT
    assert (issue.publish_at, issue.scheduled_by) == (None, None)
    issue = workflow.submit(issue, by=clerk)
    assert issue.step.position == 1


def test_an_edit_in_review_drops_the_signatures_and_goes_to_the_first_step():
    issue = make_issue(make_bulletin(steps=2))
    first, second = (make_leader(issue.bulletin, position) for position in (1, 2))
    issue = workflow.approve(workflow.submit(issue, by=make_clerk()), by=first)
    change_body(issue)

    revision = workflow.record_edit(issue, by=grant(second, "amend"))

    issue.refresh_from_db()
    assert revision.author == second
    assert (issue.step.position, issue.events.last().move) == (1, Event.Move.AMEND)
    issue = workflow.approve(issue, by=first)
    with pytest.raises(workflow.Refused, match="最后修改的人不能签发自己修改的简报"):
        workflow.approve(issue, by=second)


def test_a_correction_by_a_reviewer_does_not_let_the_submitter_sign():
    issue = make_issue()
    clerk = grant(make_leader(issue.bulletin), "submit")
    issue = workflow.submit(issue, by=clerk)
    change_body(issue)
    workflow.record_edit(issue, by=grant(make_leader(issue.bulletin), "amend"))

    issue.refresh_from_db()
    assert clerk not in notices.signers(issue)
    with pytest.raises(workflow.Refused, match="送审人不能签发自己送审的简报"):
        workflow.approve(issue, by=clerk)


def test_who_last_edited_may_not_sign():
    issue = make_issue()
    leader = make_leader(issue.bulletin)
    workflow.record_edit(issue, by=leader)
    issue = workflow.submit(issue, by=make_clerk())

    with pytest.raises(workflow.Refused, match="最后修改的人不能签发"):
        workflow.approve(issue, by=leader)


def test_an_edit_that_changes_nothing_leaves_no_revision():
    issue = make_issue()
    clerk = make_clerk()

    assert workflow.record_edit(issue, by=clerk) is not None
    assert workflow.record_edit(issue, by=clerk) is None
    change_body(issue)
    assert workflow.record_edit(issue, by=clerk) is not None
    assert issue.revisions.count() == 2


def test_an_issue_handed_in_without_revisions_is_compared_with_what_was_handed_in():
    issue = make_submitted()

    assert workflow.record_edit(issue, by=make_clerk()) is None


@pytest.mark.parametrize(
    ("status", "right", "expected"),
    [
        ("draft", "change", True),
        ("draft", "amend", False),
        ("review", "amend", True),
        ("review", "change", False),
        ("approved", "change", False),
        ("issued", "correct", True),
        ("withdrawn", "correct", False),
    ],
)
def test_who_may_edit_depends_on_where_the_issue_is(status, right, expected):
    person = grant(make_user(), right)

    assert workflow.may_edit(Issue(status=status), person) is expected


# --- in an emergency --------------------------------------------------------------


def test_an_urgent_signature_skips_the_steps_and_waits_for_another_to_confirm():
    issue = make_submitted(make_bulletin(steps=2))
    chief = grant(make_user(), "override", "approve")
    issue.bulletin.review_steps.first().group.user_set.add(chief)

    issue = workflow.override(issue, by=chief, comment="汛情紧急")

    assert (issue.status, issue.urgent_signer) == (Issue.Status.APPROVED, chief)
    with pytest.raises(workflow.Refused, match="须由另一人补签"):
        workflow.confirm(issue, by=chief)
    outsider = grant(make_user(), "approve")
    with pytest.raises(workflow.Refused, match="须由这份简报的审签人员办理"):
        workflow.confirm(issue, by=outsider)
    leader = make_leader(issue.bulletin, 2)
    issue = workflow.confirm(issue, by=leader)
    assert issue.urgent_signer is None
    with pytest.raises(workflow.Refused, match="没有待补签"):
        workflow.confirm(issue, by=leader)


def test_who_submitted_cannot_confirm_the_urgent_signature():
    issue = make_issue(make_bulletin())
    clerk, other = make_leader(issue.bulletin), make_leader(issue.bulletin)
    issue = workflow.submit(issue, by=grant(clerk, "submit"))
    chief = grant(make_user(), "override")
    issue = workflow.override(issue, by=chief, comment="汛情紧急")

    with pytest.raises(workflow.Refused, match="送审人不能补签自己送审的简报"):
        workflow.confirm(issue, by=clerk)
    assert list(notices.confirmers(issue)) == [other]
    assert not waiting(clerk).filter(pk=issue.pk).exists()
    assert waiting(other).get() == issue


def test_an_urgently_signed_issue_can_be_published_before_it_is_confirmed():
    issue = make_submitted()
    chief = grant(make_user(), "override")
    issue = workflow.override(issue, by=chief, comment="汛情紧急")

    issue = workflow.publish(issue, by=make_clerk())

    assert (issue.status, issue.urgent_signer) == (Issue.Status.ISSUED, chief)


def test_an_urgent_signature_needs_a_reason():
    with pytest.raises(workflow.Refused, match="紧急签发必须写明原因"):
        workflow.override(
            make_submitted(), by=grant(make_user(), "override"), comment=""
        )


def test_a_withdrawal_is_kept_with_the_text_that_was_out():
    issue = make_issued()
    published = issue.events.last()
    change_body(issue)

    issue = workflow.withdraw(issue, by=grant(make_user(), "withdraw"), comment="有误")

    assert issue.events.last().content_digest == published.content_digest


def test_a_correction_does_not_change_the_secrecy_mark():
    issue = make_issued(make_bulletin(audience="internal"))
    Issue.objects.filter(pk=issue.pk).update(secrecy="秘密★1年")

    with pytest.raises(
        workflow.Refused, match="更正不能改变期号、类别、印发日期和密级"
    ):
        workflow.correct(issue, by=grant(make_user(), "correct"), comment="补密级")


# --- what was before one's eyes ---------------------------------------------------


def test_a_stale_page_is_refused_with_what_happened_meanwhile():
    issue = make_submitted(make_bulletin(steps=2))
    leader, other = (make_leader(issue.bulletin) for _ in range(2))
    seen = issue.events.last().pk
    workflow.approve(issue, by=other, comment="同意")

    with pytest.raises(
        workflow.Refused, match=r"您打开之后已有新的办理：user.*签发（同意）"
    ):
        workflow.approve(issue, by=leader, seen=seen)


def test_a_draft_that_changed_while_it_was_read_is_not_submitted():
    issue = make_issue()
    read = content_digest(document_of(issue))
    change_body(issue)

    with pytest.raises(workflow.Refused, match="您打开之后内容又有改动"):
        workflow.submit(issue, by=make_clerk(), text=read)


def test_a_correction_that_changed_while_it_was_read_is_not_issued():
    issue = make_issued()
    change_body(issue, "读过的正文。")
    read = content_digest(document_of(issue))
    change_body(issue, "没有读过的正文。")
    corrector = grant(make_user(), "correct")

    with pytest.raises(workflow.Refused, match="您打开之后内容又有改动"):
        workflow.correct(issue, by=corrector, comment="有误", text=read)


def test_a_double_click_of_somebody_in_both_groups_signs_once():
    issue = make_submitted(make_bulletin(steps=2))
    leader = make_leader(issue.bulletin)
    issue.bulletin.review_steps.last().group.user_set.add(leader)
    seen = issue.events.last().pk

    workflow.approve(issue, by=leader, seen=seen)
    with pytest.raises(workflow.Refused, match="请刷新后再办"):
        workflow.approve(issue, by=leader, seen=seen)

    issue.refresh_from_db()
    assert (issue.status, issue.step.position) == (Issue.Status.REVIEW, 2)


def test_each_move_keeps_the_text_it_was_made_on():
    issue = make_submitted()
    leader = make_leader(issue.bulletin)
    issue = workflow.send_back(issue, by=leader, comment="请改")
    change_body(issue)
    workflow.submit(issue, by=make_clerk())

    first, _, second = (json.loads(e.document) for e in issue.events.all())

    assert "改过的正文" not in json.dumps(first, ensure_ascii=False)
    assert "改过的正文" in json.dumps(second, ensure_ascii=False)


# --- at a set time ----------------------------------------------------------------


def test_what_is_due_is_published_once():
    clerk, now = make_clerk(), timezone.now()
    issue = make_approved()
    workflow.schedule(issue, now + dt.timedelta(minutes=5), by=clerk)

    assert workflow.publish_due(now) == []
    assert workflow.publish_due(now + dt.timedelta(minutes=6)) == [issue]
    assert workflow.publish_due(now + dt.timedelta(minutes=6)) == []

    issue.refresh_from_db()
    assert (issue.status, issue.publish_at) == (Issue.Status.ISSUED, None)
    assert issue.events.last().actor == clerk


def test_an_issue_that_cannot_be_published_when_due_keeps_the_reason():
    clerk, now = make_clerk(), timezone.now()
    issue = make_approved()
    workflow.schedule(issue, now + dt.timedelta(minutes=5), by=clerk)
    change_body(issue)

    assert workflow.publish_due(now + dt.timedelta(minutes=6)) == []

    issue.refresh_from_db()
    assert issue.status == Issue.Status.APPROVED
    assert "签发后内容有改动" in issue.publish_failure


def test_a_time_that_has_passed_is_refused_and_a_set_one_can_be_given_up():
    issue, clerk = make_approved(), make_clerk()

    with pytest.raises(workflow.Refused, match="应在现在之后"):
        workflow.schedule(issue, timezone.now() - dt.timedelta(minutes=1), by=clerk)
    workflow.schedule(issue, timezone.now() + dt.timedelta(hours=1), by=clerk)
    issue = workflow.schedule(issue, None, by=clerk)

    assert (issue.publish_at, issue.scheduled_by) == (None, None)
    assert issue.events.last().comment == "取消定时"


# --- after the fact ---------------------------------------------------------------


def test_a_correction_is_a_second_edition_and_the_first_stays():
    issue = make_issued()
    first = issue.edition
    change_body(issue)
    person = grant(make_user(), "correct")

    issue = workflow.correct(issue, by=person, comment="数字有误")

    assert first is not None
    assert issue.edition is not None
    assert issue.edition != first
    assert (issue.edition.ordinal, issue.edition.note) == (2, "数字有误")
    assert (issue.number, issue.status) == (8, Issue.Status.ISSUED)
    assert "改过的正文" in workflow.frozen_html(issue.edition)
    assert "改过的正文" not in workflow.frozen_html(first)


def test_a_correction_that_corrects_nothing_is_refused():
    with pytest.raises(workflow.Refused, match="没有可以更正的"):
        workflow.correct(
            make_issued(), by=grant(make_user(), "correct"), comment="数字有误"
        )


def test_a_correction_cannot_change_the_date():
    issue = make_issued()
    Issue.objects.filter(pk=issue.pk).update(date=dt.date(2024, 9, 3))

    with pytest.raises(workflow.Refused, match="不能改变期号、类别、印发日期"):
        workflow.correct(issue, by=grant(make_user(), "correct"), comment="日期有误")


def test_a_text_that_changes_while_a_correction_is_printed_is_refused(monkeypatch):
    issue = make_issued()
    change_body(issue)

    def freeze_while_somebody_types(document, profile):
        change_body(issue, "又改了。")
        return FrozenFiles(html_digest="0" * 64, pdf_digest="0" * 64, pdf_size=1)

    monkeypatch.setattr(publishing, "freeze", freeze_while_somebody_types)
    with pytest.raises(workflow.WorkflowError, match="又有改动"):
        workflow.correct(issue, by=grant(make_user(), "correct"), comment="有误")


def test_a_withdrawn_issue_leaves_the_archive_and_keeps_number_and_edition():
    issue = workflow.withdraw(
        make_issued(), by=grant(make_user(), "withdraw"), comment="内容有误"
    )

    assert not Issue.objects.public().exists()
    assert list(Issue.objects.withdrawn()) == [issue]
    assert (issue.number, issue.withdrawal_reason) == (8, "内容有误")
    assert issue.edition is not None


def test_an_issue_that_cannot_be_printed_is_told(monkeypatch):
    issue = make_approved()

    def fail(document, profile):
        raise RenderError("找不到图片")

    monkeypatch.setattr(publishing, "freeze", fail)
    with pytest.raises(workflow.WorkflowError, match="排印失败：找不到图片"):
        workflow.publish(issue, by=make_clerk())


def test_publishing_gives_up_after_losing_to_others_again_and_again(monkeypatch):
    issue = make_approved()
    numbers = itertools.count(1)
    monkeypatch.setattr(
        publishing, "_numbered", lambda issue: make_document(number=next(numbers))
    )
    files = FrozenFiles(html_digest="0" * 64, pdf_digest="0" * 64, pdf_size=1)
    monkeypatch.setattr(publishing, "freeze", lambda document, profile: files)

    with pytest.raises(workflow.WorkflowError, match="请稍后再试"):
        workflow.publish(issue, by=make_clerk())


def test_a_row_no_document_can_hold_is_an_obstacle_not_a_crash():
    issue = make_issue()
    issue.articles.update(title="标\x07题")

    with pytest.raises(workflow.Refused, match="内容有误：标题：含有控制字符"):
        workflow.submit(issue, by=make_clerk())


def test_an_issue_whose_events_are_lost_goes_no_further():
    issue = make_issue()
    step = issue.bulletin.review_steps.get()
    Issue.objects.filter(pk=issue.pk).update(status=Issue.Status.REVIEW, step=step)

    with pytest.raises(workflow.Refused, match="没有“送审”的记录"):
        workflow.approve(issue, by=make_leader(issue.bulletin))


# --- numbers ----------------------------------------------------------------------


def test_gaps_are_listed_until_they_are_void_and_void_numbers_are_not_used_again():
    bulletin, clerk = make_bulletin(), make_clerk()
    for number in (3, 6):
        make_issued(bulletin, number=number)

    assert workflow.gaps(bulletin, "regular", 0) == [4, 5]
    workflow.void_number(bulletin, "regular", 0, 4, by=clerk, reason="送审后取消")
    workflow.void_number(bulletin, "regular", 0, 7, by=clerk, reason="印错")

    assert workflow.gaps(bulletin, "regular", 0) == [5]
    assert make_issued(bulletin, number=None).number == 8
    with pytest.raises(workflow.Refused, match="第4期已经作废"):
        make_issued(bulletin, number=4)


def test_a_planned_number_that_is_void_is_told_before_submitting():
    bulletin, clerk = make_bulletin(), make_clerk()
    make_issued(bulletin)
    workflow.void_number(bulletin, "regular", 0, 9, by=clerk, reason="印错")
    issue = make_issue(bulletin, number=9)

    (obstacle,) = workflow.obstacles(issue, Event.Move.SUBMIT, by=clerk)

    assert obstacle.message == "第9期已经作废，请改用别的期号"


def test_a_series_without_issues_has_no_gaps():
    assert workflow.gaps(make_bulletin(), "regular", 0) == []


@pytest.mark.parametrize(
    ("number", "reason", "message"),
    [
        (8, "印错", "第8期已经印发，不能作废"),
        (9, " ", "作废期号必须写明原因"),
        (7, "印错", "第7期已经作废"),
        (10, "印错", "还没有编到第10期，不能作废"),
    ],
)
def test_a_number_is_voided_only_for_a_reason_and_once(number, reason, message):
    bulletin, clerk = make_bulletin(), make_clerk()
    make_issued(bulletin)
    workflow.void_number(bulletin, "regular", 0, 7, by=clerk, reason="印错")

    with pytest.raises(workflow.Refused, match=message):
        workflow.void_number(bulletin, "regular", 0, number, by=clerk, reason=reason)


@pytest.mark.parametrize(("numbering", "year"), [("continuous", 2024), ("yearly", 0)])
def test_a_number_is_not_voided_in_a_series_the_bulletin_does_not_have(numbering, year):
    bulletin = make_bulletin(numbering=numbering)

    with pytest.raises(workflow.Refused, match="编号年度与这份简报的编号方式不符"):
        workflow.void_number(
            bulletin, "regular", year, 1, by=make_clerk(), reason="印错"
        )


def test_only_who_publishes_voids_numbers():
    with pytest.raises(workflow.Refused, match="您没有“印发”的权限"):
        workflow.void_number(
            make_bulletin(), "regular", 0, 7, by=make_user(), reason="印错"
        )


def test_a_total_number_is_issued_once():
    bulletin = make_bulletin(counts_total=True)
    make_issued(bulletin, total_number=128)

    with pytest.raises(workflow.Refused, match="总第128期已经印发过"):
        make_issued(bulletin, number=9, total_number=128)
