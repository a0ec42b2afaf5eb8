"""The staff side. Requests come in, one call below is made."""

from bulletins.admin import accounts, articles, briefs, issues, series

__all__ = ["accounts", "articles", "briefs", "issues", "series"]
