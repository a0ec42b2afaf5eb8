"""The addresses of the interface, below /api/."""

from django.urls import re_path

from bulletins.api import views

_SLUG = r"(?P<slug>[A-Za-z0-9_-]{1,50})"
_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})"
_NUMBER = r"(?P<number>s?[1-9][0-9]{0,5})"
_ITEM = r"(?P<item>[1-9][0-9]{0,4})"
_ISSUE = rf"^v1/issues/{_SLUG}/{_YEAR}/{_NUMBER}/"

urlpatterns = [
    re_path(r"^v1/openapi\.json$", views.openapi, name="api_openapi"),
    re_path(r"^v1/bulletins/$", views.bulletins, name="api_bulletins"),
    re_path(r"^v1/issues/$", views.issues, name="api_issues"),
    re_path(rf"{_ISSUE}$", views.issue, name="api_issue"),
    re_path(rf"{_ISSUE}{_ITEM}/$", views.article, name="api_article"),
    re_path(r"^v1/articles/$", views.articles, name="api_articles"),
    re_path(r"^v1/search/$", views.find, name="api_search"),
    # The rest too is JSON, and APPEND_SLASH has nothing to add to it.
    re_path(r"^.*$", views.nothing, name="api_nothing"),
]
