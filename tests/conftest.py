"""What every test gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections
from hypothesis import settings as hypothesis_settings

# The same examples on every run; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis_settings.register_profile("same", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", deadline=None, max_examples=5000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, tmp_path_factory
):
    """SQLite is tested in a file, as it is used: one in memory has no real locks."""
    database = connections.databases["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        folder = tmp_path_factory.mktemp("database")
        database["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path):
    """No test writes into the media store of this machine."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def counts_of_its_own():
    """No test is refused because others before it have asked too often."""
    cache.clear()


@pytest.fixture(autouse=True)
def cheap_passwords(settings):
    """Hashing a password properly takes longer than most tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def documents() -> Path:
    """Return the folder of sample texts."""
    return DOCUMENTS
