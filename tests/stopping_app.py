"""The server with one page more, which prints and then waits until it is told to go on.

``gunicorn tests.stopping_app`` with FOLDER set: the page writes ``begun`` there, and
answers once there is ``go_on``. Its answer is the process id of the rendering worker.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bulletins.document import IssueDocument, Masthead
from bulletins.rendering import worker
from wuxiao_bulletin.wsgi import application as _server

_FOLDER = Path(os.environ["FOLDER"])


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer /slow here, everything else as ever."""
    if environ["PATH_INFO"] != "/slow":
        return _server(environ, start)
    worker.render_pdf(IssueDocument(bulletin=Masthead("停止", "工作简报", "办公室")))
    (_FOLDER / "begun").touch()
    while not (_FOLDER / "go_on").exists():
        time.sleep(0.02)
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(worker._worker.pid).encode()]
