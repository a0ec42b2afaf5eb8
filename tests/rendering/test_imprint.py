"""版记: at the foot of the last page, once, whatever the length of the text."""

from __future__ import annotations

import dataclasses

import pytest

from bulletins.document import Recipients
from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_document, make_masthead
from tests.rendering import documents
from tests.rendering.cases import CASES, print_issue
from tests.rendering.test_page import every_case

FOOT = 262
# One text for each row of a page to end in, over two pages.
LENGTHS = (2, 3, 4, *range(8, 30))


@pytest.fixture(scope="session")
def ending(pictures):
    """Return the issue whose text has so many rows, printed once."""
    done = {}

    def by_rows(rows, **profile):
        key = (rows, tuple(profile))
        if key not in done:
            document = documents.ending_in_row(rows)
            done[key] = print_issue(document, LayoutProfile(**profile), pictures)
        return done[key]

    return by_rows


def rules(page):
    """Return the black rules of the page from top to bottom."""
    return sorted((b for b in page.bars if not any(b.colour)), key=lambda b: b.top)


def assert_imprint_is_right(issue):
    """The 版记 stands on the last page only, at its foot, clear of the text."""
    *before, last = issue.pages
    found = [rule for rule in rules(last) if rule.thickness > 0.2]
    first_rule, last_rule = found[0], found[-1]
    above = [line for line in last.lines() if line.baseline < first_rule.top]
    lists = [line for line in last.lines() if line.baseline > first_rule.top]

    assert not any(page.bars for page in before[1:])
    assert last_rule.bottom == pytest.approx(FOOT, abs=0.05)
    for rule in (first_rule, last_rule):
        assert rule.thickness == pytest.approx(0.35, abs=0.05)
        assert rule.x1 - rule.x0 == pytest.approx(156, abs=0.2)
    assert lists[0].text.startswith("报：")
    assert lists[0].baseline - 0.88 * 4.94 > first_rule.top
    assert lists[-1].baseline < last_rule.top
    if above:
        assert above[-1].baseline + 0.12 * 5.64 < first_rule.top


@every_case
def test_the_imprint_stands_at_the_foot_of_the_last_page(printed, name):
    assert_imprint_is_right(tables_left_out(printed(name)))


def tables_left_out(issue):
    """Return the issue without the rules of its tables, which are thinner."""
    pages = tuple(
        dataclasses.replace(
            page,
            bars=tuple(
                b for b in page.bars if b.x1 - b.x0 > 155 and b.thickness > 0.22
            ),
        )
        for page in issue.pages
    )
    return dataclasses.replace(issue, pages=pages)


@pytest.mark.parametrize("rows", LENGTHS)
def test_a_text_may_end_in_any_row(ending, rows):
    issue = ending(rows)
    text = "".join(page.stream() for page in issue.pages)

    assert_imprint_is_right(issue)
    assert [rule.thickness for rule in rules(issue.pages[-1])] == pytest.approx(
        [0.35, 0.25, 0.35], abs=0.05
    )
    for row in range(1, rows + 1):
        assert text.count(f"。第{row}行到此为止。" if row > 1 else "第1行") == 1
    for label in ("报：县委", "送：县人大", "发：各乡镇", "共印30份"):
        assert text.count(label) == 1


def test_those_texts_end_in_every_row_there_is(ending):
    ends = set()
    for rows in LENGTHS:
        texts = [
            [x for x in page.body_lines() if "到此为止" in x.text]
            for page in ending(rows).pages
        ]
        last = next(lines for lines in reversed(texts) if lines)[-1]
        ends.add(round((last.baseline - 44.26) / (225 / 22)) + 1)

    assert ends == set(range(1, 23))


@pytest.mark.parametrize("rows", LENGTHS)
def test_on_an_even_page_if_the_profile_says_so(ending, rows):
    natural, even = ending(rows), ending(rows, even_last=True)
    text_pages = [p for p in even.pages if any("到此为止" in x.text for x in p.lines())]
    blank = [page for page in even.pages if not page.glyphs]

    assert len(even.pages) % 2 == 0
    assert_imprint_is_right(even)
    if len(natural.pages) % 2 == 0:
        assert even.pdf == natural.pdf
    # Only a text that ends on an even page without room for it leaves a blank one.
    assert bool(blank) == (len(even.pages) - len(text_pages) == 2)
    for page in even.pages:
        is_unnumbered = bool(blank) and page.number >= blank[0].number
        assert (page.page_number() is None) == is_unnumbered


def test_all_four_ways_to_an_even_page_were_seen(ending):
    seen = set()
    for rows in LENGTHS:
        natural, even = ending(rows), ending(rows, even_last=True)
        seen.add((len(natural.pages), len(even.pages)))

    # On page 1 with the text; on page 2, alone or with text; alone on page 3.
    assert seen == {(1, 2), (2, 2), (3, 4)}


def test_lists_stand_one_character_in_and_go_on_behind_the_colon(pictures):
    units = tuple(f"襄城县第{n}中心学校管理委员会" for n in range(1, 9))
    document = make_document(recipients=Recipients(report=units, send=("县委办",)))
    page = print_issue(document, LayoutProfile(), pictures).pages[-1]
    lines = [x for x in page.lines() if x.baseline > rules(page)[0].top]
    first, second = lines[0], lines[1]

    assert first.size == pytest.approx(14, abs=0.1)
    assert first.x0 == pytest.approx(28 + 4.94, abs=0.1)
    assert first.x1 <= 184 - 4.94 + 0.6
    assert second.x0 == pytest.approx(first.glyphs[2].x0, abs=0.3)
    assert lines[-1].text == "送：县委办。"
    assert "".join(x.text for x in lines[:-1]) == "报：" + "、".join(units) + "。"


def test_the_last_line_has_the_office_left_and_the_copies_right(printed):
    page = printed("everything").pages[-1]
    last = page.lines()[-1]

    assert last.text == "县作风办共印30份"
    assert last.x0 == pytest.approx(28 + 4.94, abs=0.1)
    assert last.x1 == pytest.approx(184 - 4.94, abs=0.1)


def test_nothing_is_invented_for_a_document_without_copies(printed):
    page = printed("sample").pages[-1]
    lines = [x.text for x in page.lines() if x.baseline > rules(page)[0].top]

    assert lines == [
        "报：国家生态环境部、省生态环境厅、市委常委、市政府各市长。",
        "发：许昌市“无废城市”建设试点工作推进小组成员单位。",
    ]
    assert len(rules(page)) == 2


def test_who_signed_and_who_edited_stand_above_the_inner_rule(pictures):
    document = make_document(signatory="张三", editor="李四", copies=50)
    page = print_issue(document, LayoutProfile(), pictures).pages[-1]
    first, inner, _ = rules(page)
    between = [x.text for x in page.lines() if first.top < x.baseline < inner.top]

    assert between[-1] == "签发：张三责任编辑：李四"


def test_a_document_without_lists_has_no_imprint(pictures):
    document = make_document(recipients=Recipients())
    page = print_issue(document, LayoutProfile(even_last=True), pictures).pages[-1]

    assert not rules(page)
    assert page.number == 1


def test_an_imprint_longer_than_a_page_goes_on_over_the_page(pictures):
    units = tuple(f"襄城县第{n}中心学校管理委员会" for n in range(1, 400))
    document = make_document(recipients=Recipients(distribute=units))
    issue = print_issue(document, LayoutProfile(even_last=True), pictures)
    text = "".join(page.stream() for page in issue.pages)

    assert "发：" + "、".join(units) + "。" in text


def test_every_case_has_lists():
    for make, _ in CASES.values():
        assert any(names for _, names in make().recipients.tiers())


def test_additional_recipients_stand_below_the_lists_and_go_on_behind_their_colon(
    pictures,
):
    names = tuple(f"县直第{n}机关党委" for n in range(1, 9))
    document = make_document(
        recipients=Recipients(report=("县委办公室",), additional=names)
    )

    issue = print_issue(document, LayoutProfile(), pictures)

    assert_imprint_is_right(issue)
    first_rule = rules(issue.pages[-1])[0]
    lines = [x for x in issue.pages[-1].lines() if x.baseline > first_rule.top]
    assert [line.text[:4] for line in lines[:2]] == ["报：县委", "本期增发"]
    label = next(glyph for glyph in lines[1].glyphs if glyph.text == "：")
    assert lines[2].x0 == pytest.approx(label.x1, abs=0.6)


def test_a_long_office_and_the_date_stand_on_two_lines(pictures):
    office = "许昌市“无废城市”建设试点工作推进小组办公室"
    document = make_document(bulletin=make_masthead(office=office), copies=120)

    issue = print_issue(document, LayoutProfile(imprint_issuer=True), pictures)

    assert_imprint_is_right(issue)
    last = issue.pages[-1]
    inner = rules(last)[1]
    found = [line for line in last.lines() if inner.bottom < line.baseline < FOOT]
    assert [line.text for line in found] == [office, "2024年9月2日印发", "共印120份"]
    assert all(line.x1 < 179.7 for line in found)


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        (None, ["县作风办2024年9月2日印发"]),
        (30, ["县作风办2024年9月2日印发", "共印30份"]),
    ],
)
def test_the_profile_prints_who_issued_it_and_when(pictures, copies, expected):
    document = make_document(copies=copies)

    issue = print_issue(document, LayoutProfile(imprint_issuer=True), pictures)

    assert_imprint_is_right(issue)
    last = issue.pages[-1]
    inner = rules(last)[1]
    found = [line for line in last.lines() if inner.bottom < line.baseline < FOOT]
    assert [line.text for line in found] == expected
    assert found[-1].x1 == pytest.approx(179.06, abs=0.6)
