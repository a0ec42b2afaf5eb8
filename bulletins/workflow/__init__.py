"""How an issue moves: draft → review → approved → issued. Nothing else writes its status."""

from bulletins.workflow.freezing import DamagedEdition, frozen_html, pictures_folder
from bulletins.workflow.moves import (
    NotReady,
    WorkflowError,
    approve,
    next_number,
    publish,
    submit,
)

__all__ = [
    "DamagedEdition",
    "NotReady",
    "WorkflowError",
    "approve",
    "frozen_html",
    "next_number",
    "pictures_folder",
    "publish",
    "submit",
]
