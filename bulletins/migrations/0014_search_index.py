"""The tables that published items are found by, and the index each database gives them."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# The planner takes string_to_array for nothing, and would rather take every text apart
# than look into the index: by its own name the same costs what it does.
_POSTGRESQL = (
    """
    CREATE FUNCTION bulletins_tokens(tokens text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 300
    AS $$ BEGIN RETURN string_to_array(tokens, ' '); END $$
    """,
    """
    CREATE INDEX bulletins_searchtext_by_token ON bulletins_searchtext
    USING gin (bulletins_tokens(tokens))
    """,
)

# The tokens are the table's own; of a row that goes or changes, its old ones are told.
_SQLITE = (
    """
    CREATE VIRTUAL TABLE bulletins_searchindex USING fts5(
        tokens, content='bulletins_searchtext', content_rowid='item_id',
        tokenize='ascii', detail='none', columnsize=0
    )
    """,
    """
    CREATE TRIGGER bulletins_searchtext_added AFTER INSERT ON bulletins_searchtext
    BEGIN
        INSERT INTO bulletins_searchindex (rowid, tokens)
        VALUES (new.item_id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER bulletins_searchtext_removed AFTER DELETE ON bulletins_searchtext
    BEGIN
        INSERT INTO bulletins_searchindex (bulletins_searchindex, rowid, tokens)
        VALUES ('delete', old.item_id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER bulletins_searchtext_changed AFTER UPDATE ON bulletins_searchtext
    BEGIN
        INSERT INTO bulletins_searchindex (bulletins_searchindex, rowid, tokens)
        VALUES ('delete', old.item_id, old.tokens);
        INSERT INTO bulletins_searchindex (rowid, tokens)
        VALUES (new.item_id, new.tokens);
    END
    """,
)


def add_index(apps: Any, schema_editor: Any) -> None:
    """Have the database find tokens without reading every row."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in _POSTGRESQL if is_postgresql else _SQLITE:
        schema_editor.execute(statement)


def remove_index(apps: Any, schema_editor: Any) -> None:
    """Take away what does not go with the table itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE bulletins_searchindex")
    else:
        schema_editor.execute("DROP INDEX bulletins_searchtext_by_token")
        schema_editor.execute("DROP FUNCTION bulletins_tokens(text)")


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0013_presence_opened_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="bulletins.publisheditem",
                    ),
                ),
                ("folded", models.TextField()),
                ("tokens", models.TextField()),
            ],
            options={
                "verbose_name": "检索正文",
                "verbose_name_plural": "检索正文",
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="bulletins.publisheditem",
                    ),
                ),
                ("facet", models.TextField()),
                ("recency", models.BigIntegerField()),
                ("title", models.TextField()),
                ("opening", models.TextField(blank=True)),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="bulletins.issue",
                    ),
                ),
            ],
            options={
                "verbose_name": "检索目录",
                "verbose_name_plural": "检索目录",
            },
        ),
        migrations.RunPython(add_index, remove_index),
    ]
