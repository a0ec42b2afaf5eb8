"""The one place that tells templates to trust markup."""

from __future__ import annotations

import re

from django.utils.safestring import SafeString, mark_safe

from bulletins import markup

# The levels of an editor are h2 to h4; on a page they come below the article's title.
_LEVELS = re.compile(r"(</?h)([234])(?=[ >])")

# Tables within tables are rare: the outer one is what must not widen the page.
_TABLE = re.compile(r"(<table>(?:(?!<table>).)*?</table>)", re.DOTALL)


def trusted(html: str) -> SafeString:
    """Mark HTML that this project rendered itself, or its own style sheet."""
    return mark_safe(html)  # noqa: S308 - escaped and cleaned where it was rendered


def trusted_body(body: str, *, title_level: int = 2) -> SafeString:
    """Clean an article body once more, fit it below the title, and mark it."""
    cleaned = markup.clean(body)
    down = title_level - 1
    lowered = _LEVELS.sub(lambda tag: f"{tag[1]}{int(tag[2]) + down}", cleaned)
    # A wide table scrolls in a box of its own instead of widening a phone's page.
    boxed = _TABLE.sub(r'<div class="table-box">\1</div>', lowered)
    return mark_safe(boxed)  # noqa: S308 - cleaned above; only tags of our own added
