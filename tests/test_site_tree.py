"""The tree of files: what is written when, what never is, and how it is put right."""

import datetime as dt
import gzip
import os
import threading

import brotli
import pytest
from django.core.management import call_command

from bulletins import workflow
from bulletins.archive import addresses, keeping, listings, touching, tree
from bulletins.archive.addresses import Address
from bulletins.archive.building import build
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Bulletin, Section
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_issue,
    make_user,
)
from tests.published import make_issued, make_series, pages, snapshot

pytestmark = pytest.mark.django_db

MARK = "只此一处的标记文字"


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Run what waits for the commit, as if the test's block were a transaction."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture(autouse=True)
def a_site_address(settings):
    """Sitemaps are made only where the site knows its own address."""
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"


def sections_with(*units: str, mark: str = "") -> tuple[SectionEntry, ...]:
    articles = tuple(
        make_article(
            f"{unit}召开推进会{mark}", source=unit, body=f"<p>内容{mark}。</p>"
        )
        for unit in units
    )
    return (
        SectionEntry("工作动态", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, (make_brief("麦岭镇整治环境"),)),
    )


def editor():
    return grant(make_user(), "correct", "withdraw", "publish")


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {
        path for path in before.keys() | after if before.get(path) != after.get(path)
    }


LISTS = {
    "/",
    "/lanmu/",
    "/lanmu/工作动态/",
    "/lanmu/工作动态/2024/",
    "/lanmu/简讯/",
    "/lanmu/简讯/2024/",
    "/danwei/",
    "/feed.atom",
    "/feed.json",
    "/sitemap.xml",
    "/sitemap/pages.xml",
    "/zuofeng/",
    "/zuofeng/2024/",
    "/zuofeng/feed.atom",
    "/zuofeng/feed.json",
    "/sitemap/zuofeng/2024.xml",
}


def own_pages(number: int, items: int, editions: int = 1) -> set[str]:
    base = f"/zuofeng/2024/{number}"
    return {
        f"{base}/",
        f"{base}.pdf",
        *(f"{base}/edition-{n}/" for n in range(1, editions + 1)),
        *(f"{base}/edition-{n}.pdf" for n in range(1, editions + 1)),
        *(f"{base}/{n}/" for n in range(1, items + 1)),
    }


@pytest.fixture
def two_issues(committed):
    """Two issues out, and everything else of the site written too."""
    with committed():
        issues = make_series(7, 8, sections=sections_with("襄城县", "禹州市"))
    keeping.verify()
    return issues


# --- what a move writes -----------------------------------------------------------


def test_publishing_writes_exactly_what_the_issue_touches(committed, two_issues):
    before = pages()

    with committed():
        issue = make_issued(
            two_issues[0].bulletin,
            number=9,
            date=dt.date(2024, 9, 20),
            sections=sections_with("襄城县", "长葛市"),
        )

    units = {"/danwei/襄城县/", "/danwei/襄城县/2024/"}
    new_unit = {"/danwei/长葛市/", "/danwei/长葛市/2024/"}
    neighbour = {"/zuofeng/2024/8/", "/zuofeng/2024/8/edition-1/"}
    expected = own_pages(9, items=3) | LISTS | units | new_unit | neighbour
    # The sitemap of sitemaps tells the day of the last change: it is today's already.
    assert changed(before, pages()) == expected - {"/sitemap.xml"}
    assert {address.path for address in touching.touched(issue)} == expected


def test_a_correction_writes_the_issue_and_its_lists_and_no_other_issue(
    committed, two_issues
):
    issue = two_issues[0]
    before = pages()
    issue.articles.filter(source="禹州市").update(title="禹州市召开现场会")

    with committed():
        workflow.correct(issue, by=editor(), comment="会议名称有误")

    found = changed(before, pages())
    new = {"/zuofeng/2024/7/edition-2/", "/zuofeng/2024/7/edition-2.pdf"}
    assert new < found
    assert found <= {address.path for address in touching.touched(issue)}
    assert not [path for path in found if path.startswith("/zuofeng/2024/8")]
    first = tree.file_of(Address("/zuofeng/2024/7/edition-1/")).read_text()
    assert "后来已经更正" in first
    assert "禹州市召开推进会" in first


def test_an_item_taken_out_by_a_correction_loses_its_page_and_its_unit(
    committed, two_issues
):
    issue = two_issues[0]
    two_issues[1].articles.all()
    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="重复印发")
    issue.articles.filter(source="禹州市").delete()

    with committed():
        workflow.correct(issue, by=editor(), comment="删去一篇")

    assert "/zuofeng/2024/7/2/" not in pages()
    assert not [path for path in pages() if "禹州市" in path]
    assert "/zuofeng/2024/7/3/" in pages()
    assert not keeping.verify().written


def test_withdrawing_leaves_nothing_of_the_issue(committed, two_issues):
    with committed():
        issue = make_issued(
            two_issues[0].bulletin,
            number=9,
            date=dt.date(2024, 9, 20),
            sections=sections_with("襄城县", mark=MARK),
        )
    assert any(MARK.encode() in page for page in pages().values())

    with committed():
        workflow.withdraw(issue, by=editor(), comment="数据有误")

    assert not any(MARK.encode() in page for page in pages().values())
    assert not [path for path in pages() if path.startswith("/zuofeng/2024/9")]
    assert not keeping.verify().written


def test_what_is_withdrawn_is_gone_before_any_task_has_run(committed, two_issues):
    with committed():
        issue = make_issued(
            two_issues[0].bulletin,
            number=9,
            date=dt.date(2024, 9, 20),
            sections=sections_with("襄城县", mark=MARK),
        )

    workflow.withdraw(issue, by=editor(), comment="数据有误")

    assert not any(MARK.encode() in page for page in pages().values())


@pytest.mark.parametrize("move", ["correct", "withdraw"])
def test_nothing_is_left_under_the_name_a_section_without_heading_had(committed, move):
    """Its name is in no edition: the rows alone knew it, and a move writes them anew."""
    told = SectionEntry(
        "", SectionKind.ARTICLES, (make_article(f"会议{MARK}", source="襄城县"),)
    )
    with committed():
        issue = make_issued(sections=(told,))
    name = issue.published_items.get().section
    page = f"/lanmu/{name}/2024/"
    assert MARK in pages()[page].decode()
    Section.objects.filter(bulletin=issue.bulletin).update(name="改了名的栏目")

    with committed():
        if move == "correct":
            issue.articles.update(title="会议")
        getattr(workflow, move)(issue, by=editor(), comment="内容有误")

    left = [path for path, content in pages().items() if MARK.encode() in content]
    assert left == (["/zuofeng/2024/8/edition-1/"] if move == "correct" else [])
    found = keeping.verify()
    assert (found.written, found.removed) == ([], [])


def test_what_a_reader_brings_back_before_the_commit_goes_with_the_commit(
    settings, committed, two_issues
):
    """A queue in the database may be read much later, or by nobody."""
    settings.TASKS_IN_DATABASE = True
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    address = addresses.issue(two_issues[1])
    before = build(address)
    assert before is not None

    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="数据有误")
        # To a reader, the rows still say that it is out.
        tree.write(address, before)

    assert not tree.holds(address)


def test_after_any_move_the_whole_tree_says_what_the_rows_say(committed, two_issues):
    """What a move left untouched would be written by a verification, and is not."""
    bulletin = two_issues[0].bulletin
    with committed():
        make_issued(
            bulletin,
            number=1,
            date=dt.date(2023, 3, 1),
            sections=sections_with("建安区"),
        )
    assert keeping.verify().written == []

    two_issues[0].articles.update(source="魏都区")
    with committed():
        workflow.correct(two_issues[0], by=editor(), comment="单位有误")
    found = keeping.verify()
    assert (found.written, found.removed) == ([], [])

    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="重复")
    found = keeping.verify()
    assert (found.written, found.removed) == ([], [])


def test_the_tree_is_right_when_all_is_withdrawn_and_numbers_are_void(committed):
    with committed():
        bulletin = make_bulletin(slug="zuofeng", numbering=Bulletin.Numbering.YEARLY)
    for year in (2021, 2022):
        with committed():
            workflow.void_number(
                bulletin, "regular", year, 1, by=make_clerk(), reason="编号时跳过"
            )
    assert "/zuofeng/2021/" not in pages()
    moves = []
    for year in (2023, 2024):
        with committed():
            moves.append(make_issued(bulletin, number=1, date=dt.date(year, 3, 1)))
        assert (keeping.verify().written, keeping.verify().removed) == ([], [])
    assert "/zuofeng/2021/" in pages()

    for issue in moves:
        with committed():
            workflow.withdraw(issue, by=editor(), comment="重复")
        assert (keeping.verify().written, keeping.verify().removed) == ([], [])
    assert "/zuofeng/2023/" in pages()
    assert "第1期（已撤回）" in pages()["/"].decode()


def test_a_long_year_is_written_from_the_page_on_which_the_issue_stands(
    committed, monkeypatch
):
    monkeypatch.setattr(listings, "PAGE_LENGTH", 2)
    with committed():
        first, second = make_series(1, 2, sections=sections_with("襄城县", "禹州市"))
    keeping.verify()
    before = pages()
    assert "/lanmu/工作动态/2024/2/" in before

    with committed():
        make_issued(
            first.bulletin,
            number=3,
            date=dt.date(2024, 9, 9),
            sections=sections_with("襄城县"),
        )
    found = changed(before, pages())

    # The second page now leads to a third; the first is not touched.
    assert "/lanmu/工作动态/2024/3/" in found
    assert "/lanmu/工作动态/2024/2/" in found
    assert "/lanmu/工作动态/2024/" not in found
    with committed():
        workflow.withdraw(second, by=editor(), comment="重复")
    assert "/lanmu/工作动态/2024/3/" not in pages()
    repairs = keeping.verify()
    assert (repairs.written, repairs.removed) == ([], [])


# --- what is written --------------------------------------------------------------


def test_a_page_built_again_is_the_same_to_the_byte(two_issues):
    for path, content in pages().items():
        page = build(Address(path))
        assert page is not None
        assert page.content == content, path


def test_every_page_stands_beside_its_compressed_forms(two_issues):
    files = snapshot()
    texts = {name for name in files if name.endswith((".html", ".xml", ".atom"))}

    assert texts
    for name in texts:
        assert gzip.decompress(files[f"{name}.gz"]) == files[name]
        assert brotli.decompress(files[f"{name}.br"]) == files[name]
    assert not [name for name in files if name.endswith((".pdf.gz", ".pdf.br"))]


def test_the_first_issue_brings_the_whole_site(committed):
    with committed():
        make_issued()

    found = keeping.verify()
    assert (found.written, found.removed) == ([], [])


def test_an_unchanged_page_is_not_written_again(two_issues):
    address = addresses.issue(two_issues[0])
    before = tree.file_of(address).stat()

    assert not keeping.renew(address)

    after = tree.file_of(address).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_the_pdf_in_the_tree_is_the_file_that_was_published(two_issues):
    edition = two_issues[0].edition
    file = tree.file_of(addresses.issue_pdf(two_issues[0]))

    assert file.read_bytes().startswith(b"%PDF-")
    assert len(file.read_bytes()) == edition.pdf_size


# --- what never is ----------------------------------------------------------------


def test_nothing_that_is_not_public_is_ever_in_the_tree(committed, two_issues):
    bulletin = two_issues[0].bulletin
    internal = make_bulletin(slug="neibu", audience="internal", office=f"办{MARK}")
    marked = sections_with("襄城县", mark=MARK)
    with committed():
        make_issued(internal, number=1, sections=marked)
        make_issue(bulletin, number=20, sections=marked)
        workflow.submit(
            make_issue(bulletin, number=21, sections=marked), by=make_clerk()
        )
        gone = make_issued(
            bulletin, number=22, date=dt.date(2024, 9, 22), sections=marked
        )
        workflow.withdraw(gone, by=editor(), comment="重复印发")
    keeping.verify()

    assert not [name for name in snapshot() if "neibu" in name]
    assert not [name for name, page in pages().items() if MARK.encode() in page]
    for number in (20, 21):
        link = f"/zuofeng/2024/{number}/".encode()
        assert not [path for path, page in pages().items() if link in page]


def test_a_bulletin_made_internal_leaves_the_tree_at_once(two_issues):
    bulletin = two_issues[0].bulletin
    bulletin.audience = Bulletin.Audience.INTERNAL
    bulletin.save()

    keeping.bulletin_changed(bulletin)

    assert not [path for path in pages() if "zuofeng" in path]
    assert not any("召开推进会".encode() in page for page in pages().values())


def test_what_cannot_be_taken_out_of_the_tree_is_told(two_issues, monkeypatch, caplog):
    unlink = os.unlink

    def some_are_held(path, **place):
        if place and path == "9.pdf":
            raise PermissionError("held")
        unlink(path, **place)

    (tree.root() / "zuofeng/2024/9.pdf").write_bytes(b"%PDF-")
    bulletin = two_issues[0].bulletin
    bulletin.audience = Bulletin.Audience.INTERNAL
    bulletin.save()
    monkeypatch.setattr(os, "unlink", some_are_held)

    keeping.bulletin_changed(bulletin)

    assert "not all below /zuofeng/ was removed: PermissionError('held')" in caplog.text
    assert [path for path in pages() if "zuofeng" in path] == ["/zuofeng/2024/9.pdf"]


def test_a_renamed_bulletin_is_written_anew(committed, two_issues):
    bulletin = two_issues[0].bulletin
    bulletin.office = "县作风建设办公室"
    bulletin.save()

    with committed():
        keeping.bulletin_changed(bulletin, was_at="zuofeng")
    keeping.verify()

    assert "县作风建设办公室" in pages()["/"].decode()
    assert "/zuofeng/2024/7/" in pages()


# --- putting it right -------------------------------------------------------------


def test_verify_writes_what_a_crash_left_out_and_removes_strays(two_issues, capsys):
    missing = addresses.issue(two_issues[0])
    damaged = addresses.bulletin(two_issues[0].bulletin)
    form = tree.forms_of(tree.file_of(addresses.HOME))[1]
    tree.remove(missing)
    tree.file_of(damaged).write_text("别的内容")
    form.write_bytes(b"not brotli")
    stray = tree.root() / "zuofeng/2024/99/index.html"
    stray.parent.mkdir()
    stray.write_text("没有这一期")
    (tree.root() / "orphan.html.gz").write_bytes(b"")
    part = tree.root() / "zuofeng/.0123456789abcdef.part"
    part.write_text("写了一半")

    with pytest.raises(SystemExit) as ended:
        call_command("export_site", "--verify")

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert f"已补写 {missing.path}" in said
    assert f"已补写 {damaged.path}" in said
    assert "已补写 /\n" in said
    assert "已删除 /zuofeng/2024/99/" in said
    assert not stray.exists()
    assert not part.exists()
    assert not (tree.root() / "orphan.html.gz").exists()
    call_command("export_site", "--verify")
    assert "补写0个，删除0个，不能生成0个" in capsys.readouterr().out


def test_verify_names_an_edition_whose_file_is_not_what_was_published(
    two_issues, settings, capsys
):
    edition = two_issues[0].edition
    (settings.MEDIA_ROOT / edition.html_path).write_text("改过的网页")

    with pytest.raises(SystemExit):
        call_command("export_site", "--verify")

    assert "不能生成 /zuofeng/2024/7/：" in capsys.readouterr().err


def test_a_task_that_fails_does_not_fail_the_publishing(committed, monkeypatch, caplog):
    def full_disk(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(tree, "write", full_disk)
    with committed():
        issue = make_issued()
    monkeypatch.undo()

    assert issue.status == "issued"
    assert "disk full" in caplog.text
    assert addresses.issue(issue) in keeping.verify().written


def test_a_damaged_neighbour_keeps_no_issue_from_the_lists(
    committed, two_issues, settings, caplog
):
    edition = two_issues[1].edition
    (settings.MEDIA_ROOT / edition.html_path).write_text("改过的网页")

    with committed():
        make_issued(
            two_issues[0].bulletin,
            number=9,
            date=dt.date(2024, 9, 20),
            sections=sections_with("长葛市"),
        )

    found = pages()
    for path in ("/", "/zuofeng/", "/zuofeng/2024/"):
        assert 'href="/zuofeng/2024/9/"' in found[path].decode(), path
    assert "/danwei/长葛市/" in found
    # What holds the damaged text cannot be made, and says so.
    assert "/zuofeng/2024/8/" in caplog.text


def test_two_tasks_at_once_leave_what_one_would(two_issues):
    before = snapshot()
    lock_held, done = threading.Event(), threading.Event()

    def hold():
        with tree.lock():
            lock_held.set()
            done.wait(0.2)

    other = threading.Thread(target=hold)
    other.start()
    lock_held.wait()
    keeping.renew_issue.call(two_issues[0].pk)
    done.set()
    other.join()

    assert snapshot() == before


# --- a copy for a portal ----------------------------------------------------------


def test_export_writes_a_whole_site_and_then_only_what_changed(
    committed, two_issues, tmp_path, capsys
):
    folder = tmp_path / "portal"
    call_command("export_site", str(folder))
    assert (folder / "zuofeng/2024/7/index.html").exists()
    assert (folder / "zuofeng/2024/7.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "static/bulletins/site.css").exists()
    assert (folder / "404.html").exists()
    (folder / "own.txt").write_text("门户自己的文件")

    capsys.readouterr()
    call_command("export_site", str(folder))
    assert "写入0个，删除0个" in capsys.readouterr().out

    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="数据有误")
    call_command("export_site", str(folder))
    assert "已撤回" in (folder / "zuofeng/2024/8/index.html").read_text()
    assert "数据有误" in (folder / "zuofeng/2024/8/index.html").read_text()
    assert not (folder / "zuofeng/2024/8.pdf").exists()
    assert (folder / "own.txt").exists()


def test_a_copy_says_of_a_removed_piece_that_it_is(committed, two_issues, tmp_path):
    two_issues[0].articles.filter(source="禹州市").delete()
    with committed():
        workflow.correct(two_issues[0], by=editor(), comment="删去一篇")

    call_command("export_site", str(tmp_path / "portal"))

    page = tmp_path / "portal/zuofeng/2024/7/2/index.html"
    assert "本篇已在更正中删去" in page.read_text()


def test_an_export_that_was_cut_short_leaves_nothing_of_a_withdrawn_issue(
    committed, two_issues, tmp_path, monkeypatch
):
    folder = tmp_path / "portal"
    write = tree.write

    def full_disk(address, page, **options):
        if address == addresses.NOT_FOUND:
            raise OSError("disk full")
        return write(address, page, **options)

    everything = list(touching.everything())
    last = [*(a for a in everything if a != addresses.NOT_FOUND), addresses.NOT_FOUND]
    monkeypatch.setattr("bulletins.archive.exporting.everything", lambda: last)
    monkeypatch.setattr(tree, "write", full_disk)
    with pytest.raises(SystemExit):
        call_command("export_site", str(folder))
    assert (folder / "zuofeng/2024/8/1/index.html").exists()
    monkeypatch.undo()

    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="数据有误")
    call_command("export_site", str(folder))

    assert not (folder / "zuofeng/2024/8/1").exists()
    assert not (folder / "zuofeng/2024/8.pdf").exists()


def test_a_page_that_could_not_be_made_once_is_still_ours_to_remove(
    committed, two_issues, tmp_path, settings
):
    folder = tmp_path / "portal"
    call_command("export_site", str(folder))
    edition = two_issues[1].edition
    tree.remove(addresses.edition(two_issues[1], 1))
    (settings.MEDIA_ROOT / edition.html_path).write_text("改过的网页")
    with pytest.raises(SystemExit):
        call_command("export_site", str(folder))
    page = folder / "zuofeng/2024/8/edition-1/index.html"
    assert page.exists()

    with committed():
        workflow.withdraw(two_issues[1], by=editor(), comment="数据有误")
    call_command("export_site", str(folder))

    assert not page.exists()


def test_export_writes_links_for_where_the_portal_shows_it(two_issues, tmp_path):
    folder = tmp_path / "portal"
    call_command("export_site", str(folder), under="/jianbao/")

    page = (folder / "zuofeng/2024/7/index.html").read_text()
    assert 'href="/jianbao/zuofeng/"' in page
    assert 'href="/zuofeng/' not in page
    assert 'href="/static/' not in page
    assert (
        "https://jianbao.example.gov.cn/search/" in (folder / "index.html").read_text()
    )


@pytest.mark.parametrize("place", ["media", "media/site"])
def test_export_into_a_folder_of_the_system_is_refused(settings, place, capsys):
    with pytest.raises(SystemExit):
        call_command("export_site", str(settings.MEDIA_ROOT.parent / place))

    assert "请另选一处" in capsys.readouterr().err
