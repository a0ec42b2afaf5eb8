"""Give tasks whose worker died to the next one; meant to run each ten minutes."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from bulletins.management.plain_errors import OfficeCommand
from bulletins.upkeep.tasks import MOST_WORKERS, requeue


class Command(OfficeCommand):
    """requeue_tasks; a task that is done twice does no harm."""

    help = "把后台程序中途停止而没有做完的任务放回队列（每十分钟运行一次）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask after how long a task counts as left."""
        parser.add_argument(
            "--minutes", type=int, default=10, help="运行了多少分钟还没有做完的，默认10"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Put them back and tell how many there were."""
        count, lost = requeue(dt.timedelta(minutes=max(options["minutes"], 0)))
        if count:
            self.stdout.write(f"已放回{count}个没有做完的任务")
        if lost:
            self.stdout.write(
                f"{lost}个任务已让{MOST_WORKERS}个后台程序中途停止，记为失败，不再放回"
            )
