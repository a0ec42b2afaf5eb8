"""The moves: what each writes, and what each refuses."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from bulletins import workflow
from bulletins.bounds import SectionKind
from bulletins.composing import frozen_document
from bulletins.document import Masthead, SectionEntry, digest, from_json
from bulletins.models import Bulletin, Event, Issue
from tests.factories import (
    grant,
    make_article,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
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
