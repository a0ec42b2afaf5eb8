"""What every test gets."""

from __future__ import annotations

from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path):
    """No test writes into the media store of this machine."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def cheap_passwords(settings):
    """Hashing a password properly takes longer than most tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def documents() -> Path:
    """Return the folder of sample texts."""
    return DOCUMENTS
