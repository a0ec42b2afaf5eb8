"""Look for known weaknesses of the pinned dependencies, where the advisories can be had.

Without a connection to them, or without pip-audit, it says so in one line and is no reason
to fail: an office's network has none. What is known and accepted stands in ``ACCEPTED``.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"
_PATIENCE = 120
# Advisories that do not touch this system, each with its reason.
ACCEPTED: dict[str, str] = {}


def main() -> int:
    """Return 1 where a weakness is known, 0 where none is or nothing could be asked."""
    if importlib.util.find_spec("pip_audit") is None:
        print("依赖安全审计：没有安装 pip-audit，本次未检查")
        return 0
    ignored = [word for known in ACCEPTED for word in ("--ignore-vuln", known)]
    command = [
        *(sys.executable, "-m", "pip_audit", "--progress-spinner=off"),
        *("--disable-pip", "--no-deps", "--requirement", str(_REQUIREMENTS)),
        *ignored,
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        print("依赖安全审计：公告服务没有应答，本次未检查")
        return 0
    if done.returncode == 0:
        print("依赖安全审计：没有已知的漏洞")
        return 0
    # A finding is a table on the output; everything else went wrong on the way there.
    if "Fix Versions" in done.stdout:
        print(done.stdout.strip())
        return 1
    print("依赖安全审计：连不上公告服务，本次未检查")
    return 0


if __name__ == "__main__":
    sys.exit(main())
