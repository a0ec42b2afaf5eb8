"""Accounts and groups, in the skin and the words of the rest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_tasks_db.models import DBTaskResult
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import (
    AdminPasswordChangeForm,
    UnfoldReadOnlyPasswordHashWidget,
    UserChangeForm,
    UserCreationForm,
)

from bulletins.accounts.codes import device_of
from bulletins.accounts.passwords import ask_for_another
from bulletins.admin.deleting import SaysWhyKept
from bulletins.admin.pages import name_of
from bulletins.forms import GroupForm
from bulletins.models import CodeRule

# What other packages show of their own speaks English, and has no place here.
for model in (Group, User, DBTaskResult, StaticDevice, TOTPDevice):
    admin.site.unregister(model)

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
                TOTPDevice,
                StaticDevice,
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


# --- the forms --------------------------------------------------------------------


class _PasswordState(UnfoldReadOnlyPasswordHashWidget):
    """Whether there is a password; how it is kept is nobody's concern here."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        is_set = is_password_usable(value or "!")
        context["summary"] = [{"label": "密码已设置" if is_set else "还没有设置密码"}]
        return context


class AccountForm(UserChangeForm):
    """An account, in the words of the office."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of what is only read there is none.
        if password := self.fields.get("password"):
            password.widget = _PasswordState()
            password.help_text = format_html(
                '<a href="{}" class="text-primary-600">修改密码</a>', "../password/"
            )


class _AlwaysWithPassword:
    """Nobody signs in here by anything else: the choice is not offered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        fields.pop("usable_password", None)
        fields["password1"].required = fields["password2"].required = True


class NewAccountForm(_AlwaysWithPassword, UserCreationForm):
    """A name and a first password."""


class NewPasswordForm(_AlwaysWithPassword, AdminPasswordChangeForm):
    """Another's password."""


# --- the pages --------------------------------------------------------------------


def _is_within_reach(request: HttpRequest, account: User | None) -> bool:
    is_above = account is not None and account.is_superuser
    return request.user.is_superuser or not is_above


@admin.register(User)
class UserAdmin(
    _PermissionsInChinese,
    SaysWhyKept,
    _DeletedByName,
    DjangoUserAdmin,  # type: ignore[type-arg]
    ModelAdmin,
):
    """Accounts, in the skin of the rest."""

    form = AccountForm
    add_form = NewAccountForm
    change_password_form = NewPasswordForm
    counted_by = "个用户"
    change_form_outer_after_template = "admin/accounts/beside_account.html"

    # One field for the whole name: Django would put the family name behind the other.
    fieldsets = tuple(
        (title, {**options, "fields": ("first_name", "email")})
        if "first_name" in options["fields"]
        else (title, options)
        for title, options in DjangoUserAdmin.fieldsets or ()
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    list_display = (
        "username",
        "first_name",
        "group_names",
        "email",
        "is_staff",
        "is_active",
    )
    search_fields = ("username", "first_name", "email")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        accounts: QuerySet[User] = super().get_queryset(request)
        return accounts.prefetch_related("groups")

    @display(description="用户组")
    def group_names(self, account: User) -> str | None:
        return "、".join(group.name for group in account.groups.all()) or None

    def name_kept(self, account: User) -> str:
        return f"“{name_of(account)}”"

    def why_kept(self, names: str) -> str:
        return (
            f"{names}有办理记录，要留存备查，不能删除。"
            "不再使用的，请改为停用：打开账号，去掉“启用”，保存。"
        )

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
        if not change:
            ask_for_another(obj)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Set another's password; they choose their own at the next sign-in."""
        response: HttpResponse = super().user_change_password(request, id, form_url)
        is_saved = request.method == "POST" and response.status_code == 302
        if is_saved and str(request.user.pk) != id:
            ask_for_another(User.objects.get(pk=id))
        return response

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: User | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["has_code"] = device_of(obj) is not None
            context["show_delete"] = not self.kept([obj])
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response


@admin.register(Group)
class GroupAdmin(
    _PermissionsInChinese, SaysWhyKept, _DeletedByName, DjangoGroupAdmin, ModelAdmin
):
    """Groups of accounts, which review steps name."""

    form = GroupForm
    fieldsets = ((None, {"fields": ("name", "requires_code", "permissions")}),)
    counted_by = "个用户组"

    def why_kept(self, names: str) -> str:
        return (
            f"{names}是审签环节的审签人员，不能删除。"
            "请先在简报的“审签环节”里改选别的用户组。"
        )

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if form.cleaned_data["requires_code"]:
            CodeRule.objects.get_or_create(group=form.instance)
        else:
            CodeRule.objects.filter(group=form.instance).delete()
