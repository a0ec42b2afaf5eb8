"""A small archive with everything an archive has, and texts nobody may ever see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bulletins import workflow
from bulletins.bounds import IssueKind, SectionKind
from bulletins.composing import create_issue
from bulletins.document import IssueDocument, Masthead, SectionEntry
from bulletins.models import Bulletin, Issue
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_document,
    make_leader,
    make_masthead,
    make_user,
)

# Each stands in titles, bodies, sections, units and recipients of what is hidden.
DRAFT, INTERNAL, WITHDRAWN = "草拟暗记", "内部暗记", "撤掉暗记"
MARKS = (DRAFT, INTERNAL, WITHDRAWN)
_WASTE = Masthead("许昌市“无废城市”建设试点", "工作简报", "试点工作推进小组办公室")


@dataclass(frozen=True)
class SmallArchive:
    """The bulletins, and the issues by what became of them."""

    waste: Bulletin
    conduct: Bulletin
    published: tuple[Issue, ...]
    corrected: Issue
    withdrawn: Issue
    draft: Issue
    internal: Issue


def make_small_archive() -> SmallArchive:
    """Publish, correct and withdraw until there is one of each."""
    waste = make_bulletin(slug="wuxiao", masthead=_WASTE)
    conduct = make_bulletin(slug="zuofeng")
    internal = make_bulletin(
        slug="neibu",
        audience="internal",
        masthead=make_masthead(name=f"{INTERNAL}简报"),
    )
    first = _publish(waste, _document(_WASTE, 55, dt.date(2019, 12, 27)))
    second = _publish(waste, _document(_WASTE, 56, dt.date(2020, 9, 15), "襄城县"))
    extra = _document(_WASTE, 1, dt.date(2020, 10, 9), kind=IssueKind.SUPPLEMENT)
    corrected = _publish(waste, _document(_WASTE, 57, dt.date(2020, 10, 12)))
    published = (
        *(first, second, corrected, _publish(waste, extra)),
        _publish(conduct, _document(make_masthead(), 8, dt.date(2024, 9, 2), "麦岭镇")),
    )
    withdrawn = _publish(waste, _hidden(_WASTE, 58, WITHDRAWN))
    workflow.withdraw(withdrawn, by=_editor(), comment="重复印发")
    return SmallArchive(
        waste=waste,
        conduct=conduct,
        published=published,
        corrected=_corrected(corrected),
        withdrawn=withdrawn,
        draft=create_issue(waste, _hidden(_WASTE, None, DRAFT)),
        internal=_publish(internal, _hidden(make_masthead(), 3, INTERNAL)),
    )


def _document(
    masthead: Masthead, number: int, date: dt.date, unit: str = "", **fields
) -> IssueDocument:
    table = "<table><tbody><tr><td>乡镇</td><td>件数</td></tr></tbody></table>"
    articles = (
        make_article(f"推进会\n第{number}次召开", source=unit),
        make_article(
            "“三个一”要求　落地见效 <PM2.5> & 其他", body=f"<p>甲。</p>{table}"
        ),
    )
    sections = (
        SectionEntry("要闻", SectionKind.ARTICLES, articles),
        SectionEntry(
            "简讯", SectionKind.BRIEFS, (make_brief(source=unit), make_brief("乙"))
        ),
    )
    values = {"number": number, "date": date, "sections": sections, **fields}
    return make_document(bulletin=masthead, **values)


def _hidden(masthead: Masthead, number: int | None, mark: str) -> IssueDocument:
    items = (
        make_article(f"标题{mark}", source=f"单位{mark}", body=f"<p>{mark}。</p>"),
    )
    sections = (SectionEntry(f"栏目{mark}", SectionKind.ARTICLES, items),)
    fields = {"number": number, "date": dt.date(2020, 11, 3), "sections": sections}
    return make_document(bulletin=masthead, editors_note=mark, **fields)


def _publish(bulletin: Bulletin, document: IssueDocument) -> Issue:
    issue = workflow.submit(create_issue(bulletin, document), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(bulletin))
    return workflow.publish(issue, by=make_clerk())


def _corrected(issue: Issue) -> Issue:
    issue.articles.filter(position=1).update(title="推进会\n第五十七次召开")
    return workflow.correct(issue, by=_editor(), comment="标题中的次数有误。")


def _editor():
    return grant(make_user(), "correct", "withdraw")
