"""Where media lie: a folder, or what STORAGE_URL tells of a store that speaks S3."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_FORM = "s3://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=…&tls=off&addressing=virtual]"  # fmt: skip
_KNOWN = frozenset({"region", "tls", "addressing"})


def media_store(url: str) -> dict[str, Any]:
    """Return the entry of STORAGES for media; raises ImproperlyConfigured.

    An empty address is the folder MEDIA_ROOT.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    # Not in the message: the address holds a secret.
    place = urlsplit(url)
    bucket, _, prefix = place.path.strip("/").partition("/")
    choices = {name: values[-1] for name, values in parse_qs(place.query).items()}
    if place.scheme != "s3" or not bucket or choices.keys() - _KNOWN:
        raise ImproperlyConfigured(f"STORAGE_URL is not of the form {_FORM}")
    options = {
        "bucket_name": bucket,
        "location": prefix,
        "endpoint_url": _endpoint(place, choices.get("tls") != "off"),
        "region_name": choices.get("region"),
        "access_key": unquote(place.username) if place.username else None,
        "secret_key": unquote(place.password) if place.password else None,
        "addressing": choices.get("addressing", "path"),
    }
    known = {name: value for name, value in options.items() if value is not None}
    return {"BACKEND": "wuxiao_bulletin.s3.ObjectStore", "OPTIONS": known}


def _endpoint(place: SplitResult, has_tls: bool) -> str:
    try:
        port = place.port
    except ValueError:
        raise ImproperlyConfigured("STORAGE_URL has no port number") from None
    if not place.hostname:
        raise ImproperlyConfigured(f"STORAGE_URL is not of the form {_FORM}")
    host = f"[{place.hostname}]" if ":" in place.hostname else place.hostname
    return f"{'https' if has_tls else 'http'}://{host}{f':{port}' if port else ''}"
