"""Backing up: everything of one moment into one file, read back before it counts."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from bulletins.models import Edition, Picture
from bulletins.upkeep import media, rows
from bulletins.upkeep.container import Writer
from bulletins.upkeep.errors import UpkeepError
from bulletins.upkeep.sealing import sealing
from bulletins.upkeep.verifying import FORMAT, verify

_DATABASE = "database/{}.jsonl.gz"
_NAME = re.compile(r"bulletin-\d{8}-\d{6}\.(?:tar|sealed)")
# What the rows need is not known before they are written; files make the most of it.
_AT_LEAST_FREE = 64 * 1024 * 1024
_NOBODY_WRITES_SO_LONG = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written and read back."""

    path: Path
    size: int
    rows: int
    files: int
    # Files that rows name and the media store does not have, or not as they were.
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def back_up(target: Path, *, password: str | None = None) -> Backup:
    """Write a backup to a file, or to a folder under a name made of the time.

    Sealed where there is a password. Under its name the file is whole, or not there.
    Raises UpkeepError and OSError.
    """
    path = _path(target, is_sealed=password is not None)
    _check_space(path.parent)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        # Accounts and unpublished texts are nobody else's business.
        with open(part, "x+b", opener=_for_us_alone) as file:
            with _into(file, password) as output:
                found = _write(Writer(output))
            file.flush()
            os.fsync(file.fileno())
        verify(part, password)
        if path.exists():
            raise UpkeepError(f"文件已经存在：{path}")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return dataclasses.replace(found, path=path, size=path.stat().st_size)


def whole(folder: Path) -> list[Path]:
    """Return the backups that ``back_up`` named, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def prune(folder: Path, keep: int, *, made: Path) -> list[Path]:
    """Remove all but the newest backups that ``back_up`` named; return those removed.

    The one just made stays, whatever the clock says, and what was broken off goes.
    """
    old = [path for path in whole(folder)[:-keep] if path != made]
    old += [path for path in _parts(folder) if _is_left(path)]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _parts(folder: Path) -> Iterator[Path]:
    for path in folder.glob("bulletin-*.part"):
        if _NAME.fullmatch(path.stem):
            yield path


def _is_left(part: Path) -> bool:
    """Tell whether nobody writes it any more: whoever did was killed."""
    try:
        return time.time() - part.stat().st_mtime > _NOBODY_WRITES_SO_LONG
    except FileNotFoundError:
        return False  # it was finished meanwhile


def _path(target: Path, *, is_sealed: bool) -> Path:
    if target.is_dir():
        stamp = f"{timezone.localtime():%Y%m%d-%H%M%S}"
        target = target / f"bulletin-{stamp}.{'sealed' if is_sealed else 'tar'}"
    if target.exists():
        raise UpkeepError(f"文件已经存在：{target}")
    if not target.parent.is_dir():
        raise UpkeepError(f"没有这个文件夹：{target.parent}")
    return target


def _check_space(folder: Path) -> None:
    needed = sum(map(default_storage.size, media.names())) + _AT_LEAST_FREE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UpkeepError(
            f"磁盘空间不够：至少需要 {needed // 2**20} MB，{folder} 只剩 {free // 2**20} MB"
        )


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def _into(file: IO[bytes], password: str | None) -> Iterator[IO[bytes]]:
    if password is None:
        yield file
        return
    with sealing(file, password) as output:
        yield output


def _write(writer: Writer) -> Backup:
    """Write rows, then files: whatever a row names was stored before the row."""
    with rows.one_moment():
        head = _head()
        counts = {m._meta.label_lower: _write_rows(writer, m) for m in rows.kept()}
        named = dict(_named_files())
    tables = len(writer.members)
    for name in media.names():
        with _still_there(name) as file:
            if file is not None:
                writer.add(f"media/{name}", file.size, file)
    stored = {m.name.removeprefix("media/"): m.sha256 for m in writer.members[tables:]}
    members = [dataclasses.asdict(member) for member in writer.members]
    manifest = {**head, "rows": counts, "members": members}
    writer.finish(json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return Backup(
        path=Path(),
        size=0,
        rows=sum(counts.values()),
        files=len(stored),
        missing=tuple(sorted(named.keys() - stored.keys())),
        changed=tuple(sorted(n for n in named.keys() & stored.keys() if named[n] not in ("", stored[n]))),
    )  # fmt: skip


@contextlib.contextmanager
def _still_there(name: str) -> Iterator[Any]:
    """Open a stored file; None where it was removed since it was listed."""
    try:
        file = default_storage.open(name)
    except FileNotFoundError:
        yield None
        return
    with file:
        yield file


def _write_rows(writer: Writer, model: rows.Model) -> int:
    # Their size stands before them in the archive: they are written aside first, in
    # a file without a name, where such data lies anyway.
    with tempfile.TemporaryFile(dir=settings.VAR_DIR) as aside:
        count = rows.write(model, aside)
        size = aside.tell()
        aside.seek(0)
        writer.add(_DATABASE.format(model._meta.label_lower), size, aside)
    return count


def _head() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": version(),
        "made_at": timezone.now().astimezone(dt.UTC).isoformat(),
        "database": connection.vendor,
        "migrations": migrations(),
    }


def version() -> str:
    """Return the version of the program."""
    project = Path(settings.BASE_DIR) / "pyproject.toml"
    found: str = tomllib.loads(project.read_text("utf-8"))["project"]["version"]
    return found


def migrations() -> dict[str, list[str]]:
    """Return which migrations the database has, by application that keeps rows."""
    labels = {model._meta.app_label for model in rows.kept()}
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return {
        label: [name for app, name in applied if app == label]
        for label in sorted(labels)
    }


def _named_files() -> Iterator[tuple[str, str]]:
    """Yield the files that rows name, with their digests where rows have them."""
    for edition in Edition.objects.only("html_digest", "pdf_digest").iterator():
        yield edition.html_path, edition.html_digest
        yield edition.pdf_path, edition.pdf_digest
    for picture in Picture.objects.only("name").iterator():
        yield picture.path, ""
