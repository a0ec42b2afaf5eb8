"""The media store: a folder of this machine, or a store of objects beside it.

Names follow from the content, or are never used twice: who writes a name again writes
the same. A name never stands for a part of its content: in a folder a file is written
beside its name, asked onto the disk and renamed; in a store of objects a name is given
when all of the object is there.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any, Protocol

from django.core.files.base import File
from django.core.files.storage import default_storage

_CHUNK = 1024 * 1024
# More than this of what is on its way to a store of objects waits in a file.
_IN_MEMORY = 8 * _CHUNK


class Readable(Protocol):
    """What gives its bytes in pieces."""

    def read(self, size: int, /) -> bytes | None:
        """Return at most so many bytes; none at the end."""


def local_file(name: str) -> Path | None:
    """Return where a stored file lies on this machine; None if it does not."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def keep(name: str, content: bytes) -> None:
    """Store the content under this name, unless it is there; raises OSError."""
    if not _holds(name, content):
        put(name, io.BytesIO(content))


def _holds(name: str, content: bytes) -> bool:
    try:
        if default_storage.size(name) != len(content):
            return False
        with default_storage.open(name) as file:
            return bool(file.read() == content)
    except FileNotFoundError:
        return False


def put(name: str, content: Readable) -> None:
    """Store what is read under exactly this name, whatever was there; raises OSError."""
    path = local_file(name)
    if path is not None:
        _write_whole(path, content)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as aside:
        _copy(content, aside)
        _put_object(name, aside)


def _copy(content: Readable, file: Any) -> None:
    while chunk := content.read(_CHUNK):
        file.write(chunk)


def _write_whole(path: Path, content: Readable) -> None:
    """Write the file so that its name never stands for a part of it.

    The row that names it may be committed before the disk has the bytes: they are
    asked for, so that a loss of power does not take them either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            _copy(content, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        _keep_names(folder)


def _keep_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_object(name: str, file: Any) -> None:
    if _saved_as(name, file) == name:
        return
    # This store does not write over what is there: what it called otherwise is gone by
    # now, and what was there has to go first.
    default_storage.delete(name)
    if _saved_as(name, file) != name:
        raise FileExistsError(f"{name} is written by somebody else")


def _saved_as(name: str, file: Any) -> str:
    """Save the file, and return its name; under another name it is not kept."""
    file.seek(0)
    stored: str = default_storage.save(name, File(file))
    if stored != name:
        default_storage.delete(stored)
    return stored


def fetch(name: str, target: Path) -> bool:
    """Copy a stored file to a path of this machine; False where there is none."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with default_storage.open(name) as file, part.open("xb") as output:
            shutil.copyfileobj(file, output)
        part.replace(target)
    except FileNotFoundError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return True
