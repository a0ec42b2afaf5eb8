"""The review steps a bulletin starts with."""

from __future__ import annotations

from django.contrib.auth.models import Group

from bulletins.models import Bulletin, ReviewStep

# Made by migration 0004; an office may have renamed it.
_SIGNERS = "签发"


def add_default_step(bulletin: Bulletin) -> ReviewStep | None:
    """Give a bulletin without steps the usual one, 领导签发; None if it has some."""
    signers = Group.objects.filter(name=_SIGNERS).first()
    if signers is None or bulletin.review_steps.exists():
        return None
    return bulletin.review_steps.create(position=1, name="领导签发", group=signers)
