"""Each issue is printed once, and looked at by many tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_article, make_document
from tests.rendering.cases import CASES, Printed, make_picture, print_issue


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Return a folder with the picture of the documents."""
    folder = tmp_path_factory.mktemp("pictures")
    make_picture(folder)
    return folder


@pytest.fixture(scope="session")
def printed(pictures) -> Callable[[str], Printed]:
    """Return the issue of that name, printed and measured."""
    done: dict[str, Printed] = {}

    def by_name(name: str) -> Printed:
        if name not in done:
            make, profile = CASES[name]
            done[name] = print_issue(make(), profile, pictures)
        return done[name]

    return by_name


@pytest.fixture(scope="session")
def with_body(pictures):
    """Return a function that prints an issue of one article with that body."""

    def print_body(body, **profile):
        article = make_article(body=body)
        document = make_document(
            sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),)
        )
        return print_issue(document, LayoutProfile(**profile), pictures)

    return print_body
