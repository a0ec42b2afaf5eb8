"""Keeping a system: backups and their return, examinations, records for auditors.

Nothing here knows a request; the commands and the operations pages call it.
"""

from bulletins.upkeep.errors import DamagedBackup, UpkeepError

__all__ = ["DamagedBackup", "UpkeepError"]
