"""How long the preview beside a form takes: from the posted form to the whole answer.

    python -m bench.preview [--rounds 15]

Prints Markdown. The issue is the sample, in a database of its own that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import django

_place = tempfile.TemporaryDirectory()
os.environ["VAR_DIR"] = _place.name
os.environ["DATABASE_URL"] = f"sqlite:///{_place.name}/db.sqlite3"
os.environ["ALLOWED_HOSTS"] = "testserver"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao_bulletin.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django first
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.measuring import machine, median, seconds  # noqa: E402
from bulletins.composing import create_issue  # noqa: E402
from bulletins.models import Article, Bulletin, Issue  # noqa: E402
from bulletins.reading import read_file  # noqa: E402

SAMPLE = Path(__file__).resolve().parents[1] / "bulletins" / "demo" / "xuchang-56.txt"
KINDS = {"html": "网页", "images": "版面（各页图片）", "pdf": "PDF"}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    issue, client = _issue(), Client()
    client.force_login(User.objects.create_superuser("bench"))
    print(f"{machine()}. Medians of {options.rounds} (smallest–largest), in seconds.\n")
    print("| preview of the sample | seconds | pages | kB |\n|---|--:|--:|--:|")
    for kind, name in KINDS.items():
        _row(client, issue, kind, name, options.rounds)


def _issue() -> Issue:
    document = read_file(SAMPLE).document
    head = document.bulletin
    bulletin = Bulletin.objects.create(
        slug="sample", programme=head.programme, name=head.name, office=head.office
    )
    return create_issue(bulletin, document)


def _row(client: Client, issue: Issue, kind: str, name: str, rounds: int) -> None:
    article = issue.articles.all()[2]
    answer = _preview(client, issue, article, kind, 0)
    times = [
        seconds(lambda n=n: _preview(client, issue, article, kind, n))  # type: ignore[misc]
        for n in range(1, rounds + 1)
    ]
    pages = answer.headers.get("X-Pages", "")
    print(f"| {name} | {median(times)} | {pages} | {len(answer.content) / 1000:.0f} |")


def _preview(
    client: Client, issue: Issue, article: Article, kind: str, number: int
) -> Any:
    """Post the form with a text of its own, so that nothing can be remembered."""
    form = {
        "desk_page": f"article-{article.pk}",
        "desk_issue": issue.pk,
        "desk_as": kind,
        "desk_block": 2,
        "section": article.section_id,
        "title": article.title,
        "body": f"{article.body}<p>第{number}次修改，没有保存。</p>",
    }
    address = reverse("admin:bulletins_issue_preview", args=[issue.pk])
    answer = client.post(address, form)
    assert answer.status_code == 200, answer.content  # noqa: S101 - measured for nothing
    return answer


if __name__ == "__main__":
    main()
