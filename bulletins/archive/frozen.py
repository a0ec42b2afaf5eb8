"""What an edition was published as: its page, its PDF, its document."""

from __future__ import annotations

import functools
import hashlib
import json

from django.core.files.storage import default_storage

from bulletins.document import IssueDocument, from_json
from bulletins.models import Edition


class DamagedEdition(Exception):
    """A file of an edition is not what was published."""


def frozen_html(edition: Edition) -> str:
    """Return the official page as it was published; raises DamagedEdition."""
    content = _read(edition.html_path)
    if hashlib.sha256(content).hexdigest() != edition.html_digest:
        raise DamagedEdition(f"{edition}的网页文件与摘要值不符：{edition.html_path}")
    return content.decode()


def frozen_pdf(edition: Edition) -> bytes:
    """Return the PDF as it was published; raises DamagedEdition."""
    content = _read(edition.pdf_path)
    if hashlib.sha256(content).hexdigest() != edition.pdf_digest:
        raise DamagedEdition(f"{edition}的 PDF 与摘要值不符：{edition.pdf_path}")
    return content


def document_of_edition(edition: Edition) -> IssueDocument:
    """Return the document an edition was made of."""
    return _parsed(edition.document)


# The pages of an issue are built one after the other.
@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> IssueDocument:
    return from_json(json.loads(text))


def _read(path: str) -> bytes:
    with default_storage.open(path) as file:
        content: bytes = file.read()
    return content
