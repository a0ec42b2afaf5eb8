"""Media in a store that speaks S3; needs requirements-s3.txt.

What goes wrong on the way to it is an OSError, as it is with a folder: whoever stores
or reads a file need not know where files lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise OSError(f"the store of objects: {error}") from error


class ObjectStore(S3Storage):
    """A bucket, or what of it begins with a prefix; nothing in it has an address."""

    def __init__(self, *, addressing: str = "path", **options: Any) -> None:
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"total_max_attempts": 3, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            # Stores of other makers do not know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            client_config=config,
            # Names follow from the content: who writes one again writes the same.
            file_overwrite=True,
            default_acl=None,
            max_memory_size=8 * 1024 * 1024,
            **options,
        )

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_os_errors():
            file = super()._open(name, mode)
            # Fetched here, whole: reading it cannot fail any more.
            file.file  # noqa: B018
            return file

    def _save(self, name: str, content: Any) -> str:
        with _as_os_errors():
            saved: str = super()._save(name, content)
            return saved

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""
        with _as_os_errors():
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Return whether there is such an object."""
        with _as_os_errors():
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the files below a path."""
        with _as_os_errors():
            folders, files = super().listdir(path)
            return folders, files

    def size(self, name: str) -> int:
        """Return the size of an object; raises FileNotFoundError."""
        with _as_os_errors():
            return int(super().size(name))
