"""The public pages: what the tree does not hold, Django decides here."""

from bulletins.views.pages import page

__all__ = ["page"]
