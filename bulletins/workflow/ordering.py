"""Orders of the items of an issue, worked out before any row is touched.

An order is what ``printed_order`` returns: the sections in turn, each with its items.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bulletins.models import Article, BriefItem, Section
from bulletins.workflow.refusing import WorkflowError

Item = Article | BriefItem
Order = list[tuple[Section, list[Item]]]


def key_of(item: Item) -> str:
    """Return the word an item is called by on pages and in orders, e.g. article-12."""
    kind = "article" if isinstance(item, Article) else "brief"
    return f"{kind}-{item.pk}"


def order_text(order: Order) -> str:
    """Return an order as one line: what a page that shows it sends back as seen."""
    words = []
    for section, items in order:
        words += [f"section-{section.pk}", *map(key_of, items)]
    return " ".join(words)


def order_from(
    words: Iterable[str], order: Order, sections: Iterable[Section]
) -> Order:
    """Return the order a line of words tells; sections without items are left out."""
    known = {key_of(item): item for _, items in order for item in items}
    by_key = {f"section-{section.pk}": section for section in sections}
    told: Order = []
    for word in words:
        if word in by_key:
            told.append((by_key[word], []))
        elif word in known and told:
            told[-1][1].append(known[word])
        else:
            raise WorkflowError("稿件或栏目有增减，顺序没有改，请刷新后再排")
    return [(section, items) for section, items in told if items]


def stepped(order: Order, key: str, step: int) -> Order:
    """Return the order with an item or a section moved one place up (-1) or down (1).

    An item at the end of its section goes over into the next one of its kind.
    """
    if key.startswith("section-"):
        return _section_stepped(order, key, step)
    index, place = _find(order, key)
    items = order[index][1]
    if 0 <= place + step < len(items):
        return _put(order, key, index, place + step)
    following = index + step
    if not 0 <= following < len(order):
        raise WorkflowError(f"已经是{'最前' if step < 0 else '最后'}的一条")
    if order[following][0].kind != order[index][0].kind:
        raise WorkflowError(
            f"已经是本栏目{'最前' if step < 0 else '最后'}的一条，"
            f"不能移入栏目“{order[following][0].name}”"
        )
    return _put(order, key, following, 0 if step > 0 else len(order[following][1]))


def placed(order: Order, key: str, number: int) -> Order:
    """Return the order with an item at a number, counted over the whole issue from 1."""
    index, place = _find(order, key)
    item = order[index][1][place]
    rest: Order = [
        (section, [other for other in items if other is not item])
        for section, items in order
    ]
    # What stands at that number now makes room; behind the last, the end does.
    before = sum(len(items) for _, items in order[:index]) + place
    seat, seats = _seat(order, number)
    if seat is None:
        seat, seats = len(order) - 1, len(order[-1][1])
    elif number - 1 > before and seat != index:
        seats += 1  # it moves down past the one that stands there
    section = order[seat][0]
    if section.kind != order[index][0].kind:
        raise WorkflowError(
            f"第{number}条在栏目“{section.name}”中，“{item}”不能移到那里"
        )
    rest[seat][1].insert(seats, item)
    return [(section, items) for section, items in rest if items]


def _seat(order: Order, number: int) -> tuple[int | None, int]:
    left = number - 1
    for index, (_, items) in enumerate(order):
        if left < len(items):
            return index, max(left, 0)
        left -= len(items)
    return None, 0


def _section_stepped(order: Order, key: str, step: int) -> Order:
    keys = [f"section-{section.pk}" for section, _ in order]
    if key not in keys:
        raise WorkflowError("这个栏目在本期还没有内容，不用移动")
    index = keys.index(key)
    if not 0 <= index + step < len(order):
        raise WorkflowError(f"已经是{'最前' if step < 0 else '最后'}的栏目")
    moved = list(order)
    moved.insert(index + step, moved.pop(index))
    return moved


def _find(order: Order, key: str) -> tuple[int, int]:
    for index, (_, items) in enumerate(order):
        for place, item in enumerate(items):
            if key_of(item) == key:
                return index, place
    raise WorkflowError("这篇稿件已被别人删除或移到别处，请刷新后再排")


def _put(order: Order, key: str, index: int, place: int) -> Order:
    """Return the order with the item taken out and put in at a place of a section."""
    at, where = _find(order, key)
    item = order[at][1][where]
    moved: Sequence[list[Item]] = [
        [other for other in items if other is not item] for _, items in order
    ]
    moved[index].insert(place, item)
    pairs = zip((section for section, _ in order), moved, strict=True)
    return [(section, items) for section, items in pairs if items]
