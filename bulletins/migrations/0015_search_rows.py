"""What is already out can be found."""

from typing import Any

from django.db import migrations

from bulletins.search.entries import Indexed, indexed

_BATCH = 200


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the rows that publishing makes from now on."""
    items = apps.get_model("bulletins", "PublishedItem").objects.select_related("issue")
    batch: list[Any] = []
    for item in items.order_by("pk").iterator(chunk_size=_BATCH):
        batch.append(item)
        if len(batch) == _BATCH:
            _add(apps, batch)
            batch = []
    _add(apps, batch)


def _add(apps: Any, items: list[Any]) -> None:
    entry = apps.get_model("bulletins", "SearchEntry")
    text = apps.get_model("bulletins", "SearchText")
    found_by = [(item, _indexed(item)) for item in items]
    entry.objects.bulk_create(
        entry(
            item=item,
            issue=item.issue,
            facet=columns.facet,
            recency=columns.recency,
            title=columns.title,
            opening=columns.opening,
        )
        for item, columns in found_by
    )
    text.objects.bulk_create(
        text(item=item, folded=columns.folded, tokens=columns.tokens)
        for item, columns in found_by
    )


def _indexed(item: Any) -> Indexed:
    issue = item.issue
    prefix = "增刊" if issue.kind == "supplement" else ""
    label = f"{prefix}第{issue.number}期"
    return indexed(item, bulletin=issue.bulletin_id, date=issue.date, label=label)


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0014_search_index")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
