"""Where media lie: in a folder that survives a power cut, or in a store of objects."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.urls import reverse

from bulletins import pictures, storing, workflow
from bulletins.bounds import SectionKind
from bulletins.composing import document_of
from bulletins.document import SectionEntry
from bulletins.models import Edition, Issue
from bulletins.upkeep import media, restore
from bulletins.upkeep.backup import back_up
from tests.factories import (
    make_article,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_user,
)
from tests.test_pictures import make_file
from wuxiao_bulletin.stores import media_store


class Objects(Storage):
    """A store of objects: nothing in it has a path, and it may be out of reach."""

    out_of_reach = False

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def _reached(self) -> dict[str, bytes]:
        if Objects.out_of_reach:
            raise OSError("no answer")
        return self.objects

    def _found(self, name: str) -> bytes:
        try:
            return self._reached()[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def _open(self, name: str, mode: str = "rb") -> ContentFile:
        return ContentFile(self._found(name), name)

    def _save(self, name: str, content: Any) -> str:
        self._reached()[name] = content.read()
        return name

    def delete(self, name: str) -> None:
        self._reached().pop(name, None)

    def exists(self, name: str) -> bool:
        return name in self._reached()

    def size(self, name: str) -> int:
        return len(self._found(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        start = f"{path}/" if path else ""
        below = [n.removeprefix(start) for n in self._reached() if n.startswith(start)]
        folders = {name.partition("/")[0] for name in below if "/" in name}
        return sorted(folders), [name for name in below if "/" not in name]


@pytest.fixture
def objects(settings, tmp_path, monkeypatch):
    """Keep media in a store of objects."""
    monkeypatch.setattr(Objects, "out_of_reach", False)
    settings.VAR_DIR = tmp_path
    settings.SITE_ROOT = str(tmp_path / "site")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "tests.test_storing.Objects"},
    }
    with pytest.raises(NotImplementedError):
        default_storage.path("pictures")
    return Objects


@pytest.fixture(params=["here", "s3"])
def store(request, objects, settings):
    """Keep media in a store of objects, ours and, where there is one, a real one."""
    if request.param == "s3":
        address = os.environ.get("TEST_STORAGE_URL", "")
        if not address:
            pytest.skip("TEST_STORAGE_URL tells of no store to try")
        entry = media_store(address)
        # Each test has a corner of the bucket to itself.
        entry["OPTIONS"]["location"] = f"tests/{uuid.uuid4()}"
        settings.STORAGES = {**settings.STORAGES, "default": entry}


def stored(name: str) -> bytes:
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def make_illustrated(picture: str) -> Issue:
    """Make a draft in whose article the picture stands."""
    body = f'<p>9月1日，县作风办召开推进会。</p><p><img src="/media/{picture}" alt="会场"></p>'
    section = SectionEntry("", SectionKind.ARTICLES, (make_article(body=body),))
    return make_issue(make_bulletin(slug="zuofeng"), sections=(section,))


def published(issue: Issue) -> Issue:
    issue = workflow.submit(issue, by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    return workflow.publish(issue, by=make_clerk())


# --- the whole way, without a folder ----------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_issue_with_a_picture_is_published_from_a_store_of_objects(
    store, client, settings
):
    picture = pictures.keep(make_file(), by=make_user())
    issue = published(make_illustrated(picture.path))

    edition = Edition.objects.get()
    assert list(workflow.faults(edition)) == []
    with pikepdf.open(io.BytesIO(stored(edition.pdf_path))) as opened:
        assert any(page.get_images() for page in opened.pages)
    page = client.get(issue.get_absolute_url())
    assert page.status_code == 200
    shown = client.get(f"/media/{picture.path}")
    assert shown.content == stored(picture.path)
    pdf_page = client.get(f"{issue.get_absolute_url().rstrip('/')}.pdf")
    assert hashlib.sha256(pdf_page.content).hexdigest() == edition.pdf_digest
    assert not Path(settings.MEDIA_ROOT).exists()


@pytest.mark.django_db(transaction=True)
def test_a_store_of_objects_is_backed_up_and_restored(store, tmp_path):
    picture = pictures.keep(make_file(), by=make_user())
    published(make_illustrated(picture.path))
    before = {name: media.digest(name) for name in media.names()}
    backup = back_up(tmp_path / "backup.tar")
    assert backup.missing == ()
    default_storage.delete(picture.path)
    storing.put(Edition.objects.get().pdf_path, io.BytesIO(b"damaged"))
    storing.put("editions/stranger.pdf", io.BytesIO(b"stranger"))

    manifest = restore.examine(tmp_path / "backup.tar")
    restore.restore(tmp_path / "backup.tar", manifest, replace=True)

    assert {name: media.digest(name) for name in media.names()} == before
    assert len(before) == 3  # the picture, the page, the PDF


@pytest.mark.django_db
def test_a_picture_that_is_gone_is_told_and_not_printed_without(objects):
    picture = pictures.keep(make_file(), by=make_user())
    issue = make_illustrated(picture.path)
    default_storage.delete(picture.path)

    with pytest.raises(workflow.Refused, match="找不到文件"):
        workflow.submit(issue, by=make_clerk())


@pytest.mark.django_db
def test_while_the_store_is_out_of_reach_nothing_is_published_and_nothing_breaks(
    objects, client
):
    picture = pictures.keep(make_file(), by=make_user())
    issue = workflow.submit(make_illustrated(picture.path), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    clerk = make_clerk(is_staff=True, is_superuser=True)
    client.force_login(clerk)
    objects.out_of_reach = True

    with pytest.raises(workflow.WorkflowError, match="请管理员检查"):
        workflow.publish(issue, by=clerk)
    page = client.get(reverse("admin:bulletins_issue_change", args=[issue.pk]))

    assert page.status_code == 200
    issue.refresh_from_db()
    assert issue.status == Issue.Status.APPROVED


@pytest.mark.django_db
def test_a_picture_is_fetched_once_and_its_copy_goes_when_nobody_prints_it(
    objects, settings, monkeypatch
):
    issue = make_illustrated(pictures.keep(make_file(), by=make_user()).path)
    folder = Path(settings.VAR_DIR) / "pictures"
    folder.mkdir()
    old = folder / "0123456789abcdef.png"
    old.write_bytes(b"old")
    os.utime(old, (0, 0))

    assert pictures.folder_for(document_of(issue)) == folder
    (copy,) = folder.iterdir()
    monkeypatch.setattr(storing, "fetch", None)
    pictures.folder_for(document_of(issue))

    assert copy.name in next(iter(document_of(issue).articles())).body


# --- names ------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["folder", "objects"])
def test_the_same_content_is_written_once_and_other_content_is_put_right(
    where, request, monkeypatch
):
    if where == "objects":
        request.getfixturevalue("objects")
    storing.keep("editions/a.pdf", b"whole")

    with monkeypatch.context() as patched:
        patched.setattr(storing, "put", None)
        storing.keep("editions/a.pdf", b"whole")
    storing.put("editions/a.pdf", io.BytesIO(b"damag"))
    storing.keep("editions/a.pdf", b"whole")

    assert stored("editions/a.pdf") == b"whole"
    assert default_storage.listdir("editions")[1] == ["a.pdf"]


def test_a_file_that_cannot_be_written_whole_has_no_name(settings, monkeypatch):
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="No space"):
        storing.keep("editions/a.pdf", b"whole")

    assert list((settings.MEDIA_ROOT / "editions").iterdir()) == []


# --- the setting ------------------------------------------------------------------


def test_the_address_of_a_store_says_all_of_it():
    found = media_store(
        "s3://ke%40y:se%2Fcret@oss.example.gov.cn:9000/bucket/jian/bao?region=cn-1&tls=off&addressing=virtual"
    )

    assert found == {
        "BACKEND": "wuxiao_bulletin.s3.ObjectStore",
        "OPTIONS": {
            "bucket_name": "bucket",
            "location": "jian/bao",
            "endpoint_url": "http://oss.example.gov.cn:9000",
            "region_name": "cn-1",
            "access_key": "ke@y",
            "secret_key": "se/cret",
            "addressing": "virtual",
        },
    }


def test_without_keys_they_are_looked_for_where_the_client_looks():
    options = media_store("s3://[::1]/bucket")["OPTIONS"]

    assert options == {
        "bucket_name": "bucket",
        "location": "",
        "endpoint_url": "https://[::1]",
        "addressing": "path",
    }


@pytest.mark.parametrize(
    "address",
    [
        "https://key:secret@host/bucket",
        "s3://key:secret@host/",
        "s3:///bucket",
        "s3://key:secret@host/bucket?ssl=off",
        "s3://key:secret@host:port/bucket",
    ],
)
def test_an_address_that_is_none_is_refused_without_telling_the_secret(address):
    with pytest.raises(ImproperlyConfigured) as refused:
        media_store(address)

    assert "secret" not in str(refused.value)
