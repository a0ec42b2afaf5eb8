"""What a PDF carries that is not the issued one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftMark:
    """The watermark, e.g. 草稿 or 送审稿, and the digest of the text it is printed on."""

    text: str
    digest: str
