"""What is done to the contents of an issue: ordered, removed, put back, moved, reworded.

Each is one POST. The page's script sends it and puts the answer in place of the list;
without scripts the same buttons lead back to the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse

from bulletins import workflow
from bulletins.admin import panel
from bulletins.admin.pages import by_post, issue_to_read, label_of, person, show
from bulletins.bounds import MAX_TITLE
from bulletins.composing import printed_order
from bulletins.document import DocumentError, check_text
from bulletins.forms import unprintable
from bulletins.models import Article, BriefItem, Issue, Section
from bulletins.workflow import Order, WorkflowError

Item = Article | BriefItem

_PAGE = "admin:bulletins_issue_change"
_MODELS: dict[str, type[Item]] = {"article": Article, "brief": BriefItem}
_STEPS = {"up": -1, "down": 1}


def _item(issue: Issue, key: str) -> Item:
    """Return the item of the issue that is called so; raises WorkflowError if gone."""
    kind, _, number = key.partition("-")
    model = _MODELS.get(kind)
    if model is None or not number.isdecimal() or len(number) > 18:
        raise Http404
    found = model.objects.filter(pk=number, issue=issue).first()
    if found is None:
        raise WorkflowError("这篇稿件已被别人删除或移到别处")
    return found


def _answer(
    request: HttpRequest, issue: Issue, said: str, *, undo: str = "", error: str = ""
) -> HttpResponse:
    """Answer the script with the list as it is now; others with the page."""
    if request.headers.get("X-Requested-With") != "fetch":
        if said:
            messages.success(request, said)
        if error:
            messages.error(request, error)
        return redirect(_PAGE, issue.pk)
    issue = issue_to_read(request, issue.pk)
    context = panel.beside_form(issue, person(request))
    folder = "admin/bulletins/issue"
    return JsonResponse(
        {
            "said": said,
            "error": error,
            "undo": undo,
            "contents": render_to_string(f"{folder}/contents.html", context, request),
            "panel": render_to_string(f"{folder}/panel.html", context, request),
        }
    )


def _changes(
    act: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Take a change by POST from who may read the issue; a refusal is told in words."""

    @by_post(_PAGE)
    def view(request: HttpRequest, pk: int, **place: Any) -> HttpResponse:
        issue = issue_to_read(request, pk)
        try:
            return act(request, issue, **place)
        except WorkflowError as error:
            return _answer(request, issue, "", error=f"{error}。")

    return view


# --- order ------------------------------------------------------------------------


@_changes
def arrange(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Bring the items into the order that was dragged, stepped or typed."""
    order = printed_order(issue)
    wanted, said = _wanted(request, issue, order)
    # What the page showed; a form without it is older than this page.
    seen = request.POST.get("seen", "")
    workflow.arrange(issue, wanted, by=person(request), seen=seen)
    return _answer(request, issue, said)


def _wanted(request: HttpRequest, issue: Issue, order: Order) -> tuple[Order, str]:
    sent = request.POST
    if words := sent.get("order", "").split():
        sections = issue.bulletin.sections.all()
        return workflow.order_from(words, order, sections), "顺序已保存。"
    if step := sent.get("step", ""):
        direction, _, key = step.partition(" ")
        if direction not in _STEPS:
            raise Http404
        wanted = workflow.stepped(order, key, _STEPS[direction])
        return wanted, _said(wanted, key)
    return _by_numbers(sent, order)


def _by_numbers(sent: Any, order: Order) -> tuple[Order, str]:
    """Return the order after each number that was typed over, the smallest first."""
    keys = [workflow.key_of(item) for _, items in order for item in items]
    typed = {}
    for now, key in enumerate(keys, start=1):
        number = sent.get(f"number-{key}", str(now)).strip()
        if not number.isdecimal() or len(number) > 6:
            raise WorkflowError(f"序号“{number[:20]}”不是数字，顺序没有改")
        if int(number) != now:
            typed[key] = int(number)
    wanted = order
    for key, number in sorted(typed.items(), key=lambda pair: pair[1]):
        wanted = workflow.placed(wanted, key, number)
    if len(typed) == 1:
        return wanted, _said(wanted, next(iter(typed)))
    return wanted, "顺序已保存。" if typed else "顺序没有变。"


def _said(order: Order, key: str) -> str:
    """Return where a moved thing stands now: it is read out."""
    number = 0
    for section, items in order:
        if key == f"section-{section.pk}":
            return f"栏目“{section.name}”现在从第{number + 1}条开始。"
        for item in items:
            number += 1
            if workflow.key_of(item) == key:
                return f"“{item}”现在是第{number}条，在栏目“{section.name}”。"
    return "顺序已保存。"


# --- out and back -----------------------------------------------------------------


@_changes
def remove(request: HttpRequest, issue: Issue, key: str) -> HttpResponse:
    """Take an item out; it is kept below the list."""
    item = _item(issue, key)
    removed = workflow.remove_item(item, by=person(request))
    undo = reverse("admin:bulletins_issue_put_back", args=[issue.pk, removed.pk])
    said = f"已删除“{item}”，可在“已删除的稿件”中恢复。"
    return _answer(request, issue, said, undo=undo)


@_changes
def put_back(request: HttpRequest, issue: Issue, removed: int) -> HttpResponse:
    """Put a removed item back where it stood."""
    row = issue.removed_items.select_related("issue", "section").filter(pk=removed)
    found = row.first()
    if found is None:
        raise WorkflowError("这篇稿件已经恢复")
    item = workflow.put_back(found, by=person(request))
    return _answer(request, issue, f"已恢复“{item}”。")


# --- the wording of 本期要目 -------------------------------------------------------


@_changes
def reword(request: HttpRequest, issue: Issue, key: str) -> HttpResponse:
    """Change how 本期要目 words an article; empty or the same is as its title."""
    article = _item(issue, key)
    if not isinstance(article, Article):
        raise Http404
    wording = request.POST.get(f"wording-{key}", "").strip()
    try:
        check_text(wording, "要目", MAX_TITLE)
    except DocumentError as error:
        raise WorkflowError(str(error)) from error
    if reason := unprintable(wording):
        raise WorkflowError(f"要目{reason.rstrip('。')}")
    article.contents_title = "" if wording == str(article) else wording
    seen = request.POST.get(f"version-{key}", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else None
    workflow.save_item(article, by=person(request), seen=version)
    return _answer(request, issue, f"要目已改为“{wording or article}”。")


# --- to another issue -------------------------------------------------------------


def move_page(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Offer the issues an item can be moved to; move it to the one that is chosen."""
    issue = issue_to_read(request, pk)
    if not workflow.may_edit(issue, person(request)):
        raise PermissionDenied
    try:
        item = _item(issue, key)
        if request.method == "POST":
            return _move(request, issue, item)
    except WorkflowError as error:
        messages.error(request, f"{error}。")
        return redirect(_PAGE, pk)
    context = {
        "title": "移到另一期",
        "issue": issue,
        "label": label_of(issue),
        "item": item,
        "targets": _targets(request, issue, item),
    }
    return show(request, "admin/bulletins/issue/move_item.html", context)


def _move(request: HttpRequest, issue: Issue, item: Item) -> HttpResponse:
    target, _, section = request.POST.get("to", "").partition("-")
    if not (target.isdecimal() and section.isdecimal() and len(target + section) < 36):
        raise WorkflowError("请选择移到哪一期")
    to = get_object_or_404(Issue.objects.select_related("bulletin"), pk=target)
    chosen = get_object_or_404(Section, pk=section)
    # The workflow judges the rest under its lock.
    moved = workflow.move_item(item, to, chosen, by=person(request))
    messages.success(request, f"已把“{moved}”移到{to}，排在最后。")
    return redirect(_PAGE, issue.pk)


def _targets(
    request: HttpRequest, issue: Issue, item: Item
) -> list[tuple[Issue, list[tuple[Section, bool]]]]:
    """Return the open issues with the sections that take the item.

    The one of the same name is marked, else the first.
    """
    user = person(request)
    drafts = Issue.objects.filter(status=Issue.Status.DRAFT).exclude(pk=issue.pk)
    found = []
    for target in drafts.select_related("bulletin").prefetch_related(
        "bulletin__sections"
    ):
        if not workflow.may_edit(target, user):
            continue
        kind = item.section.kind
        sections = [s for s in target.bulletin.sections.all() if s.kind == kind]
        same = [s for s in sections if s.name == item.section.name] or sections[:1]
        if sections:
            found.append((target, [(s, s in same) for s in sections]))
    # Of the same bulletin first, the newest before the older.
    found.sort(key=lambda pair: (pair[0].bulletin_id != issue.bulletin_id, -pair[0].pk))
    return found


ISSUE_PAGES = (
    ("<int:pk>/arrange/", arrange, "arrange"),
    ("<int:pk>/remove/<slug:key>/", remove, "remove"),
    ("<int:pk>/put-back/<int:removed>/", put_back, "put_back"),
    ("<int:pk>/reword/<slug:key>/", reword, "reword"),
    ("<int:pk>/move/<slug:key>/", move_page, "move_item"),
    ("<int:pk>/length/", panel.length, "length"),
)
