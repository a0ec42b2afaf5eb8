"""Send the mails that failed, or that a stopped process left behind."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from bulletins import notices
from bulletins.management.plain_errors import OfficeCommand


class Command(OfficeCommand):
    """send_mails; each failure makes the wait before the next try longer."""

    help = "补发没有发出的消息邮件（每几分钟运行一次）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Try what is due, and count."""
        if not settings.SENDS_MAIL:
            self.stdout.write("没有设置邮件服务器（EMAIL_URL），消息只在系统中显示")
            return
        mailed = notices.mail_what_is_left(timezone.now())
        if mailed.failed:
            self.refuse(f"发出邮件{mailed.sent}封，失败{mailed.failed}封，稍后再试")
        self.stdout.write(f"发出邮件{mailed.sent}封")
