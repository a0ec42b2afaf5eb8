"""What the documents name is there: links, pictures, commands, layers, words on screens."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from bulletins.models import Event

ROOT = Path(__file__).parents[1]
MANUAL = [ROOT / "docs/使用手册.md", *sorted((ROOT / "docs/使用手册").glob("*.md"))]
PICTURES = ROOT / "docs/images/manual"
DOCUMENTS = sorted(
    [
        *(
            ROOT / f"{name}.md"
            for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")
        ),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "bulletins").rglob("README.md"),
    ]
)
# What the manual quotes, and no source of ours spells.
ELSEWHERE = {
    "适合页面",  # how browsers call it when they print
    "下载第59期 PDF",  # the number is the example's
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links_of(text: str) -> list[str]:
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    return [
        link
        for link in re.findall(r"\]\(([^)\s]+)\)", text)
        if not link.startswith(("http://", "https://", "mailto:"))
    ]


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a document's headings as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def code_of(text: str) -> str:
    return "\n".join(
        [
            *re.findall(r"```[^\n]*\n(.*?)```", text, flags=re.S),
            *re.findall(r"`([^`\n]+)`", text),
        ]
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_what_a_document_links_to_is_there(path):
    missing = []
    for link in links_of(path.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        found = (path.parent / target) if target else path
        if not found.exists() or (
            anchor and anchor not in anchors_of(found.read_text("utf-8"))
        ):
            missing.append(link)

    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_the_commands_a_document_names_exist(path):
    code = code_of(path.read_text("utf-8"))
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)

    of_django = set(re.findall(r"(?:manage\.py|bulletin-manage) ([a-z_]+)", code))
    of_make = set(re.findall(r"(?:^|&& |\$ )make ([a-z-]+)", code, flags=re.M))

    assert of_django - set(get_commands()) == set()
    assert of_make - set(targets) == set()


def words_on_screens() -> str:
    """Return the sources of everything an interface says."""
    folders = (("templates", "*.html"), ("bulletins", "*.py"), ("static", "*.js"))
    files = itertools.chain.from_iterable(
        (ROOT / folder).rglob(pattern) for folder, pattern in folders
    )
    catalogue = ROOT / "wuxiao_bulletin/locale/zh_Hans/LC_MESSAGES/django.po"
    settings = ROOT / "wuxiao_bulletin/settings.py"
    texts = (path.read_text("utf-8") for path in (*files, catalogue, settings))
    confirming = (f"确认{label}" for label in Event.Move.labels)
    return "\n".join((*texts, *confirming))


def test_the_words_the_manual_quotes_are_on_the_screens():
    shown = words_on_screens()
    quoted = {
        word
        for path in MANUAL
        for word in re.findall(r"“([^”\n]+)”", path.read_text("utf-8"))
    }

    assert len(quoted) > 100
    assert {word for word in quoted - ELSEWHERE if word not in shown} == set()


def test_each_picture_of_the_manual_is_shown_once_taken_and_small():
    shown = {
        Path(link).name
        for path in MANUAL
        for link in links_of(path.read_text("utf-8"))
        if link.endswith(".png")
    }
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    script = (ROOT / "scripts/screenshots.py").read_text("utf-8")
    taken = {f"{name}.png" for name in re.findall(r'Shot\(\s*"([a-z-]+)"', script)}

    assert shown == set(sizes) == taken
    assert max(sizes.values()) <= 120_000
    assert sum(sizes.values()) <= 3_000_000


def test_the_layers_of_the_readme_are_those_the_imports_keep_to():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    kept = [
        {module.strip("() ") for module in layer.split("|")}
        for layer in contract["layers"]
    ]
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"```\n(urls\n.*?)```", readme, flags=re.S)
    assert found is not None

    drawn = [
        {f"bulletins.{name}" for name in re.split(r" {2,}", line)[0].split(" · ")}
        for line in found.group(1).splitlines()
    ]

    assert drawn == kept
