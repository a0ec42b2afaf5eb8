"""The public pages: what anyone sees, and what nobody may see."""

import datetime as dt
import re

import pytest
from django.test import Client

from bulletins import workflow
from bulletins.archive import addresses, tree
from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Bulletin, Issue
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_user,
)
from tests.published import make_issued, make_series, pages
from tests.small_archive import make_small_archive

pytestmark = pytest.mark.django_db


def staff_with(*rights: str) -> Client:
    """Log in somebody of the office, with the rights given."""
    client = Client()
    client.force_login(grant(make_user(is_staff=True), *rights))
    return client


def test_the_home_page_shows_the_latest_issue_and_lists_the_others(client):
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2024, 8, 30))
    make_issued(bulletin, number=8)

    page = client.get("/").content.decode()

    assert page.index('href="/zuofeng/2024/8/"') < page.index('href="/zuofeng/2024/7/"')
    assert 'href="/zuofeng/2024/8/#article-1-1"' in page
    assert 'href="/zuofeng/2024/8.pdf"' in page


def test_earlier_issues_are_listed_with_their_first_titles(client):
    issue, _ = make_series(7, 8)
    issue.articles.update(title="县作风办召开部署会")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="会议名称有误")

    page = client.get("/").content.decode()

    assert "第7期（有更正）" in page
    assert '<span class="entry-title">县作风办召开部署会</span>' in page


def test_the_latest_issue_says_that_it_was_corrected(client):
    issue = make_issued()
    issue.articles.update(title="县作风办召开部署会")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="会议名称有误")

    assert "第8期</a>（有更正）" in client.get("/").content.decode()


def test_each_of_several_bulletins_has_a_band_the_latest_first(client, settings):
    settings.SITE_NAME = "襄城县人民政府"
    make_small_archive()
    make_bulletin(slug="new", name="新设简报")

    page = client.get("/").content.decode()

    assert ">襄城县人民政府</h1>" in page
    assert page.index('id="band-zuofeng"') < page.index('id="band-wuxiao"')
    assert 'id="new"' not in page
    conduct, waste = page[page.index('id="band-zuofeng"') :].split('id="band-wuxiao"')
    assert 'href="/zuofeng/2024/8/#article-1-1"' in conduct
    assert 'download="襄城县作风建设工作简报2024年第8期.pdf"' in conduct
    assert "第57期</a>（有更正）" in waste
    assert 'href="/wuxiao/2020/56/"' in waste
    assert "2019年12月27日" in waste
    assert "第58期" not in waste


def test_the_contents_of_a_band_are_cut_and_say_so(client):
    make_issued(make_bulletin(slug="one", name="一号"))
    many = tuple(make_article(f"第{n}件事") for n in range(1, 10))
    sections = (
        *(SectionEntry("要闻", SectionKind.ARTICLES, many[:5]),),
        *(SectionEntry("动态", SectionKind.ARTICLES, many[5:]),),
    )
    make_issued(make_bulletin(slug="two", name="二号"), sections=sections)

    page = client.get("/").content.decode()

    assert "第5件事" in page
    assert "第6件事" not in page
    assert '<li class="contents-rest">另有4篇</li>' in page


def test_an_empty_site_says_so(client):
    assert "还没有公开的简报" in client.get("/").content.decode()


def test_an_issue_is_read_at_its_address_as_page_and_as_pdf(client):
    issue = make_issued()

    page = client.get("/zuofeng/2024/8/")
    pdf = client.get("/zuofeng/2024/8.pdf")

    assert issue.get_absolute_url() == "/zuofeng/2024/8/"
    assert "县作风办召开推进会" in page.content.decode()
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


def test_an_issued_page_never_changes_because_a_row_did(client):
    issue = make_issued()
    issue.articles.update(title="事后改动", body="<p>事后改动</p>")
    Bulletin.objects.update(office="另一个单位")

    assert "事后改动" not in client.get("/zuofeng/2024/8/").content.decode()


def test_a_supplement_has_an_address_of_its_own(client):
    issue = make_issued(number=1, kind=IssueKind.SUPPLEMENT)

    assert issue.get_absolute_url() == "/zuofeng/2024/s1/"
    assert client.get("/zuofeng/2024/s1/").status_code == 200
    assert client.get("/zuofeng/2024/1/").status_code == 404


def test_an_address_without_its_slash_leads_to_the_one_with_it(client):
    make_issued()

    for address in (
        "/zuofeng",
        "/zuofeng/2024",
        "/zuofeng/2024/8",
        "/zuofeng/2024/8/1",
    ):
        response = client.get(address)
        assert response.status_code == 301
        assert response["Location"] == f"{address}/"


# --- lists ------------------------------------------------------------------------


def test_the_bulletin_lists_its_issues_by_year(client):
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2023, 8, 30))
    make_issued(bulletin, number=8)

    page = client.get("/zuofeng/").content.decode()

    assert page.index(">2024年") < page.index(">2023年")
    assert page.index("/zuofeng/2024/8/") < page.index("/zuofeng/2023/7/")


def test_an_old_year_has_a_page_of_its_own_to_which_the_bulletin_leads(client):
    bulletin = make_bulletin(slug="zuofeng")
    for number, year in enumerate((2021, 2022, 2024), start=1):
        make_issued(bulletin, number=number, date=dt.date(year, 8, 30))

    page = client.get("/zuofeng/").content.decode()
    year = client.get("/zuofeng/2021/").content.decode()

    assert 'href="/zuofeng/2021/"' in page
    assert "/zuofeng/2021/1/" not in page
    assert 'href="/zuofeng/2021/1/"' in year
    assert 'href="/zuofeng/2022/"' in year
    assert client.get("/zuofeng/2023/").status_code == 404


def test_a_bulletin_with_many_issues_lists_the_last_and_leads_to_the_rest(
    client, monkeypatch
):
    monkeypatch.setattr("bulletins.archive.pages._ISSUES_SHOWN", 1)
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2024, 8, 30))
    make_issued(bulletin, number=8)

    page = client.get("/zuofeng/").content.decode()

    assert "/zuofeng/2024/8/" in page
    assert "/zuofeng/2024/7/" not in page
    assert '<a href="/zuofeng/2024/">2024年全部2期</a>' in page


def test_a_year_says_why_a_number_is_missing(client):
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2023, 12, 30))
    make_issued(bulletin, number=9)
    withdrawn = make_issued(bulletin, number=10, date=dt.date(2024, 9, 10))
    workflow.withdraw(withdrawn, by=grant(make_user(), "withdraw"), comment="数据有误")
    workflow.void_number(
        bulletin, Issue.Kind.REGULAR, 0, 8, by=make_clerk(), reason="编号时跳过"
    )

    before = client.get("/zuofeng/2023/").content.decode()
    page = client.get("/zuofeng/2024/").content.decode()

    assert "第8期（作废：编号时跳过）" in before
    assert "第8期" not in page
    assert "第10期（已撤回）" in page
    assert "数据有误" not in page


def void_number(bulletin: Bulletin, year: int, number: int) -> None:
    workflow.void_number(
        *(bulletin, Issue.Kind.REGULAR, year, number),
        by=make_clerk(),
        reason="编号时跳过",
    )


def withdraw(*issues: Issue) -> None:
    for issue in issues:
        workflow.withdraw(issue, by=grant(make_user(), "withdraw"), comment="有误")


def test_where_all_was_withdrawn_every_list_says_so(client):
    bulletin = make_bulletin(slug="zuofeng")
    withdraw(
        make_issued(bulletin, number=7, date=dt.date(2023, 12, 30)),
        make_issued(bulletin, number=8),
    )

    for address in ("/", "/zuofeng/"):
        page = client.get(address).content.decode()
        assert "第7期（已撤回）" in page
        assert 'href="/zuofeng/2024/8/"' in page
        assert "还没有公开" not in page
        assert "0期" not in page
    assert "第7期（已撤回）" in client.get("/zuofeng/2023/").content.decode()
    assert client.get("/sitemap/zuofeng/2023.xml").status_code == 404


def test_a_year_of_which_all_was_withdrawn_stays_beside_the_others(client, settings):
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=8)
    withdraw(make_issued(bulletin, number=7, date=dt.date(2023, 12, 30)))

    assert "第7期（已撤回）" in client.get("/zuofeng/2023/").content.decode()
    assert 'href="/zuofeng/2023/"' in client.get("/zuofeng/2024/").content.decode()
    assert "第7期（已撤回）" in client.get("/zuofeng/").content.decode()
    assert "/zuofeng/2023" not in client.get("/sitemap.xml").content.decode()
    # Who has issues to read shows these first.
    assert "第7期" not in client.get("/").content.decode()


def test_a_year_of_void_numbers_alone_is_told_once_something_came_out(client):
    bulletin = make_bulletin(slug="zuofeng", numbering=Bulletin.Numbering.YEARLY)
    make_issued(make_bulletin(slug="neibu", name="内参", audience="internal"))
    void_number(bulletin, 2022, 1)

    before = client.get("/zuofeng/2022/")
    make_issued(bulletin, number=1)
    after = client.get("/zuofeng/2022/")

    assert before.status_code == 404
    assert "第1期（作废：编号时跳过）" in after.content.decode()
    assert 'href="/zuofeng/2022/"' in client.get("/zuofeng/2024/").content.decode()
    assert client.get("/neibu/2024/").status_code == 404


def test_a_long_list_ends_in_its_years(client, monkeypatch):
    monkeypatch.setattr("bulletins.archive.listings._NEWEST", 2)
    make_series(7, 8, sections=two_articles())

    long = client.get("/lanmu/要闻/").content.decode()
    monkeypatch.setattr("bulletins.archive.listings._NEWEST", 4)
    tree.remove(addresses.section("要闻"))
    short = client.get("/lanmu/要闻/").content.decode()

    assert long.rindex("2024年（4篇）") > long.rindex("甲地召开推进会")
    assert "2024年（4篇）" not in short


def test_pieces_are_listed_by_section_and_by_unit_over_all_bulletins(client):
    sections = (
        SectionEntry(
            "要闻", SectionKind.ARTICLES, (make_article("甲", source="县/市文旅局"),)
        ),
        SectionEntry("简讯", SectionKind.BRIEFS, (make_brief("乙", source="襄城县"),)),
    )
    make_issued(make_bulletin(slug="one", name="一号"), sections=sections)
    make_issued(make_bulletin(slug="two", name="二号"), sections=sections)

    section = client.get("/lanmu/要闻/").content.decode()
    unit = client.get("/danwei/县／市文旅局/2024/").content.decode()

    assert 'href="/one/2024/8/1/"' in section
    assert 'href="/two/2024/8/1/"' in section
    assert "/8/2/" not in section
    assert 'href="/one/2024/8/1/"' in unit
    assert addresses.unit("县/市文旅局").href in client.get("/danwei/").content.decode()
    assert client.get("/danwei/襄城县/").status_code == 200
    for address in ("/danwei/没有的单位/", "/lanmu/没有/2024/", "/lanmu/要闻/2024/2/"):
        assert client.get(address).status_code == 404


# --- items ------------------------------------------------------------------------


def test_an_item_has_a_page_that_leads_to_those_beside_it(client):
    make_issued()

    article = client.get("/zuofeng/2024/8/1/").content.decode()
    brief = client.get("/zuofeng/2024/8/2/").content.decode()

    assert "会议要求抓好落实。" in article
    assert 'href="/zuofeng/2024/8/2/"' in article
    assert "麦岭镇开展环境整治" in brief
    assert "该镇清理垃圾30余吨。" in brief
    assert 'href="/zuofeng/2024/8/1/"' in brief
    assert client.get("/zuofeng/2024/8/3/").status_code == 404


def test_the_headings_of_an_article_follow_its_title_without_a_gap(client):
    body = "<h2>一、做法</h2><p>甲。</p><h3>（一）机制</h3><p>乙。</p>"
    make_issued(
        sections=(SectionEntry("", SectionKind.ARTICLES, (make_article(body=body),)),)
    )

    alone = client.get("/zuofeng/2024/8/1/").content.decode()
    within = client.get("/zuofeng/2024/8/").content.decode()

    assert re.findall(r"<(h[1-6])[ >]", alone) == ["h1", "h2", "h3", "h2"]
    assert "<h3>一、做法</h3>" in within


# --- corrected and withdrawn ------------------------------------------------------


def test_a_corrected_issue_shows_its_note_and_both_editions(client):
    issue = make_issued()
    issue.articles.update(title="县作风办召开部署会")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="会议名称有误")

    page = client.get("/zuofeng/2024/8/").content.decode()
    first = client.get("/zuofeng/2024/8/edition-1/").content.decode()
    second = client.get("/zuofeng/2024/8/edition-2/").content.decode()

    assert "会议名称有误" in page
    assert 'href="/zuofeng/2024/8/edition-1/"' in page
    assert "已经更正" in first
    assert "（第1版）</title>" in first
    assert "版）</title>" not in second
    assert "县作风办召开推进会" in first
    assert "县作风办召开部署会" in second
    assert client.get("/zuofeng/2024/8/edition-1.pdf").status_code == 200
    assert client.get("/zuofeng/2024/8/edition-3/").status_code == 404


def test_a_piece_of_a_corrected_issue_says_so_above_its_text(client):
    issue = make_issued()
    issue.articles.update(title="县作风办召开部署会")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="会议名称有误")

    page = client.get("/zuofeng/2024/8/1/").content.decode()

    assert page.index("这一期有更正") < page.index("会议要求抓好落实。")


def test_a_piece_leads_to_its_year_and_a_pdf_is_kept_under_a_speaking_name(client):
    make_issued()

    piece = client.get("/zuofeng/2024/8/1/").content.decode()
    issue = client.get("/zuofeng/2024/8/").content.decode()
    edition = client.get("/zuofeng/2024/8/edition-1/").content.decode()

    assert '<li><a href="/zuofeng/2024/">2024年</a></li>' in piece
    for page in (piece, issue, edition):
        assert 'download="襄城县作风建设工作简报2024年第8期.pdf"' in page


def test_a_withdrawn_issue_says_so_at_each_of_its_addresses(client):
    issue = make_issued()
    client.get("/zuofeng/2024/8/")
    workflow.withdraw(issue, by=grant(make_user(), "withdraw"), comment="数据有误")

    for address in ("8/", "8.pdf", "8/1/", "8/edition-1/", "8/edition-1.pdf"):
        response = client.get(f"/zuofeng/2024/{address}")
        assert response.status_code == 410
        assert "数据有误" in response.content.decode()
        assert "县作风办召开推进会" not in response.content.decode()


def correct_without(issue: Issue, title: str) -> Issue:
    """Take a piece out of an issue that is out."""
    issue.articles.filter(title=title).delete()
    return workflow.correct(issue, by=grant(make_user(), "correct"), comment="删去一篇")


def two_articles() -> tuple[SectionEntry, ...]:
    articles = (make_article("甲地召开推进会"), make_article("乙地整治环境"))
    return (SectionEntry("要闻", SectionKind.ARTICLES, articles),)


def test_a_piece_a_correction_took_out_says_so_and_leads_to_both_editions(client):
    correct_without(make_issued(sections=two_articles()), "甲地召开推进会")

    response = client.get("/zuofeng/2024/8/1/")
    page = response.content.decode()

    assert response.status_code == 410
    assert "<h1>本篇已在更正中删去</h1>" in page
    assert "已由编印单位在第2版更正中删去" in page
    assert "标题：甲地召开推进会" in page
    assert "更正说明：删去一篇" in page
    assert 'href="/zuofeng/2024/8/"' in page
    assert 'href="/zuofeng/2024/8/edition-1/#article-1-1"' in page
    assert client.get("/zuofeng/2024/8/2/").status_code == 200
    assert client.get("/zuofeng/2024/8/3/").status_code == 404


def test_a_removed_piece_stays_so_through_later_corrections(client):
    issue = correct_without(make_issued(sections=two_articles()), "甲地召开推进会")
    issue.articles.update(title="乙地整治人居环境")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="标题有误")

    page = client.get("/zuofeng/2024/8/1/").content.decode()

    assert "在第2版更正中删去" in page
    assert "更正说明：删去一篇" in page
    assert "edition-1/" in page


def test_of_a_removed_piece_nothing_is_told_where_the_issue_is_not_public(client):
    hidden = make_bulletin(slug="neibu", audience="internal", name="内参")
    correct_without(make_issued(hidden, sections=two_articles()), "甲地召开推进会")
    withdrawn = correct_without(make_issued(sections=two_articles()), "甲地召开推进会")
    workflow.withdraw(withdrawn, by=grant(make_user(), "withdraw"), comment="数据有误")

    response = client.get("/zuofeng/2024/8/1/")

    assert client.get("/neibu/2024/8/1/").status_code == 404
    assert response.status_code == 410
    assert "第8期已撤回" in response.content.decode()
    assert "甲地召开推进会" not in response.content.decode()


# --- what nobody may see ----------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "review", "approved"])
def test_a_draft_answers_as_nothing_does(client, status):
    issue = make_issue(make_bulletin(slug="zuofeng"))
    if status != "draft":
        workflow.submit(issue, by=make_clerk())
    if status == "approved":
        workflow.approve(issue, by=make_leader(issue.bulletin))

    for address in ("8/", "8.pdf", "8/1/", "8/edition-1/"):
        response = client.get(f"/zuofeng/2024/{address}")
        nothing = client.get(f"/zuofeng/2024/{address.replace('8', '9', 1)}")
        assert response.status_code == nothing.status_code == 404
        assert response.content == nothing.content
        assert "没有找到" in response.content.decode()
    assert "推进会" not in client.get("/").content.decode()


def test_an_internal_bulletin_is_nowhere_to_be_seen(client):
    make_issued(make_bulletin(slug="neibu", audience="internal"))

    for address in (
        *("/neibu/", "/neibu/2024/", "/neibu/2024/8/", "/neibu/2024/8.pdf"),
        *("/neibu/2024/8/1/", "/neibu/2024/8/edition-1/", "/neibu/feed.atom"),
        *("/neibu/masthead.css", "/sitemap/neibu/2024.xml"),
    ):
        assert client.get(address).status_code == 404
    for address in ("/", "/lanmu/", "/danwei/", "/about/", "/feed.atom", "/feed.json"):
        assert "neibu" not in client.get(address).content.decode()
    assert not [path for path in pages() if "neibu" in path]


@pytest.mark.parametrize("address", ["/neibu/", "/neibu/2024/8/", "/neibu/2024/8/1/", "/neibu/2024/8.pdf"])  # fmt: skip
def test_the_office_reads_its_internal_bulletin_and_no_file_is_kept(address):
    make_issued(make_bulletin(slug="neibu", audience="internal"))

    response = staff_with("view").get(address)

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert staff_with().get(address).status_code == 404
    assert not [path for path in pages() if "neibu" in path]


def test_a_classified_issue_of_a_public_bulletin_is_not_public(client):
    issue = make_issued(make_bulletin(slug="neibu", audience="internal"))
    Issue.objects.filter(pk=issue.pk).update(secrecy="秘密★1年")
    Bulletin.objects.update(audience=Bulletin.Audience.PUBLIC)

    assert client.get("/neibu/2024/8/").status_code == 404
    assert "/neibu/2024/8/" not in client.get("/neibu/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/zuofeng/0000/8/",
        "/zuofeng/0000/",
        "/zuofeng/2024/0/",
        "/zuofeng/2024/99999999999/",
        "/zuofeng/2024/999999/",
        "/zuofeng/2024/08/",
        "/zuofeng/2024/-8/",
        "/zuofeng/2024/８/",
        "/zuofeng/２０２４/8/",
        "/zuofeng/2024/8/0/",
        "/zuofeng/2024/8/99999/",
        "/zuofeng/2024/8/999999/",
        "/zuofeng/2024/8/edition-0/",
        "/zuofeng/2024/8/edition-9999/",
        "/zuofeng/2024/8/edition-99999999/",
        "/nowhere/",
        "/nowhere/2024/8/",
        "/zuofeng/2024/8.docx",
        "/zuofeng/2024/8/index.html",
        "/zuofeng/2024/8/1.pdf",
        "/lanmu/%00/",
        "/lanmu/" + "长" * 500 + "/",
        "/lanmu/../admin/",
        "/danwei/'; DROP TABLE/",
        "/sitemap/nowhere/2024.xml",
        "/media/pictures/../../db.sqlite3",
        "/media/pictures/0123456789abcdef.png",
        "/media/editions/aa/aa.pdf",
        "/media/site/zuofeng/2024/8/index.html",
        "/.lock",
        "/404.html",
    ],
)
def test_an_address_that_is_none_answers_404(client, address):
    make_issued()

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_page_is_only_read(method):
    client = Client(enforce_csrf_checks=True)
    make_issued()
    client.get("/zuofeng/2024/8/")

    assert getattr(client, method)("/zuofeng/2024/8/").status_code == 405


# --- pictures ---------------------------------------------------------------------


def picture_in(issue_of: Bulletin, settings, name: str, **fields) -> Issue:
    folder = settings.MEDIA_ROOT / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"\x89PNG picture")
    body = f'<p>见图。</p><p><img src="/media/pictures/{name}" alt="会场"></p>'
    sections = (SectionEntry("", SectionKind.ARTICLES, (make_article(body=body),)),)
    return make_issue(issue_of, sections=sections, **fields)


def test_the_picture_of_a_draft_is_seen_by_the_office_alone(client, settings):
    name = f"{'a' * 32}.png"
    picture_in(make_bulletin(slug="zuofeng"), settings, name)

    address = f"/media/pictures/{name}"
    assert client.get(address).status_code == 404
    response = staff_with("view").get(address)
    assert response.content == b"\x89PNG picture"
    assert response["Cache-Control"] == "private, no-store"


# --- cost -------------------------------------------------------------------------


def test_a_page_missing_in_the_tree_is_built_once_and_then_served_from_it(
    client, django_assert_num_queries
):
    bulletin = make_bulletin(slug="zuofeng")
    for number in range(1, 4):
        make_issued(bulletin, number=number, date=dt.date(2024, 9, number))
    every = (
        "/",
        "/zuofeng/",
        "/zuofeng/2024/",
        "/zuofeng/2024/3/",
        "/zuofeng/2024/3/1/",
    )
    for address in every:
        assert not tree.holds(addresses.Address(address))
        assert client.get(address).status_code == 200
        assert tree.holds(addresses.Address(address))

    with django_assert_num_queries(0):
        for address in every:
            assert client.get(address).status_code == 200


def test_a_tree_that_cannot_be_written_is_no_reason_not_to_answer(
    client, monkeypatch, caplog
):
    make_issued()

    def read_only(*_, **__):
        raise OSError("read-only file system")

    monkeypatch.setattr(tree, "write", read_only)
    assert "推进会" in client.get("/zuofeng/2024/8/").content.decode()
    assert "read-only file system" in caplog.text
