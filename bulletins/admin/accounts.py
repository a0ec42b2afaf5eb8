"""Accounts and groups, in the skin and the words of the rest."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(Group)
admin.site.unregister(User)

_RIGHTS = {"add": "新增", "change": "修改", "delete": "删除", "view": "查看"}


class PermissionChoiceField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions by Chinese names; Django stores its own in English."""

    def label_from_instance(self, obj: models.Model) -> str:
        assert isinstance(obj, Permission)  # noqa: S101 - the queryset's own type
        model = obj.content_type.model_class()
        name = model._meta.verbose_name if model else obj.content_type.model
        right, _, rest = obj.codename.partition("_")
        if right in _RIGHTS and rest == obj.content_type.model:
            return f"{name}：{_RIGHTS[right]}"
        return f"{name}：{obj.name}"


class _PermissionsInChinese:
    """Shows the permissions of what this system's people handle."""

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in {"permissions", "user_permissions"}:
            kwargs["form_class"] = PermissionChoiceField
            kwargs["queryset"] = Permission.objects.filter(
                content_type__app_label__in=["bulletins", "auth"]
            ).select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


class _DeletedByName:
    """Tells what goes with an account, without the links Django keeps in English."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, *rest = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        links = [
            through._meta
            for through in (
                User.groups.through,
                User.user_permissions.through,
                Group.permissions.through,
            )
        ]
        for link in links:
            counts.pop(link.verbose_name_plural, None)
        marks = tuple(capfirst(f"{link.verbose_name}: ") for link in links)
        return _without(found, marks), counts, *rest


def _without(entries: list[Any], marks: tuple[str, ...]) -> list[Any]:
    """Return a tree of lines, less the lines that begin with one of the marks."""
    kept = (
        _without(entry, marks) if isinstance(entry, list) else entry
        for entry in entries
        if isinstance(entry, list) or not entry.startswith(marks)
    )
    return [entry for entry in kept if entry]


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    is_above = account is not None and account.is_superuser
    return request.user.is_superuser or not is_above


@admin.register(User)
class UserAdmin(_PermissionsInChinese, _DeletedByName, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Accounts, in the skin of the rest."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    # Whoever manages accounts is not thereby above every rule: only a superuser makes
    # superusers, or gets hold of their accounts.

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        may = bool(super().has_change_permission(request, obj))
        return may and _is_within_reach(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        may = bool(super().has_delete_permission(request, obj))
        return may and _is_within_reach(request, obj)

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        # Readers need no account: whoever is given one is to log in here.
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)


@admin.register(Group)
class GroupAdmin(_PermissionsInChinese, _DeletedByName, DjangoGroupAdmin, ModelAdmin):
    """Groups of accounts, which review steps name."""
