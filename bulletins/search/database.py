"""The index as each database has it: which items have all of some tokens."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError, connection, models
from django.db.models.expressions import RawSQL

# A table of SQLite's own kind, beside the models: see the migration that makes it.
_TABLE = "bulletins_searchindex"
# Of a column with more values than this, the others are not known.
_MOST_VALUES = 2_000


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


def values_of(model: type[models.Model], field: str) -> list[str]:
    """Return the values of an indexed column of text, each once, but the empty one.

    Each is looked up as the one after the last: with a hundred thousand rows of sixty
    values, sixty steps in the index. DISTINCT would read it all.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    column = connection.ops.quote_name(field)
    after = f"SELECT MIN({column}) FROM {table} WHERE {column} >"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found(value) AS ({after} '' UNION ALL"  # noqa: S608
            f" SELECT ({after} found.value) FROM found WHERE found.value IS NOT NULL)"
            " SELECT value FROM found WHERE value IS NOT NULL LIMIT %s",
            [_MOST_VALUES],
        )
        return [value for (value,) in cursor.fetchall()]


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
