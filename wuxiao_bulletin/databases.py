"""What a connection to the database is opened with, by kind and by who opens it.

The limits of time are those of the web server alone: a migration or a backup takes as
long as it takes.
"""

from __future__ import annotations

from typing import Any

import environ

_env = environ.Env()


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a database, told by DATABASE_URL, with all of ours."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return {**database, "OPTIONS": _sqlite() | database.get("OPTIONS", {})}
    if database["ENGINE"] != "django.db.backends.postgresql":
        return database
    is_web = _env.str("PROCESS_ROLE", default="") == "web"
    options = {"connect_timeout": 5, "application_name": f"bulletin-{'web' if is_web else 'command'}"}  # fmt: skip
    if is_web and not _is_pooled_outside():
        options["options"] = _limits()
    found = {**database, "OPTIONS": options | database.get("OPTIONS", {})}
    if _is_pooled_outside():
        # Such a pool gives each transaction another connection.
        found["DISABLE_SERVER_SIDE_CURSORS"] = True
    if is_web:
        found |= _kept_open(found["OPTIONS"])
    return found


def _sqlite() -> dict[str, Any]:
    # Writers queue for the lock instead of failing half way through a transaction.
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


def _is_pooled_outside() -> bool:
    found: bool = _env.bool("DATABASE_POOLER", default=False)
    return found


def _limits() -> str:
    """Return what PostgreSQL ends by itself; all in seconds, 0 for no limit."""
    seconds = {
        # Longer than any page; a query that takes this long has gone wrong.
        "statement_timeout": _env.int("DATABASE_STATEMENT_TIMEOUT", default=30),
        # Who waits for a row somebody else is publishing waits for its rows only:
        # nothing is printed while they are locked.
        "lock_timeout": _env.int("DATABASE_LOCK_TIMEOUT", default=10),
        # A process that hangs must not hold the rows of others.
        "idle_in_transaction_session_timeout": _env.int("DATABASE_IDLE_TIMEOUT", default=60),
    }  # fmt: skip
    return " ".join(f"-c {name}={value}s" for name, value in seconds.items())


def _kept_open(options: dict[str, Any]) -> dict[str, Any]:
    """Return how long a connection outlives its request: a while, or in a pool."""
    size = _env.int("DATABASE_POOL_SIZE", default=0)
    if size:
        # Psycopg's own, for workers of many threads: needs psycopg[pool].
        pool = {"min_size": 1, "max_size": size, "timeout": 5}
        return {"OPTIONS": {**options, "pool": pool}}
    return {
        "CONN_MAX_AGE": _env.int("DATABASE_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
