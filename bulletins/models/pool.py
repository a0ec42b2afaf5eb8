"""What comes in before any issue exists: units, and the pieces they send (稿件库)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from bulletins.bounds import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_BODY,
    MAX_LINE,
    MAX_NOTE,
    MAX_TITLE,
)
from bulletins.models.constraints import counts_from_one
from bulletins.models.issues import Article, BriefItem, Issue, RemovedItem


class Unit(models.Model):
    """A 单位 that sends pieces; its short name is what is printed under them."""

    name = models.CharField("单位名称", max_length=MAX_LINE, unique=True)
    short_name = models.CharField(
        "简称", max_length=MAX_LINE, blank=True, help_text="印在稿件后面；不填则用全称"
    )
    contact = models.CharField("联系人", max_length=50, blank=True)
    phone = models.CharField("电话", max_length=50, blank=True)
    position = models.PositiveIntegerField("顺序", default=1)
    is_active = models.BooleanField(
        "在用", default=True, help_text="撤并的单位不再列入选择，以前的稿件不变"
    )

    class Meta:
        verbose_name = verbose_name_plural = "报送单位"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [counts_from_one("position", "unit_position_from_1")]

    def __str__(self) -> str:
        return self.name

    @property
    def printed_name(self) -> str:
        """Return the name as it stands under a piece."""
        return self.short_name or self.name


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """The named selections of pieces.

    A piece is 采用 as long as a copy of it stands in an issue: when the last copy is
    taken out there, the piece waits again, whoever took it out and however.
    """

    def with_standing(self) -> ContributionQuerySet:
        """Say of each, as ``stands``, whether a copy of it stands in an issue."""
        return self.annotate(stands=_copy_standing())

    def waiting(self) -> ContributionQuerySet:
        """Return what waits to be decided upon (待用)."""
        state = Contribution.State
        taken_out = Q(state=state.ADOPTED) & ~Q(_copy_standing())
        return self.filter(Q(state=state.WAITING) | taken_out)

    def adopted(self) -> ContributionQuerySet:
        """Return what stands in an issue (采用)."""
        return self.filter(_copy_standing(), state=Contribution.State.ADOPTED)

    def declined(self) -> ContributionQuerySet:
        """Return what was turned down (不采用)."""
        return self.filter(state=Contribution.State.DECLINED)


class Contribution(models.Model):
    """A piece a unit sent (稿件): waiting, taken into an issue, or turned down."""

    class State(models.TextChoices):
        WAITING = "waiting", "待用"
        ADOPTED = "adopted", "采用"
        DECLINED = "declined", "不采用"

    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        verbose_name="供稿单位",
    )
    title = models.CharField("标题", max_length=MAX_TITLE)
    body = models.TextField("正文", max_length=MAX_BODY, blank=True)
    author = models.CharField("作者", max_length=MAX_LINE, blank=True)
    phone = models.CharField("电话", max_length=50, blank=True)
    received_on = models.DateField("收稿日期")
    state = models.CharField(
        "状态", max_length=20, choices=State, default=State.WAITING, editable=False
    )
    reason = models.CharField(
        "不采用的原因", max_length=MAX_NOTE, blank=True, editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="contributions_decided",
        verbose_name="经办人",
    )
    decided_at = models.DateTimeField("办理时间", null=True, blank=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="contributions_entered",
        verbose_name="录入人",
    )
    created_at = models.DateTimeField("录入时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "稿件"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="declined") & ~Q(reason="")
                | Q(state__in=["waiting", "adopted"], reason=""),
                name="contribution_has_a_reason_iff_declined",
            ),
            models.CheckConstraint(
                condition=Q(
                    received_on__gte=dt.date(FIRST_YEAR, 1, 1),
                    received_on__lte=dt.date(LAST_YEAR, 12, 31),
                ),
                name="contribution_received_on_is_plausible",
                violation_error_message=f"收稿日期的年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "-received_on"], name="contribution_by_state"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def unit_name(self) -> str:
        """Return the full name of the unit; empty where none is given."""
        return self.unit.name if self.unit else ""


class Adoption(models.Model):
    """That a piece was copied into an issue: by whom, when, and as what."""

    contribution = models.ForeignKey(
        Contribution, models.PROTECT, related_name="adoptions", verbose_name="稿件"
    )
    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="adoptions", verbose_name="采用于"
    )
    # What the piece became there; nothing again when the copy is removed.
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="adoptions"
    )
    brief_item = models.ForeignKey(
        BriefItem, models.SET_NULL, null=True, blank=True, related_name="adoptions"
    )
    # Where the copy lies while it can be put back.
    removed_item = models.ForeignKey(
        RemovedItem, models.SET_NULL, null=True, blank=True, related_name="adoptions"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="contributions_adopted",
        verbose_name="经办人",
    )
    at = models.DateTimeField("采用时间")

    class Meta:
        verbose_name = verbose_name_plural = "采用记录"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(article__isnull=True) | Q(brief_item__isnull=True),
                name="adoption_as_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contribution} → {self.issue}"

    @property
    def copy(self) -> Article | BriefItem | None:
        """Return what the piece became, if that still stands in an issue."""
        return self.article or self.brief_item


# Of an adoption: its copy is still there.
STANDING = Q(article__isnull=False) | Q(brief_item__isnull=False)


def _copy_standing() -> Exists:
    return Exists(Adoption.objects.filter(STANDING, contribution=OuterRef("pk")))
