"""What the public archive finds by: the items of what is out, one row each.

Derived from editions alone (``manage.py rebuild_search_index`` makes them anew), and
written in the transaction that makes an edition current.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bulletins.bounds import MAX_LINE, MAX_TITLE
from bulletins.models.issues import Issue
from bulletins.models.trail import Edition


class PublishedItem(models.Model):
    """An article or a brief item of the current edition of an issue.

    ``number`` is its public address within the issue and stays with the item through
    corrections; ``ordinal`` is its place in the current edition's printed order.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "文章"
        BRIEF = "brief", "简讯"

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="published_items", verbose_name="所属期"
    )
    edition = models.ForeignKey(
        Edition, models.CASCADE, related_name="items", verbose_name="版本"
    )
    number = models.PositiveIntegerField("网址序号")
    ordinal = models.PositiveIntegerField("顺序")
    kind = models.CharField("种类", max_length=20, choices=Kind)
    # The place in the official page (document.article_anchor, section_anchor).
    anchor = models.CharField(max_length=40)
    section = models.CharField("栏目", max_length=MAX_LINE)
    source = models.CharField("供稿单位", max_length=MAX_LINE, blank=True)
    title = models.CharField("标题", max_length=MAX_TITLE)
    # Plain text: the lead of a brief or the first paragraph, and everything.
    lead = models.TextField("首段", blank=True)
    text = models.TextField("全文", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "已印发的稿件"
        ordering: ClassVar = ["issue", "ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue", "number"], name="published_item_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, ordinal__gte=1),
                name="published_item_counts_from_1",
            ),
        ]
        indexes: ClassVar = [
            # The pages of a 栏目 and of a 单位.
            models.Index(fields=["section", "issue"], name="published_item_by_section"),
            models.Index(fields=["source", "issue"], name="published_item_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.issue} {self.number} {self.title}"


class SearchEntry(models.Model):
    """How a published item is listed among what was found: narrow, read by thousands.

    Everything here and in ``SearchText`` is made by ``search.indexing``, folded as in
    ``search.folding``.
    """

    item = models.OneToOneField(
        PublishedItem, models.CASCADE, primary_key=True, related_name="search_entry"
    )
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="+")
    # Bulletin, year, section and unit, divided by tabs: what results are counted by.
    facet = models.TextField()
    # Greater is newer; within an issue, what is printed first.
    recency = models.BigIntegerField()
    title = models.TextField()
    # How the text begins, as far as that counts for more than the rest.
    opening = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "检索目录"

    def __str__(self) -> str:
        return self.title


class SearchText(models.Model):
    """What a published item is found by: its folded text, and the tokens of that.

    The migration that makes the table gives its tokens an index of the database: on
    PostgreSQL of the expression, on SQLite a full-text table kept by triggers. A later
    migration that makes the table anew has to make the triggers anew as well.
    """

    item = models.OneToOneField(
        PublishedItem, models.CASCADE, primary_key=True, related_name="search_text"
    )
    folded = models.TextField()
    tokens = models.TextField()

    class Meta:
        verbose_name = verbose_name_plural = "检索正文"

    def __str__(self) -> str:
        return self.folded[:40]
