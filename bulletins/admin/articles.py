"""The page of one article, and what it asks the server for while somebody types."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from unfold.decorators import display

from bulletins.admin import uploads
from bulletins.admin.items import ItemAdmin
from bulletins.admin.pages import require_reader
from bulletins.bounds import MAX_TITLE
from bulletins.forms import ArticleForm
from bulletins.models import Article, Section
from bulletins.rendering.titles import MAX_PER_LINE, display_lines, width
from bulletins.rendering.trust import trusted_body


@admin.register(Article)
class ArticleAdmin(ItemAdmin):
    """An article of an issue."""

    form = ArticleForm
    section_kind = Section.Kind.ARTICLES
    change_form_template = "admin/bulletins/article/change_form.html"
    new_title = "新增文章"
    fields_to_write = ("title", ("section", "source"), "contents_title", "body")
    fields_to_read = ("title", ("section", "source"), "contents_title", "body_to_read")

    def get_fields(
        self, request: HttpRequest, obj: Article | None = None
    ) -> tuple[str | tuple[str, ...], ...]:
        may_write = obj is None or self.has_change_permission(request, obj)
        return self.fields_to_write if may_write else self.fields_to_read

    def get_readonly_fields(
        self, request: HttpRequest, obj: Article | None = None
    ) -> tuple[str, ...]:
        may_write = obj is None or self.has_change_permission(request, obj)
        return () if may_write else ("body_to_read",)

    @display(description="正文")
    def body_to_read(self, article: Article) -> str:
        return format_html(
            '<div class="text-to-read">{}</div>', trusted_body(article.body)
        )

    def save_model(
        self, request: HttpRequest, obj: Article, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        # 本期要目 and the first page of the site print this wording, not the title.
        if obj.contents_title and "contents_title" not in form.changed_data:
            before = _on_one_line(form.initial.get("title") or "")
            if change and _on_one_line(obj.title) != before:
                messages.warning(
                    request,
                    f"标题改了，目录标题没有改，本期要目仍印“{obj.contents_title}”，请核对。",
                )

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("paste/", uploads.take_paste, "paste"),
            ("picture/", uploads.take_picture, "picture"),
            ("title/", title_lines, "title"),
        )
        urls = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"bulletins_article_{name}",
            )
            for route, view, name in own
        ]
        return [*urls, *super().get_urls()]


def _on_one_line(title: str) -> str:
    return "".join(line.strip() for line in title.splitlines())


@require_safe
def title_lines(request: HttpRequest) -> JsonResponse:
    """Return the lines a title (?title=) is printed in.

    ``wide`` tells of a line its author ended that is longer than the paper is wide.
    """
    require_reader(request)
    typed = request.GET.get("title", "")[: 2 * MAX_TITLE].splitlines()
    lines = [
        {"text": line, "wide": width(own) > MAX_PER_LINE}
        for own in map(str.strip, typed)
        if own
        for line in display_lines(own)
    ]
    return JsonResponse({"lines": lines})
