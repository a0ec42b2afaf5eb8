"""The rows of the database. Every rule it can hold is a named constraint here."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bulletins.bounds import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_BODY,
    MAX_BRIEF,
    MAX_LINE,
    MAX_NOTE,
    MAX_NUMBER,
    MAX_TITLE,
    IssueKind,
    SectionKind,
)


def _at_least_one(field: str, name: str) -> models.CheckConstraint:
    """Return the rule that a number, where given, counts from 1."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True})
        | Q(**{f"{field}__gte": 1, f"{field}__lte": MAX_NUMBER}),
        name=name,
        violation_error_message=f"应在 1 至 {MAX_NUMBER} 之间。",
    )


class Bulletin(models.Model):
    """A series (简报): its masthead, its office and how its issues are counted."""

    class Numbering(models.TextChoices):
        CONTINUOUS = "continuous", "连续编号"
        YEARLY = "yearly", "按年编号"

    class Audience(models.TextChoices):
        PUBLIC = "public", "公开"
        INTERNAL = "internal", "内部"

    class Rows(models.IntegerChoices):
        STANDARD = 22, "22行（国家标准）"
        LOOSE = 21, "21行（略疏）"
        TIGHT = 23, "23行（略密）"

    class TitleSize(models.IntegerChoices):
        STANDARD = 22, "二号小标宋（国家标准）"
        SMALL = 16, "三号黑体（篇幅短的简报）"

    class Grid(models.TextChoices):
        BOX = "box", "按行高"
        INK = "ink", "按字面"

    class Red(models.TextChoices):
        PURE = "#ff0000", "大红（#FF0000）"
        BRIGHT = "#e60012", "正红（#E60012）"
        DEEP = "#c8102e", "深红（#C8102E）"

    slug = models.SlugField(
        "网址名", max_length=50, unique=True, help_text="网页地址的一部分，如 wuxiao"
    )
    programme = models.CharField(
        "项目名称",
        max_length=MAX_LINE,
        blank=True,
        help_text="报头第一行，如 许昌市“无废城市”建设试点；没有可不填",
    )
    name = models.CharField(
        "简报名称", max_length=MAX_LINE, help_text="报头大字，如 工作简报"
    )
    office = models.CharField("编印单位", max_length=MAX_LINE, blank=True)
    numbering = models.CharField(
        "编号方式",
        max_length=20,
        choices=Numbering,
        default=Numbering.CONTINUOUS,
    )
    counts_total = models.BooleanField("标注总期号", default=False)
    audience = models.CharField(
        "公开范围", max_length=20, choices=Audience, default=Audience.PUBLIC
    )
    # How it is laid out: composing.layout_of makes rendering's profile of these.
    rows_per_page = models.PositiveSmallIntegerField(
        "每页行数",
        choices=Rows,
        default=Rows.STANDARD,
        help_text="每行都是28字；行数越多，行距越小",
    )
    title_size = models.PositiveSmallIntegerField(
        "文章标题字号", choices=TitleSize, default=TitleSize.STANDARD
    )
    first_page_contents_only = models.BooleanField(
        "首页只印报头和要目",
        default=False,
        help_text="选用时正文从第2页开始；不选时紧接本期要目",
    )
    contents_numbers = models.BooleanField(
        "要目标注页码", default=False, help_text="本期要目每条后面印出所在页码"
    )
    even_last = models.BooleanField(
        "版记印在双数页",
        default=False,
        help_text="双面印刷时版记落在最后一张的背面；页数为单数时自动加一页",
    )
    mirrored = models.BooleanField(
        "双面印刷订口对称",
        default=False,
        help_text="双数页的订口改在右侧；单面印刷不选",
    )
    imprint_issuer = models.BooleanField(
        "版记印出印发机关和日期",
        default=False,
        help_text="版记最后一行左边印编印单位，右边印“2020年9月15日印发”",
    )
    red = models.CharField("红色", max_length=7, choices=Red, default=Red.PURE)
    grid = models.CharField(
        "版心高度的算法",
        max_length=20,
        choices=Grid,
        default=Grid.BOX,
        help_text="按行高与文字处理软件一致；按字面时首末两行的字贴齐版心上下边",
    )

    class Meta:
        verbose_name = verbose_name_plural = "简报"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rows_per_page__in=[21, 22, 23]),
                name="bulletin_rows_per_page_is_known",
            ),
            models.CheckConstraint(
                condition=Q(title_size__in=[16, 22]),
                name="bulletin_title_size_is_known",
            ),
            models.CheckConstraint(
                condition=Q(grid__in=["box", "ink"]), name="bulletin_grid_is_known"
            ),
            models.CheckConstraint(
                condition=Q(red__in=["#ff0000", "#e60012", "#c8102e"]),
                name="bulletin_red_is_known",
            ),
            models.UniqueConstraint(
                fields=["programme", "name", "office"],
                name="bulletin_masthead_once",
                violation_error_message="已有报头相同的简报。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}{self.name}"

    def get_absolute_url(self) -> str:
        return reverse("bulletin", args=[self.slug])

    @property
    def is_public(self) -> bool:
        """Return whether its issues may be shown to anyone."""
        return self.audience == self.Audience.PUBLIC


class Section(models.Model):
    """A 栏目 of a bulletin, of articles or of brief items."""

    class Kind(models.TextChoices):
        ARTICLES = SectionKind.ARTICLES.value, "文章"
        BRIEFS = SectionKind.BRIEFS.value, "简讯"

    bulletin = models.ForeignKey(
        Bulletin, models.CASCADE, related_name="sections", verbose_name="简报"
    )
    name = models.CharField("栏目名称", max_length=MAX_LINE)
    kind = models.CharField("内容", max_length=20, choices=Kind, default=Kind.ARTICLES)
    show_heading = models.BooleanField("印出栏目名称", default=True)
    position = models.PositiveIntegerField("顺序", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "栏目"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bulletin", "kind", "name"],
                name="section_name_once_in_bulletin",
                violation_error_message="这份简报已有同名栏目。",
            ),
            _at_least_one("position", "section_position_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_kind_display()}）"


class ReviewStep(models.Model):
    """One signature on the way of a bulletin's issues, e.g. 科室审核, 领导签发."""

    bulletin = models.ForeignKey(
        Bulletin, models.CASCADE, related_name="review_steps", verbose_name="简报"
    )
    position = models.PositiveIntegerField("顺序", default=1)
    name = models.CharField("环节", max_length=50, default="领导签发")
    group = models.ForeignKey(
        Group, models.PROTECT, related_name="review_steps", verbose_name="审签人员"
    )

    class Meta:
        verbose_name = verbose_name_plural = "审签环节"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bulletin", "position"],
                name="review_step_position_once",
                violation_error_message="两个审签环节的顺序相同。",
            ),
            _at_least_one("position", "review_step_position_from_1"),
        ]

    def __str__(self) -> str:
        return self.name


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
            _at_least_one("number", "issue_number_from_1"),
            _at_least_one("total_number", "issue_total_number_from_1"),
            _at_least_one("planned_number", "issue_planned_number_from_1"),
            _at_least_one("planned_total_number", "issue_planned_total_from_1"),
            _at_least_one("copies", "issue_copies_from_1"),
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

    class Meta:
        verbose_name = verbose_name_plural = "文章"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [_at_least_one("position", "article_position_from_1")]

    def __str__(self) -> str:
        return self.title.replace("\n", "") or f"文章 #{self.pk}"


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
        "首句", max_length=MAX_TITLE, help_text="不写末尾句号，印刷时自动加上"
    )
    text = models.TextField("内容", max_length=MAX_BRIEF, blank=True)
    source = models.CharField("供稿单位", max_length=MAX_LINE, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "简讯"
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [_at_least_one("position", "brief_position_from_1")]

    def __str__(self) -> str:
        return self.lead or f"简讯 #{self.pk}"


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
        verbose_name = verbose_name_plural = "报送单位"
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
            _at_least_one("position", "recipient_position_from_1"),
            _at_least_one("copies", "recipient_copies_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}：{self.name}"


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
        constraints: ClassVar = [_at_least_one("position", "phrase_position_from_1")]

    def __str__(self) -> str:
        return self.text


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
            _at_least_one("number", "voided_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin} 第{self.number}期（作废）"
