"""All addresses: the staff side under /admin/, the rest is public."""

from django.contrib import admin
from django.urls import include, path

handler500 = "bulletins.operations.busy.on_error"

urlpatterns = [
    path("admin/account/", include("bulletins.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("bulletins.operations.urls")),
    path("", include("bulletins.urls")),
]
