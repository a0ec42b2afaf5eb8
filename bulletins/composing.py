"""Between rows and documents. Only search, which reads editions, knows both as well."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from bulletins import markup, rendering
from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    Entry,
    IssueDocument,
    Marks,
    Masthead,
    Recipients,
    SectionEntry,
    content_digest,
    from_json,
)
from bulletins.models import (
    Article,
    BriefItem,
    Bulletin,
    Event,
    Issue,
    Recipient,
    Section,
)
from bulletins.reading import read_file

_SAMPLE = Path(__file__).parent / "demo" / "xuchang-56.txt"
_HIDDEN_NAMES = {SectionKind.ARTICLES: "正文", SectionKind.BRIEFS: "简讯"}


# --- rows → document --------------------------------------------------------------


def printed_order(issue: Issue) -> list[tuple[Section, list[Article | BriefItem]]]:
    """Return the sections with their items as they are printed.

    Items stand by position; sections in the order of their first item. Every output
    takes its order from here. Where two items share a position, the article is first.
    """
    articles = issue.articles.select_related("section").order_by("position", "pk")
    briefs = issue.brief_items.select_related("section").order_by("position", "pk")
    return in_printed_order([*articles, *briefs])


def in_printed_order(
    rows: Iterable[Article | BriefItem],
) -> list[tuple[Section, list[Article | BriefItem]]]:
    """Return rows, saved or not, under their sections as they are printed."""
    groups: dict[int, tuple[Section, list[Article | BriefItem]]] = {}
    for row in sorted(rows, key=lambda row: row.position):
        groups.setdefault(row.section_id, (row.section, []))[1].append(row)
    return list(groups.values())


def add_default_sections(bulletin: Bulletin) -> tuple[Section, ...]:
    """Give a bulletin without sections the usual two; nothing if it has some.

    Without any, no item of an issue could be entered.
    """
    if bulletin.sections.exists():
        return ()
    articles = bulletin.sections.create(
        name="工作动态", kind=Section.Kind.ARTICLES, show_heading=False, position=1
    )
    briefs = bulletin.sections.create(name="简讯", kind=Section.Kind.BRIEFS, position=2)
    return articles, briefs


def next_position(issue: Issue) -> int:
    """Return the position after the last item of the issue."""
    positions = itertools.chain(
        issue.articles.values_list("position", flat=True),
        issue.brief_items.values_list("position", flat=True),
    )
    return max(positions, default=0) + 1


def masthead_of(bulletin: Bulletin) -> Masthead:
    """Return the masthead a bulletin prints."""
    return Masthead(
        programme=bulletin.programme, name=bulletin.name, office=bulletin.office
    )


def layout_of(bulletin: Bulletin) -> rendering.LayoutProfile:
    """Return how the issues of a bulletin are laid out."""
    return rendering.LayoutProfile(
        rows_per_page=bulletin.rows_per_page,
        first_page_contents_only=bulletin.first_page_contents_only,
        even_last=bulletin.even_last,
        contents_numbers=bulletin.contents_numbers,
        mirrored=bulletin.mirrored,
        imprint_issuer=bulletin.imprint_issuer,
        red=bulletin.red,
        title_size=bulletin.title_size,
        grid="ink" if bulletin.grid == Bulletin.Grid.INK else "box",
    )


def layout_json(bulletin: Bulletin) -> str:
    """Return the layout of a bulletin as the moves keep it."""
    return json.dumps(dataclasses.asdict(layout_of(bulletin)), sort_keys=True)


def printed_layout(issue: Issue) -> rendering.LayoutProfile:
    """Return how an issue is printed: once it is signed, as it was signed."""
    if issue.status == Issue.Status.APPROVED:
        moves = (Event.Move.APPROVE, Event.Move.OVERRIDE)
        signature = issue.events.filter(move__in=moves).last()
        if signature is not None and signature.layout:
            return rendering.LayoutProfile(**json.loads(signature.layout))
    return layout_of(issue.bulletin)


def draft_mark_of(issue: Issue, document: IssueDocument) -> rendering.DraftMark | None:
    """Return the watermark of an issue that is not out: nobody may take it for one.

    What is signed but not yet issued has no number of its own and stays marked; so is
    what was withdrawn, and a correction that is not out yet.
    """
    match issue.status:
        case Issue.Status.ISSUED:
            if document == frozen_document(issue):
                return None
            text = "更正稿"
        case Issue.Status.WITHDRAWN:
            text = "已撤回"
        case Issue.Status.DRAFT:
            text = "草稿"
        case _:
            text = "送审稿"
    return rendering.DraftMark(text=text, digest=content_digest(document))


def document_of(
    issue: Issue,
    *,
    order: list[tuple[Section, list[Article | BriefItem]]] | None = None,
    recipients: Iterable[Recipient] | None = None,
) -> IssueDocument:
    """Return the issue as it stands; planned numbers stand in for numbers not taken.

    Items and recipients are those that are saved, unless others are given. Raises
    DocumentError where a row holds what no document can.
    """
    if order is None:
        order = printed_order(issue)
    if recipients is None:
        recipients = issue.recipients.all()
    return IssueDocument(
        bulletin=masthead_of(issue.bulletin),
        kind=IssueKind(issue.kind),
        number=issue.number or issue.planned_number,
        total_number=issue.total_number or issue.planned_total_number,
        date=issue.date,
        marks=Marks(
            secrecy=issue.secrecy or None,
            copy_number=issue.copy_number or None,
            urgency=issue.urgency or None,
        ),
        editors_note=issue.editors_note,
        sections=tuple(_section_entries(order)),
        recipients=recipients_of(recipients),
        copies=issue.copies,
        signatory=issue.signatory,
        editor=issue.editor,
    )


def _section_entries(
    order: list[tuple[Section, list[Article | BriefItem]]],
) -> Iterator[SectionEntry]:
    for section, rows in order:
        yield SectionEntry(
            title=section.name if section.show_heading else "",
            kind=SectionKind(section.kind),
            items=tuple(entry_of(row) for row in rows),
        )


def entry_of(row: Article | BriefItem) -> Entry:
    """Return an item as it stands in a document."""
    if isinstance(row, Article):
        return ArticleEntry(
            title=row.title,
            contents_title=row.contents_title,
            source=row.source,
            body=row.body,
        )
    return BriefEntry(lead=row.lead, text=row.text, source=row.source)


def recipients_of(rows: Iterable[Recipient]) -> Recipients:
    """Return the names of a list of recipient rows, by tier and position."""
    # One that is not saved yet stands behind those that are.
    ordered = sorted(rows, key=lambda row: (row.position, row.pk or float("inf")))

    def names(tier: Recipient.Tier) -> tuple[str, ...]:
        return tuple(row.name for row in ordered if row.tier == tier)

    return Recipients(
        report=names(Recipient.Tier.REPORT),
        send=names(Recipient.Tier.SEND),
        distribute=names(Recipient.Tier.DISTRIBUTE),
        additional=names(Recipient.Tier.ADDITIONAL),
    )


def frozen_document(issue: Issue) -> IssueDocument:
    """Return what was published: the document of the issue's current edition."""
    if issue.edition is None:
        raise ValueError("只有已印发的简报才有版本")
    return from_json(json.loads(issue.edition.document))


def sample_of(bulletin: Bulletin) -> IssueDocument:
    """Return a made-up issue under the bulletin's masthead, to judge its layout by."""
    sample = read_file(_SAMPLE).document
    standing = recipients_of(bulletin.recipients.all() if bulletin.pk else [])
    return dataclasses.replace(
        sample,
        bulletin=masthead_of(bulletin),
        total_number=128 if bulletin.counts_total else None,
        recipients=standing if standing != Recipients() else sample.recipients,
        copies=120,
    )


# --- document → rows --------------------------------------------------------------


@transaction.atomic
def create_issue(
    bulletin: Bulletin,
    document: IssueDocument,
    *,
    created_by: User | None = None,
) -> Issue:
    """Make a draft of the bulletin that says what the document says.

    The masthead stays the bulletin's own; sections the bulletin lacks are added to it.
    """
    issue = Issue.objects.create(
        bulletin=bulletin,
        kind=document.kind.value,
        planned_number=document.number,
        planned_total_number=document.total_number,
        date=document.date,
        secrecy=document.marks.secrecy or "",
        copy_number=document.marks.copy_number or "",
        urgency=document.marks.urgency or "",
        editors_note=document.editors_note,
        copies=document.copies,
        signatory=document.signatory,
        editor=document.editor,
        created_by=created_by,
    )
    add_items(issue, document)
    add_recipients(issue, document)
    return issue


def add_items(issue: Issue, document: IssueDocument) -> None:
    """Add what the document says to an issue, behind what it has already."""
    free = list(issue.bulletin.sections.all())
    positions = itertools.count(next_position(issue))
    for entry in document.sections:
        section = _take_section(issue.bulletin, entry, free)
        for item in entry.items:
            add_item(issue, section, next(positions), item)


def _take_section(
    bulletin: Bulletin, entry: SectionEntry, free: list[Section]
) -> Section:
    """Return the bulletin's row for this section, and take it off the free ones.

    An unprinted section takes any hidden row of its kind; each row serves once. A row
    whose name is not printed gives it up to one that prints it.
    """
    for row in free:
        title = row.name if row.show_heading else ""
        if (title, row.kind) == (entry.title, entry.kind.value):
            free.remove(row)
            return row
    rows = bulletin.sections.all()
    same_name = rows.filter(kind=entry.kind.value, name=entry.title).first()
    if same_name is not None:
        same_name.name = _unused_name(bulletin, entry.kind)
        same_name.save(update_fields=["name"])
    return Section.objects.create(
        bulletin=bulletin,
        name=entry.title or _unused_name(bulletin, entry.kind),
        kind=entry.kind.value,
        show_heading=bool(entry.title),
        position=max((row.position for row in rows), default=0) + 1,
    )


def _unused_name(bulletin: Bulletin, kind: SectionKind) -> str:
    taken = set(
        bulletin.sections.filter(kind=kind.value).values_list("name", flat=True)
    )
    base = _HIDDEN_NAMES[kind]
    names = itertools.chain([base], (f"{base}{n}" for n in itertools.count(2)))
    return next(name for name in names if name not in taken)


def add_item(
    issue: Issue, section: Section, position: int, entry: Entry
) -> Article | BriefItem:
    """Make the row of an item of a document."""
    if isinstance(entry, BriefEntry):
        return BriefItem.objects.create(
            issue=issue,
            section=section,
            position=position,
            lead=entry.lead,
            text=entry.text,
            source=entry.source,
        )
    same = entry.contents_title == entry.plain_title
    return Article.objects.create(
        issue=issue,
        section=section,
        position=position,
        title=entry.title,
        contents_title="" if same else entry.contents_title,
        source=entry.source,
        body=markup.clean(entry.body),
    )


def add_recipients(issue: Issue, document: IssueDocument) -> None:
    """Add the document's recipients; what the bulletin knows of them goes along."""
    standing = {(row.tier, row.name): row for row in issue.bulletin.recipients.all()}
    lists = (
        (Recipient.Tier.REPORT, document.recipients.report),
        (Recipient.Tier.SEND, document.recipients.send),
        (Recipient.Tier.DISTRIBUTE, document.recipients.distribute),
        (Recipient.Tier.ADDITIONAL, document.recipients.additional),
    )
    for tier, names in lists:
        for position, name in enumerate(names, start=1):
            known = standing.get((tier.value, name))
            Recipient.objects.create(
                issue=issue,
                tier=tier,
                position=position,
                name=name,
                copies=known.copies if known else 1,
                email=known.email if known else "",
            )


# --- looking up -------------------------------------------------------------------


def bulletin_with(masthead: Masthead) -> Bulletin | None:
    """Return the bulletin that prints this masthead, if there is one."""
    return Bulletin.objects.filter(
        programme=masthead.programme, name=masthead.name, office=masthead.office
    ).first()


def issues_numbered(bulletin: Bulletin, document: IssueDocument) -> list[Issue]:
    """Return the issues of the same series that have, or plan, the same number."""
    if document.number is None:
        return []
    same = bulletin.issues.filter(kind=document.kind.value)
    taken = same.filter(number=document.number)
    planned = same.filter(number__isnull=True, planned_number=document.number)
    if bulletin.numbering == Bulletin.Numbering.YEARLY and document.date:
        taken = taken.filter(series_year=document.date.year)
        # A draft without a date may yet be of the same year.
        planned = planned.filter(Q(date=None) | Q(date__year=document.date.year))
    return [*taken, *planned]
