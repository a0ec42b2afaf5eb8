"""A section stays as long as something taken out of it can be put back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0015_search_rows")]

    operations = [
        migrations.AlterField(
            model_name="removeditem",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="removed_items",
                to="bulletins.section",
                verbose_name="栏目",
            ),
        ),
    ]
