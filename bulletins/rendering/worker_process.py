"""The rendering worker's own side: a process that takes documents and gives PDFs.

It holds no database, no secret key and no more memory than it was given. It ends when
its parent closes the pipe, and by an alarm of its own should a rendering outlast the
parent that would have stopped it.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from bulletins.bounds import SectionKind
from bulletins.document import (
    ArticleEntry,
    IssueDocument,
    Masthead,
    Recipients,
    SectionEntry,
    from_json,
)
from bulletins.rendering import frames
from bulletins.rendering.draft import DraftMark
from bulletins.rendering.errors import RenderError
from bulletins.rendering.printed import Place, Printed
from bulletins.rendering.profile import LayoutProfile
from bulletins.rendering.trail import from_values

# A process that stays this large, in bytes, gives its memory back by ending.
_RETIRE_AT = 350 * 1024 * 1024
# Seconds after the parent's own limit: only a worker without parent gets there.
_GRACE = 10.0

_WARMING_UP = IssueDocument(
    bulletin=Masthead("项目", "工作简报", "办公室"),
    number=1,
    sections=(
        SectionEntry(
            "栏目",
            SectionKind.ARTICLES,
            (ArticleEntry("标题", body="<p>正<strong>文</strong><em>字</em></p>"),),
        ),
    ),
    recipients=Recipients(report=("单位",)),
)


class _PicturesMustLoad(logging.Handler):
    """Stops a rendering that would print without a picture it should have."""

    def emit(self, record: logging.LogRecord) -> None:
        """Raise RenderError where WeasyPrint only logs what it leaves out."""
        if str(record.msg).startswith("Failed to load image"):
            raise RenderError(f"有图片已损坏，不能印出（{record.getMessage()[21:80]}）")


def main(arguments: list[str]) -> None:
    """Serve until the parent closes the pipe."""
    options = json.loads(arguments[0])
    resource.setrlimit(resource.RLIMIT_AS, (options["memory_limit"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ctrl+C reaches the whole terminal: the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the frames.
    requests, replies = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    _configure(options["settings"])
    warm_up()
    frames.write(replies, {"outcome": "ready"})
    _serve(requests, replies, options["time_limit"] + _GRACE)


def _configure(values: dict[str, Any]) -> None:
    """Set up the little of Django that templates need."""
    folders = values.pop("TEMPLATE_FOLDERS")
    engine = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(folder) for folder in folders],
    }
    settings.configure(TEMPLATES=[engine], **values)
    django.setup()


def warm_up() -> None:
    """Load what the first rendering would wait for: libraries, templates, fonts."""
    # Fonts are chosen by the settings, so that this is not loaded before they are.
    from bulletins.rendering import pdf

    pdf.render_pdf(_WARMING_UP)
    logging.getLogger("weasyprint").addHandler(_PicturesMustLoad())


def _serve(requests: int, replies: int, alarm: float) -> None:
    while (request := frames.read(requests)) is not None:
        signal.setitimer(signal.ITIMER_REAL, alarm)
        message, content = answer(request[0])
        # What a failed allocation leaves behind nobody knows.
        message["retires"] = message["outcome"] == "too large" or _memory() > _RETIRE_AT
        frames.write(replies, message, content)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _memory() -> int:
    """Return what this process holds; getrusage would count its parent in."""
    resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(resident) * resource.getpagesize()


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the outcome and the PDF; what is not foreseen here ends the process."""
    render = _trail if "sheet" in request else _issue
    try:
        printed = render(request)
    except RenderError as error:
        return {"outcome": "refused", "message": str(error)}, b""
    except MemoryError:
        return {"outcome": "too large"}, b""
    except RecursionError:
        return {"outcome": "too deep"}, b""
    place = {"pages": printed.pages, "page": printed.page}
    return {"outcome": "done", **place}, printed.pdf


def _issue(request: dict[str, Any]) -> Printed:
    from bulletins.rendering import pdf

    return pdf.render_printed(
        from_json(request["document"]),
        profile=LayoutProfile(**request["profile"]),
        pictures=Path(request["pictures"]) if request["pictures"] else None,
        mark=DraftMark(**request["mark"]) if request["mark"] else None,
        place=Place(**request["place"]) if request.get("place") else None,
    )


def _trail(request: dict[str, Any]) -> Printed:
    from bulletins.rendering import pdf

    # How long it is nobody asks.
    return Printed(pdf.render_trail_pdf(from_values(request["sheet"])), pages=1)


if __name__ == "__main__":
    main(sys.argv[1:])
