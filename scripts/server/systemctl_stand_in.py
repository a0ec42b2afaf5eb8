#!/usr/bin/env python3
"""Does what the manual asks of systemctl, in a root where no systemd runs.

Reads User, WorkingDirectory, Environment, EnvironmentFile and ExecStart of a unit and
its drop-ins, and starts that; ``is-active`` asks whether it still runs. For
scripts/fresh_debian.sh alone: it proves the units' commands, not systemd.
"""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

_FOLDERS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
_STATE = Path("/run/stand-in")
# These bring their own way of starting.
_SERVICES = {"postgresql": ("service", "postgresql")}


def settings_of(unit: str) -> dict[str, list[str]]:
    """Return the settings of the unit's files, each with all its values."""
    name, _, instance = unit.removesuffix(".service").partition("@")
    file = f"{name}@.service" if instance else f"{name}.service"
    paths = [folder / file for folder in _FOLDERS if (folder / file).exists()][:1]
    if not paths:
        sys.exit(f"no such unit: {unit}")
    paths += sorted((_FOLDERS[0] / f"{file}.d").glob("*.conf"))
    found: dict[str, list[str]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found.setdefault(key, []).append(value.replace("%i", instance))
    return found


def environment(settings: dict[str, list[str]]) -> dict[str, str]:
    """Return the environment the unit asks for."""
    words = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for value in settings.get("Environment", []):
        for key, _, word in (pair.partition("=") for pair in shlex.split(value)):
            words[key] = word
    for name in settings.get("EnvironmentFile", []):
        for line in Path(name.lstrip("-")).read_text(encoding="utf-8").splitlines():
            if "=" in line and not line.startswith("#"):
                key, value = line.split("=", 1)
                words[key] = value.strip()
    return words


def start(unit: str) -> None:
    """Start the unit's command, unless it runs."""
    if is_active(unit):
        return
    if unit in _SERVICES:
        subprocess.run([*_SERVICES[unit], "start"], check=True)
        return
    settings = settings_of(unit)
    command = shlex.split(settings["ExecStart"][-1])
    user = settings.get("User", ["root"])[-1]
    if user != "root":
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        if "AmbientCapabilities" in settings:
            become += [
                "--inh-caps=+net_bind_service",
                "--ambient-caps=+net_bind_service",
            ]
        command = [*become, *command]
    _STATE.mkdir(exist_ok=True)
    with (_STATE / f"{unit}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=settings.get("WorkingDirectory", ["/"])[-1],
            env={"HOME": pwd.getpwnam(user).pw_dir, **environment(settings)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (_STATE / f"{unit}.pid").write_text(str(process.pid), encoding="ascii")


def stop(unit: str) -> None:
    """Tell the unit's processes to end, and wait for them."""
    if unit in _SERVICES:
        subprocess.run([*_SERVICES[unit], "stop"], check=True)
        return
    if (pid := _pid(unit)) is not None:
        os.killpg(pid, signal.SIGTERM)
        for _ in range(600):
            if not is_active(unit):
                return
            time.sleep(0.1)
        sys.exit(f"{unit} does not stop")


def is_active(unit: str) -> bool:
    """Tell whether the unit's process is there."""
    if unit in _SERVICES:
        done = subprocess.run([*_SERVICES[unit], "status"], check=False, capture_output=True)  # fmt: skip
        return b"online" in done.stdout
    pid = _pid(unit)
    if pid is None:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " not in stat.read_text(encoding="utf-8")


def _pid(unit: str) -> int | None:
    file = _STATE / f"{unit}.pid"
    return int(file.read_text(encoding="ascii")) if file.exists() else None


def main() -> int:
    """Carry out one systemctl command."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    verb, units = words[0], words[1:]
    if verb == "daemon-reload":
        return 0
    for unit in units:
        match verb:
            case "start":
                start(unit)
            case "enable":
                if "--now" in sys.argv:
                    start(unit)
            case "stop":
                stop(unit)
            case "restart" | "reload":
                stop(unit)
                start(unit)
            case "is-active" | "status":
                if not is_active(unit):
                    log = _STATE / f"{unit}.log"
                    print(log.read_text(errors="replace") if log.exists() else "")
                    return 3
                print("active")
            case _:
                sys.exit(f"the stand-in does not know {verb}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
