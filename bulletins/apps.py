"""The application's name in the admin."""

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """The one application of the project."""

    name = "bulletins"
    verbose_name = "简报"
