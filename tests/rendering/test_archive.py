"""What an archive asks of the PDF, as far as its structure shows it.

No validator of PDF/A is among the packages this project can name: what ISO 19005-2
asks of the structure is checked here with pikepdf.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from bulletins.document import digest
from bulletins.rendering.errors import RenderError
from bulletins.rendering.pdf import render_pdf
from bulletins.rendering.profile import LayoutProfile
from tests.factories import make_article, make_document
from tests.rendering.cases import CASES
from tests.rendering.documents import PICTURE, everything, sample
from tests.rendering.test_page import every_case

_PROJECT = Path(__file__).parents[2]
_PRINT_SAMPLE = """
import hashlib, django
django.setup()
from bulletins.rendering.pdf import render_pdf
from tests.rendering.documents import sample
print(hashlib.sha256(render_pdf(sample())).hexdigest())
"""


@pytest.fixture(scope="session")
def opened(printed):
    """Return the PDF of that name, opened with pikepdf and kept open."""
    kept = {}

    def by_name(name):
        if name not in kept:
            kept[name] = pikepdf.open(io.BytesIO(printed(name).pdf))
        return kept[name]

    return by_name


def information(pdf):
    """Return what the document information says, as text."""
    return {key: str(value) for key, value in pdf.docinfo.items()}


def elements(pdf):
    """Return every structure element of the PDF in reading order."""
    found = []
    waiting = [pdf.Root.StructTreeRoot.K]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(reversed(list(node)))
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append(node)
            waiting.append(node.get("/K", pikepdf.Array()))
    return found


def fonts(pdf):
    """Return every font the pages use."""
    for page in pdf.pages:
        yield from page.Resources.get("/Font", {}).values()


# --- identity ---------------------------------------------------------------------


def test_the_same_issue_gives_the_same_bytes(printed):
    issue = printed("sample")

    assert render_pdf(sample()) == issue.pdf


def test_another_process_gives_the_same_bytes(printed):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "wuxiao_bulletin.settings",
        "PYTHONHASHSEED": "7",
        "TZ": "America/Lima",
    }
    ran = subprocess.run(
        [sys.executable, "-c", _PRINT_SAMPLE],
        cwd=_PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == hashlib.sha256(printed("sample").pdf).hexdigest()


# --- metadata ---------------------------------------------------------------------


def test_it_says_what_it_is(opened):
    info = information(opened("sample"))

    assert info["/Title"] == "许昌市“无废城市”建设试点工作简报 第56期"
    assert info["/Author"] == "许昌市“无废城市”建设试点工作推进小组办公室"
    assert info["/Subject"].startswith("全国“无废城市”建设试点推进会在绍兴召开；")
    assert info["/Keywords"] == "工作简报"
    assert info["/CreationDate"] == "D:20200915000000+08'00"
    assert "/ModDate" not in info


@every_case
def test_the_xmp_says_the_same_and_claims_pdf_a_2a(printed, opened, name):
    pdf = opened(name)
    info = information(pdf)
    with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
        assert xmp["pdfaid:part"] == "2"
        assert xmp["pdfaid:conformance"] == "A"
        assert xmp["dc:title"] == info["/Title"]
        assert xmp["dc:creator"] == [info["/Author"]]
        assert xmp["dc:description"] == info["/Subject"]
        assert xmp["pdf:Keywords"] == info["/Keywords"]
        assert xmp["pdf:Producer"] == info["/Producer"]
        assert xmp["xmp:CreateDate"][:10].replace("-", "") in info["/CreationDate"]
        assert xmp["dc:language"] == {"zh-CN"}
        expected = f"urn:sha256:{digest(printed(name).document)}"
        assert xmp["dc:identifier"] == expected


def test_a_draft_without_a_date_has_no_creation_date():
    pdf = pikepdf.open(io.BytesIO(render_pdf(make_document(number=None, date=None))))

    assert "/CreationDate" not in pdf.docinfo


# --- structure --------------------------------------------------------------------


@every_case
def test_it_keeps_what_pdf_a_2_asks_of_every_file(opened, name):
    pdf = opened(name)
    root = pdf.Root

    assert not pdf.is_encrypted
    assert "/ID" in pdf.trailer
    (intent,) = root.OutputIntents
    assert intent.S == "/GTS_PDFA1"
    assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
    for forbidden in (
        "/AA",
        "/OpenAction",
        "/AcroForm",
        "/OCProperties",
        "/Collection",
    ):
        assert forbidden not in root
    assert "/EmbeddedFiles" not in root.get("/Names", {})
    assert "/JavaScript" not in root.get("/Names", {})


@every_case
def test_every_font_is_embedded_and_maps_to_unicode(opened, name):
    for font in fonts(opened(name)):
        (descendant,) = font.DescendantFonts
        descriptor = descendant.FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert "/ToUnicode" in font
        assert str(descriptor.FontName)[7:8] == "+"
        if descendant.Subtype == "/CIDFontType2":
            assert descendant.CIDToGIDMap == "/Identity"


@every_case
def test_links_are_shown_in_print_and_lead_nowhere_strange(opened, name):
    for page in opened(name).pages:
        for link in page.get("/Annots", []):
            assert link.Subtype == "/Link"
            assert int(link.F) & 4
            assert not int(link.F) & 1
            action = link.get("/A")
            assert action is None or action.S == "/URI"


@every_case
def test_it_is_tagged_in_chinese(opened, name):
    root = opened(name).Root

    assert root.Lang == "zh-CN"
    assert root.MarkInfo.Marked is True
    assert root.ViewerPreferences.DisplayDocTitle is True
    for page in opened(name).pages:
        if page.Contents.read_bytes().strip():
            assert "/StructParents" in page


def test_headings_lists_tables_and_pictures_are_tagged(opened):
    kinds = [str(element.S) for element in elements(opened("everything"))]

    for kind in ("H1", "H2", "H3", "H4", "H5", "P", "L", "LI", "Link", "Figure"):
        assert f"/{kind}" in kinds, kind
    for kind in ("Table", "TR", "TH", "TD", "Caption"):
        assert f"/{kind}" in kinds, kind
    assert kinds.count("/H1") == 1


def test_a_picture_has_its_alternative_text(opened):
    figures = [e for e in elements(opened("everything")) if e.S == "/Figure"]

    assert [str(figure.Alt) for figure in figures] == ["会议现场照片"]


def test_bookmarks_are_the_contents(opened):
    with opened("sample").open_outline() as outline:
        titles = [item.title for item in outline.root]

    assert titles == [
        "全国“无废城市”建设试点推进会在绍兴召开",
        "贯彻“三个一”要求\u3000打造无废许昌样板",
        "全市污染防治攻坚战暨“无废城市”建设试点第八次工作推进会召开",
        "市政协就我市“无废城市”建设试点工作开展对口协商",
        "简讯",
    ]


def test_bookmarks_of_articles_stand_below_their_section(opened):
    with opened("everything").open_outline() as outline:
        tree = {
            item.title: [child.title for child in item.children]
            for item in outline.root
        }

    assert list(tree) == ["工作动态", "数据之窗", "简讯"]
    assert tree["数据之窗"] == ["各乡镇重点项目进展"]


def test_bookmarks_lead_to_the_page_of_their_article(opened, printed):
    pdf, issue = opened("sample"), printed("sample")
    pages = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    with pdf.open_outline() as outline:
        found = [pages[item.destination[0].objgen] for item in outline.root]

    assert found == [1, 3, 3, 4, 5]
    assert len(issue.pages) == 6


# --- what is not read -------------------------------------------------------------


def with_picture(name):
    """Return an issue with a picture of that name."""
    body = f'<p>见图：</p><p><img src="/media/pictures/{name}" alt="图"></p>'
    section = make_document().sections[0]
    article = make_article(body=body)
    return make_document(sections=(type(section)("", section.kind, (article,)),))


def test_a_picture_that_is_not_there_stops_the_printing(pictures):
    with pytest.raises(RenderError, match=r"找不到图片 fedcba9876543210\.png"):
        render_pdf(with_picture("fedcba9876543210.png"), pictures=pictures)


def test_without_a_folder_no_picture_is_read():
    with pytest.raises(RenderError, match="不允许读取"):
        render_pdf(with_picture(PICTURE))


def test_every_profile_keeps_to_one_producer(opened):
    for name in CASES:
        assert information(opened(name))["/Producer"] == "WeasyPrint 70.0"


def test_the_profile_changes_the_layout_not_the_identity(printed):
    plain, mirrored = printed("everything"), printed("mirrored")

    assert plain.pdf != mirrored.pdf
    assert digest(plain.document) == digest(mirrored.document) == digest(everything())


@pytest.mark.parametrize(
    "wrong",
    [{"rows_per_page": 30}, {"title_size": 18}, {"red": "red;}"}, {"grid": "none"}],
)
def test_a_profile_refuses_what_it_cannot_set(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LayoutProfile(**wrong)
