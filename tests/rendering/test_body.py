"""Headings, titles, notes, lists, pictures and tables in the text."""

from __future__ import annotations

import pytest

from bulletins.bounds import SectionKind
from bulletins.document import BriefEntry, SectionEntry
from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_document
from tests.rendering.cases import print_issue
from tests.rendering.documents import PICTURE
from tests.rendering.test_masthead import CENTRE
from tests.rendering.test_page import CELL


def line_of(issue, text):
    """Return the page and the first line that says this."""
    found = [(p, x) for p in issue.pages for x in p.lines() if text in x.text]
    return found[0]


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("一、总体要求", "FandolHei"),
        ("（一）指导思想", "FandolKai"),
        ("1.工作目标", "FandolFang"),
        ("（1）压实责任", "FandolFang"),
    ],
)
def test_each_level_has_its_face(printed, text, face):
    _, line = line_of(printed("everything"), text)

    assert {glyph.font for glyph in line.glyphs} == {face}
    assert line.size == pytest.approx(16, abs=0.1)
    assert line.x0 == pytest.approx(28 + 2 * CELL, abs=0.1)


def test_a_plain_paragraph_that_looks_like_a_heading_stays_plain(with_body):
    _, line = line_of(with_body("<p>一、高度重视。各单位要抓好落实。</p>"), "一、")

    assert {glyph.font for glyph in line.glyphs} == {"FandolFang"}


def test_titles_are_centred_with_a_blank_row_around(printed):
    row = 225 / 22
    for page in printed("sample").pages:
        lines = page.lines()
        for at, line in enumerate(lines):
            if line.font != "Bulletin-Title" or any(line.glyphs[0].colour):
                continue
            assert (line.x0 + line.x1) / 2 == pytest.approx(CENTRE, abs=0.5)
            assert len(line.glyphs) <= 20
            below = lines[at + 1]
            is_text = below.size < 17
            rows = (below.baseline - line.baseline) / row
            assert rows == pytest.approx(2 if is_text else 1, abs=0.1)
            above = lines[at - 1] if at else None
            if above and above.size < 17:
                assert (line.baseline - above.baseline) / row == pytest.approx(
                    2, abs=0.1
                )


def test_titles_are_as_small_as_the_profile_says(printed):
    _, line = line_of(printed("small titles"), "推进会在绍兴市召开")

    assert line.size == pytest.approx(16, abs=0.1)
    assert line.font == "FandolHei"


def test_the_editors_note_is_set_in_in_kaiti(printed):
    issue = printed("everything")
    _, line = line_of(issue, "编者按：")

    assert [g.font for g in line.glyphs[:5]] == ["FandolHei"] * 4 + ["FandolKai"]
    assert line.x0 == pytest.approx(28 + 4 * CELL, abs=0.1)
    assert line.x1 == pytest.approx(184 - 2 * CELL, abs=0.3)


def test_a_brief_item_begins_with_its_star_two_characters_in(printed):
    stars = [
        (page, line)
        for page in printed("sample").pages
        for line in page.lines()
        if line.text.startswith("★")
    ]

    assert len(stars) == 4
    for _, line in stars:
        assert line.x0 == pytest.approx(28 + 2 * CELL, abs=0.3)
        assert len(line.glyphs) > 1
    lead = stars[1][1].glyphs[1:17]
    assert {g.font for g in lead} == {"FandolHei"}


def test_brief_items_have_a_spaced_title(printed):
    _, line = line_of(printed("sample"), "简讯")
    page = next(p for p in printed("sample").pages if p.number == 5)
    title = next(x for x in page.lines() if x.text == "简讯")

    assert title.size == pytest.approx(22, abs=0.1)
    gap = title.glyphs[1].x0 - title.glyphs[0].x1
    assert gap == pytest.approx(22 * 25.4 / 72, abs=0.2)
    assert (title.x0 + title.x1) / 2 == pytest.approx(CENTRE, abs=0.5)
    assert line.text == "简讯"


def test_a_contributor_stands_right_below_the_text(printed):
    page, line = line_of(printed("everything"), "县发展改革委供稿")
    before = [x for x in page.lines() if x.baseline < line.baseline][-1]

    assert line.text == "（县发展改革委供稿）"
    assert line.x1 == pytest.approx(184 - 2 * CELL, abs=0.3)
    assert line.baseline - before.baseline == pytest.approx(225 / 22, abs=0.05)


def test_a_contributor_of_a_brief_item_runs_in(printed):
    _, line = line_of(printed("everything"), "王洛镇开展消防演练")

    assert line.text.endswith("全镇120人参加。（王洛镇供稿）")


def test_the_items_of_a_list_hang_behind_their_numbers(printed):
    issue = printed("everything")
    page, second = line_of(issue, "2.分类施策")
    following = next(x for x in page.lines() if x.baseline > second.baseline + 1)

    assert second.glyphs[2].x0 == pytest.approx(28 + 3 * CELL, abs=0.1)
    assert following.x0 == pytest.approx(28 + 3 * CELL, abs=0.1)


def test_a_list_does_not_hold_back_the_line_before_it(with_body):
    lists = "<ol><li>一</li><li>二</li></ol><ul><li>末</li></ul>"

    for count in (17, 18, 19, 20):
        issue = with_body("<p>行</p>" * count + lists, first_page_contents_only=True)
        assert len(issue.pages[1].body_lines()) == 20


def test_raised_and_lowered_figures_leave_the_row_in_place(printed):
    _, line = line_of(printed("everything"), "浓度为35")
    raised = next(g for g in line.glyphs if g.text == "3" and g.size < 11)
    lowered = next(g for g in line.glyphs if g.text == "2" and g.size < 11)

    assert raised.baseline < line.baseline < lowered.baseline


# --- pictures ---------------------------------------------------------------------


def test_a_picture_keeps_its_shape_within_the_page(printed):
    (page,) = [page for page in printed("everything").pages if page.pictures]
    (picture,) = page.pictures
    width, height = picture.x1 - picture.x0, picture.bottom - picture.top

    assert width == pytest.approx(156, abs=0.2)
    assert width / height == pytest.approx(1.5, abs=0.01)


def test_a_caption_stands_centred_below_its_picture(printed):
    page, caption = line_of(printed("everything"), "图1")
    (picture,) = page.pictures

    assert (caption.x0 + caption.x1) / 2 == pytest.approx(CENTRE, abs=0.5)
    assert 0 < caption.baseline - picture.bottom < 12
    assert caption.font == "FandolKai"


def test_a_picture_in_a_paragraph_leaves_the_next_row_on_the_grid(with_body):
    picture = f'<img src="/media/pictures/{PICTURE}" alt="照片">'
    for body in (f"<p>{picture}</p>", f"<p>图为{picture}现场</p>"):
        _, line = line_of(with_body(f"{body}<p>照片之后。</p>"), "照片之后")
        rows = (line.baseline - 44.26) / (225 / 22)
        assert rows == pytest.approx(round(rows), abs=0.01)


# --- tables -----------------------------------------------------------------------


def table_rules(page):
    """Return the bars of the tables on the page."""
    return [bar for bar in page.bars if bar.thickness > 0.1]


def test_a_tables_header_is_repeated_on_its_next_page(printed):
    pages = [p for p in printed("everything").pages if "完成率" in p.stream()]

    assert len(pages) == 2
    for page in pages:
        header = next(x for x in page.lines() if "完成率" in x.text)
        assert {g.font for g in header.glyphs} == {"FandolHei"}


def test_a_first_row_of_headings_is_a_header_that_is_repeated(with_body):
    head = "<tr><th>镇</th><th>数</th></tr>"
    row = "<tr><td>麦岭</td><td>12</td></tr>"
    issue = with_body(f"<table><tbody>{head}{row * 60}</tbody></table>")

    assert len(issue.pages) > 1
    for page in issue.pages:
        assert "镇数" in page.stream() or "麦岭" not in page.stream()


def test_a_table_is_as_wide_as_the_text_block_and_wide_ones_are_smaller(printed):
    issue = printed("everything")
    _, narrow = line_of(issue, "麦岭镇12000")
    _, wide = line_of(issue, "指标12")

    assert narrow.size == pytest.approx(12, abs=0.1)
    assert wide.size == pytest.approx(9, abs=0.1)


@pytest.mark.parametrize("columns", [1, 2, 6, 10, 16, 30])
def test_no_table_is_clipped(with_body, columns):
    cells = "".join(f"<td>生态环境局{n}</td>" for n in range(columns))
    issue = with_body(f"<table><tbody>{f'<tr>{cells}</tr>' * 3}</tbody></table>")
    text = "".join(page.stream() for page in issue.pages)

    assert sorted(text.count(str(n)) > 0 for n in range(columns)).count(False) == 0
    for page in issue.pages:
        for glyph in page.glyphs:
            assert glyph.x0 >= 28
            assert glyph.x1 <= 184.1


def test_a_long_word_in_a_narrow_column_is_broken_rather_than_clipped(with_body):
    word = "https://example.gov.cn/" + "x" * 80
    cells = "".join(f"<td>{word}</td>" for _ in range(8))
    issue = with_body(f"<table><tbody><tr>{cells}</tr></tbody></table>")

    for page in issue.pages:
        assert all(glyph.x1 <= 184.1 for glyph in page.glyphs)


def test_columns_are_as_wide_as_their_words(with_body):
    row = f"<tr><td>1</td><td>{'完成年度目标任务，进展顺利' * 4}</td><td>是</td></tr>"
    issue = with_body(f"<table><tbody>{row * 2}</tbody></table>")
    _, line = line_of(issue, "是")
    yes = next(g for g in line.glyphs if g.text == "是")

    assert yes.x0 > 160


def test_cells_over_several_columns_and_rows_are_printed(with_body):
    table = (
        "<table><tbody>"
        '<tr><td rowspan="2">合并</td><td colspan="2">两列</td></tr>'
        "<tr><td>左</td><td>右</td></tr></tbody></table>"
    )
    text = "".join(page.stream() for page in with_body(table).pages)

    for word in ("合并", "两列", "左", "右"):
        assert text.count(word) == 1


def test_the_row_after_a_table_stands_on_the_grid(with_body):
    table = "<table><tbody><tr><td>一</td></tr><tr><td>二</td></tr></tbody></table>"
    _, line = line_of(with_body(f"{table}<p>表格之后。</p>"), "表格之后")
    rows = (line.baseline - 44.26) / (225 / 22)

    assert rows == pytest.approx(round(rows), abs=0.01)


def test_brief_items_without_a_section_title_are_printed(pictures):
    section = SectionEntry(
        "", SectionKind.BRIEFS, (BriefEntry("甲镇开展巡查", "已完成。"),)
    )
    issue = print_issue(make_document(sections=(section,)), LayoutProfile(), pictures)

    assert line_of(issue, "★甲镇开展巡查。已完成。")
