"""What machines read: feeds, sitemaps and robots.txt."""

from __future__ import annotations

from bulletins.archive.addresses import Place
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page


def robots(place: Place, seen_by: Reach) -> Page:
    """Build robots.txt."""
    lines = ("User-agent: *", "Disallow: /admin/", "Disallow: /search/", "")
    return Page("\n".join(lines).encode(), CONTENT_TYPES[".txt"])
