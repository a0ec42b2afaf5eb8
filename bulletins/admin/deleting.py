"""What cannot be deleted: told with its reason, and what to do instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from django.db.models import (
    PROTECT,
    Count,
    Exists,
    ForeignObjectRel,
    Model,
    OuterRef,
    Q,
    QuerySet,
)
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

# Nobody reads more names than these; the number tells the rest.
_MOST_NAMES = 10


class SaysWhyKept:
    """A ModelAdmin that says why a row stays, instead of listing what hangs on it."""

    # What is to be deleted, as one of many is counted, e.g. 个.
    counted_by = "个"

    def kept(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Return the rows that must stay, in one query."""
        model: type[Model] = self.model  # type: ignore[attr-defined]
        chosen = model._default_manager.filter(pk__in=[row.pk for row in rows])
        return list(in_use(chosen))

    def why_kept(self, names: str) -> str:
        """Return the reason, and what to do instead."""
        raise NotImplementedError

    def name_kept(self, row: Any) -> str:
        """Return what a row is called in the reason."""
        return f"“{row}”"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Answer with the reason before Django collects whatever is of the rows."""
        if kept := self.kept(objs):
            reason = self.why_kept(self._names_of(kept))
            return [], {}, set(), [reason]
        return super().get_deleted_objects(objs, request)  # type: ignore[misc]

    def _names_of(self, rows: Sequence[Any]) -> str:
        named = [self.name_kept(row) for row in rows[:_MOST_NAMES]]
        # Signs of quotation part the names by themselves.
        names = "".join(named) if named[0].endswith("”") else "、".join(named)
        if len(rows) == 1:
            return names
        more = "等" if len(rows) > _MOST_NAMES else "这"
        return f"{names}{more}{len(rows)}{self.counted_by}"


def in_use(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Narrow the rows to those that something protects."""
    uses = Q(pk__in=[])
    for users, name in _protecting(rows.model):
        uses |= Q(Exists(users.filter(**{name: OuterRef("pk")})))
    return rows.filter(uses)


def uses_of(model: type[Model], keys: Iterable[Any]) -> dict[Any, Counter[type[Model]]]:
    """Count what protects the row of each key, by kind: a query for each kind."""
    found: dict[Any, Counter[type[Model]]] = {key: Counter() for key in keys}
    for users, name in _protecting(model) if found else ():
        of_these = users.filter(**{f"{name}__in": found}).order_by()
        for key, count in of_these.values_list(name).annotate(Count("pk")):
            found[key][users.model] += count
    return found


def _protecting(model: type[Model]) -> Iterator[tuple[QuerySet[Model], str]]:
    """Yield whatever rows may protect one of the model, and by which field."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is PROTECT:
            users = cast(type[Model], relation.related_model)
            yield users._default_manager.all(), relation.field.name
