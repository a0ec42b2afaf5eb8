"""Who saves the settings of a bulletin over newer ones is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0016_removed_items_keep_their_section")]

    operations = [
        migrations.AddField(
            model_name="bulletin",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
    ]
