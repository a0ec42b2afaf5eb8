"""禁则 as a matter of characters only."""

from __future__ import annotations

import pytest

from bulletins.rendering.kinsoku import (
    NO_END,
    NO_START,
    breaks_outside_quotes,
    is_ideographic,
    is_one_alone,
    may_stretch,
    room_in_marks,
)


@pytest.mark.parametrize("pair", ["市“", "”建", "，“", "”《", "》“", "。‘", "5“", "”A"])
def test_a_line_may_end_outside_quotes(pair):
    assert breaks_outside_quotes(*pair)


@pytest.mark.parametrize(
    "pair", ["“无", "市”", "（“", "”，", "”。", "“‘", "’s", " “", "” ", "国家", "《“"]
)
def test_a_line_may_not_end_within_quotes_or_against_a_mark(pair):
    assert not breaks_outside_quotes(*pair)


@pytest.mark.parametrize("pair", ["国家", "国2", "A国", "，国", "a ", "—国"])
def test_a_gap_may_open_beside_an_ideograph_or_a_space(pair):
    assert may_stretch(*pair)


@pytest.mark.parametrize("pair", ["20", "QQ", "——", "……", "%,"])
def test_no_gap_opens_within_a_word_a_number_or_a_dash(pair):
    assert not may_stretch(*pair)


@pytest.mark.parametrize("character", "国〇，。“★（㐀𠮷")
def test_ideographs_and_full_width_marks_have_a_cell(character):
    assert is_ideographic(character)


@pytest.mark.parametrize("character", "2aZ %-é")
def test_letters_and_figures_have_none(character):
    assert not is_ideographic(character)


@pytest.mark.parametrize("line", ["卷", "卷。", "卷。”）"])
def test_one_character_and_its_marks_are_one_alone(line):
    assert is_one_alone(line)


@pytest.mark.parametrize("line", ["", "答卷。", "卷国", "5。", "A", "。", "“卷"])
def test_two_characters_or_a_figure_are_not(line):
    assert not is_one_alone(line)


def test_marks_beside_marks_give_room_first():
    taken = room_in_marks("国》，国、国", 0.4)

    assert taken == pytest.approx([0, 0.4, 0, 0, 0, 0])


def test_marks_among_ideographs_give_a_quarter_before_they_give_a_half():
    assert room_in_marks("国，国。国", 0.5) == pytest.approx([0, 0.25, 0, 0.25, 0])
    assert room_in_marks("国，国。国", 1.0) == pytest.approx([0, 0.5, 0, 0.5, 0])


def test_an_opening_mark_gives_the_room_before_it():
    assert room_in_marks("国（国", 0.25) == pytest.approx([0.25, 0, 0])


def test_without_enough_room_nothing_is_taken():
    assert room_in_marks("国，国", 0.6) is None
    assert room_in_marks("国国国", 0.1) is None


def test_a_mark_at_the_end_keeps_its_cell():
    assert room_in_marks("国国。", 0.1) is None


def test_no_mark_is_forbidden_at_both_ends():
    assert not NO_START & NO_END
