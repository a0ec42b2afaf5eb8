"""What goes wrong in keeping a system, in words for who keeps it."""

from __future__ import annotations


class UpkeepError(Exception):
    """It cannot be done; the message is Chinese and fit for the operator."""


class DamagedBackup(UpkeepError):
    """The file is no whole backup of ours."""
