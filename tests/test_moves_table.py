"""Who may do what where: every cell of (status × move × role), from one table."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from bulletins import workflow
from bulletins.models import Event, Issue
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles
from tests.factories import make_bulletin, make_clerk, make_issue, make_user

pytestmark = pytest.mark.django_db

Move, Status = Event.Move, Issue.Status

EDITOR, REVIEWER, SIGNER = "编辑", "审核", "签发"
PUBLISHER, ADMINISTRATOR, NOBODY = "发行", "管理员", "无权限的人"
ROLES = [EDITOR, REVIEWER, SIGNER, PUBLISHER, ADMINISTRATOR, NOBODY]

# The issue waits at the first of two steps: 审核, then 签发. An approved one was signed
# urgently, so that it can be confirmed.
ALLOWED = {
    (Status.DRAFT, Move.SUBMIT): {EDITOR},
    (Status.REVIEW, Move.APPROVE): {REVIEWER},
    (Status.REVIEW, Move.SEND_BACK): {REVIEWER},
    (Status.REVIEW, Move.RECALL): {EDITOR},
    (Status.REVIEW, Move.AMEND): {REVIEWER, SIGNER},
    (Status.REVIEW, Move.OVERRIDE): {SIGNER},
    (Status.APPROVED, Move.RECALL): {EDITOR},
    (Status.APPROVED, Move.CONFIRM): {REVIEWER, SIGNER},
    (Status.APPROVED, Move.SCHEDULE): {PUBLISHER},
    (Status.APPROVED, Move.PUBLISH): {PUBLISHER},
    (Status.ISSUED, Move.CONFIRM): {REVIEWER, SIGNER},
    (Status.ISSUED, Move.CORRECT): {PUBLISHER},
    (Status.ISSUED, Move.WITHDRAW): {PUBLISHER},
    (Status.WITHDRAWN, Move.CONFIRM): {REVIEWER, SIGNER},
}
LEADS_TO = {
    Move.SUBMIT: Status.REVIEW,
    Move.APPROVE: Status.REVIEW,
    Move.SEND_BACK: Status.DRAFT,
    Move.RECALL: Status.DRAFT,
    Move.AMEND: Status.REVIEW,
    Move.OVERRIDE: Status.APPROVED,
    Move.SCHEDULE: Status.APPROVED,
    Move.PUBLISH: Status.ISSUED,
    Move.CORRECT: Status.ISSUED,
    Move.WITHDRAW: Status.WITHDRAWN,
}


@pytest.fixture(autouse=True)
def no_printing(monkeypatch):
    """Rendering is not what this table is about."""
    files = FrozenFiles(html_digest="0" * 64, pdf_digest="0" * 64, pdf_size=1)
    monkeypatch.setattr(publishing, "freeze", lambda document, profile: files)


def make_person(role: str) -> User:
    user = make_user()
    if role != NOBODY:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_issue_at(status: Issue.Status) -> Issue:
    bulletin = make_bulletin(steps=0)
    for position, name in enumerate((REVIEWER, SIGNER), start=1):
        group = Group.objects.get(name=name)
        bulletin.review_steps.create(position=position, name=name, group=group)
    issue = make_issue(bulletin)
    if status == Status.DRAFT:
        return issue
    issue = workflow.submit(issue, by=make_clerk())
    if status == Status.REVIEW:
        return issue
    issue = workflow.override(issue, by=make_person(SIGNER), comment="汛情紧急")
    if status == Status.APPROVED:
        return issue
    issue = workflow.publish(issue, by=make_person(PUBLISHER))
    if status == Status.ISSUED:
        return issue
    return workflow.withdraw(issue, by=make_person(PUBLISHER), comment="数字有误")


def change_text(issue: Issue) -> None:
    issue.articles.update(body="<p>改过的正文。</p>")


def amend(issue: Issue, *, by: User) -> Issue:
    change_text(issue)
    workflow.record_edit(issue, by=by)
    return issue


def correct(issue: Issue, *, by: User) -> Issue:
    change_text(issue)
    return workflow.correct(issue, by=by, comment="数字有误")


MAKE: dict[Event.Move, Callable[..., object]] = {
    Move.SUBMIT: workflow.submit,
    Move.APPROVE: workflow.approve,
    Move.SEND_BACK: lambda issue, by: workflow.send_back(
        issue, by=by, comment="请核对"
    ),
    Move.RECALL: workflow.recall,
    Move.AMEND: amend,
    Move.OVERRIDE: lambda issue, by: workflow.override(issue, by=by, comment="紧急"),
    Move.CONFIRM: workflow.confirm,
    Move.SCHEDULE: lambda issue, by: workflow.schedule(
        issue, timezone.now() + dt.timedelta(hours=1), by=by
    ),
    Move.PUBLISH: workflow.publish,
    Move.CORRECT: correct,
    Move.WITHDRAW: lambda issue, by: workflow.withdraw(issue, by=by, comment="有误"),
}


def test_the_table_speaks_of_every_move_and_status():
    assert set(MAKE) == set(Move) == set(workflow.RULES)
    assert {status for status, _ in ALLOWED} == set(Status)
    for move, rule in workflow.RULES.items():
        assert rule.statuses == {status for status, m in ALLOWED if m == move}


# An edit is an amendment only in review; elsewhere it makes no move at all.
CELLS = [
    pytest.param(status, move, role, id=f"{status}-{move}-{role}")
    for status, move, role in itertools.product(Status, Move, ROLES)
    if move is not Move.AMEND or status is Status.REVIEW
]


@pytest.mark.parametrize(("status", "move", "role"), CELLS)
def test_a_move_is_possible_exactly_where_the_table_says(status, move, role):
    issue, person = make_issue_at(status), make_person(role)
    before = issue.events.count()
    is_allowed = role in ALLOWED.get((status, move), set())

    assert (workflow.obstacles(issue, move, by=person) == []) is is_allowed
    if is_allowed:
        MAKE[move](issue, by=person)
    else:
        with pytest.raises(workflow.Refused):
            MAKE[move](issue, by=person)

    issue.refresh_from_db()
    assert issue.events.count() == before + is_allowed
    assert issue.status == (LEADS_TO.get(move, status) if is_allowed else status)
    if is_allowed:
        event = issue.events.last()
        assert (event.move, event.actor, event.from_status) == (move, person, status)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.REVIEW])
def test_an_edit_outside_review_is_no_move(status):
    issue, person = make_issue_at(status), make_person(EDITOR)
    before = issue.events.count()
    change_text(issue)

    assert workflow.record_edit(issue, by=person) is not None
    assert issue.events.count() == before
