"""Files that are damaged, cut, joined or made to deceive: told in Chinese, kept nowhere else.

Each is sent as a browser sends it, through the whole of the system; an error of ours would
be raised here. HYPOTHESIS_PROFILE=explore looks for new ones.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bulletins import pictures
from bulletins.composing import document_of
from bulletins.document import canonical_json, to_json
from bulletins.models import Issue, Picture, Recipient
from bulletins.upkeep.backup import back_up
from bulletins.upkeep.errors import UpkeepError
from bulletins.upkeep.restore import examine
from tests.factories import make_document, make_issue, make_user

pytestmark = [
    pytest.mark.django_db,
    # Pillow and openpyxl warn of damage where they go on.
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
IN_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)


@pytest.fixture
def desk(client):
    """Return the browser of somebody who may do everything."""
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


# --- files to begin with, and what is done to them ----------------------------------


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((24, 16)).convert("RGB").save(file, form)
    return file.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["类别", "单位名称", "份数", "电子邮箱"])
    book.active.append(["报", "市委办公室", 3, "a@example.gov.cn"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


CSV = "类别,单位名称,份数\r\n报,市委办公室,3\r\n送,“市人大”,2\r\n".encode("gb18030")
TEXT = Path(__file__).parents[1].joinpath("bulletins/demo/xuchang-56.txt").read_bytes()
JSON = json.dumps(to_json(make_document()), ensure_ascii=False).encode()
PICTURES = {
    form: picture(form) for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")
}
STRANGE = [
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<?php system('id');", b"%PDF-1.7\n", b"MZ\x90\x00", b"\x7fELF",
    b"\r\n\r\n", "\u202e".encode(), b"=cmd|'/c calc'!A1", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"II*\x00\xff\xff\xff\xff",
]  # fmt: skip


@st.composite
def damaged(draw: Callable[[Any], Any], whole: bytes) -> bytes:
    """Return the file with a few things done to it."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(
            st.sampled_from(["cut", "flip", "put", "lose", "repeat", "numbers"])
        ):
            case "cut":
                del data[at:]
            case "flip" if data:
                data[at] ^= draw(st.integers(1, 255))
            case "put":
                data[at:at] = draw(st.sampled_from(STRANGE) | st.binary(max_size=40))
            case "lose":
                del data[at : at + draw(st.integers(1, 60))]
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 200))] * 3
            case "numbers":
                huge = draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF]))
                data[at : at + 4] = struct.pack(draw(st.sampled_from("<>")) + "I", huge)
    return bytes(data)


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def stores_of(settings: Any) -> Path:
    """Return the folder in which everything of a test is kept."""
    return Path(settings.MEDIA_ROOT).parent


# --- pictures -------------------------------------------------------------------------


def take_picture(desk: Client, data: bytes, name: str = "a.png") -> Any:
    return desk.post(
        f"{reverse('admin:bulletins_article_picture')}?name={name}",
        data,
        content_type="application/octet-stream",
    )


def assert_only_our_own_is_kept(answer: Any, settings: Any, before: set[Path]) -> None:
    """Refused in Chinese, or stored as a picture that this system has written."""
    kept = files_below(stores_of(settings)) - before
    if answer.status_code == 200:
        name = answer.json()["src"].rpartition("/")[2]
        assert re.fullmatch(r"[0-9a-f]{32}\.(?:png|jpg)", name)
        assert {path.name for path in kept} <= {name}
        stored = Path(settings.MEDIA_ROOT) / "pictures" / name
        with Image.open(stored) as image:
            assert image.format in {"PNG", "JPEG"}
            assert image.width * image.height <= pictures.MAX_PIXELS
    else:
        assert answer.status_code in {400, 413}
        assert CHINESE.search(answer.json()["error"])
        assert kept == set()


@pytest.mark.parametrize("form", PICTURES)
def test_no_damaged_picture_is_an_error_of_ours_or_leaves_a_file(form, desk, settings):
    @IN_ONE_DATABASE
    @given(damaged(PICTURES[form]))
    def send(data):
        before = files_below(stores_of(settings))
        assert_only_our_own_is_kept(take_picture(desk, data), settings, before)

    send()


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"<?php system('id');", workbook(), b"%PDF-1.4"]
)  # fmt: skip
@pytest.mark.parametrize("form", PICTURES)
def test_nothing_but_points_is_kept_of_a_file_that_is_two_things(
    form, tail, desk, settings
):
    for data in (
        PICTURES[form] + tail,
        PICTURES[form][:40] + tail + PICTURES[form][40:],
    ):
        answer = take_picture(desk, data)
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            name = answer.json()["src"].rpartition("/")[2]
            stored = Path(settings.MEDIA_ROOT, "pictures", name).read_bytes()
            assert tail not in stored


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_bomb(width: int, height: int) -> bytes:
    """Make a PNG of few bytes with very many points of one colour, well-formed."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\x00" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """Make a PNG whose remark unpacks to 200 MB."""
    whole, packer = PICTURES["PNG"], zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\x00" * 1_000_000) for _ in range(200))
    remark = chunk(b"zTXt", b"a\x00\x00" + packed + packer.flush())
    return whole[:33] + remark + whole[33:]


@pytest.mark.parametrize(
    "data",
    [
        png_bomb(30_000, 30_000),
        png_bomb(1, 60_000_000 // 60),
        text_bomb(),
        png_bomb(0, 0),
    ],
    ids=["square", "line", "remark", "nothing"],
)
def test_a_picture_made_to_unpack_without_end_is_refused_or_small(data, desk, settings):
    before = files_below(stores_of(settings))
    assert_only_our_own_is_kept(take_picture(desk, data), settings, before)


@pytest.mark.parametrize(
    "name", ["../../a.png", "..\\a.png", "/etc/a.png", "a.php", "a%00.png", "%0d%0aX: y", "", "a" * 3000, "\u202egnp.exe"]
)  # fmt: skip
def test_the_name_of_a_file_decides_nothing(name, desk, settings):
    before = files_below(stores_of(settings))

    answer = take_picture(desk, PICTURES["PNG"], name)

    assert answer.status_code == 200
    assert_only_our_own_is_kept(answer, settings, before)
    assert not re.search(r"[\r\n\x00/\\]", Picture.objects.get().original_name)


# --- lists of recipients --------------------------------------------------------------


def take_list(desk: Client, issue: Issue, name: str, data: bytes) -> Any:
    return desk.post(
        reverse("admin:bulletins_issue_recipients", args=[issue.pk]),
        {"file": SimpleUploadedFile(name, data), "mode": "append", "tier": "report"},
    )


@pytest.mark.parametrize(
    ("name", "whole"), [("a.xlsx", workbook()), ("a.csv", CSV)], ids=["xlsx", "csv"]
)
def test_no_damaged_list_is_an_error_of_ours_or_changes_a_row(
    name, whole, desk, settings
):
    issue = make_issue()
    before = list(Recipient.objects.values_list("pk", "name"))
    stored = files_below(stores_of(settings))

    @IN_ONE_DATABASE
    @given(damaged(whole))
    def send(data):
        answer = take_list(desk, issue, name, data)
        assert answer.status_code in {200, 422}
        assert CHINESE.search(answer.content.decode())

    send()
    assert list(Recipient.objects.values_list("pk", "name")) == before
    assert files_below(stores_of(settings)) == stored


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", b"<Types/>")
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        packed(a=b"\x00" * 100_000_000),
        packed(**{f"p{n}": b"" for n in range(2000)}),
        packed(**{"../../../evil.txt": b"x", "/etc/evil": b"x", "C:\\evil": b"x"}),
        packed(a=b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"),
        packed(a=packed(a=packed(a=b"\x00" * 1000))),
    ],
    ids=["bomb", "members", "paths", "entity", "nested"],
)
def test_a_package_that_is_no_workbook_is_refused_and_not_unpacked(
    data, desk, settings
):
    stored = files_below(stores_of(settings))

    answer = take_list(desk, make_issue(), "a.xlsx", data)

    assert answer.status_code == 422
    assert CHINESE.search(answer.content.decode())
    assert files_below(stores_of(settings)) == stored
    assert "root:" not in answer.content.decode()


# --- whole issues -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "whole"), [("a.txt", TEXT[:6000]), ("a.json", JSON)], ids=["txt", "json"]
)
def test_no_damaged_issue_is_an_error_of_ours_or_is_added_unasked(name, whole, desk):
    issue = make_issue()
    before = canonical_json(document_of(issue))
    at = reverse("admin:bulletins_issue_paste", args=[issue.pk])

    @IN_ONE_DATABASE
    @given(damaged(whole))
    def send(data):
        answer = desk.post(at, {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code in {200, 422}
        assert CHINESE.search(answer.content.decode())

    send()
    assert canonical_json(document_of(Issue.objects.get(pk=issue.pk))) == before


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands within a value of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    if isinstance(value, (dict, list)):
        for key, each in inner:
            found += (
                places(each, (*path, key))
                if isinstance(each, (dict, list))
                else [(*path, key)]
            )
    return found


@st.composite
def other_documents(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a document in which something else stands somewhere."""
    document: dict[str, Any] = json.loads(JSON)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(document)))
        inner: Any = document
        for key in way:
            inner = inner[key]
        inner[last] = draw(VALUES)
    return document


def test_no_document_of_another_shape_is_an_error_of_ours(desk):
    issue = make_issue()
    at = reverse("admin:bulletins_issue_paste", args=[issue.pk])

    @IN_ONE_DATABASE
    @given(other_documents())
    def send(document):
        data = json.dumps(document).encode()
        shown = desk.post(at, {"file": SimpleUploadedFile("a.json", data)})
        assert shown.status_code in {200, 422}
        added = desk.post(at, {"document": data.decode()})
        assert added.status_code in {302, 422}

    send()


@IN_ONE_DATABASE
@given(values=VALUES)
def test_no_paste_of_another_shape_is_an_error_of_ours(desk, values):
    for sent in (values, {"html": values}, {"html": "字", "rtf": values}):
        answer = desk.post(
            reverse("admin:bulletins_article_paste"),
            json.dumps(sent),
            content_type="application/json",
        )
        assert answer.status_code in {200, 400, 413}


# --- backups ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_damaged_backup_is_more_than_refused(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    make_issue()
    path = tmp_path / "backup"
    back_up(path)
    whole = path.read_bytes()
    stored = files_below(tmp_path)

    @IN_ONE_DATABASE
    @given(damaged(whole))
    def look(data):
        path.write_bytes(data)
        with contextlib.suppress(UpkeepError):
            examine(path)
            assert data == whole

    look()
    assert files_below(tmp_path) == stored
