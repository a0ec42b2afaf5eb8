"""The web server's configuration: ``gunicorn --config scripts/gunicorn_settings.py``.

What stands here may be said otherwise on the command line; docs/settings.md lists the
variables.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wuxiao_bulletin.logs import logging_config

wsgi_app = "wuxiao_bulletin.wsgi"
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "1"))
_KIND = "OfficeThreadWorker" if threads > 1 else "OfficeSyncWorker"
worker_class = f"wuxiao_bulletin.workers.{_KIND}"
# A search of its longest words has some 2,000 bytes.
limit_request_line = 8190

# A page that has to be printed may wait for another, half a minute each.
timeout = 90
# After SIGTERM what is being answered is finished; who stops the server waits longer.
graceful_timeout = 40
# Where workers tell that they are alive: a slow disk must not end them.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory

# Nobody steers it but by signals.
control_socket_disable = True

# The line of a request is written by bulletins.operations.requests, with its id.
accesslog = None
logconfig_dict = logging_config(
    as_json=os.environ.get("LOG_FORMAT") == "json",
    level=os.environ.get("LOG_LEVEL", "INFO").upper(),
)

# Counted by every worker, read by whichever is asked: files that all of them share.
# Set here, before a worker loads the library that looks for it.
_is_ours = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if _is_ours:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="bulletin-metrics-")  # fmt: skip


def child_exit(server: Any, worker: Any) -> None:
    """Let go of what a worker that ended was counting just then."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Leave no files behind."""
    if _is_ours:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
