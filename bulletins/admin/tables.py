"""Tables of rows that several pages show."""

from __future__ import annotations

from django.db import models
from unfold.admin import TabularInline

from bulletins.forms import RecipientForm
from bulletins.models import Recipient


class PlainTable(TabularInline):
    """Rows that say themselves what they are: no line of its own above each."""

    hide_title = True


class RecipientTable(PlainTable):
    """Lines of 报 / 送 / 发, in the order in which they are printed."""

    model = Recipient
    form = RecipientForm
    ordering = (
        models.Case(
            *(
                models.When(tier=tier, then=place)
                for place, tier in enumerate(Recipient.Tier)
            )
        ),
        "position",
        "pk",
    )
