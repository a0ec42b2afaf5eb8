"""What print needs of our own HTML beyond the page's."""

from __future__ import annotations


def for_print(html: str) -> str:
    """Return the HTML as the PDF sets it."""
    return html
