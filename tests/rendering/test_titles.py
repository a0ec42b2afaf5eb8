"""Titles in 梯形 or 菱形 where their authors gave no break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins.rendering.titles import display_lines, width


def test_a_short_title_is_one_line():
    assert display_lines("县作风办召开推进会") == ["县作风办召开推进会"]


def test_the_authors_break_is_kept():
    title = "全国“无废城市”建设试点\n推进会在绍兴市召开"

    assert display_lines(title) == ["全国“无废城市”建设试点", "推进会在绍兴市召开"]


def test_a_long_title_is_divided_into_lines_of_nearly_one_length():
    title = "关于深入贯彻落实全县优化营商环境大会精神推动经济社会高质量发展的若干意见"
    lines = display_lines(title)

    assert "".join(lines) == title
    assert len(lines) == 2
    assert abs(width(lines[0]) - width(lines[1])) <= 3


def test_quotes_are_not_divided():
    lines = display_lines("全市污染防治攻坚战暨“无废城市”建设试点第八次工作推进会召开")

    assert all(line.count("“") == line.count("”") for line in lines)


def test_three_lines_are_no_hourglass():
    title = "关于" + "进一步加强和改进全县" * 5
    first, second, third = (width(line) for line in display_lines(title))

    assert second >= min(first, third)


def test_a_line_of_the_authors_that_is_too_long_is_divided_too():
    lines = display_lines("短行\n" + "长" * 30)

    assert lines[0] == "短行"
    assert len(lines) == 3


def test_figures_and_words_are_not_divided():
    lines = display_lines("全县" * 9 + "2024" + "年工作要点全文公布")

    assert any("2024" in line for line in lines)


def test_a_title_as_long_as_one_may_be_is_divided_at_once():
    lines = display_lines("推进全县工作" * 33)

    assert "".join(lines) == "推进全县工作" * 33
    assert max(map(width, lines)) <= 20


@pytest.mark.parametrize("limit", [20.0, 13.0])
@given(title=st.text(st.sampled_from("国家工作“”（）《》，、的和2024A　"), max_size=60))
def test_no_character_of_a_title_is_lost(limit, title):
    assert "".join(display_lines(title, limit)) == title
