"""Compile the message catalogues: each .po to the .mo beside it.

Django reads only the .mo, which git does not keep. A catalogue with a fuzzy, an
untranslated or a wrong entry is refused: half of a screen would turn English.
Without arguments it takes the project's own catalogues.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

# The settings name the same folder, but reading them would make a secret key.
LOCALE = Path(__file__).resolve().parent.parent / "wuxiao_bulletin" / "locale"


class BrokenCatalogue(Exception):
    """A catalogue cannot be used; the message names the places."""


def read(source: Path) -> Catalog:
    """Read a catalogue, or say which entries are not fit to be shown."""
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale="zh_Hans", abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError) as error:
        raise BrokenCatalogue(f"{source}: {error}") from error
    if faults := [fault for entry in catalogue for fault in _faults(entry)]:
        raise BrokenCatalogue("\n".join(f"{source}:{fault}" for fault in faults))
    return catalogue


def _faults(entry: Message) -> Iterator[str]:
    if not entry.id:
        return  # the header
    place = f"{entry.lineno}: {entry.id!r}"
    if entry.fuzzy:
        yield f"{place} is fuzzy"
    texts = entry.string if isinstance(entry.string, tuple | list) else [entry.string]
    if not all(texts):
        yield f"{place} is not translated"
    yield from (f"{place}: {error}" for error in entry.check())


def main(sources: list[Path]) -> None:
    """Compile all or none, and say how many entries there are."""
    try:
        catalogues = {path: read(path) for path in sources}
    except BrokenCatalogue as error:
        sys.exit(str(error))
    if not catalogues:
        sys.exit(f"No catalogue under {LOCALE}")
    for path, catalogue in catalogues.items():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
    counts = (f"{path.name} {len(found)} 条" for path, found in catalogues.items())
    print(f"已编译界面译文：{'，'.join(counts)}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(LOCALE.rglob("*.po")))
