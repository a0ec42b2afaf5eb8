"""The commands, as somebody at a terminal meets them."""

import json
import os
import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from bulletins.composing import document_of
from bulletins.document import from_json
from bulletins.models import Bulletin, Issue
from bulletins.reading import read_file
from tests.factories import make_bulletin

SAMPLE = Path(__file__).parent / "documents" / "xuchang-56.txt"


def run(*arguments, **options) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=out, **options)
    return out.getvalue()


def refusal(*arguments) -> str:
    """Run a command that must refuse, and return its one message."""
    out = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command(*map(str, arguments), stdout=out, stderr=out)
    assert exit_.value.code == 1
    message = out.getvalue().strip()
    assert message.startswith("错误：")
    assert "\n" not in message
    return message


# --- convert ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["json", "html", "pdf", "txt"])
def test_convert_writes_each_format_without_a_database(tmp_path, suffix):
    target = tmp_path / f"out.{suffix}"

    output = run("convert", SAMPLE, target)

    assert f"已写入 {target}" in output
    assert "第25行" in output  # what was guessed is told
    assert target.stat().st_size > 5000
    assert list(tmp_path.iterdir()) == [target]


def test_convert_goes_through_json_and_text_without_a_loss(tmp_path):
    run("convert", SAMPLE, tmp_path / "a.json")
    run("convert", tmp_path / "a.json", tmp_path / "b.txt")
    run("convert", tmp_path / "b.txt", tmp_path / "c.json")

    first, last = ((tmp_path / n).read_bytes() for n in ("a.json", "c.json"))
    assert first == last
    assert from_json(json.loads(first)) == read_file(SAMPLE).document


def test_the_same_pdf_comes_out_every_time(tmp_path):
    run("convert", SAMPLE, tmp_path / "a.pdf")
    run("convert", SAMPLE, tmp_path / "b.pdf")

    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


_TEXT = SAMPLE.read_text("utf-8")

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty.txt": (b"", "空"),
    "word.txt": (b"PK\x03\x04" + b"\x00" * 60, "Word"),
    "old-word.txt": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 60, "Word"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 60, "图片"),
    "huge.txt": ("第1期\n".encode() * 5_000_000, "过大"),
    "poem.txt": ("床前明月光。\n".encode() * 9, "期号"),
    "missing-article.txt": (_TEXT.replace("- 简讯", "- 简讯\n- 省里来人").encode(), "第18行：要目中的“省里来人”"),
    "two-issues.txt": ((_TEXT * 2).encode(), "又出现了期号"),
    "broken.json": (b'{"schema": ', "JSON"),
    "other.json": (b'{"schema": "x"}', "schema"),
    "bulletin.docx": (b"PK", "txt"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_convert_refuses_what_is_no_bulletin_and_writes_nothing(tmp_path, name):
    content, word = BAD_FILES[name]
    source = tmp_path / name
    source.write_bytes(content)

    message = refusal("convert", source, tmp_path / "out.json")

    assert word in message
    assert list(tmp_path.iterdir()) == [source]


def test_convert_refuses_a_missing_file_an_unknown_format_and_its_own_source(tmp_path):
    assert "没有" in refusal("convert", tmp_path / "no.txt", tmp_path / "out.json")
    assert "目标后缀应为" in refusal("convert", SAMPLE, tmp_path / "out.docx")
    assert "同一个文件" in refusal("convert", SAMPLE, SAMPLE)
    assert "不能写入" in refusal("convert", SAMPLE, tmp_path / "no" / "out.json")


def test_convert_does_not_wait_for_a_pipe_nor_for_a_number_without_end(tmp_path):
    pipe, long = tmp_path / "pipe.txt", tmp_path / "long.json"
    os.mkfifo(pipe)
    long.write_text('{"number": ' + "9" * 10_000 + "}")

    assert "不是普通文件" in refusal("convert", pipe, tmp_path / "out.json")
    message = refusal("convert", long, tmp_path / "out.json")
    assert message.endswith("JSON 中有数字太长，不能读取")


# --- import_issue -----------------------------------------------------------------


def make_series() -> Bulletin:
    return make_bulletin(masthead=read_file(SAMPLE).document.bulletin, slug="wuxiao")


@pytest.mark.django_db
def test_import_makes_a_draft_that_says_what_the_file_says():
    make_series()

    output = run("import_issue", SAMPLE)

    issue = Issue.objects.get()
    assert document_of(issue) == read_file(SAMPLE).document
    assert "4篇文章、4条简讯、要目5行、收文单位5个" in output
    assert re.search(r"第13行|第19行", output)


@pytest.mark.django_db
def test_import_refuses_an_unknown_bulletin_and_names_the_known_ones():
    make_bulletin(slug="zuofeng")

    message = refusal("import_issue", SAMPLE, "--bulletin", "wuxiao")
    assert "没有网址名为“wuxiao”的简报；现有：zuofeng（" in message
    assert "没有报头为“许昌市" in refusal("import_issue", SAMPLE)
    assert not Issue.objects.exists()


@pytest.mark.django_db
def test_import_refuses_a_number_already_taken():
    make_series()
    run("import_issue", SAMPLE)

    message = refusal("import_issue", SAMPLE, "--bulletin", "wuxiao")

    assert "期号已被占用" in message
    assert "草稿" in message
    assert Issue.objects.count() == 1


@pytest.mark.django_db
def test_import_into_a_bulletin_with_another_masthead_says_whose_is_printed():
    make_bulletin(slug="zuofeng")

    output = run("import_issue", SAMPLE, "--bulletin", "zuofeng")

    assert "将按简报的报头排印" in output


# --- load_demo --------------------------------------------------------------------


@pytest.mark.django_db
def test_the_demo_is_published_through_the_real_workflow(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path

    output = run("load_demo")

    issue = Issue.objects.get()
    moves = issue.events.values_list("move", "actor__username")
    assert list(moves) == [
        ("submit", "bianji"),
        ("approve", "lingdao"),
        ("publish", "bianji"),
    ]
    assert issue.status == Issue.Status.ISSUED
    assert client.get("/wuxiao/2020/56/").status_code == 200
    for name, password in re.findall(r"　(\w+)　(\S+)", output):
        client.logout()
        client.post("/admin/login/", {"username": name, "password": password})
        assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_the_demo_run_again_changes_nothing(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    first = run("load_demo")
    before = Issue.objects.get().updated_at

    assert run("load_demo") == first
    assert Issue.objects.get().updated_at == before
    assert User.objects.count() == 3


@pytest.mark.django_db
def test_the_demo_never_resets_a_password_somebody_set(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    run("load_demo")
    leader = User.objects.get(username="lingdao")
    leader.set_password("their own")
    leader.save()

    assert "密码已另行设置" in run("load_demo")


def test_the_demo_text_is_the_sample_the_tests_check():
    demo = Path(__file__).parents[1] / "bulletins" / "demo" / "xuchang-56.txt"

    assert demo.read_bytes() == SAMPLE.read_bytes()
