"""The addresses of monitors; bulletins.operations.requests answers them before."""

from django.urls import path

from bulletins.operations import probes

urlpatterns = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.scrape, name="metrics"),
]
