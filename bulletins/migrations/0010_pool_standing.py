"""Where the copy of a piece went, also while it is taken out; plausible dates and places."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0009_desk_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="adoption",
            name="removed_item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="adoptions",
                to="bulletins.removeditem",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("article__isnull", True),
                    ("brief_item__isnull", True),
                    _connector="OR",
                ),
                name="adoption_as_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("received_on__gte", datetime.date(1949, 1, 1)),
                    ("received_on__lte", datetime.date(2199, 12, 31)),
                ),
                name="contribution_received_on_is_plausible",
                violation_error_message="收稿日期的年份应在 1949 至 2199 之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("position__isnull", True),
                    models.Q(("position__gte", 1), ("position__lte", 999999)),
                    _connector="OR",
                ),
                name="unit_position_from_1",
                violation_error_message="应在 1 至 999999 之间。",
            ),
        ),
    ]
