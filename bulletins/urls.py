"""The public addresses. They speak, and they never change (bulletins.archive)."""

from django.urls import include, path, re_path

from bulletins import views
from bulletins.archive.addresses import PATTERNS

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("api/", include("bulletins.api.urls")),
    *(
        re_path(rf"^{pattern}$", views.page, name=kind.value)
        for kind, pattern in PATTERNS
    ),
]
