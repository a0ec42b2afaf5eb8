"""The differences between two documents as accessible HTML."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from django.template.loader import render_to_string

from bulletins.differences import Change


def render_differences(changes: Sequence[Change], *, page: str = "") -> str:
    """Return a list of the changes by place, styled by admin/differences.css.

    Places link to their anchors in the official page: the one this stands on, or the
    one at the address ``page``.
    """
    groups = [
        {"name": name, "anchor": anchor, "changes": list(group)}
        for (name, anchor), group in itertools.groupby(
            changes, key=lambda change: (change.place, change.anchor)
        )
    ]
    context = {"groups": groups, "count": len(changes), "page": page}
    return render_to_string("bulletins/differences.html", context)
