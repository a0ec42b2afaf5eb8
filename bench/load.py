"""A day of the office in two minutes: fifty readers, five editors, a publisher, and crashes.

    python -m bench.load                  # two minutes undisturbed, two with crashes
    python -m bench.load --seconds 20     # a try

A PostgreSQL server of its own, gunicorn with two workers, the worker of tasks and the
scheduler, all in a folder that is gone afterwards, and on loopback only. People type into
the real forms (bench.driving). Afterwards everything that was acknowledged must be there.
The exit status is 1 where it is not.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.driving import NotDone, Person
from bench.measuring import machine
from scripts.with_postgres import postgres, run, server_programs

_ROOT = Path(__file__).resolve().parents[1]
_READERS, _EDITORS = 50, 5
# A reader looks at a page for a while; an editor types.
_READS_FOR, _TYPES_FOR = 0.2, 0.5
# Below what one address may search in a minute, which all readers here share.
_SEARCH_EVERY = 1.5
_OUTAGE = 5.0
_TASKS_END_WITHIN = 30.0
_BODY = "<p>{}9月1日，县作风办召开推进会，会议要求抓好落实，各乡镇各负其责。</p>"
_MARK = re.compile(r"〔(\d+)〕")


# --- the system -------------------------------------------------------------------


@dataclass(slots=True)
class System:
    """The processes of an installation, each of which may be killed and begun again."""

    folder: Path
    port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def site(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the system."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, role: str) -> None:
        """Start the process of a role (scripts/server/run.sh)."""
        commands = {
            "web": [
                *("-m", "gunicorn", "--config", "scripts/gunicorn_settings.py"),
                *("--bind", f"127.0.0.1:{self.port}", "wuxiao_bulletin.wsgi"),
            ],
            "worker": ["manage.py", "db_worker"],
            "scheduler": ["manage.py", "scheduler"],
        }
        with self.folder.joinpath(f"{role}.log").open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [sys.executable, *commands[role]],
                cwd=_ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self, role: str) -> None:
        """Kill the process of a role outright."""
        self.processes[role].kill()
        self.processes[role].wait()

    def kill_a_web_worker(self) -> None:
        """Kill one of gunicorn's workers outright; gunicorn begins another."""
        master = self.processes["web"].pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)

    def stop_database(self) -> None:
        """Stop PostgreSQL as a crash does: every connection is cut."""
        data = self.folder / "data"
        run(server_programs() / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")

    def start_database(self) -> None:
        """Start PostgreSQL again; it recovers from its log."""
        log = self.folder / "log"
        options = f"-c listen_addresses='' -k {self.folder} -c fsync=off -c max_connections=50"
        run(server_programs() / "pg_ctl", "-D", self.folder / "data", "-l", log, "-w", "-o", options, "start")  # fmt: skip

    def end(self) -> None:
        """Ask every process to end, and wait."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()


_PEOPLE = """
import json, sys
from django.contrib.auth.models import Group, User
for name, password in json.load(open({path!r})).items():
    user = User.objects.create_user(name, password=password, is_staff=True)
    groups = ["签发"] if name == "leader" else ["编辑", "发行"]
    user.groups.set(Group.objects.filter(name__in=groups))
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def installation() -> Iterator[tuple[System, dict[str, str]]]:
    """Set up a system with the sample in it; yield it and the passwords of people."""
    with tempfile.TemporaryDirectory(prefix="bulletins-load-") as name:
        folder = Path(name)
        with postgres(folder) as url:
            system = System(folder, _free_port(), {})
            own = {
                "VAR_DIR": str(folder / "var"),
                "SITE_ROOT": str(folder / "site"),
                "DATABASE_URL": url,
                "TASKS_BACKEND": "database",
                "SITE_ADDRESS": system.site,
                "WEB_CONCURRENCY": "2",
                "LOG_LEVEL": "WARNING",
            }
            system.environment = {**os.environ, **own}
            # PostgreSQL's account owns the folder, which others must be able to enter.
            folder.chmod(0o755)
            people = ["publisher", "leader", *(f"editor{n}" for n in range(_EDITORS))]
            passwords = {each: secrets.token_urlsafe(12) + "aA1!" for each in people}
            path = folder / "people.json"
            path.write_text(json.dumps(passwords), encoding="utf-8")
            for words in (
                ("migrate", "-v0"),
                ("load_demo",),
                ("shell", "-v0", "-c", _PEOPLE.format(path=str(path))),
            ):
                done = system.manage(*words)
                if done.returncode:
                    sys.exit(f"{words[0]}: {done.stdout}{done.stderr}")
            try:
                for role in ("web", "worker", "scheduler"):
                    system.begin(role)
                _wait_for(system)
                yield system, passwords
            finally:
                system.end()


def _wait_for(system: System) -> None:
    for _ in range(120):
        if _fetch(system.port, "/readyz")[0] == 200:
            return
        time.sleep(0.5)
    sys.exit("the system does not answer")


# --- what people do -----------------------------------------------------------------


class Noted:
    """What was done, how long it took, what went wrong; and what was acknowledged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.faults: Counter[tuple[str, str]] = Counter()
        # Of an article: the number last acknowledged, and those sent without an answer.
        self.saved: dict[int, int] = {}
        self.unanswered: dict[int, set[int]] = defaultdict(set)
        self.moved: list[tuple[int, str]] = []

    def did(self, what: str, seconds: float) -> None:
        """Note something that was acknowledged."""
        with self._lock:
            self.seconds[what].append(seconds)

    def failed(self, what: str, why: str) -> None:
        """Note something that was not."""
        with self._lock:
            self.faults[what, why] += 1

    def timed(self, what: str, act: Callable[[], object]) -> object:
        """Do and note something; raises NotDone."""
        start = time.perf_counter()
        try:
            result = act()
        except NotDone as refused:
            why = str(refused.status) if refused.status else "no answer"
            self.failed(what, why)
            raise
        self.did(what, time.perf_counter() - start)
        return result


def _fetch(port: int, address: str) -> tuple[int, bytes]:
    """Return status and bytes of a page; status 0 where the connection broke."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _read(system: System, addresses: list[str], noted: Noted, over: threading.Event, seed: int) -> None:  # fmt: skip
    chance = random.Random(seed)  # noqa: S311 - which page is read next
    searches = seed == 0
    while not over.is_set():
        what = "search" if searches else "page"
        address = (
            "/search/?q=%E8%90%BD%E5%AE%9E" if searches else chance.choice(addresses)
        )
        start = time.perf_counter()
        status, _ = _fetch(system.port, address)
        if status == 200:
            noted.did(what, time.perf_counter() - start)
        else:
            noted.failed(what, str(status) if status else "no answer")
        over.wait(_SEARCH_EVERY if searches else chance.uniform(0, _READS_FOR))


def _edit(person: Person, noted: Noted, over: threading.Event) -> None:
    """Keep changing an article of an issue of one's own."""
    article, number = 0, 0
    while not over.wait(_TYPES_FOR):
        try:
            if not article:
                issue = person.begin_issue(planned_number="")
                article = person.add_article(
                    issue, title="在编", body=_BODY.format("〔0〕")
                )
                noted.saved[article] = 0
                continue
        except NotDone as refused:
            noted.failed(
                "begin", str(refused.status) if refused.status else "no answer"
            )
            continue
        number += 1
        noted.unanswered[article].add(number)
        body = _BODY.format(f"〔{number}〕")
        with contextlib.suppress(NotDone):
            noted.timed("save", lambda: person.save_article(article, body=body))  # noqa: B023
            noted.saved[article] = number
            noted.unanswered[article].clear()


def _publish(
    clerk: Person, leader: Person, noted: Noted, over: threading.Event
) -> None:
    """Compose, submit, sign and publish one issue after the other."""

    def move(person: Person, issue: int, name: str) -> None:
        noted.timed(name, lambda: person.move(issue, name))
        noted.moved.append((issue, name))

    count = 0
    while not over.wait(_TYPES_FOR):
        count += 1
        with contextlib.suppress(NotDone):
            issue = noted.timed("begin", lambda: clerk.begin_issue(planned_number=""))
            assert isinstance(issue, int)  # noqa: S101 - what begin_issue returns
            for number in range(2):
                title = f"全县作风建设第{count}次推进会召开之{number}"
                noted.timed("add", lambda: clerk.add_article(issue, title=title, body=_BODY.format("") * 5))  # noqa: B023 # fmt: skip
            move(clerk, issue, "submit")
            move(leader, issue, "approve")
            move(clerk, issue, "publish")


def _addresses(system: System) -> list[str]:
    """Return the public pages there are, found as a reader finds them."""
    found: list[str] = []
    waiting = ["/"]
    seen = set(waiting)
    while waiting and len(found) < 200:
        address = waiting.pop()
        status, _ = _fetch(system.port, address)
        if status != 200:
            continue
        found.append(address)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", system.port)) as connection:  # fmt: skip
            connection.request("GET", address)
            text = connection.getresponse().read().decode(errors="replace")
        for link in re.findall(r'href="(/[^"#?]*)"', text):
            if link not in seen and not re.match(r"/(?:admin|search|static|api)", link):
                seen.add(link)
                waiting.append(link)
    return found


def under_load(system: System, passwords: dict[str, str], seconds: float, disturb: Callable[[System, float], None]) -> Noted:  # fmt: skip
    """Have everybody at work for a while; return what came of it."""
    noted, over = Noted(), threading.Event()
    people = {name: Person(system.site) for name in passwords}
    for name, person in people.items():
        person.sign_in(name, passwords[name])
    addresses = _addresses(system)
    work: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        *((_read, (system, addresses, noted, over, n)) for n in range(_READERS)),
        *((_edit, (people[f"editor{n}"], noted, over)) for n in range(_EDITORS)),
        (_publish, (people["publisher"], people["leader"], noted, over)),
    ]
    threads = [threading.Thread(target=act, args=arguments) for act, arguments in work]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    try:
        disturb(system, seconds)
        time.sleep(max(0.0, start + seconds - time.monotonic()))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    print_table(noted, time.monotonic() - start)
    return noted


def calm(system: System, seconds: float) -> None:
    """Disturb nothing."""


def crashes(system: System, seconds: float) -> None:
    """Kill the worker, a worker of the web server, and the database; begin them again."""
    pause = max(1.0, (seconds - 2 * _OUTAGE) / 4)
    time.sleep(pause)
    system.kill("worker")
    time.sleep(_OUTAGE)
    system.begin("worker")
    time.sleep(pause)
    system.kill_a_web_worker()
    time.sleep(pause)
    system.stop_database()
    time.sleep(_OUTAGE)
    system.start_database()
    if system.processes["worker"].poll() is not None:
        print("The worker of tasks ended with the database, and is begun again.")
        system.begin("worker")
    if system.processes["scheduler"].poll() is not None:
        print("The scheduler ended with the database, and is begun again.")
        system.begin("scheduler")


# --- what is there afterwards ---------------------------------------------------------

_STATE = """
import json
from bulletins.models import Article, Event, Issue
from django_tasks_db.models import DBTaskResult
from django.db.models import Count
articles = dict(Article.objects.filter(pk__in={articles}).values_list("pk", "body"))
moves = list(Event.objects.filter(issue__in={issues}).values_list("issue", "move"))
out = list(Issue.objects.exclude(edition=None).values_list("pk", flat=True))
tasks = dict(DBTaskResult.objects.values_list("status").annotate(Count("pk")))
print("STATE" + json.dumps([articles, moves, out, tasks]))
"""


State = tuple[dict[str, str], list[list[object]], list[int], dict[str, int]]


def _state(system: System, noted: Noted) -> State:
    """Return bodies of articles, moves, issues with an edition, and tasks by status."""
    issues = sorted({issue for issue, _ in noted.moved})
    script = _STATE.format(articles=sorted(noted.saved), issues=issues)
    done = system.manage("shell", "-v0", "-c", script)
    _, _, found = done.stdout.partition("STATE")
    if not found:
        sys.exit(done.stderr)
    articles, moves, out, tasks = json.loads(found)
    return articles, moves, out, tasks


def _settled(system: System, noted: Noted) -> State:
    """Return what is there once the tasks have ended, or after a while."""
    patience = time.monotonic() + _TASKS_END_WITHIN
    while True:
        state = _state(system, noted)
        _, _, _, tasks = state
        is_over = not tasks.get("READY") and not tasks.get("RUNNING")
        if is_over or time.monotonic() > patience:
            return state
        time.sleep(1)


def losses(system: System, noted: Noted) -> list[str]:
    """Return what was acknowledged and is not there, and what does not end or match."""
    articles, moves, out, tasks = _settled(system, noted)
    if tasks.get("RUNNING"):
        # Of a worker that was killed: the scheduler does this each ten minutes.
        done = system.manage("requeue_tasks", "--minutes", "0")
        print(f"requeue_tasks: {done.stdout.strip()}")
        articles, moves, out, tasks = _settled(system, noted)
    found = []
    for article, acknowledged in noted.saved.items():
        mark = _MARK.search(articles.get(str(article), ""))
        standing = int(mark[1]) if mark else -1
        if standing != acknowledged and standing not in noted.unanswered[article]:
            found.append(f"article {article}: saved {acknowledged}, found {standing}")
    for issue, move in noted.moved:
        if [issue, move] not in moves:
            found.append(f"issue {issue}: no trace of {move}")
        if move == "publish" and issue not in out:
            found.append(f"issue {issue}: published, and has no edition")
    if any(tasks.get(name) for name in ("READY", "RUNNING", "FAILED")):
        found.append(f"tasks: {tasks}")
    print(f"Acknowledged: {len(noted.seconds['save'])} saves of {len(noted.saved)} articles, {len(noted.moved)} moves; tasks: {tasks}.")  # fmt: skip
    for words in (("verify_editions",), ("export_site", "--verify"), ("export_site", "--verify")):  # fmt: skip
        done = system.manage(*words)
        print(f"{' '.join(words)}: {done.stdout.strip() or done.stderr.strip()}")
        if done.returncode and words != ("export_site", "--verify"):
            found.append(f"{words[0]}: {done.stdout}{done.stderr}")
    if done.returncode:
        found.append("export_site --verify finds something after it has repaired")
    return found


def print_table(noted: Noted, seconds: float) -> None:
    """Print how often, how fast, and what went wrong, by kind."""
    print("\n| what | done | a second | p50, ms | p95, ms | not done |")
    print("|---|--:|--:|--:|--:|---|")
    kinds = dict.fromkeys([*noted.seconds, *(what for what, _ in noted.faults)])
    for what in kinds:
        times = sorted(noted.seconds[what])
        wrong = "，".join(f"{why}: {n}" for (kind, why), n in noted.faults.items() if kind == what)  # fmt: skip
        p50, p95 = (f"{times[int(len(times) * q)] * 1000:,.0f}" if times else "" for q in (0.5, 0.95))  # fmt: skip
        print(f"| {what} | {len(times)} | {len(times) / seconds:,.1f} | {p50} | {p95} | {wrong or '0'} |")  # fmt: skip
    print()


def main() -> int:
    """Run both parts; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--keep-logs", type=Path, help="copy the logs to this folder")
    arguments = parser.parse_args()
    print(f"{machine()} {_READERS} readers, {_EDITORS} editors, 1 publisher, {arguments.seconds:.0f} s each.")  # fmt: skip
    found = []
    with installation() as (system, passwords):
        for name, disturb in (("Undisturbed", calm), ("With crashes", crashes)):
            print(f"\n{name}:")
            noted = under_load(system, passwords, arguments.seconds, disturb)
            if disturb is calm and noted.faults:
                found.append(f"undisturbed, and yet: {dict(noted.faults)}")
            if any(what == "page" and why != "no answer" for what, why in noted.faults):
                found.append("a ready page was not served")
            found += losses(system, noted)
        if arguments.keep_logs:
            for log in system.folder.glob("*log"):
                shutil.copy(log, arguments.keep_logs)
    print("\n".join(found) or "Nothing was lost.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
