"""An archive as large as one likes, of plausible text, without rendering a page.

    DATABASE_URL=… VAR_DIR=… python -m bench.corpus --issues 1000

It fills an empty database; whoever calls it has migrated it. The words are made up of
common characters and are as unevenly frequent as those of a language, so that some
stand in every article and most in few.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import html
import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao_bulletin.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django first
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bulletins import search  # noqa: E402
from bulletins.bounds import SectionKind  # noqa: E402
from bulletins.composing import masthead_of  # noqa: E402
from bulletins.document import (  # noqa: E402
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    Recipients,
    SectionEntry,
    anchored_items,
    canonical_json,
)
from bulletins.markup import paragraph  # noqa: E402
from bulletins.models import (  # noqa: E402
    Bulletin,
    Edition,
    Issue,
    PublishedItem,
    edition_path,
)

ARTICLES, BRIEFS = 10, 2
_CHUNK = 200
_CHARACTERS = Path(__file__).resolve().parents[1] / "scripts/fonts/tghz2013.txt"
_COMMON, _WORDS, _UNITS = 2_500, 8_000, 60
_LENGTHS = (1, 2, 2, 2, 2, 2, 2, 3, 3, 4)
_MIXED = ("PM2.5", "18℃", "GB/T 9704", "30余吨", "9月13日", "第3期", "“无废城市”", "98.6%", "5G", "VOCs")  # fmt: skip
_FIRST_DAY = dt.date(2006, 1, 4)
_PDF = b"%PDF-1.7\n" + b"% a page of a benchmark\n" * 1_000 + b"%%EOF\n"


class Writer:
    """Writes text that looks like text, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Make up the words and how often each is used."""
        self._random = random.Random(seed)  # noqa: S311 - no secret
        text = _CHARACTERS.read_text(encoding="utf-8")
        characters = [c for c in text if "\u4e00" <= c <= "\u9fff"][:_COMMON]
        self._random.shuffle(characters)
        often = list(itertools.accumulate(1 / (n + 20) for n in range(_COMMON)))
        self._words = [
            "".join(self._random.choices(characters, cum_weights=often, k=length))
            for length in self._random.choices(_LENGTHS, k=_WORDS)
        ]
        self._often = list(itertools.accumulate(1 / (n + 8) for n in range(_WORDS)))
        self.units = [f"{''.join(self.words(2))}县" for _ in range(_UNITS)]

    def words(self, count: int) -> list[str]:
        """Return some words, the frequent ones more often."""
        return self._random.choices(self._words, cum_weights=self._often, k=count)

    def title(self) -> str:
        """Return a title of about fifteen characters."""
        return "".join(self.words(self._random.randint(5, 9)))

    def paragraph(self, sentences: int) -> str:
        """Return a paragraph with as many sentences."""
        return "".join(self._sentence() for _ in range(sentences))

    def _sentence(self) -> str:
        words = self.words(self._random.randint(8, 16))
        words[len(words) // 2] += "，"
        if self._random.random() < 0.2:
            words.insert(3, self._random.choice(_MIXED))
        return "".join(words) + "。"

    def article(self) -> tuple[ArticleEntry, list[str]]:
        """Return an article of about 450 characters, and its paragraphs."""
        texts = [self.paragraph(self._random.randint(2, 6)) for _ in range(4)]
        body = "".join(paragraph(text) for text in texts)
        return ArticleEntry(self.title(), source=self.unit(), body=body), texts

    def brief(self) -> BriefEntry:
        """Return a brief item."""
        return BriefEntry(self.title(), text=self.paragraph(3), source=self.unit())

    def unit(self) -> str:
        """Return a unit, or none: not every piece names one."""
        return self._random.choice([*self.units, ""])


@dataclass(frozen=True, slots=True)
class Made:
    """An issue as it will be stored."""

    issue: Issue
    number: int
    date: dt.date
    document: IssueDocument
    paragraphs: list[list[str]]


def build(issues: int, *, seed: int = 1) -> None:
    """Fill the database with issues that are out, and the media store with files."""
    writer = Writer(seed)
    bulletins = list(_bulletins())
    for start in range(0, issues, _CHUNK):
        numbers = range(start, min(start + _CHUNK, issues))
        with transaction.atomic():
            _store([_made(writer, bulletins, number) for number in numbers])


def _bulletins() -> Iterator[Bulletin]:
    for slug, programme in (("wuxiao", "许昌市“无废城市”建设试点"), ("zuofeng", "襄城县作风建设")):  # fmt: skip
        bulletin, _ = Bulletin.objects.get_or_create(
            slug=slug,
            defaults={"programme": programme, "name": "工作简报", "office": "办公室"},
        )
        for position, (name, kind) in enumerate(
            (("要闻", SectionKind.ARTICLES), ("工作动态", SectionKind.ARTICLES), ("简讯", SectionKind.BRIEFS)),
            start=1,
        ):  # fmt: skip
            bulletin.sections.get_or_create(
                name=name, kind=kind.value, defaults={"position": position}
            )
        yield bulletin


def _made(writer: Writer, bulletins: list[Bulletin], place: int) -> Made:
    # Twenty years of them, three out of four in the first bulletin.
    bulletin = bulletins[place % 4 == 3]
    day = _FIRST_DAY + dt.timedelta(days=place * 7_300 // 10_000)
    written = [writer.article() for _ in range(ARTICLES)]
    briefs = tuple(writer.brief() for _ in range(BRIEFS))
    news = tuple(article for article, _ in written)
    document = IssueDocument(
        bulletin=masthead_of(bulletin),
        number=place + 1,
        date=day,
        sections=(
            SectionEntry("要闻", SectionKind.ARTICLES, news[:3]),
            SectionEntry("工作动态", SectionKind.ARTICLES, news[3:]),
            SectionEntry("简讯", SectionKind.BRIEFS, briefs),
        ),
        recipients=Recipients(report=("市委办公室",), distribute=("各成员单位",)),
    )
    paragraphs = [texts for _, texts in written]
    paragraphs += [[brief.printed] for brief in briefs]
    return Made(Issue(bulletin=bulletin), place + 1, day, document, paragraphs)


def _store(made: list[Made]) -> None:
    Issue.objects.bulk_create([one.issue for one in made])
    editions = Edition.objects.bulk_create([_edition(one) for one in made])
    for one, edition in zip(made, editions, strict=True):
        one.issue.status = Issue.Status.ISSUED
        one.issue.number, one.issue.series_year = one.number, 0
        one.issue.date, one.issue.edition = one.date, edition
    Issue.objects.bulk_update(
        [one.issue for one in made],
        ["status", "number", "series_year", "date", "edition"],
    )
    rows = [row for one in made for row in _rows(one)]
    search.add_to_index(PublishedItem.objects.bulk_create(rows))


def _edition(one: Made) -> Edition:
    document = canonical_json(one.document)
    page = "".join(_fragment(one))
    return Edition(
        issue=one.issue,
        document=document,
        digest=hashlib.sha256(document.encode()).hexdigest(),
        html_digest=_keep(page.encode(), "html"),
        pdf_digest=_keep(_PDF, "pdf"),
        pdf_size=len(_PDF),
        frozen_at=timezone.now(),
    )


def _fragment(one: Made) -> Iterator[str]:
    """Yield something of the size of an official page, with its places."""
    places = (anchor for anchor, _ in anchored_items(one.document))
    for section in one.document.sections:
        yield f"<h2>{section.title}</h2>"
        for item in section.items:
            place = next(places)
            if isinstance(item, ArticleEntry):
                yield f'<h3 id="{place}">{html.escape(item.title)}</h3>{item.body}'
            else:
                yield f"<p>★{html.escape(item.printed)}</p>"


def _keep(content: bytes, suffix: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    path = Path(settings.MEDIA_ROOT) / edition_path(digest, suffix)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return digest


def _rows(one: Made) -> Iterator[PublishedItem]:
    """Yield what search.index_issue would make of the document, only faster."""
    kinds = PublishedItem.Kind
    sections = [s.title for s in one.document.sections for _ in s.items]
    rows = zip(sections, anchored_items(one.document), one.paragraphs, strict=True)
    for ordinal, (section, (anchor, item), texts) in enumerate(rows, start=1):
        is_article = isinstance(item, ArticleEntry)
        yield PublishedItem(
            issue=one.issue,
            edition=one.issue.edition,
            number=ordinal,
            ordinal=ordinal,
            kind=kinds.ARTICLE if is_article else kinds.BRIEF,
            anchor=anchor,
            section=section,
            source=item.source,
            title=item.title if isinstance(item, ArticleEntry) else item.lead,
            lead=texts[0] if isinstance(item, ArticleEntry) else item.lead,
            text="\n".join(texts),
        )


def main() -> None:
    """Fill the database that the settings name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    build(options.issues, seed=options.seed)
    print(f"{options.issues} issues, {PublishedItem.objects.count()} items")


if __name__ == "__main__":
    main()
