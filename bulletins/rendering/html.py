"""The official page: a fragment for the site, and a standalone file."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from bulletins.document import IssueDocument, printed_number
from bulletins.rendering.page import body_html
from bulletins.rendering.profile import DEFAULT_PROFILE, LayoutProfile
from bulletins.rendering.trust import trusted


def render_fragment(
    document: IssueDocument, profile: LayoutProfile = DEFAULT_PROFILE
) -> str:
    """Return the official page's inner HTML, without any style."""
    return body_html(document, profile)


def render_page(
    document: IssueDocument, profile: LayoutProfile = DEFAULT_PROFILE
) -> str:
    """Return a whole HTML file with its style inside, to be opened anywhere."""
    found = finders.find("bulletins/official.css")
    with open(str(found), encoding="utf-8") as file:  # noqa: PTH123 - finders give text
        style = file.read()
    context = {
        "title": page_title(document),
        "document": document,
        "style": trusted(style),
        "body": trusted(body_html(document, profile)),
    }
    return render_to_string("bulletins/official/page.html", context)


def page_title(document: IssueDocument) -> str:
    """Return e.g. 许昌市“无废城市”建设试点工作简报 第56期."""
    return f"{document.bulletin.full_name} {printed_number(document)}".strip()
