"""What the PDF says is what the document says: all of it, once, in reading order."""

from __future__ import annotations

import re

import pytest

from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_article, make_document
from tests.rendering.cases import CASES, print_issue
from tests.rendering.documents import RARE, everything
from tests.rendering.expected import blocks
from tests.rendering.test_page import every_case

# The table's header stands on its second page again.
_REPEATED = "乡镇任务（万元）完成（万元）完成率"


def stream(issue):
    """Return the text of the PDF in its own order, without page numbers and spaces."""
    # A list's numbers and dots are drawn behind everything else on their page.
    return "".join(re.sub(r"([12]\.|•)+$", "", page.stream()) for page in issue.pages)


@every_case
def test_the_pdf_says_what_the_document_says_in_reading_order(printed, name):
    issue = printed(name)
    text, at, added = stream(issue), 0, ""
    for block in blocks(issue.document):
        found = text.find(block, at)
        assert found >= 0, f"{block} is not behind {text[max(at - 20, 0) : at]}"
        added += text[at:found]
        at = found + len(block)
    added += text[at:]

    if issue.profile.contents_numbers:
        assert set(added) <= set("·0123456789")
    elif issue.document == everything():
        assert added == _REPEATED
    else:
        assert added == ""


@pytest.mark.parametrize("character", RARE)
def test_rare_characters_are_printed_from_the_fallback_face(printed, character):
    for page in printed("everything").pages:
        for glyph in page.glyphs:
            if glyph.text == character and glyph.size < 17:
                assert glyph.font == "Bulletin-Rare"
                assert glyph.x1 - glyph.x0 == pytest.approx(5.64, abs=0.05)


def test_rare_characters_are_found_in_the_text(printed):
    text = stream(printed("everything"))

    for character in RARE:
        assert character in text


def test_markup_characters_are_printed_as_they_are(pictures):
    body = "<p>产值&lt;5万元&amp;税收&gt;3万元的“小微”企业</p>"
    article = make_article("比较<甲>与&乙", body=body, source="<县>发改委")
    section = make_document().sections[0]
    document = make_document(
        sections=(type(section)("", section.kind, (article,)),), editor="<李四>"
    )
    text = stream(print_issue(document, LayoutProfile(), pictures))

    assert "产值<5万元&税收>3万元的“小微”企业" in text
    assert "比较<甲>与&乙" in text
    assert "（<县>发改委供稿）" in text
    assert "责任编辑：<李四>" in text


def test_every_face_is_one_of_the_projects_own(printed):
    own = {"FandolFang", "FandolKai", "FandolHei", "Bulletin-Title", "Bulletin-Rare"}
    for name in CASES:
        for page in printed(name).pages:
            assert {glyph.font for glyph in page.glyphs} <= own
