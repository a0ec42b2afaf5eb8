"""The file a backup is: a plain tar of regular files, its manifest at the end.

Any ``tar`` lists and unpacks it. It is read here block by block, and more strictly:
no links, no folders, no extensions, no name twice, no name that leads elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from bulletins.upkeep.errors import DamagedBackup, UpkeepError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MANIFEST = "manifest.json"
_BLOCK = 512
_CHUNK = 1024 * 1024
_END = bytes(2 * _BLOCK)
# A name in three kinds; no part of a path begins with a dot.
_NAME = re.compile(
    r"manifest\.json|database/[a-z0-9_.]+\.jsonl\.gz|media(?:/[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*)+"
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, as the manifest names it."""

    name: str
    size: int
    sha256: str


class Writer:
    """Writes members one after the other; nothing is ever gone back to."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to the file, which need not be able to seek."""
        self._file = file
        self.members: list[Member] = []

    def add(self, name: str, size: int, content: IO[bytes]) -> None:
        """Write one member of exactly this size; raises UpkeepError."""
        if not _NAME.fullmatch(name):
            raise UpkeepError(f"文件名不能备份：{name}")
        self._file.write(_header(name, size))
        digest, left = hashlib.sha256(), size
        while left:
            chunk = content.read(min(left, _CHUNK))
            if not chunk:
                raise UpkeepError(f"文件在备份时变短了：{name}")
            digest.update(chunk)
            self._file.write(chunk)
            left -= len(chunk)
        self._file.write(bytes(-size % _BLOCK))
        self.members.append(Member(name, size, digest.hexdigest()))

    def finish(self, manifest: bytes) -> None:
        """Write the manifest and the end."""
        self.add(MANIFEST, len(manifest), io.BytesIO(manifest))
        self._file.write(_END)


def _header(name: str, size: int) -> bytes:
    # The same rows and files make the same bytes: no owner, no time of day.
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError as error:
        raise UpkeepError(f"文件名太长或文件太大，不能备份：{name}") from error


class Entry(io.RawIOBase):
    """A member while it is read: its content, no further than its end."""

    def __init__(self, file: IO[bytes], name: str, size: int) -> None:
        """Stand at the first byte of the content."""
        super().__init__()
        self.name, self.size = name, size
        self._file, self._left = file, size
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        """Say that this can be read, as io asks."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as the content goes; raises DamagedBackup."""
        view = memoryview(buffer)
        wanted = min(len(view), self._left, _CHUNK)
        if not wanted:
            return 0
        chunk = self._file.read(wanted)
        if not chunk:
            raise DamagedBackup("备份文件不完整：后面一部分不见了")
        view[: len(chunk)] = chunk
        self._digest.update(chunk)
        self._left -= len(chunk)
        return len(chunk)

    def rest(self) -> Member:
        """Read what is left of it; return what it turned out to be."""
        while self.read(_CHUNK):
            pass
        return Member(self.name, self.size, self._digest.hexdigest())


def entries(file: IO[bytes]) -> Iterator[Entry]:
    """Yield the members as they stand in the file; raises DamagedBackup."""
    names: set[str] = set()
    while any(block := _exactly(file, _BLOCK)):
        entry = _entry(file, block)
        if entry.name in names:
            raise DamagedBackup(f"备份文件有问题：{entry.name} 出现两次")
        names.add(entry.name)
        yield entry
        entry.rest()
        _nothing(_exactly(file, -entry.size % _BLOCK))
    _nothing(_exactly(file, _BLOCK) + file.read(_BLOCK))


def _nothing(filling: bytes) -> None:
    """Raise DamagedBackup where there is something in the filling."""
    if any(filling):
        raise DamagedBackup("备份文件已损坏：文件之间有不该有的内容")


def _entry(file: IO[bytes], block: bytes) -> Entry:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise DamagedBackup("备份文件已损坏，或者不是本系统的备份") from error
    if info.type != tarfile.REGTYPE or info.size < 0:
        raise DamagedBackup(f"备份文件里有不该有的东西（不是普通文件）：{info.name!r}")
    if not _NAME.fullmatch(info.name):
        raise DamagedBackup(f"备份文件里有不该有的文件名：{info.name!r}")
    return Entry(file, info.name, info.size)


def _exactly(file: IO[bytes], size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        chunk = file.read(size - len(found))
        if not chunk:
            raise DamagedBackup("备份文件不完整：后面一部分不见了")
        found += chunk
    return bytes(found)
