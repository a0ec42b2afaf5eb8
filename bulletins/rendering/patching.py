"""Replacing private functions of WeasyPrint, or failing loudly.

Everything this project changes in WeasyPrint goes through ``replace``: it refuses any
version but the pinned one, and any function that does not look as it did there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import weasyprint

SUPPORTED_VERSION = "70.0"


class UnsupportedWeasyPrint(RuntimeError):
    """A private function this project replaces may not be what it was."""


def replace(
    module: ModuleType,
    name: str,
    parameters: str,
    make: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """Replace a function of WeasyPrint by what ``make`` makes of it, once.

    ``parameters`` are the names the original takes, in order.
    """
    if weasyprint.__version__ != SUPPORTED_VERSION:
        raise UnsupportedWeasyPrint(
            f"written for WeasyPrint {SUPPORTED_VERSION}, not {weasyprint.__version__}"
        )
    original = getattr(module, name, None)
    if original is None:
        raise UnsupportedWeasyPrint(f"{module.__name__} has no {name}")
    if getattr(original, "replaced_by_bulletins", False):
        return
    found = list(inspect.signature(original).parameters)
    if found != parameters.split():
        raise UnsupportedWeasyPrint(f"{module.__name__}.{name} takes {found}")
    if not original.__module__.startswith("weasyprint."):
        raise UnsupportedWeasyPrint(f"{name} was replaced by {original.__module__}")
    replacement = make(original)
    replacement.replaced_by_bulletins = True  # type: ignore[attr-defined]
    setattr(module, name, replacement)
