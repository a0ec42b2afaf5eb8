"""Makes the first account: a superuser whose password is chosen at the first sign-in."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from bulletins.accounts.passwords import ask_for_another


class Command(BaseCommand):
    """create_admin NAME."""

    help = "建立第一个管理员账号，打印一次性的初始密码；首次登录时须改掉"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name of the account."""
        parser.add_argument("name", metavar="用户名", nargs="?", default="admin")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account, unless there is one of that name."""
        name: str = options["name"]
        if User.objects.filter(username=name).exists():
            raise CommandError(f"已有用户 {name}；忘了密码请运行 changepassword {name}")
        password = secrets.token_urlsafe(12)
        user = User.objects.create_superuser(name, password=password)
        ask_for_another(user)
        self.stdout.write(f"用户名 {name}　初始密码 {password}（首次登录时须改掉）")
