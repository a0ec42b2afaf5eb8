"""The documents the layout is measured on: real, very short, very long, very mixed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
from pathlib import Path
from typing import Any

from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import (
    ArticleEntry,
    BriefEntry,
    IssueDocument,
    Marks,
    Masthead,
    Recipients,
    SectionEntry,
)
from bulletins.markup import paragraph
from tests.factories import make_article, make_document

_SAMPLE = Path(__file__).parents[1] / "documents" / "xuchang-56.expected.json"

PICTURE = "0123456789abcdef.png"
RARE = "镕喆堃䶮"


@functools.cache
def sample() -> IssueDocument:
    """Return 许昌市“无废城市”建设试点 工作简报 第56期."""
    expected = json.loads(_SAMPLE.read_text("utf-8"))
    masthead = expected["masthead"]
    contents = [entry["text"] for entry in expected["contents"]]
    articles = [a for a in expected["articles"] if a["kind"] == "article"]
    briefs = next(a for a in expected["articles"] if a["kind"] == "briefs")
    groups = expected["distribution"]
    return IssueDocument(
        bulletin=Masthead(
            masthead["programme_line"], masthead["name"], expected["office"]["text"]
        ),
        number=expected["issue"]["number"],
        date=dt.date.fromisoformat(expected["date"]["iso"]),
        sections=(
            SectionEntry(
                "",
                SectionKind.ARTICLES,
                tuple(
                    _sample_article(article, wording)
                    for article, wording in zip(articles, contents, strict=False)
                ),
            ),
            SectionEntry(
                briefs["title"]["plain"],
                SectionKind.BRIEFS,
                tuple(BriefEntry(b["lead"], b["body"]) for b in briefs["items"]),
            ),
        ),
        recipients=Recipients(
            report=tuple(groups["报"]["units"]), distribute=tuple(groups["发"]["units"])
        ),
    )


def _sample_article(article: dict[str, Any], wording: str) -> ArticleEntry:
    title = article["title"]
    return ArticleEntry(
        title="\n".join(title["display_lines"] or [title["plain"]]),
        contents_title=wording,
        body="".join(paragraph(p["text"]) for p in article["paragraphs"]),
    )


def _articles(*entries: ArticleEntry, title: str = "") -> SectionEntry:
    return SectionEntry(title, SectionKind.ARTICLES, entries)


def one_line() -> IssueDocument:
    """Return an issue of a single line of text."""
    return make_document(
        sections=(_articles(make_article("通知", body="<p>今日无事。</p>")),),
    )


_FULL_IMPRINT: dict[str, Any] = {
    "recipients": Recipients(
        report=("县委办公室", "县政府办公室"),
        send=("县人大常委会办公室", "县政协办公室"),
        distribute=("各乡镇人民政府", "县直各单位"),
    ),
    "copies": 30,
}


def ending_in_row(row: int) -> IssueDocument:
    """Return an issue of ``row`` one-line paragraphs, for one row after another."""
    lines = "".join(paragraph(f"第{n + 1}行到此为止。") for n in range(row))
    return make_document(
        sections=(_articles(make_article("逐行推进", body=lines)),), **_FULL_IMPRINT
    )


def fifty_pages() -> IssueDocument:
    """Return the text of the sample many times over, in sections of their own."""
    once = sample()
    sections = tuple(
        dataclasses.replace(section, title=f"{section.title or '要闻'}之{n + 1}")
        for n in range(9)
        for section in once.sections
    )
    return dataclasses.replace(once, sections=sections, **_FULL_IMPRINT)


def running_text() -> IssueDocument:
    """Return an issue of one paragraph without marks, as long as one may be."""
    body = paragraph("国" * 4990)
    return make_document(sections=(_articles(make_article("通篇", body=body)),))


def long_contents() -> IssueDocument:
    """Return an issue whose 本期要目 takes more than its first page."""
    entries = [
        make_article(f"第{n + 1}届全县作风建设推进会议在县委礼堂召开并取得圆满成功")
        for n in range(24)
    ]
    return make_document(sections=(_articles(*entries),))


_HEADINGS = (
    "<h2>一、总体要求</h2>{p}<h3>（一）指导思想</h3>{p}<h4>1.工作目标</h4>{p}"
    "<p>（1）压实责任。各单位主要负责同志亲自抓、负总责。</p>{p}"
    "<h2>二、主要任务，标题很长的时候要转行，转行之后的文字应当顶格排列，与正文一致</h2>{p}"
)
_LONG = (
    "会议强调，各级各部门要深入贯彻落实中央经济工作会议精神，坚持“稳中求进”工作总基调，"
    "统筹发展和安全——既要抓当前，又要谋长远……2024年1—8月，全县完成固定资产投资126.5亿元，"
    "同比增长8.3%；《襄城县“十四五”规划》（以下简称《规划》）确定的23项主要指标，进度符合预期。"
)
_RARE_LINE = (
    f"副县长张{RARE[0]}、李{RARE[1]}，局长王{RARE[2]}、赵{RARE[3]}出席会议，" * 4
)
_TABLE = (
    "<table><caption>表1 各乡镇完成情况</caption><thead><tr><th>乡镇</th><th>任务（万元）</th>"
    "<th>完成（万元）</th><th>完成率</th></tr></thead><tbody>{rows}</tbody></table>"
)
_WIDE = "<table><tbody>{rows}</tbody></table>"


def _table(rows: int) -> str:
    row = "<tr><td>麦岭镇</td><td>12000</td><td>9800</td><td>81.7%</td></tr>"
    return _TABLE.format(rows=row * rows)


def _wide_table() -> str:
    head = "".join(f"<th>指标{n}</th>" for n in range(1, 13))
    cells = "".join(f"<td>{n * 137}</td>" for n in range(1, 12))
    row = f"<tr><td>襄城县生态环境局</td>{cells}</tr>"
    return _WIDE.format(rows=f"<tr>{head}</tr>{row * 4}")


def everything() -> IssueDocument:
    """Return an issue with all that a body may hold."""
    long = paragraph(_LONG)
    figure = (
        f'<figure><img src="/media/pictures/{PICTURE}" alt="会议现场照片">'
        "<figcaption>图1 会议现场</figcaption></figure>"
    )
    lists = (
        "<ol><li>摸清底数，建立台账；</li><li>分类施策，逐项销号，对长期没有进展的事项由县作风办"
        "会同有关部门挂牌督办；</li></ol><ul><li>县级领导包联；</li><li>部门结对帮扶。</li></ul>"
    )
    mixed = (
        "<p>浓度为35μg/m<sup>3</sup>，CO<sub>2</sub>排放强度下降，见<strong>附件一</strong>和"
        '<em>有关说明</em>，网址<a href="https://example.gov.cn/a/very/long/path/to/a/page'
        '?query=1">https://example.gov.cn/a/very/long/path/to/a/page?query=1</a>。</p>'
    )
    return make_document(
        total_number=132,
        marks=Marks(secrecy="内部资料　注意保存", copy_number="000012", urgency="特急"),
        editors_note="现将各地经验做法摘要刊发，供学习借鉴。\n各单位要结合实际，认真抓好贯彻落实，"
        "推动全县作风建设再上新台阶。",
        sections=(
            _articles(
                make_article(
                    "关于深入贯彻落实全县优化营商环境大会精神推动经济社会高质量发展的若干意见",
                    body=_HEADINGS.format(p=long),
                    source="县发展改革委",
                ),
                make_article(
                    f"张{RARE[0]}{RARE[1]}同志赴麦岭镇调研",
                    body=f"<p>{_RARE_LINE}</p>{long}{figure}{lists}{mixed}",
                    source="麦岭镇",
                ),
                title="工作动态",
            ),
            _articles(
                make_article(
                    "各乡镇重点项目进展", body=long + _table(30) + _wide_table() + long
                ),
                title="数据之窗",
            ),
            SectionEntry(
                "简讯",
                SectionKind.BRIEFS,
                (
                    BriefEntry("王洛镇开展消防演练", "全镇120人参加。", "王洛镇"),
                    BriefEntry("“平安襄城”创建动员会召开", _LONG),
                ),
            ),
        ),
        **_FULL_IMPRINT,
    )


def supplement() -> IssueDocument:
    """Return a supplement of an office with a very long name."""
    office = "襄城县优化营商环境工作领导小组暨重点项目建设指挥部联合办公室"
    return make_document(
        bulletin=Masthead(
            "襄城县优化营商环境暨重点项目建设“百日攻坚”行动", "工作简报", office
        ),
        kind=IssueKind.SUPPLEMENT,
        number=1,
    )
