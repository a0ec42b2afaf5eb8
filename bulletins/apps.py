"""The application's name in the admin, and its checks."""

from importlib import import_module

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """The one application of the project."""

    name = "bulletins"
    verbose_name = "简报"

    def ready(self) -> None:
        """Register the checks; what they look at is loaded by now."""
        import_module("bulletins.archive.checks")
