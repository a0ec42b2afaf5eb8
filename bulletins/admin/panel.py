"""What the page of an issue shows beside its form: its contents and the side panel."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from bulletins import markup, proofing, rendering, workflow
from bulletins.admin.pages import STATUS_BADGES, issue_to_read, label_of, name_of
from bulletins.admin.review import move_after
from bulletins.bounds import SectionKind
from bulletins.composing import (
    document_of,
    entry_of,
    printed_layout,
    printed_order,
)
from bulletins.document import (
    ArticleEntry,
    ContentsLine,
    DocumentError,
    Entry,
    IssueDocument,
    SectionEntry,
    contents,
    digest,
)
from bulletins.findings import Finding, Severity
from bulletins.models import (
    Article,
    BriefItem,
    Event,
    Issue,
    RemovedItem,
    Section,
    Term,
)
from bulletins.pictures import folder_for
from bulletins.proofing import StandingPhrase
from bulletins.workflow import Order, key_of, order_text

Move, Status = Event.Move, Issue.Status
Item = Article | BriefItem

_NEXT_STEP = {
    Status.DRAFT: (Move.SUBMIT, "写好后送审"),
    Status.REVIEW: (Move.APPROVE, "等待审签"),
    Status.APPROVED: (Move.PUBLISH, "等待印发"),
    Status.ISSUED: (None, "已经印发"),
    Status.WITHDRAWN: (None, "已经撤回"),
}
# The rule of proofing.completeness, whose findings the flags word in short.
_IS_MISSING = "CM01"
# An issue that has not changed has as many pages tomorrow.
_A_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Row:
    """An item as the list of contents shows it."""

    item: Item
    key: str
    number: int
    title: str
    address: str
    contents_title: str
    flags: tuple[str, ...]
    is_article: bool

    @property
    def has_own_wording(self) -> bool:
        """Return whether 本期要目 words it otherwise than its title."""
        return self.is_article and self.contents_title != self.title


@dataclass(frozen=True, slots=True)
class Group:
    """A section with its items; one without any is a place to put some."""

    section: Section
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """Return the word the section is called by in an order."""
        return f"section-{self.section.pk}"

    @property
    def is_of_articles(self) -> bool:
        """Return whether articles stand under it, and not brief items."""
        return self.section.kind == Section.Kind.ARTICLES


@dataclass(frozen=True, slots=True)
class Removed:
    """An item that was taken out and can be put back."""

    row: RemovedItem
    title: str
    by: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding of the panel, with the page it can be mended on."""

    message: str
    label: str
    is_error: bool
    address: str


def beside_form(issue: Issue, user: User) -> dict[str, Any]:
    """Return the list of contents and the panel, as templates take them."""
    order = printed_order(issue)
    may_edit = workflow.may_edit(issue, user)
    document, fault = _document(issue)
    terms = _lexicon()
    findings = _findings_by_item(document, order, terms) if document else {}
    return {
        "issue": issue,
        "may_edit": may_edit,
        "groups": _groups(issue, order, findings),
        "items": sum(len(items) for _, items in order),
        "seen": order_text(order),
        "contents": _printed_contents(document),
        "removed": _removed(issue) if may_edit else [],
        **_panel(issue, user, document, fault, findings, order, terms),
    }


def _document(issue: Issue) -> tuple[IssueDocument | None, str]:
    try:
        return document_of(issue), ""
    except DocumentError as error:
        return None, str(error)


# --- the list of contents ---------------------------------------------------------


def _groups(
    issue: Issue, order: Order, findings: dict[str, list[Finding]]
) -> list[Group]:
    """Return the sections in printed order, then those that have nothing yet."""
    number, found = 0, []
    for section, items in order:
        rows = []
        for item in items:
            number += 1
            rows.append(_row(item, number, findings.get(key_of(item), [])))
        found.append(Group(section, tuple(rows)))
    used = {section.pk for section, _ in order}
    unused = issue.bulletin.sections.exclude(pk__in=used)
    return [*found, *(Group(section, ()) for section in unused)]


def _row(item: Item, number: int, findings: list[Finding]) -> Row:
    own = item.contents_title if isinstance(item, Article) else ""
    is_article = isinstance(item, Article)
    return Row(
        item=item,
        key=key_of(item),
        number=number,
        title=_title(item),
        address=address_of(item),
        contents_title=(own or _title(item)) if is_article else "",
        flags=tuple(_flags(item, findings)),
        is_article=is_article,
    )


def _title(item: Item) -> str:
    if isinstance(item, Article):
        return item.title.replace("\n", "") or "（没有标题）"
    return item.lead or f"（没有首句）{item.text[:20]}"


def address_of(item: Item) -> str:
    """Return the page an item is written on."""
    name = "article" if isinstance(item, Article) else "briefitem"
    return reverse(f"admin:bulletins_{name}_change", args=[item.pk])


def _flags(item: Item, findings: list[Finding]) -> Iterator[str]:
    """Yield what is missing, in as few words as fit beside a title."""
    if isinstance(item, BriefItem):
        if not item.lead:
            yield "没有首句"
        elif not item.text:
            yield "只有首句"
    else:
        if not item.title:
            yield "没有标题"
        if any("没有正文" in finding.message for finding in findings):
            yield "没有正文"
        if markup.undescribed_pictures(item.body):
            yield "待补图片说明"
    others = sum(finding.rule != _IS_MISSING for finding in findings)
    if others:
        yield f"{others}处待核对"


def _printed_contents(document: IssueDocument | None) -> tuple[ContentsLine, ...]:
    return contents(document) if document else ()


def _removed(issue: Issue) -> list[Removed]:
    rows = issue.removed_items.select_related("section", "removed_by")
    return [Removed(row, removed_title(row), name_of(row.removed_by)) for row in rows]


def removed_title(row: RemovedItem) -> str:
    """Return what a removed item was called."""
    entry = workflow.removed_entry(row)
    if isinstance(entry, ArticleEntry):
        return entry.plain_title or "没有标题的文章"
    return entry.lead or entry.text[:20] or "没有文字的简讯"


# --- the panel --------------------------------------------------------------------


def _panel(
    issue: Issue,
    user: User,
    document: IssueDocument | None,
    fault: str,
    by_item: dict[str, list[Finding]],
    order: Order,
    terms: tuple[StandingPhrase, ...],
) -> dict[str, Any]:
    move, waits_for = _NEXT_STEP[Status(issue.status)]
    remarks = list(_remarks(issue, user, document, by_item, order, terms, move))
    if fault:
        remarks.insert(0, Remark(f"内容有误：{fault}", "错误", True, ""))
    return {
        "label": label_of(issue),
        "recipients": issue.recipients.count(),
        "badge": STATUS_BADGES[Status(issue.status)],
        "next_move": move.label if move else "",
        "waits_for": issue.step.name if issue.step else waits_for,
        "findings": remarks,
        "errors_found": sum(remark.is_error for remark in remarks),
        "leads_on": _may_lead_on(issue, user),
        "may_submit": move is Move.SUBMIT and user.has_perm("bulletins.submit_issue"),
    }


def _may_lead_on(issue: Issue, user: User) -> bool:
    """Tell whether it is for this person to bring the issue on."""
    move = move_after(issue)
    return move is not None and user.has_perm(
        f"bulletins.{workflow.RULES[move].permission}"
    )


def _findings_by_item(
    document: IssueDocument, order: Order, terms: tuple[StandingPhrase, ...]
) -> dict[str, list[Finding]]:
    """Return what is wrong with each item: checked as if it stood alone.

    In a whole document the findings on brief items name their section only.
    """
    alone = dataclasses.replace(document, editors_note="", sections=())
    return {
        key_of(item): [
            finding
            for finding in _checked(_with_one(alone, section, entry_of(item)), terms)
            if finding.anchor
        ]
        for section, items in order
        for item in items
    }


def _with_one(base: IssueDocument, section: Section, entry: Entry) -> IssueDocument:
    alone = SectionEntry("", SectionKind(section.kind), (entry,))
    return dataclasses.replace(base, sections=(alone,))


def _lexicon() -> tuple[StandingPhrase, ...]:
    return tuple(
        StandingPhrase(term.text, term.wrong_forms, term.note)
        for term in Term.objects.all()
    )


def _checked(
    document: IssueDocument, terms: tuple[StandingPhrase, ...]
) -> list[Finding]:
    return [
        *proofing.lexicon(document, terms),
        *proofing.completeness(document),
        *rendering.missing_characters(document),
        *rendering.excesses(document, folder_for(document)),
    ]


def _remarks(
    issue: Issue,
    user: User,
    document: IssueDocument | None,
    by_item: dict[str, list[Finding]],
    order: Order,
    terms: tuple[StandingPhrase, ...],
    move: Event.Move | None,
) -> Iterator[Remark]:
    """Yield what is to be mended: of each item, of the issue, of the next move."""
    said = set()
    known = {key_of(item): item for _, items in order for item in items}
    for key, findings in by_item.items():
        for finding in findings:
            said.add(finding.message)
            yield _remark(finding, known[key])
    if document is not None:
        for finding in _checked(document, terms):
            if not finding.anchor and finding.message not in said:
                said.add(finding.message)
                yield _remark(finding, None)
    if move is None or document is None:
        return
    if not user.has_perm(f"bulletins.{workflow.RULES[move].permission}"):
        return
    # Of the move itself: who, where, which number. Not what was said already.
    for obstacle in workflow.obstacles(issue, move, by=user):
        if obstacle.message not in said:
            yield Remark(obstacle.message, Severity.ERROR.label, True, "")


def _remark(finding: Finding, item: Item | None) -> Remark:
    is_error = finding.severity is Severity.ERROR
    message, address = finding.message, ""
    if item is not None:
        address = address_of(item)
        # What names no item is said of the one it leads to.
        if (title := _title(item)) not in message:
            message = f"“{Truncator(title).chars(16)}”：{message}"
    return Remark(message, finding.severity.label, is_error, address)


# --- the printed length -----------------------------------------------------------


@require_safe
def length(request: HttpRequest, pk: int) -> JsonResponse:
    """Tell on how many pages the issue is printed; asked when the page has loaded."""
    issue = issue_to_read(request, pk)
    try:
        return JsonResponse({"text": f"约{_pages(issue)}页"})
    except (DocumentError, rendering.RenderError) as error:
        return JsonResponse({"text": f"还不能排版：{error}"})


def _pages(issue: Issue) -> int:
    document, layout = document_of(issue), printed_layout(issue)
    told = f"{digest(document)} {layout}"
    name = f"pages-{hashlib.sha256(told.encode()).hexdigest()}"
    known: int | None = cache.get(name)
    if known is None:
        pictures = folder_for(document)
        pdf = rendering.render_pdf(document, profile=layout, pictures=pictures)
        with pypdfium2.PdfDocument(pdf) as read:
            known = len(read)
        cache.set(name, known, _A_DAY)
    return known
