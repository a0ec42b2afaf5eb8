"""Lines filled to the edge, as Chinese print wants them and WeasyPrint lacks.

WeasyPrint 70 stretches only spaces, and breaks on neither side of a curly quote. This
module replaces three private names of ``layout.inline``:

- ``split_first_line``: a line may also end outside a pair of quotes, and a closing
  mark that just does not fit is pushed in (推入) where the marks of the line have
  empty room to give up, instead of taking a character down with it (推出); a text's
  last character is not left alone on its line (单字不成行);
- ``can_break_text``: the same rule about quotes between two boxes;
- ``justify_line``: what is left over is shared among the characters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text.line_break import create_layout, get_log_attrs, line_size

from bulletins.rendering import kinsoku
from bulletins.rendering.patching import replace
from bulletins.rendering.spacing import SpacedLayout

# Wider gaps than this, in em, look like a mistake: such a line stays as it is.
WIDEST_GAP = 0.25
# The grid itself closes each cell by 0.013 em: 28 of 16 points fill 156 mm.
_TIGHTEST_GAP = 0.03
# With less than this to fill, in em, stretching shows less than pushing in.
_WORTH_PUSHING = 0.5
# How many characters beyond WeasyPrint's own break are tried.
_LOOK_AHEAD = 8
# And how many before it, so that a paragraph's last line is not one character alone.
_LOOK_BACK = 4


def install() -> None:
    """Replace the three functions; raises UnsupportedWeasyPrint, safe to repeat."""
    replace(
        inline,
        "split_first_line",
        "text style context max_width justification_spacing is_line_start minimum",
        _make_split_first_line,
    )
    replace(inline, "can_break_text", "text lang", _make_can_break_text)
    replace(inline, "justify_line", "context line extra_width", _make_justify_line)


# --- where a line ends ------------------------------------------------------------


def _make_can_break_text(original: Callable[..., Any]) -> Callable[..., Any]:
    def can_break_text(text: str, lang: str | None) -> bool:
        """Tell whether the text can break anywhere inside."""
        if original(text, lang):
            return True
        pairs = itertools.pairwise(text)
        return any(kinsoku.breaks_outside_quotes(*pair) for pair in pairs)

    return can_break_text


def _make_split_first_line(original: Callable[..., Any]) -> Callable[..., Any]:
    def split_first_line(
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        justification_spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> Any:
        """Fit as much text as possible into the width, by our rules too."""
        found = original(
            text, style, context, max_width, justification_spacing,
            is_line_start, minimum,
        )  # fmt: skip
        length, resume_at = found[1], found[2]
        if max_width is None or max_width == inf or minimum:
            return found
        # A line that ended at a space or a line feed has ended well.
        if resume_at is None or resume_at != length:
            return found
        # Only running text: elsewhere a line feed may stand where we look ahead.
        if style["white_space"] != "normal":
            return found
        found = _split_further(text, style, context, max_width, found) or found
        return _split_sooner(text, style, context, found) or found

    return split_first_line


def _split_further(
    text: str, style: Any, context: Any, max_width: float, found: Any
) -> Any:
    """Return the split of a line that holds more than WeasyPrint found, or None."""
    size = style["font_size"]
    if max_width - found[3] < _WORTH_PUSHING * size:
        return None
    taken = _characters_in(text, found[1])
    window = text[: taken + _LOOK_AHEAD]
    if not any(map(kinsoku.is_ideographic, window[max(taken - 1, 0) :])):
        return None
    spacing = _spacing(style)
    layout = SpacedLayout(style, window)
    widths = [advance + spacing for advance in layout.advances()]
    layout.deactivate()
    ends = list(itertools.accumulate(widths, initial=0.0))
    legal = _legal_ends(text, window, taken, style["lang"])
    fitting = [end for end in legal if ends[end] <= max_width]
    best = max(fitting, default=taken)
    if max_width - ends[best] >= _WORTH_PUSHING * size:
        beyond = min((end for end in legal if end > best), default=None)
        if beyond is not None:
            needed = (ends[beyond] - max_width) / size
            room = kinsoku.room_in_marks(window[:beyond], needed)
            if room is not None:
                return _pushed_in(text, style, window[:beyond], room, widths, found)
    if best == taken:
        return None
    return _plain_split(text, style, context, best, found)


def _split_sooner(text: str, style: Any, context: Any, found: Any) -> Any:
    """Return the split that takes a character down to one alone (单字不成行), or None."""
    taken = _characters_in(text, found[1])
    if found[2] is None or not kinsoku.is_one_alone(text[taken:]):
        return None
    attributes = get_log_attrs(text[:taken], style["lang"])
    ends = range(taken - 1, max(taken - _LOOK_BACK, _LOOK_BACK), -1)
    legal = (
        end
        for end in ends
        if attributes[end].is_line_break
        and kinsoku.may_stretch(text[end - 1], text[end])
        and not kinsoku.is_one_alone(text[end:])
    )
    end = next(legal, None)
    return end and _plain_split(text, style, context, end, found)


def _plain_split(text: str, style: Any, context: Any, end: int, found: Any) -> Any:
    layout = create_layout(text[:end], style, context, None, 0)
    width, _ = line_size(layout.get_first_line()[0], style)
    layout.deactivate()
    return _split_at(text, layout, end, width, found)


def _characters_in(text: str, length: int) -> int:
    """Return how many characters the first ``length`` bytes are."""
    return len(text[:length].encode()[:length].decode())


def _legal_ends(text: str, window: str, taken: int, lang: str) -> list[int]:
    """Return where the line could end behind WeasyPrint's own break."""
    attributes = get_log_attrs(window, lang)
    ends = [
        end
        for end in range(taken + 1, len(window))
        if " " not in window[end - 1 : end + 1]
        and (
            attributes[end].is_line_break
            or kinsoku.breaks_outside_quotes(window[end - 1], window[end])
        )
    ]
    # Where the box's text ends the line may end too: the last of a paragraph.
    return [*ends, len(window)] if len(window) == len(text) else ends


def _pushed_in(
    text: str, style: Any, line: str, room: list[float], widths: list[float], found: Any
) -> Any:
    size, spacing = style["font_size"], _spacing(style)
    layout = SpacedLayout(style, line)
    wanted = [spacing / size * 1000 - given * 1000 for given in room]
    layout.gaps = _whole(wanted)
    # Rounded, the line may be a hair too wide, and WeasyPrint would break it again.
    layout.gaps[-1] -= 1
    layout.deactivate()
    natural = sum(widths[: len(line)]) - spacing * len(line)
    width = natural + sum(layout.gaps) * size / 1000
    return _split_at(text, layout, len(line), width, found)


def _split_at(text: str, layout: Any, end: int, width: float, found: Any) -> Any:
    length = len(text[:end].encode())
    resume_at = length if end < len(text) else None
    # Height and baseline are the face's, wherever the line ends.
    return (layout, length, resume_at, width, *found[4:])


def _spacing(style: Any) -> float:
    spacing = style["letter_spacing"]
    return 0.0 if spacing == "normal" else float(spacing)


def _whole(gaps: list[float]) -> list[int]:
    """Round the gaps so that at every place their sum is right within a half."""
    sums = [round(total) for total in itertools.accumulate(gaps, initial=0.0)]
    return [after - before for before, after in itertools.pairwise(sums)]


# --- filling the line -------------------------------------------------------------


def _make_justify_line(original: Callable[..., Any]) -> Callable[..., Any]:
    def justify_line(context: Any, line: Any, extra_width: float) -> None:
        """Share the extra width (in CSS pixels) among the gaps of the line."""
        texts = [box for box in _text_boxes(line) if box.text]
        characters = "".join(box.text for box in texts)
        # A hyphen or an ellipsis of its own leaves a layout longer than its box.
        is_plain = all(box.pango_layout.text == box.text for box in texts)
        if not is_plain or not any(map(kinsoku.is_ideographic, characters)):
            original(context, line, extra_width)
            return
        _move(line, 0.0, _fill(texts, characters, extra_width))

    return justify_line


def _text_boxes(box: Any) -> Iterator[Any]:
    if isinstance(box, boxes.TextBox):
        yield box
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _text_boxes(child)


def _fill(texts: list[Any], characters: str, extra_width: float) -> dict[int, float]:
    """Give the text boxes the gaps that fill the line; return how much each grew."""
    layouts = [SpacedLayout(box.style, box.text) for box in texts]
    advances = [layout.advances() for layout in layouts]
    sizes = [box.style["font_size"] for box in texts for _ in box.text]
    given_up = _given_up(texts)
    room = sum(box.width for box in texts) + extra_width
    room -= sum(itertools.chain(*advances)) + sum(given_up)
    shares = _shares(characters, room, min(sizes))
    if shares is None:
        return {}
    # PDF counts gaps in thousandths of the em of the character before them.
    pixels = zip(shares, given_up, sizes, strict=True)
    gaps = iter(_whole([(more + less) / size * 1000 for more, less, size in pixels]))
    grown = {}
    for box, layout, widths in zip(texts, layouts, advances, strict=True):
        layout.gaps = list(itertools.islice(gaps, len(box.text)))
        layout.deactivate()
        width = sum(widths) + sum(layout.gaps) * box.style["font_size"] / 1000
        grown[id(box)] = width - box.width
        box.width, box.pango_layout = width, layout
    return grown


def _shares(characters: str, room: float, size: float) -> list[float] | None:
    """Return the gap after each character, none after the last; None if too wide."""
    stretching = [kinsoku.may_stretch(*pair) for pair in itertools.pairwise(characters)]
    if room < -_TIGHTEST_GAP * size * sum(stretching):
        # Mostly Latin text: what is to be closed up is shared by its letters too.
        stretching = [True] * len(stretching)
    gap = room / (sum(stretching) or 1)
    if not any(stretching) or gap > WIDEST_GAP * size:
        return None
    return [gap if may else 0.0 for may in (*stretching, False)]


def _given_up(texts: list[Any]) -> list[float]:
    """Return what pushing in took off after each character, as a negative width."""
    found: list[float] = []
    for box in texts:
        gaps = getattr(box.pango_layout, "gaps", None)
        size, spacing = box.style["font_size"], _spacing(box.style)
        found += (
            [min(0.0, gap * size / 1000 - spacing) for gap in gaps]
            if gaps
            else [0.0] * len(box.text)
        )
    return found


def _move(box: Any, shift: float, grown: dict[int, float]) -> float:
    """Move the box by ``shift``, widen it, and return the shift behind it."""
    if isinstance(box, boxes.TextBox):
        box.position_x += shift
        return shift + grown.get(id(box), 0.0)
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += shift
        before = shift
        for child in box.children:
            if child.is_in_normal_flow():
                shift = _move(child, shift, grown)
        box.width += shift - before
        return shift
    box.translate(shift, 0)
    return shift
