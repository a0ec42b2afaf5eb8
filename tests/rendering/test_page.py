"""GB/T 9704-2012, 5.2 and 7.5: paper, 版心, rows and page numbers, on every page."""

from __future__ import annotations

import itertools
import statistics

import pytest

from bulletins.rendering.kinsoku import NO_END, NO_START
from tests.rendering.cases import CASES
from tests.rendering.expected import body, continued
from tests.rendering.measuring import steps

EM = 16 * 25.4 / 72
CELL = 156 / 28
every_case = pytest.mark.parametrize("name", CASES)


def left_edge(printed, page):
    """Return where the 版心 begins on that page."""
    return 26 if printed.profile.mirrored and not page.is_odd else 28


@every_case
def test_paper_is_a4(printed, name):
    for page in printed(name).pages:
        assert page.width == pytest.approx(210, abs=0.1)
        assert page.height == pytest.approx(297, abs=0.1)


@every_case
def test_nothing_stands_outside_the_text_block(printed, name):
    issue = printed(name)
    for page in issue.pages:
        left = left_edge(issue, page)
        for line in page.lines():
            assert line.x0 >= left - 0.2, line.text
            assert line.x1 <= left + 156.2, line.text
            assert 37 < line.baseline < 262, line.text
        for box in (*page.bars, *page.pictures):
            assert box.x0 >= left - 0.2
            assert box.x1 <= left + 156.2
            assert box.bottom <= 262.1


@every_case
def test_every_row_of_text_stands_on_the_grid(printed, name):
    issue = printed(name)
    row = issue.profile.row
    first = 37 - issue.profile.outset + (row - EM) / 2 + 0.88 * EM
    for page in issue.pages:
        on_rows = [line for line in page.body_lines() if not is_in_head(line, page)]
        for line in on_rows:
            rows = (line.baseline - first) / row
            assert rows == pytest.approx(round(rows), abs=0.012), line.text


def is_in_head(line, page):
    """Tell whether a line stands in the 报头, which has measures of its own."""
    red = [bar.bottom for bar in page.bars if bar.colour != (0, 0, 0)]
    return bool(red) and line.baseline < max(red)


@every_case
def test_rows_follow_each_other_at_the_pitch(printed, name):
    issue = printed(name)
    pitches = [
        pitch
        for page in issue.pages
        for pitch in steps(line.baseline for line in page.body_lines())
    ]
    if len(pitches) > 20:
        pitch = {"box": 225 / issue.profile.rows_per_page, "ink": 10.44}
        wanted = pitch[issue.profile.grid]
        assert statistics.median(pitches) == pytest.approx(wanted, abs=0.05)


def test_a_full_page_has_22_rows_of_28_characters(printed):
    for page in printed("running text").pages[1:-1]:
        assert len(page.lines()) == 22
        for line in page.lines():
            assert len(line.glyphs) == 28
            assert line.x1 - line.x0 == pytest.approx(156, abs=0.2)


def test_the_ink_grid_touches_the_edges_of_the_text_block(printed):
    pages = printed("ink grid").pages
    lines = [line for page in pages[1:] for line in page.body_lines()]
    top = min(min(g.ink[1] for g in line.glyphs) for line in lines)
    bottom = max(max(g.ink[3] for g in line.glyphs) for line in lines)

    assert top == pytest.approx(37.2, abs=0.5)
    assert bottom == pytest.approx(262.0, abs=0.5)


@every_case
def test_paragraphs_begin_two_characters_in_and_go_on_flush(printed, name):
    issue = printed(name)
    for page, line in continued(issue):
        # 28 cells a line: a paragraph stands in the first, third or, in lists and the
        # 编者按, a later one. A list's number or dot hangs before its text.
        cells = (line.x0 - left_edge(issue, page)) / CELL
        if line.glyphs[0].text not in "•123456789":
            assert cells == pytest.approx(round(cells), abs=0.05), line.text
            assert cells < 4.1


@every_case
def test_no_mark_stands_where_it_must_not(printed, name):
    for page in printed(name).pages:
        for line in page.lines():
            if line.size > 13:
                assert line.text[0] not in NO_START - set("—…·"), line.text
                assert line.text[-1] not in NO_END, line.text


@every_case
def test_dashes_and_ellipses_are_not_divided(printed, name):
    for page in printed(name).pages:
        lines = page.body_lines()
        for above, below in itertools.pairwise(lines):
            assert (above.text[-1] + below.text[0]) not in {"——", "……"}


@every_case
def test_continued_lines_end_at_the_edge(printed, name):
    issue = printed(name)
    reached = missed = 0
    for page, line in continued(issue):
        right = left_edge(issue, page) + 156
        if page.number < 3 and line.glyphs[-1].font == "FandolKai":
            # The 编者按 is set in from both sides.
            right -= 2 * CELL
        if abs(line.x1 - right) <= 0.6:
            reached += 1
        else:
            missed += 1
    assert reached >= 0.97 * (reached + missed)
    assert name != "sample" or (reached > 70 and not missed)


@every_case
def test_page_numbers_stand_seven_millimetres_below_on_the_outer_side(printed, name):
    issue = printed(name)
    for page in issue.pages:
        line = page.page_number()
        assert line.text == f"—{page.number}—"
        left = left_edge(issue, page)
        _, top, _, bottom = line.glyphs[0].ink
        assert (top + bottom) / 2 == pytest.approx(269, abs=0.5)
        if page.is_odd:
            assert line.x1 == pytest.approx(left + 156 - 4.94, abs=0.6)
        else:
            assert line.x0 == pytest.approx(left + 4.94, abs=0.6)


@every_case
def test_only_the_masthead_and_its_rule_are_red(printed, name):
    issue = printed(name)
    for page in issue.pages:
        for thing in (*page.glyphs, *page.bars):
            is_black = not any(thing.colour)
            red, green, blue = (*thing.colour, 0, 0)[:3]
            assert is_black or (red >= 0.75 and green <= 0.25 and blue <= 0.25)
            assert is_black or page.number == 1


def test_no_heading_stands_alone_at_the_foot_of_a_page(printed):
    for name in ("everything", "long contents", "23 rows", "ink grid"):
        for page in printed(name).pages:
            text = [line for line in page.lines() if line.baseline < 262]
            last = text[-1]
            assert last.size < 17, (name, last.text)
            assert last.font != "FandolKai" or page.number == 1, (name, last.text)


@every_case
def test_no_page_begins_with_the_last_line_of_a_paragraph(printed, name):
    rows = body(printed(name))
    for (page, _, goes_on), (next_page, line, goes_further) in itertools.pairwise(rows):
        if goes_on and page is not next_page:
            assert goes_further, line.text


def test_the_sample_turns_its_pages_where_it_did_in_2020(printed):
    pages = printed("as printed in 2020").pages
    turns = [
        (before.lines()[-1].text[-3:], after.lines()[0].text[:3])
        for before, after in itertools.pairwise(pages[1:])
    ]

    assert len(pages) == 6
    assert turns == [
        ("”建设", "试点的"),
        ("打好打", "赢污染"),
        ("城市”", "建设试"),
        ("县政府", "印发了"),
    ]
