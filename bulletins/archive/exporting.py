"""A copy of the site for an office whose portal takes static files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import Storage

from bulletins.archive import addresses, keeping, reach, tree
from bulletins.archive.addresses import Address
from bulletins.archive.frozen import DamagedEdition
from bulletins.archive.pages import html
from bulletins.archive.reach import Reach
from bulletins.archive.touching import everything
from bulletins.archive.tree import Page
from bulletins.models import Issue

# What was written into the folder the last time: nothing else in it is ours to remove.
_LIST = ".jianbao.json"
# What this run, or one that was cut short, has written for the first time.
_NEW = ".jianbao.new"
_LINK = re.compile(r'(\b(?:href|src|action)=")(/(?!/)[^"]*)')
_STYLE_LINK = re.compile(r"(url\([\"']?)(/(?!/)[^\"')]*)")
# What no file can answer leads to the system itself, where that has an address.
_ON_DEMAND = (addresses.SEARCH.path, addresses.API.path, "/admin/")


class ExportRefused(Exception):
    """The folder cannot take the copy; the message says why."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: files written and removed, and pages that cannot be made."""

    pages: int
    written: int
    removed: int
    failed: tuple[tuple[Address, str], ...]


def export(target: Path, *, under: str = "") -> Exported:
    """Bring the folder to what the site is now; write and remove only what changed.

    ``under`` is where the portal will show it (``/jianbao``): links are written so.
    Raises ExportRefused and OSError.
    """
    _check(target)
    target.mkdir(parents=True, exist_ok=True)
    before = _written_before(target)
    _remember(target, before)
    known: set[str] = set()
    failed: list[tuple[Address, str]] = []
    written = 0
    with (target / _NEW).open("w", encoding="utf-8") as new:
        for address, made in (*_static_files(), *_gone(), *_pages()):
            try:
                page = made()
            except (DamagedEdition, OSError) as error:
                failed.append((address, str(error)))
                continue
            if page is None:
                continue
            known.add(address.path)
            if address.path not in before:
                # Before it is: the next run knows it as ours if this one is cut short.
                print(json.dumps(address.path), file=new, flush=True)
            written += tree.write(address, _led(page, under.rstrip("/")), under=target)
    # What cannot be made stays as it was, and ours.
    kept = known | (before & {address.path for address, _ in failed})
    removed = _remove(target, before - kept)
    _remember(target, kept)
    return Exported(len(known), written, removed, tuple(failed))


def _check(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise ExportRefused(f"{target} 不是文件夹")
    own = (tree.root(), Path(settings.MEDIA_ROOT), Path(settings.STATIC_ROOT))
    for folder in own:
        resolved = target.resolve()
        if resolved == folder.resolve() or folder.resolve() in resolved.parents:
            raise ExportRefused(f"{target} 在系统自己的文件夹 {folder} 里，请另选一处")


# --- what is copied ---------------------------------------------------------------

_Maker = Callable[[], Page | None]


def _pages() -> Iterator[tuple[Address, _Maker]]:
    for address in everything():
        yield address, lambda address=address: _standing(address)  # type: ignore[misc]


def _standing(address: Address) -> Page | None:
    """Return what the tree holds, or make it."""
    file = tree.file_of(address)
    try:
        return Page(file.read_bytes(), tree.CONTENT_TYPES[file.suffix], file)
    except FileNotFoundError:
        return keeping.keep(address)


def _gone() -> Iterator[tuple[Address, _Maker]]:
    """Yield a page for what was withdrawn or removed: a file has no status 410."""
    for issue in Issue.objects.withdrawn().select_related("bulletin"):
        yield (
            addresses.issue(issue),
            lambda issue=issue: html("withdrawn.html", {"issue": issue}),  # type: ignore[misc]
        )
    corrected = reach.issues(Reach.PUBLIC).filter(edition__ordinal__gt=1)
    for issue in corrected.order_by("pk").iterator(chunk_size=200):
        for piece in reach.removed_pieces(issue):
            yield (
                addresses.item(issue, piece.number),
                lambda piece=piece: html("removed.html", {"piece": piece}),  # type: ignore[misc]
            )


def _static_files() -> Iterator[tuple[Address, _Maker]]:
    """Yield what the pages load: our own style sheets, scripts and pictures."""
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            if name.startswith("bulletins/"):
                address = Address(f"/{settings.STATIC_URL.strip('/')}/{name}")
                yield (
                    address,
                    lambda name=name, storage=storage: _file(storage, name),  # type: ignore[misc]
                )


def _file(storage: Storage, name: str) -> Page:
    with storage.open(name) as file:
        return Page(file.read(), "")


# --- links ------------------------------------------------------------------------


def _led(page: Page, under: str) -> Page:
    """Return the page with its links written for where it will stand."""
    pattern = {
        tree.CONTENT_TYPES[".html"]: _LINK,
        tree.CONTENT_TYPES[".css"]: _STYLE_LINK,
    }.get(page.content_type)
    if pattern is None or not (under or settings.SITE_ADDRESS):
        return page

    def led(found: re.Match[str]) -> str:
        return f"{found[1]}{_link(found[2], under)}"

    text = pattern.sub(led, page.content.decode())
    return Page(text.encode(), page.content_type)


def _link(path: str, under: str) -> str:
    if path.startswith(_ON_DEMAND) and settings.SITE_ADDRESS:
        return f"{settings.SITE_ADDRESS}{path}"
    return f"{under}{path}"


# --- what went --------------------------------------------------------------------


def _written_before(target: Path) -> set[str]:
    """Return the addresses of what is ours, also of a run that was cut short."""
    return _read(target / _LIST, json.loads) | _read(target / _NEW, _lines)


def _read(file: Path, parse: Callable[[str], list[str]]) -> set[str]:
    try:
        return set(parse(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return set()


def _lines(text: str) -> list[str]:
    # The last one may be half there: its page was not written yet.
    whole, _, _ = text.rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def _remove(target: Path, paths: set[str]) -> int:
    return sum(tree.remove(Address(path), under=target) for path in sorted(paths))


def _remember(target: Path, paths: set[str]) -> None:
    text = json.dumps(sorted(paths), ensure_ascii=False, indent=0)
    part = target / f"{_LIST}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(target / _LIST)
    (target / _NEW).unlink(missing_ok=True)
