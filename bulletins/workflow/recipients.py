"""A list of 报 / 送 / 发 is changed at once: planned, shown, and then made so.

A plan names the list it was made for; made so is only what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from bulletins.models import Bulletin, Issue, Recipient
from bulletins.reading.recipients import RecipientRow
from bulletins.workflow.arranging import open_for
from bulletins.workflow.editing import record_edit
from bulletins.workflow.refusing import WorkflowError

Owner = Bulletin | Issue
Tier = Recipient.Tier


class Kind(StrEnum):
    """What becomes of a line."""

    ADDED = "新增"
    CHANGED = "改动"
    REMOVED = "删除"
    UNCHANGED = "不变"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one line of the list."""

    kind: Kind
    tier: str
    name: str
    copies: int
    email: str
    copies_before: int | None = None
    email_before: str = ""

    @property
    def tier_label(self) -> str:
        """Return 报, 送, 发 or 本期增发."""
        return str(Tier(self.tier).label)


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order of the list to be, and the list they were made for."""

    changes: tuple[Change, ...]
    # The tiers whose lines come to stand in another order.
    reordered: tuple[str, ...]
    basis: str

    def of(self, kind: Kind) -> list[Change]:
        """Return the changes of one kind."""
        return [change for change in self.changes if change.kind == kind]

    @property
    def changes_nothing(self) -> bool:
        """Tell whether the list is so already."""
        kept = len(self.of(Kind.UNCHANGED))
        return kept == len(self.changes) and not self.reordered


class ListChanged(WorkflowError):
    """The list is another one than the plan was made for."""


def list_of(owner: Owner) -> list[Recipient]:
    """Return the lines of the list as they are printed."""
    places = {tier: place for place, tier in enumerate(Tier)}
    return sorted(
        owner.recipients.all(),
        key=lambda row: (places[Tier(row.tier)], row.position, row.pk),
    )


def plan(owner: Owner, rows: Sequence[RecipientRow], *, replace: bool) -> Plan:
    """Say what taking these rows in would do; replacing, only to their own tiers.

    What a row says nothing of (copies, e-mail) stays as it is.
    """
    return _planned(list_of(owner), rows, replace=replace)[0]


@transaction.atomic
def change_list(
    owner: Owner,
    rows: Sequence[RecipientRow],
    *,
    replace: bool,
    basis: str,
    by: User,
) -> Plan:
    """Make the list so, as it was planned; raises ListChanged where it is another."""
    owner = _locked(owner, by)
    current = list_of(owner)
    made, result = _planned(current, rows, replace=replace)
    if made.basis != basis:
        raise ListChanged("预览之后名单又有改动，没有保存，请看新的预览")
    _write(owner, current, result)
    # Whoever has the owner's own page open has not seen this list.
    type(owner)._default_manager.filter(pk=owner.pk).update(version=F("version") + 1)
    if isinstance(owner, Issue):
        record_edit(owner, by=by)
    return made


def _locked(owner: Owner, by: User) -> Owner:
    if isinstance(owner, Issue):
        return open_for(owner, by)
    if not by.has_perm("bulletins.change_bulletin"):
        raise WorkflowError("您没有修改简报设置的权限")
    return Bulletin.objects.select_for_update().get(pk=owner.pk)


def _planned(
    current: Sequence[Recipient], rows: Sequence[RecipientRow], *, replace: bool
) -> tuple[Plan, list[Recipient]]:
    """Return the plan, and the lines of the list to be, in order."""
    changes: list[Change] = []
    result: list[Recipient] = []
    reordered: list[str] = []
    for tier in Tier:
        there = [row for row in current if row.tier == tier]
        given = [row for row in rows if row.tier == tier]
        if replace and given:
            kept, gone = _replaced(there, given)
        else:
            kept, gone = _appended(there, given), []
        changes += [_change(row, line) for row, line in kept]
        changes += [_removal(row) for row in gone]
        result += [_line(row, line, tier) for row, line in kept]
        if _is_reordered(there, [row for row, _ in kept if row is not None]):
            reordered.append(str(tier.label))
    return Plan(tuple(changes), tuple(reordered), _digest(current)), result


# A line of the list to be: the row that is there, if one is, and what was given.
_Pair = tuple[Recipient | None, RecipientRow | None]


def _replaced(
    there: Iterable[Recipient], given: Iterable[RecipientRow]
) -> tuple[list[_Pair], list[Recipient]]:
    left = list(there)
    kept: list[_Pair] = []
    for line in given:
        found = next((row for row in left if row.name == line.name), None)
        if found is not None:
            left.remove(found)
        kept.append((found, line))
    return kept, left


def _appended(there: Sequence[Recipient], given: Iterable[RecipientRow]) -> list[_Pair]:
    by_name = {line.name: line for line in given}
    kept: list[_Pair] = [(row, by_name.get(row.name)) for row in there]
    known = {row.name for row in there}
    return kept + [(None, line) for name, line in by_name.items() if name not in known]


def _change(row: Recipient | None, line: RecipientRow | None) -> Change:
    made = _line(row, line, Tier(row.tier if row is not None else _given(line).tier))
    if row is None:
        kind = Kind.ADDED
    elif (made.copies, made.email) == (row.copies, row.email):
        kind = Kind.UNCHANGED
    else:
        kind = Kind.CHANGED
    return Change(
        kind=kind,
        tier=made.tier,
        name=made.name,
        copies=made.copies,
        email=made.email,
        copies_before=row.copies if row is not None else None,
        email_before=row.email if row is not None else "",
    )


def _removal(row: Recipient) -> Change:
    return Change(Kind.REMOVED, row.tier, row.name, row.copies, row.email)


def _line(row: Recipient | None, line: RecipientRow | None, tier: Tier) -> Recipient:
    """Return the row as it is to be, with nothing written to the one that is."""
    given = line if line is not None else None
    copies = given.copies if given is not None else None
    email = given.email if given is not None else None
    if row is None:
        name = _given(line).name
        return Recipient(tier=tier, name=name, copies=copies or 1, email=email or "")
    return Recipient(
        pk=row.pk,
        tier=tier,
        name=row.name,
        copies=copies if copies is not None else row.copies,
        email=email if email is not None else row.email,
    )


def _given(line: RecipientRow | None) -> RecipientRow:
    assert line is not None  # noqa: S101 - a line has a row, or was given
    return line


def _is_reordered(before: Sequence[Recipient], after: Sequence[Recipient]) -> bool:
    stayed = {row.pk for row in after}
    return [r.pk for r in before if r.pk in stayed] != [r.pk for r in after]


def _digest(current: Iterable[Recipient]) -> str:
    """Return what tells this list from another."""
    facts = [[r.pk, r.tier, r.position, r.name, r.copies, r.email] for r in current]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _write(
    owner: Owner, current: Iterable[Recipient], result: Sequence[Recipient]
) -> None:
    owned = {"issue": owner} if isinstance(owner, Issue) else {"bulletin": owner}
    positions: dict[str, int] = {}
    for row in result:
        row.position = positions[row.tier] = positions.get(row.tier, 0) + 1
        for name, value in owned.items():
            setattr(row, name, value)
    kept = {row.pk for row in result if row.pk is not None}
    gone = [row.pk for row in current if row.pk not in kept]
    Recipient.objects.filter(pk__in=gone).delete()
    Recipient.objects.bulk_update(
        [row for row in result if row.pk is not None],
        ["position", "copies", "email"],
        batch_size=200,
    )
    Recipient.objects.bulk_create(
        [row for row in result if row.pk is None], batch_size=200
    )
