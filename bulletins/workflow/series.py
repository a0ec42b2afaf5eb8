"""The settings of a series: saved by one after the other, never over each other."""

from __future__ import annotations

from django.db import transaction

from bulletins.models import Bulletin
from bulletins.workflow.arranging import Gone, Overtaken


@transaction.atomic
def save_bulletin(bulletin: Bulletin, *, seen: int | None) -> Bulletin:
    """Save what was typed over version ``seen``; raises Overtaken and Gone."""
    if bulletin.pk is not None:
        row = Bulletin.objects.select_for_update().filter(pk=bulletin.pk).first()
        if row is None:
            raise Gone("您打开之后，这份简报已被别人删除")
        if row.version != seen:
            raise Overtaken(row)
        bulletin.version = row.version + 1
    bulletin.save()
    return bulletin
