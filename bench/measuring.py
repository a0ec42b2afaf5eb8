"""Clocks and memory meters for the benchmarks."""

from __future__ import annotations

import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

_PROC = Path("/proc")


def seconds(action: Callable[[], object]) -> float:
    """Return how long the action takes by the clock on the wall."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(times: list[float]) -> str:
    """Return the median with the smallest and largest, in seconds."""
    return f"{statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f})"


def memory(pid: int, key: str) -> float:
    """Return a line of a process's status in MB, e.g. VmRSS or VmHWM."""
    for line in (_PROC / str(pid) / "status").read_text("ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    return 0.0


class PeakOfTree:
    """Watches how much a process and all below it hold together, shared pages once."""

    def __init__(self, pid: int) -> None:
        """Begin to watch."""
        self.peak = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """Return the most that was held, in MB."""
        self._done.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.peak = max(self.peak, sum(map(_proportional, _tree(self._pid))))


def _tree(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            parent = _parent(folder)
            if parent is not None:
                children.setdefault(parent, []).append(int(folder.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _parent(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except (OSError, UnicodeDecodeError):
        return None  # it has ended meanwhile


def _proportional(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(x.split()[1]) for x in lines if x.startswith("Pss:")) / 1024


def machine() -> str:
    """Describe what the numbers were measured on."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({_processor()}), {total:.0f} GB memory, "
        f"load {load:.1f} at the start, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, WeasyPrint {version('weasyprint')}"
    )


def _processor() -> str:
    for line in (_PROC / "cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()
