"""Run a command with DATABASE_URL pointing at a PostgreSQL server of its own.

The server listens on a socket in a temporary folder, and is gone afterwards:

    python scripts/with_postgres.py pytest
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


def server_programs() -> Path:
    """Return the folder of initdb and pg_ctl, the newest where there are several."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(installed, key=lambda p: int(p.parent.parent.name))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        sys.exit(
            "没有找到 PostgreSQL 服务器程序，请先运行 scripts/system_packages.sh test"
        )
    return Path(on_path).parent


def as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: hand the command to its own account."""
    return (
        ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command
    )


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Start a server in the folder; yield the address of its database."""
    programs = server_programs()
    data, log = folder / "data", folder / "log"
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    run(programs / "initdb", "-D", data, "-U", "bulletins", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=50"
    run(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgres://bulletins@/postgres?host={folder}"
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def run(program: Path, *arguments: str | Path) -> None:
    """Run a server program quietly; what it printed is shown only if it failed."""
    command = as_server_user([str(program), *map(str, arguments)])
    # pg_ctl's child keeps the pipes open: its output goes to a file instead.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdout=output, stderr=output, cwd="/", check=False
        )
        if done.returncode:
            output.seek(0)
            sys.exit(output.read().decode(errors="replace"))


def main() -> int:
    """Run the command given on the command line."""
    folder = tempfile.TemporaryDirectory(prefix="bulletins-pg-")
    with folder as name, postgres(Path(name)) as url:
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
