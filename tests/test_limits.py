"""What is too large to render is said at once, with the name of the article."""

import struct
import zlib

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from PIL import Image

from bulletins import rendering, workflow
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.findings import Severity
from tests.factories import (
    make_article,
    make_brief,
    make_clerk,
    make_document,
    make_issue,
    make_user,
)

PICTURE = "0123456789abcdef"
SHOWN = f'<figure><img src="/media/pictures/{PICTURE}.png" alt="图"></figure>'


def document_with(body: str):
    article = make_article("县作风办召开推进会", body=body)
    return make_document(sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),))


def messages(document, pictures=None) -> list[str]:
    return [finding.message for finding in rendering.excesses(document, pictures)]


def table(rows: int, cells: str = "<td>甲</td><td>乙</td>") -> str:
    return f"<table><tbody>{f'<tr>{cells}</tr>' * rows}</tbody></table>"


def picture(folder, width: int, height: int) -> str:
    """Save a picture and return the HTML that shows it."""
    Image.new("1", (width, height)).save(folder / f"{PICTURE}.png")
    return SHOWN


def huge_picture(folder, width: int, height: int) -> str:
    """Save the head of a picture, without the pixels that take long to make."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(b"")))
    (folder / f"{PICTURE}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)
    )
    return SHOWN


def chunk(kind: bytes, content: bytes) -> bytes:
    length, check = len(content), zlib.crc32(kind + content)
    return struct.pack(">I", length) + kind + content + struct.pack(">I", check)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (table(10_000), "文章“县作风办召开推进会”有10,000行的表格，一张表最多500行"),
        (
            table(1, '<td colspan="9999">甲</td>'),
            "文章“县作风办召开推进会”有9,999列的表格，最多30列",
        ),
        (
            table(400, "<td>甲</td>" * 20),
            "文章“县作风办召开推进会”的表格共8,000格，最多5,000格",
        ),
        (
            f"<p>{'国' * 500_000}</p>",
            "文章“县作风办召开推进会”有一段长500,000字，一段最多5,000字，"
            "请分段：“国国国国国国国国国国……”",
        ),
        (
            f"<p>甲{'<br>' * 6_000}乙</p>",
            "文章“县作风办召开推进会”有一段长6,002字，一段最多5,000字，请分段：“甲……”",
        ),
        (
            "<ul><li>" * 500 + "深" + "</li></ul>" * 500,
            "文章“县作风办召开推进会”的格式嵌套了1,000层，最多50层",
        ),
        (
            f"<p>{'国' * 4_000}</p>" * 80,
            "文章“县作风办召开推进会”的正文有320,560字符，最多300,000字符",
        ),
    ],
)
def test_what_is_too_large_is_an_error_naming_the_article(body, expected):
    findings = rendering.excesses(document_with(body), None)

    assert expected in [finding.message for finding in findings]
    assert {finding.severity for finding in findings} == {Severity.ERROR}


@pytest.mark.parametrize(
    "body",
    [
        table(500),
        table(300) + table(300),
        table(1, "<td>甲</td>" * 30),
        f"<p>{'国' * 5_000}</p>",
        "<p>" + "国" * 4_000 + "</p><p>" + "国" * 4_000 + "</p>",
        "<ul><li>" * 25 + "深" + "</li></ul>" * 25,
        # An ampersand is one character, however it is written.
        f"<p>{'&amp;' * 5_000}</p>",
        # What a file leaves open is not nested.
        "<p>段" * 200,
        "<ul>" + "<li>项" * 200 + "</ul>",
        "<table>" + "<tr><td>甲<td>乙" * 200 + "</table>",
        "<p>甲<br>乙</p>" * 100,
    ],
)
def test_what_an_office_really_writes_is_within_the_bounds(body):
    assert messages(document_with(body)) == []


def test_brief_items_and_the_note_have_paragraphs_too():
    long = "国" * 5_001
    brief = make_brief("麦岭镇开展环境整治", text=long)
    document = make_document(
        sections=(SectionEntry("简讯", SectionKind.BRIEFS, (brief,)),)
    )

    assert messages(document)[0].startswith("简讯“麦岭镇开展环境整治”有一段长5,011字")


def test_all_bodies_together_are_bounded_and_the_longest_is_named():
    long, short = (f"<p>{'国' * 4_000}</p>" * count for count in (70, 60))
    articles = (
        make_article("短的", body=short),
        make_article("长的", body=long),
        make_article("又一篇", body=short),
    )
    document = make_document(
        sections=(SectionEntry("", SectionKind.ARTICLES, articles),)
    )

    (message,) = messages(document)

    assert "最多600,000字符，请分期印发；其中最长的是文章“长的”" in message


def test_a_picture_is_judged_by_its_header(tmp_path):
    body = huge_picture(tmp_path, 12_000, 12_000)

    (message,) = messages(document_with(body), tmp_path)

    assert message == (
        "文章“县作风办召开推进会”的第1幅图片有14,400万像素，最多2,500万像素，请缩小后再用"
    )


def test_a_picture_pillow_itself_calls_a_bomb_is_told_the_same_way(tmp_path):
    body = huge_picture(tmp_path, 20_000, 20_000)

    (message,) = messages(document_with(body), tmp_path)

    assert "的第1幅图片有数亿像素，最多2,500万像素" in message


def test_a_picture_of_an_ordinary_camera_is_fine(tmp_path):
    assert messages(document_with(picture(tmp_path, 6_000, 4_000)), tmp_path) == []


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_picture_that_is_not_there_is_told(tmp_path, has_folder):
    body = f'<p><img src="/media/pictures/{PICTURE}.jpg" alt=""></p>'

    (message,) = messages(document_with(body), tmp_path if has_folder else None)

    assert message == (
        f"文章“县作风办召开推进会”的第1幅图片找不到文件（{PICTURE}.jpg）"
    )


@pytest.mark.parametrize("kept", [0, 2, 40, -8])
def test_a_file_that_is_no_whole_picture_is_told(tmp_path, kept):
    body = picture(tmp_path, 640, 480)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:kept])

    (message,) = messages(document_with(body), tmp_path)

    assert "的第1幅图片已损坏，或者不是图片" in message


def test_a_picture_from_elsewhere_is_never_looked_for(tmp_path):
    body = '<p>字<img src="/media/pictures/../../etc/passwd" alt=""></p>'

    assert messages(document_with(body), tmp_path) == []


@pytest.mark.parametrize("unit", ["<", "<!--", "</", "<a ", '<p x="', "<![CDATA["])
def test_a_body_made_to_stall_a_parser_is_judged_in_one_pass(unit):
    messages(document_with(unit * (900_000 // len(unit))))


def test_nothing_that_is_too_large_is_rendered():
    with pytest.raises(rendering.RenderError, match="有10,000行的表格") as raised:
        rendering.render_pdf(document_with(table(10_000)))

    assert "县作风办召开推进会" in str(raised.value)
    assert rendering.render_pdf(make_document()).startswith(b"%PDF-")


@pytest.mark.django_db
def test_an_issue_that_is_too_large_is_not_submitted():
    issue = make_issue(sections=document_with(table(10_000)).sections)

    with pytest.raises(
        workflow.Refused, match="文章“县作风办召开推进会”有10,000行的表格"
    ):
        workflow.submit(issue, by=make_clerk())


@pytest.mark.django_db
def test_the_preview_of_an_issue_that_is_too_large_says_why(client):
    issue = make_issue(sections=document_with(table(10_000)).sections)
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))
    client.force_login(user)

    url = reverse("admin:bulletins_issue_preview_pdf", args=[issue.pk])
    page = client.get(url, follow=True).content.decode()

    assert "不能预览：文章“县作风办召开推进会”有10,000行的表格，一张表最多500行" in page
