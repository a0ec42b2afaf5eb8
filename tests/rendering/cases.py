"""The issues that are printed for the tests, each once a session, with their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bulletins.document import IssueDocument
from bulletins.rendering.pdf import render_pdf
from bulletins.rendering.profile import LayoutProfile
from tests.rendering import documents
from tests.rendering.measuring import Page, measure

CASES: dict[str, tuple[Callable[[], IssueDocument], LayoutProfile]] = {
    "sample": (documents.sample, LayoutProfile()),
    "one line": (documents.one_line, LayoutProfile()),
    "fifty pages": (documents.fifty_pages, LayoutProfile()),
    "running text": (documents.running_text, LayoutProfile()),
    "everything": (documents.everything, LayoutProfile()),
    "long contents": (documents.long_contents, LayoutProfile()),
    "supplement": (documents.supplement, LayoutProfile()),
    "21 rows": (documents.sample, LayoutProfile(rows_per_page=21)),
    "23 rows": (documents.everything, LayoutProfile(rows_per_page=23)),
    "ink grid": (documents.everything, LayoutProfile(grid="ink")),
    "mirrored": (documents.everything, LayoutProfile(mirrored=True)),
    "contents alone": (
        documents.everything,
        LayoutProfile(first_page_contents_only=True),
    ),
    "even last": (documents.everything, LayoutProfile(even_last=True)),
    "numbered": (documents.sample, LayoutProfile(contents_numbers=True)),
    "long numbered": (documents.long_contents, LayoutProfile(contents_numbers=True)),
    "small titles": (documents.sample, LayoutProfile(title_size=16)),
    "dark red": (documents.one_line, LayoutProfile(red="#c8102e")),
    # The rows, first page and last page the sample had when it was issued.
    "as printed in 2020": (
        documents.sample,
        LayoutProfile(rows_per_page=23, first_page_contents_only=True, even_last=True),
    ),
}


@dataclass(frozen=True)
class Printed:
    """An issue, how it was printed, and what came out."""

    document: IssueDocument
    profile: LayoutProfile
    pdf: bytes
    pages: tuple[Page, ...]


def make_picture(folder: Path) -> None:
    """Put the picture of the documents into the folder."""
    Image.new("RGB", (900, 600), "#b0bec5").save(folder / documents.PICTURE)


def print_issue(
    document: IssueDocument, profile: LayoutProfile, pictures: Path
) -> Printed:
    """Print an issue and measure it."""
    pdf = render_pdf(document, profile=profile, pictures=pictures)
    return Printed(document, profile, pdf, measure(pdf))
