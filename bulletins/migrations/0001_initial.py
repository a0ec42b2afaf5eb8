import datetime

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "ordinal",
                    models.PositiveSmallIntegerField(default=1, verbose_name="版次"),
                ),
                ("document", models.TextField(verbose_name="文件（JSON）")),
                ("digest", models.CharField(max_length=64, verbose_name="文件摘要值")),
                (
                    "html_digest",
                    models.CharField(max_length=64, verbose_name="网页摘要值"),
                ),
                (
                    "pdf_digest",
                    models.CharField(max_length=64, verbose_name="PDF 摘要值"),
                ),
                ("pdf_size", models.PositiveIntegerField(verbose_name="PDF 字节数")),
                ("frozen_at", models.DateTimeField(verbose_name="固化时间")),
            ],
            options={
                "verbose_name": "版本",
                "verbose_name_plural": "版本",
                "ordering": ["ordinal"],
            },
        ),
        migrations.CreateModel(
            name="Bulletin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        help_text="网页地址的一部分，如 wuxiao",
                        unique=True,
                        verbose_name="网址名",
                    ),
                ),
                (
                    "programme",
                    models.CharField(
                        blank=True,
                        help_text="报头第一行，如 许昌市“无废城市”建设试点；没有可不填",
                        max_length=200,
                        verbose_name="项目名称",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="报头大字，如 工作简报",
                        max_length=200,
                        verbose_name="简报名称",
                    ),
                ),
                (
                    "office",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="编印单位"
                    ),
                ),
                (
                    "numbering",
                    models.CharField(
                        choices=[("continuous", "连续编号"), ("yearly", "按年编号")],
                        default="continuous",
                        max_length=20,
                        verbose_name="编号方式",
                    ),
                ),
                (
                    "counts_total",
                    models.BooleanField(default=False, verbose_name="标注总期号"),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[("public", "公开"), ("internal", "内部")],
                        default="public",
                        max_length=20,
                        verbose_name="公开范围",
                    ),
                ),
            ],
            options={
                "verbose_name": "简报",
                "verbose_name_plural": "简报",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("programme", "name", "office"),
                        name="bulletin_masthead_once",
                        violation_error_message="已有报头相同的简报。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Issue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("regular", "正刊"), ("supplement", "增刊")],
                        default="regular",
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "审核中"),
                            ("approved", "待印发"),
                            ("issued", "已印发"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                (
                    "planned_number",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="不填则印发时按顺序取号",
                        null=True,
                        verbose_name="拟用期号",
                    ),
                ),
                (
                    "planned_total_number",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="拟用总期号"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="期号"
                    ),
                ),
                (
                    "total_number",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="总期号"
                    ),
                ),
                (
                    "series_year",
                    models.PositiveSmallIntegerField(
                        blank=True, editable=False, null=True, verbose_name="编号年度"
                    ),
                ),
                (
                    "date",
                    models.DateField(
                        blank=True,
                        help_text="不填则为签发当日",
                        null=True,
                        verbose_name="印发日期",
                    ),
                ),
                (
                    "secrecy",
                    models.CharField(
                        blank=True,
                        help_text="涉密件不得公开",
                        max_length=40,
                        verbose_name="密级和保密期限",
                    ),
                ),
                (
                    "copy_number",
                    models.CharField(blank=True, max_length=40, verbose_name="份号"),
                ),
                (
                    "urgency",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="紧急程度"
                    ),
                ),
                (
                    "editors_note",
                    models.TextField(
                        blank=True, max_length=5000, verbose_name="编者按"
                    ),
                ),
                (
                    "copies",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="共印份数"
                    ),
                ),
                (
                    "signatory",
                    models.CharField(blank=True, max_length=200, verbose_name="签发人"),
                ),
                (
                    "editor",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="责任编辑"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="创建时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, verbose_name="修改时间"),
                ),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issues",
                        to="bulletins.bulletin",
                        verbose_name="简报",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issues_created",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "edition",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="current_of",
                        to="bulletins.edition",
                        verbose_name="现行版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "一期简报",
                "verbose_name_plural": "各期简报",
                "permissions": [
                    ("submit_issue", "可以送审"),
                    ("approve_issue", "可以签发"),
                    ("publish_issue", "可以印发"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("submit", "送审"),
                            ("approve", "签发"),
                            ("publish", "印发"),
                        ],
                        max_length=20,
                        verbose_name="动作",
                    ),
                ),
                (
                    "from_status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "审核中"),
                            ("approved", "待印发"),
                            ("issued", "已印发"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=20,
                        verbose_name="原状态",
                    ),
                ),
                (
                    "to_status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "审核中"),
                            ("approved", "待印发"),
                            ("issued", "已印发"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=20,
                        verbose_name="新状态",
                    ),
                ),
                (
                    "step",
                    models.CharField(blank=True, max_length=50, verbose_name="环节"),
                ),
                (
                    "comment",
                    models.TextField(blank=True, max_length=5000, verbose_name="意见"),
                ),
                (
                    "content_digest",
                    models.CharField(
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator("^[0-9a-f]{64}$")
                        ],
                        verbose_name="内容摘要值",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulletin_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="bulletins.issue",
                        verbose_name="所属期",
                    ),
                ),
            ],
            options={
                "verbose_name": "流转记录",
                "verbose_name_plural": "流转记录",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="edition",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="editions",
                to="bulletins.issue",
                verbose_name="所属期",
            ),
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("report", "报"),
                            ("send", "送"),
                            ("distribute", "发"),
                        ],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=1, verbose_name="顺序"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="单位")),
                ("copies", models.PositiveIntegerField(default=1, verbose_name="份数")),
                (
                    "email",
                    models.EmailField(
                        blank=True, max_length=254, verbose_name="电子邮箱"
                    ),
                ),
                (
                    "bulletin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="bulletins.bulletin",
                        verbose_name="简报",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="bulletins.issue",
                        verbose_name="所属期",
                    ),
                ),
            ],
            options={
                "verbose_name": "报送单位",
                "verbose_name_plural": "报送单位",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=1, verbose_name="顺序"),
                ),
                (
                    "name",
                    models.CharField(
                        default="领导签发", max_length=50, verbose_name="环节"
                    ),
                ),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_steps",
                        to="bulletins.bulletin",
                        verbose_name="简报",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_steps",
                        to="auth.group",
                        verbose_name="审签人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "审签环节",
                "verbose_name_plural": "审签环节",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="issue",
            name="step",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="waiting_issues",
                to="bulletins.reviewstep",
                verbose_name="当前环节",
            ),
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="栏目名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("articles", "文章"), ("briefs", "简讯")],
                        default="articles",
                        max_length=20,
                        verbose_name="内容",
                    ),
                ),
                (
                    "show_heading",
                    models.BooleanField(default=True, verbose_name="印出栏目名称"),
                ),
                (
                    "position",
                    models.PositiveIntegerField(default=1, verbose_name="顺序"),
                ),
                (
                    "bulletin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sections",
                        to="bulletins.bulletin",
                        verbose_name="简报",
                    ),
                ),
            ],
            options={
                "verbose_name": "栏目",
                "verbose_name_plural": "栏目",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="BriefItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="顺序")),
                (
                    "lead",
                    models.CharField(
                        help_text="不写末尾句号，印刷时自动加上",
                        max_length=200,
                        verbose_name="首句",
                    ),
                ),
                (
                    "text",
                    models.TextField(blank=True, max_length=20000, verbose_name="内容"),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="供稿单位"
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="brief_items",
                        to="bulletins.issue",
                        verbose_name="所属期",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brief_items",
                        to="bulletins.section",
                        verbose_name="栏目",
                    ),
                ),
            ],
            options={
                "verbose_name": "简讯",
                "verbose_name_plural": "简讯",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="顺序")),
                (
                    "title",
                    models.TextField(
                        help_text="换行处即印刷标题的换行处；目录和网页中不换行",
                        max_length=200,
                        verbose_name="标题",
                    ),
                ),
                (
                    "contents_title",
                    models.CharField(
                        blank=True,
                        help_text="与标题相同时不填",
                        max_length=200,
                        verbose_name="目录标题",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="供稿单位"
                    ),
                ),
                (
                    "body",
                    models.TextField(
                        blank=True, max_length=1000000, verbose_name="正文"
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="articles",
                        to="bulletins.issue",
                        verbose_name="所属期",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="bulletins.section",
                        verbose_name="栏目",
                    ),
                ),
            ],
            options={
                "verbose_name": "文章",
                "verbose_name_plural": "文章",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                fields=("issue", "ordinal"), name="edition_ordinal_once_in_issue"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("ordinal__gte", 1)), name="edition_ordinal_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bulletin__isnull", False), ("issue__isnull", True)),
                    models.Q(("bulletin__isnull", True), ("issue__isnull", False)),
                    _connector="OR",
                ),
                name="recipient_of_a_bulletin_or_of_an_issue",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(("tier__in", ["report", "send", "distribute"])),
                name="recipient_tier_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="recipient_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("copies__isnull", True),
                    models.Q(("copies__gte", 1), ("copies__lte", 999999)),
                    _connector="OR",
                ),
                name="recipient_copies_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewstep",
            constraint=models.UniqueConstraint(
                fields=("bulletin", "position"),
                name="review_step_position_once",
                violation_error_message="两个审签环节的顺序相同。",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="review_step_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                fields=["bulletin", "status", "-date"], name="issue_by_bulletin_date"
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("date__isnull", False),
                        ("edition__isnull", False),
                        ("number__isnull", False),
                        ("series_year__isnull", False),
                        ("status__in", ["issued", "withdrawn"]),
                    ),
                    models.Q(
                        ("edition__isnull", True),
                        ("number__isnull", True),
                        ("series_year__isnull", True),
                        ("status__in", ["draft", "review", "approved"]),
                        ("total_number__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="issue_numbered_dated_and_frozen_iff_issued",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "review"), ("step__isnull", False)),
                    models.Q(
                        models.Q(("status", "review"), _negated=True),
                        ("step__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="issue_at_a_step_iff_in_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["regular", "supplement"])),
                name="issue_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("date__isnull", True),
                    models.Q(
                        ("date__gte", datetime.date(1949, 1, 1)),
                        ("date__lte", datetime.date(2199, 12, 31)),
                    ),
                    _connector="OR",
                ),
                name="issue_date_is_plausible",
                violation_error_message="印发日期的年份应在 1949 至 2199 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.UniqueConstraint(
                fields=("bulletin", "kind", "series_year", "number"),
                name="issue_number_once_in_series",
                violation_error_message="这个期号已被占用。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.UniqueConstraint(
                fields=("bulletin", "total_number"),
                name="issue_total_number_once",
                violation_error_message="这个总期号已被占用。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number__isnull", True),
                    models.Q(("number__gte", 1), ("number__lte", 999999)),
                    _connector="OR",
                ),
                name="issue_number_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("total_number__isnull", True),
                    models.Q(("total_number__gte", 1), ("total_number__lte", 999999)),
                    _connector="OR",
                ),
                name="issue_total_number_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("planned_number__isnull", True),
                    models.Q(
                        ("planned_number__gte", 1), ("planned_number__lte", 999999)
                    ),
                    _connector="OR",
                ),
                name="issue_planned_number_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("planned_total_number__isnull", True),
                    models.Q(
                        ("planned_total_number__gte", 1),
                        ("planned_total_number__lte", 999999),
                    ),
                    _connector="OR",
                ),
                name="issue_planned_total_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="issue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("copies__isnull", True),
                    models.Q(("copies__gte", 1), ("copies__lte", 999999)),
                    _connector="OR",
                ),
                name="issue_copies_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.UniqueConstraint(
                fields=("bulletin", "kind", "name"),
                name="section_name_once_in_bulletin",
                violation_error_message="这份简报已有同名栏目。",
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="section_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="briefitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="brief_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="article_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
    ]
