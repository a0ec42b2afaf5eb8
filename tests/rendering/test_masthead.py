"""报头 and 本期要目: what stands above the text of the first page."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from bulletins.document import Marks, Masthead
from bulletins.rendering.measures import measure_head
from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_document
from tests.rendering.cases import CASES, print_issue
from tests.rendering.measuring import ink_of
from tests.rendering.test_page import CELL, EM, every_case

MM = 25.4 / 72
CENTRE = 28 + 156 / 2


def red_lines(page):
    """Return the lines of the masthead."""
    return [line for line in page.lines() if any(line.glyphs[0].colour)]


def line_of(page, text):
    """Return the first line that says this."""
    return next(line for line in page.lines() if text in line.text)


def red_rule(page):
    """Return the one red rule."""
    (rule,) = [bar for bar in page.bars if any(bar.colour)]
    return rule


@every_case
def test_the_red_rule_is_156_mm_wide_and_4_mm_below_the_office_row(printed, name):
    page = printed(name).pages[0]
    rule = red_rule(page)
    row = [line for line in page.lines() if line.baseline < rule.top][-1]
    cell_bottom = row.baseline + 0.12 * row.size * MM

    assert rule.x1 - rule.x0 == pytest.approx(156, abs=0.2)
    assert rule.thickness == pytest.approx(0.7, abs=0.05)
    assert rule.top - cell_bottom == pytest.approx(4, abs=0.5)


@every_case
def test_masthead_lines_are_centred(printed, name):
    for line in red_lines(printed(name).pages[0]):
        left, _, right, _ = ink_of(line.glyphs)
        # A quotation mark at the end of a line leaves its half of the cell empty.
        assert (left + right) / 2 == pytest.approx(CENTRE, abs=0.6), line.text


def test_the_ink_of_two_masthead_lines_begins_15_mm_below_the_edge(printed):
    first = red_lines(printed("sample").pages[0])[0]

    assert ink_of(first.glyphs)[1] == pytest.approx(37 + 15, abs=1)


def test_the_ink_of_a_name_alone_begins_20_mm_below_the_edge(pictures):
    alone = make_document(bulletin=Masthead(name="政务简报", office="县政府办公室"))
    page = print_issue(alone, LayoutProfile(), pictures).pages[0]
    (line,) = red_lines(page)

    assert line.size == pytest.approx(42, abs=0.1)
    assert ink_of(line.glyphs)[1] == pytest.approx(37 + 20, abs=1)


def test_the_number_is_centred_one_row_below_the_name(printed):
    page = printed("sample").pages[0]
    number = line_of(page, "（第56期）")

    assert number.size == pytest.approx(16, abs=0.1)
    assert (number.x0 + number.x1) / 2 == pytest.approx(CENTRE, abs=0.5)


def test_office_and_date_stand_one_character_in_on_one_baseline(printed):
    row = line_of(printed("one line").pages[0], "县作风办")
    baselines = {round(glyph.baseline, 2) for glyph in row.glyphs}

    assert row.text.endswith("2024年9月2日")
    assert row.x0 == pytest.approx(28 + CELL, abs=0.6)
    assert row.x1 == pytest.approx(184 - CELL, abs=0.6)
    assert max(baselines) - min(baselines) <= 0.1


def test_a_long_office_name_makes_its_row_smaller(printed):
    row = line_of(printed("sample").pages[0], "工作推进小组办公室")
    office_end = next(g.x1 for g in row.glyphs if g.text == "室")
    date_start = next(g.x0 for g in row.glyphs if g.text == "2")

    assert row.size == pytest.approx(14, abs=0.1)
    assert office_end + 3 <= date_start


def test_a_longer_office_name_takes_a_row_of_its_own(printed):
    page = printed("supplement").pages[0]
    office, date = line_of(page, "联合办公室"), line_of(page, "2024年9月2日")

    assert office.baseline < date.baseline < red_rule(page).top
    assert office.x0 == pytest.approx(28 + office.size * MM, abs=0.1)
    assert date.x1 == pytest.approx(184 - date.size * MM, abs=0.1)


def test_a_supplement_says_so_in_its_number(printed):
    assert line_of(printed("supplement").pages[0], "（增刊第1期）")


def test_the_total_number_stands_beside_the_number(printed):
    assert line_of(printed("everything").pages[0], "（第8期总第132期）")


def test_marks_stand_flush_in_the_first_rows_above_the_masthead(printed):
    page = printed("everything").pages[0]
    rows = page.lines()[:3]

    assert [row.text for row in rows] == ["000012", "内部资料注意保存", "特急"]
    for at, row in enumerate(rows):
        assert row.x0 == pytest.approx(28, abs=0.3)
        middle = 37 + (at + 0.5) * 225 / 22
        assert row.baseline == pytest.approx(middle + 0.38 * EM, abs=0.3)
    assert ink_of(red_lines(page)[0].glyphs)[1] > rows[-1].baseline + 5


def test_a_secrecy_mark_alone_takes_the_first_row(pictures):
    marked = make_document(marks=Marks(secrecy="秘密★1年"))
    first = print_issue(marked, LayoutProfile(), pictures).pages[0].lines()[0]

    assert first.text == "秘密★1年"
    assert first.font == "FandolHei"


@pytest.mark.parametrize("length", [2, 6, 12, 16, 20, 26, 40])
def test_a_programme_line_of_any_length_fits(length):
    document = make_document(bulletin=Masthead("市" * length, "工作简报", "办公室"))
    head = measure_head(document, LayoutProfile())

    widest = max(map(len, head.programme_lines))
    assert widest * head.programme_size <= 442.3
    assert len(head.programme_lines) == 1 + (length > 20)
    assert "".join(head.programme_lines) == "市" * length


@pytest.mark.parametrize(
    ("length", "size"), [(2, 42), (9, 42), (10, 36), (12, 36), (20, 22)]
)
def test_a_name_of_any_length_fits(length, size):
    document = make_document(bulletin=Masthead("", "简" * length, "办公室"))
    head = measure_head(document, LayoutProfile())

    assert head.name_size == size
    assert length * size * (1 + head.name_tracking) <= 442.3


@pytest.mark.parametrize(
    ("length", "size", "is_split"),
    [(4, 16, False), (17, 16, False), (18, 15, False), (20, 14, False), (27, 15, True)],
)
def test_the_office_row_shrinks_before_it_is_split(length, size, is_split):
    document = make_document(
        bulletin=Masthead("", "简报", "办" * length), date=dt.date(2024, 12, 30)
    )
    head = measure_head(document, LayoutProfile())

    assert (head.row_size, head.row_is_split) == (size, is_split)


def test_an_unnumbered_draft_keeps_the_masthead_in_shape(pictures):
    draft = make_document(number=None, date=None)
    page = print_issue(draft, LayoutProfile(), pictures).pages[0]

    assert "期" not in "".join(line.text for line in page.lines()[:3])
    assert red_rule(page).thickness == pytest.approx(0.7, abs=0.05)


# --- 本期要目 ---------------------------------------------------------------------


def test_contents_follow_a_row_below_the_rule_in_the_order_of_the_articles(printed):
    issue = printed("sample")
    page = issue.pages[0]
    heading = line_of(page, "本期要目")
    entries = [line.text for line in page.lines() if line.baseline > heading.baseline]

    assert (heading.x0 + heading.x1) / 2 == pytest.approx(CENTRE, abs=0.5)
    assert heading.font == "FandolHei"
    assert 10 < heading.baseline - red_rule(page).bottom < 22
    assert entries[0] == "全国“无废城市”建设试点推进会在绍兴召开"
    assert entries[2].startswith("全市污染防治攻坚战")
    assert entries[5] == "简讯"


def test_a_contents_entry_hangs_by_one_character(printed):
    page = printed("sample").pages[0]
    first = line_of(page, "全市污染防治攻坚战")
    second = next(x for x in page.lines() if x.baseline > first.baseline + 1)

    assert first.x0 == pytest.approx(28 + CELL, abs=0.1)
    assert second.x0 == pytest.approx(28 + 2 * CELL, abs=0.1)


@pytest.mark.parametrize("name", ["numbered", "long numbered"])
def test_contents_numbers_are_the_pages_the_articles_begin_on(printed, name):
    issue = printed(name)
    titles = {
        "".join(article.title.split()): article.contents_title
        for article in issue.document.articles()
    }
    begins = {}
    for page in issue.pages:
        big = "".join(line.text for line in page.lines() if line.size > 20)
        for title, wording in titles.items():
            if title in big:
                begins["".join(wording.split())] = page.number
    listed = contents_numbers(issue)

    assert len(begins) == len(titles)
    assert {title: listed[title] for title in begins} == begins


def contents_numbers(issue):
    """Return what 本期要目 says: the page of each wording."""
    lines = [line for page in issue.pages for line in page.body_lines()]
    heading = next(at for at, line in enumerate(lines) if line.text == "本期要目")
    text, listed = "", {}
    for line in lines[heading + 1 :]:
        text += line.text
        wording, dots, number = text.partition("·")
        if dots:
            assert line.x1 == pytest.approx(184, abs=0.3)
            listed[wording] = int(number.strip("·"))
            text = ""
    return listed


def test_contents_of_more_than_a_page_go_on_at_the_head_of_the_next(printed):
    issue = printed("long contents")
    second = issue.pages[1].lines()

    assert second[0].text.startswith("第1")
    assert second[0].x0 == pytest.approx(28 + CELL, abs=0.1)
    assert issue.pages[0].lines()[-1].baseline == pytest.approx(259, abs=0.5)


def test_contents_alone_leave_the_first_page_to_them(printed):
    issue = printed("as printed in 2020")

    assert issue.pages[0].lines()[-1].text == "简讯"
    assert issue.pages[1].lines()[0].text == "全国“无废城市”建设试点"


def test_every_case_prints_its_masthead_on_the_first_page_only(printed):
    for name in CASES:
        issue = printed(name)
        assert len(red_lines(issue.pages[0])) >= 2
        assert not any(red_lines(page) for page in issue.pages[1:])


def test_measures_are_values():
    head = measure_head(make_document(), LayoutProfile())

    assert dataclasses.replace(head) == head
