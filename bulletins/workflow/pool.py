"""What becomes of a contribution: taken into an issue, turned down, waiting again.

Nothing else writes its state, but ``put_back``, with which a copy stands again. The copy
in the issue is an item like any other: it is edited, moved and removed there, and the
piece stays as it was sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bulletins import markup
from bulletins.bounds import MAX_NOTE, MAX_TITLE
from bulletins.composing import next_position
from bulletins.document import ArticleEntry, BriefEntry, DocumentError, Entry
from bulletins.models import (
    Adoption,
    Article,
    BriefItem,
    Contribution,
    Issue,
    Section,
    Unit,
)
from bulletins.workflow.arranging import Gone, Overtaken, open_for
from bulletins.workflow.editing import record_edit
from bulletins.workflow.refusing import WorkflowError

State = Contribution.State
_DECIDED = ("state", "reason", "decided_by_id", "decided_at")


class AlreadyAdopted(WorkflowError):
    """A copy stands in another issue: the piece is taken again only when so asked."""


@transaction.atomic
def adopt(
    contribution: Contribution,
    issue: Issue,
    section: Section,
    *,
    by: User,
    again: bool = False,
) -> Adoption:
    """Copy the piece to the end of an open issue; raises AlreadyAdopted unless again.

    In a section of briefs it is split into lead and text at the first 。
    """
    return adopt_several([contribution], issue, section, by=by, again=again)[0]


@transaction.atomic
def adopt_several(
    contributions: Sequence[Contribution],
    issue: Issue,
    section: Section,
    *,
    by: User,
    again: bool = False,
) -> list[Adoption]:
    """Copy the pieces to the end of an open issue in this order: all, or none."""
    _require_right(by)
    if section.bulletin_id != issue.bulletin_id:
        raise WorkflowError(f"栏目“{section.name}”不是这份简报的")
    # Always in the same order, the issue before its pieces as where one is put back, so
    # that two who take the same ones do not wait in a ring.
    issue = open_for(issue, by)
    keys = sorted({piece.pk for piece in contributions})
    locked = {key: _locked(key) for key in keys}
    adoptions = [
        _adopt(locked[piece.pk], issue, section, by=by, again=again)
        for piece in contributions
    ]
    record_edit(issue, by=by)
    return adoptions


@transaction.atomic
def decline(contribution: Contribution, reason: str, *, by: User) -> Contribution:
    """Turn the piece down, with a reason; a copy in an issue stands against it."""
    _require_right(by)
    piece = _locked(contribution.pk)
    reason = reason.strip()
    if not reason:
        raise WorkflowError("请写明不采用的原因")
    if len(reason) > MAX_NOTE:
        raise WorkflowError(f"原因过长（{len(reason)}字，最多{MAX_NOTE}字）")
    if copies := copies_of(piece):
        raise WorkflowError(f"“{piece}”已采用于{copies[0].issue}，不能改为不采用")
    return _decide(piece, State.DECLINED, reason=reason, by=by)


@transaction.atomic
def reopen(contribution: Contribution, *, by: User) -> Contribution:
    """Let a piece that was turned down wait again."""
    _require_right(by)
    piece = _locked(contribution.pk)
    if piece.state == State.WAITING:
        raise WorkflowError(f"“{piece}”已经是待用")
    if copies := copies_of(piece):
        raise WorkflowError(f"“{piece}”已采用于{copies[0].issue}，不能改为待用")
    return _decide(piece, State.WAITING, reason="", by=by)


@transaction.atomic
def save_contribution(
    contribution: Contribution, *, by: User, seen: int | None
) -> Contribution:
    """Save what was typed over version ``seen``; raises Overtaken and Gone.

    A unit that is not saved yet is made with it.
    """
    if contribution.pk is None:
        contribution.entered_by = by
    else:
        current = Contribution.objects.select_for_update().filter(pk=contribution.pk)
        if (row := current.first()) is None:
            raise Gone("您打开之后，这篇稿件已被别人删除")
        if row.version != seen:
            raise Overtaken(row)
        contribution.version = row.version + 1
        # What became of it belongs to the moves.
        for name in _DECIDED:
            setattr(contribution, name, getattr(row, name))
    if contribution.unit is not None and contribution.unit.pk is None:
        contribution.unit = _unit_called(contribution.unit.name)
    contribution.save()
    return contribution


def _unit_called(name: str) -> Unit:
    """Return the unit of this name, made behind the others if there is none."""
    last = Unit.objects.aggregate(last=Max("position"))["last"] or 0
    unit, _ = Unit.objects.get_or_create(name=name, defaults={"position": last + 1})
    return unit


def copies_of(contribution: Contribution) -> list[Adoption]:
    """Return the adoptions whose copy stands in an issue now."""
    adoptions = contribution.adoptions.select_related(
        "issue__bulletin", "article", "brief_item"
    )
    return [adoption for adoption in adoptions if adoption.copy is not None]


def _require_right(by: User) -> None:
    if not by.has_perm("bulletins.change_contribution"):
        raise WorkflowError("您没有办理稿件的权限")


def _locked(key: int) -> Contribution:
    # Nothing is joined, as in recording.lock.
    piece = Contribution.objects.select_for_update().filter(pk=key).first()
    if piece is None:
        raise WorkflowError("这篇稿件已被别人删除")
    return piece


def _adopt(
    piece: Contribution, issue: Issue, section: Section, *, by: User, again: bool
) -> Adoption:
    if piece.state == State.DECLINED:
        raise WorkflowError(f"“{piece}”已定为不采用，请先恢复为待用")
    for copy in copies_of(piece):
        # So a button pressed twice makes one copy.
        if copy.issue_id == issue.pk:
            raise WorkflowError(f"“{piece}”已采用于这一期")
        if not again:
            raise AlreadyAdopted(f"“{piece}”已采用于{copy.issue}")
    item = _copy(piece, issue, section)
    item.position = next_position(issue)
    item.save()
    is_article = isinstance(item, Article)
    adoption = Adoption.objects.create(
        contribution=piece,
        issue=issue,
        **{"article" if is_article else "brief_item": item},
        by=by,
        at=timezone.now(),
    )
    _decide(piece, State.ADOPTED, reason="", by=by)
    return adoption


def _copy(piece: Contribution, issue: Issue, section: Section) -> Article | BriefItem:
    """Return the item the piece becomes, not saved yet."""
    try:
        entry = _entry(piece, Section.Kind(section.kind))
    except DocumentError as error:
        raise WorkflowError(f"“{piece}”不能采用：{error}") from None
    if isinstance(entry, BriefEntry):
        return BriefItem(
            issue=issue,
            section=section,
            lead=entry.lead,
            text=entry.text,
            source=entry.source,
        )
    return Article(
        issue=issue,
        section=section,
        title=entry.title,
        source=entry.source,
        body=markup.clean(entry.body),
    )


def _entry(piece: Contribution, kind: Section.Kind) -> Entry:
    source = piece.unit.printed_name if piece.unit else ""
    if kind == Section.Kind.ARTICLES:
        return ArticleEntry(title=piece.title, source=source, body=piece.body)
    whole = "".join(
        paragraph.replace("\n", "") for paragraph in markup.paragraphs(piece.body)
    )
    lead, _, text = whole.partition("。")
    if not lead or len(lead) > MAX_TITLE:
        # What has no first sentence fit for a lead is led by its title.
        lead, text = piece.title, whole
    return BriefEntry(lead=lead.strip(), text=text.strip(), source=source)


def _decide(
    piece: Contribution, state: Contribution.State, *, reason: str, by: User
) -> Contribution:
    piece.state = state
    piece.reason = reason
    piece.decided_by = by
    piece.decided_at = timezone.now()
    piece.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return piece
