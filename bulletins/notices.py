"""Telling people whose turn it is: a message in the system, and a mail where possible."""

from __future__ import annotations

from bulletins.models import Event


def tell(event: Event) -> None:
    """Leave a message for everybody the move concerns; one a person and move."""
