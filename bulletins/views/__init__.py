"""The public pages: what the tree does not hold, Django decides here."""

from bulletins.views.pages import page
from bulletins.views.search import search_page

__all__ = ["page", "search_page"]
