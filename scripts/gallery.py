"""Print the test documents and lay their pages out on sheets for docs/gallery.md.

Run it from the project's root: ``python scripts/gallery.py``. The sheets are written to
``docs/images/gallery-*.png``; look at them after every change of the layout.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao_bulletin.settings")
django.setup()

import pypdfium2  # noqa: E402
from PIL import Image  # noqa: E402

from bulletins.document import IssueDocument, digest  # noqa: E402
from bulletins.rendering.draft import DraftMark  # noqa: E402
from bulletins.rendering.pdf import render_pdf  # noqa: E402
from bulletins.rendering.profile import LayoutProfile  # noqa: E402
from tests.rendering import documents  # noqa: E402
from tests.rendering.cases import CASES, make_picture  # noqa: E402

IMAGES = Path("docs/images")
LARGEST = 150_000
_GAP = 8
_DESK = "#b8b8b8"


@dataclass(frozen=True)
class Sheet:
    """Pages of one issue side by side; ``width`` is a page's in pixels."""

    name: str
    case: str
    first: int = 0
    last: int = 1000
    width: int = 400
    columns: int = 3


SHEETS = (
    Sheet("sample", "sample"),
    Sheet("as-printed-in-2020", "as printed in 2020"),
    Sheet("everything", "everything", columns=4, width=360),
    Sheet("one-line", "one line", columns=1, width=420),
    Sheet("supplement", "supplement", columns=2),
    Sheet("contents-numbers", "long numbered", 0, 3),
    Sheet("small-titles", "small titles", 0, 3),
    Sheet("ink-grid", "ink grid", 1, 4),
    Sheet("mirrored", "mirrored", 1, 3, columns=2),
    Sheet("blank-before-imprint", "blank before the imprint", columns=4, width=220),
    Sheet("draft", "draft", 0, 2, columns=2),
    Sheet("fifty-pages", "fifty pages", 0, 60, columns=10, width=110),
)


def _draft() -> tuple[IssueDocument, DraftMark]:
    document = documents.sample()
    return document, DraftMark("草稿", digest(document))


def _print(case: str, pictures: Path) -> bytes:
    others: dict[str, Callable[[], bytes]] = {
        "blank before the imprint": lambda: render_pdf(
            documents.ending_in_row(29), profile=LayoutProfile(even_last=True)
        ),
        "draft": lambda: render_pdf(_draft()[0], mark=_draft()[1]),
    }
    if case in others:
        return others[case]()
    make, profile = CASES[case]
    return render_pdf(make(), profile=profile, pictures=pictures)


def _draw(pdf: bytes, sheet: Sheet) -> Image.Image:
    opened = pypdfium2.PdfDocument(pdf)
    pages = [opened[at] for at in range(len(opened))][sheet.first : sheet.last]
    drawn = [
        page.render(scale=sheet.width / page.get_width()).to_pil().convert("RGB")
        for page in pages
    ]
    width, height = drawn[0].size
    columns = min(sheet.columns, len(drawn))
    rows = -(-len(drawn) // columns)
    size = (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP)
    whole = Image.new("RGB", size, _DESK)
    for at, page in enumerate(drawn):
        row, column = divmod(at, columns)
        place = (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP))
        whole.paste(page, place)
    return whole


def _palette() -> Image.Image:
    """Return the few colours there are on paper: greys, reds and the picture's."""
    steps = [255 * step // 7 for step in range(8)]
    greys = [(grey, grey, grey) for grey in steps]
    reds = [(255, pale, pale) for pale in steps[:-1]]
    colours = [*greys, *reds, (0xB0, 0xBE, 0xC5), (0xB8, 0xB8, 0xB8), (240, 240, 240)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([primary for colour in colours for primary in colour])
    return palette


def main() -> int:
    """Write the sheets; the status tells how many are too large for the repository."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with tempfile.TemporaryDirectory() as folder:
        make_picture(Path(folder))
        for sheet in SHEETS:
            path = IMAGES / f"gallery-{sheet.name}.png"
            drawn = _draw(_print(sheet.case, Path(folder)), sheet)
            colours = drawn.quantize(palette=_palette(), dither=Image.Dither.NONE)
            colours.save(path, optimize=True)
            size = path.stat().st_size
            too_large += size > LARGEST
            print(f"{path}  {drawn.width} × {drawn.height}, {size // 1024} KB")
    return too_large


if __name__ == "__main__":
    sys.exit(main())
