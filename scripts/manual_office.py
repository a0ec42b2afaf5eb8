"""The office of the manual: its people and issues, made through the workflow.

``make_office`` fills an empty database. Every issue stands where one page of the manual
needs it; the times are those of ``Clock``, so that pictures of it can be taken again.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone
from django.utils.timesince import timesince

from bulletins import workflow
from bulletins.admin import waiting
from bulletins.bounds import IssueKind, SectionKind
from bulletins.composing import create_issue, masthead_of
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    Recipients,
    SectionEntry,
)
from bulletins.models import (
    Article,
    Bulletin,
    Contribution,
    Issue,
    Term,
    Unit,
)
from bulletins.workflow import pool

ZONE = ZoneInfo("Asia/Shanghai")
# user name: what they are called, and the groups they are in
PEOPLE = {
    "zhang": ("张晓文", ("编辑",)),
    "liu": ("刘洋", ("编辑",)),
    "li": ("李明", ("签发",)),
    "zhao": ("赵敏", ("签发",)),
    "wang": ("王芳", ("发行",)),
    "chen": ("陈强", ("管理员",)),
}
RECIPIENTS = Recipients(
    report=("省生态环境厅", "市委办公室", "市政府办公室"),
    distribute=("各县（市、区）人民政府", "市直有关单位"),
)


class Clock:
    """What time it is for the server: it stands still but where the story goes on."""

    def __init__(self) -> None:
        self._now = dt.datetime(2026, 1, 5, 9, tzinfo=ZONE)

    def now(self) -> dt.datetime:
        """Return the time of the story, as ``timezone.now`` does."""
        return self._now.astimezone(dt.UTC)

    def at(self, month: int, day: int, hour: int, minute: int = 0) -> None:
        """Go to a time of 2026."""
        self._now = dt.datetime(2026, month, day, hour, minute, tzinfo=ZONE)

    def install(self) -> None:
        """Let the server take its time from here."""
        timezone.now = self.now
        vars(waiting).update(timesince=self._since)

    def _since(self, then: dt.datetime) -> str:
        return timesince(then, self.now())


@dataclass(frozen=True)
class Office:
    """The issues of the manual, by the page that shows them."""

    published: Issue
    in_review: Issue
    draft: Issue
    ready: Issue
    urgent: Issue


def _text(*paragraphs: str) -> str:
    return "".join(p if p.startswith("<") else f"<p>{p}</p>" for p in paragraphs)


_SORTING = ArticleEntry(
    title="我市生活垃圾分类\n覆盖城区全部居民小区",
    source="市城市管理局",
    body=_text(
        "10月底，我市城区342个居民小区全部配齐分类投放设施，生活垃圾分类工作由试点转入常态。",
        "<h2>一、设施先行</h2>",
        "今年新建、改建分类投放点518处，配备分类运输车辆46台，做到有人管、有人收、有人运。",
        "<h2>二、以奖代罚</h2>",
        "各街道设立分类积分，居民凭积分兑换生活用品，参与率由年初的61%提高到87%。",
    ),
)
_MINES = ArticleEntry(
    title="禹州市历史遗留矿山生态修复\n工程通过验收",
    source="禹州市",
    body=_text(
        "11月6日，禹州市历史遗留矿山生态修复工程通过市级验收，共修复矿山12座，复绿面积3400余亩。",
        "该市坚持边修复、边利用，修复区内建成林下种植基地2处，带动周边群众150余人就业。",
        "<table><tbody><tr><th>类别</th><th>数量</th><th>面积（亩）</th></tr>"
        "<tr><td>采石场</td><td>9座</td><td>2650</td></tr>"
        "<tr><td>煤矿</td><td>3座</td><td>780</td></tr></tbody></table>",
    ),
)
_MEETING = ArticleEntry(
    title="市“无废城市”建设工作推进会召开",
    source="市推进办",
    body=_text(
        "11月18日，市“无废城市”建设工作推进会召开，通报前三季度任务完成情况，部署下一步工作。",
        "会议要求，各成员单位对照清单逐项核销，12月20日前完成整改问题128个。",
        "会议强调，要把群众满意作为检验工作的标准，做到件件有着落、事事有回音。",
    ),
)
_SITES = ArticleEntry(
    title="建安区建成建筑垃圾资源化利用基地",
    source="建安区",
    body=_text(
        "建安区建筑垃圾资源化利用基地日前建成投用，年可处理建筑垃圾80万吨，再生骨料全部用于市政道路。",
    ),
)
_BRIEFS = (
    BriefEntry("襄城县开展秸秆综合利用现场培训", "11月12日，全县120名种粮大户参加，现场演示打捆机械6台。", "襄城县"),
    BriefEntry("魏都区推行办公区可循环快递箱", "首批投放200个，月均减少一次性包装1.1万件。", "魏都区"),
)  # fmt: skip


def _issue(
    bulletin: Bulletin, number: int, day: dt.date, *articles: ArticleEntry, by: User,
    briefs: tuple[BriefEntry, ...] = (), kind: IssueKind = IssueKind.REGULAR,
) -> Issue:  # fmt: skip
    sections = [SectionEntry("", SectionKind.ARTICLES, articles)]
    if briefs:
        sections.append(SectionEntry("简讯", SectionKind.BRIEFS, briefs))
    document = IssueDocument(
        bulletin=masthead_of(bulletin),
        kind=kind,
        number=number,
        date=day,
        sections=tuple(sections),
        recipients=RECIPIENTS,
    )
    issue = create_issue(bulletin, document, created_by=by)
    workflow.record_edit(issue, by=by)
    return issue


def make_office(clock: Clock, password: str) -> Office:
    """Fill the empty database; return the issues the pages are about."""
    call_command("load_demo", stdout=io.StringIO())
    bulletin = Bulletin.objects.get()
    people = {name: _person(name, password) for name in PEOPLE}
    _settings()
    _pool(clock, people["zhang"])
    office = Office(
        published=_published(clock, bulletin, people),
        ready=_ready(clock, bulletin, people),
        urgent=_urgent(clock, bulletin, people),
        in_review=_in_review(clock, bulletin, people),
        draft=_draft(clock, bulletin, people),
    )
    clock.at(11, 24, 10, 5)
    return office


def _person(name: str, password: str) -> User:
    full, groups = PEOPLE[name]
    user = User.objects.create_user(
        name, password=password, first_name=full, is_staff=True
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def _settings() -> None:
    for position, (name, short) in enumerate(
        (("襄城县", "襄城"), ("禹州市", "禹州"), ("建安区", "建安"), ("市城市管理局", "市城管局")),
        start=1,
    ):  # fmt: skip
        Unit.objects.create(name=name, short_name=short, position=position)
    Term.objects.create(
        text="“无废城市”", wrong="无废城市\n“无废”城市", note="文中出现时加引号"
    )
    Term.objects.create(text="贯彻落实", wrong="贯彻执行落实")


def _pool(clock: Clock, clerk: User) -> None:
    clock.at(11, 20, 15, 30)
    for unit, title, author, day in (
        ("襄城县", "襄城县农膜回收站点实现乡镇全覆盖", "周华", 20),
        ("建安区", "建安区中小学开展“无废校园”创建活动", "孙丽", 19),
        ("禹州市", "禹州市推广钧陶废料再生利用技术", "马俊", 17),
    ):
        piece = Contribution(
            unit=Unit.objects.get(name=unit),
            title=title,
            author=author,
            received_on=dt.date(2026, 11, day),
            body=_text(f"{title}。截至10月底，已完成年度任务的92%。", "下一步，将总结做法，在全市推广。"),
        )  # fmt: skip
        pool.save_contribution(piece, by=clerk, seen=None)
    turned_down = Contribution.objects.get(title__startswith="禹州市")
    pool.decline(turned_down, "与第59期内容重复", by=clerk)


def _sign_and_publish(
    clock: Clock, issue: Issue, people: dict[str, User], month: int, day: int
) -> Issue:
    clock.at(month, day, 9)
    workflow.submit(issue, by=people["zhang"])
    clock.at(month, day, 10, 20)
    workflow.approve(issue, by=people["li"], comment="同意印发。")
    clock.at(month, day, 15)
    return workflow.publish(issue, by=people["wang"])


def _published(clock: Clock, bulletin: Bulletin, people: dict[str, User]) -> Issue:
    """Make an issue that was corrected, and one beside it with a gap between."""
    clerk = people["zhang"]
    first = _issue(
        bulletin, 57, dt.date(2026, 9, 16), _SORTING, by=clerk, briefs=_BRIEFS[:1]
    )
    issue = _sign_and_publish(clock, first, people, 9, 16)
    article = issue.articles.get()
    article.body = article.body.replace("518处", "513处")
    clock.at(9, 18, 9)
    workflow.save_item(article, by=people["wang"], seen=article.version)
    workflow.correct(
        issue, by=people["wang"], comment="第一篇文章中的投放点数量更正为513处。"
    )
    third = _issue(bulletin, 59, dt.date(2026, 10, 20), _SITES, _SORTING, by=clerk)
    return _sign_and_publish(clock, third, people, 10, 20)


def _ready(clock: Clock, bulletin: Bulletin, people: dict[str, User]) -> Issue:
    clock.at(11, 20, 9)
    issue = _issue(
        bulletin,
        60,
        dt.date(2026, 11, 24),
        _MINES,
        by=people["liu"],
        briefs=_BRIEFS[1:],
    )
    workflow.submit(issue, by=people["liu"])
    clock.at(11, 23, 16, 40)
    return workflow.approve(issue, by=people["li"], comment="同意印发。")


def _urgent(clock: Clock, bulletin: Bulletin, people: dict[str, User]) -> Issue:
    clock.at(11, 23, 17)
    issue = _issue(
        bulletin, 1, dt.date(2026, 11, 24), _SITES, by=people["liu"],
        kind=IssueKind.SUPPLEMENT,
    )  # fmt: skip
    workflow.submit(issue, by=people["liu"], comment="明早会议用，请阅。")
    clock.at(11, 23, 17, 30)
    return workflow.override(
        issue, by=people["zhao"], comment="李明同志出差，会议急用。"
    )


def _in_review(clock: Clock, bulletin: Bulletin, people: dict[str, User]) -> Issue:
    """Make an issue that was sent back, changed and submitted again."""
    clerk, leader = people["zhang"], people["li"]
    clock.at(11, 23, 9)
    issue = _issue(
        bulletin, 61, dt.date(2026, 11, 25), _MEETING, _SITES, by=clerk, briefs=_BRIEFS
    )
    workflow.submit(issue, by=clerk, comment="请审阅。")
    clock.at(11, 23, 14, 10)
    workflow.send_back(issue, by=leader, comment="请核对整改问题的数量。")
    clock.at(11, 24, 8, 50)
    article = Article.objects.get(issue=issue, title=_MEETING.title)
    article.body = article.body.replace("128个", "132个")
    workflow.save_item(article, by=clerk, seen=article.version)
    clock.at(11, 24, 9, 10)
    return workflow.submit(issue, by=clerk, comment="数字已与督查室核对。")


def _draft(clock: Clock, bulletin: Bulletin, people: dict[str, User]) -> Issue:
    clock.at(11, 24, 9, 40)
    return _issue(
        bulletin, 62, dt.date(2026, 11, 30), _SORTING, _MINES, _SITES,
        by=people["zhang"], briefs=_BRIEFS,
    )  # fmt: skip
