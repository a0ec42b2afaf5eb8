"""What people say of an issue: remarks, messages, common opinions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from bulletins.bounds import (
    MAX_LINE,
    MAX_NOTE,
)
from bulletins.models.constraints import counts_from_one
from bulletins.models.issues import Issue
from bulletins.models.trail import Event


class Remark(models.Model):
    """A reviewer's 批注 on a place of the text, which the clerk ticks off."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="remarks", verbose_name="所属期"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="bulletin_remarks",
        verbose_name="批注人",
    )
    anchor = models.CharField("位置", max_length=50, blank=True)
    quote = models.CharField("原文", max_length=MAX_LINE, blank=True)
    text = models.TextField("批注", max_length=MAX_NOTE)
    at = models.DateTimeField("时间")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bulletin_remarks_done",
        verbose_name="处理人",
    )
    done_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批注"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
                name="remark_done_by_somebody_sometime",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class Notice(models.Model):
    """A message to one person about one issue, in the system and perhaps by mail."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="bulletin_notices",
        verbose_name="收件人",
    )
    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="notices", verbose_name="所属期"
    )
    event = models.ForeignKey(
        Event,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name="流转记录",
    )
    text = models.CharField("内容", max_length=500)
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    mailed_at = models.DateTimeField("邮件发出时间", null=True, blank=True)
    # Whoever tries a mail writes it here first: two processes send it once.
    mail_tried_at = models.DateTimeField("邮件尝试时间", null=True, blank=True)
    mail_failure = models.TextField("邮件失败原因", max_length=MAX_NOTE, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "event"], name="notice_once_per_move_and_person"
            ),
        ]
        indexes: ClassVar = [
            # The count beside the bell.
            models.Index(fields=["user", "read_at"], name="notice_by_user_unread"),
        ]

    def __str__(self) -> str:
        return self.text


class Phrase(models.Model):
    """A common opinion (常用意见), one tap away when signing or sending back."""

    text = models.CharField("意见", max_length=MAX_LINE, unique=True)
    position = models.PositiveIntegerField("顺序", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "常用意见"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [counts_from_one("position", "phrase_position_from_1")]

    def __str__(self) -> str:
        return self.text
