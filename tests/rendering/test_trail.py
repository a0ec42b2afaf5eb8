"""The 审签单: what it says, page after page, and that it can be archived."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest

from bulletins import rendering
from bulletins.rendering import pdf, worker, worker_process
from bulletins.rendering.trail import TrailEdition, TrailRow, TrailSheet, to_values

_PROJECT = Path(__file__).parents[2]
_PRINT_SHEET = """
import sys, django
django.setup()
from bulletins.rendering.pdf import render_trail_pdf
from tests.rendering.test_trail import make_sheet
sys.stdout.buffer.write(render_trail_pdf(make_sheet()))
"""


def make_row(**fields) -> TrailRow:
    values: dict[str, Any] = {
        "when": "2024年12月14日 10:30",
        "who": "李国强",
        "move": "退回",
        "step": "分管领导审签",
        "opinion": "第二段数字与附表不符，请核实。",
        "digest": "a1b2c3d4" + "0" * 56,
    }
    return TrailRow(**{**values, **fields})


def make_sheet(**fields) -> TrailSheet:
    values: dict[str, Any] = {
        "bulletin": "襄城县作风建设工作简报",
        "issue": "第8期 总第132期",
        "date": "2024年12月16日",
        "contents": ("县作风办召开推进会", "简讯"),
        "rows": (make_row(move="送审", step="", opinion=""), make_row()),
        "editions": (
            TrailEdition(1, "2024年12月16日 09:20", "0123456789abcdef" * 4),
            TrailEdition(2, "2024年12月17日 08:00", "f" * 64, "供稿单位有误。"),
        ),
    }
    return TrailSheet(**{**values, **fields})


@pytest.fixture(scope="module")
def printed():
    return pdf.render_trail_pdf(make_sheet())


def page_texts(content: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(content)) as opened:
        return [page.extract_text().replace(" ", "") for page in opened.pages]


def words(content: bytes) -> str:
    return "".join("".join(page_texts(content)).split())


def boxes(content: bytes):
    with pdfplumber.open(io.BytesIO(content)) as opened:
        for page in opened.pages:
            yield from page.chars


# --- what it says -----------------------------------------------------------------


def test_it_says_all_the_sheet_says(printed):
    said = words(printed)

    assert said.startswith("襄城县作风建设工作简报审签单")
    for text in ("第8期总第132期", "县作风办召开推进会", "李国强", "分管领导审签",
                 "第二段数字与附表不符，请", "核实。", "2024年12月14日", "供稿单位有误。",
                 "0123456789abcdef" * 4, "f" * 64):  # fmt: skip
        assert text in said


def test_of_a_moves_digest_it_says_the_first_eight_digits(printed):
    assert "a1b2c3d4" in words(printed)
    assert "a1b2c3d40" not in words(printed)


def test_an_issue_without_history_has_a_sheet_too():
    said = words(pdf.render_trail_pdf(TrailSheet("工作简报", "第1期")))

    assert "尚无流转记录" in said
    assert "印发的版本" not in said


def test_every_page_has_its_number_and_the_head_of_the_table():
    pages = page_texts(pdf.render_trail_pdf(make_sheet(rows=(make_row(),) * 40)))

    assert len(pages) > 2
    for number, text in enumerate(pages[:-1], start=1):
        assert "时间经办人事项意见摘要值" in text
        assert text.endswith(f"第{number}页，共{len(pages)}页")
    for text in pages[1:]:
        assert text.startswith("襄城县作风建设工作简报审签单第8期总第132期")


def test_an_opinion_longer_than_a_page_goes_on_over_the_next_and_loses_nothing():
    opinion = "".join(f"第{number}条意见，请核实。" for number in range(1, 200))
    content = pdf.render_trail_pdf(make_sheet(rows=(make_row(opinion=opinion),)))

    with pdfplumber.open(io.BytesIO(content)) as opened:
        parts = [
            "".join(row[3] or "" for row in table[1:])
            for page in opened.pages
            for table in page.extract_tables()
            if len(table[0]) == 5
        ]

    assert len(parts) > 1
    assert "".join("".join(parts).split()) == opinion


def test_the_lines_of_an_opinion_stay_lines():
    opinion = "一、数字请核实。\n二、标题请改短。"
    content = pdf.render_trail_pdf(make_sheet(rows=(make_row(opinion=opinion),)))
    baselines = {
        char["text"]: round(char["bottom"])
        for char in boxes(content)
        if char["text"] in "实短"
    }

    assert baselines["短"] > baselines["实"]


def test_nothing_stands_outside_of_the_margins():
    long = "很长很长的" * 40
    sheet = make_sheet(
        bulletin="许昌市“无废城市”建设试点及生态文明示范创建工作推进情况简报",
        contents=(long,),
        rows=(make_row(who="w" * 80, move=long, step=long, opinion="x" * 500),),
    )

    for char in boxes(pdf.render_trail_pdf(sheet)):
        assert char["x0"] >= 28 / 25.4 * 72 - 0.5
        assert char["x1"] <= (210 - 22) / 25.4 * 72 + 0.5


def test_markup_in_an_opinion_is_text():
    content = pdf.render_trail_pdf(
        make_sheet(rows=(make_row(opinion="<b>改</b>&amp;"),))
    )

    assert "<b>改</b>&amp;" in words(content)


def test_a_character_without_a_glyph_is_shown_and_explained():
    content = pdf.render_trail_pdf(make_sheet(rows=(make_row(opinion="同意👍"),)))

    assert "同意〓" in words(content)
    assert "“〓”代替字库中没有的字符" in words(content)


def test_where_nothing_is_missing_nothing_is_explained(printed):
    assert "〓" not in words(printed)


# --- as a file for the archive ----------------------------------------------------


def test_it_is_an_a4_page_in_the_faces_of_the_project(printed):
    with pdfplumber.open(io.BytesIO(printed)) as opened:
        (page,) = opened.pages
        title = [c for c in page.chars if c["size"] > 20]
        faces = {c["fontname"].partition("+")[2].partition("-")[0] for c in page.chars}

    assert (round(page.width / 72 * 25.4), round(page.height / 72 * 25.4)) == (210, 297)
    assert all("Bulletin-Title" in c["fontname"] for c in title)
    assert "FandolFang" in faces
    assert faces <= {"FandolFang", "FandolKai", "FandolHei", "Bulletin"}


def test_it_claims_pdf_a_and_names_its_content(printed):
    with pikepdf.open(io.BytesIO(printed)) as opened:
        with opened.open_metadata(set_pikepdf_as_editor=False) as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "A")
            assert xmp["dc:identifier"] == f"urn:sha256:{make_sheet().digest}"
            assert xmp["dc:language"] == {"zh-CN"}
            assert xmp["dc:title"] == "襄城县作风建设工作简报 第8期 总第132期 审签单"
        assert bool(opened.Root.MarkInfo.Marked)
        assert opened.Root.Lang == "zh-CN"


def test_another_process_gives_the_same_bytes(printed):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "wuxiao_bulletin.settings",
        "PYTHONHASHSEED": "7",
        "TZ": "America/Lima",
    }
    ran = subprocess.run(
        [sys.executable, "-c", _PRINT_SHEET],
        cwd=_PROJECT,
        env=environment,
        capture_output=True,
        check=True,
    )

    assert ran.stdout == printed


def test_every_value_has_a_part_in_the_digest():
    others = [
        make_sheet(bulletin="简报"),
        make_sheet(issue="第9期"),
        make_sheet(date=""),
        make_sheet(contents=()),
        make_sheet(rows=(make_row(opinion="同意。"),)),
        make_sheet(editions=()),
    ]

    assert len({one.digest for one in [make_sheet(), *others]}) == 7


# --- in the worker ----------------------------------------------------------------


def test_the_worker_makes_the_same_bytes_and_goes_on_with_issues(printed):
    assert rendering.render_trail_pdf(make_sheet()) == printed


def test_the_worker_answers_a_sheet():
    message, content = worker_process.answer({"sheet": to_values(make_sheet())})

    assert message == {"outcome": "done", "pages": 1, "page": 1}
    assert content.startswith(b"%PDF-")


def test_a_sheet_that_takes_too_long_is_told_without_blaming_an_article():
    one = worker.Worker(time_limit=0.2)
    sheet = make_sheet(rows=(make_row(opinion="请核实。" * 200),) * 200)

    with pytest.raises(rendering.RenderError) as raised:
        one.render_trail(sheet)

    assert str(raised.value) == "排印超过0.2秒没有完成，已经停止"
    one.stop()
