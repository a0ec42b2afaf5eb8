"""The pictures of what is out: public as long as a public edition shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from django.core.files.storage import default_storage

from bulletins import storing
from bulletins.archive.addresses import Place
from bulletins.archive.reach import Reach
from bulletins.archive.tree import CONTENT_TYPES, Page
from bulletins.models import Edition
from bulletins.pictures import is_public_picture

_SHOWN = re.compile(r"/media/pictures/([0-9a-f]{16,64}\.(?:png|jpg))")


def picture(place: Place, seen_by: Reach) -> Page | None:
    """Return a picture that stands in a public edition; to the office, any."""
    path = f"pictures/{place.name}"
    if not default_storage.exists(path):
        return None
    if seen_by is Reach.PUBLIC and not is_public_picture(place.name):
        return None
    with default_storage.open(path) as file:
        content = file.read()
    kind = CONTENT_TYPES[PurePath(place.name).suffix]
    return Page(content, kind, storing.local_file(path))


def shown_in(editions: Iterable[Edition]) -> set[str]:
    """Return the names of the pictures that stand in the editions."""
    return {name for edition in editions for name in _SHOWN.findall(edition.document)}
