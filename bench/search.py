"""How fast the archive is searched, and whether it finds what brute force finds.

    python -m bench.search [--issues 10000] [--queries 200]

Builds an archive in a scratch database (120,000 items of 10,000 issues take minutes),
on SQLite and on a PostgreSQL server of its own, and prints Markdown. The queries are
pieces of the texts themselves, pairs of such pieces, mixed terms and phrases, and some
that stand nowhere. Brute force folds every text and looks for every term in it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_MIXED = ("PM2.5", "18℃", "“GB/T 9704”", "第3期", "98.6%", "VOCs", "5G", "9月13日", "“无废城市”")  # fmt: skip
_PIECES = 2_000


@dataclass
class Measured:
    """What one kind of query took, in milliseconds, and how much it found."""

    times: list[float] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)


def main() -> None:
    """Measure on both databases, each in a process that has it from the beginning."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.issues, options.queries)
        return
    sizes = [f"--issues={options.issues}", f"--queries={options.queries}"]
    command = [sys.executable, "-m", "bench.search", "--here", *sizes]
    with tempfile.TemporaryDirectory(prefix="bulletins-bench-") as folder:
        environment = {**os.environ, "VAR_DIR": folder}
        environment.pop("DATABASE_URL", None)
        subprocess.run(command, env=environment, cwd=_ROOT, check=True)
    with_postgres = [sys.executable, "scripts/with_postgres.py", *command]
    with tempfile.TemporaryDirectory(prefix="bulletins-bench-") as folder:
        environment = {**os.environ, "VAR_DIR": folder}
        subprocess.run(with_postgres, env=environment, cwd=_ROOT, check=True)


def measure(issues: int, queries: int) -> None:
    """Build the archive in the database of the settings, search it, and print."""
    from django.core.management import call_command
    from django.db import connection

    from bench import corpus  # Django begins here, with this process's database
    from bench.measuring import machine

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    corpus.build(issues)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    built = time.perf_counter() - start
    texts = Texts()
    print(
        f"\n{connection.display_name}, {len(texts.lines):,} items of {issues:,} issues"
    )
    print(f"(built in {built:.0f} s). {machine()}.\n")
    asked = list(_queries(texts, queries))
    report(_searched(asked))
    compare(asked, texts)


class Texts:
    """Every public text, folded, for brute force."""

    def __init__(self) -> None:
        """Read and fold them all."""
        from bulletins.models import Issue, PublishedItem
        from bulletins.search.folding import fold

        rows = PublishedItem.objects.filter(issue__in=Issue.objects.public())
        self.lines: dict[int, str] = {}
        for item in rows.select_related("issue").iterator(chunk_size=2_000):
            assert item.issue.date is not None  # noqa: S101 - it is out
            label = f"{item.issue.date.year}年{item.issue.label}"
            lines = (item.title, item.source, label, item.text)
            self.lines[item.pk] = fold("\n".join(lines))
        every = max(1, len(self.lines) // _PIECES)
        keys = sorted(self.lines)[::every]
        chosen = PublishedItem.objects.in_bulk(keys)
        self.pieces = [chosen[pk].text for pk in keys]

    def with_all(self, terms: tuple[str, ...]) -> set[int]:
        """Return the items in which every term stands."""
        return {pk for pk, text in self.lines.items() if all(t in text for t in terms)}


def _queries(texts: Texts, count: int) -> Iterator[tuple[str, str]]:
    """Yield kinds and words of queries, the same for the same archive."""
    chance = random.Random(7)  # noqa: S311 - no secret

    def piece(length: int) -> str:
        while True:
            text = chance.choice(texts.pieces)
            start = chance.randrange(max(1, len(text) - length))
            found = text[start : start + length]
            if found.isalpha():
                return found

    kinds: list[tuple[str, Callable[[], str]]] = [
        ("1 character", lambda: piece(1)),
        ("2 characters", lambda: piece(2)),
        ("3 characters", lambda: piece(3)),
        ("4 to 6 characters", lambda: piece(chance.randint(4, 6))),
        ("two terms", lambda: f"{piece(2)} {piece(2)}"),
        ("mixed", lambda: f"{chance.choice(_MIXED)} {piece(2)}"),
        ("phrase", lambda: f"“{piece(5)}”"),
        ("found nowhere", lambda: f"{piece(2)}{piece(3)}"),
    ]
    for number in range(count):
        name, make = kinds[number % len(kinds)]
        yield name, make()


def _searched(asked: list[tuple[str, str]]) -> dict[str, Measured]:
    from bulletins import search

    for _, words in asked[:16]:
        search.find(search.Wanted(words))
    by_kind: dict[str, Measured] = {}
    whole = Measured()
    for kind, words in asked:
        start = time.perf_counter()
        found = search.find(search.Wanted(words))
        took = (time.perf_counter() - start) * 1000
        for measured in (by_kind.setdefault(kind, Measured()), whole):
            measured.times.append(took)
            measured.totals.append(found.total)
    return {**by_kind, "all": whole}


def report(by_kind: dict[str, Measured]) -> None:
    """Print how long a page of results took, with its counts and excerpts."""
    print("| query | number | results, median (most) | p50, ms | p95, ms | most, ms |")
    print("|---|---|---|---|---|---|")
    for kind, found in by_kind.items():
        times, totals = sorted(found.times), found.totals
        print(
            f"| {kind} | {len(times)} |"
            f" {statistics.median(totals):,.0f} ({max(totals):,}) |"
            f" {statistics.median(times):.1f} | {percentile(times, 95):.1f} |"
            f" {times[-1]:.1f} |"
        )


def percentile(ordered: list[float], percent: int) -> float:
    """Return the value below which so many of the ordered ones lie."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def compare(asked: list[tuple[str, str]], texts: Texts) -> None:
    """Print recall and precision over all queries, against brute force."""
    from bulletins import search
    from bulletins.search.finding import matches

    right = found_in_all = wanted_in_all = 0
    wrong = []
    for _, words in asked:
        terms = search.Wanted(words).terms
        found = {match.pk for match in matches(terms)}
        wanted = texts.with_all(terms)
        right += len(found & wanted)
        found_in_all += len(found)
        wanted_in_all += len(wanted)
        if found != wanted:
            wrong.append(words)
    print(
        f"\nRecall {right / wanted_in_all:.4f}, precision {right / found_in_all:.4f}"
        f" over {len(asked)} queries and {wanted_in_all:,} results;"
        f" queries with another answer than brute force: {wrong or 'none'}."
    )


if __name__ == "__main__":
    main()
