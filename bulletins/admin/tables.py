"""Tables of rows that several pages show."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from bulletins.admin.choices import PlainChoices
from bulletins.forms import RecipientForm
from bulletins.models import Recipient


class NamedFormSet(PaginationInlineFormSet):
    """Rows whose fields are called in messages what they are called on the page."""

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        fields = self.form.base_fields
        names = [str(fields[name].label) for name in unique_check if name in fields]
        return f"“{'”“'.join(names)}”有重复，请改成各不相同的。"


class PlainTable(PlainChoices, TabularInline):
    """Rows that say themselves what they are: no line of its own above each."""

    formset = NamedFormSet
    hide_title = True


class RecipientTable(PlainTable):
    """Lines of 报 / 送 / 发, in the order in which they are printed."""

    model = Recipient
    form = RecipientForm
    template_before = "admin/bulletins/recipients/link.html"
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
