"""What print needs of a body's HTML beyond the page on screen: tables and pictures.

It works on HTML as ``markup.clean`` leaves it, whose tags have one spelling.
"""

from __future__ import annotations

import re

_TABLE = re.compile(r'<div class="table-box">(<table>.*?</table>)</div>', re.DOTALL)
_FIRST_ROW = re.compile(r"<tr>((?:(?!</tr>).)*)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[dh](?P<attributes>[^>]*)>")
_SPAN = re.compile(r'colspan="(\d+)"')
_HEADLESS = re.compile(
    r"<tbody>(<tr>(?:<th[^>]*>(?:(?!</?t[dhr][ >]).)*</th>)+</tr>)(?=<tr>)", re.DOTALL
)
_FIGURE_CELL = re.compile(r"<td>(?=[-+±]?[\d.,]+[%％‰]?</td>)")
_PICTURE_ALONE = re.compile(r"<p(?: class=\"[^\"]*\")?>((?:<img[^>]*>)+)</p>")
# From how many columns on a table is set smaller, and how.
_SIZES = ((17, "smallest"), (11, "smaller"), (7, "small"))


def for_print(html: str) -> str:
    """Return the HTML of a page's bodies as the PDF sets it."""
    html = _PICTURE_ALONE.sub(r"<figure>\1</figure>", html)
    return _TABLE.sub(lambda found: _table(found[1]), html)


def _table(table: str) -> str:
    """Give a table its size, a header that repeats, and its figures in the middle."""
    # A first row of nothing but headings is a header, whether it says so or not.
    if "<thead>" not in table:
        table = _HEADLESS.sub(r"<thead>\1</thead><tbody>", table, count=1)
    table = _FIGURE_CELL.sub('<td class="figure">', table)
    count = _columns(table)
    size = next((name for least, name in _SIZES if count >= least), "")
    return f'<div class="{f"table-box {size}".strip()}">{table}</div>'


def _columns(table: str) -> int:
    first = _FIRST_ROW.search(table)
    spans = (
        _SPAN.search(cell["attributes"])
        for cell in _CELL.finditer(first[1] if first else "")
    )
    return sum(int(span[1]) if span else 1 for span in spans)
