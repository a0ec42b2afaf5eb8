"""How things are logged: lines of JSON for machines, or coloured ones for people.

Used by the settings and by the web server's own process, which knows no Django.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import structlog

from bulletins.operations.context import add_request

# Of what is passed along with a message only this is written: the request that Django
# passes shows the words somebody searched for.
_FIELDS = ["method", "path", "view", "status", "milliseconds", "status_code"]


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return the configuration of ``logging``: everything goes to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": _formatter, "as_json": as_json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The root has the handler; Django's own would write everything twice.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # What is not found, refused or sent wrongly stands in the line of the request.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            # Whoever tries names at random; the line of the request says 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": False},
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            # Who signed in stands in the log of sign-ins.
            "axes": {"level": "WARNING"},
            # Each rendering step by step.
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
        },
    }  # fmt: skip


def _formatter(*, as_json: bool) -> structlog.stdlib.ProcessorFormatter:
    before: list[Callable[..., Any]] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=_FIELDS),
        add_request,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Callable[..., Any]] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    if as_json:
        after += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        after.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback))  # fmt: skip
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=after
    )
