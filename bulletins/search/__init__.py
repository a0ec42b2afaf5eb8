"""Finding published items: their rows, their index, and what is looked for."""

from bulletins.search.indexing import index_issue, items_of

__all__ = ["index_issue", "items_of"]
