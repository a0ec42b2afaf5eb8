"""What the groups may do at the composing desk; docs/rights.md says it in words."""

import importlib
from typing import Any

from django.db import migrations

_groups = importlib.import_module("bulletins.migrations.0004_groups")

_ALL = ("view", "add", "change", "delete")
_READ_TOO = [f"view_{model}" for model in ("contribution", "unit", "term", "picture")]

RIGHTS = {
    "编辑": [
        *(
            f"{right}_{model}"
            for right in _ALL
            for model in ("contribution", "unit", "term", "phrase", "section")
        ),
        *(f"{right}_bulletin" for right in ("view", "add", "change")),
        "view_reviewstep",
        "view_picture",
        "add_picture",
    ],
    "审核": [*_READ_TOO, "add_picture"],
    "签发": [*_READ_TOO, "add_picture"],
    "发行": [*_READ_TOO, "add_picture"],
    "管理员": [
        *_READ_TOO,
        *(f"{right}_{model}" for right in _ALL for model in ("unit", "term")),
    ],
}


def give_rights(apps: Any, schema_editor: Any) -> None:
    """Give each group that is still there what it needs at the desk."""
    _groups._make_permissions(apps)
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="bulletins"
    )
    for name, codenames in RIGHTS.items():
        group = apps.get_model("auth", "Group").objects.filter(name=name).first()
        if group is None:
            continue  # the office has renamed or removed it
        found = permissions.filter(codename__in=codenames)
        missing = set(codenames) - {permission.codename for permission in found}
        if missing:
            raise ValueError(f"unknown rights of {name}: {sorted(missing)}")
        group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0008_composing_desk")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
