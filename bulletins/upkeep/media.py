"""The files beside the database: which are kept, and how they come back.

Files lie under their digest or a name that is never used twice, and are written
before the row that names them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator

from django.core.files.storage import default_storage

from bulletins import storing
from bulletins.upkeep.container import Entry

# Made of editions by the archive, and made again.
DERIVED = ("site",)


def names() -> Iterator[str]:
    """Yield the files to keep, in order: neither derived ones nor unfinished ones."""
    for name in sorted(_below("")):
        parts = name.split("/")
        is_derived = parts[0] in DERIVED
        is_hidden = any(part.startswith(".") for part in parts)
        if not (is_derived or is_hidden or name.endswith(".part")):
            yield name


def _below(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        yield f"{folder}/{name}" if folder else name
    for name in folders:
        if folder or name not in DERIVED:
            yield from _below(f"{folder}/{name}" if folder else name)


def digest(name: str) -> str | None:
    """Return the SHA-256 of a stored file; None where there is none."""
    try:
        with default_storage.open(name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


class Incoming:
    """Files on their way back: nothing that was there is touched before ``settle``."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._added: list[str] = []
        # The name beside which a better copy lies, and where that is.
        self._better: dict[str, str] = {}
        self._names: set[str] = set()

    def take(self, name: str, entry: Entry, sha256: str) -> None:
        """Store what the archive has under this name; raises OSError, DamagedBackup."""
        self._names.add(name)
        present = digest(name)
        if present == sha256:
            return
        if present is None:
            self._added.append(name)
            storing.put(name, entry)
        else:
            aside = f"{name}.{secrets.token_hex(4)}.part"
            self._better[name] = aside
            storing.put(aside, entry)

    def give_up(self) -> None:
        """Remove all that came: the old state stands."""
        for name in (*self._added, *self._better.values()):
            default_storage.delete(name)

    def settle(self) -> int:
        """Put better copies in place; remove what the archive does not have.

        Returns how many files were removed.
        """
        for name, aside in self._better.items():
            with default_storage.open(aside) as file:
                storing.put(name, file)
            default_storage.delete(aside)
        strangers = [name for name in names() if name not in self._names]
        for name in strangers:
            default_storage.delete(name)
        return len(strangers)
