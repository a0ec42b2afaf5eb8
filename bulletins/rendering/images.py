"""Pages of a PDF as pictures, for screens that show no PDF: phones, and a pane."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable

import pypdfium2
from PIL import Image

# Pixels for each point: A4 is 893 pixels wide.
_SCALE = 1.5
_COLOURS = 32
# The library works for one thread at a time.
_turn = threading.Lock()


def page_images(pdf: bytes, numbers: Iterable[int]) -> list[bytes]:
    """Return the pages of these numbers, from 1, as PNG files of few colours."""
    with _turn:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [_image(document, number) for number in numbers]
        finally:
            document.close()


def _image(document: pypdfium2.PdfDocument, number: int) -> bytes:
    picture = document[number - 1].render(scale=_SCALE).to_pil()
    # A fifth of the bytes, and no slower: ink, paper and red need no more colours.
    small = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE)
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()
