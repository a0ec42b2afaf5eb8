"""What is kept of accounts besides Django's own: ages of passwords, who needs a code."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class PasswordAge(models.Model):
    """Since when an account has its password, and whether it has to be changed."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="password_age",
        verbose_name="用户",
    )
    changed_at = models.DateTimeField("设置时间")
    # Set by somebody else: its owner chooses another at the first sign-in.
    must_change = models.BooleanField("下次登录须修改", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "密码状态"

    def __str__(self) -> str:
        return f"{self.user} 的密码"


class FormerPassword(models.Model):
    """The hash of a password an account has had: it is not to come back soon."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="former_passwords",
        verbose_name="用户",
    )
    password = models.CharField("密码摘要", max_length=128)
    at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user} 用过的密码"


class CodeRule(models.Model):
    """That the members of a group sign in with a one-time code as well."""

    group = models.OneToOneField(
        Group, models.CASCADE, related_name="code_rule", verbose_name="用户组"
    )

    class Meta:
        verbose_name = verbose_name_plural = "动态验证码要求"

    def __str__(self) -> str:
        return f"{self.group} 须用动态验证码登录"
