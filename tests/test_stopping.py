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
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Server:
    """The web server as it is configured, and what it has logged."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str) -> tuple[int, bytes]:
        return get(self.port, path)

    def logged(self) -> str:
        return self.log.read_text("utf-8")


@contextlib.contextmanager
def serving(folder: Path, *words: str) -> Iterator[Server]:
    """Run the web server until the test is done with it."""
    port, log = free_port(), folder / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn_settings.py",
             "--bind", f"127.0.0.1:{port}", *words],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": str(folder), "FOLDER": str(folder),
                 "TMPDIR": str(folder), "LOG_FORMAT": "json",
                 "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"},
            stderr=stderr,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port))
        yield Server(process, port, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_an_address_too_long_for_the_server_is_told_in_chinese(
    tmp_path, monkeypatch, threads
):
    monkeypatch.setenv("WEB_THREADS", threads)
    with serving(tmp_path, "--workers", "1") as server:
        status, page = server.get("/search/?q=" + "%E6%97%A0" * 10_000)
        fits, refused = server.get("/search/?q=" + "%E6%97%A0" * 800)

    assert status == 414
    assert "网址太长" in page.decode()
    assert fits == 400
    assert "检索" in refused.decode()


def test_a_request_is_finished_and_the_rendering_process_ends_with_the_server(tmp_path):
    answered = []
    with serving(tmp_path, "--workers", "2", "tests.stopping_app") as server:
        try:
            asking = threading.Thread(
                target=lambda: answered.append(server.get("/slow"))
            )
            asking.start()
            wait_until((tmp_path / "begun").exists)

            server.process.send_signal(signal.SIGTERM)
            # The idle process is gone, the busy one has been told: it still answers.
            wait_until(lambda: "Worker exiting" in server.logged())
        finally:
            (tmp_path / "go_on").touch()
        asking.join(PATIENCE)
        assert server.process.wait(PATIENCE) == 0, server.logged()

    ((status, worker),) = answered
    assert status == 200
    assert int(worker) > 1
    wait_until(lambda: not is_alive(int(worker)))
    assert list(tmp_path.glob("bulletin-metrics-*")) == []
    lines = [json.loads(line) for line in server.logged().splitlines()]
    assert {line["logger"] for line in lines} == {"gunicorn.error"}
