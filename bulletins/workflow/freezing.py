"""The files of an edition: rendered once, kept under their own digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bulletins import rendering, storing
from bulletins.document import IssueDocument
from bulletins.models import edition_path
from bulletins.pictures import folder_for


@dataclass(frozen=True, slots=True)
class FrozenFiles:
    """The digests under which an edition's files lie in the media store."""

    html_digest: str
    pdf_digest: str
    pdf_size: int


def freeze(document: IssueDocument, profile: rendering.LayoutProfile) -> FrozenFiles:
    """Render the document and store its files; raises RenderError and OSError."""
    html = rendering.render_fragment(document, profile).encode()
    pdf = rendering.render_pdf(document, profile=profile, pictures=folder_for(document))
    return FrozenFiles(
        html_digest=_store(html, "html"),
        pdf_digest=_store(pdf, "pdf"),
        pdf_size=len(pdf),
    )


def _store(content: bytes, suffix: str) -> str:
    """Keep the content under its SHA-256 and return that."""
    digest = hashlib.sha256(content).hexdigest()
    storing.keep(edition_path(digest, suffix), content)
    return digest
