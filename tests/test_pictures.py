"""Pictures: made anew from their points, refused in words, shown to who may see them."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageFile, PngImagePlugin

from bulletins import markup, pictures, proofing, workflow
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Picture
from bulletins.pictures import PictureError
from tests.factories import (
    grant,
    make_article,
    make_bulletin,
    make_clerk,
    make_document,
    make_issue,
    make_leader,
    make_user,
)

UPLOAD = "/admin/bulletins/article/picture/"


def make_file(
    form: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 20), **save
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, save.pop("color", 0)).save(file, form, **save)
    return file.getvalue()


def opened(encoded: pictures.Encoded) -> Image.Image:
    return Image.open(io.BytesIO(encoded.content))


def make_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """Make a small PNG that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


# --- what comes out ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "mode", "suffix", "mode_kept"),
    [
        ("JPEG", "RGB", "jpg", "RGB"),
        ("JPEG", "L", "jpg", "L"),
        ("JPEG", "CMYK", "jpg", "RGB"),
        ("PNG", "RGB", "png", "RGB"),
        ("PNG", "RGBA", "png", "RGB"),
        ("PNG", "LA", "png", "RGB"),
        ("PNG", "P", "png", "RGB"),
        ("PNG", "1", "png", "L"),
        ("PNG", "I;16", "png", "L"),
        ("GIF", "P", "png", "RGB"),
        ("WEBP", "RGB", "png", "RGB"),
        ("BMP", "RGB", "png", "RGB"),
        ("TIFF", "CMYK", "png", "RGB"),
    ],
)
def test_every_usual_kind_of_picture_becomes_jpeg_or_png(form, mode, suffix, mode_kept):
    encoded = pictures.encode(make_file(form, mode))

    assert encoded.suffix == suffix
    assert opened(encoded).mode == mode_kept
    assert (encoded.width, encoded.height) == opened(encoded).size == (40, 20)
    assert markup.PICTURE_SRC.fullmatch(f"/media/pictures/{encoded.name}")


def test_what_is_transparent_is_white_on_paper():
    encoded = pictures.encode(make_file(mode="RGBA", color=(255, 0, 0, 0)))

    assert opened(encoded).getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_of_grey_keep_their_shades():
    encoded = pictures.encode(make_file(mode="I;16", color=0x8000))

    assert opened(encoded).getpixel((0, 0)) == 0x80


def test_a_photograph_stands_upright_and_forgets_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret place"
    encoded = pictures.encode(make_file("JPEG", exif=exif, comment=b"secret word"))

    assert (encoded.width, encoded.height) == (20, 40)
    assert not opened(encoded).getexif()
    assert b"secret" not in encoded.content


def test_the_remarks_of_a_png_are_gone():
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "secret")

    assert b"secret" not in pictures.encode(make_file(pnginfo=info)).content


def test_what_follows_the_picture_in_its_file_is_gone():
    hidden = make_file("JPEG") + b"<script>alert(1)</script>"

    assert b"script" not in pictures.encode(hidden).content


def test_a_large_picture_is_scaled_to_what_print_needs():
    encoded = pictures.encode(make_file("JPEG", size=(4_000, 3_000)))

    assert (encoded.width, encoded.height) == (2_000, 1_500)


def test_a_photograph_in_a_png_is_stored_as_what_it_is():
    noise = Image.effect_noise((900, 900), 60).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "PNG")

    assert pictures.encode(file.getvalue()).suffix == "jpg"


# --- what is refused --------------------------------------------------------------


def test_half_a_picture_is_refused_whatever_the_process_has_loaded(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with pytest.raises(pictures.PictureError, match="打不开"):
        pictures.encode(make_file("JPEG", size=(400, 400))[:900])

    assert ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"\xef\xbb\xbf<!DOCTYPE html><script>alert(1)</script>", "SVG"),
        (b"GIF89a<script>alert(1)</script>", "打不开"),
        (b"%PDF-1.7", "打不开"),
        (b"MZ\x90\x00", "打不开"),
        (b"\x89PNG\r\n\x1a\n", "打不开"),
        (make_file("JPEG", size=(400, 400))[:900], "打不开"),
        (make_bomb(), "像素太多"),
        (make_bomb(6_000, 5_000), "像素太多"),
        (make_file("TIFF", "F"), "浮点"),
        (b"\xff" * (pictures.MAX_BYTES + 1), "太大"),
    ],
)
def test_what_is_no_picture_to_print_is_refused_in_words(content, words):
    with pytest.raises(PictureError, match=words):
        pictures.encode(content)


def test_moving_pictures_are_refused():
    file = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    with pytest.raises(PictureError, match="动图"):
        pictures.encode(file.getvalue())


# Pillow may warn of damage where it goes on.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_no_damage_to_a_file_does_more_than_to_have_it_refused(form):
    whole = make_file(form, size=(30, 30), color="red")
    for at in range(8, min(len(whole), 200)):
        damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            encoded = pictures.encode(damaged)
        except PictureError:
            continue
        assert encoded.width * encoded.height <= pictures.MAX_PIXELS


# --- kept -------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_picture_is_stored_once(settings):
    first = pictures.keep(make_file(), by=make_user(), original_name=r"C:\图\现场.png")
    second = pictures.keep(make_file(), by=make_user())

    assert first == second == Picture.objects.get()
    assert first.original_name == "现场.png"
    stored = settings.MEDIA_ROOT / first.path
    assert first.size == stored.stat().st_size
    assert [path.name for path in stored.parent.iterdir()] == [first.name]


def test_a_picture_in_its_address_is_decoded_and_nothing_else_is():
    assert pictures.from_data_uri("data:image/png;base64,aGFsbG8=") == b"hallo"
    assert pictures.from_data_uri("data:image/png;base64,a") is None
    assert pictures.from_data_uri("data:text/html;base64,aGFsbG8=") is None
    assert pictures.from_data_uri("https://evil.example/x.png") is None


# --- uploading --------------------------------------------------------------------


@pytest.fixture
def editor(client, db):
    user = grant(make_user(is_staff=True), "view", "change")
    client.force_login(user)
    return user


def upload(client, content: bytes, **more):
    return client.post(
        f"{UPLOAD}?name=%E7%8E%B0%E5%9C%BA.png",
        content,
        content_type="application/octet-stream",
        **more,
    )


def test_an_uploaded_picture_is_stored_under_our_own_name(client, editor):
    answer = upload(client, make_file()).json()

    assert markup.PICTURE_SRC.fullmatch(answer["src"])
    picture = Picture.objects.get()
    assert (picture.original_name, picture.uploaded_by) == ("现场.png", editor)


def test_a_file_that_lies_is_refused_with_words_for_the_editor(client, editor):
    response = upload(client, b"<svg onload=alert(1)>")

    assert response.status_code == 400
    assert "SVG" in response.json()["error"]
    assert not Picture.objects.exists()


def test_two_hundred_megabytes_are_refused_before_they_are_read(client, editor):
    response = upload(client, b"", headers={"content-length": str(200 * 1024 * 1024)})

    assert response.status_code == 413
    assert "最大 20 MB" in response.json()["error"]


def test_more_than_was_announced_is_refused_too(client, editor):
    assert upload(client, b"\x00" * (pictures.MAX_BYTES + 1)).status_code == 413


def test_an_upload_without_a_picture_says_so(client, editor):
    assert upload(client, b"").json() == {"error": "没有收到图片，请再选一次"}


def test_strangers_and_readers_upload_nothing(client, db):
    assert upload(client, make_file()).status_code == 302
    client.force_login(grant(make_user(is_staff=True), "view"))
    assert upload(client, make_file()).status_code == 403
    assert not Picture.objects.exists()


def test_an_upload_without_the_token_of_the_page_is_refused(db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(grant(make_user(is_staff=True), "change"))

    assert upload(client, make_file()).status_code == 403
    assert not Picture.objects.exists()


# --- pasted pictures --------------------------------------------------------------


def paste(client, **sent):
    return client.post(
        reverse("admin:bulletins_article_paste"), sent, content_type="application/json"
    )


def test_pasted_pictures_are_taken_from_the_rtf_where_it_is_sure_which_is_which(
    client, editor
):
    html = '<p>甲<img src="file:///C:/a.png">乙</p>'
    rich = r"{\rtf1{\*\shppict{\pict\pngblip " + make_file().hex() + "}}}"

    found = paste(client, html=html, rtf=rich).json()

    name = Picture.objects.get().name
    assert found == {
        "html": f'<p>甲<img src="/media/pictures/{name}">乙</p>',
        "notice": "",
    }
    lost = paste(
        client, html=html, rtf=rich.replace("{\\rtf1", "{\\rtf1{\\pict\\emfblip 1}")
    )
    assert lost.json()["html"] == "<p>甲乙</p>"
    assert "有1张图片没有粘贴进来" in lost.json()["notice"]


def test_pasted_pictures_that_lie_are_told_with_the_reason(client, editor):
    found = paste(client, html='<img src="data:image/png;base64,PHN2Zz4=">').json()

    assert found["html"] == ""
    assert "SVG" in found["notice"]


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_paste_is_refused(client, editor, sent):
    response = client.post(
        reverse("admin:bulletins_article_paste"), sent, content_type="application/json"
    )

    assert response.status_code == 400
    assert response.json() == {"error": "没有收到粘贴的内容"}


def test_too_long_a_paste_is_refused(client, editor):
    response = paste(client, html="<p>" + "字" * 1_000_001)

    assert response.status_code == 413
    assert "分几次粘贴" in response.json()["error"]


def test_readers_paste_nothing(client, db):
    client.force_login(grant(make_user(is_staff=True), "view"))

    assert paste(client, html="<p>甲</p>").status_code == 403


# --- described --------------------------------------------------------------------


def make_body(name: str, alt: str = "") -> str:
    described = f' alt="{alt}"' if alt else ""
    return f'<p>会场：<img src="/media/pictures/{name}"{described}></p>'


def make_sections(body: str) -> tuple[SectionEntry, ...]:
    article = make_article("县作风办召开推进会", body=body)
    return (SectionEntry("", SectionKind.ARTICLES, (article,)),)


def test_a_picture_without_a_description_is_an_error_at_its_article():
    body = make_body("0" * 32 + ".png")
    document = make_document(sections=make_sections(body + body))

    (finding,) = proofing.completeness(document)

    assert finding.message == (
        "文章“县作风办召开推进会”有2张图片没有图片说明，请双击图片填写"
    )
    assert finding.anchor == "article-1-1"


def test_a_described_picture_is_none():
    body = make_body("0" * 32 + ".png", "会场")

    assert proofing.completeness(make_document(sections=make_sections(body))) == []


# --- who may see them -------------------------------------------------------------


def test_a_picture_is_public_once_a_public_issue_shows_it(client, db):
    picture = pictures.keep(make_file(), by=make_user())
    address = f"/media/{picture.path}"
    series = make_bulletin()
    draft = make_issue(series, sections=make_sections(make_body(picture.name, "会场")))

    assert client.get(address).status_code == 404
    issue = workflow.submit(draft, by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(series))
    issue = workflow.publish(issue, by=make_clerk())

    assert pictures.is_public_picture(picture.name)
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    workflow.withdraw(issue, by=grant(make_clerk(), "withdraw"), comment="有误")
    assert not pictures.is_public_picture(picture.name)


def test_the_office_sees_the_pictures_of_its_drafts(client, editor):
    picture = pictures.keep(make_file("JPEG"), by=editor)

    response = client.get(f"/media/{picture.path}")

    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
