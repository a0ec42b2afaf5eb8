"""Ready bytes: encodings, conditions, ranges, and paths that lead nowhere."""

import gzip
import hashlib

import brotli
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from bulletins.archive import tree
from bulletins.archive.addresses import Address
from bulletins.archive.tree import Page
from bulletins.views import serving

HTML = "<!doctype html><p>第8期 县作风办召开推进会</p>".encode() * 40
PDF = b"%PDF-1.7 " + bytes(range(256)) * 8


@pytest.fixture
def standing():
    """Two pages that stand in the tree; no database is touched to serve them."""
    tree.write(Address("/zuofeng/2024/8/"), Page(HTML, tree.CONTENT_TYPES[".html"]))
    tree.write(Address("/zuofeng/2024/8.pdf"), Page(PDF, "application/pdf"))


@pytest.fixture
def get(client, standing):
    """Ask through the whole of the middleware, as a reader does."""

    def get(path="/zuofeng/2024/8/", **headers):
        return client.get(path, headers=headers)

    return get


# --- what is sent -----------------------------------------------------------------


def test_a_page_of_the_tree_is_sent_without_a_query_or_a_session(get):
    # No test here may use the database: it would fail.
    response = get()

    assert response.status_code == 200
    assert response.content == HTML
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Content-Length"] == str(len(HTML))
    assert response["Cache-Control"] == "public, max-age=60, must-revalidate"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not response.cookies


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("BR", "br"),
        ("br;q=nonsense", None),
        (",;=, ;;", None),
        ("", None),
        ("gzip;q=1.0" + ", x" * 10_000, "gzip"),
    ],
)
def test_the_reader_gets_the_form_it_asks_for(get, accepted, encoding):
    response = get(accept_encoding=accepted)

    decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert response.headers.get("Content-Encoding") == encoding
    assert response["Vary"] == "Accept-Encoding"
    assert decode(response.content) == HTML


def test_each_form_has_a_tag_of_its_own_taken_of_its_bytes(get):
    tags = {
        name: get(accept_encoding=name)["ETag"] for name in ("br", "gzip", "identity")
    }

    assert len(set(tags.values())) == 3
    assert tags["identity"] == f'"{hashlib.sha256(HTML).hexdigest()[:32]}"'


def test_a_page_written_anew_has_a_new_tag(get):
    before = get()["ETag"]
    tree.write(Address("/zuofeng/2024/8/"), Page(HTML + b"!", "text/html"))

    assert get()["ETag"] != before


def test_a_page_that_goes_while_it_is_asked_for_is_no_error(standing, monkeypatch):
    page = serving.find("/zuofeng/2024/8/")
    assert page is not None
    assert serving.respond(request_for("/"), page).status_code == 200
    look = serving._form

    def withdrawn_meanwhile(name):
        form = look(name)
        tree.remove(Address("/zuofeng/2024/8/"))
        return form

    monkeypatch.setattr(serving, "_form", withdrawn_meanwhile)
    assert serving.respond(request_for("/"), page) is None


def test_head_sends_the_same_headers_and_no_bytes(client, standing):
    got, asked = client.get("/zuofeng/2024/8/"), client.head("/zuofeng/2024/8/")

    assert asked.content == b""
    for header in ("ETag", "Content-Length", "Content-Type", "Last-Modified"):
        assert asked[header] == got[header]


# --- conditions -------------------------------------------------------------------


def test_what_the_reader_has_already_is_not_sent_again(get):
    first = get(accept_encoding="gzip")

    for tag in (first["ETag"], f"W/{first['ETag']}", f'"x", {first["ETag"]}', "*"):
        again = get(accept_encoding="gzip", if_none_match=tag)
        assert again.status_code == 304
        assert again.content == b""
        assert again["ETag"] == first["ETag"]
        assert again["Vary"] == "Accept-Encoding"


def test_the_tag_of_another_form_is_no_reason_to_send_nothing(get):
    tag = get(accept_encoding="gzip")["ETag"]

    assert get(accept_encoding="br", if_none_match=tag).status_code == 200


def test_the_time_of_the_last_change_counts_where_no_tag_is_given(get):
    changed = get()["Last-Modified"]

    assert get(if_modified_since=changed).status_code == 304
    old = "Mon, 01 Jan 2001 00:00:00 GMT"
    assert get(if_modified_since=old).status_code == 200
    assert get(if_modified_since="nonsense").status_code == 200
    assert get(if_modified_since=changed, if_none_match='"other"').status_code == 200


# --- ranges -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(PDF)),
        ("bytes=-10", len(PDF) - 10, len(PDF)),
        (f"bytes=5-{10**17}", 5, len(PDF)),
        (f"bytes=-{10**17}", 0, len(PDF)),
    ],
)
def test_a_part_of_a_pdf_is_sent_alone(get, asked, start, stop):
    response = get("/zuofeng/2024/8.pdf", range=asked)

    assert response.status_code == 206
    assert response.content == PDF[start:stop]
    assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{len(PDF)}"
    assert response["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", [f"bytes={len(PDF)}-", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(get, asked):
    response = get("/zuofeng/2024/8.pdf", range=asked)

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(PDF)}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=-", "bytes=0-1,5-6", "pages=1-2", "bytes=a-b", ""]
)
def test_a_range_that_is_none_gets_the_whole(get, asked):
    response = get("/zuofeng/2024/8.pdf", range=asked)

    assert response.status_code == 200
    assert response.content == PDF


def test_a_part_of_a_pdf_that_has_changed_is_not_sent(get):
    tag = get("/zuofeng/2024/8.pdf")["ETag"]

    same = get("/zuofeng/2024/8.pdf", range="bytes=0-3", if_range=tag)
    other = get("/zuofeng/2024/8.pdf", range="bytes=0-3", if_range='"other"')
    assert (same.status_code, other.status_code) == (206, 200)


# --- paths that lead nowhere ------------------------------------------------------


def request_for(path: str) -> WSGIRequest:
    request = RequestFactory().get("/")
    request.path_info = path
    return request


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.pdf",
        "/zuofeng/../../secret.pdf",
        "/zuofeng/2024/../8.pdf",
        "//zuofeng/2024/8.pdf",
        "/zuofeng//2024/8.pdf",
        "/./zuofeng/2024/8.pdf",
        "/zuofeng/2024\\8.pdf",
        "/zuofeng/2024/8.pdf\0",
        "/.lock",
        "/.hidden/8.pdf",
        "/zuofeng/2024/8/index.html",
        "/zuofeng/2024/8/index.html.gz",
        "/zuofeng/2024/8",
        "/zuofeng/2024/8.pdf/",
        "/" + "长" * 300 + "/",
        "/" + "a/" * 5000,
        "",
        "zuofeng/2024/8.pdf",
        "/404.html",
    ],
)
def test_a_path_that_is_no_address_leads_to_no_file(standing, settings, path):
    (settings.MEDIA_ROOT / "secret.pdf").write_bytes(b"%PDF-secret")
    page = serving.find(path)

    assert page is None or serving.respond(request_for(path), page) is None


def test_a_link_that_leads_out_of_the_tree_is_not_followed(standing, settings):
    (settings.MEDIA_ROOT / "secret.pdf").write_bytes(b"%PDF-secret")
    (settings.MEDIA_ROOT / "drafts").mkdir()
    (settings.MEDIA_ROOT / "drafts/1.pdf").write_bytes(b"%PDF-secret")
    (tree.root() / "out.pdf").symlink_to(settings.MEDIA_ROOT / "secret.pdf")
    (tree.root() / "drafts").symlink_to(settings.MEDIA_ROOT / "drafts")

    for path in ("/out.pdf", "/drafts/1.pdf"):
        page = serving.find(path)
        assert page is not None
        assert serving.respond(request_for(path), page) is None


def test_a_tree_that_is_itself_reached_through_a_link_is_served(
    client, settings, tmp_path
):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    settings.SITE_ROOT = str(tmp_path / "link")
    tree.write(Address("/zuofeng/2024/8.pdf"), Page(PDF, "application/pdf"))

    assert client.get("/zuofeng/2024/8.pdf").content == PDF


def test_an_unknown_host_is_refused_for_pages_of_the_tree_too(client, standing):
    assert (
        client.get("/zuofeng/2024/8/", headers={"host": "evil.example"}).status_code
        == 400
    )


def test_plain_http_is_led_to_tls_where_that_is_demanded(client, standing, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60

    assert client.get("/zuofeng/2024/8/").status_code == 301
    secure = client.get("/zuofeng/2024/8/", secure=True)
    assert secure["Strict-Transport-Security"] == "max-age=60"
