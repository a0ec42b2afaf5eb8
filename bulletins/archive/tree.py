"""The site tree: pages as files, each beside its gzip and brotli forms.

A file's name never stands for a part of it, a page that says what its file says is not
written again, and the same page always has the same bytes: whoever serves the tree (the
proxy, Django, a portal that took a copy) serves the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli
from django.conf import settings

from bulletins.archive.addresses import Address

_log = logging.getLogger(__name__)

# What is known to be a page; the rest of a path's endings is not looked for.
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
# What has a gzip and a brotli form beside it.
COMPRESSED = frozenset({".html", ".atom", ".json", ".xml", ".txt", ".css"})
INDEX = "index.html"
# Hidden: no address begins a part with a full stop.
_LOCK, _PART = ".lock", ".part"
# 5 % larger on our pages than level 11, and made in a thirtieth of the time. A window
# above 64 KB, larger than almost every page, makes level 9 twenty times as slow.
_BROTLI = {"quality": 9, "lgwin": 16}


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of a page; of a file that lies in the media store, its place too."""

    content: bytes
    content_type: str
    original: Path | None = None


def root() -> Path:
    """Return where the tree stands: SITE_ROOT, or in the media store."""
    return Path(settings.SITE_ROOT or Path(settings.MEDIA_ROOT) / "site")


def is_safe(path: str) -> bool:
    """Return whether a path leads to a file of a tree: no way up, nothing hidden."""
    if not path.startswith("/") or "\0" in path or "\\" in path:
        return False
    parts = path[1:].split("/")
    *folders, last = parts
    return all(f and not f.startswith(".") for f in folders) and not last.startswith(
        "."
    )


def file_of(address: Address, *, under: Path | None = None) -> Path:
    """Return the file of a page; raises ValueError for a path that leads elsewhere."""
    if not is_safe(address.path):
        raise ValueError(f"不是网页的地址：{address.path!r}")
    name = f"{address.path[1:]}{INDEX}" if address.path.endswith("/") else ""
    return (under or root()) / (name or address.path[1:])


def address_of(file: Path, *, under: Path | None = None) -> Address:
    """Return the address of a file of the tree."""
    path = f"/{file.relative_to(under or root()).as_posix()}"
    return Address(path.removesuffix(INDEX) if path.endswith(f"/{INDEX}") else path)


def forms_of(file: Path) -> tuple[Path, ...]:
    """Return the compressed forms a file has beside it."""
    if file.suffix not in COMPRESSED:
        return ()
    return (file.with_name(f"{file.name}.gz"), file.with_name(f"{file.name}.br"))


# --- writing ----------------------------------------------------------------------


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Keep the tree to oneself, over all processes that share its disk.

    What is written must be built while it is held: then the last to write has seen the
    newest rows, and two writers leave what one of them alone would.
    """
    root().mkdir(parents=True, exist_ok=True)
    with (root() / _LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(address: Address, page: Page, *, under: Path | None = None) -> bool:
    """Write a page with its forms; return False if it stood there already."""
    file = file_of(address, under=under)
    if _stands(file, page.content):
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    forms = forms_of(file)
    if forms:
        gz, br = forms
        # The forms first: nobody takes an old form for one of the new page for long.
        _put(gz, gzip.compress(page.content, compresslevel=9, mtime=0))
        _put(br, brotli.compress(page.content, **_BROTLI))
    if page.original is None or not _link(page.original, file):
        _put(file, page.content)
    return True


def holds(address: Address) -> bool:
    """Return whether a page stands in the tree."""
    return file_of(address).is_file()


def remove(address: Address, *, under: Path | None = None) -> bool:
    """Take a page out of the tree; return False if there was none."""
    file = file_of(address, under=under)
    found = False
    for one in (file, *forms_of(file)):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            one.unlink()
            found = True
    _drop_empty(file.parent, under or root())
    return found


def remove_below(address: Address) -> None:
    """Take a page and all that stand below it out of the tree; what stays is logged."""
    file = file_of(address)
    try:
        shutil.rmtree(file.parent)
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.error("not all below %s was removed: %r", address.path, error)
        # The rest all the same.
        shutil.rmtree(file.parent, ignore_errors=True)
    _drop_empty(file.parent.parent, root())


def pages(*, under: Path | None = None) -> Iterator[Address]:
    """Yield the address of everything that stands in the tree, forms apart.

    A form without its page is yielded as that page: somebody has to take it away.
    """
    base = under or root()
    for folder, folders, names in os.walk(base):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = {
            Path(folder, name.removesuffix(".gz").removesuffix(".br"))
            for name in names
            if not name.startswith(".")
        }
        yield from (address_of(file, under=base) for file in sorted(files))


def below(address: Address) -> list[Address]:
    """Return what stands in the tree below a page that is a folder, itself too."""
    folder = file_of(address).parent
    return [
        address_of(Path(place, name))
        for place, _, names in os.walk(folder)
        for name in sorted(names)
        if not name.startswith(".") and not name.endswith((".gz", ".br"))
    ]


def sweep() -> None:
    """Take away what writers that died have left half written."""
    for part in root().rglob(f".*{_PART}"):
        part.unlink(missing_ok=True)


def _stands(file: Path, content: bytes) -> bool:
    try:
        if file.is_symlink() or file.read_bytes() != content:
            return False
        return all(_read(form) == content for form in forms_of(file))
    except (OSError, EOFError, gzip.BadGzipFile, brotli.error):
        return False


def _read(form: Path) -> bytes:
    if form.suffix == ".gz":
        return gzip.decompress(form.read_bytes())
    content: bytes = brotli.decompress(form.read_bytes())
    return content


def _put(file: Path, content: bytes) -> None:
    part = _part_of(file)
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _link(original: Path, file: Path) -> bool:
    """Let the file be the very one of the media store, where both are on one disk."""
    part = _part_of(file)
    try:
        os.link(original, part)
        part.replace(file)
    except OSError:
        return False
    finally:
        # Renaming a name over another of the same file leaves both.
        part.unlink(missing_ok=True)
    return True


def _part_of(file: Path) -> Path:
    return file.with_name(f".{secrets.token_hex(8)}{_PART}")


def _drop_empty(folder: Path, base: Path) -> None:
    while folder != base and base in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent
