"""The page of one article; it is reached from the page of its issue."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from bulletins.forms import ArticleForm
from bulletins.models import Article


@admin.register(Article)
class ArticleAdmin(ModelAdmin):
    """An article of an issue."""

    form = ArticleForm
