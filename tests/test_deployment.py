"""The image and the scripts agree on what the server needs."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_image_has_the_libraries_the_set_up_asks_for():
    script = (ROOT / "scripts" / "system_packages.sh").read_text(encoding="utf-8")
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    libraries = re.findall(r"^has_library \S+ \|\| need (\S+)$", script, re.MULTILINE)

    assert libraries
    assert all(f" {library}" in image for library in libraries)
