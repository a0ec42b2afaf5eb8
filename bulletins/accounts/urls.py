"""The addresses of signing in, below the staff side's own."""

from django.contrib import admin
from django.urls import path

from bulletins.accounts import views

_staff = admin.site.admin_view

urlpatterns = [
    path("code/", _staff(views.code), name="account_code"),
    path("code/setup/", _staff(views.code_setup), name="account_code_setup"),
    path("code/off/", _staff(views.code_off), name="account_code_off"),
    path("code/off/<int:pk>/", _staff(views.code_off), name="account_code_off_for"),
    path("signins/", _staff(views.signins), name="account_signins"),
    path("signins/unlock/", _staff(views.unlock), name="account_unlock"),
]
