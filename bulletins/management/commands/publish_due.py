"""Publish the issues whose time has come; meant to run each minute."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bulletins import workflow
from bulletins.management.plain_errors import OfficeCommand
from bulletins.models import Issue


class Command(OfficeCommand):
    """publish_due; running it twice, or twice at once, publishes once."""

    help = "印发到了定时印发时间的简报（每分钟运行一次）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, then tell what came out and what did not."""
        now = timezone.now()
        due = list(Issue.objects.due(now).values_list("pk", flat=True))
        published = workflow.publish_due(now)
        for issue in published:
            self.stdout.write(f"已印发 {issue}")
        if not due:
            self.stdout.write("没有到时间的简报")
        failed = Issue.objects.filter(pk__in=due).exclude(publish_failure="")
        if reasons := [f"{i} 没有印发：{i.publish_failure}" for i in failed]:
            self.refuse("；".join(reasons))
