"""One issue and what it is made of. Only ``workflow`` writes its status."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.urls import reverse

from bulletins.bounds import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_BODY,
    MAX_BRIEF,
    MAX_LINE,
    MAX_NOTE,
    MAX_TITLE,
    IssueKind,
)
from bulletins.models.constraints import counts_from_one
from bulletins.models.series import Bulletin, ReviewStep, Section


class IssueQuerySet(models.QuerySet["Issue"]):
    """The named selections of issues."""

    def public(self) -> IssueQuerySet:
        """Return what anyone may read; everything public starts from here."""
        return self.filter(
            status=Issue.Status.ISSUED,
            bulletin__audience=Bulletin.Audience.PUBLIC,
            secrecy="",
        )

    def withdrawn(self) -> IssueQuerySet:
        """Return what was public once: anyone may learn that it was withdrawn."""
        return self.filter(
            status=Issue.Status.WITHDRAWN,
            bulletin__audience=Bulletin.Audience.PUBLIC,
            secrecy="",
        )

    def waiting_for(self, user: User) -> IssueQuerySet:
        """Return what waits for a signature of one of the user's groups."""
        return self.filter(
            status=Issue.Status.REVIEW, step__group__in=user.groups.all()
        )

    def due(self, now: dt.datetime) -> IssueQuerySet:
        """Return what is to be published by now and has not failed yet."""
        return self.filter(
            status=Issue.Status.APPROVED, publish_at__lte=now, publish_failure=""
        )

    def newest_first(self) -> IssueQuerySet:
        """Return the latest issue first, supplements among them by date."""
        return self.order_by("-date", "-number", "-pk")


class Issue(models.Model):
    """One 期 of a bulletin. Only ``workflow`` writes its status, number and edition."""

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEW = "review", "审核中"
        APPROVED = "approved", "待印发"
        ISSUED = "issued", "已印发"
        WITHDRAWN = "withdrawn", "已撤回"

    class Kind(models.TextChoices):
        REGULAR = IssueKind.REGULAR.value, "正刊"
        SUPPLEMENT = IssueKind.SUPPLEMENT.value, "增刊"

    bulletin = models.ForeignKey(
        Bulletin, models.PROTECT, related_name="issues", verbose_name="简报"
    )
    kind = models.CharField("类别", max_length=20, choices=Kind, default=Kind.REGULAR)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.DRAFT, editable=False
    )
    step = models.ForeignKey(
        ReviewStep,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="waiting_issues",
        verbose_name="当前环节",
    )
    planned_number = models.PositiveIntegerField(
        "拟用期号", null=True, blank=True, help_text="不填则印发时按顺序取号"
    )
    planned_total_number = models.PositiveIntegerField(
        "拟用总期号", null=True, blank=True
    )
    number = models.PositiveIntegerField("期号", null=True, blank=True, editable=False)
    total_number = models.PositiveIntegerField(
        "总期号", null=True, blank=True, editable=False
    )
    # The year a yearly series counts in, 0 in a continuous one: with it one
    # constraint keeps numbers unique in both.
    series_year = models.PositiveSmallIntegerField(
        "编号年度", null=True, blank=True, editable=False
    )
    date = models.DateField(
        "印发日期", null=True, blank=True, help_text="不填则为签发当日"
    )
    secrecy = models.CharField(
        "密级和保密期限", max_length=40, blank=True, help_text="涉密件不得公开"
    )
    copy_number = models.CharField("份号", max_length=40, blank=True)
    urgency = models.CharField("紧急程度", max_length=40, blank=True)
    editors_note = models.TextField("编者按", max_length=MAX_NOTE, blank=True)
    copies = models.PositiveIntegerField("共印份数", null=True, blank=True)
    signatory = models.CharField("签发人", max_length=MAX_LINE, blank=True)
    editor = models.CharField("责任编辑", max_length=MAX_LINE, blank=True)
    edition = models.OneToOneField(
        "Edition",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="current_of",
        verbose_name="现行版本",
    )
    urgent_signer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="issues_signed_urgently",
        verbose_name="紧急签发人（待补签）",
    )
    publish_at = models.DateTimeField("定时印发", null=True, blank=True, editable=False)
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="issues_scheduled",
        verbose_name="定时人",
    )
    publish_failure = models.TextField(
        "定时印发失败原因", max_length=MAX_NOTE, blank=True, editable=False
    )
    withdrawal_reason = models.TextField(
        "撤回原因", max_length=MAX_NOTE, blank=True, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="issues_created",
        verbose_name="创建人",
    )
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("修改时间", auto_now=True)
    # Counts the saves of what the form of the issue itself shows: who saves to an
    # older one has not seen the newer.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = "一期简报"
        verbose_name_plural = "各期简报"
        permissions: ClassVar = [
            ("submit_issue", "可以送审"),
            ("approve_issue", "可以签发"),
            ("amend_issue", "可以在审核中修改"),
            ("override_issue", "可以紧急签发"),
            ("publish_issue", "可以印发"),
            ("withdraw_issue", "可以撤回已印发的简报"),
            ("correct_issue", "可以更正已印发的简报"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["issued", "withdrawn"],
                    number__isnull=False,
                    series_year__isnull=False,
                    date__isnull=False,
                    edition__isnull=False,
                )
                | Q(
                    status__in=["draft", "review", "approved"],
                    number__isnull=True,
                    total_number__isnull=True,
                    series_year__isnull=True,
                    edition__isnull=True,
                ),
                name="issue_numbered_dated_and_frozen_iff_issued",
            ),
            models.CheckConstraint(
                condition=Q(status="review", step__isnull=False)
                | (~Q(status="review") & Q(step__isnull=True)),
                name="issue_at_a_step_iff_in_review",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn") & ~Q(withdrawal_reason="")
                | ~Q(status="withdrawn") & Q(withdrawal_reason=""),
                name="issue_has_a_reason_iff_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=True, scheduled_by__isnull=True)
                | Q(
                    publish_at__isnull=False,
                    scheduled_by__isnull=False,
                    status="approved",
                ),
                name="issue_scheduled_only_while_approved",
            ),
            models.CheckConstraint(
                condition=Q(urgent_signer__isnull=True)
                | Q(status__in=["approved", "issued", "withdrawn"]),
                name="issue_urgently_signed_only_once_approved",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["regular", "supplement"]),
                name="issue_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(date__isnull=True)
                | Q(
                    date__gte=dt.date(FIRST_YEAR, 1, 1),
                    date__lte=dt.date(LAST_YEAR, 12, 31),
                ),
                name="issue_date_is_plausible",
                violation_error_message=f"印发日期的年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。",
            ),
            models.UniqueConstraint(
                fields=["bulletin", "kind", "series_year", "number"],
                name="issue_number_once_in_series",
                violation_error_message="这个期号已被占用。",
            ),
            models.UniqueConstraint(
                fields=["bulletin", "total_number"],
                name="issue_total_number_once",
                violation_error_message="这个总期号已被占用。",
            ),
            counts_from_one("number", "issue_number_from_1"),
            counts_from_one("total_number", "issue_total_number_from_1"),
            counts_from_one("planned_number", "issue_planned_number_from_1"),
            counts_from_one("planned_total_number", "issue_planned_total_from_1"),
            counts_from_one("copies", "issue_copies_from_1"),
        ]
        indexes: ClassVar = [
            # The public lists: issued, newest first.
            models.Index(
                fields=["bulletin", "status", "-date"], name="issue_by_bulletin_date"
            ),
            # The command that publishes what is due.
            models.Index(fields=["publish_at"], name="issue_by_publish_at"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("issue", args=self.address)

    @property
    def label(self) -> str:
        """Return e.g. 第56期, 拟第57期, 增刊第1期 or 未编号（#12）."""
        prefix = "增刊" if self.kind == self.Kind.SUPPLEMENT else ""
        if self.number is not None:
            return f"{prefix}第{self.number}期"
        if self.planned_number is not None:
            return f"{prefix}拟第{self.planned_number}期"
        return f"{prefix}未编号（#{self.pk}）"

    @property
    def address(self) -> tuple[str, int, str]:
        """Return bulletin, year and number as they stand in the public address.

        Only for an issue that is out: others have no address.
        """
        if self.date is None or self.number is None:
            raise ValueError("只有已印发的简报才有公开网址")
        is_supplement = self.kind == self.Kind.SUPPLEMENT
        number = f"s{self.number}" if is_supplement else str(self.number)
        return (self.bulletin.slug, self.date.year, number)

    @property
    def is_open(self) -> bool:
        """Return whether its text may be edited now."""
        return self.status == self.Status.DRAFT


class Article(models.Model):
    """A piece with a title and a body; its place in print is ``position``."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="articles", verbose_name="所属期"
    )
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="articles", verbose_name="栏目"
    )
    position = models.PositiveIntegerField("顺序")
    title = models.TextField(
        "标题",
        max_length=MAX_TITLE,
        blank=True,
        help_text="换行处即印刷标题的换行处；目录和网页中不换行",
    )
    contents_title = models.CharField(
        "目录标题",
        max_length=MAX_TITLE,
        blank=True,
        help_text="与标题相同时不填",
    )
    source = models.CharField("供稿单位", max_length=MAX_LINE, blank=True)
    body = models.TextField("正文", max_length=MAX_BODY, blank=True)
    # Counts the saves of the text; a new place in the order is none.
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "文章"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [counts_from_one("position", "article_position_from_1")]

    def __str__(self) -> str:
        return self.title.replace("\n", "") or "没有标题的文章"


class BriefItem(models.Model):
    """One 简讯: lead sentence and text, printed as ★lead。text."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="brief_items", verbose_name="所属期"
    )
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="brief_items", verbose_name="栏目"
    )
    position = models.PositiveIntegerField("顺序")
    lead = models.CharField(
        "首句",
        max_length=MAX_TITLE,
        blank=True,
        help_text="不写末尾句号，印刷时自动加上",
    )
    text = models.TextField("内容", max_length=MAX_BRIEF, blank=True)
    source = models.CharField("供稿单位", max_length=MAX_LINE, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "简讯"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [counts_from_one("position", "brief_position_from_1")]

    def __str__(self) -> str:
        return self.lead or "没有首句的简讯"


class RemovedItem(models.Model):
    """An article or a brief item that was taken out of an issue, kept to be put back."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="removed_items", verbose_name="所属期"
    )
    # Without its section it could not be put back.
    section = models.ForeignKey(
        Section, models.PROTECT, related_name="removed_items", verbose_name="栏目"
    )
    position = models.PositiveIntegerField("原顺序")
    # The entry as it stands in a document's sections.
    entry = models.TextField("内容（JSON）")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="bulletin_items_removed",
        verbose_name="删除人",
    )
    removed_at = models.DateTimeField("删除时间")

    class Meta:
        verbose_name = verbose_name_plural = "已删除的稿件"
        ordering: ClassVar = ["-removed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.issue} 已删除的稿件 #{self.pk}"


class Recipient(models.Model):
    """A line of 报 / 送 / 发: of a bulletin's standing list, or of one issue's own."""

    class Tier(models.TextChoices):
        REPORT = "report", "报"
        SEND = "send", "送"
        DISTRIBUTE = "distribute", "发"
        ADDITIONAL = "additional", "本期增发"

    bulletin = models.ForeignKey(
        Bulletin,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="recipients",
        verbose_name="简报",
    )
    issue = models.ForeignKey(
        Issue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="recipients",
        verbose_name="所属期",
    )
    tier = models.CharField("类别", max_length=20, choices=Tier)
    position = models.PositiveIntegerField("顺序", default=1)
    name = models.CharField("单位", max_length=MAX_LINE)
    copies = models.PositiveIntegerField("份数", default=1)
    email = models.EmailField("电子邮箱", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "收文单位"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(bulletin__isnull=False, issue__isnull=True)
                | Q(bulletin__isnull=True, issue__isnull=False),
                name="recipient_of_a_bulletin_or_of_an_issue",
            ),
            models.CheckConstraint(
                condition=Q(tier__in=["report", "send", "distribute", "additional"]),
                name="recipient_tier_is_known",
            ),
            counts_from_one("position", "recipient_position_from_1"),
            counts_from_one("copies", "recipient_copies_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}：{self.name}"
