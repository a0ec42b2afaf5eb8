"""The review page of an issue: what it says, what changed, and the next move.

A move is a POST that carries the opinion and the last event the person had seen. One
that is refused comes back as the same page, with every reason and all that was typed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from bulletins import differences, notices, rendering, workflow
from bulletins.admin.desk import mark_saved
from bulletins.admin.pages import (
    STATUS_BADGES,
    by_post,
    issue_to_read,
    label_of,
    require_reader,
    show,
)
from bulletins.composing import document_of, frozen_document, printed_layout
from bulletins.document import (
    ArticleEntry,
    DocumentError,
    IssueDocument,
    anchored_items,
    content_digest,
    from_json,
)
from bulletins.forms import MoveForm, RemarkForm
from bulletins.models import Event, Issue, Phrase, Remark, Revision
from bulletins.workflow import Obstacle, Refused, WorkflowError

Move, Status = Event.Move, Issue.Status

# Where an issue stands, the move that leads on from there.
_NEXT = {
    Status.DRAFT: Move.SUBMIT,
    Status.REVIEW: Move.APPROVE,
    Status.APPROVED: Move.PUBLISH,
}
_WHAT_IT_DOES = {
    Move.SUBMIT: "送审后内容锁定，由审签人员办理；可附言说明。",
    Move.APPROVE: "签发的就是本页的内容，此后不能再改。",
    Move.SEND_BACK: "退回编辑修改，请写明意见。",
    Move.RECALL: "收回修改，已有的签发作废，须重新送审。",
    Move.OVERRIDE: "越过其余环节直接签发，须写明原因，事后由另一人补签。",
    Move.CONFIRM: "确认此前的紧急签发。",
    Move.SCHEDULE: "到时间自动印发；到时如不能印发，会写明原因。",
    Move.PUBLISH: "取号、定日期、固化网页和 PDF，并在公开范围内发布。",
    Move.CORRECT: "把已改好的内容印发为同一期号的新版本；说明会公开，原版本保留。",
    Move.WITHDRAW: "从公开网页撤下，原因会公开；不能恢复。",
}
_DESTRUCTIVE = {Move.SEND_BACK, Move.RECALL, Move.OVERRIDE, Move.WITHDRAW}
_OPINION_LABELS = {
    Move.SUBMIT: "附言",
    Move.RECALL: "附言",
    Move.PUBLISH: "附言",
    Move.OVERRIDE: "原因",
    Move.WITHDRAW: "原因（公开）",
    Move.CORRECT: "更正说明（公开）",
}
# Until these, the text may be edited while somebody reads it.
_OF_AN_OPEN_TEXT = {Move.SUBMIT, Move.CORRECT}
_WITH_PHRASES = {Move.APPROVE, Move.SEND_BACK, Move.CONFIRM}
_ACTS: dict[Event.Move, Callable[..., Issue]] = {
    Move.SUBMIT: workflow.submit,
    Move.APPROVE: workflow.approve,
    Move.SEND_BACK: workflow.send_back,
    Move.RECALL: workflow.recall,
    Move.OVERRIDE: workflow.override,
    Move.CONFIRM: workflow.confirm,
    Move.PUBLISH: workflow.publish,
    Move.CORRECT: workflow.correct,
    Move.WITHDRAW: workflow.withdraw,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A move the person has the right to, with what stands in its way now."""

    move: Event.Move
    obstacles: tuple[Obstacle, ...]
    is_next: bool

    @property
    def label(self) -> str:
        """Return the word on the button."""
        return self.move.label

    @property
    def hint(self) -> str:
        """Return what the move does, in a sentence."""
        return _WHAT_IT_DOES[self.move]

    @property
    def opinion_label(self) -> str:
        """Return what is asked for beside the move."""
        return _OPINION_LABELS.get(self.move, "意见")

    @property
    def needs_reason(self) -> bool:
        """Return whether the move must say why."""
        return workflow.RULES[self.move].needs_reason

    @property
    def is_destructive(self) -> bool:
        """Return whether the move undoes something."""
        return self.move in _DESTRUCTIVE

    @property
    def offers_phrases(self) -> bool:
        """Return whether the common opinions fit this move."""
        return self.move in _WITH_PHRASES

    @property
    def is_timed(self) -> bool:
        """Return whether the move asks for a time instead of an opinion."""
        return self.move is Move.SCHEDULE


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that was tried and refused: all reasons, and what was typed."""

    move: Event.Move
    reasons: tuple[Obstacle, ...]
    comment: str
    phrases: tuple[str, ...]
    at: str


# --- the page ---------------------------------------------------------------------


@require_safe
def review_page(request: HttpRequest, pk: int | str) -> HttpResponse:
    """Show the issue as it will be printed, and what the person may do with it."""
    return _page(request, issue_to_read(request, pk))


def _page(
    request: HttpRequest,
    issue: Issue,
    refusal: Refusal | None = None,
    remark_form: RemarkForm | None = None,
) -> HttpResponse:
    user = require_reader(request)
    notices.mark_read(issue, user)
    events = list(issue.events.select_related("actor").defer("document"))
    offers = tuple(_offers(issue, user))
    label = label_of(issue)
    context = {
        "title": f"{issue.bulletin} {label}",
        "issue": issue,
        "label": label,
        "badge": STATUS_BADGES[Status(issue.status)],
        "events": events,
        "last": events[-1] if events else None,
        "public_url": _public_url(issue),
        "seen": events[-1].pk if events else 0,
        "refusal": refusal,
        "remark_form": remark_form or RemarkForm(),
        "bar": _bar(offers),
        "others": [offer for offer in offers if offer not in _bar(offers)],
        "offers_open": refusal.move if refusal else None,
        "phrases": Phrase.objects.all(),
        "may_edit": workflow.may_edit(issue, user),
        "may_remind": _waits_for_a_signature(issue)
        and user.has_perm("bulletins.submit_issue"),
        "remarks": issue.remarks.select_related("author", "done_by"),
        "may_remark": _may_remark(issue, user),
        "may_tick_off": _may_tick_off(user),
        **_text_of(issue, user),
    }
    status = 409 if refusal else 200
    return show(request, "admin/bulletins/issue/review.html", context, status)


def _public_url(issue: Issue) -> str:
    known = Issue.objects.public() | Issue.objects.withdrawn()
    return issue.get_absolute_url() if known.filter(pk=issue.pk).exists() else ""


def _text_of(issue: Issue, user: User) -> dict[str, Any]:
    """Return the official page, its places, and what changed; or what is wrong."""
    try:
        document = document_of(issue)
    except DocumentError as error:
        return {"fault": str(error)}
    return {
        "page": rendering.trusted(
            rendering.render_fragment(document, printed_layout(issue))
        ),
        "text_digest": content_digest(document),
        "places": list(_places(document)),
        **_changes(issue, user, document),
    }


def _places(document: IssueDocument) -> Iterator[tuple[str, str]]:
    """Yield where a remark can stand: each article, and the brief items together."""
    known = set()
    for anchor, item in anchored_items(document):
        if anchor not in known:
            known.add(anchor)
            yield anchor, item.plain_title if isinstance(item, ArticleEntry) else "简讯"


def beside_form(issue: Issue, user: User) -> dict[str, Any]:
    """Return what the form of an issue says of its review."""
    last = issue.events.select_related("actor").last()
    came_back = last is not None and last.move == Move.SEND_BACK
    return {
        "issue": issue,
        "sent_back": last if came_back else None,
        "remarks": issue.remarks.select_related("author", "done_by"),
        "may_edit": workflow.may_edit(issue, user),
        "may_tick_off": _may_tick_off(user),
    }


# --- what changed -----------------------------------------------------------------


def _changes(issue: Issue, user: User, document: IssueDocument) -> dict[str, Any]:
    if issue.edition is not None:
        before, since = frozen_document(issue), f"现行的第{issue.edition.ordinal}版"
    else:
        event = _last_seen(issue, user)
        if event is None:
            return {}
        before, since = recorded(event), workflow.describe(event)
    changes = differences.between(before, document)
    if not changes:
        return {}
    html = rendering.trusted(rendering.render_differences(changes))
    return {"changes": html, "changed_since": since}


def _last_seen(issue: Issue, user: User) -> Event | None:
    """Return the move on the text this person saw last.

    That is their own last one, or else the last hand-in before the newest.
    """
    told = issue.events.select_related("actor").exclude(document="").order_by("-pk")
    handed_in = told.filter(move=Move.SUBMIT)
    return told.filter(actor=user).first() or next(iter(handed_in[1:2]), None)


def recorded(row: Event | Revision) -> IssueDocument:
    """Return the text a move was made on, or an edit left."""
    return from_json(json.loads(row.document))


# --- what can be done -------------------------------------------------------------


def _offers(issue: Issue, user: User) -> Iterator[Offer]:
    """Yield the moves from where the issue stands that the person has the right to."""
    following = move_after(issue)
    for move, rule in workflow.RULES.items():
        if move not in _WHAT_IT_DOES or issue.status not in rule.statuses:
            continue
        if not user.has_perm(f"bulletins.{rule.permission}"):
            continue
        if move is Move.CONFIRM and issue.urgent_signer_id is None:
            continue
        found = tuple(workflow.obstacles(issue, move, by=user))
        yield Offer(move, found, is_next=move is following)


def move_after(issue: Issue) -> Event.Move | None:
    """Return the move that leads on; an edited issue that is out waits for 更正."""
    if issue.edition is None or issue.status != Status.ISSUED:
        return _NEXT.get(Status(issue.status))
    try:
        is_edited = document_of(issue) != frozen_document(issue)
    except DocumentError:
        is_edited = True
    return Move.CORRECT if is_edited else None


def _bar(offers: tuple[Offer, ...]) -> list[Offer]:
    """Return what stands under the thumb: the next move, and 退回 beside it."""
    near = [o for o in offers if o.is_next or o.move is Move.SEND_BACK]
    if not near:
        near = [offer for offer in offers if offer.move is Move.CONFIRM]
    return sorted(near, key=lambda offer: offer.is_next)


# --- moves ------------------------------------------------------------------------


@by_post("admin:bulletins_issue_review")
def make_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Make one move; where it is refused, show the page again with every reason."""
    issue = issue_to_read(request, pk)
    user = require_reader(request)
    if move not in Move.values or Move(move) not in _WHAT_IT_DOES:
        raise Http404
    wanted, form = Move(move), MoveForm(request.POST)
    reasons = _reasons_against(issue, wanted, form, user, request.POST)
    if not reasons:
        messages.success(request, _told(issue, wanted))
        response = redirect(*_after(issue, wanted))
        mark_saved(request, response)
        return response
    if _is_made_already(issue, wanted, form, user):
        messages.info(request, f"{wanted.label}已经办理，没有重复。")
        return redirect("admin:bulletins_issue_review", pk)
    refusal = Refusal(
        move=wanted,
        reasons=tuple(reasons),
        comment=request.POST.get("comment", ""),
        phrases=tuple(request.POST.getlist("phrases")),
        at=request.POST.get("at", ""),
    )
    return _page(request, issue_to_read(request, pk), refusal)


def _reasons_against(
    issue: Issue, move: Event.Move, form: MoveForm, user: User, sent: Any
) -> list[Obstacle]:
    """Make the move; return nothing, or all reasons why it was not made."""
    if not user.has_perm(f"bulletins.{workflow.RULES[move].permission}"):
        raise PermissionDenied
    if not form.is_valid():
        return [
            Obstacle(f"{form[name].label}：{message}")
            for name, found in form.errors.items()
            for message in map(str, found)
        ]
    try:
        if move is Move.SCHEDULE:
            _schedule(issue, form, user, gives_up="give_up" in sent)
        else:
            _act(issue, move, form, user)
    except Refused as error:
        return list(error.obstacles)
    except WorkflowError as error:
        return [Obstacle(str(error))]
    return []


def _act(issue: Issue, move: Event.Move, form: MoveForm, user: User) -> None:
    read = form.cleaned_data["text"] or None
    seen = {"text": read} if move in _OF_AN_OPEN_TEXT else {}
    _ACTS[move](issue, by=user, comment=form.opinion, seen=form.seen_event, **seen)


def _schedule(issue: Issue, form: MoveForm, user: User, *, gives_up: bool) -> None:
    at = None if gives_up else form.cleaned_data["at"]
    if at is None and not gives_up:
        raise WorkflowError("请填写定时印发的时间")
    workflow.schedule(issue, at, by=user, seen=form.seen_event)


def _is_made_already(
    issue: Issue, move: Event.Move, form: MoveForm, user: User
) -> bool:
    """Tell whether this is the second click of a double click."""
    if not form.is_valid():
        return False
    last = issue.events.last()
    return (
        last is not None
        and last.pk > form.seen_event
        and (last.move, last.actor_id) == (move, user.pk)
    )


def _told(issue: Issue, move: Event.Move) -> str:
    issue = Issue.objects.select_related("bulletin", "step").get(pk=issue.pk)
    name = f"{issue.bulletin} {label_of(issue)}"
    if move is Move.SCHEDULE:
        return f"{name}：{'已定时印发' if issue.publish_at else '已取消定时'}。"
    onward = f"，转到“{issue.step}”" if move is Move.APPROVE and issue.step else ""
    return f"{name}：已{move.label}{onward}。"


def _after(issue: Issue, move: Event.Move) -> tuple[Any, ...]:
    """Return where to go: a leader who has decided goes on to the next issue."""
    if move in {Move.APPROVE, Move.SEND_BACK}:
        return ("admin:bulletins_issue_queue",)
    return ("admin:bulletins_issue_review", issue.pk)


# --- reminding --------------------------------------------------------------------


@by_post("admin:bulletins_issue_review")
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell those whose turn it is that the issue waits."""
    issue = issue_to_read(request, pk)
    user = require_reader(request)
    if not user.has_perm("bulletins.submit_issue"):
        raise PermissionDenied
    if not _waits_for_a_signature(issue):
        messages.error(request, "现在没有等待审签或补签，不用催办。")
    elif reminded := notices.remind(issue, by=user):
        messages.success(request, f"已催办，提醒了{reminded}人。")
    else:
        messages.info(request, "没有要提醒的人，或者一小时内已经催办过。")
    return redirect("admin:bulletins_issue_review", pk)


def _waits_for_a_signature(issue: Issue) -> bool:
    return issue.status == Status.REVIEW or issue.urgent_signer_id is not None


# --- remarks ----------------------------------------------------------------------


def _may_remark(issue: Issue, user: User) -> bool:
    return issue.status == Status.REVIEW and (
        user.has_perm("bulletins.approve_issue")
        or user.has_perm("bulletins.amend_issue")
    )


def _may_tick_off(user: User) -> bool:
    return user.has_perm("bulletins.change_issue")


@by_post("admin:bulletins_issue_review")
def add_remark(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a reviewer's remark on a place of the text."""
    issue = issue_to_read(request, pk)
    user = require_reader(request)
    if not _may_remark(issue, user):
        raise PermissionDenied
    form = RemarkForm(
        request.POST, instance=Remark(issue=issue, author=user, at=timezone.now())
    )
    if not form.is_valid():
        return _page(request, issue, remark_form=form)
    form.save()
    messages.success(request, "已添加批注。")
    response = redirect("admin:bulletins_issue_review", pk)
    mark_saved(request, response)
    return response


@by_post("admin:bulletins_issue_review")
def tick_off_remark(request: HttpRequest, pk: int, remark: int) -> HttpResponse:
    """Say that what a remark asks for is done."""
    issue = issue_to_read(request, pk)
    user = require_reader(request)
    if not _may_tick_off(user):
        raise PermissionDenied
    found = get_object_or_404(issue.remarks, pk=remark)
    open_ones = Remark.objects.filter(pk=found.pk, done_at=None)
    open_ones.update(done_by=user, done_at=timezone.now())
    messages.success(request, "批注已标为处理完毕。")
    on_form = request.POST.get("from") == "form"
    page = "change" if on_form else "review"
    return redirect(f"admin:bulletins_issue_{page}", pk)
