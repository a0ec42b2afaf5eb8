"""The people of an office before a browser: their groups, their login, their pictures."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from django.apps import apps
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page

from tests.factories import make_user

GROUPS = ("编辑", "审核", "签发", "发行", "管理员")


def make_groups() -> None:
    """Make what the migrations leave in an empty database; the live server keeps none."""
    for name, make in (
        ("0004_groups", "make_groups"),
        ("0009_desk_rights", "give_rights"),
    ):
        migration = importlib.import_module(f"bulletins.migrations.{name}")
        getattr(migration, make)(apps, None)


def make_person(name: str, group: str = "", **fields: object) -> User:
    """Make an account in one of the groups, or in none."""
    person = make_user(name, is_staff=True, **fields)
    if group:
        person.groups.add(Group.objects.get(name=group))
    return person


def log_in(page: Page, name: str) -> None:
    """Log in on the page shown."""
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=False).first.fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "login" not in address)


def keep_picture(page: Page, name: str) -> None:
    """Keep a screenshot where SCREENSHOTS says, to be looked at by people."""
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=Path(folder) / f"{name}-{width}.png")
