"""Past one machine, simulated on one: two web servers, two workers, and kills under load.

    python -m bench.scaling                # ninety seconds of load
    python -m bench.scaling --seconds 30   # a try

Two gunicorns on ports of their own and two workers of tasks share a PostgreSQL server,
a media folder and a tree, as several machines would; each has nothing else in common
with the others. Readers, editors and publishers use either web server by turns. A third
of the way one web server with all its processes and one worker are killed (kill -9) and
begun again. Afterwards whatever was acknowledged is looked for. Loopback only; ends with status 1
if anything is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from bench.driving import NotDone, Person
from bench.measuring import machine
from scripts.with_postgres import postgres

_ROOT = Path(__file__).resolve().parents[1]
_READERS, _EDITORS, _PUBLISHERS = 10, 4, 2
_BODY = "<p>〔{}〕9月1日，县作风办召开推进会，会议要求抓好落实，各乡镇各负其责。</p>"
_PEOPLE = """
import json
from django.contrib.auth.models import Group, User
for name, password in json.load(open({path!r})).items():
    user = User.objects.create_user(name, password=password, is_staff=True)
    groups = ["签发"] if name == "leader" else ["编辑", "发行"]
    user.groups.set(Group.objects.filter(name__in=groups))
"""


# --- the machines -----------------------------------------------------------------


@dataclass(slots=True)
class Machines:
    """The processes, by name; each may be killed with all it has begun."""

    folder: Path
    environment: dict[str, str]
    sites: tuple[str, ...]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on one of them."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def begin(self, name: str) -> None:
        """Start ``web-0``, ``worker-1`` and so on, by the script that servers use."""
        role, _, number = name.partition("-")
        own = {"WEB_BIND": self.sites[int(number)].removeprefix("http://")}
        with self.folder.joinpath(f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                ["scripts/server/run.sh", role],
                cwd=_ROOT,
                env={**self.environment, **own},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a process with all it has begun, outright."""
        process = self.running[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Ask all to end; kill what does not."""
        for process in self.running.values():
            process.terminate()
        for name, process in self.running.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(45)
            self.kill(name)


def _free_site() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def _machines() -> Iterator[tuple[Machines, dict[str, str], str]]:
    """Set up two of each; yield them, the passwords of people, and the database."""
    with tempfile.TemporaryDirectory(prefix="bulletins-scaling-") as name:
        folder = Path(name)
        with postgres(folder) as url:
            # PostgreSQL's account owns the folder, which others must be able to enter.
            folder.chmod(0o755)
            environment = {
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "VAR_DIR": str(folder / "var"),
                "SITE_ROOT": str(folder / "site"),
                "DATABASE_URL": url,
                "DATABASE_POOL_SIZE": "4",
                "TASKS_BACKEND": "database",
                "WEB_CONCURRENCY": "2",
                "WEB_THREADS": "2",
                "LOG_LEVEL": "WARNING",
            }
            machines = Machines(folder, environment, (_free_site(), _free_site()))
            try:
                passwords = _set_up(machines)
                yield machines, passwords, url
            finally:
                machines.end()


def _set_up(machines: Machines) -> dict[str, str]:
    people = [
        "leader",
        *(f"publisher{n}" for n in range(_PUBLISHERS)),
        *(f"editor{n}" for n in range(_EDITORS)),
    ]
    passwords = {each: f"{secrets.token_urlsafe(12)}aA1!" for each in people}
    path = machines.folder / "people.json"
    path.write_text(json.dumps(passwords), encoding="utf-8")
    code = _PEOPLE.format(path=str(path))
    for words in (("migrate", "-v0"), ("load_demo",), ("shell", "-v0", "-c", code)):
        done = machines.manage(*words)
        if done.returncode:
            sys.exit(f"{words[0]}: {done.stdout}{done.stderr}")
    for name in ("web-0", "web-1", "worker-0", "worker-1"):
        machines.begin(name)
    for site in machines.sites:
        _wait_for(site)
    return passwords


def _wait_for(site: str) -> None:
    for _ in range(120):
        with contextlib.suppress(NotDone):
            if Person(site).get("/readyz").status == 200:
                return
        time.sleep(0.5)
    sys.exit(f"{site} does not answer")


# --- the load ---------------------------------------------------------------------


class Ledger:
    """What was acknowledged, and what was refused or went unanswered, counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self.not_done: Counter[tuple[str, str]] = Counter()
        # Of an article: the last number acknowledged, and those sent in vain after it.
        self.saved: dict[int, int] = {}
        self.in_doubt: dict[int, set[int]] = {}
        self.published: list[int] = []

    def note(self, what: str, act: Callable[[], object]) -> bool:
        """Do something and count it; return whether it was acknowledged."""
        try:
            act()
        except NotDone as error:
            why = f"status {error.status}" if error.status else "no answer"
            with self._lock:
                self.not_done[what, why] += 1
            return False
        with self._lock:
            self.done[what] += 1
        return True


class Desk:
    """A person who goes on at the other web server when one does not answer."""

    def __init__(self, sites: tuple[str, ...], name: str, password: str, turn: int):
        self._people = [Person(site) for site in sites]
        self._turn = turn
        # One session, kept in the database: it holds at every web server.
        self._people[0].sign_in(name, password)
        for other in self._people[1:]:
            other.take_over(self._people[0])

    def next(self) -> Person:
        """Return the person at the next web server."""
        self._turn += 1
        person = self._people[self._turn % len(self._people)]
        for other in self._people:
            person.take_over(other)
        return person


def _read(machines: Machines, ledger: Ledger, over: threading.Event, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - which page is read next
    people = [Person(site) for site in machines.sites]
    while not over.wait(chance.uniform(0.05, 0.3)):
        address = chance.choice(["/", "/wuxiao/", "/wuxiao/2020/56/", "/lanmu/", "/feed.atom"])  # fmt: skip
        ledger.note("read", lambda: chance.choice(people).page(address))  # noqa: B023


def _edit(desk: Desk, ledger: Ledger, over: threading.Event) -> None:
    article = number = 0
    while not over.wait(0.3):
        try:
            if not article:
                issue = desk.next().begin_issue(planned_number="")
                article = desk.next().add_article(
                    issue, title="在编", body=_BODY.format(0)
                )
                ledger.saved[article] = 0
        except NotDone:
            continue
        number += 1
        doubt = ledger.in_doubt.setdefault(article, set())
        doubt.add(number)
        person, body = desk.next(), _BODY.format(number)
        if ledger.note("save", lambda: person.save_article(article, body=body)):  # noqa: B023
            ledger.saved[article] = number
            doubt.clear()


def _publish(clerk: Desk, leader: Desk, ledger: Ledger, over: threading.Event) -> None:
    count = 0
    while not over.wait(0.3):
        count += 1
        try:
            issue = clerk.next().begin_issue(planned_number="")
            clerk.next().add_article(
                issue, title=f"第{count}次推进会召开", body=_BODY.format(0)
            )
        except NotDone:
            continue
        for person, move in ((clerk, "submit"), (leader, "approve"), (clerk, "publish")):  # fmt: skip
            if not ledger.note(move, lambda: person.next().move(issue, move)):  # noqa: B023
                break
        else:
            ledger.published.append(issue)


def _work(
    machines: Machines, passwords: dict[str, str], ledger: Ledger, seconds: int
) -> None:
    over = threading.Event()

    def desk(name: str, turn: int = 0) -> Desk:
        return Desk(machines.sites, name, passwords[name], turn)

    work = [partial(_read, machines, ledger, over, n) for n in range(_READERS)]
    for n in range(_EDITORS):
        work.append(partial(_edit, desk(f"editor{n}", n), ledger, over))
    for n in range(_PUBLISHERS):
        clerk, leader = desk(f"publisher{n}", n), desk("leader")
        work.append(partial(_publish, clerk, leader, ledger, over))
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 3)
    for name in ("web-0", "worker-0"):
        print(f"kill -9 {name}")
        machines.kill(name)
    time.sleep(seconds / 6)
    for name in ("web-0", "worker-0"):
        machines.begin(name)
    _wait_for(machines.sites[0])
    print("begun again")
    time.sleep(seconds / 2)
    over.set()
    for thread in threads:
        thread.join()


# --- what is there afterwards -----------------------------------------------------


def _faults(machines: Machines, ledger: Ledger, url: str) -> Iterator[str]:
    """Yield what was acknowledged and is not there, or should not be and is."""
    with psycopg.connect(url) as database:
        yield from _lost_saves(database, ledger)
        yield from _tasks_left(machines, database)
        yield from _unpublished(machines, database, ledger)
    for command in (("verify_editions",), ("export_site", "--verify")):
        done = machines.manage(*command)
        if done.returncode:
            yield f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}"


def _lost_saves(database: psycopg.Connection, ledger: Ledger) -> Iterator[str]:
    for article, number in ledger.saved.items():
        row = database.execute(
            "SELECT body FROM bulletins_article WHERE id = %s", [article]
        ).fetchone()
        found = re.search(r"〔(\d+)〕", row[0]) if row else None
        # What was sent and not answered may have arrived.
        expected = {number, *ledger.in_doubt.get(article, ())}
        if found is None or int(found[1]) not in expected:
            yield f"article {article}: {found and found[1]} instead of {expected}"


def _tasks_left(machines: Machines, database: psycopg.Connection) -> Iterator[str]:
    # What the killed worker had in hand: at once here, after ten minutes else.
    said = machines.manage("requeue_tasks", "--minutes", "0").stdout.strip()
    print(f"requeue_tasks: {said or 'nothing was left'}")
    for _ in range(60):
        rows = database.execute(
            "SELECT status, count(*) FROM django_tasks_database_dbtaskresult GROUP BY status"
        ).fetchall()
        database.rollback()
        if {status for status, _ in rows} <= {"SUCCESSFUL"}:
            break
        time.sleep(1)
    else:
        yield f"tasks: {rows}"
    print(f"tasks: {dict(rows)}")


def _unpublished(
    machines: Machines, database: psycopg.Connection, ledger: Ledger
) -> Iterator[str]:
    rows = database.execute(
        "SELECT i.id, i.number, extract(year FROM i.date)::int FROM bulletins_issue i"
        " WHERE status = 'issued' ORDER BY i.number"
    ).fetchall()
    issued = {key for key, _, _ in rows}
    yield from (f"issue {key} is not issued" for key in ledger.published if key not in issued)  # fmt: skip
    print(f"issued: {len(rows)}, acknowledged: {len(ledger.published)}")
    numbers = [number for _, number, _ in rows]
    if len(set(numbers)) != len(numbers):
        yield f"numbers given twice: {numbers}"
    for site in machines.sites:
        for _, number, year in rows:
            for address in (f"/wuxiao/{year}/{number}/", f"/wuxiao/{year}/{number}.pdf"):  # fmt: skip
                status = Person(site).get(address).status
                if status != 200:
                    yield f"{site}{address}: {status}"


def main() -> int:
    """Run the simulation and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=90)
    seconds = parser.parse_args().seconds
    ledger = Ledger()
    with _machines() as (machines, passwords, url):
        print(machine())
        _work(machines, passwords, ledger, seconds)
        faults = list(_faults(machines, ledger, url))
        for name in machines.running:
            log = machines.folder.joinpath(f"{name}.log").read_text(errors="replace")
            print(f"{name}: {log.count('Traceback')} tracebacks in its log")
    for what, count in sorted(ledger.done.items()):
        print(f"{what}: {count} acknowledged")
    for (what, why), count in sorted(ledger.not_done.items()):
        print(f"{what}: {count} × {why}")
    for fault in faults:
        print(f"LOST: {fault}")
    print("nothing lost" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
