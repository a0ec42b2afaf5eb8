"""The staff side. Requests come in, one call below is made."""

from bulletins.admin import accounts, articles, briefs, issues, lexicon, pool, series

__all__ = ["accounts", "articles", "briefs", "issues", "lexicon", "pool", "series"]
