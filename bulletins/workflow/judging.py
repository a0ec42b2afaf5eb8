"""Whether a move is possible: one table of rules, one function that tells all reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from bulletins import proofing, rendering
from bulletins.composing import document_of
from bulletins.document import DocumentError, IssueDocument, content_digest
from bulletins.findings import Finding, Severity
from bulletins.models import Event, Issue
from bulletins.notices import who_and_when
from bulletins.pictures import folder_for
from bulletins.workflow import numbering
from bulletins.workflow.refusing import Obstacle, obstacle_of

Move, Status = Event.Move, Issue.Status


@dataclass(frozen=True, slots=True)
class Rule:
    """From which statuses a move leads on, who may make it, and whether it says why."""

    statuses: frozenset[Issue.Status]
    permission: str
    needs_reason: bool = False


RULES = {
    Move.SUBMIT: Rule(frozenset({Status.DRAFT}), "submit_issue"),
    Move.APPROVE: Rule(frozenset({Status.REVIEW}), "approve_issue"),
    Move.SEND_BACK: Rule(frozenset({Status.REVIEW}), "approve_issue", needs_reason=True),
    Move.RECALL: Rule(frozenset({Status.REVIEW, Status.APPROVED}), "submit_issue"),
    Move.AMEND: Rule(frozenset({Status.REVIEW}), "amend_issue"),
    Move.OVERRIDE: Rule(frozenset({Status.REVIEW}), "override_issue", needs_reason=True),
    Move.CONFIRM: Rule(
        frozenset({Status.APPROVED, Status.ISSUED, Status.WITHDRAWN}), "approve_issue"
    ),
    Move.SCHEDULE: Rule(frozenset({Status.APPROVED}), "publish_issue"),
    Move.PUBLISH: Rule(frozenset({Status.APPROVED}), "publish_issue"),
    Move.CORRECT: Rule(frozenset({Status.ISSUED}), "correct_issue", needs_reason=True),
    Move.WITHDRAW: Rule(frozenset({Status.ISSUED}), "withdraw_issue", needs_reason=True),
}  # fmt: skip

# The events a text is signed on, and those that sign it.
_HANDED_IN = (Move.SUBMIT, Move.AMEND)
_SIGNED = (Move.APPROVE, Move.OVERRIDE)
_OF_A_STEP = {Move.APPROVE, Move.SEND_BACK}
_NEEDS_A_SOUND_TEXT = {
    Move.SUBMIT, Move.APPROVE, Move.OVERRIDE, Move.SCHEDULE, Move.PUBLISH, Move.CORRECT,
}  # fmt: skip


def obstacles(
    issue: Issue,
    move: Event.Move,
    *,
    by: User,
    seen: int | None = None,
    reason: str | None = None,
    text: str | None = None,
) -> list[Obstacle]:
    """Return every reason why the move is not possible now; empty if it is.

    ``seen`` is the last event the person had before their eyes, ``text`` the content
    digest of what they read (None: not asked); ``reason`` the words they gave (None: not given yet, so not judged).
    """
    rule = RULES[move]
    found = [*_rights(issue, rule, by), *_stale(issue, seen)]
    if issue.status not in rule.statuses:
        # What else is wrong depends on where the issue is: that comes first.
        return [*found, _elsewhere(issue, rule)]
    if rule.needs_reason and reason is not None and not reason.strip():
        found.append(Obstacle(f"{move.label}必须写明原因"))
    if move in _OF_A_STEP:
        found += _not_at_this_step(issue, by)
    if move is Move.APPROVE:
        found += _four_eyes(issue, by)
    if move is Move.CONFIRM:
        found += _not_to_confirm(issue, by)
    if move in _NEEDS_A_SOUND_TEXT:
        found += _text_faults(issue, move, text)
    return found


# --- who and where ----------------------------------------------------------------


def _rights(issue: Issue, rule: Rule, by: User) -> Iterator[Obstacle]:
    if not by.is_active or not by.has_perm(f"bulletins.{rule.permission}"):
        names = dict(Issue._meta.permissions)
        right = str(names[rule.permission]).removeprefix("可以")
        yield Obstacle(f"您没有“{right}”的权限")


def _stale(issue: Issue, seen: int | None) -> Iterator[Obstacle]:
    if seen is None:
        return
    newer = issue.events.select_related("actor").filter(pk__gt=seen)
    if happened := [describe(event) for event in newer]:
        yield Obstacle(f"您打开之后已有新的办理：{'，'.join(happened)}；请刷新后再办")


def describe(event: Event) -> str:
    """Return e.g. 张三 9月2日 10:20 退回（请核对数字）."""
    comment = f"（{event.comment}）" if event.comment else ""
    return f"{who_and_when(event)}{comment}"


def _elsewhere(issue: Issue, rule: Rule) -> Obstacle:
    wanted = "”或“".join(status.label for status in Status if status in rule.statuses)
    last = issue.events.select_related("actor").last()
    happened = f"（{describe(last)}）" if last else ""
    return Obstacle(
        f"{issue} 现在是“{issue.get_status_display()}”{happened}，"
        f"只有“{wanted}”时才能这样办理"
    )


def _not_at_this_step(issue: Issue, by: User) -> Iterator[Obstacle]:
    step = issue.step
    assert step is not None  # noqa: S101 - held by issue_at_a_step_iff_in_review
    if not by.groups.filter(pk=step.group_id).exists():
        yield Obstacle(f"“{step.name}”由“{step.group}”办理，您不在其中")


def _four_eyes(issue: Issue, by: User) -> Iterator[Obstacle]:
    # Both count: a reviewer's correction does not let the submitter sign.
    if _submitted_by(issue, by):
        yield Obstacle("送审人不能签发自己送审的简报")
        return
    edited = issue.revisions.last()
    if edited is not None and edited.author_id == by.pk:
        yield Obstacle("最后修改的人不能签发自己修改的简报")


def _submitted_by(issue: Issue, by: User) -> bool:
    submitted = last_event(issue, Move.SUBMIT)
    return submitted is not None and submitted.actor_id == by.pk


def _not_to_confirm(issue: Issue, by: User) -> Iterator[Obstacle]:
    if issue.urgent_signer_id is None:
        yield Obstacle("这一期没有待补签的紧急签发")
    elif issue.urgent_signer_id == by.pk:
        yield Obstacle("紧急签发须由另一人补签")
    elif _submitted_by(issue, by):
        yield Obstacle("送审人不能补签自己送审的简报")
    elif not by.groups.filter(review_steps__bulletin=issue.bulletin_id).exists():
        yield Obstacle("补签须由这份简报的审签人员办理")


# --- the text ---------------------------------------------------------------------


def _text_faults(
    issue: Issue, move: Event.Move, text: str | None
) -> Iterator[Obstacle]:
    try:
        document = document_of(issue)
    except DocumentError as error:
        yield Obstacle(f"内容有误：{error}")
        return
    if text is not None and text != content_digest(document):
        yield Obstacle("您打开之后内容又有改动，请刷新核对后再办")
    yield from map(obstacle_of, errors_of(document))
    if issue.secrecy and issue.bulletin.is_public:
        yield Obstacle("标有密级的简报不能在公开的简报中印发")
    if move is Move.SUBMIT and not issue.bulletin.review_steps.exists():
        yield Obstacle(f"简报“{issue.bulletin}”还没有设置审签环节，不能送审")
    if move in {Move.SUBMIT, Move.SCHEDULE, Move.PUBLISH}:
        yield from _planned_numbers_taken(issue)
    if move in {Move.APPROVE, Move.OVERRIDE}:
        yield from _changed_since(issue, document, *_HANDED_IN)
    if move in {Move.SCHEDULE, Move.PUBLISH}:
        yield from _changed_since(issue, document, *_SIGNED)


def _planned_numbers_taken(issue: Issue) -> list[Obstacle]:
    """Tell early what publishing would refuse."""
    signature = last_event(issue, *_SIGNED)
    # Without a date of its own it goes out on the day of its last signature.
    at = signature.at if signature is not None else timezone.now()
    date = issue.date or timezone.localdate(at)
    planned = issue.planned_number, issue.planned_total_number
    return numbering.taken(issue, *planned, date)


def errors_of(document: IssueDocument) -> list[Finding]:
    """Return what in the text stops it from being submitted, signed or printed."""
    findings = [
        *proofing.completeness(document),
        *rendering.missing_characters(document),
        *rendering.excesses(document, folder_for(document)),
    ]
    return [f for f in findings if f.severity is Severity.ERROR]


def _changed_since(
    issue: Issue, document: IssueDocument, *moves: Event.Move
) -> Iterator[Obstacle]:
    event = last_event(issue, *moves)
    if event is None:
        yield Obstacle(f"{issue} 没有“{moves[0].label}”的记录，不能继续办理")
    elif content_digest(document) != event.content_digest:
        what = event.get_move_display()
        yield Obstacle(f"{what}后内容有改动，不能继续办理，请退回重新送审")


def last_event(issue: Issue, *moves: Event.Move) -> Event | None:
    """Return the last of these moves of the issue, if there was one."""
    return issue.events.filter(move__in=moves).last()
