"""Print, as one shell script, the commands of a manual that are meant to be run.

They stand in fenced blocks marked ``sh``; blocks marked ``sh 仅示例`` only show
something. A block marked ``file 路径`` is the content of that file.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

_BLOCK = re.compile(r"^```(sh|file (\S+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(manual: str) -> Iterator[str]:
    """Yield the script, block by block."""
    yield "set -euo pipefail"
    for kind, path, text in _BLOCK.findall(manual):
        if kind == "sh":
            yield text.rstrip()
        else:
            yield f"mkdir -p {shlex.quote(str(Path(path).parent))}"
            yield f"cat >{shlex.quote(path)} <<'END_OF_FILE'\n{text}END_OF_FILE"


if __name__ == "__main__":
    print("\n".join(commands(Path(sys.argv[1]).read_text(encoding="utf-8"))))
