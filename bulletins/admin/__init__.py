"""The staff side. Requests come in, one call below is made."""

from bulletins.admin import accounts, issues, series

__all__ = ["accounts", "issues", "series"]
