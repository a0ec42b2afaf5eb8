"""The index as each database has it: which items have all of some tokens."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError, connection, models
from django.db.models.expressions import RawSQL

# A table of SQLite's own kind, beside the models: see the migration that makes it.
_TABLE = "bulletins_searchindex"


def has_tokens(tokens: Sequence[str]) -> RawSQL:
    """Return the condition of a row of SearchText that its text has all the tokens."""
    condition: models.BooleanField[bool, bool] = models.BooleanField()
    if connection.vendor == "postgresql":
        return RawSQL(
            "bulletins_tokens(tokens) @> %s::text[]", [list(tokens)], condition
        )
    # Tokens are made of letters alone: nothing in them has a meaning of its own.
    return RawSQL(  # noqa: S611 - the tokens are a parameter
        f"item_id IN (SELECT rowid FROM {_TABLE} WHERE {_TABLE} MATCH %s)",  # noqa: S608
        [" ".join(tokens)],
        condition,
    )


def is_sound() -> bool:
    """Return whether the database's own index holds the tokens of every row."""
    if connection.vendor == "postgresql":
        return True  # kept by the database, within the transaction of the row
    try:
        _order("integrity-check", rank=1)
    except DatabaseError:
        return False
    return True


def mend() -> None:
    """Have the database make its own index anew."""
    if connection.vendor == "postgresql":
        return
    _order("rebuild", rank=0)


def _order(command: str, *, rank: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} ({_TABLE}, rank) VALUES (%s, %s)",  # noqa: S608
            [command, rank],
        )
