"""The image, the compose file, the units and the settings agree with each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "scripts" / "server"
MANUAL = ROOT / "docs" / "安装与运维手册.md"


def text(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def test_the_image_is_made_by_the_steps_that_the_trial_and_the_manual_run():
    steps = ["system", "python", "project"]
    run = re.compile(r"scripts/server/build\.sh (system|python|project)$", re.MULTILINE)

    assert run.findall(text("Dockerfile")) == steps
    assert run.findall(text("scripts", "fresh_debian.sh").replace("'", "")) == steps
    assert run.findall(text("docs", "安装与运维手册.md"))[:3] == steps


def test_the_steps_install_what_the_set_up_installs():
    assert "scripts/system_packages.sh run" in text("scripts", "server", "build.sh")


def test_every_role_of_the_compose_file_and_the_manual_can_be_run():
    roles = set(
        re.findall(r"^  (\w+)\) exec", text("scripts", "server", "run.sh"), re.M)
    )
    in_compose = set(re.findall(r'run\.sh", "(\w+)"', text("docker-compose.yml")))
    in_manual = set(re.findall(r"bulletin@(\w+)", MANUAL.read_text(encoding="utf-8")))

    assert in_compose == roles
    assert in_manual - {"service"} <= roles


def test_every_setting_asked_for_is_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", text("docker-compose.yml")))
    offered = set(re.findall(r"^(\w+)=", text(".env.example"), re.MULTILINE))

    assert asked == offered


@pytest.mark.parametrize(
    "source",
    ["docker-compose.yml", "scripts/server/server.env.example", "scripts/server/bulletin@.service"],
)  # fmt: skip
def test_every_variable_of_the_server_is_documented(source):
    names = set(
        re.findall(r"^(?:Environment=)?[ ]*([A-Z][A-Z_]{3,})[=:] ?", text(source), re.M)
    )
    names -= {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}  # the database's own
    names -= {"PATH", "LANG", "PYTHONDONTWRITEBYTECODE", "SITE_HOST", "TLS"}  # not ours
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", text("docs", "settings.md")))

    assert names
    assert names <= documented


def test_every_variable_the_settings_read_is_documented():
    read = set(
        re.findall(
            r"env\.\w+\(\s*\"([A-Z][A-Z_]+)\"", text("wuxiao_bulletin", "settings.py")
        )
    )
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", text("docs", "settings.md")))

    assert "SECRET_KEY" in read
    assert read <= documented


def test_the_app_runs_without_a_password_of_its_own_in_the_image():
    assert not re.search(r"(SECRET_KEY|PASSWORD)=", text("Dockerfile"))
    assert re.search(r"^USER bulletin$", text("Dockerfile"), re.MULTILINE)


def test_no_part_of_the_compose_file_is_open_to_more_than_it_needs():
    compose = text("docker-compose.yml")
    published = re.findall(r'^      - "([^"]+)"$', compose, re.MULTILINE)

    assert published == ["${HTTP_PORT:-80}:80", "${HTTPS_PORT:-443}:443"]
    assert compose.count("no-new-privileges:true") == 2
    assert compose.count("- ALL") == 2
    assert compose.count("read_only: true") == 2
    assert compose.count("memory: ") == 3


def test_every_folder_the_app_writes_to_is_made_for_its_account():
    # A volume takes its owner from the folder of the image that it is mounted on.
    mounted = set(
        re.findall(
            r"- (?:media|site|\$\{BACKUP_DIR:-backups\}):([^:\n]+)$",
            text("docker-compose.yml"),
            re.M,
        )
    )
    made = re.findall(
        r"install --directory --owner=bulletin --mode=\d+ (\S+)",
        text("scripts", "server", "build.sh"),
    )

    assert mounted == set(made)
    assert f"BACKUP_DIR: {'/var/backups/bulletin'}" in text("docker-compose.yml")


def test_no_secret_of_a_server_gets_into_the_image_or_the_history():
    for name in (".dockerignore", ".gitignore"):
        lines = text(name).split()
        assert "certificates" in lines
        assert {".env", ".env*"} & set(lines)


def test_no_log_of_a_container_fills_the_disk():
    compose = text("docker-compose.yml")

    assert compose.count("logging: *logging") == 3
    assert "max-size: 20m" in compose


def test_the_proxy_sends_what_the_application_would():
    from bulletins.archive.tree import CONTENT_TYPES
    from bulletins.views.serving import _HEADERS

    proxy = text("scripts", "server", "Caddyfile")

    for name, value in _HEADERS.items():
        assert f"{name} {value}\n" in proxy or f'{name} "{value}"\n' in proxy
    # Those that the proxy's own table has otherwise.
    for ending in ("atom", "json", "xml"):
        kind = CONTENT_TYPES[f".{ending}"]
        assert f'header @{ending} {{\n\t\tContent-Type "{kind}"\n\t\tdefer' in proxy


def test_the_domain_stands_where_the_manual_says():
    places = [SERVER / "server.env.example", SERVER / "caddy.conf"]
    found = sum(p.read_text("utf-8").count("=jianbao.example") + p.read_text("utf-8").count("//jianbao.example") for p in places)  # fmt: skip

    assert found == 5
    assert "两个文件里共五处" in MANUAL.read_text(encoding="utf-8")


def test_the_commands_of_the_manual_are_found_in_their_order():
    script = subprocess.run(
        [sys.executable, SERVER / "commands_of_manual.py", MANUAL],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    places = [
        script.index(part)
        for part in ("apt-get install", "build.sh project", "createdb", "migrate", "create_admin", "doctor", "restore")
    ]  # fmt: skip
    assert places == sorted(places)
    assert "仅示例" not in script
    assert "您的域名" not in script


@pytest.mark.parametrize("script", [*sorted(SERVER.glob("*.sh")), ROOT / "scripts" / "fresh_debian.sh", SERVER / "bulletin-manage"])  # fmt: skip
def test_the_scripts_are_well_formed_and_may_be_run(script):
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert os.access(script, os.X_OK)
