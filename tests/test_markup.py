"""Article bodies: what cleaning keeps, maps and drops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins import markup

PICTURE = "/media/pictures/0123456789abcdef.png"


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("纯文字", "<p>纯文字</p>"),
        ("<p>一</p>\r\n\r\n\t<p>二</p>", "<p>一</p><p>二</p>"),
        ("<p>&nbsp;</p><p>一<br></p><p></p>", "<p>一</p>"),
        ("<p><b>粗</b><i>斜</i></p>", "<p><strong>粗</strong><em>斜</em></p>"),
        ("<div>段</div>", "<p>段</p>"),
        ("<h1>一、级</h1>", "<h2>一、级</h2>"),
        (
            '<p style="text-align: right; color: red">右</p>',
            '<p class="ta-right">右</p>',
        ),
        ('<p class="ta-center MsoNormal">中</p>', '<p class="ta-center">中</p>'),
        ('<p class="MsoNormal">文</p>', "<p>文</p>"),
        (
            '<table><tr><td colspan="2">甲</td></tr></table>',
            '<table><tbody><tr><td colspan="2">甲</td></tr></tbody></table>',
        ),
        ('<td colspan="99999">', ""),
        (f'<p><img src="{PICTURE}"></p>', f'<p><img src="{PICTURE}"></p>'),
        ('<p>图<img src="https://evil.example/x.png"></p>', "<p>图</p>"),
        (
            '<p><a href="https://www.example.cn/a?b=1&amp;c">链</a></p>',
            '<p><a href="https://www.example.cn/a?b=1&amp;c">链</a></p>',
        ),
        ("一\x00\x08二\ufeff", "<p>一二</p>"),
        ("<p>1 &lt; 2 &amp; 3</p>", "<p>1 &lt; 2 &amp; 3</p>"),
    ],
)
def test_cleaning_keeps_what_official_text_needs(dirty, cleaned):
    assert markup.clean(dirty) == cleaned


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">链</a>',
        '<a href="  java\tscript:alert(1)">链</a>',
        '<a href="//evil.example/">链</a>',
        '<a href="\\\\evil.example\\x">链</a>',
        '<a href="https:/\\evil.example">链</a>',
        '<a href="data:text/html,x">链</a>',
        '<a href="file:///etc/passwd">链</a>',
        '<p style="background:url(https://evil.example)">段</p>',
        '<p onclick="alert(1)">段</p>',
        "<svg onload=alert(1)><use href='#a'/></svg>",
        "<iframe src='https://evil.example'></iframe>",
        '<link rel=attachment href="file:///etc/passwd">',
        "<style>@import url(https://evil.example)</style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<img src="/media/pictures/../../etc/passwd.png">',
        '<object data="https://evil.example"></object>',
        "<b><b><b onmouseover=alert(1)>粗",
    ],
)
def test_cleaning_drops_what_could_run_or_fetch(hostile):
    cleaned = markup.clean(hostile)

    for trace in ("alert", "evil", "script", "style", "on", "etc", "data:", "file:"):
        assert trace not in cleaned.replace("strong", "")


@given(st.text(max_size=60) | st.text("<>/pbdiv hrfsc=\"'&;:一 \n", max_size=80))
def test_cleaning_twice_is_cleaning_once(text):
    once = markup.clean(text)

    assert markup.clean(once) == once


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=40))
def test_plain_text_survives_as_a_paragraph(text):
    text = " ".join(text.replace("\ufeff", "").split())
    body = markup.clean(markup.paragraph(text))

    assert markup.paragraphs(body) == ([text] if text else [])


def test_blocks_tell_headings_cells_and_breaks_apart():
    body = "<h2>一、总体</h2><p>甲<br>乙</p><table><tbody><tr><td>丙</td></tr></tbody></table>"

    assert markup.blocks(body) == [("h2", "一、总体"), ("p", "甲\n乙"), ("td", "丙")]


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>字" + "<strong><em>" * 40_000,
        "<p>字" + "<b></i>" * 40_000,
        "<p>字" + "<p><strong><em> <br></em></strong></p>" * 20_000,
        "字" + "<ul><li>" * 60_000,
        "字" + "<br>" * 100_000,
        "字" + " " * 400_000,
    ],
)
def test_what_no_editor_writes_is_cleaned_before_anybody_gets_impatient(hostile):
    assert markup.clean(hostile) == "<p>字</p>"


def test_of_a_body_nested_beyond_all_reason_the_text_and_its_paragraphs_stay():
    deep = (
        "<div><table><tr><td>甲<b>乙</b><script>x()</script></td></tr></table>" * 1_200
    )

    assert markup.clean(deep) == "<p>甲乙</p>" * 1_200


def test_lists_within_lists_stay_as_they_are():
    nested = "<ul><li>甲" * 40 + "</li></ul>" * 40

    assert markup.clean(nested) == nested
