"""The public addresses. They speak, and they never change (bulletins.archive)."""

from django.urls import re_path

from bulletins import views
from bulletins.archive.addresses import PATTERNS

urlpatterns = [
    re_path(rf"^{pattern}$", views.page, name=kind.value) for kind, pattern in PATTERNS
]
