"""The rules of passwords (GB/T 22239-2019, 8.1.4.1: complex, changed at intervals)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from bulletins.models import FormerPassword, PasswordAge

_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")


class ClassesValidator:
    """Asks for several kinds of characters; a long phrase needs fewer."""

    LONG = 20

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password of too few kinds."""
        kinds = sum(bool(re.search(kind, password)) for kind in _CLASSES)
        needed = 2 if len(password) >= self.LONG else 3
        if kinds < needed:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        """Return the rule in the user's words."""
        return (
            "密码要含有大写字母、小写字母、数字、符号中的三种"
            f"（{self.LONG}字以上的有两种即可）。"
        )


class HistoryValidator:
    """Refuses the last passwords, and keeps each new one's hash and day."""

    KEPT = 5

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password the account has had lately."""
        if not isinstance(user, User) or user.pk is None:
            return
        former = FormerPassword.objects.filter(user=user).values_list(
            "password", flat=True
        )
        if any(check_password(password, known) for known in former[: self.KEPT]):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        """Return the rule in the user's words."""
        return f"不能使用最近{self.KEPT}次用过的密码。"

    def password_changed(self, password: str, user: Any = None) -> None:
        """Keep what was set; Django calls this once the account is saved."""
        if not isinstance(user, User) or user.pk is None:
            return
        now = timezone.now()
        FormerPassword.objects.create(user=user, password=user.password, at=now)
        kept = user.former_passwords.values_list("pk", flat=True)[: self.KEPT]
        user.former_passwords.exclude(pk__in=list(kept)).delete()
        PasswordAge.objects.update_or_create(
            user=user, defaults={"changed_at": now, "must_change": False}
        )


def ask_for_another(user: User) -> None:
    """Have the owner choose another password: this one somebody else knows."""
    PasswordAge.objects.update_or_create(
        user=user,
        defaults={"must_change": True},
        create_defaults={"must_change": True, "changed_at": timezone.now()},
    )


def why_to_change(user: User, now: dt.datetime) -> str:
    """Return why the account needs another password now; empty where it does not."""
    age = PasswordAge.objects.filter(user=user).first()
    if age is not None and age.must_change:
        return "这是别人为您设置的密码，请先改成只有您知道的。"
    # One made on the command line has its password since then.
    since = age.changed_at if age is not None else user.date_joined
    days = settings.PASSWORD_MAX_DAYS
    if days and now - since > dt.timedelta(days=days):
        return f"密码已使用超过{days}天，请更换。"
    return ""
