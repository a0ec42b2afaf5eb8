"""The password of backups: from the environment or a file, never the command line."""

from __future__ import annotations

import os
from pathlib import Path

from bulletins.upkeep.errors import UpkeepError
from bulletins.upkeep.sealing import checked_password


def backup_password(file: str | None = None) -> str | None:
    """Return the password that is set, None where none is; raises UpkeepError.

    A file given on the command line comes before BACKUP_PASSWORD_FILE, and that
    before BACKUP_PASSWORD.
    """
    path = file or os.environ.get("BACKUP_PASSWORD_FILE")
    if path:
        return checked_password(_content(Path(path)))
    password = os.environ.get("BACKUP_PASSWORD")
    return checked_password(password) if password else None


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UpkeepError(f"密码文件读不出来：{path}") from error
