"""Chromium's print of the very HTML and style that WeasyPrint is given."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import weasyprint
from playwright.sync_api import sync_playwright

from bench.measuring import PeakOfTree
from bulletins.document import IssueDocument
from bulletins.rendering import fonts, pdf

PROGRAM = "/usr/bin/chromium"
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def html_for_print(document: IssueDocument) -> str:
    """Return what WeasyPrint lays out: the last HTML and style sheet it is given."""
    given: dict[str, str] = {}

    def recording(name: str) -> Callable[..., Any]:
        make = getattr(weasyprint, name)

        def record(*arguments: Any, **options: Any) -> Any:
            given[name] = options.get("string", "")
            return make(*arguments, **options)

        return record

    with (
        mock.patch.object(weasyprint, "HTML", recording("HTML")),
        mock.patch.object(weasyprint, "CSS", recording("CSS")),
    ):
        pdf.render_pdf(document)
    style = f"<style>{given['CSS']}</style></head>"
    return given["HTML"].replace("</head>", style, 1)


def version() -> str:
    """Return e.g. Chromium 156.0.1."""
    output = subprocess.run(
        [PROGRAM, "--version"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(output.split()[:2])


def print_page(page: Path, target: Path) -> None:
    """Print a page as a program would that starts Chromium for it."""
    with _printing(page, target) as process:
        process.wait()


def peak_memory(page: Path, target: Path) -> float:
    """Print a page and return how much all of Chromium held at most, in MB."""
    with _printing(page, target) as process:
        watch = PeakOfTree(process.pid)
        process.wait()
        return watch.stop()


@contextlib.contextmanager
def _printing(page: Path, target: Path) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        switches = (
            *("--headless", *_SWITCHES, "--no-pdf-header-footer"),
            *(f"--user-data-dir={profile}", f"--print-to-pdf={target}"),
        )
        process = subprocess.Popen(
            [PROGRAM, *switches, page.as_uri()],
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield process


def _environment() -> dict[str, str]:
    # The same fonts as WeasyPrint's.
    return {**os.environ, "FONTCONFIG_FILE": str(fonts.FOLDER / "fonts.conf")}


@contextlib.contextmanager
def running() -> Iterator[Callable[[Path], bytes]]:
    """Start Chromium once and return what prints a page with it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=list(_SWITCHES), env=dict(_environment())
        )

        def print_with_it(page: Path) -> bytes:
            tab = browser.new_page()
            tab.goto(page.as_uri())
            content: bytes = tab.pdf(prefer_css_page_size=True)
            tab.close()
            return content

        yield print_with_it
        browser.close()
