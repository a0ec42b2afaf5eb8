"""Two at the same instant: real threads, real transactions, on both databases.

Nothing waits by the clock. Where it matters how far both have come, they meet at a
barrier; where it does not, they start at one.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bulletins import notices, workflow
from bulletins.admin.issues import IssueAdmin
from bulletins.models import Bulletin, Edition, Event, Issue
from bulletins.workflow import publishing
from bulletins.workflow.freezing import FrozenFiles
from bulletins.workflow.recording import lock
from tests.factories import make_bulletin, make_clerk, make_issue, make_leader
from tests.test_admin import change_url, form_of
from tests.together import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[object]) -> list[str]:
    return [str(r) for r in results if isinstance(r, workflow.WorkflowError)]


class Printer:
    """Freezes nothing; the first ``meeting`` prints wait for each other."""

    def __init__(self, meeting: int = 0) -> None:
        self.prints = 0
        self._counting = threading.Lock()
        self._meeting = meeting
        self._gate = threading.Barrier(max(meeting, 1), timeout=PATIENCE)

    def __call__(self, document, profile) -> FrozenFiles:
        with self._counting:
            self.prints += 1
            meets = self.prints <= self._meeting
        if meets:
            self._gate.wait()
        return FrozenFiles("a" * 64, "b" * 64, 1)


@pytest.fixture
def printer(monkeypatch) -> Callable[..., Printer]:
    """Printing takes seconds and is no part of a race but its length."""

    def install(meeting: int = 0) -> Printer:
        printer = Printer(meeting)
        monkeypatch.setattr(publishing, "freeze", printer)
        return printer

    install()
    return install


def make_signed(bulletin: Bulletin, **fields) -> Issue:
    issue = make_issue(bulletin, **{"number": None, **fields})
    issue = workflow.submit(issue, by=make_clerk())
    return workflow.approve(issue, by=make_leader(bulletin))


def publishing_of(issue: Issue) -> Callable[[], object]:
    clerk = make_clerk()
    return lambda: workflow.publish(issue, by=clerk)


# --- numbers ----------------------------------------------------------------------


@pytest.mark.parametrize("numbering", Bulletin.Numbering)
def test_two_issues_published_at_once_get_two_numbers(printer, numbering):
    bulletin = make_bulletin(numbering=numbering, counts_total=True)
    calls = [publishing_of(make_signed(bulletin)) for _ in range(2)]
    # Both are printed as 第1期 before either takes a number.
    printer = printer(meeting=2)

    results = at_once(*calls)

    assert refusals(results) == []
    numbers = bulletin.issues.order_by("number").values_list("number", "total_number")
    assert list(numbers) == [(1, 1), (2, 2)]
    assert printer.prints == 3  # who lost printed again, with the next
    frozen = [e.document for e in Edition.objects.order_by("issue__number")]
    assert ['"number":1,' in d for d in frozen] == [True, False]
    assert '"number":2,' in frozen[1]


def test_eight_issues_published_by_four_people_are_numbered_without_a_gap(printer):
    bulletin = make_bulletin()
    calls = [publishing_of(make_signed(bulletin)) for _ in range(8)]
    printer(meeting=4)

    def two_of_them(first: int) -> Callable[[], object]:
        return lambda: [calls[first](), calls[first + 1]()]

    results = at_once(*map(two_of_them, range(0, 8, 2)))

    assert refusals(results) == []
    numbers = bulletin.issues.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert workflow.gaps(bulletin, Issue.Kind.REGULAR, 0) == []


def test_a_number_planned_twice_goes_to_one_of_the_two(printer):
    bulletin = make_bulletin()
    calls = [publishing_of(make_signed(bulletin, number=8)) for _ in range(2)]
    printer(meeting=2)

    [refusal] = refusals(at_once(*calls))

    assert refusal == "第8期已经印发过，请改用别的期号"
    assert bulletin.issues.filter(number=8).count() == 1


def test_a_number_made_void_while_it_is_printed_is_passed_over(printer):
    bulletin = make_bulletin()
    publish = publishing_of(make_signed(bulletin))
    printer, clerk = printer(meeting=1), make_clerk()

    def make_void() -> object:
        return workflow.void_number(
            bulletin, Issue.Kind.REGULAR, 0, 1, by=clerk, reason="印坏"
        )

    results = at_once(publish, make_void)

    # One of two stories, each without a contradiction.
    issue = bulletin.issues.get()
    if refusals(results):
        assert (issue.number, bulletin.voided_numbers.count()) == (1, 0)
    else:
        assert (issue.number, bulletin.voided_numbers.count()) == (2, 1)


def test_one_issue_published_by_two_people_is_published_once(printer):
    issue = make_signed(make_bulletin())
    calls = [publishing_of(issue) for _ in range(2)]
    printer(meeting=2)

    [refusal] = refusals(at_once(*calls))

    assert "现在是“已印发”" in refusal
    assert issue.editions.count() == 1
    assert issue.events.filter(move=Event.Move.PUBLISH).count() == 1


def test_issues_are_published_while_drafts_of_the_bulletin_are_made(printer):
    bulletin = make_bulletin()
    calls = [publishing_of(make_signed(bulletin)) for _ in range(2)]

    results = at_once(*calls, *[lambda: make_issue(bulletin)] * 2)

    assert refusals(results) == []
    assert bulletin.issues.count() == 4


# --- signatures -------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2])
def test_of_two_leaders_signing_at_once_the_second_is_told_what_happened(steps):
    issue = make_issue(make_bulletin(steps=steps))
    leaders = [make_leader(issue.bulletin) for _ in range(2)]
    issue = workflow.submit(issue, by=make_clerk())
    seen = issue.events.last().pk

    results = at_once(
        *(lambda by=by: workflow.approve(issue, by=by, seen=seen) for by in leaders)
    )

    [refusal] = refusals(results)
    signature = issue.events.get(move=Event.Move.APPROVE)
    assert workflow.describe(signature) in refusal


def test_a_leader_who_signs_while_another_sends_back_does_not_undo_it():
    issue = make_issue()
    one, other = (make_leader(issue.bulletin) for _ in range(2))
    issue = workflow.submit(issue, by=make_clerk())

    results = at_once(
        lambda: workflow.approve(issue, by=one),
        lambda: workflow.send_back(issue, by=other, comment="请核对数字"),
    )

    assert len(refusals(results)) == 1
    assert issue.events.count() == 2
    issue.refresh_from_db()
    assert issue.status == issue.events.last().to_status


def test_a_double_click_signs_once():
    issue = make_issue(make_bulletin(steps=2))
    leader = make_leader(issue.bulletin, 1)
    # Of both groups: the second click could pass for the second signature.
    issue.bulletin.review_steps.get(position=2).group.user_set.add(leader)
    issue = workflow.submit(issue, by=make_clerk())
    seen = issue.events.last().pk

    click = [lambda: workflow.approve(issue, by=leader, seen=seen)]
    [refusal] = refusals(at_once(*click * 2))

    assert "您打开之后已有新的办理" in refusal
    assert issue.events.filter(move=Event.Move.APPROVE).count() == 1
    issue.refresh_from_db()
    assert issue.step.position == 2


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite locks before it reads anything"
)
def test_who_had_to_wait_for_the_row_finds_it_at_the_step_it_has_come_to():
    issue = make_issue(make_bulletin(steps=2))
    leaders = [make_leader(issue.bulletin) for _ in range(2)]
    workflow.submit(issue, by=make_clerk())
    calls = [lambda by=by: workflow.approve(issue, by=by) for by in leaders]

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock(issue)
            both = pool.submit(at_once, *calls)
            while waiting_for_a_lock() < 2:
                assert not both.done()
        results = both.result()

    [refusal] = refusals(results)
    assert refusal.startswith("“第2步审签”由")


def waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        # Seen once in a transaction, the activity stays as it was.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        [count] = cursor.fetchone()
    return int(count)


# --- the clock --------------------------------------------------------------------


def test_two_runs_at_once_publish_what_is_due_once(printer):
    bulletin = make_bulletin()
    clerk, at = make_clerk(), timezone.now() + dt.timedelta(minutes=5)
    for _ in range(2):
        workflow.schedule(make_signed(bulletin), at, by=clerk)
    printer(meeting=2)

    results = at_once(*[lambda: workflow.publish_due(at)] * 2)

    assert sorted(issue.pk for run in results for issue in run) == sorted(
        bulletin.issues.values_list("pk", flat=True)
    )
    assert set(bulletin.issues.values_list("status", "publish_failure")) == {
        (Issue.Status.ISSUED, "")
    }
    assert Edition.objects.count() == 2


def test_an_issue_recalled_at_its_time_is_either_published_or_recalled(printer):
    issue = make_signed(make_bulletin())
    clerk, at = make_clerk(), timezone.now() + dt.timedelta(minutes=5)
    workflow.schedule(issue, at, by=clerk)

    published, recalled = at_once(
        lambda: workflow.publish_due(at), lambda: workflow.recall(issue, by=clerk)
    )

    issue.refresh_from_db()
    if published:
        assert issue.status == Issue.Status.ISSUED
        assert isinstance(recalled, workflow.WorkflowError)
    else:
        assert (issue.status, issue.publish_failure) == (Issue.Status.DRAFT, "")


# --- afterwards -------------------------------------------------------------------


def test_a_double_click_corrects_once(printer):
    issue = workflow.publish(make_signed(make_bulletin()), by=make_clerk())
    corrector = make_clerk(is_superuser=True)
    issue.articles.update(title="改正后的标题")
    printer(meeting=2)

    click = [lambda: workflow.correct(issue, by=corrector, comment="标题有误")]
    [refusal] = refusals(at_once(*click * 2))

    assert "内容与现行版本相同" in refusal
    assert issue.editions.count() == 2


def test_a_reminder_asked_for_twice_at_once_reaches_each_person_once():
    issue = make_issue()
    leaders = [make_leader(issue.bulletin) for _ in range(2)]
    clerk = make_clerk()
    issue = workflow.submit(issue, by=clerk)

    results = at_once(*[lambda: notices.remind(issue, by=clerk)] * 2)

    assert sorted(results) == [0, 2]
    reminded = issue.notices.filter(event=None).values_list("user", flat=True)
    assert sorted(reminded) == sorted(leader.pk for leader in leaders)


# --- the form ---------------------------------------------------------------------


def test_a_form_saved_while_the_issue_is_submitted_does_not_take_it_back(
    client, monkeypatch
):
    """What the form has read of status and step must not be written over the move."""
    issue, clerk = make_issue(), make_clerk()
    editor = make_clerk(is_superuser=True, is_staff=True)
    save = IssueAdmin.save_form
    client.force_login(editor)

    with ThreadPoolExecutor(1) as pool:

        def saved_after_a_submission_has_tried(self, *arguments, **options) -> Any:
            submission = pool.submit(at_once, lambda: workflow.submit(issue, by=clerk))
            if connection.vendor == "postgresql":
                # On SQLite it waits for the whole of this transaction.
                while not submission.done() and not waiting_for_a_lock():
                    pass
            submissions.append(submission)
            return save(self, *arguments, **options)

        submissions: list[Any] = []
        monkeypatch.setattr(IssueAdmin, "save_form", saved_after_a_submission_has_tried)
        form = form_of(issue, editors_note="值得一读。")
        response = client.post(change_url(issue), form)
        [result] = submissions[0].result()

    assert response.status_code == 302
    assert refusals([result]) == []
    issue.refresh_from_db()
    assert (issue.status, issue.editors_note) == (Issue.Status.REVIEW, "值得一读。")
