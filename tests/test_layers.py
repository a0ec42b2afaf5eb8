"""What the layers may know of Django; import-linter judges only our own modules."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "bulletins"
VALUES = ["document", "bounds", "markup", "findings", "differences", "reading", "proofing", "rendering"]  # fmt: skip
BELOW_FORMS = [*VALUES, "models", "composing", "notices", "workflow"]
NO_ROWS = ["django.db", "django.http", "django.contrib.auth"]
NO_REQUEST = ["django.http", "django.contrib.admin", "django.shortcuts"]


def sources(part: str) -> list[Path]:
    folder, module = ROOT / part, ROOT / f"{part}.py"
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [module]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def forbidden(part: str, packages: list[str]) -> list[str]:
    return [
        f"{path.name} imports {name}"
        for path in sources(part)
        for name in imported(path)
        if any(
            name == package or name.startswith(f"{package}.") for package in packages
        )
    ]


@pytest.mark.parametrize("part", VALUES)
def test_values_know_no_database_and_no_request(part):
    assert forbidden(part, NO_ROWS) == []


@pytest.mark.parametrize("part", BELOW_FORMS)
def test_nobody_below_the_forms_knows_a_request(part):
    assert forbidden(part, NO_REQUEST) == []


def test_the_check_sees_what_it_looks_for():
    assert forbidden("views", NO_REQUEST)
    assert forbidden("composing", NO_ROWS)
