"""What a reader costs the server: ready bytes from Django and nginx, beside the least.

    python -m bench.site                       # 10, 1,000 and 10,000 issues
    python -m bench.site --issues 1000 --seconds 5

Each archive is made by bench.corpus in a folder of its own, its tree written, and asked
for by wrk: gunicorn with two workers, beside a constant view of the same server in the
same run; nginx over the tree, beside nginx over one plain file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent
_CONNECTIONS = 8
_MIXED = 2_000
_SHOWN = ("plain", "gzip", "304")
_SEARCHES = 100
_OF_NGINX = ("issue", "article", "issues, mixed", "articles, mixed")
_CLOCK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured: answers a second, milliseconds; and processor time, in µs.

    The time the workers computed for an answer hardly depends on what else the machine
    does; the answers a second do.
    """

    rate: float
    p50: float
    p95: float
    bytes: int
    errors: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that stands ready: its folder, and the environment it is run in."""

    issues: int
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        own = {
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "DJANGO_SETTINGS_MODULE": "bench.site_settings",
            "SITE_ADDRESS": "http://127.0.0.1",
            "SITE_ROOT": str(self.tree),
        }
        return {**os.environ, **own}

    @property
    def tree(self) -> Path:
        """Return where its pages stand."""
        return self.folder / "site"


def main() -> None:
    """Measure the sizes asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, nargs="+", default=[10, 1_000, 10_000])
    parser.add_argument("--seconds", type=int, default=5, help="rounds of a figure")
    parser.add_argument("--folder", type=Path, help="keep the archives here")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        _write_part(options.part)
        return
    if missing := [name for name in ("wrk", "nginx") if not shutil.which(name)]:
        sys.exit(f"missing: {', '.join(missing)} (apt-get install wrk nginx-light)")
    with tempfile.TemporaryDirectory() as own:
        for issues in options.issues:
            folder = (options.folder or Path(own)) / str(issues)
            _measure(_made(Archive(issues, folder)), options.seconds)


# --- making an archive ------------------------------------------------------------


def _made(archive: Archive) -> Archive:
    done = archive.folder / "made"
    if done.exists():
        return archive
    archive.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    _run(archive, "manage.py", "migrate", "--verbosity", "0")
    _run(archive, "-m", "bench.corpus", "--issues", str(archive.issues))
    rows = time.monotonic()
    parts = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.site", "--part", f"{part}/2"],
            cwd=_ROOT,
            env=archive.environment,
        )
        for part in (0, 1)
    ]
    if any(part.wait() for part in parts):
        sys.exit("the tree was not written")
    written = time.monotonic()
    print(f"made in {rows - started:.0f} s, tree written in {written - rows:.0f} s")
    done.touch()
    return archive


def _run(archive: Archive, *words: str) -> None:
    subprocess.run(
        [sys.executable, *words], cwd=_ROOT, env=archive.environment, check=True
    )


def _write_part(part: str) -> None:
    """Write every second page, beside another process that writes the others."""
    import django

    django.setup()
    from bulletins.archive import keeping, touching

    index, of = map(int, part.split("/"))
    for place, address in enumerate(touching.everything()):
        if place % of == index:
            keeping.renew(address)


# --- measuring --------------------------------------------------------------------


def _measure(archive: Archive, seconds: int) -> None:
    articles = sum(1 for _ in archive.tree.glob("*/[12]*/*/[0-9]*/index.html"))
    print(f"\n### {archive.issues:,} issues, {articles:,} articles and briefs\n")
    with tempfile.TemporaryDirectory() as folder:
        asking = _Asking(archive, Path(folder), seconds)
        with _gunicorn(archive) as server:
            asking.django(server)
        plain = asking.copied(archive)
        with _nginx(archive, Path(folder)) as server:
            asking.nginx(server, plain)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where, and its main process."""

    base: str
    pid: int

    def computed(self) -> float:
        """Return the seconds its workers have computed so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return sum(map(_seconds_of, children.split()))


def _seconds_of(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK


class _Asking:
    """Asks a server of an archive for its pages, and prints what wrk says."""

    def __init__(self, archive: Archive, folder: Path, seconds: int) -> None:
        self._folder, self._seconds = folder, seconds
        self._pages = _pages_of(archive)
        self._searches = _searches_of(archive)

    def django(self, server: Server) -> None:
        """Ask gunicorn: each page in each form, in turn with the constant view."""
        self._load(server, ["/constant/"])
        _head("gunicorn, 2 workers", "of the constant view")
        _row("constant view", "plain", *self._beside(server, ["/constant/"]))
        least = self._beside(server, ["/constant/"], ["/least/"])
        _row("constant, no middleware", "plain", *least)
        for name, paths in self._pages.items():
            for form in _SHOWN:
                if form == "304" and len(paths) > 1:
                    continue
                found = self._beside(
                    server, ["/constant/"], paths, form, beside="plain"
                )
                _row(name, form, *found)
        searched = self._beside(server, ["/constant/"], self._searches)
        _row("search", "plain", *searched)

    def nginx(self, server: Server, plain: dict[str, list[str]]) -> None:
        """Ask nginx for the tree, each page in turn with plain files outside it.

        First with one plain file, then with as many as there are pages, of the same bytes:
        2,000 files come from memory instead of the processor's cache, wherever they lie.
        """
        _head("nginx, 2 workers", "of one plain file", "of as many")
        for form in ("plain", "gzip"):
            [one] = plain["issue"]
            found, itself = self._beside(server, [one], form=form)
            _row("one plain file", form, found, itself, itself)
            for name, files in plain.items():
                pages = self._pages[name]
                found, of_one = self._beside(server, files[:1], pages, form)
                _, of_many = self._beside(server, files, pages, form)
                _row(name, form, found, of_one, of_many)

    def copied(self, archive: Archive) -> dict[str, list[str]]:
        """Copy the pages nginx is asked for into one flat folder; return their addresses."""
        flat = self._folder / "plain"
        flat.mkdir()
        plain: dict[str, list[str]] = {}
        for kind, name in enumerate(_OF_NGINX):
            plain[name] = []
            for place, page in enumerate(self._pages[name]):
                file = f"{kind}-{place}.html"
                for suffix in ("", ".gz"):
                    of_tree = archive.tree / page[1:] / f"index.html{suffix}"
                    shutil.copyfile(of_tree, flat / f"{file}{suffix}")
                plain[name].append(f"/plain/{file}")
        return plain

    def _beside(
        self,
        server: Server,
        least: list[str],
        paths: list[str] | None = None,
        form: str = "plain",
        *,
        beside: str = "",
    ) -> tuple[Load, float]:
        """Return the medians of some rounds of a second, and the part of the least's rate.

        Each round asks for both, one right after the other: a machine that is slower for
        a moment is slower for both, and a round it disturbs is not the median.
        """
        rounds = []
        for _ in range(self._seconds):
            of_least = self._load(server, least, beside or form)
            rounds.append((self._load(server, paths or least, form), of_least))
        part = statistics.median(load.rate / by.rate for load, by in rounds)
        return _median([load for load, _ in rounds]), part

    def _load(self, server: Server, paths: list[str], form: str = "plain") -> Load:
        listed = self._folder / "paths"
        listed.write_text("\n".join(paths) + "\n", encoding="ascii")
        headers = [] if form == "plain" else ["Accept-Encoding", "gzip"]
        if form == "304":
            headers += ["If-None-Match", _etag(f"{server.base}{paths[0]}")]
        threads = ("-t1", f"-c{_CONNECTIONS}", "-d1s")
        script = ("-s", str(_HERE / "site.lua"), server.base, "--", str(listed))
        before = server.computed()
        said = subprocess.run(
            ["wrk", *threads, *script, *headers],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        computed = server.computed() - before
        found = json.loads(said.splitlines()[-1])
        return Load(
            rate=found["rate"],
            p50=found["p50"],
            p95=found["p95"],
            bytes=found["bytes"],
            errors=found["errors"],
            cpu=computed * 1e6 / max(found["answers"], 1),
        )


def _median(loads: list[Load]) -> Load:
    return Load(
        rate=statistics.median(load.rate for load in loads),
        p50=statistics.median(load.p50 for load in loads),
        p95=statistics.median(load.p95 for load in loads),
        bytes=loads[0].bytes,
        errors=sum(load.errors for load in loads),
        cpu=statistics.median(load.cpu for load in loads),
    )


def _pages_of(archive: Archive) -> dict[str, list[str]]:
    """Return the pages to be asked for, by kind; the mixed ones in no order."""
    issues = [
        f"/{page.parent.relative_to(archive.tree)}/"
        for page in archive.tree.glob("*/[12]*/[0-9]*/index.html")
    ]
    chosen = random.Random(7)  # noqa: S311 - no secret
    issues = chosen.sample(sorted(issues), min(_MIXED, len(issues)))
    articles = [f"{issue}{chosen.randint(1, 10)}/" for issue in issues]
    return {
        "home": ["/"],
        "bulletin": ["/wuxiao/"],
        "issue": issues[:1],
        "article": articles[:1],
        "feed": ["/feed.atom"],
        "issues, mixed": issues,
        "articles, mixed": articles,
    }


def _searches_of(archive: Archive) -> list[str]:
    """Return searches for two characters of titles here and there."""
    with sqlite3.connect(archive.folder / "db.sqlite3") as rows:
        titles = rows.execute(
            "SELECT title FROM bulletins_publisheditem "
            "WHERE id % (1 + (SELECT max(id) FROM bulletins_publisheditem) / ?) = 0",
            [_SEARCHES],
        ).fetchall()
    return [f"/search/?q={urllib.parse.quote(title[2:4])}" for (title,) in titles]


def _head(server: str, *measures: str) -> None:
    print(
        f"\n| {server} | form | answers/s | {' | '.join(measures)} | p50 ms | p95 ms "
        "| bytes | CPU µs an answer |"
    )
    print(f"|---|---|---:|{'---:|' * len(measures)}---:|---:|---:|---:|")


def _row(name: str, form: str, found: Load, *parts: float) -> None:
    failed = f" **{found.errors} errors**" if found.errors else ""
    print(
        f"| {name} | {form} | {found.rate:,.0f}{failed} | {' | '.join(map('{:.0%}'.format, parts))} "
        f"| {found.p50:.2f} | {found.p95:.2f} | {found.bytes:,} | {found.cpu:,.0f} |",
        flush=True,
    )


# --- servers ----------------------------------------------------------------------


@contextmanager
def _gunicorn(archive: Archive) -> Iterator[Server]:
    base = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "gunicorn", "wuxiao_bulletin.wsgi"]
    command += ["--workers", "2", "--bind", base, "--log-level", "warning"]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=_ROOT, env=archive.environment, stdout=nowhere, stderr=nowhere
    ) as server:
        try:
            _wait_for(f"http://{base}/constant/")
            yield Server(f"http://{base}", server.pid)
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port


_CONFIGURATION = """
user root;
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  gzip_static on;
  open_file_cache max=20000 inactive=60s;
  client_body_temp_path {folder}/body;
  server {{
    listen 127.0.0.1:{port};
    root {tree};
    location /plain/ {{ root {folder}; }}
    # Told its name, nginx looks for the file once; try_files and index look twice.
    location ~ /$ {{ rewrite ^(.*)$ $1index.html break; }}
  }}
}}
"""


@contextmanager
def _nginx(archive: Archive, folder: Path) -> Iterator[Server]:
    folder.chmod(0o755)
    port = _free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, tree=archive.tree, port=port)
    )
    with subprocess.Popen(["nginx", "-c", str(configuration)]) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/")
            yield Server(f"http://127.0.0.1:{port}", server.pid)
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    for _ in range(300):
        if _answers(url):
            return
        time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def _etag(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        tag = answer.headers["ETag"]
    if not re.fullmatch(r'(W/)?"[^"]+"', tag or ""):
        sys.exit(f"{url} has no tag")
    return str(tag)


if __name__ == "__main__":
    main()
