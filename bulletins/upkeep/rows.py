"""Rows as lines of JSON, the same from SQLite and from PostgreSQL.

A file a table: its columns on the first line, then one row a line, by primary key.
Content types and permissions, which each database numbers as it likes, stand by name.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import decimal
import gzip
import io
import itertools
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.utils.duration import duration_iso_string

from bulletins.upkeep.errors import DamagedBackup, UpkeepError

# Every database makes these anew, with numbers of its own.
_BY_NAME: dict[type[models.Model], tuple[str, ...]] = {
    ContentType: ("app_label", "model"),
    Permission: ("content_type__app_label", "content_type__model", "codename"),
}
# What is going on just now: logins, open pages, work under way.
_OF_THE_MOMENT = {"sessions.session", "bulletins.presence", "django_tasks_db.dbtaskresult"}  # fmt: skip
# Made of what was published, and made again.
_DERIVED = {"bulletins.searchentry", "bulletins.searchtext"}
# What nobody has who has just set the system up.
_SIGNS_OF_USE = ("auth.user", "bulletins.bulletin", "bulletins.issue", "bulletins.contribution", "admin.logentry")  # fmt: skip

_BATCH = 500
_LONGEST_LINE = 256 * 1024 * 1024

Model = type[models.Model]


def _tables() -> list[Model]:
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model not in _BY_NAME
    ]
    return sorted(found, key=lambda model: model._meta.label_lower)


def kept() -> list[Model]:
    """Return the models whose rows are kept, those of relations among them."""
    left_out = _OF_THE_MOMENT | _DERIVED
    return [model for model in _tables() if model._meta.label_lower not in left_out]


def in_use() -> bool:
    """Return whether the database holds more than its set-up."""
    return any(
        apps.get_model(label)._base_manager.exists() for label in _SIGNS_OF_USE
    )  # fmt: skip


def _columns(model: Model) -> list[models.Field[Any, Any]]:
    fields: list[models.Field[Any, Any]] = list(model._meta.local_concrete_fields)
    return [field for field in fields if not field.generated]


# --- one state of the whole -------------------------------------------------------


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Let everything read in the block be of one moment; writers are not held up."""
    if connection.in_atomic_block:
        raise RuntimeError("a transaction is open already: it may be of another moment")
    if connection.vendor == "sqlite":
        # Django's own transactions would take the lock of writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# --- writing ----------------------------------------------------------------------


def write(model: Model, file: IO[bytes]) -> int:
    """Write the rows of a model, compressed; return how many there were."""
    columns = _columns(model)
    named = [_names_of(column) for column in columns]
    rows = model._base_manager.order_by("pk").values_list(
        *(column.attname for column in columns)
    )
    count = 0
    # No name and no time within: the same rows make the same bytes.
    with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(_line([column.attname for column in columns]))
        for row in rows.iterator(chunk_size=_BATCH):
            packed.write(_line([
                names[value] if names and value is not None else _plain(column, value)
                for column, names, value in zip(columns, named, row, strict=True)
            ]))  # fmt: skip
            count += 1
    return count


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"  # fmt: skip


def _names_of(column: models.Field[Any, Any]) -> dict[Any, list[str]] | None:
    """Return the names behind a column's numbers, where it is told by name."""
    model = column.related_model
    if not isinstance(model, type) or model not in _BY_NAME:
        return None
    rows = model._base_manager.values_list("pk", *_BY_NAME[model])
    return {pk: list(names) for pk, *names in rows}


def _plain(column: models.Field[Any, Any], value: Any) -> Any:
    """Return the value as JSON can hold it, to the last microsecond."""
    match value:
        case _ if isinstance(column, models.JSONField):
            return value
        case None | bool() | int() | float() | str():
            return value
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return duration_iso_string(value)
        case uuid.UUID() | decimal.Decimal():
            return str(value)
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode("ascii")
    raise UpkeepError(f"{column} 里有不能备份的值：{type(value).__name__}")


# --- reading ----------------------------------------------------------------------


def clear() -> None:
    """Empty every table, for rows to come; part of the caller's transaction.

    Raises UpkeepError where somebody else is writing.
    """
    with connection.cursor() as cursor:
        names = [connection.ops.quote_name(model._meta.db_table) for model in _tables()]
        if connection.vendor == "postgresql":
            # Nobody writes between this and the commit; readers see the old rows.
            try:
                cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE NOWAIT")  # fmt: skip
            except DatabaseError as error:
                raise UpkeepError(
                    "数据库正被别的程序写入，请先停止网站和后台任务"
                ) from error
        for name in names:
            # Foreign keys are judged at the commit, so that any order will do.
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - our own tables


def read(model: Model, file: io.RawIOBase) -> int:
    """Insert the rows that ``write`` wrote; return how many there were.

    Part of the caller's transaction. Raises UpkeepError.
    """
    columns = _columns(model)
    numbers = [_numbers_of(column) for column in columns]
    lines = _lines(file)
    if next(lines, None) != [column.attname for column in columns]:
        raise UpkeepError(f"备份里的表与本系统的不同：{model._meta.label}")
    rows = (_row(model, columns, numbers, line) for line in lines)
    try:
        return _insert(model, columns, rows)
    except DatabaseError as error:
        raise UpkeepError(
            f"备份里的数据不合本系统的规则（{model._meta.label}）：{_first_line(error)}"
        ) from error


def settle() -> None:
    """Judge all relations and let new rows be numbered after the old ones."""
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise UpkeepError(f"备份里的数据互相对不上：{_first_line(error)}") from error
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept()):
            cursor.execute(statement)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _lines(file: io.RawIOBase) -> Iterator[list[Any]]:
    damaged = DamagedBackup("备份里的数据读不出来，文件已损坏")
    with gzip.GzipFile("", "rb", fileobj=file) as unpacked:
        while True:
            try:
                line = unpacked.readline(_LONGEST_LINE)
                if not line:
                    return
                values = json.loads(line)
            except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
                raise damaged from error
            if not isinstance(values, list):
                raise damaged
            yield values


def _numbers_of(
    column: models.Field[Any, Any],
) -> dict[tuple[str, ...], Any] | None:
    names = _names_of(column)
    return None if names is None else {tuple(name): pk for pk, name in names.items()}


def _row(
    model: Model,
    columns: list[models.Field[Any, Any]],
    numbers: list[dict[tuple[str, ...], Any] | None],
    line: list[Any],
) -> list[Any]:
    """Return the values as the database takes them."""
    try:
        return [
            column.get_db_prep_save(_value(column, known, value), connection)
            for column, known, value in zip(columns, numbers, line, strict=True)
        ]
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise DamagedBackup(
            f"备份里有读不懂的数据（{model._meta.label}），文件已损坏"
        ) from error


def _value(
    column: models.Field[Any, Any], known: dict[tuple[str, ...], Any] | None, value: Any
) -> Any:
    if value is None or isinstance(column, models.JSONField):
        return value
    return column.to_python(value) if known is None else known[tuple(value)]


def _insert(
    model: Model, columns: list[models.Field[Any, Any]], rows: Iterable[list[Any]]
) -> int:
    """Insert as the rows are: ``save`` would put today's date into some columns."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608 - our own names
    count, remaining = 0, iter(rows)
    with connection.cursor() as cursor:
        while batch := list(itertools.islice(remaining, _BATCH)):
            cursor.executemany(statement, batch)
            count += len(batch)
    return count
