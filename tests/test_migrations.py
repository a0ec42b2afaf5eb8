"""A system in use is upgraded: its rows are still there, and what is new is filled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.models import AddConstraint, AddIndex, CreateModel
from django.utils import timezone

from bulletins.document import canonical_json
from tests.factories import make_document

BEFORE = ("bulletins", "0007_signed_layout")
# Tables that grow with the years; the others have some hundred rows.
GROWING = {
    *("article", "briefitem", "event", "revision", "edition", "notice", "mailing"),
    *("publisheditem", "searchtext", "searchentry", "contribution"),
}


def migrated_to(*targets: tuple[str, str]) -> Any:
    """Bring the database there; return its models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    executor = MigrationExecutor(connection)
    return executor.loader.project_state(list(targets)).apps


def latest() -> list[tuple[str, str]]:
    leaves: list[tuple[str, str]] = MigrationExecutor(connection).loader.graph.leaf_nodes()  # fmt: skip
    return leaves


@pytest.fixture
def before(transactional_db) -> Iterator[Any]:
    """The system as it was before the composing desk, empty."""
    yield migrated_to(BEFORE)
    migrated_to(*latest())


def make_rows(apps: Any) -> dict[str, int]:
    """Make an issued and an unfinished issue of one bulletin, as they were then."""

    def objects(name: str) -> Any:
        return apps.get_model("bulletins", name).objects

    user = apps.get_model("auth", "User").objects.create(username="zhangsan")
    bulletin = objects("Bulletin").create(
        slug="zuofeng", programme="襄城县作风建设", name="工作简报", office="县作风办"
    )
    section = objects("Section").create(
        bulletin=bulletin, name="要闻", kind="articles", position=1
    )
    issues = [
        objects("Issue").create(bulletin=bulletin, kind="regular", created_by=user)
        for _ in range(2)
    ]
    for issue in issues:
        objects("Article").create(
            issue=issue, section=section, position=1, title="推进会", body="<p>正文</p>"
        )
        objects("Recipient").create(
            issue=issue, tier="report", position=1, name="县委办公室"
        )
        objects("Event").create(
            issue=issue,
            actor=user,
            at=timezone.now(),
            move="submit",
            from_status="draft",
            to_status="review",
        )
    text = canonical_json(make_document())
    edition = objects("Edition").create(
        issue=issues[0],
        ordinal=1,
        document=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        frozen_at=timezone.now(),
        html_digest="a" * 64,
        pdf_digest="b" * 64,
        pdf_size=1,
    )
    objects("Issue").filter(pk=issues[0].pk).update(
        status="issued",
        number=8,
        series_year=0,
        date=dt.date(2024, 9, 2),
        edition=edition,
    )
    return {"issued": issues[0].pk, "draft": issues[1].pk}


def test_rows_of_an_older_system_outlive_every_later_migration(before):
    made = make_rows(before)

    apps = migrated_to(*latest())

    def objects(name: str) -> Any:
        return apps.get_model("bulletins", name).objects

    assert set(objects("Issue").values_list("pk", "status", "version")) == {
        (made["issued"], "issued", 1),
        (made["draft"], "draft", 1),
    }
    assert objects("Article").count() == objects("Recipient").count() == 2
    assert objects("Event").count() == 2
    # What is out is found, and its pieces have rows.
    items = objects("PublishedItem").filter(issue=made["issued"])
    assert set(items.values_list("kind", "title")) == {
        ("article", "县作风办召开推进会"),
        ("brief", "麦岭镇开展环境整治"),
    }
    assert objects("SearchText").count() == objects("SearchEntry").count() == 2
    assert not objects("PublishedItem").filter(issue=made["draft"]).exists()


@pytest.mark.django_db
def test_no_migration_reads_a_table_that_grows_while_it_keeps_everybody_out():
    """On PostgreSQL an index or a constraint keeps writers out while it is made.

    Whoever needs one on a table with rows adds it by AddIndexConcurrently, or NOT VALID
    and validates it after.
    """
    loader = MigrationExecutor(connection).loader
    keys = sorted(key for key in loader.graph.nodes if key[0] == "bulletins")
    made_later: set[str] = set()
    found = []
    for key in (key for key in keys if key > BEFORE):
        for operation in loader.get_migration(*key).operations:
            if isinstance(operation, CreateModel):
                made_later.add(operation.name_lower)
            if isinstance(operation, (AddIndex, AddConstraint)):
                table = operation.model_name_lower
                if table in GROWING - made_later:
                    found.append((key, table))

    assert found == []
