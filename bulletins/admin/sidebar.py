"""The sidebar: tasks, each for whoever may do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

_ISSUES = "admin:bulletins_issue_changelist"
# What stands under the addresses of issues, and is a task of its own.
_OWN_TASKS = ("admin:bulletins_issue_queue", "admin:bulletins_issue_notices")


@dataclass(frozen=True, slots=True)
class Task:
    """One line: its words, its icon, where it leads, and the right it takes."""

    title: str
    icon: str
    page: str
    right: str = ""
    query: str = ""
    badge: str = ""


_GROUPS = (
    (
        "",
        (
            Task("工作台", "home", "admin:index"),
            Task("审签", "approval", _OWN_TASKS[0], "bulletins.view_issue", badge="bulletins.admin.waiting.waiting_badge"),
            Task("消息", "notifications", _OWN_TASKS[1], badge="bulletins.admin.waiting.notices_badge"),
        ),
    ),
    (
        "编写",
        (
            Task("简报", "newspaper", _ISSUES, "bulletins.view_issue", "?stage=open"),
            Task("稿件", "inbox", "admin:bulletins_contribution_changelist", "bulletins.view_contribution", badge="bulletins.admin.waiting.pool_badge"),
            Task("报送单位", "apartment", "admin:bulletins_unit_changelist", "bulletins.view_unit"),
            Task("往期", "inventory_2", _ISSUES, "bulletins.view_issue", "?stage=past"),
            Task("公开网页", "public", "home"),
        ),
    ),
    (
        "设置",
        (
            Task("简报设置", "tune", "admin:bulletins_bulletin_changelist", "bulletins.view_bulletin"),
            Task("规范用语", "spellcheck", "admin:bulletins_term_changelist", "bulletins.view_term"),
            Task("常用意见", "chat", "admin:bulletins_phrase_changelist", "bulletins.view_phrase"),
            Task("用户", "person", "admin:auth_user_changelist", "auth.view_user"),
            Task("用户组", "group", "admin:auth_group_changelist", "auth.view_group"),
            Task("登录记录", "login", "account_signins", "auth.view_user"),
        ),
    ),
)  # fmt: skip
# Pages of an issue that stand beside its own addresses.
_PARTS = ("admin:bulletins_article_changelist", "admin:bulletins_briefitem_changelist")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of tasks that are open to the person, as the skin takes them."""
    groups = []
    for title, tasks in _GROUPS:
        items = [
            _item(request, task)
            for task in tasks
            if not task.right or request.user.has_perm(task.right)
        ]
        groups.append({"title": title, "items": items})
    return groups


def _item(request: HttpRequest, task: Task) -> dict[str, Any]:
    item = {
        "title": task.title,
        "icon": task.icon,
        "link": f"{reverse(task.page)}{task.query}",
        "active": _is_active(request, task),
    }
    return {**item, "badge": task.badge} if task.badge else item


def _is_active(request: HttpRequest, task: Task) -> bool:
    path = request.path
    if task.page in {"admin:index", "home"}:
        return path == reverse(task.page)
    if task.page != _ISSUES:
        return path.startswith(reverse(task.page))
    if any(path.startswith(reverse(page)) for page in _OWN_TASKS):
        return False
    is_past = request.GET.get("stage") == "past"
    if is_past is not (task.query == "?stage=past"):
        return False
    return path.startswith(tuple(map(reverse, (_ISSUES, *_PARTS))))
