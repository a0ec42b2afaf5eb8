"""Backup, wipe, restore: everything is back, or nothing was changed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bulletins import workflow
from bulletins.archive import keeping, tree
from bulletins.models import Bulletin, Contribution, Edition, Event, Issue, Picture
from bulletins.models.archive import SearchText
from bulletins.upkeep import UpkeepError, container, media, restore, rows, sealing
from bulletins.upkeep.backup import back_up
from tests.factories import make_clerk, make_issue, make_leader, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "许昌市 correct horse battery"


@pytest.fixture(autouse=True)
def folder_of_its_own(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    for name in ("BACKUP_PASSWORD", "BACKUP_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: object) -> tuple[int, str, str]:
    """Return the exit status of a command, what it wrote, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    return status, out.getvalue().strip(), err.getvalue().strip()


def refusal(*arguments: object) -> str:
    status, _, err = run(*arguments)
    assert status == 1
    assert err.startswith("错误：")
    assert "\n" not in err
    return err.removeprefix("错误：")


# --- a system in use --------------------------------------------------------------


def make_picture(name: str = "0123456789abcdef.png") -> Picture:
    default_storage.save(f"pictures/{name}", ContentFile(b"\x89PNG picture"))
    return Picture.objects.create(
        name=name, width=1, height=1, size=12, uploaded_at=timezone.now()
    )


def make_rows() -> Issue:
    """Make a draft with everything around it, but nothing printed."""
    issue = make_issue(number=9)
    group = Group.objects.create(name="资料组")
    group.permissions.set(Permission.objects.filter(codename__contains="issue"))
    clerk = make_clerk("zhangsan", email="zhangsan@example.gov.cn")
    clerk.groups.add(group)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_user"))
    LogEntry.objects.create(
        user=clerk,
        content_type=ContentType.objects.get_for_model(Issue),
        object_id=issue.pk,
        object_repr="=HYPERLINK(1)",
        action_flag=CHANGE,
    )
    Contribution.objects.create(
        title="雨中巡河“四到位”", received_on=timezone.localdate(), entered_by=clerk
    )
    make_picture()
    return issue


def make_system() -> None:
    """Make a draft, an issued one, a corrected one and a withdrawn one."""
    make_rows()
    corrector = make_clerk(is_superuser=True)
    bulletin = Bulletin.objects.get()
    for number in (1, 2, 3):
        issue = workflow.submit(make_issue(bulletin, number=number), by=corrector)
        issue = workflow.approve(issue, by=make_leader(bulletin), comment="同意")
        issue = workflow.publish(issue, by=corrector)
        if number == 2:
            issue.articles.update(title="改正后的标题")
            workflow.correct(issue, by=corrector, comment="标题有误")
        if number == 3:
            workflow.withdraw(issue, by=corrector, comment="发布有误")


def state() -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return every row and the digest of every file, told apart from the code tested."""
    return _rows(), files()


def _rows() -> dict[str, list[Any]]:
    names = {pk: str(names) for pk, *names in Permission.objects.values_list("pk", "content_type__app_label", "codename")}  # fmt: skip
    types = {pk: str(names) for pk, *names in ContentType.objects.values_list("pk", "app_label", "model")}  # fmt: skip
    known = {"permission_id": names, "content_type_id": types}
    found = {}
    left_out = {"contenttypes", "sessions", "django_tasks_db"}
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        if model._meta.app_label in left_out or label in {"auth.Permission", "bulletins.Presence"}:  # fmt: skip
            continue
        found[label] = [
            {k: known[k][v] if k in known and v else v for k, v in row.items()}
            for row in model._base_manager.order_by("pk").values()
        ]
    return found


def files() -> dict[str, str]:
    """Return the digests of the stored files, without those made of others."""
    root = Path(default_storage.path(""))
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in names
        if not name.startswith("site/")
    }


def wipe() -> None:
    """Empty the system as a new machine is empty; numbers go on, so that they differ."""
    call_command("flush", interactive=False, reset_sequences=False, verbosity=0)
    remove_files()
    assert not User.objects.exists()


def remove_files() -> None:
    for path in Path(default_storage.path("")).rglob("*"):
        if path.is_file():
            path.unlink()


def fields_of(label: str, name: str) -> list[Any]:
    return [row[name] for row in state()[0][label]]


# --- all comes back ---------------------------------------------------------------


@pytest.mark.parametrize("password", [None, PASSWORD], ids=["plain", "sealed"])
def test_after_backup_wipe_and_restore_everything_is_back(
    tmp_path, monkeypatch, password
):
    make_system()
    before = state()
    digests = list(Edition.objects.values_list("digest", "html_digest", "pdf_digest"))
    assert len(digests) == 4
    assert Event.objects.count() > 10
    if password:
        monkeypatch.setenv("BACKUP_PASSWORD", password)

    status, out, err = run("backup", tmp_path / "b")
    assert (status, err) == (0, "")
    assert ("已加密" if password else "未加密") in out
    wipe()
    assert state() != before
    status, out, err = run("restore", tmp_path / "b")

    assert (status, err) == (0, "")
    assert out.endswith("核对了4个版本，全部相符")
    assert state() == before
    assert list(Edition.objects.values_list("digest", "html_digest", "pdf_digest")) == digests  # fmt: skip
    assert run("verify_editions")[0] == 0


def test_what_is_new_after_a_restore_is_numbered_after_the_old(tmp_path):
    make_rows()
    run("backup", tmp_path / "b")
    last = User.objects.order_by("pk").last().pk
    wipe()
    run("restore", tmp_path / "b")

    assert make_user("lisi").pk > last
    Group.objects.get(name="资料组").user_set.add(User.objects.get(username="lisi"))
    make_issue(Bulletin.objects.get(), number=10)


def test_rights_come_back_by_name_though_they_are_numbered_anew(tmp_path):
    make_rows()
    run("backup", tmp_path / "b")
    rights = User.objects.get(username="zhangsan").get_all_permissions()
    wipe()
    Permission.objects.all().delete()
    for config in reversed(list(apps.get_app_configs())):
        from django.contrib.auth.management import create_permissions

        create_permissions(config, verbosity=0)
    run("restore", tmp_path / "b")

    assert User.objects.get(username="zhangsan").get_all_permissions() == rights
    assert rights


def test_a_backup_crosses_between_databases(tmp_path):
    """From here into a new SQLite, and from there back."""
    make_rows()
    before = state()
    run("backup", tmp_path / "here")

    elsewhere = tmp_path / "elsewhere"
    for arguments in (["migrate", "-v0"], ["restore", tmp_path / "here"], ["backup", tmp_path / "there"]):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            env={
                **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
                "VAR_DIR": str(elsewhere),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    contents = [unpacked(tmp_path / name) for name in ("here", "there")]
    for members in contents:
        members.pop("manifest.json")
    assert contents[0] == contents[1]

    wipe()
    assert run("restore", tmp_path / "there")[0] == 0
    assert state() == before


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive}


def test_the_same_rows_and_files_make_the_same_members(tmp_path):
    make_rows()
    for name in ("a", "b"):
        run("backup", tmp_path / name)

    a, b = (unpacked(tmp_path / name) for name in ("a", "b"))
    manifests = [json.loads(members.pop("manifest.json")) for members in (a, b)]

    assert list(a) == sorted(a)
    assert a == b
    assert manifests[0]["members"] == manifests[1]["members"]


def test_what_is_derived_is_made_again_and_old_pages_go(tmp_path):
    make_system()
    keeping.verify()
    pages = {address.path for address in tree.pages()}
    assert len(pages) > 5
    assert search_rows()
    before = search_rows()
    run("backup", tmp_path / "b")
    assert "search" not in " ".join(unpacked(tmp_path / "b"))
    default_storage.save("site/not-public-any-more/index.html", ContentFile(b"secret"))

    assert run("restore", tmp_path / "b", "--replace", "--yes")[0] == 0

    assert {address.path for address in tree.pages()} == pages
    assert search_rows() == before


def search_rows() -> list[tuple[Any, ...]]:
    return list(SearchText.objects.order_by("pk").values_list())


def test_logins_do_not_come_back_and_those_here_end(tmp_path, client):
    make_rows()
    client.force_login(User.objects.first())
    run("backup", tmp_path / "b")
    assert "sessions" not in " ".join(unpacked(tmp_path / "b"))
    assert Session.objects.count() == 1

    run("restore", tmp_path / "b", "--replace", "--yes")

    assert Session.objects.count() == 0


def test_a_backup_is_of_one_moment(tmp_path, monkeypatch):
    """What is saved while it runs is in it wholly or not at all."""
    make_rows()
    whole, others = rows.write, iter(["1"])

    def write_and_be_overtaken(model, file):
        count = whole(model, file)
        for _ in others:
            save_elsewhere("INSERT INTO bulletins_phrase (text, position) VALUES ('不在其中', 1)")  # fmt: skip
        return count

    monkeypatch.setattr(rows, "write", write_and_be_overtaken)

    assert run("backup", tmp_path / "b")[0] == 0

    phrases = gzip.decompress(unpacked(tmp_path / "b")["database/bulletins.phrase.jsonl.gz"])  # fmt: skip
    assert "不在其中" not in phrases.decode()
    assert apps.get_model("bulletins.Phrase").objects.filter(text="不在其中").exists()


def save_elsewhere(statement: str) -> None:
    """Run the statement over a connection of its own, as another process would."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
    finally:
        other.close()


# --- what was here ----------------------------------------------------------------


def test_a_system_in_use_is_not_overwritten(tmp_path):
    make_rows()
    run("backup", tmp_path / "b")
    make_user("lisi")
    before = state()

    assert "已经有数据" in refusal("restore", tmp_path / "b")
    assert state() == before


@pytest.mark.parametrize("answer", ["", "yes\n", "替 换\n"])
def test_replacing_asks_for_the_word(tmp_path, monkeypatch, answer):
    make_rows()
    run("backup", tmp_path / "b")
    make_user("lisi")
    before = state()
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    assert refusal("restore", tmp_path / "b", "--replace") == "没有确认，什么也没有改"
    assert state() == before


def test_replacing_leaves_nothing_of_what_was_here(tmp_path, monkeypatch):
    make_rows()
    before = state()
    run("backup", tmp_path / "b")
    make_user("lisi")
    make_picture("fedcba9876543210.png")
    damaged = Path(default_storage.path("pictures/0123456789abcdef.png"))
    damaged.write_bytes(b"damaged")
    monkeypatch.setattr("sys.stdin", io.StringIO("替换\n"))

    assert run("restore", tmp_path / "b", "--replace")[0] == 0
    assert state() == before


def test_check_changes_nothing(tmp_path):
    make_rows()
    run("backup", tmp_path / "b")
    wipe()
    before = state()

    assert run("restore", tmp_path / "b", "--check")[1].endswith("可以在这里恢复")
    assert state() == before


def test_a_restore_that_fails_half_way_has_not_happened(tmp_path, monkeypatch):
    make_rows()
    run("backup", tmp_path / "b")
    make_user("lisi")
    Path(default_storage.path("pictures/0123456789abcdef.png")).write_bytes(b"other")
    default_storage.save("editions/ab/abc.html", ContentFile(b"page"))
    before = state()

    def fail():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rows, "settle", fail)

    assert "没有恢复" in refusal("restore", tmp_path / "b", "--replace", "--yes")
    assert state() == before


def test_what_fails_once_the_rows_are_back_is_not_called_undone(tmp_path, monkeypatch):
    make_rows()
    run("backup", tmp_path / "b")
    make_user("lisi")

    def fail():
        raise PermissionError(13, "Permission denied", "/srv/site/.lock")

    monkeypatch.setattr(keeping, "verify", fail)

    message = refusal("restore", tmp_path / "b", "--replace", "--yes")
    assert "没有恢复" not in message
    assert message.startswith("数据已经恢复，但文件没有整理完")
    assert not User.objects.filter(username="lisi").exists()


def test_a_disk_too_small_is_told_before(tmp_path, monkeypatch):
    make_rows()
    run("backup", tmp_path / "b")
    wipe()
    before = state()
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 2**20}))  # fmt: skip

    assert "磁盘空间不够" in refusal("restore", tmp_path / "b")
    assert "磁盘空间不够" in refusal("backup", tmp_path / "c")
    assert state() == before
    assert not (tmp_path / "c").exists()


# --- files that are no good backups -----------------------------------------------


def write_archive(path: Path, manifest: dict[str, Any], members: dict[str, bytes]) -> None:  # fmt: skip
    """Write an archive as somebody else might."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            add(archive, name, content)
        add(archive, "manifest.json", json.dumps(manifest).encode())


def add(archive: tarfile.TarFile, name: str, content: bytes, **fields: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    archive.addfile(info, io.BytesIO(content))


def retold(path: Path, change: Any) -> Path:
    """Return a copy of the archive whose members were changed, and its manifest to fit."""
    members = unpacked(path)
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest, members)
    manifest["members"] = [
        {"name": n, "size": len(c), "sha256": hashlib.sha256(c).hexdigest()}
        for n, c in members.items()
    ]
    other = path.with_suffix(".retold")
    write_archive(other, manifest, members)
    return other


@pytest.fixture
def backup(tmp_path):
    """Back up a small system, then wipe it."""
    make_rows()
    path = tmp_path / "b"
    assert run("backup", path)[0] == 0
    wipe()
    return path


@pytest.fixture
def unchanged():
    """Nothing a test does may change anything."""
    yield
    assert not User.objects.exists()
    assert files() == {}


@pytest.mark.usefixtures("unchanged")
def test_a_byte_changed_anywhere_is_noticed(backup):
    content = backup.read_bytes()
    for at in range(0, len(content), len(content) // 40):
        backup.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(UpkeepError):
            restore.examine(backup)


@pytest.mark.usefixtures("unchanged")
def test_a_truncated_backup_is_refused(backup):
    content = backup.read_bytes()
    for size in (0, 1, 511, 512, 700, len(content) // 2, len(content) - 1025):
        backup.write_bytes(content[:size])
        assert "不完整" in refusal("restore", backup)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("name", "content"),
    [("text", "不是备份\n" * 900), ("zip", "PK\x03\x04" + "x" * 900)],
)
def test_another_file_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, "utf-8")

    assert "不是本系统的备份" in refusal("restore", path)


@pytest.mark.usefixtures("unchanged")
def test_what_is_no_file_is_refused(tmp_path):
    assert refusal("restore", tmp_path / "nothing").startswith("没有这个文件")
    assert refusal("restore", tmp_path).startswith("这是文件夹")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "name",
    [
        "media/../../etc/cron.d/evil", "/etc/passwd", "media//etc/passwd", "media/./x",
        "media/..\\x", "media/.ssh/authorized_keys", "../x", "database/../x.jsonl.gz",
        "media/a\nb", "media/", "elsewhere/x", "media/x/.htaccess",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    path = tmp_path / "hostile"
    write_archive(path, {}, {name: b"evil"})

    assert "不该有" in refusal("restore", path)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_SPARSE, tarfile.GNUTYPE_LONGNAME],
)  # fmt: skip
def test_what_is_no_plain_file_is_refused(tmp_path, kind):
    path = tmp_path / "hostile"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        add(archive, "media/x", b"", type=kind, linkname="/etc/passwd")

    assert "不该有的东西" in refusal("restore", path)


@pytest.mark.usefixtures("unchanged")
def test_the_same_name_twice_is_refused(tmp_path):
    path = tmp_path / "hostile"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        add(archive, "media/x", b"1")
        add(archive, "media/x", b"2")

    assert "出现两次" in refusal("restore", path)


def _strange_column(manifest, members):
    name = "database/auth.user.jsonl.gz"
    text = gzip.decompress(members[name]).replace(b'"username"', b'"nickname"', 1)
    members[name] = gzip.compress(text)


def _bomb(manifest, members):
    members["database/bulletins.phrase.jsonl.gz"] = gzip.compress(b"[" * 50_000_000)


def _deep(manifest, members):
    members["database/bulletins.phrase.jsonl.gz"] = gzip.compress(b"[" * 100_000 + b"\n")  # fmt: skip


def _no_gzip(manifest, members):
    members["database/bulletins.phrase.jsonl.gz"] = b"nothing packed"


def _broken_gzip(manifest, members):
    packed = members["database/auth.user.jsonl.gz"]
    members["database/auth.user.jsonl.gz"] = packed[:20] + b"\xff" * 20 + packed[40:]


def _rows_fewer(manifest, members):
    manifest["rows"]["auth.user"] += 1


def _orphan(manifest, members):
    name = "database/auth.user.jsonl.gz"
    members[name] = gzip.compress(gzip.decompress(members[name]).partition(b"\n")[0] + b"\n")  # fmt: skip
    manifest["rows"]["auth.user"] = 0


def _against_the_rules(manifest, members):
    name = "database/bulletins.issue.jsonl.gz"
    text = gzip.decompress(members[name]).replace(b'"draft"', b'"issued"')
    members[name] = gzip.compress(text)


def _nonsense(manifest, members):
    name = "database/bulletins.issue.jsonl.gz"
    head = gzip.decompress(members[name]).partition(b"\n")[0]
    line = json.dumps(["x"] * len(json.loads(head))).encode()
    members[name] = gzip.compress(head + b"\n" + line + b"\n")


def _missing_table(manifest, members):
    del members["database/auth.user.jsonl.gz"]


def _strange_table(manifest, members):
    members["database/evil.table.jsonl.gz"] = gzip.compress(b'["id"]\n')
    manifest["rows"]["evil.table"] = 0


def _newer(manifest, members):
    manifest["migrations"]["bulletins"].append("9999_flying_cars")


def _older(manifest, members):
    manifest["migrations"]["bulletins"].pop()


def _other_format(manifest, members):
    manifest["format"] = "bulletin-backup/2"


def _no_manifest_at_all(manifest, members):
    manifest.clear()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_strange_column, "备份里的表与本系统的不同：auth.User"),
        (_bomb, "读不出来"),
        (_deep, "读不出来"),
        (_no_gzip, "读不出来"),
        (_broken_gzip, "读不出来"),
        (_rows_fewer, "行数与清单不符"),
        (_orphan, "互相对不上"),
        (_against_the_rules, "不合本系统的规则"),
        (_nonsense, "读不懂的数据"),
        (_missing_table, "备份里的表与本系统的不同：auth.user"),
        (_strange_table, "备份里的表与本系统的不同：evil.table"),
        (_newer, "较新的或不同的版本"),
        (_older, "较旧的版本"),
        (_other_format, "可能来自较新的版本"),
        (_no_manifest_at_all, "清单读不懂"),
    ],
)
def test_an_archive_made_to_deceive_changes_nothing(backup, change, words):
    assert words in refusal("restore", retold(backup, change))


@pytest.mark.usefixtures("unchanged")
def test_a_backup_changed_between_its_two_readings_is_refused(backup):
    manifest = restore.examine(backup)
    content = backup.read_bytes()
    at = content.index(b"\x89PNG picture")
    backup.write_bytes(content[:at] + b"\x88" + content[at + 1 :])

    with pytest.raises(UpkeepError, match="在恢复时变了"):
        restore.restore(backup, manifest, replace=False)


# --- under a password -------------------------------------------------------------


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    make_rows()
    monkeypatch.setenv("BACKUP_PASSWORD", PASSWORD)
    path = tmp_path / "sealed"
    assert run("backup", path)[0] == 0
    wipe()
    return path


@pytest.mark.usefixtures("unchanged")
def test_a_sealed_backup_shows_nothing_and_opens_to_its_password_alone(
    sealed, monkeypatch
):
    content = sealed.read_bytes()
    assert b"zhangsan" not in content
    assert b"database/" not in content

    monkeypatch.delenv("BACKUP_PASSWORD")
    assert "是加密的" in refusal("restore", sealed)
    monkeypatch.setenv("BACKUP_PASSWORD", "another password")
    assert "备份密码不对" in refusal("restore", sealed)


@pytest.mark.usefixtures("unchanged")
def test_a_byte_changed_in_a_sealed_backup_is_noticed(sealed):
    content = sealed.read_bytes()
    for at in (sealing.HEADER - 1, sealing.HEADER + 3, len(content) // 2, -1):
        changed = bytearray(content)
        changed[at] ^= 1
        sealed.write_bytes(changed)
        assert "已损坏或被改动过" in refusal("restore", sealed)
    sealed.write_bytes(content[: sealing.HEADER - 1])
    assert "不完整" in refusal("restore", sealed)
    sealed.write_bytes(content[:-1])
    assert "已损坏或被改动过" in refusal("restore", sealed)


@pytest.mark.usefixtures("unchanged")
def test_a_sealed_backup_can_be_read_without_this_program(sealed, tmp_path):
    """As docs/operations.md says."""
    command = (
        f"tail -c +{sealing.HEADER + 1} {sealed} | openssl enc -d -aes-256-ctr -pbkdf2 "
        "-iter 600000 -md sha256 -pass env:BACKUP_PASSWORD | tar -t"
    )
    assert command.partition("|")[2] in (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")  # fmt: skip
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)  # fmt: skip

    assert "database/auth.user.jsonl.gz" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "manifest.json"


@pytest.mark.usefixtures("unchanged")
def test_bad_passwords_are_refused_before_anything_is_written(tmp_path, monkeypatch):
    target = tmp_path / "b"
    assert "没有设置密码" in refusal("backup", target, "--encrypt")
    missing = tmp_path / "nothing"
    assert "密码文件读不出来" in refusal("backup", target, "--password-file", missing)
    monkeypatch.setenv("BACKUP_PASSWORD", "short")
    assert "太短" in refusal("backup", target)
    monkeypatch.setenv("BACKUP_PASSWORD", "two\nlines of text")
    assert "不可见的字符" in refusal("backup", target)
    monkeypatch.setenv("BACKUP_PASSWORD", PASSWORD)
    monkeypatch.setenv("PATH", "")
    assert "没有找到 openssl" in refusal("backup", target)
    assert not target.exists()


def test_a_password_may_stand_in_a_file(tmp_path, monkeypatch):
    make_rows()
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n", "utf-8")
    monkeypatch.setenv("BACKUP_PASSWORD_FILE", str(secret))

    run("backup", tmp_path / "b")

    wipe()
    assert run("restore", tmp_path / "b", "--password-file", secret)[0] == 0
    assert User.objects.filter(username="zhangsan").exists()


# --- the file ---------------------------------------------------------------------


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(tmp_path):
    run("backup", tmp_path / "b")
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600

    assert "已经存在" in refusal("backup", tmp_path / "b")
    assert "没有这个文件夹" in refusal("backup", tmp_path / "nowhere" / "b")


def test_a_folder_keeps_the_newest_and_what_is_not_ours(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    old = [f"bulletin-2020010{day}-030000.tar" for day in (1, 2, 3)]
    for name in (*old, "bulletin-last.tar", "notes.txt"):
        (folder / name).touch()

    status, out, _ = run("backup", folder, "--keep", 2)

    assert status == 0
    names = {path.name for path in folder.iterdir()}
    assert names > {old[2], "bulletin-last.tar", "notes.txt"}
    assert len(names) == 4
    assert "已删除旧备份 bulletin-20200101-030000.tar" in out


def test_old_backups_stay_when_the_new_one_fails(tmp_path, monkeypatch):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "bulletin-20200101-030000.tar").touch()

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(container.Writer, "finish", fail)

    assert "备份写不进去" in refusal("backup", folder, "--keep", 1)
    assert [path.name for path in folder.iterdir()] == ["bulletin-20200101-030000.tar"]
    assert "--keep 须是" in refusal("backup", folder, "--keep", 0)
    assert "--keep 须是" in refusal("backup", folder / "b", "--keep", 1)


def test_old_backups_stay_when_the_new_one_lacks_a_file_they_have(tmp_path):
    make_system()
    folder = tmp_path / "backups"
    folder.mkdir()
    run("backup", folder / "bulletin-20260101-020000.tar")
    page = Path(default_storage.path(Edition.objects.latest("pk").html_path))
    page.write_bytes(b"damaged")

    message = refusal("backup", folder, "--keep", 1)
    assert "有1个文件的内容变了，如 editions/" in message
    assert "旧备份没有删除" in message
    page.unlink()
    (picture,) = Picture.objects.all()
    Path(default_storage.path(picture.path)).unlink()
    assert "有2个文件在备份之前就不见了" in refusal("backup", folder / "other")

    assert (folder / "bulletin-20260101-020000.tar").exists()


def test_the_new_backup_stays_though_the_clock_was_set_back(tmp_path):
    (tmp_path / "bulletin-20990101-030000.tar").touch()

    status, out, _ = run("backup", tmp_path, "--keep", 1)

    assert status == 0
    made = re.search(r"bulletin-\d{8}-\d{6}\.tar", out)
    assert made is not None
    assert (tmp_path / made[0]).exists()


def test_what_a_backup_that_was_broken_off_left_goes_after_a_day(tmp_path):
    left = tmp_path / "bulletin-20200101-030000.tar.part"
    under_way = tmp_path / "bulletin-20200102-030000.sealed.part"
    foreign = tmp_path / "letter.part"
    for path in (left, under_way, foreign):
        path.touch()
    for path in (left, foreign):
        os.utime(path, (1_577_836_800, 1_577_836_800))

    run("backup", tmp_path, "--keep", 1)

    assert [p.exists() for p in (left, under_way, foreign)] == [False, True, True]


def test_derived_and_unfinished_files_are_left_out(tmp_path):
    make_picture()
    for name in ("site/index.html", "editions/ab/x.html.1234.part", "site/a/b.html"):
        default_storage.save(name, ContentFile(b"x"))

    done = back_up(tmp_path / "b")

    assert list(media.names()) == ["pictures/0123456789abcdef.png"]
    assert (done.files, done.missing) == (1, ())


def test_a_file_that_was_lost_before_is_told_and_the_rest_is_backed_up(tmp_path):
    make_picture()
    remove_files()

    message = refusal("backup", tmp_path / "b")

    assert "有1个文件在备份之前就不见了，如 pictures/0123456789abcdef.png" in message
    assert restore.examine(tmp_path / "b").rows["bulletins.picture"] == 1
