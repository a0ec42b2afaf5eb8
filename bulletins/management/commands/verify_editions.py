"""Take every digest again: is what was published still what was published?"""

from __future__ import annotations

from typing import Any

from bulletins import workflow
from bulletins.management.plain_errors import OfficeCommand
from bulletins.models import Edition


class Command(OfficeCommand):
    """verify_editions; it reads everything and changes nothing."""

    help = "核对所有已印发版本的文件、网页和 PDF 与摘要值是否相符"

    def handle(self, *args: Any, **options: Any) -> None:
        """Write every fault, then the counts."""
        editions = damaged = faults = 0
        rows = Edition.objects.select_related("issue__bulletin").order_by("pk")
        for edition in rows.iterator():
            found = list(workflow.faults(edition))
            for fault in found:
                self.stderr.write(fault)
            editions, faults = editions + 1, faults + len(found)
            damaged += bool(found)
        if faults:
            self.refuse(f"核对了{editions}个版本，{damaged}个有问题，共{faults}处")
        self.stdout.write(f"核对了{editions}个版本，全部相符")
