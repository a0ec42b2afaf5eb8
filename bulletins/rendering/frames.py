"""Messages between the web process and its rendering worker.

A frame is two lengths, a JSON object and raw bytes. Nothing is pickled: what a hostile
picture might make of the worker can at worst send wrong JSON.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

_LENGTHS = struct.Struct(">II")
# Far above any issue; a length beyond it is not one of ours.
_LONGEST = 256 * 1024 * 1024
_AT_ONCE = 1024 * 1024


def write(pipe: int, message: dict[str, Any], content: bytes = b"") -> None:
    """Write one frame to a file descriptor, waiting until it is taken."""
    head = json.dumps(message).encode()
    left = memoryview(_LENGTHS.pack(len(head), len(content)) + head + content)
    while left:
        left = left[os.write(pipe, left) :]


def read(pipe: int) -> tuple[dict[str, Any], bytes] | None:
    """Return the next frame; None where the other side is gone or talks nonsense."""
    lengths = _read_exactly(pipe, _LENGTHS.size)
    if lengths is None:
        return None
    head_length, content_length = _LENGTHS.unpack(lengths)
    if max(head_length, content_length) > _LONGEST:
        return None
    head = _read_exactly(pipe, head_length)
    content = _read_exactly(pipe, content_length)
    if head is None or content is None:
        return None
    try:
        message = json.loads(head)
    except ValueError:
        return None
    return (message, content) if isinstance(message, dict) else None


def _read_exactly(pipe: int, count: int) -> bytes | None:
    """Return that many bytes, or None where the pipe ends before."""
    parts = []
    while count:
        part = os.read(pipe, min(count, _AT_ONCE))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
