"""Fill an empty system with a real bulletin, driven through the real workflow."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from bulletins import workflow
from bulletins.composing import add_default_sections, create_issue, document_of
from bulletins.document import IssueDocument
from bulletins.management.plain_errors import OfficeCommand
from bulletins.models import Bulletin, Issue, Phrase, Recipient
from bulletins.reading import read_file

SAMPLE = Path(__file__).resolve().parents[2] / "demo" / "xuchang-56.txt"
SLUG = "wuxiao"

# user name: what they are called, and the groups they are in (docs/rights.md)
ACCOUNTS = {
    "bianji": ("编辑", ["编辑", "发行"]),
    "lingdao": ("领导", ["签发"]),
    "guanliyuan": ("管理员", ["管理员"]),
}

OPINIONS = ("同意印发。", "请核对数字后再报。", "请精简文字。", "请按规范表述修改。")


class Command(OfficeCommand):
    """load_demo; running it again changes nothing."""

    help = "载入演示数据：一份简报、三个账号和一期已印发的样例"

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, then print the logins."""
        passwords = _passwords(Path(settings.VAR_DIR) / "demo_logins.json")
        editor, leader, _ = (self._account(name, passwords) for name in ACCOUNTS)
        document = read_file(SAMPLE).document
        bulletin = _bulletin(document)
        if not bulletin.issues.exists():
            with transaction.atomic():
                issue = create_issue(bulletin, document, created_by=editor)
                workflow.submit(issue, by=editor)
                workflow.approve(issue, by=leader, comment="同意印发。")
        # Only the sample: whatever else waits here is not this command's to publish.
        for issue in _approved_samples(bulletin, document):
            workflow.publish(issue, by=editor)
        self._print_logins(passwords)

    def _account(self, name: str, passwords: dict[str, str]) -> User:
        title, groups = ACCOUNTS[name]
        is_admin = name == "guanliyuan"
        user, is_new = User.objects.get_or_create(
            username=name,
            defaults={
                "first_name": title,
                "is_staff": True,
                "is_superuser": is_admin,
            },
        )
        if is_new:
            user.set_password(passwords[name])
            user.save()
            user.groups.set(Group.objects.filter(name__in=groups))
        return user

    def _print_logins(self, passwords: dict[str, str]) -> None:
        self.stdout.write("演示账号（后台地址 /admin/）：")
        for name, (title, _) in ACCOUNTS.items():
            known = User.objects.get(username=name).check_password(passwords[name])
            password = passwords[name] if known else "（密码已另行设置）"
            self.stdout.write(f"  {title}　{name}　{password}")


def _passwords(path: Path) -> dict[str, str]:
    """Return this machine's own demo passwords: a fixed one would be an open door."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(
            json.dumps({name: secrets.token_urlsafe(9) for name in ACCOUNTS}),
            encoding="utf-8",
        )
    passwords: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return passwords


@transaction.atomic
def _bulletin(document: IssueDocument) -> Bulletin:
    masthead = document.bulletin
    bulletin, is_new = Bulletin.objects.get_or_create(
        slug=SLUG,
        defaults={
            "programme": masthead.programme,
            "name": masthead.name,
            "office": masthead.office,
        },
    )
    if is_new:
        _furnish(bulletin, document)
    return bulletin


def _furnish(bulletin: Bulletin, document: IssueDocument) -> None:
    """Give a new bulletin its sections, its standing recipients and its review step."""
    add_default_sections(bulletin)
    tiers = (
        (Recipient.Tier.REPORT, document.recipients.report),
        (Recipient.Tier.DISTRIBUTE, document.recipients.distribute),
    )
    for tier, names in tiers:
        for position, name in enumerate(names, start=1):
            bulletin.recipients.create(tier=tier, position=position, name=name)
    workflow.add_default_step(bulletin)
    for position, text in enumerate(OPINIONS, start=1):
        Phrase.objects.get_or_create(text=text, defaults={"position": position})


def _approved_samples(bulletin: Bulletin, document: IssueDocument) -> list[Issue]:
    """Return the sample where an earlier run was stopped before publishing it."""
    approved = bulletin.issues.filter(status=Issue.Status.APPROVED)
    return [i for i in approved if document_of(i) == document]
