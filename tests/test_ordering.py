"""Orders of items, worked out on values alone: nothing is lost, all stand where meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins.models import Article, BriefItem, Section
from bulletins.workflow import (
    Order,
    WorkflowError,
    key_of,
    order_from,
    order_text,
    placed,
    stepped,
)

KINDS = [Section.Kind.ARTICLES, Section.Kind.BRIEFS]


def make_order(*sections: tuple[Section.Kind, int]) -> Order:
    """Make sections of so many items each; keys count on over the whole order."""
    order: Order = []
    pk = 0
    for number, (kind, items) in enumerate(sections, start=1):
        section = Section(pk=number, name=f"栏目{number}", kind=kind)
        model = Article if kind == Section.Kind.ARTICLES else BriefItem
        order.append((section, [model(pk=pk + n) for n in range(1, items + 1)]))
        pk += items
    return order


orders = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(1, 4)), min_size=1, max_size=4
).map(lambda sections: make_order(*sections))


def keys(order: Order) -> list[str]:
    return [key_of(item) for _, items in order for item in items]


def tried(act: Callable[[], Order], reason: str) -> Order | None:
    """Return what was worked out, None where it was refused for this reason."""
    try:
        return act()
    except WorkflowError as refusal:
        if reason not in str(refusal):
            raise
        return None


def is_sound(order: Order) -> bool:
    """Tell whether each item stands under a section of its kind, and none is empty."""
    return all(
        items
        and all((section.kind == KINDS[0]) is isinstance(i, Article) for i in items)
        for section, items in order
    )


@given(orders, st.data())
def test_an_item_stands_at_the_number_it_was_given_or_the_order_is_refused(order, data):
    before = order_text(order)
    key = data.draw(st.sampled_from(keys(order)))
    number = data.draw(st.integers(1, len(keys(order))))

    wanted = tried(lambda: placed(order, key, number), "不能移到那里")

    if wanted is not None:
        rest = [other for other in keys(order) if other != key]
        assert keys(wanted)[number - 1] == key
        assert [other for other in keys(wanted) if other != key] == rest
        assert is_sound(wanted)
    assert order_text(order) == before


@given(orders, st.data(), st.sampled_from([-1, 1]))
def test_a_step_keeps_every_item_and_back_again_is_where_it_was(order, data, step):
    key = data.draw(st.sampled_from(keys(order)))

    wanted = tried(lambda: stepped(order, key, step), "已经是")

    if wanted is None:
        return
    assert sorted(keys(wanted)) == sorted(keys(order))
    assert is_sound(wanted)
    # Where its section did not end with it, the way back is open.
    if len(wanted) == len(order):
        assert order_text(stepped(wanted, key, -step)) == order_text(order)


@given(orders)
def test_an_order_told_in_words_is_the_same_order(order):
    sections = [section for section, _ in order]

    assert order_from(order_text(order).split(), order, sections) == order


def test_a_number_behind_the_last_is_the_last_place():
    order = make_order((KINDS[0], 3))

    assert keys(placed(order, "article-1", 99)) == [
        "article-2",
        "article-3",
        "article-1",
    ]


def test_an_item_at_the_end_of_its_section_goes_over_into_the_next_of_its_kind():
    order = make_order((KINDS[0], 2), (KINDS[0], 1))

    wanted = stepped(order, "article-2", 1)

    assert [[key_of(item) for item in items] for _, items in wanted] == [
        ["article-1"],
        ["article-2", "article-3"],
    ]


@pytest.mark.parametrize(
    ("key", "step", "reason"),
    [
        ("section-1", -1, "已经是最前的栏目"),
        ("section-2", 1, "已经是最后的栏目"),
        ("section-9", 1, "还没有内容"),
        ("article-9", 1, "已被别人删除"),
        ("article-2", 1, "不能移入栏目“栏目2”"),
    ],
)
def test_what_cannot_be_moved_is_refused_in_words(key, step, reason):
    order = make_order((KINDS[0], 2), (KINDS[1], 1))

    with pytest.raises(WorkflowError, match=reason):
        stepped(order, key, step)


@pytest.mark.parametrize("words", ["article-1", "section-1 article-7", "section-9"])
def test_words_that_name_nothing_here_are_refused(words):
    order = make_order((KINDS[0], 1))

    with pytest.raises(WorkflowError, match="有增减"):
        order_from(words.split(), order, [order[0][0]])
