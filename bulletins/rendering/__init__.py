"""From an IssueDocument to its official page, its PDF and its text."""

from bulletins.rendering.changes import render_differences
from bulletins.rendering.coverage import missing_characters
from bulletins.rendering.draft import DraftMark
from bulletins.rendering.errors import RenderError
from bulletins.rendering.html import render_fragment, render_page
from bulletins.rendering.images import page_images
from bulletins.rendering.limits import excesses
from bulletins.rendering.printed import Place, Printed
from bulletins.rendering.profile import DEFAULT_PROFILE, LayoutProfile
from bulletins.rendering.text import render_text
from bulletins.rendering.trail import TrailEdition, TrailRow, TrailSheet
from bulletins.rendering.trust import trusted
from bulletins.rendering.worker import render_pdf, render_printed, render_trail_pdf

__all__ = [
    "DEFAULT_PROFILE",
    "DraftMark",
    "LayoutProfile",
    "Place",
    "Printed",
    "RenderError",
    "TrailEdition",
    "TrailRow",
    "TrailSheet",
    "excesses",
    "missing_characters",
    "page_images",
    "render_differences",
    "render_fragment",
    "render_page",
    "render_pdf",
    "render_printed",
    "render_text",
    "render_trail_pdf",
    "trusted",
]
