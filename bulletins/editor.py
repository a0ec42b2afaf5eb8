"""The editor of bodies, which articles and contributions have in common."""

from __future__ import annotations

from typing import Any

from ckeditor.widgets import CKEditorWidget
from django.forms.widgets import Media
from django.urls import reverse_lazy


class BodyWidget(CKEditorWidget):
    """CKEditor with our own way of pasting and of taking pictures (editor.js)."""

    def __init__(self, **kwargs: Any) -> None:
        """Tell the script where to send what is pasted, and pictures."""
        attrs = {
            "data-paste": reverse_lazy("admin:bulletins_article_paste"),
            "data-picture": reverse_lazy("admin:bulletins_article_picture"),
            **kwargs.pop("attrs", {}),
        }
        super().__init__(attrs=attrs, **kwargs)

    @property
    def media(self) -> Media:
        """Return what the editor loads; our script comes before it is set up."""
        media: Media = super().media
        return media + Media(css={"all": ["admin/article.css"]}, js=["admin/editor.js"])
