"""Make what the archive is found by anew from its editions: after a restore, or a doubt."""

from __future__ import annotations

import argparse
from typing import Any

from django.db.models import Q

from bulletins import search
from bulletins.management.plain_errors import OfficeCommand
from bulletins.models import Issue

_PROGRESS_EVERY = 500


class Command(OfficeCommand):
    """rebuild_search_index; it reads editions, and writes only what is not as it should be.

    One issue after another, each in a transaction of its own: readers never find an
    issue half there, and a run that was stopped is simply run again.
    """

    help = "按已印发的版本重建检索索引；加 --check 只核对不改动"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the switch for looking only."""
        parser.add_argument(
            "--check", action="store_true", help="只核对，有出入时以错误结束"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every issue that is out, or of which something is left."""
        is_check = options["check"]
        concerned = Q(status=Issue.Status.ISSUED) | Q(published_items__isnull=False)
        keys = Issue.objects.filter(concerned).values_list("pk", flat=True)
        issues = sorted(set(keys))
        wrong = 0
        for done, pk in enumerate(issues, start=1):
            wrong += self._is_wrong(pk) if is_check else search.mend(pk)
            if done % _PROGRESS_EVERY == 0:
                self.stdout.write(f"已处理{done}期，共{len(issues)}期")
        is_sound = search.is_sound()
        if not is_check:
            if not is_sound:
                search.mend_database()
            self.stdout.write(f"检索索引已是最新：共{len(issues)}期，重建了{wrong}期")
        elif wrong or not is_sound:
            whole = "" if is_sound else "，数据库的全文索引也有出入"
            self.refuse(
                f"核对了{len(issues)}期，{wrong}期与版本不符{whole}；"
                "请运行 manage.py rebuild_search_index"
            )
        else:
            self.stdout.write(f"核对了{len(issues)}期，检索索引全部相符")

    def _is_wrong(self, pk: int) -> bool:
        issue = Issue.objects.get(pk=pk)
        if search.is_indexed(issue):
            return False
        self.stderr.write(f"{issue}：检索索引与现行版本不符")
        return True
