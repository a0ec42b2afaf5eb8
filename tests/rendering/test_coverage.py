"""A character no font has is found before anything is printed, with its place."""

from __future__ import annotations

import pytest

from bulletins.bounds import SectionKind
from bulletins.document import Marks, Recipients, SectionEntry
from bulletins.rendering.coverage import missing_characters
from tests.factories import make_article, make_brief, make_document, make_masthead
from tests.rendering.documents import RARE, everything, sample

LACKING = "\U0002a6d6"  # a character of extension B that no face here has


def sections(kind, *items):
    """Return the one section of an issue."""
    return (SectionEntry("", kind, items),)


def test_what_our_fonts_have_is_no_finding():
    assert missing_characters(sample()) == []
    assert missing_characters(everything()) == []


@pytest.mark.parametrize("character", RARE + "昇玥珺翀赟㛃")
def test_rare_characters_of_names_are_no_finding(character):
    document = make_document(bulletin=make_masthead(office=f"{character}办公室"))

    assert missing_characters(document) == []


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"bulletin": make_masthead(office=LACKING)}, "报头"),
        ({"marks": Marks(secrecy=LACKING)}, "密级等标志"),
        ({"editors_note": LACKING}, "编者按"),
        ({"recipients": Recipients(send=(LACKING,))}, "“送”的单位"),
        ({"signatory": LACKING}, "版记"),
        (
            {
                "sections": sections(
                    SectionKind.ARTICLES,
                    make_article("防汛工作", body=f"<p>张{LACKING}出席。</p>"),
                )
            },
            "文章“防汛工作”",
        ),
        (
            {
                "sections": sections(
                    SectionKind.BRIEFS, make_brief("消息", text=LACKING)
                )
            },
            "简讯“消息”",
        ),
    ],
)
def test_a_character_no_font_has_is_a_finding_with_its_place(fields, place):
    (finding,) = missing_characters(make_document(**fields))

    assert finding.rule == "FN01"
    assert finding.message == f"{place}中的“{LACKING}”（U+2A6D6）没有字体可以印出"
    assert finding.excerpt == LACKING
