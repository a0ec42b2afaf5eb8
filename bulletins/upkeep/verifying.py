"""Whether a backup is whole: every byte read and every digest taken, nothing written."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bulletins.upkeep import container, sealing
from bulletins.upkeep.container import MANIFEST, Entry, Member
from bulletins.upkeep.errors import DamagedBackup, UpkeepError

FORMAT = "bulletin-backup/1"
_LARGEST_MANIFEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    made_at: str
    database: str
    migrations: dict[str, list[str]]
    rows: dict[str, int]
    members: tuple[Member, ...]

    @property
    def files_size(self) -> int:
        """Return how many bytes the stored files make."""
        return sum(m.size for m in self.members if m.name.startswith("media/"))

    @property
    def rows_size(self) -> int:
        """Return how many bytes the packed rows make."""
        return sum(m.size for m in self.members if m.name.startswith("database/"))


def verify(path: Path, password: str | None = None) -> Manifest:
    """Read all of a backup; raises UpkeepError where it is not what was written."""
    if sealing.is_sealed(path):
        if password is None:
            raise UpkeepError(
                "备份是加密的：请设置 BACKUP_PASSWORD 或 BACKUP_PASSWORD_FILE"
            )
        sealing.check_seal(path, password)
    found: list[Member] = []
    manifest: Manifest | None = None
    with content(path, password) as file:
        for entry in container.entries(file):
            if manifest is not None:
                raise DamagedBackup("备份文件有问题：清单后面还有内容")
            if entry.name == MANIFEST:
                manifest = _manifest(entry)
            else:
                found.append(entry.rest())
    if manifest is None:
        raise DamagedBackup("备份文件不完整：没有清单")
    if wrong := set(found) ^ set(manifest.members):
        name = min(member.name for member in wrong)
        raise DamagedBackup(f"备份文件已损坏：{name} 与清单不符")
    return manifest


@contextlib.contextmanager
def content(path: Path, password: str | None) -> Iterator[IO[bytes]]:
    """Yield the archive within the file, deciphered where it was sealed."""
    if sealing.is_sealed(path):
        with sealing.unsealed(path, password or "") as file:
            yield file
    else:
        with path.open("rb") as file:
            yield file


def _manifest(entry: Entry) -> Manifest:
    damaged = DamagedBackup("备份文件已损坏：清单读不懂")
    if entry.size > _LARGEST_MANIFEST:
        raise damaged
    try:
        values = json.loads(entry.readall())
        if values["format"] != FORMAT:
            raise UpkeepError(
                f"备份的格式（{values['format']}）本系统不认识，可能来自较新的版本"
            )
        return _checked(values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged from error


def _checked(values: dict[str, Any]) -> Manifest:
    """Return the manifest; raises ValueError, TypeError or KeyError for nonsense."""
    members = tuple(
        Member(str(m["name"]), int(m["size"]), str(m["sha256"]))
        for m in values["members"]
    )
    if len({member.name for member in members}) != len(members):
        raise ValueError("a member twice")
    return Manifest(
        version=str(values["version"]),
        made_at=str(values["made_at"]),
        database=str(values["database"]),
        migrations={str(a): [str(n) for n in ns] for a, ns in values["migrations"].items()},
        rows={str(label): int(count) for label, count in values["rows"].items()},
        members=members,
    )  # fmt: skip
