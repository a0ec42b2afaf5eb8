"""Since when somebody has a page open; who was there before this is seen anew."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0012_accounts")]

    operations = [
        migrations.AddField(
            model_name="presence",
            name="opened_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="presence",
            name="page",
            field=models.CharField(max_length=40),
        ),
    ]
