"""Rendering in a process of its own, so that no document can harm the web process.

The worker is started when first needed and stays warm. It is ended and replaced when a
document takes too long, too much memory, or brings it down. It belongs to the process
that started it: after a fork each side has its own.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from prometheus_client import Histogram

from bulletins.document import IssueDocument, to_json
from bulletins.rendering import frames, limits
from bulletins.rendering.draft import DraftMark
from bulletins.rendering.errors import RenderError
from bulletins.rendering.printed import Place, Printed
from bulletins.rendering.profile import DEFAULT_PROFILE, LayoutProfile
from bulletins.rendering.trail import TrailSheet, to_values

TIME_LIMIT = 30.0
MEMORY_LIMIT = 1024 * 1024 * 1024
# A cold machine reads the fonts first.
_START_LIMIT = 60.0
# Two renderings that both use up their time may stand before one in the queue.
_QUEUE_LIMIT = 2 * TIME_LIMIT

_PROJECT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_SETTINGS = ("PREFER_OFFICE_FONTS", "LANGUAGE_CODE", "TIME_ZONE", "USE_I18N", "USE_TZ")

_log = logging.getLogger(__name__)
_rendering_seconds = Histogram(
    "bulletin_rendering_seconds",
    "How long printing took, the start of the process included.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)


class _Ended(Exception):
    """The process is gone without an answer."""

    def __init__(self, *, starting: bool, in_time: bool, status: int) -> None:
        """Keep what tells whose fault it was."""
        super().__init__(f"the rendering worker ended with status {status}")
        self.starting = starting
        self.in_time = in_time
        # Nothing in a document sends these: somebody or the kernel wanted the memory.
        self.by_others = in_time and status in {-signal.SIGKILL, -signal.SIGTERM}


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is being rendered: its name for the log, and what to look at first."""

    name: str
    advice: str = ""

    def blamed(self, problem: str) -> str:
        """Name the piece that most likely is the reason."""
        return f"{problem}；{self.advice}" if self.advice else problem


class Worker:
    """One rendering process and the right to speak to it, a document at a time."""

    def __init__(
        self, *, time_limit: float = TIME_LIMIT, memory_limit: int = MEMORY_LIMIT
    ) -> None:
        """Set the limits; the process is started when it is needed."""
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while there is a process."""
        return self._process.pid if self._process else None

    def render(self, document: IssueDocument, **options: Any) -> bytes:
        """Return the PDF alone; see ``render_printed``."""
        return self.render_printed(document, **options).pdf

    def render_printed(
        self,
        document: IssueDocument,
        *,
        profile: LayoutProfile = DEFAULT_PROFILE,
        pictures: Path | None = None,
        mark: DraftMark | None = None,
        place: Place | None = None,
    ) -> Printed:
        """Return the PDF and its length; raises RenderError in words for an editor."""
        request = {
            "document": to_json(document),
            "profile": dataclasses.asdict(profile),
            "pictures": str(pictures) if pictures else None,
            "mark": dataclasses.asdict(mark) if mark else None,
            "place": dataclasses.asdict(place) if place else None,
        }
        largest = limits.largest(document)
        blame = f"本期内容最多的是{largest}，请先检查并精简" if largest else ""
        return self._render(request, _Subject(document.bulletin.full_name, blame))

    def render_trail(self, sheet: TrailSheet) -> bytes:
        """Return the PDF of the 审签单; raises RenderError in words for an editor."""
        return self._render({"sheet": to_values(sheet)}, _Subject(sheet.issue)).pdf

    def _render(self, request: dict[str, Any], subject: _Subject) -> Printed:
        if not self._turn.acquire(timeout=_QUEUE_LIMIT):
            raise RenderError("正在排印的简报较多，请稍后再试")
        try:
            with _rendering_seconds.time():
                reply, pdf = self._ask_twice(request)
        except _Ended as ended:
            _log.error("%s on %s", ended, subject.name)
            raise RenderError(self._reason(ended, subject)) from ended
        finally:
            self._turn.release()
        return self._judge(reply, pdf, subject)

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            _close_pipes(process)
            process.wait()

    def leave_to_parent(self) -> None:
        """Let go of a process that a fork has copied here but not given away."""
        process, self._process = self._process, None
        if process is not None:
            # Held open here, the pipe would keep the worker alive after its parent.
            _close_pipes(process)
            # It is no child of this process, which therefore cannot wait for it.
            process.returncode = 0

    # --- one question, one answer ---

    def _ask_twice(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Ask, and ask a new process where somebody has killed the one that was."""
        try:
            return self._ask(request)
        except _Ended as ended:
            if not ended.by_others:
                raise
        return self._ask(request)

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        with _time_limit(process, self._time_limit) as expired:
            answer = _exchange(process, request)
        if answer is None:
            raise self._ended(expired)
        if answer[0].get("retires"):
            self.stop()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            self._process = self._start()
            with _time_limit(self._process, _START_LIMIT) as expired:
                ready = _exchange(self._process, None)
            if ready is None:
                raise self._ended(expired, starting=True)
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        # The child needs no secret of this process, and gets none.
        environment = {k: os.environ[k] for k in _ENVIRONMENT if k in os.environ}
        options = {
            "time_limit": self._time_limit,
            "memory_limit": self._memory_limit,
            "settings": {
                "TEMPLATE_FOLDERS": _template_folders(),
                **{name: getattr(settings, name) for name in _SETTINGS},
            },
        }
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [
                *(sys.executable, "-m", "bulletins.rendering.worker_process"),
                json.dumps(options),
            ],
            cwd=_PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def _ended(self, expired: threading.Event, *, starting: bool = False) -> _Ended:
        process = self._process
        assert process is not None  # noqa: S101 - just asked
        # A process that talks nonsense has not ended of itself.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        self.stop()
        return _Ended(
            starting=starting,
            in_time=not expired.is_set(),
            status=process.returncode,
        )

    # --- what is said to the editor ---

    def _judge(self, reply: dict[str, Any], pdf: bytes, subject: _Subject) -> Printed:
        match reply.get("outcome"):
            case "done":
                return Printed(pdf, reply.get("pages", 1), reply.get("page", 1))
            case "refused":
                raise RenderError(str(reply.get("message")))
            case "too deep":
                raise RenderError(subject.blamed("正文的嵌套层次太深"))
            case "too large":
                raise RenderError(subject.blamed("排印所需的内存超过限制"))
            case _:
                raise RenderError(subject.blamed("排印程序没有给出结果"))

    def _reason(self, ended: _Ended, subject: _Subject) -> str:
        if ended.starting:
            return "排印程序无法启动，详情已记入日志，请联系管理员"
        if not ended.in_time:
            problem = f"排印超过{self._time_limit:g}秒没有完成，已经停止"
            return subject.blamed(problem)
        if ended.by_others:
            return "排印程序两次被系统终止，可能是服务器内存不足，请联系管理员"
        return subject.blamed("排印程序意外停止，详情已记入日志")


def _template_folders() -> list[str]:
    engines: list[dict[str, Any]] = settings.TEMPLATES
    return [str(folder) for engine in engines for folder in engine["DIRS"]]


def _exchange(
    process: subprocess.Popen[bytes], request: dict[str, Any] | None
) -> tuple[dict[str, Any], bytes] | None:
    """Send the request, if any, and return the answer; None where there is none."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        if request is not None:
            frames.write(process.stdin.fileno(), request)
        return frames.read(process.stdout.fileno())
    except BrokenPipeError:
        return None


@contextlib.contextmanager
def _time_limit(
    process: subprocess.Popen[bytes], seconds: float
) -> Iterator[threading.Event]:
    """Kill the process after so many seconds; the event says whether it came to that."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


# --- the worker of this process ---------------------------------------------------

_worker = Worker()


def _begin_anew() -> None:
    """After a fork: the parent keeps its worker, the child gets one when it needs it."""
    global _worker
    _worker.leave_to_parent()
    _worker = Worker()


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(lambda: _worker.stop())


def render_pdf(
    document: IssueDocument,
    *,
    profile: LayoutProfile = DEFAULT_PROFILE,
    pictures: Path | None = None,
    mark: DraftMark | None = None,
) -> bytes:
    """Return the PDF of the document; raises RenderError in words for an editor.

    ``pictures`` is the folder the article bodies' pictures lie in. What is too large
    to be rendered is refused before anything is.
    """
    return render_printed(document, profile=profile, pictures=pictures, mark=mark).pdf


def render_printed(
    document: IssueDocument,
    *,
    profile: LayoutProfile = DEFAULT_PROFILE,
    pictures: Path | None = None,
    mark: DraftMark | None = None,
    place: Place | None = None,
) -> Printed:
    """Return the PDF as ``render_pdf`` does, its length, and the page of the place."""
    if excesses := limits.excesses(document, pictures):
        raise RenderError("；".join(finding.message for finding in excesses))
    return _worker.render_printed(
        document, profile=profile, pictures=pictures, mark=mark, place=place
    )


def render_trail_pdf(sheet: TrailSheet) -> bytes:
    """Return the PDF of the 审签单; raises RenderError in words for an editor."""
    return _worker.render_trail(sheet)
