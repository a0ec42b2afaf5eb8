"""How long an issue takes to print, and how much memory, next to Chromium's print.

    python -m bench.rendering [--rounds 7] [--renders 60]

Prints Markdown. Ours and Chromium's runs alternate, so that whatever else the machine
does meanwhile slows both alike.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao_bulletin.settings")
django.setup()

import pikepdf  # noqa: E402 - Django first

from bench import chromium  # noqa: E402
from bench.measuring import machine, median, memory, seconds  # noqa: E402
from bulletins.document import IssueDocument  # noqa: E402
from bulletins.reading import read_file  # noqa: E402
from bulletins.rendering.worker import Worker  # noqa: E402

SAMPLE = Path(__file__).resolve().parents[1] / "bulletins" / "demo" / "xuchang-56.txt"
SIZES = (1, 10, 50)


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What one size of document took."""

    size: int
    pages: int
    cold: list[float]
    warm: list[float]
    peak: float
    bytes: int
    chromium_pages: int
    chromium_cold: list[float]
    chromium_warm: list[float]
    chromium_peak: float


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--renders", type=int, default=60)
    options = parser.parse_args()
    print(f"{machine()}, {chromium.version()}. ", end="")
    print(f"Medians of {options.rounds} rounds (smallest–largest), in seconds.\n")
    sample = read_file(SAMPLE).document
    with chromium.running() as print_with_chromium:
        measured = [
            measure(sample, size, options.rounds, print_with_chromium) for size in SIZES
        ]
    print_times(measured)
    print_memory(sample, options.renders)


def enlarged(sample: IssueDocument, times: int) -> IssueDocument:
    """Return the document with the items of each section repeated."""
    sections = tuple(
        dataclasses.replace(section, items=section.items * times)
        for section in sample.sections
    )
    return dataclasses.replace(sample, sections=sections)


def measure(
    sample: IssueDocument,
    size: int,
    rounds: int,
    print_with_chromium: Callable[[Path], bytes],
) -> Measured:
    """Measure one size of document, ours and Chromium's in turn."""
    document = enlarged(sample, size)
    cold: list[float] = []
    warm: list[float] = []
    chromium_cold: list[float] = []
    chromium_warm: list[float] = []
    worker = Worker()
    content = worker.render(document)
    with tempfile.TemporaryDirectory() as folder:
        page, target = Path(folder) / "issue.html", Path(folder) / "issue.pdf"
        page.write_text(chromium.html_for_print(document), encoding="utf-8")
        print_with_chromium(page)
        for _ in range(rounds):
            warm.append(seconds(lambda: worker.render(document)))
            chromium_warm.append(seconds(lambda: print_with_chromium(page)))
            cold.append(seconds(lambda: render_in_new_process(document)))
            chromium_cold.append(seconds(lambda: chromium.print_page(page, target)))
        chromium_peak = chromium.peak_memory(page, target)
        chromium_pages = page_count(target.read_bytes())
    assert worker.pid is not None  # noqa: S101 - it has just rendered
    peak = memory(worker.pid, "VmHWM")
    worker.stop()
    return Measured(
        size=size,
        pages=page_count(content),
        cold=cold,
        warm=warm,
        peak=peak,
        bytes=len(content),
        chromium_pages=chromium_pages,
        chromium_cold=chromium_cold,
        chromium_warm=chromium_warm,
        chromium_peak=chromium_peak,
    )


def render_in_new_process(document: IssueDocument) -> None:
    """Start a worker, let it render, and end it."""
    worker = Worker()
    worker.render(document)
    worker.stop()


def page_count(content: bytes) -> int:
    """Return how many pages a PDF has."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return len(document.pages)


def print_times(measured: list[Measured]) -> None:
    """Print the times, then what they mean beside each other."""
    print_table(
        ("text", "pages", "new worker", "warm worker", "Chromium, started", "Chromium, running"),
        [
            (
                name(one),
                f"{one.pages} (Chromium {one.chromium_pages})",
                median(one.cold),
                median(one.warm),
                median(one.chromium_cold),
                median(one.chromium_warm),
            )
            for one in measured
        ],
    )  # fmt: skip
    print(
        "\nRatios of the medians, the most memory held (all of Chromium’s processes,"
        " shared pages once), and the size of the PDF:\n"
    )
    print_table(
        ("text", "warm ÷ Chromium started", "warm ÷ Chromium running", "warm ÷ sample’s",
         "worker, MB", "Chromium, MB", "PDF, KB"),
        [(name(one), *compared(one, measured[0])) for one in measured],
    )  # fmt: skip


def name(one: Measured) -> str:
    """Return what the row is about."""
    return "sample" if one.size == 1 else f"{one.size} ×"


def compared(one: Measured, sample: Measured) -> tuple[str, ...]:
    """Return the ratios, memory and size of one row."""
    warm = statistics.median(one.warm)
    return (
        f"{warm / statistics.median(one.chromium_cold):.2f}",
        f"{warm / statistics.median(one.chromium_warm):.2f}",
        f"{warm / statistics.median(sample.warm):.1f}",
        f"{one.peak:.0f}",
        f"{one.chromium_peak:.0f}",
        f"{one.bytes / 1000:.0f}",
    )


def print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a table as Markdown."""
    print(f"| {' | '.join(columns)} |")
    print(f"|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def print_memory(sample: IssueDocument, renders: int) -> None:
    """Print what a worker holds after more and more renderings of the sample."""
    worker = Worker()
    held = []
    for _ in range(renders):
        worker.render(sample)
        assert worker.pid is not None  # noqa: S101 - it has just rendered
        held.append(memory(worker.pid, "VmRSS"))
    worker.stop()
    points = sorted({1, 10, 20, 40, renders} & set(range(1, renders + 1)))
    print("\nMemory of one worker over renderings of the sample, in MB:\n")
    print_table(
        ("after", *map(str, points), "most", "growth from the 10th"),
        [
            (
                "held",
                *(f"{held[point - 1]:.0f}" for point in points),
                f"{max(held):.0f}",
                f"{held[-1] - held[min(9, renders - 1)]:+.1f}",
            )
        ],
    )


if __name__ == "__main__":
    main()
