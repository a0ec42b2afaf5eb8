"""What changed between two documents, told so that a leader can follow."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins import differences, markup, rendering
from bulletins.bounds import IssueKind, SectionKind
from bulletins.differences import Change, ChangeKind, Span, SpanKind, words
from bulletins.document import (
    ArticleEntry,
    IssueDocument,
    Marks,
    Recipients,
    SectionEntry,
    anchored_items,
    section_anchor,
)
from tests import strategies
from tests.factories import make_article, make_brief, make_document, make_masthead

MEETING = "9月1日，县作风办召开推进会，传达学习市委会议精神，部署下一阶段重点工作。"
VISIT = "全县清理垃圾30余吨，整治河道12公里，新增绿化面积800平方米，群众满意。"
AUDIT = "县审计局对乡镇财政收支情况开展专项审计调查，发现问题均已移交整改。"


def told(before: IssueDocument, after: IssueDocument) -> list[str]:
    return differences.as_text(differences.between(before, after)).splitlines()


def with_sections(*sections: SectionEntry) -> IssueDocument:
    return make_document(sections=sections)


def articles(*items: ArticleEntry, title: str = "") -> SectionEntry:
    return SectionEntry(title, SectionKind.ARTICLES, items)


def briefs(*leads: str, title: str = "简讯") -> SectionEntry:
    items = tuple(make_brief(lead, text=f"{lead}，详情如下。") for lead in leads)
    return SectionEntry(title, SectionKind.BRIEFS, items)


def with_body(body: str) -> IssueDocument:
    return with_sections(articles(make_article("推进会", body=body)))


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return (
        f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table>"
    )


def lists(*items: str) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def picture(name: str, alt: str = "会场") -> str:
    return f'<figure><img src="/media/pictures/{name * 16}.png" alt="{alt}"></figure>'


# --- single lines -----------------------------------------------------------------

LINES = [
    ({"bulletin": make_masthead(office="县委办")},
     "修改 报头编印单位：县〔删除：作风〕〔新增：委〕办"),
    ({"bulletin": make_masthead(name="工作情况简报")},
     "修改 报头简报名称：工作〔新增：情况〕简报"),
    ({"bulletin": make_masthead(programme="")},
     "删除 报头项目名称：〔删除：襄城县作风建设〕"),
    ({"kind": IssueKind.SUPPLEMENT}, "修改 报头类别：〔删除：正刊〕〔新增：增刊〕"),
    ({"number": 18}, "修改 报头期号：〔删除：第8期〕〔新增：第18期〕"),
    ({"number": None}, "删除 报头期号：〔删除：第8期〕"),
    ({"total_number": 132}, "新增 报头总期号：〔新增：第132期〕"),
    ({"date": dt.date(2024, 9, 12)},
     "修改 报头印发日期：〔删除：2024年9月2日〕〔新增：2024年9月12日〕"),
    ({"marks": Marks(secrecy="内部资料")}, "新增 报头密级：〔新增：内部资料〕"),
    ({"marks": Marks(copy_number="000001")}, "新增 报头份号：〔新增：000001〕"),
    ({"marks": Marks(urgency="特急")}, "新增 报头紧急程度：〔新增：特急〕"),
    ({"editors_note": "本期刊发两篇。"}, "新增 编者按第1段：〔新增：本期刊发两篇。〕"),
    ({"copies": 30}, "新增 版记共印份数：〔新增：30份〕"),
    ({"signatory": "王建军"}, "新增 版记签发人：〔新增：王建军〕"),
    ({"editor": "张晓明"}, "新增 版记责任编辑：〔新增：张晓明〕"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), LINES)
def test_a_changed_line_is_told(fields, expected):
    assert told(make_document(), make_document(**fields)) == [expected]


def test_the_editors_note_is_told_by_its_paragraphs():
    before = make_document(editors_note=f"{MEETING}\n{VISIT}")
    after = make_document(editors_note=f"{MEETING}\n新的一段。\n{VISIT}请阅。")

    assert told(before, after) == [
        "新增 编者按第2段：〔新增：新的一段。〕",
        "修改 编者按第3段：……里，新增绿化面积800平方米，群众满意。〔新增：请阅。〕",
    ]


def test_a_blank_line_in_the_editors_note_is_told():
    before, after = (
        make_document(editors_note=note) for note in ("甲\n乙", "甲\n\n乙")
    )

    assert told(before, after) == ["新增 编者按第2段（空行）"]


# --- recipients -------------------------------------------------------------------


def listed(**tiers: tuple[str, ...]) -> IssueDocument:
    return make_document(recipients=Recipients(**tiers))


def test_who_is_added_to_a_list_and_who_is_taken_off_it_is_told():
    before = listed(report=("县委", "县政府", "县人大"))
    after = listed(report=("县委", "县政协", "县人大"))

    assert told(before, after) == [
        "删除 版记报送单位：〔删除：县政府〕",
        "新增 版记报送单位：〔新增：县政协〕",
    ]


def test_who_stands_elsewhere_in_a_list_has_moved():
    before = listed(distribute=("各乡镇", "县直各单位", "各学校"))
    after = listed(distribute=("各学校", "各乡镇", "县直各单位"))

    assert told(before, after) == ["移动 版记发送单位（原在“发”第3位）：各学校"]


def test_who_stands_in_another_list_has_moved_and_was_not_removed_and_added():
    before, after = (
        listed(report=("县委", "县纪委")),
        listed(report=("县委",), send=("县纪委",)),
    )

    assert told(before, after) == ["移动 版记抄送单位（原在“报”第2位）：县纪委"]


# --- sections ---------------------------------------------------------------------


def test_a_new_section_is_told_with_what_stands_in_it():
    before = with_sections(articles(make_article()))
    after = with_sections(articles(make_article()), briefs("麦岭镇整治环境"))

    assert told(before, after) == [
        "新增 栏目“简讯”：〔新增：简讯〕",
        "新增 简讯“麦岭镇整治环境”（整条）："
        "〔新增：麦岭镇整治环境。麦岭镇整治环境，详情如下。〕",
    ]


def test_a_section_with_another_name_keeps_its_articles():
    one = make_article()
    before, after = (
        with_sections(articles(one, title=t)) for t in ("要闻", "工作动态")
    )

    assert told(before, after) == [
        "修改 栏目“工作动态”名称：〔删除：要闻〕〔新增：工作动态〕"
    ]


def test_a_section_that_stands_elsewhere_has_moved_and_its_items_have_not():
    one, other = articles(make_article(), title="要闻"), briefs("麦岭镇", "颍桥镇")

    assert told(with_sections(one, other), with_sections(other, one)) == [
        "移动 栏目“简讯”（原为第2个栏目）"
    ]


def test_a_section_may_become_one_of_another_kind():
    before = with_sections(briefs("麦岭镇整治环境", title="要闻"))
    after = with_sections(articles(make_article("颍桥镇", body=""), title="要闻"))

    assert told(before, after) == [
        "删除 栏目“要闻”：〔删除：要闻〕",
        "删除 简讯“麦岭镇整治环境”（整条）："
        "〔删除：麦岭镇整治环境。麦岭镇整治环境，详情如下。〕",
        "新增 栏目“要闻”：〔新增：要闻〕",
        "新增 《颍桥镇》（整篇）：〔新增：颍桥镇〕",
    ]


def test_unnamed_sections_stay_the_same_where_everything_in_them_is_new():
    before = with_sections(articles(make_article("推进会", body=paragraphs(MEETING))))
    after = with_sections(articles(make_article("审计调查", body=paragraphs(AUDIT))))

    assert [line[:2] for line in told(before, after)] == [
        "删除",
        "删除",
        "新增",
        "新增",
    ]
    assert not any("栏目" in line for line in told(before, after))


# --- articles and brief items -----------------------------------------------------


def test_the_lines_of_an_article_are_told():
    before = make_article("县作风办召开推进会", source="县作风办")
    after = dataclasses.replace(
        before,
        title="县作风办召开\n工作推进会",
        contents_title="召开推进会",
        source="县委办",
    )
    place = "《县作风办召开工作推进会》"

    assert told(with_sections(articles(before)), with_sections(articles(after))) == [
        f"修改 {place}标题：县作风办召开〔新增：↵工作〕推进会",
        f"修改 {place}目录标题：〔删除：县作风办〕召开推进会",
        f"修改 {place}供稿单位：县〔删除：作风〕〔新增：委〕办",
    ]


def test_contents_that_say_the_title_itself_are_not_told_again():
    before, after = make_article("召开推进会"), make_article("召开调度会")

    assert told(with_sections(articles(before)), with_sections(articles(after))) == [
        "修改 《召开调度会》标题：召开〔删除：推进〕〔新增：调度〕会"
    ]


def test_an_added_article_is_told_whole_with_its_place():
    new = make_article(
        "审计调查", source="审计局", body=paragraphs(AUDIT) + picture("a")
    )
    before, after = (
        with_sections(articles(make_article())),
        with_sections(articles(make_article(), new)),
    )
    changes = differences.between(before, after)

    assert told(before, after) == [
        "新增 《审计调查》（整篇）：〔新增：审计调查〕",
        "新增 《审计调查》供稿单位：〔新增：审计局〕",
        f"新增 《审计调查》第1段：〔新增：{AUDIT}〕",
        "新增 《审计调查》图片1：〔新增：［图片：会场］〕",
    ]
    assert {change.anchor for change in changes} == {"article-1-2"}


def test_a_removed_article_is_told_with_all_its_words():
    gone = make_article("审计调查", body=paragraphs(AUDIT))
    before, after = (
        with_sections(articles(gone, make_article())),
        with_sections(articles(make_article())),
    )

    assert told(before, after) == [
        "删除 《审计调查》（整篇）：〔删除：审计调查〕",
        f"删除 《审计调查》原第1段：〔删除：{AUDIT}〕",
    ]


def test_an_article_moved_and_edited_is_one_moved_and_its_edit():
    one = make_article("推进会", body=paragraphs(MEETING, VISIT))
    two = make_article("审计调查", body=paragraphs(AUDIT, AUDIT[::-1]))
    three = make_article("第三篇", body=paragraphs(VISIT[::-1]))
    edited = make_article(
        "推进会召开", body=paragraphs(MEETING, VISIT.replace("30", "45"))
    )
    before = with_sections(articles(one, two, three))
    after = with_sections(articles(two, three, edited))

    assert told(before, after) == [
        "移动 《推进会召开》（原为第1篇）",
        "修改 《推进会召开》标题：推进会〔新增：召开〕",
        "修改 《推进会召开》第2段：全县清理垃圾〔删除：30〕〔新增：45〕"
        "余吨，整治河道12公里，新增绿化面积80……",
    ]


def test_an_article_with_another_title_is_known_by_its_body():
    body = paragraphs(MEETING, VISIT)
    before = with_sections(articles(make_article("推进会", body=body)))
    after = with_sections(articles(make_article("作风建设再部署", body=body)))

    assert told(before, after) == [
        "修改 《作风建设再部署》标题：〔删除：推进会〕〔新增：作风建设再部署〕"
    ]


def test_an_article_with_another_body_is_known_by_its_title():
    before = with_sections(articles(make_article("推进会", body=paragraphs(MEETING))))
    after = with_sections(articles(make_article("推进会", body=paragraphs(AUDIT))))

    assert told(before, after) == [
        f"修改 《推进会》第1段：〔删除：{MEETING}〕〔新增：{AUDIT}〕"
    ]


def test_an_article_that_changes_its_section_has_moved_and_says_where_from():
    one, two = make_article("甲", body=paragraphs(MEETING)), make_article("乙", body="")
    three = make_article("丙", body=paragraphs(AUDIT))
    before = with_sections(
        articles(one, two, title="要闻"), articles(three, title="动态")
    )
    after = with_sections(
        articles(two, title="要闻"), articles(three, one, title="动态")
    )

    assert told(before, after) == ["移动 《甲》（原在栏目“要闻”第1篇）"]
    assert differences.between(before, after)[0].anchor == "article-2-2"


def test_equal_articles_are_told_apart_by_their_number():
    one = make_article("通报", body=paragraphs(MEETING))

    assert told(with_sections(articles(one, one)), with_sections(articles(one))) == [
        "删除 《通报》（整篇）：〔删除：通报〕",
        f"删除 《通报》原第1段：〔删除：{MEETING}〕",
    ]


def test_brief_items_are_told_by_their_parts():
    before = SectionEntry("简讯", SectionKind.BRIEFS, (make_brief(source="麦岭镇"),))
    item = make_brief("麦岭镇深入开展环境整治", text="该镇清理垃圾45余吨。")
    after = SectionEntry("简讯", SectionKind.BRIEFS, (item,))
    place = "简讯“麦岭镇深入开展环境整治”"

    assert told(with_sections(before), with_sections(after)) == [
        f"修改 {place}首句：麦岭镇〔新增：深入〕开展环境整治",
        f"修改 {place}内容：该镇清理垃圾〔删除：30〕〔新增：45〕余吨。",
        f"删除 {place}供稿单位：〔删除：麦岭镇〕",
    ]


def test_brief_items_in_another_order_have_moved():
    before, after = (
        briefs("麦岭镇", "颍桥镇", "湛北乡"),
        briefs("湛北乡", "麦岭镇", "颍桥镇"),
    )

    assert told(with_sections(before), with_sections(after)) == [
        "移动 简讯“湛北乡”（原为第3条）"
    ]


def test_a_long_title_is_shortened_and_a_missing_one_named():
    long, missing = make_article("长" * 40), make_article("", body=paragraphs(AUDIT))
    after = [dataclasses.replace(one, source="县委办") for one in (long, missing)]

    assert told(
        with_sections(articles(long), articles(missing)),
        with_sections(articles(after[0]), articles(after[1])),
    ) == [
        f"新增 《{'长' * 30}…》供稿单位：〔新增：县委办〕",
        "新增 《未命名文章》供稿单位：〔新增：县委办〕",
    ]


# --- bodies -----------------------------------------------------------------------

BODIES = [
    (paragraphs(MEETING, VISIT), paragraphs(MEETING, VISIT.replace("群众", "干部群众")),
     ["修改 第2段：……河道12公里，新增绿化面积800平方米，〔新增：干部〕群众满意。"]),
    (paragraphs(MEETING), paragraphs(AUDIT, MEETING),
     [f"新增 第1段：〔新增：{AUDIT}〕"]),
    (paragraphs(MEETING, VISIT, AUDIT), paragraphs(MEETING, AUDIT),
     [f"删除 原第2段：〔删除：{VISIT}〕"]),
    (paragraphs(MEETING, VISIT, AUDIT), paragraphs(AUDIT, MEETING, VISIT),
     ["移动 第1段（原为第3段）：县审计局对乡镇财政收支情况开展专项审计调……"]),
    ("<p>会议要求抓好落实。</p>", "<p>会议要求<strong>抓好</strong>落实。</p>",
     ["修改 第1段（格式有改动）：会议要求抓好落实。"]),
    ("<p>会议要求抓好落实。</p>", "<p>会议<strong>强调</strong>抓好<em>落实</em>。</p>",
     ["修改 第1段（格式有改动）：会议〔删除：要求〕〔新增：强调〕抓好落实。"]),
    ("<p>会议要求</p>", '<p class="ta-center">会议要求</p>',
     ["修改 第1段（格式有改动）：会议要求"]),
    ("<p>一、会议要求</p>", "<h2>一、会议要求</h2>",
     ["修改 第1个小标题（格式有改动）：一、会议要求"]),
    ('<p><a href="#b"><em>甲</em></a></p>', '<p><em><a href="#b">甲</a></em></p>',
     ["修改 第1段（格式有改动）：甲"]),
    ("<p>甲<br>乙</p>", "<p>甲乙</p>", ["修改 第1段：甲〔删除：↵〕乙"]),
    ('<p>见<a href="https://a.cn/">网站</a></p>',
     '<p>见<a href="https://b.cn/">网站</a></p>',
     ["修改 第1段（链接有改动：https://a.cn/ → https://b.cn/）：见网站"]),
    ("<p>见网站</p>", '<p>见<a href="https://b.cn/">网站</a></p>',
     ["修改 第1段（链接有改动：无 → https://b.cn/）：见网站"]),
    ("<h2>一、做法</h2><p>略。</p>", "<h2>一、主要做法</h2><p>略。</p>",
     ["修改 第1个小标题：一、〔新增：主要〕做法"]),
    (lists("学习文件", "查找问题"), lists("学习文件", "对照检查", "查找问题"),
     ["新增 第2个列表项：〔新增：对照检查〕"]),
    ("<ul><li>甲</li></ul><ul><li>乙</li></ul>", lists("甲", "乙"),
     ["修改 正文（格式有改动）"]),
    (table(("麦岭镇", "30"), ("颍桥镇", "12")), table(("麦岭镇", "45"), ("颍桥镇", "12")),
     ["修改 表1第1行：麦岭镇｜〔删除：30〕〔新增：45〕"]),
    (table(("麦岭镇", "30"), ("颍桥镇", "12")), table(("麦岭镇", "30"), ("湛北乡", "7"), ("颍桥镇", "12")),
     ["新增 表1第2行：〔新增：湛北乡｜7〕"]),
    (table(("30", "12")), table(("12", "30")),
     ["修改 表1第1行：〔删除：30〕〔新增：12〕｜〔删除：12〕〔新增：30〕"]),
    (table(("麦岭镇",)), table(("麦岭镇", "")), ["修改 表1第1行：麦岭镇〔新增：｜〕"]),
    (table(("甲",)) + table(("乙", "一")), table(("甲",)) + table(("乙", "二")),
     ["修改 表2第1行：乙｜〔删除：一〕〔新增：二〕"]),
    (picture("a"), picture("b"), ["修改 图片1（图片已更换）：［图片：会场］"]),
    (picture("a"), picture("a", "会议现场"),
     ["修改 图片1：［图片：会〔新增：议现〕场］"]),
    (paragraphs(MEETING) + picture("a"), paragraphs(MEETING),
     ["删除 原图片1：〔删除：［图片：会场］〕"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), BODIES)
def test_a_changed_body_is_told(before, after, expected):
    lines = told(with_body(before), with_body(after))

    assert [line.replace("《推进会》", "") for line in lines] == expected


def test_a_row_of_cells_with_paragraphs_is_one_row():
    cell = "<td><p>甲</p><p>{}</p></td><td><table><tr><td>丙</td></tr></table></td>"
    before, after = (
        f"<table><tr>{cell.format(text)}</tr></table><p>后</p>" for text in ("乙", "丁")
    )

    assert told(with_body(before), with_body(after)) == [
        "修改 《推进会》表1第1行：甲↵〔删除：乙〕〔新增：丁〕｜丙"
    ]


def test_a_body_that_was_never_cleaned_is_compared_too():
    before, after = "<table><tr><td>甲<strong>乙", "<table><tr><td>甲<strong>丁<![x"

    assert told(with_body(before), with_body(after)) == [
        "修改 《推进会》表1第1行：甲〔删除：乙〕〔新增：丁〕"
    ]


PIECES = st.sampled_from(
    [
        *(
            "甲",
            "乙，",
            "3.5",
            "｜",
            "<br>",
            "<p>",
            "</p>",
            "<h2>",
            "</h2>",
            "<strong>",
        ),
        *("</strong>", "<em>", "</em>", '<a href="#b">', '<a href="#c">', "</a>"),
        *(
            "<ul>",
            "<li>",
            "</li>",
            "</ul>",
            "<table>",
            "<tr>",
            "<td>",
            "</td>",
            "</tr>",
        ),
        *(
            "</table>",
            '<td colspan="2">',
            '<p class="ta-center">',
            "<caption>表</caption>",
        ),
        *("<figure>", "</figure>", picture("a", ""), picture("b"), "<figcaption>", "<"),
    ]
)
raw_bodies = st.lists(PIECES, max_size=20).map("".join)


@given(raw_bodies, raw_bodies, st.booleans())
def test_bodies_of_any_shape_differ_in_nothing_if_and_only_if_they_are_equal(
    before, after, is_clean
):
    if is_clean:
        before, after = markup.clean(before), markup.clean(after)

    assert (told(with_body(before), with_body(after)) == []) == (before == after)


# --- words ------------------------------------------------------------------------

WORDS = [
    ("清理垃圾30余吨", "清理垃圾45余吨", "清理垃圾[-30][+45]余吨"),
    ("增长3.5%。", "增长13.5%。", "增长[-3.5%][+13.5%]。"),
    ("版本v1.2发布", "版本v1.3发布", "版本[-v1.2][+v1.3]发布"),
    ("抓好落实", "抓紧落细", "抓[-好落实][+紧落细]"),
    ("会议强调，要抓好整改", "会议要求，要抓紧整改", "会议[-强调][+要求]，要抓[-好][+紧]整改"),
    ("县委召开会议", "审计调查结束", "[-县委召开会议][+审计调查结束]"),
    ("县委召开会议", "县委召开", "县委召开[-会议]"),
    ("葛\U000e0101城", "葛\U000e0102城", "[-葛\U000e0101][+葛\U000e0102]城"),
    ("", "新", "[+新]"),
    ("旧", "", "[-旧]"),
]  # fmt: skip


def marked(runs: list[words.Run]) -> str:
    return "".join(
        run.after
        if run.is_same
        else (f"[-{run.before}]" if run.before else "")
        + (f"[+{run.after}]" if run.after else "")
        for run in runs
    )


@pytest.mark.parametrize(("before", "after", "expected"), WORDS)
def test_words_are_compared_so_that_a_reader_can_follow(before, after, expected):
    assert marked(words.runs(before, after)) == expected


def test_unchanged_text_is_shortened_to_what_shows_the_place():
    long = "零一二三四五六七八九" * 5
    before, after = f"甲{long}乙{long}丙{long}", f"丁{long}戊{long}丙{long}"

    assert "".join(span.text for span in words.spans(words.runs(before, after))) == (
        f"甲丁{long[:20]}……{long[-20:]}乙戊{long[:20]}……"
    )


def test_a_text_without_any_stop_is_compared_as_far_as_that_is_cheap():
    before = "的了" * 5_000
    after = f"{before[:3_000]}和{before[3_001:]}"

    assert marked(words.runs(before, after)).count("[") == 2


def test_where_it_is_not_cheap_what_stays_in_its_place_is_the_same():
    before = "的了" * 5_000
    after = f"和{before[1:3_000]}和{before[3_001:-1]}和"

    assert marked(words.runs(before, after)).count("[") == 6


@given(strategies.titles | st.just(""), strategies.titles | st.just(""))
def test_no_word_is_lost_or_invented(before, after):
    runs = words.runs(before, after)

    assert "".join(run.before for run in runs) == before
    assert "".join(run.after for run in runs) == after


# --- all documents ----------------------------------------------------------------


@given(strategies.documents)
def test_a_document_differs_in_nothing_from_itself(document):
    assert differences.between(document, document) == ()


def shuffled(draw, items):
    return tuple(draw(st.permutations(items)))


@st.composite
def edited(draw, document: IssueDocument) -> IssueDocument:
    """The document after some of what an editor does."""
    other = draw(strategies.documents)
    sections = [
        dataclasses.replace(
            section,
            items=shuffled(draw, section.items)[: draw(st.integers(1, 3))],
            title=draw(st.sampled_from([section.title, ""])),
        )
        for section in document.sections
        if draw(st.booleans())
    ]
    taken = {(section.title, section.kind) for section in sections}
    added = [s for s in other.sections if (s.title, s.kind) not in taken]
    fields = draw(st.sets(st.sampled_from(FIELDS)))
    return dataclasses.replace(
        document,
        sections=shuffled(draw, sections + draw(st.sampled_from([[], added]))),
        **{field: getattr(other, field) for field in fields},
    )


FIELDS = sorted(
    {field.name for field in dataclasses.fields(IssueDocument)} - {"sections"}
)


@given(st.data())
def test_there_is_no_difference_if_and_only_if_the_documents_are_equal(data):
    before = data.draw(strategies.documents)
    after = data.draw(edited(before))

    assert (differences.between(before, after) == ()) == (before == after)


@given(st.data())
def test_every_anchor_is_one_of_the_new_official_page(data):
    before = data.draw(strategies.documents)
    after = data.draw(edited(before))
    anchors = {anchor for anchor, _ in anchored_items(after)}
    anchors |= {section_anchor(index) for index in range(len(after.sections))}

    assert {c.anchor for c in differences.between(before, after)} <= {*anchors, ""}


@given(strategies.documents)
def test_added_and_removed_are_each_others_mirror(document):
    empty = IssueDocument(bulletin=document.bulletin)

    added = differences.between(empty, document)
    removed = differences.between(document, empty)

    assert {c.kind for c in added} <= {ChangeKind.ADDED, ChangeKind.CHANGED}
    assert len(added) == len(removed)


# --- as a page --------------------------------------------------------------------


def change(*spans: Span, **fields) -> Change:
    values = {
        "place": "《推进会》",
        "anchor": "article-1-1",
        "kind": ChangeKind.CHANGED,
    }
    return Change(**{**values, **fields}, spans=spans)


def test_inserted_and_deleted_words_are_told_in_words_too():
    html = rendering.render_differences(
        [
            change(
                Span("会议"),
                Span("要求", SpanKind.DELETED),
                Span("强调", SpanKind.INSERTED),
            )
        ]
    )

    assert '会议<del><span class="visually-hidden">〔删除：</span>要求' in html
    assert '<ins><span class="visually-hidden">〔新增：</span>强调' in html


def test_changes_of_one_place_stand_together_under_a_link_to_it():
    html = rendering.render_differences(
        [change(part="第1段"), change(part="第2段"), change(place="版记", anchor="")]
    )

    assert html.count('<a href="#article-1-1">《推进会》</a>') == 1
    assert html.count("<h3") == 2
    assert "共3处改动" in html


def test_places_may_be_on_another_page():
    html = rendering.render_differences([change()], page="/issues/8/")

    assert '<a href="/issues/8/#article-1-1">' in html


def test_what_changed_is_escaped():
    html = rendering.render_differences(
        [change(Span("<script>"), place="<b>", note='"<i>', part="<u>")]
    )

    for tag in ("<script>", "<b>", "<i>", "<u>"):
        assert tag not in html


def test_that_nothing_changed_is_told():
    assert "没有改动" in rendering.render_differences(())
