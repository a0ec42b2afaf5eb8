"""How an issue moves: draft → review → approved → issued. Nothing else writes its status."""

from bulletins.archive.frozen import DamagedEdition, frozen_html
from bulletins.workflow.arranging import (
    Gone,
    Overtaken,
    add_document,
    add_entries,
    arrange,
    move_item,
    open_for,
    put_back,
    remove_item,
    removed_entry,
    save_item,
)
from bulletins.workflow.editing import last_editor, may_edit, record_edit
from bulletins.workflow.judging import RULES, describe, obstacles
from bulletins.workflow.moves import (
    approve,
    confirm,
    override,
    recall,
    send_back,
    submit,
)
from bulletins.workflow.numbering import (
    gaps,
    next_number,
    series_year,
    void_number,
)
from bulletins.workflow.ordering import (
    Order,
    key_of,
    order_from,
    order_text,
    placed,
    stepped,
)
from bulletins.workflow.publishing import (
    correct,
    publish,
    publish_due,
    schedule,
    withdraw,
)
from bulletins.workflow.refusing import Obstacle, Refused, WorkflowError
from bulletins.workflow.series import save_bulletin
from bulletins.workflow.starting import (
    Proposal,
    last_issue,
    propose,
    save_issue,
    start_issue,
)
from bulletins.workflow.steps import add_default_step
from bulletins.workflow.verifying import faults

__all__ = [
    "RULES",
    "DamagedEdition",
    "Gone",
    "Obstacle",
    "Order",
    "Overtaken",
    "Proposal",
    "Refused",
    "WorkflowError",
    "add_default_step",
    "add_document",
    "add_entries",
    "approve",
    "arrange",
    "confirm",
    "correct",
    "describe",
    "faults",
    "frozen_html",
    "gaps",
    "key_of",
    "last_editor",
    "last_issue",
    "may_edit",
    "move_item",
    "next_number",
    "obstacles",
    "open_for",
    "order_from",
    "order_text",
    "override",
    "placed",
    "propose",
    "publish",
    "publish_due",
    "put_back",
    "recall",
    "record_edit",
    "remove_item",
    "removed_entry",
    "save_bulletin",
    "save_issue",
    "save_item",
    "schedule",
    "send_back",
    "series_year",
    "start_issue",
    "stepped",
    "submit",
    "void_number",
    "withdraw",
]
