"""How a line of Chinese is broken and filled, seen on the printed lines."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulletins import markup
from bulletins.rendering.kinsoku import NO_END
from tests.rendering.measuring import steps

EM = 16 * 25.4 / 72
GRID = 156 / 28
EDGE = 184


@pytest.fixture
def lines_of(with_body):
    """Return a function that sets one paragraph and returns its lines."""

    def set_paragraph(text):
        issue = with_body(f"<p>{text}</p>")
        title = next(x for x in issue.pages[0].lines() if 20 < x.size < 23)
        rows = [x for p in issue.pages for x in p.body_lines()]
        return [
            x
            for x in rows
            if x.baseline > title.baseline and "县委办公室" not in x.text
        ]

    return set_paragraph


def gaps(line):
    """Return the distances from each character's start to the next one's."""
    return steps(glyph.x0 for glyph in line.glyphs)


def test_a_line_of_ideographs_stands_on_the_character_grid(lines_of):
    first, second, *_ = lines_of("国" * 80)

    assert (len(first.glyphs), len(second.glyphs)) == (26, 28)
    assert gaps(second) == pytest.approx([GRID] * 27, abs=0.01)
    assert second.x1 == pytest.approx(EDGE, abs=0.1)


def test_an_opening_quote_goes_down_and_the_line_is_filled(lines_of):
    first, second, *_ = lines_of("国" * 25 + "“无废城市”" + "建" * 30)

    assert first.text == "国" * 25
    assert first.x1 == pytest.approx(EDGE, abs=0.1)
    assert max(gaps(first)) - min(gaps(first)) < 0.02
    assert second.text[0] == "“"


def test_a_line_may_end_behind_a_closing_quote(lines_of):
    first, second, *_ = lines_of("国" * 20 + "“无废城市”" + "建" * 30)

    assert first.text.endswith("“无废城市”")
    assert first.x1 == pytest.approx(EDGE, abs=0.1)
    assert second.text[0] == "建"


def test_a_closing_mark_is_pushed_in_where_marks_have_room(lines_of):
    first, second, *_ = lines_of("国，" * 6 + "国" * 14 + "。" + "建" * 30)

    assert first.text.endswith("国。")
    assert len(first.glyphs) == 27
    assert first.x1 == pytest.approx(EDGE, abs=0.1)
    assert second.text[0] == "建"


def test_what_is_pushed_together_are_the_marks_not_the_ideographs(lines_of):
    first, *_ = lines_of("国，" * 6 + "国" * 14 + "。" + "建" * 30)

    for glyph, gap in zip(first.glyphs, gaps(first), strict=False):
        if glyph.text == "国":
            assert gap == pytest.approx(GRID, abs=0.03)
        else:
            assert 0.75 * GRID < gap < GRID


def test_a_closing_mark_takes_a_character_down_where_there_is_no_room(lines_of):
    first, second, *_ = lines_of("国" * 26 + "。" + "建" * 30)

    assert first.text == "国" * 25
    assert second.text.startswith("国。建")
    assert first.x1 == pytest.approx(EDGE, abs=0.1)


def test_the_last_character_is_not_left_alone(lines_of):
    first, last = lines_of("建" * 26 + "国。”")

    assert first.text == "建" * 25
    assert first.x1 == pytest.approx(EDGE, abs=0.1)
    assert last.text == "建国。”"


def test_figures_and_latin_words_are_not_spread(lines_of):
    first, *_ = lines_of("国" * 19 + "2024年QQ" + "国" * 2 + "“建" * 20)
    figures = [g for g in first.glyphs if g.text in "2024"]
    letters = [g for g in first.glyphs if g.text == "Q"]

    assert steps(g.x0 for g in figures) == pytest.approx([0.5 * EM] * 3, abs=0.1)
    assert letters[1].x0 - letters[0].x1 == pytest.approx(0, abs=0.1)


def test_a_dash_and_an_ellipsis_stay_whole(lines_of):
    first, *_ = lines_of("国" * 10 + "——国……" + "国" * 9 + "“建" * 20)
    dashes = [g for g in first.glyphs if g.text == "—"]
    dots = [g for g in first.glyphs if g.text == "…"]

    assert first.x1 == pytest.approx(EDGE, abs=0.1)
    for pair in (dashes, dots):
        assert pair[1].x0 - pair[0].x1 == pytest.approx(0, abs=0.1)


def test_a_gap_too_wide_to_look_right_is_not_made(lines_of):
    first, second, *_ = lines_of("国" * 18 + "Internationalisation国")

    assert first.text == "国" * 18
    assert first.x1 < EDGE - 5
    assert second.text.startswith("Inter")


def test_the_last_line_keeps_to_the_grid(lines_of):
    *_, last = lines_of("国" * 40)

    assert gaps(last) == pytest.approx([GRID] * 13, abs=0.02)


def test_marked_up_words_do_not_disturb_the_line(lines_of):
    plain, *_ = lines_of("国" * 25 + "“建" * 20)
    marked, *_ = lines_of(
        "国国<strong>国国</strong>国<em>国</em>" + "国" * 19 + "“建" * 20
    )

    assert [g.x0 for g in marked.glyphs] == pytest.approx(
        [g.x0 for g in plain.glyphs], abs=0.05
    )


def test_a_mark_is_pushed_in_across_marked_up_words(lines_of):
    first, *_ = lines_of(
        "<strong>国，国，国，国，</strong>" + "国" * 18 + "。建设" * 20
    )

    assert first.x1 == pytest.approx(EDGE, abs=0.6)
    assert first.text[-1] != "，"


def test_a_space_between_latin_words_is_kept(lines_of):
    first, *_ = lines_of("国" * 20 + "is a b c " + "国" * 20)
    letters = [g for g in first.glyphs if g.text.isascii()]

    assert letters[2].x0 - letters[1].x1 > 1


_WORDS = st.one_of(
    st.text(st.sampled_from("国家工作建设城市"), min_size=1, max_size=9),
    st.sampled_from(
        [
            *(
                "“无废城市”",
                "《条例（草案）》",
                "（以下简称《规划》）",
                "‘引’",
                "”。",
                "》，",
            ),
            *("2020年", "8.3%", "1—8月", "3.5万元", "COVID-19", "QQ", "A B"),
            *("——", "……", "，", "。", "；", "、", "：", "！", "·", "★", "镕喆"),
        ]
    ),
)
_RUNS = st.tuples(
    st.sampled_from(["{}", "{}", "<strong>{}</strong>", "<em>{}</em>", "<u>{}</u>"]),
    st.lists(_WORDS, max_size=14).map("".join),
)


@settings(max_examples=20, deadline=None)
@given(runs=st.lists(_RUNS, min_size=1, max_size=8))
def test_no_text_is_lost_or_stands_out_wherever_a_line_is_broken(with_body, runs):
    marked_up = "".join(wrap.format(html.escape(text)) for wrap, text in runs)
    body = markup.clean(f"<p>{marked_up}</p>")
    pages = with_body(body).pages
    wanted = re.sub(r"\s", "", "".join(markup.paragraphs(body)))

    assert wanted in "".join(page.stream() for page in pages)
    for page in pages:
        for line in page.body_lines():
            assert line.x1 <= EDGE + 0.2
            assert line.text[-1] not in NO_END or set(line.text) <= NO_END
