"""The lexicon (规范用语): how standing phrases are written, and how they are not."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.decorators import display

from bulletins.models import Term
from bulletins.pool_forms import TermForm


@admin.register(Term)
class TermAdmin(ModelAdmin):
    """Standing phrases; their wrong forms are pointed out while composing."""

    form = TermForm
    empty_hint = "录入规范写法和常见的不规范写法，编写简报时出现不规范的写法会提醒。"
    list_display = ("text", "wrong_list", "note")
    list_per_page = 100
    search_fields = ("text", "wrong", "note")
    search_help_text = "按写法或说明查找"

    @display(description="不规范的写法")
    def wrong_list(self, term: Term) -> str:
        return "、".join(term.wrong_forms) or "—"
