"""The editor of bodies, which articles and contributions have in common."""

from __future__ import annotations

from typing import Any

from ckeditor.widgets import CKEditorWidget
from django.forms.widgets import Media
from django.urls import reverse_lazy
from django.utils.safestring import SafeString

from bulletins import markup


class BodyWidget(CKEditorWidget):  # type: ignore[misc]  # it brings no types
    """CKEditor with our own way of pasting and of taking pictures (editor.js)."""

    def __init__(self, **kwargs: Any) -> None:
        """Tell the script where to send what is pasted, and pictures."""
        attrs = {
            "data-paste": reverse_lazy("admin:bulletins_article_paste"),
            "data-picture": reverse_lazy("admin:bulletins_article_picture"),
            **kwargs.pop("attrs", {}),
        }
        super().__init__(attrs=attrs, **kwargs)

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        """Show the body clean, also one that comes back with an error."""
        clean = markup.clean(value) if isinstance(value, str) else value
        shown: SafeString = super().render(name, clean, attrs, renderer)
        return shown

    @property
    def media(self) -> Media:
        """Return what the editor loads; our script stands behind CKEditor's own."""
        editors: Media = super().media
        # In one list: only within it does the order hold.
        return Media(
            css={"all": ["ckeditor/ckeditor.css", "admin/article.css"]},
            js=[*editors._js, "admin/editor.js"],  # type: ignore[attr-defined]
        )
