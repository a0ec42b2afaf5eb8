"""The files of an edition: rendered once, kept under their own digests."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from bulletins import rendering
from bulletins.document import IssueDocument
from bulletins.models import edition_path


@dataclass(frozen=True, slots=True)
class FrozenFiles:
    """The digests under which an edition's files lie in the media store."""

    html_digest: str
    pdf_digest: str
    pdf_size: int


def pictures_folder() -> Path:
    """Return where the pictures of article bodies lie."""
    return Path(settings.MEDIA_ROOT) / "pictures"


def freeze(document: IssueDocument, profile: rendering.LayoutProfile) -> FrozenFiles:
    """Render the document and store its files; raises RenderError and OSError."""
    html = rendering.render_fragment(document, profile).encode()
    pdf = rendering.render_pdf(document, profile=profile, pictures=pictures_folder())
    return FrozenFiles(
        html_digest=_store(html, "html"),
        pdf_digest=_store(pdf, "pdf"),
        pdf_size=len(pdf),
    )


def _store(content: bytes, suffix: str) -> str:
    """Keep the content under its SHA-256 and return that."""
    digest = hashlib.sha256(content).hexdigest()
    path = Path(default_storage.path(edition_path(digest, suffix)))
    if not _holds(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)
    return digest


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write_whole(path: Path, content: bytes) -> None:
    """Write the file so that its name never stands for a part of it.

    The row that names it may be committed before the disk has the bytes: they are
    asked for, so that a loss of power does not take them either.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        _keep_names(folder)


def _keep_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
