"""What happened to an issue: moves, editions, edits, and numbers that are void."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bulletins.bounds import (
    MAX_LINE,
    MAX_NOTE,
)
from bulletins.models.constraints import counts_from_one
from bulletins.models.issues import Issue
from bulletins.models.series import Bulletin


class Event(models.Model):
    """One move of an issue: who, when, from which status to which, and of what text."""

    class Move(models.TextChoices):
        SUBMIT = "submit", "送审"
        APPROVE = "approve", "签发"
        SEND_BACK = "send_back", "退回"
        RECALL = "recall", "撤回送审"
        AMEND = "amend", "审核中修改"
        OVERRIDE = "override", "紧急签发"
        CONFIRM = "confirm", "补签"
        SCHEDULE = "schedule", "定时印发"
        PUBLISH = "publish", "印发"
        CORRECT = "correct", "更正"
        WITHDRAW = "withdraw", "撤回"

    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="events", verbose_name="所属期"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="bulletin_events",
        verbose_name="经办人",
    )
    at = models.DateTimeField("时间", db_index=True)
    move = models.CharField("动作", max_length=20, choices=Move)
    from_status = models.CharField("原状态", max_length=20, choices=Issue.Status)
    to_status = models.CharField("新状态", max_length=20, choices=Issue.Status)
    step = models.CharField("环节", max_length=50, blank=True)
    comment = models.TextField("意见", max_length=MAX_NOTE, blank=True)
    content_digest = models.CharField(
        "内容摘要值", max_length=64, validators=[RegexValidator(r"^[0-9a-f]{64}$")]
    )
    # The text the move was made on: what a leader saw can be shown again.
    document = models.TextField("文件（JSON）", blank=True)
    # How it would have been printed then: what was signed is printed so.
    layout = models.TextField("版式（JSON）", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "流转记录"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(move__in=["override", "withdraw", "send_back", "correct"])
                & ~Q(comment="")
                | ~Q(move__in=["override", "withdraw", "send_back", "correct"]),
                name="event_has_a_reason_where_one_is_due",
            ),
        ]

    def __str__(self) -> str:
        at = timezone.localtime(self.at)
        return f"{self.get_move_display()} {at:%Y-%m-%d %H:%M} {self.actor}"


class Edition(models.Model):
    """What was published, frozen: the document and the files made of it.

    ``document`` is the canonical JSON itself, so that its digest can be taken again;
    the files lie in the media store under their own digests.
    """

    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="editions", verbose_name="所属期"
    )
    ordinal = models.PositiveSmallIntegerField("版次", default=1)
    document = models.TextField("文件（JSON）")
    digest = models.CharField("文件摘要值", max_length=64)
    html_digest = models.CharField("网页摘要值", max_length=64)
    pdf_digest = models.CharField("PDF 摘要值", max_length=64)
    pdf_size = models.PositiveIntegerField("PDF 字节数")
    frozen_at = models.DateTimeField("固化时间")
    note = models.TextField(
        "更正说明", max_length=MAX_NOTE, blank=True, help_text="公开，更正时必填"
    )

    class Meta:
        verbose_name = verbose_name_plural = "版本"
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ordinal=1, note="") | Q(ordinal__gt=1) & ~Q(note=""),
                name="edition_has_a_note_iff_corrected",
            ),
            models.UniqueConstraint(
                fields=["issue", "ordinal"], name="edition_ordinal_once_in_issue"
            ),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1), name="edition_ordinal_from_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue} 第{self.ordinal}版"

    @property
    def html_path(self) -> str:
        """Return where the official page's HTML lies in the media store."""
        return edition_path(self.html_digest, "html")

    @property
    def pdf_path(self) -> str:
        """Return where the PDF lies in the media store."""
        return edition_path(self.pdf_digest, "pdf")


def edition_path(digest: str, suffix: str) -> str:
    """Return the place in the media store of a file with this SHA-256."""
    return f"editions/{digest[:2]}/{digest}.{suffix}"


class Revision(models.Model):
    """The text of an issue after somebody saved it: who changed what, and when."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="revisions", verbose_name="所属期"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="bulletin_revisions",
        verbose_name="修改人",
    )
    at = models.DateTimeField("时间")
    document = models.TextField("文件（JSON）")

    class Meta:
        verbose_name = verbose_name_plural = "修改记录"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.author}"


class VoidedNumber(models.Model):
    """A 期号 that is not used and will not be, and why."""

    bulletin = models.ForeignKey(
        Bulletin, models.PROTECT, related_name="voided_numbers", verbose_name="简报"
    )
    kind = models.CharField(
        "类别", max_length=20, choices=Issue.Kind, default=Issue.Kind.REGULAR
    )
    # As in Issue: the year of a yearly series, 0 of a continuous one.
    series_year = models.PositiveSmallIntegerField("编号年度", default=0)
    number = models.PositiveIntegerField("期号")
    reason = models.CharField("原因", max_length=MAX_LINE)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="bulletin_numbers_voided",
        verbose_name="经办人",
    )
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "作废期号"
        ordering: ClassVar = ["bulletin", "kind", "series_year", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bulletin", "kind", "series_year", "number"],
                name="voided_number_once_in_series",
                violation_error_message="这个期号已经作废。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="voided_number_has_a_reason"
            ),
            counts_from_one("number", "voided_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin} 第{self.number}期（作废）"
