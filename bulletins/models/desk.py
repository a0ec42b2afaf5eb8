"""What the composing desk keeps beside the text: pictures, who is here, the lexicon."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from bulletins.bounds import MAX_LINE, MAX_NOTE
from bulletins.models.issues import Issue


class Picture(models.Model):
    """A picture of article bodies, as it was re-encoded; its file has this name."""

    name = models.CharField(
        "文件名",
        max_length=80,
        unique=True,
        validators=[RegexValidator(r"^[0-9a-f]{16,64}\.(?:png|jpg)$")],
    )
    original_name = models.CharField("原文件名", max_length=MAX_LINE, blank=True)
    width = models.PositiveIntegerField("宽（像素）")
    height = models.PositiveIntegerField("高（像素）")
    size = models.PositiveIntegerField("字节数")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="bulletin_pictures",
        verbose_name="上传人",
    )
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "图片"

    def __str__(self) -> str:
        return self.original_name or self.name

    @property
    def path(self) -> str:
        """Return where the file lies in the media store."""
        return f"pictures/{self.name}"


class Presence(models.Model):
    """That somebody has a page of an issue open: seen there last at this time."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="presences")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="bulletin_presences"
    )
    # Which form, e.g. issue-5 or article-12.
    page = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "正在打开"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue", "user", "page"], name="presence_once_a_page"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.issue} {self.page}"


class Term(models.Model):
    """A standing phrase of the lexicon (规范用语): how it is written, and how it is not."""

    text = models.CharField("规范写法", max_length=MAX_LINE, unique=True)
    wrong = models.TextField(
        "不规范的写法",
        max_length=MAX_NOTE,
        blank=True,
        help_text="一行一个；编写时出现这些写法会提醒",
    )
    note = models.CharField("说明", max_length=MAX_LINE, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规范用语"
        ordering: ClassVar = ["text"]

    def __str__(self) -> str:
        return self.text

    @property
    def wrong_forms(self) -> tuple[str, ...]:
        """Return the forms that are to be avoided."""
        return tuple(line.strip() for line in self.wrong.splitlines() if line.strip())
