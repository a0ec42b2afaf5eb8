"""What two documents say differently, paragraph by paragraph and word by word."""

from bulletins.differences.changes import (
    Change,
    ChangeKind,
    Span,
    SpanKind,
    as_text,
)
from bulletins.differences.documents import between

__all__ = ["Change", "ChangeKind", "Span", "SpanKind", "as_text", "between"]
