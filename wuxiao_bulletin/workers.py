"""The web server's workers: what is too long to be a request is told in Chinese.

Such a request never reaches Django; gunicorn would answer in English.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker
from gunicorn.workers.sync import SyncWorker

_PAGE = """\
<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>网址太长</title>
<h1>网址太长</h1>
<p>浏览器发来的网址太长，没有办理。检索时请减少字数，再试一次。</p>
<p><a href="/">回到首页</a></p>
</html>
"""
# How much of the rest is read, so that the answer arrives before the end of the line.
_MOST_READ = 1024 * 1024
_SECONDS = 1.0


class _TellsTooLong:
    """Answers what exceeds the bounds of a request; leaves other errors to gunicorn."""

    log: Any

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer 414 for an address, 431 for headers that are too long."""
        if isinstance(exc, LimitRequestLine):
            self._answer(client, "414 URI Too Long")
        elif isinstance(exc, LimitRequestHeaders):
            self._answer(client, "431 Request Header Fields Too Large")
        else:
            super().handle_error(req, client, addr, exc)  # type: ignore[misc]

    def _answer(self, client: socket.socket, status: str) -> None:
        self.log.info("refused a request: %s", status)
        body = _PAGE.encode()
        head = (
            f"HTTP/1.1 {status}\r\n"
            "Connection: close\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        # Whoever does not wait for an answer gets none.
        with contextlib.suppress(OSError):
            client.settimeout(_SECONDS)
            client.sendall(head.encode("ascii") + body)
            client.shutdown(socket.SHUT_WR)
            _read_rest(client)


def _read_rest(client: socket.socket) -> None:
    end, count = time.monotonic() + _SECONDS, 0
    while count < _MOST_READ and time.monotonic() < end:
        read = client.recv(65536)
        if not read:
            return
        count += len(read)


class OfficeSyncWorker(_TellsTooLong, SyncWorker):
    """One request at a time."""


class OfficeThreadWorker(_TellsTooLong, ThreadWorker):
    """Some requests at a time, in threads."""
