"""Whether what was published is still what was published, byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from django.core.files.storage import default_storage

from bulletins.document import DocumentError, canonical_json, from_json
from bulletins.models import Edition


def faults(edition: Edition) -> Iterator[str]:
    """Yield what of an edition does not match its digests."""
    yield from _document_faults(edition)
    for what, path, digest in (
        ("网页", edition.html_path, edition.html_digest),
        ("PDF ", edition.pdf_path, edition.pdf_digest),
    ):
        try:
            with default_storage.open(path) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            yield f"{edition}：{what}文件不见了（{path}）"
        except OSError:
            yield f"{edition}：{what}文件读不出来（{path}）"
        else:
            if found != digest:
                yield f"{edition}：{what}文件与摘要值不符（{path}）"


def _document_faults(edition: Edition) -> Iterator[str]:
    found = hashlib.sha256(edition.document.encode()).hexdigest()
    if found != edition.digest:
        yield f"{edition}：文件（JSON）与摘要值不符"
        return
    try:
        document = from_json(json.loads(edition.document))
    except (ValueError, DocumentError) as error:
        yield f"{edition}：文件（JSON）不能读取（{error}）"
        return
    if canonical_json(document) != edition.document:
        yield f"{edition}：文件（JSON）不是规范形式"
