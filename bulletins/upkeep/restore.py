"""Restoring: a verified backup takes the place of what is here, wholly or not at all."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from bulletins.archive import keeping, tree
from bulletins.models import Edition, PublishedItem
from bulletins.search import add_to_index
from bulletins.upkeep import media, rows
from bulletins.upkeep.backup import migrations
from bulletins.upkeep.container import MANIFEST, Entry, Member, entries
from bulletins.upkeep.errors import DamagedBackup, UpkeepError
from bulletins.upkeep.verifying import Manifest, content, verify
from bulletins.workflow import faults

# Packed rows against the space they take in a database with its indexes.
_ROWS_GROW = 15
_SPARE = 64 * 1024 * 1024
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what of it does not match its digests or cannot be shown."""

    rows: int
    files: int
    removed_files: int
    editions: int
    faults: tuple[str, ...]


def examine(path: Path, password: str | None = None) -> Manifest:
    """Return what a backup holds if it can be restored here; raises UpkeepError.

    Nothing is written.
    """
    try:
        manifest = verify(path, password)
    except IsADirectoryError as error:
        raise UpkeepError(f"这是文件夹，请给出备份文件：{path}") from error
    except FileNotFoundError as error:
        raise UpkeepError(f"没有这个文件：{path}") from error
    _check_versions(manifest)
    _check_space(manifest)
    return manifest


def restore(
    path: Path, manifest: Manifest, password: str | None = None, *, replace: bool
) -> Restored:
    """Put the examined backup in the place of what is here; raises UpkeepError, OSError.

    Refuses a system in use unless told to replace it. After a refusal everything is
    as it was; where it says that rows are back, they are, and files wait to be put right.
    """
    incoming = media.Incoming()
    try:
        with transaction.atomic():
            if rows.in_use() and not replace:
                raise UpkeepError(
                    "系统里已经有数据，没有恢复；要替换全部数据请加 --replace"
                )
            # All who were logged in are logged out with it: they may be others now.
            rows.clear()
            with content(path, password) as file:
                count = _take_all(entries(file), manifest, incoming)
            rows.settle()
            _index()
    except BaseException:  # whatever it was: the files that came are of no use
        incoming.give_up()
        raise
    try:
        removed = incoming.settle()
        found = [*_edition_faults(), *_renew_pages()]
    except OSError as error:
        raise UpkeepError(
            f"数据已经恢复，但文件没有整理完（{error}）；请检查磁盘空间和文件夹权限，再恢复一次"
        ) from error
    return Restored(
        rows=count,
        files=sum(m.name.startswith("media/") for m in manifest.members),
        removed_files=removed,
        editions=Edition.objects.count(),
        faults=tuple(found),
    )


def _take_all(
    found: Iterator[Entry], manifest: Manifest, incoming: media.Incoming
) -> int:
    """Take rows and files, each checked once more; return the number of rows."""
    members = {member.name: member for member in manifest.members}
    models = {m._meta.label_lower: m for m in rows.kept()}
    count = 0
    for entry in found:
        if entry.name == MANIFEST:
            continue
        member = members.get(entry.name)
        kind, _, name = entry.name.partition("/")
        if kind == "media":
            incoming.take(name, entry, member.sha256 if member else "")
        else:
            label = name.removesuffix(".jsonl.gz")
            read = rows.read(models[label], entry)
            if read != manifest.rows[label]:
                raise DamagedBackup(f"备份文件已损坏：{label} 的行数与清单不符")
            count += read
        _check_again(entry, member)
    return count


def _check_again(entry: Entry, member: Member | None) -> None:
    # The file is read a second time, and somebody may have changed it in between.
    if entry.rest() != member:
        raise DamagedBackup(f"备份文件在恢复时变了：{entry.name}")


# --- whether it fits --------------------------------------------------------------


def _check_versions(manifest: Manifest) -> None:
    here, there = migrations(), manifest.migrations
    applied = {(app, name) for app, names in here.items() for name in names}
    theirs = {(app, name) for app, names in there.items() for name in names}
    if theirs - applied:
        raise UpkeepError(
            f"备份来自较新的或不同的版本（{manifest.version}），数据库里没有 "
            f"{'、'.join(f'{a}.{n}' for a, n in sorted(theirs - applied)[:3])}；"
            "请先升级系统并运行 migrate"
        )
    if applied - theirs:
        raise UpkeepError(
            f"备份来自较旧的版本（{manifest.version}），没有 "
            f"{'、'.join(f'{a}.{n}' for a, n in sorted(applied - theirs)[:3])}；"
            "请先用备份时的版本恢复，再升级"
        )
    labels = {model._meta.label_lower for model in rows.kept()}
    listed = {m.name.removeprefix("database/").removesuffix(".jsonl.gz") for m in manifest.members if m.name.startswith("database/")}  # fmt: skip
    if not labels == listed == set(manifest.rows):
        strange = sorted(labels ^ listed | labels ^ set(manifest.rows))
        raise UpkeepError(f"备份里的表与本系统的不同：{'、'.join(strange[:5])}")


def _check_space(manifest: Manifest) -> None:
    folder = Path(settings.VAR_DIR)
    needed = manifest.files_size + _SPARE
    if connection.vendor == "sqlite":
        needed += _ROWS_GROW * manifest.rows_size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UpkeepError(
            f"磁盘空间不够：大约需要 {needed // 2**20} MB，{folder} 只剩 {free // 2**20} MB"
        )


def _edition_faults() -> Iterator[str]:
    editions = Edition.objects.select_related("issue__bulletin").order_by("pk")
    for edition in editions.iterator(chunk_size=100):
        yield from faults(edition)


# --- what is made again -----------------------------------------------------------


def _index() -> None:
    """Make the rows by which published items are found; part of the restore."""
    items = PublishedItem.objects.select_related("issue").order_by("pk")
    remaining = items.iterator(chunk_size=_BATCH)
    while batch := list(itertools.islice(remaining, _BATCH)):
        add_to_index(batch)


def _renew_pages() -> Iterator[str]:
    """Write the public pages anew; yield which cannot be made.

    The old ones go first: what is not public any more must not stand there meanwhile.
    """
    if tree.root().is_dir():
        with tree.lock():
            for address in list(tree.pages()):
                tree.remove(address)
    for address, reason in keeping.verify().failed:
        yield f"网页 {address.path} 不能生成：{reason}"
