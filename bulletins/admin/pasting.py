"""A whole bulletin pasted or read from a file into a draft: shown first, then added."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bulletins import rendering, workflow
from bulletins.admin.pages import issue_to_read, label_of, person, show
from bulletins.bounds import SectionKind
from bulletins.composing import layout_of, masthead_of
from bulletins.document import IssueDocument, SectionEntry, to_json
from bulletins.models import Issue
from bulletins.reading import ReadError, Reading, read_json, read_text
from bulletins.reading.decoding import check_size, decode
from bulletins.rendering import RenderError
from bulletins.workflow import WorkflowError

_PAGE = "admin:bulletins_issue_change"


def paste_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a text, show what was understood of it, and add it when that is right."""
    issue = issue_to_read(request, pk)
    if not workflow.may_edit(issue, person(request)):
        raise PermissionDenied
    if request.method != "POST":
        return _show(request, issue)
    if "document" in request.POST:
        return _add(request, issue)
    text = request.POST.get("text", "")
    try:
        reading = _read(request, text, issue)
    except ReadError as error:
        return _show(request, issue, text=text, error=f"{error}。")
    return _show(request, issue, text=text, reading=reading)


def _read(request: HttpRequest, text: str, issue: Issue) -> Reading:
    """Return what the file says, or else the text; raises ReadError."""
    file = request.FILES.get("file")
    if file is None:
        check_size(len(text.encode(errors="replace")))
        return read_text(text)
    check_size(file.size or 0)
    data = file.read()
    name = (file.name or "").lower()
    if name.endswith(".json"):
        return read_json(data)
    if name.endswith(".txt"):
        return read_text(decode(data))
    raise ReadError("不认识的文件格式，可读取 .txt 和 .json")


def _show(
    request: HttpRequest,
    issue: Issue,
    *,
    text: str = "",
    error: str = "",
    reading: Reading | None = None,
) -> HttpResponse:
    label = label_of(issue)
    context: dict[str, Any] = {
        "title": f"粘贴整期：{label}",
        "issue": issue,
        "label": label,
        "text": text,
        "error": error,
        "masthead": masthead_of(issue.bulletin).full_name,
    }
    if reading is not None:
        context |= _understood(issue, reading)
    template = "admin/bulletins/issue/paste.html"
    return show(request, template, context, 422 if error else 200)


def _understood(issue: Issue, reading: Reading) -> dict[str, Any]:
    document = reading.document
    context = {
        "reading": reading,
        "understood": json.dumps(to_json(document), ensure_ascii=False),
        "articles": sum(1 for _ in document.articles()),
        "briefs": sum(1 for _ in document.briefs()),
        "differs": _differences(issue, document),
    }
    try:
        page = rendering.render_fragment(document, layout_of(issue.bulletin))
    except RenderError as error:
        return {**context, "fault": str(error)}
    return {**context, "page": rendering.trusted(page)}


def _differences(issue: Issue, document: IssueDocument) -> list[str]:
    """Return what the text says of itself that the issue says otherwise: it stays."""
    said = []
    number = issue.number or issue.planned_number
    if document.number is not None and document.number != number:
        said.append(f"文中是第{document.number}期，本期的期号不变")
    if document.date is not None and document.date != issue.date:
        date = document.date
        said.append(
            f"文中日期是{date.year}年{date.month}月{date.day}日，本期的日期不变"
        )
    if document.bulletin != masthead_of(issue.bulletin):
        said.append(f"文中报头是“{document.bulletin.full_name}”，本期的报头不变")
    return said


def _add(request: HttpRequest, issue: Issue) -> HttpResponse:
    try:
        # What comes back from the browser is read anew: it may have been changed.
        document = read_json(request.POST["document"].encode(errors="replace")).document
        added = workflow.add_document(issue, document, by=person(request))
    except (ReadError, WorkflowError) as error:
        text = request.POST.get("text", "")
        return _show(request, issue, text=text, error=f"没有加入：{error}。")
    _tell(request, document.sections, added)
    return redirect(_PAGE, issue.pk)


def _tell(
    request: HttpRequest, sent: Iterable[SectionEntry], added: Iterable[SectionEntry]
) -> None:
    articles = _count(added, SectionKind.ARTICLES)
    briefs = _count(added, SectionKind.BRIEFS)
    left_out = sum(len(section.items) for section in sent) - articles - briefs
    if articles or briefs:
        messages.success(request, f"已加入文章{articles}篇、简讯{briefs}条，请核对。")
    if left_out:
        messages.warning(request, f"有{left_out}条与已有的完全相同，没有重复加入。")


def _count(sections: Iterable[SectionEntry], kind: SectionKind) -> int:
    return sum(len(section.items) for section in sections if section.kind is kind)


ISSUE_PAGES = (("<int:pk>/paste/", paste_page, "paste"),)
