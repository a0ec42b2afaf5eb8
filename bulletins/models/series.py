"""A bulletin as a series: its sections, its steps of review, its layout."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.urls import reverse

from bulletins.bounds import (
    MAX_LINE,
    SectionKind,
)
from bulletins.models.constraints import counts_from_one


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
    # Counts the savings of its page: who saves over a newer one is told.
    version = models.PositiveIntegerField(default=1, editable=False)

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
            counts_from_one("position", "section_position_from_1"),
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
            counts_from_one("position", "review_step_position_from_1"),
        ]

    def __str__(self) -> str:
        return self.name
