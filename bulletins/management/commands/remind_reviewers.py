"""Remind whoever has let an issue wait for days; meant to run each morning."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from bulletins import notices
from bulletins.management.plain_errors import OfficeCommand


class Command(OfficeCommand):
    """remind_reviewers [--days N]; nobody is reminded twice a day of an issue."""

    help = "催办等待签发或补签超过几个工作日的简报（每个工作日早上运行一次）"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the number of days."""
        parser.add_argument(
            "--days",
            type=int,
            default=settings.REMIND_AFTER_DAYS,
            help="等待超过几个工作日才催办（只认周末，不认法定节假日和调休）",
        )

    def handle(self, *, days: int, **options: Any) -> None:
        """Remind, unless it is the weekend."""
        if days < 0:
            self.refuse("工作日数不能小于0")
        today = timezone.localdate()
        if not notices.is_weekday(today):
            self.stdout.write("今天是周末，不催办")
            return
        late = notices.waiting_longer_than(days, today)
        for issue in late:
            people = notices.remind(issue, by=None)
            told = f"已催办{people}人" if people else "今天已经催办过，或没有人可以办理"
            self.stdout.write(f"{issue}：{told}")
        if not late:
            self.stdout.write(f"没有等待超过{days}个工作日的简报")
