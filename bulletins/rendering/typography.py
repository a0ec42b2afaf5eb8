"""What print needs of a body's HTML beyond the page on screen.

It works on HTML as ``markup.clean`` leaves it, whose tags have one spelling.
"""

from __future__ import annotations

import re

from bulletins.rendering import tables

_TABLE = re.compile(r'<div class="table-box">(<table>.*?</table>)</div>', re.DOTALL)
_PICTURES_ALONE = re.compile(r'<p(?: class="[^"]*")?>((?:<img[^>]*>)+)</p>')


def for_print(html: str) -> str:
    """Return the HTML of a page's bodies as the PDF sets it."""
    html = _PICTURES_ALONE.sub(r"<figure>\1</figure>", html)
    return _TABLE.sub(lambda found: tables.fitted(found[1]), html)
