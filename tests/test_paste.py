"""What Word, WPS, LibreOffice and browsers put on the clipboard, as article bodies."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins import markup
from bulletins.markup import rtf

PICTURE = "/media/pictures/0123456789abcdef.png"


def paste(pasted: str) -> str:
    return markup.clean_paste(pasted, lambda src: PICTURE).body


def test_what_each_program_copies_comes_out_to_the_character(documents):
    for name in ("word-365", "wps", "libreoffice"):
        pasted = (documents / "clipboard" / f"{name}.html").read_text("utf-8")
        expected = (documents / "clipboard" / f"{name}.expected.html").read_text(
            "utf-8"
        )

        assert paste(pasted) == expected.replace("\n", ""), name


def test_windows_line_ends_make_no_difference(documents):
    pasted = (documents / "clipboard" / "word-365.html").read_text("utf-8")

    assert paste(pasted.replace("\n", "\r\n")) == paste(pasted)


@pytest.mark.parametrize(
    ("pasted", "cleaned"),
    [
        ("<p>　　段首缩进&nbsp;</p>", "<p>段首缩进</p>"),
        ("<p>甲\n乙</p>", "<p>甲乙</p>"),
        ("<p>half\nwidth</p>", "<p>half width</p>"),
        ("<p>张　三</p>", "<p>张　三</p>"),
        ("<p><b>一、总体要求</b></p>", "<h2>一、总体要求</h2>"),
        ("<p>一、抓好落实。</p>", "<p>一、抓好落实。</p>"),
        ("<p>1.张三</p>", "<p>1.张三</p>"),
        ("<p><b>1.张三</b></p>", "<h4>1.张三</h4>"),
        ("<h1>甲</h1><h2>乙</h2><h3>丙</h3>", "<h2>甲</h2><h3>乙</h3><h4>丙</h4>"),
        ("<h2>甲</h2><h3>乙</h3>", "<h2>甲</h2><h3>乙</h3>"),
        (
            "<h1>一、加强领导。各单位要抓好落实。</h1>",
            "<p>一、加强领导。各单位要抓好落实。</p>",
        ),
        ('<b style="font-weight:normal"><p>网页</p></b>', "<p>网页</p>"),
        ('<p>CO<span style="vertical-align:sub">2</span></p>', "<p>CO<sub>2</sub></p>"),
        ('<p><a href="#_ftn1">[1]</a></p>', "<p>[1]</p>"),
        (
            '<p><a href="https://www.example.cn/">链</a></p>',
            '<p><a href="https://www.example.cn/">链</a></p>',
        ),
        ('<ol type="a" start="2"><li>乙<li>丙</ol>', "<p>b.乙</p><p>c.丙</p>"),
        (
            "<table><caption>表1</caption><tr><td>甲</table>",
            '<p class="ta-center">表1</p><table><tbody><tr><td>甲</td></tr></tbody></table>',
        ),
        ('<p><span class="MsoDel">删</span><s>留</s></p>', "<p>留</p>"),
        ("Version:0.9\nStartHTML:00000097\n<html><body><p>甲</p>", "<p>甲</p>"),
        ("纯文字", "<p>纯文字</p>"),
        ("", ""),
    ],
)
def test_pasting_keeps_what_is_meant_and_drops_what_only_looks(pasted, cleaned):
    assert paste(pasted) == cleaned


def test_a_picture_that_cannot_be_taken_is_counted_and_its_text_stays():
    found = markup.clean_paste(
        '<p>前<img src="file:///C:/x.png">后<img src="http://evil.example/x.png"></p>',
        lambda src: None,
    )

    assert found == markup.Pasted("<p>前后</p>", 2)


@pytest.mark.parametrize(
    ("alt", "kept"), [("图片 1", ""), ("推进会会场", "推进会会场"), (r"C:\x\1.png", "")]
)
def test_a_name_word_made_up_describes_no_picture(alt, kept):
    described = f' alt="{kept}"' if kept else ""

    assert paste(f'<img src="file:///x.png" alt="{alt}">') == (
        f'<p><img src="{PICTURE}"{described}></p>'
    )


# --- whatever comes ---------------------------------------------------------------

_TEXT = st.text("一二、（）1.。甲乙a b　\n&<\xa0", min_size=1, max_size=8)
_OPEN = st.sampled_from(
    [
        "<p>", "<p class=MsoNormal align=center>", "<div style='text-align:right'>", "<b>",
        "<span style='font-weight:bold;font-family:黑体'>", "<h1>", "<h3>", "<ul><li>",
        "<ol start=3><li>", "<table><tr><td colspan=2>", "<table><tr height=0><td>", "<td>",
        "<o:p>", "<font face=x>", "<a href='https://a.cn/'>", "<a href='javascript:x'>",
        "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>", "<sup>", "<br>",
        "<img src='file:///x.png' alt='图'>", "<center>", "<blockquote>", "<th>", "<caption>",
    ]
)  # fmt: skip
_CLOSE = st.sampled_from(
    [
        "</p>",
        "</b>",
        "</span>",
        "</div>",
        "</li></ul>",
        "</td></tr></table>",
        "</a>",
        "<hr>",
    ]
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_PASTED = st.lists(
    st.one_of(_TEXT.map(_escaped), _OPEN, _CLOSE), min_size=1, max_size=14
).map("".join)


class _Seen(HTMLParser):
    """Collects the letters of a text, and its tags and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.letters = ""
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_data(self, data):
        self.letters += "".join(data.split())


def _seen(html: str) -> _Seen:
    parser = _Seen()
    parser.feed(html)
    parser.close()
    return parser


@given(_PASTED)
def test_pasting_loses_no_letter(pasted):
    # A caption stands before its table, and a list's own counting adds letters.
    before = sorted(re.sub(r"\s", "", _seen(pasted).letters))
    after = sorted(re.sub(r"\s", "", _seen(paste(pasted)).letters))

    for letter in set(before) - set("0123456789.a"):
        # A bullet is a letter of a font of signs.
        may_be_bullet = "Ignore" in pasted and (letter in "ab" or not letter.isalnum())
        assert may_be_bullet or after.count(letter) == before.count(letter)


@given(_PASTED)
def test_pasting_twice_is_pasting_once(pasted):
    once = paste(pasted)

    assert paste(once) == once


@given(
    _PASTED | st.text(max_size=60) | st.text("<>/pbdiv style=\"'-:;&mso", max_size=80)
)
def test_pasting_lets_nothing_through_that_bodies_may_not_have(pasted):
    found = _seen(paste(pasted))

    allowed = {*markup.BLOCKS, "strong", "em", "u", "sup", "sub", "br", "a", "img"}
    assert found.tags <= allowed
    assert {name for name, _ in found.attributes} <= {
        "class", "colspan", "rowspan", "href", "src", "alt"
    }  # fmt: skip


@given(st.text("<>/pbdiv tablerspnou=\"'-:;&", max_size=400))
def test_cleaning_what_was_pasted_once_more_changes_nothing(pasted):
    body = paste(pasted)

    assert markup.clean(body) == body


@pytest.mark.parametrize(
    "hostile",
    ["<div>" * 30_000, "<b><i>" * 50_000, "<ul><li>" * 5_000, "<td>" * 50_000],
)
def test_what_no_program_copies_is_cleaned_before_anybody_gets_impatient(hostile):
    assert markup.paragraphs(paste(f"{hostile}字")) == ["字"]


def test_style_sheets_that_never_end_swallow_only_themselves():
    assert paste("<p>字</p>" + "<style" * 50_000) == "<p>字</p>"


# --- the pictures of the RTF ------------------------------------------------------


def test_the_pictures_of_the_rtf_come_in_their_order_without_their_old_copies():
    rich = (
        r"{\rtf1\ansi{\header {\pict\pngblip 00}}{\fonttbl{\f0 a;}}\pard "
        r"{\*\shppict{\pict{\*\picprop{\sp{\sn a}{\sv b}}}\picscalex100\pngblip\bliptag-9"
        "\r\n{\\*\\blipuid 0011}8950\n4e47}}{\\nonshppict{\\pict\\wmetafile8 01}}"
        r"{\pict\jpegblip ffd8}{\pict\emfblip 0202}{\pict\pngblip xyz}}"
    )

    assert rtf.pictures(rich) == [b"\x89PNG", b"\xff\xd8", None, None]


@given(st.text("{}\\pict*pngblip 0af'\n", max_size=200))
def test_no_rtf_breaks_the_reader(rich):
    assert all(
        found is None or isinstance(found, bytes) for found in rtf.pictures(rich)
    )
