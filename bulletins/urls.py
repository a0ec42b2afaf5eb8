"""The public addresses. They speak, and they never change."""

from django.urls import path, re_path

from bulletins import views

_ISSUE = (
    r"(?P<slug>[\w-]+)/(?P<year>(?:19|20|21)[0-9]{2})/(?P<number>s?[1-9][0-9]{0,5})"
)
_EDITION = r"edition-(?P<ordinal>[1-9][0-9]{0,3})"

urlpatterns = [
    path("", views.home, name="home"),
    re_path(
        r"^media/pictures/(?P<name>[0-9a-f]{16,64}\.(?:png|jpg))$",
        views.picture,
        name="picture",
    ),
    path("<slug:slug>/", views.bulletin, name="bulletin"),
    re_path(rf"^{_ISSUE}/$", views.issue, name="issue"),
    re_path(rf"^{_ISSUE}\.pdf$", views.issue_pdf, name="issue_pdf"),
    re_path(rf"^{_ISSUE}/{_EDITION}/$", views.issue, name="edition"),
    re_path(rf"^{_ISSUE}/{_EDITION}\.pdf$", views.issue_pdf, name="edition_pdf"),
]
