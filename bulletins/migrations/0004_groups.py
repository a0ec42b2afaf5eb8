"""The groups an office starts with; what each may do is in docs/rights.md."""

from typing import Any

from django.db import migrations

_ALL = ("view", "add", "change", "delete")
_PARTS = ("article", "briefitem", "recipient")
_SETTINGS = ("bulletin", "section", "reviewstep", "phrase")
_READ = ["view_issue", *(f"view_{part}" for part in _PARTS), "view_bulletin", "view_section", "view_event"]  # fmt: skip

GROUPS = {
    "编辑": [
        *_READ,
        *(f"{right}_{model}" for right in _ALL for model in ("issue", *_PARTS)),
        "submit_issue",
    ],
    "审核": [*_READ, "approve_issue", "amend_issue"],
    "签发": [*_READ, "approve_issue", "amend_issue", "override_issue"],
    "发行": [*_READ, "publish_issue", "withdraw_issue", "correct_issue"],
    "管理员": [
        *_READ,
        *(f"{right}_{model}" for right in _ALL for model in _SETTINGS),
        *(f"{right}_recipient" for right in _ALL),
        *(f"{right}_{model}" for right in _ALL for model in ("user", "group")),
    ],
}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Make the groups that are missing, and give each its rights."""
    _make_permissions(apps)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _ = group_model.objects.get_or_create(name=name)
        permissions = permission_model.objects.filter(
            content_type__app_label__in=["bulletins", "auth"], codename__in=codenames
        )
        missing = set(codenames) - {permission.codename for permission in permissions}
        if missing:
            raise ValueError(f"unknown rights of {name}: {sorted(missing)}")
        group.permissions.add(*permissions)


def _make_permissions(apps: Any) -> None:
    # Django makes permissions after all migrations; here they are needed before.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    for label in ("auth", "bulletins"):
        create_permissions(installed.get_app_config(label), apps=installed, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0003_review_and_trail"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
