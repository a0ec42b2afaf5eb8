"""The web server itself: what it refuses; what is being answered when it is stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 60


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """Return whether there is such a process, and not only its entry in the table."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return state[0] != "Z"


@contextlib.contextmanager
def serving(folder: Path, *words: str) -> Iterator[int]:
    """Run the web server as configured; give its port."""
    port = free_port()
    with (folder / "log").open("w") as stderr:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn_settings.py",
             "--bind", f"127.0.0.1:{port}", *words],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": str(folder),
                 "TMPDIR": str(folder), "LOG_FORMAT": "json",
                 "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"},
            stderr=stderr,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port))
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_an_address_too_long_for_the_server_is_told_in_chinese(
    tmp_path, monkeypatch, threads
):
    monkeypatch.setenv("WEB_THREADS", threads)
    with serving(tmp_path, "--workers", "1") as port:
        status, page = get(port, "/search/?q=" + "%E6%97%A0" * 10_000)
        fits, refused = get(port, "/search/?q=" + "%E6%97%A0" * 800)

    assert status == 414
    assert "网址太长" in page.decode()
    assert fits == 400
    assert "检索" in refused.decode()


def test_a_request_is_finished_and_the_rendering_process_ends_with_the_server(tmp_path):
    port, answered = free_port(), []
    log = tmp_path / "log"
    with log.open("w") as stderr:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn_settings.py",
             "--bind", f"127.0.0.1:{port}", "--workers", "2", "tests.stopping_app"],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": str(tmp_path), "FOLDER": str(tmp_path),
                 "TMPDIR": str(tmp_path), "LOG_FORMAT": "json",
                 "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"},
            stderr=stderr,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port))
        asking = threading.Thread(target=lambda: answered.append(get(port, "/slow")))
        asking.start()
        wait_until((tmp_path / "begun").exists)

        server.send_signal(signal.SIGTERM)
        # The idle process is gone, the busy one has been told: it still answers.
        wait_until(lambda: "Worker exiting" in log.read_text("utf-8"))
        (tmp_path / "go_on").touch()
        asking.join(PATIENCE)
        assert server.wait(PATIENCE) == 0, log.read_text("utf-8")
    finally:
        (tmp_path / "go_on").touch()
        server.kill()
        server.wait()

    ((status, worker),) = answered
    assert status == 200
    assert int(worker) > 1
    wait_until(lambda: not is_alive(int(worker)))
    assert list(tmp_path.glob("bulletin-metrics-*")) == []
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert {line["logger"] for line in lines} == {"gunicorn.error"}
