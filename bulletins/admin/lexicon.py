"""The lexicon (规范用语): how standing phrases are written, and how they are not."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from bulletins.models import Term


@admin.register(Term)
class TermAdmin(ModelAdmin):
    """Standing phrases; their wrong forms are pointed out while composing."""

    list_display = ("text", "note")
    search_fields = ("text", "wrong", "note")
