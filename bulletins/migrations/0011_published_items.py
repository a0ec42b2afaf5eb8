"""Rows of the items of what is already out."""

import json
from typing import Any

from django.db import migrations

from bulletins.bounds import SectionKind
from bulletins.document import from_json
from bulletins.search.items import UNPRINTED, texts_of


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the rows that publishing makes from now on."""
    issues = apps.get_model("bulletins", "Issue").objects.filter(status="issued")
    item = apps.get_model("bulletins", "PublishedItem")
    for issue in issues.order_by("pk").iterator(chunk_size=100):
        editions = issue.editions.order_by("ordinal")
        documents = [from_json(json.loads(e.document)) for e in editions]
        names = dict(UNPRINTED)
        hidden = issue.bulletin.sections.filter(show_heading=False)
        for section in hidden.order_by("-position", "-pk"):
            names[SectionKind(section.kind)] = section.name
        item.objects.bulk_create(
            item(
                issue=issue,
                edition_id=issue.edition_id,
                number=text.number,
                ordinal=text.ordinal,
                kind="brief" if text.is_brief else "article",
                anchor=text.anchor,
                section=text.section,
                source=text.source,
                title=text.title,
                lead=text.lead,
                text=text.text,
            )
            for text in texts_of(documents, names)
        )


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0010_pool_standing")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
