"""Rules that several tables keep."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulletins.bounds import (
    MAX_NUMBER,
)


def counts_from_one(field: str, name: str) -> models.CheckConstraint:
    """Return the rule that a number, where given, counts from 1."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True})
        | Q(**{f"{field}__gte": 1, f"{field}__lte": MAX_NUMBER}),
        name=name,
        violation_error_message=f"应在 1 至 {MAX_NUMBER} 之间。",
    )
