"""Take a bulletin's file in as a draft issue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from bulletins.composing import (
    bulletin_with,
    create_issue,
    issues_numbered,
    masthead_of,
)
from bulletins.document import IssueDocument, contents
from bulletins.management.plain_errors import OfficeCommand
from bulletins.models import Bulletin
from bulletins.reading import ReadError, read_file


class Command(OfficeCommand):
    """import_issue FILE [--bulletin SLUG]."""

    help = "把简报文件（.txt、.json）导入为一期草稿"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and the bulletin where the masthead does not tell."""
        parser.add_argument("file", type=Path, help="简报文件")
        parser.add_argument("--bulletin", help="简报的网址名；不写则按报头查找")

    def handle(self, *, file: Path, bulletin: str | None, **options: Any) -> None:
        """Import the whole issue or nothing."""
        try:
            reading = read_file(file)
        except ReadError as error:
            self.refuse(f"{file.name}：{error}")
        document = reading.document
        with transaction.atomic():
            series = self._series(document, bulletin)
            # The row is locked: two imports of one number must not both pass.
            series = Bulletin.objects.select_for_update().get(pk=series.pk)
            if others := issues_numbered(series, document):
                state = others[0].get_status_display()
                self.refuse(f"期号已被占用：{others[0]}（{state}），没有导入")
            issue = create_issue(series, document)
        self.report(reading.findings)
        if document.bulletin != masthead_of(series):
            self.stderr.write(
                f"[提醒] 文件的报头“{document.bulletin.full_name}”"
                f"与简报“{series}”的不同，将按简报的报头排印"
            )
        self.stdout.write(f"已导入草稿 {issue}：{_summary(document)}")

    def _series(self, document: IssueDocument, slug: str | None) -> Bulletin:
        if slug is not None:
            found = Bulletin.objects.filter(slug=slug).first()
            problem = f"没有网址名为“{slug}”的简报"
        else:
            found = bulletin_with(document.bulletin)
            problem = f"没有报头为“{document.bulletin.full_name}”的简报"
        if found is None:
            known = "、".join(f"{b.slug}（{b}）" for b in Bulletin.objects.all())
            self.refuse(f"{problem}；现有：{known or '无，请先在后台新建简报'}")
        return found


def _summary(document: IssueDocument) -> str:
    articles = sum(1 for _ in document.articles())
    briefs = sum(1 for _ in document.briefs())
    names = sum(len(names) for _, names in document.recipients.tiers())
    return (
        f"{articles}篇文章、{briefs}条简讯、"
        f"要目{len(contents(document))}行、收文单位{names}个"
    )
