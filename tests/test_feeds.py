"""Feeds, sitemaps and robots.txt: what machines are told."""

import datetime as dt
import json
import re

import pytest
from lxml import etree

from bulletins import workflow
from bulletins.archive import addresses, feeds, keeping
from bulletins.archive.addresses import Address
from bulletins.archive.building import build
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Edition, Event
from tests.factories import grant, make_article, make_bulletin, make_user
from tests.markup_checks import faults_of_atom
from tests.published import make_issued, make_series, pages

pytestmark = pytest.mark.django_db

SITE = "https://jianbao.example.gov.cn"
FEEDS = ("/feed.atom", "/feed.json", "/zuofeng/feed.atom", "/zuofeng/feed.json")
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "t": "http://purl.org/atompub/tombstones/1.0",
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
}


@pytest.fixture(autouse=True)
def a_site_address(settings):
    settings.SITE_ADDRESS = SITE


def atom(path: str = "/feed.atom"):
    content = build(Address(path)).content
    assert faults_of_atom(content) == []
    return etree.fromstring(content)


def texts(root, path: str) -> list:
    return list(root.xpath(path, namespaces=NAMES))


def editor():
    return grant(make_user(), "correct", "withdraw")


def test_a_feed_holds_the_last_issues_in_full_the_newest_first():
    make_series(7, 8)

    feed = atom()

    titles = texts(feed, "//a:entry/a:title/text()")
    assert titles == ["襄城县作风建设工作简报 第8期", "襄城县作风建设工作简报 第7期"]
    links = texts(feed, "//a:entry/a:link/@href")
    assert links == [f"{SITE}/zuofeng/2024/8/", f"{SITE}/zuofeng/2024/7/"]
    content = texts(feed, "//a:entry[1]/a:content/text()")[0]
    assert "会议要求抓好落实。" in content
    assert "各乡镇" in content
    assert texts(feed, "//a:entry[1]/a:published/text()") == [
        "2024-09-09T00:00:00+08:00"
    ]


def test_what_a_feed_links_to_is_found_from_anywhere():
    issue = make_issued()
    html = f'<a href="#article-1-1">题</a><img src="/media/pictures/{"0" * 16}.png">'

    made = feeds._readable_anywhere(html, addresses.issue(issue))

    assert f'href="{SITE}/zuofeng/2024/8/#article-1-1"' in made
    assert f'src="{SITE}/media/pictures/' in made


def test_a_feed_of_a_bulletin_holds_that_bulletin_alone():
    make_issued()
    other = make_bulletin(slug="other", name="信息")
    make_issued(other)

    assert len(texts(atom(), "//a:entry")) == 2
    assert len(texts(atom("/zuofeng/feed.atom"), "//a:entry")) == 1
    assert build(Address("/nowhere/feed.atom")) is None


def test_a_feed_ends_after_the_last_ones(monkeypatch):
    monkeypatch.setattr(feeds, "LENGTH", 2)
    make_series(6, 7, 8)

    titles = texts(atom(), "//a:entry/a:title/text()")
    assert titles == ["襄城县作风建设工作简报 第8期", "襄城县作风建设工作简报 第7期"]


def test_a_correction_is_news_under_the_same_name():
    issue = make_issued()
    before = atom()
    issue.articles.update(title="县作风办召开会议")
    workflow.correct(issue, by=editor(), comment="标题有误。")

    after = atom()

    assert texts(after, "//a:id/text()") == texts(before, "//a:id/text()")
    assert texts(after, "//a:entry/a:updated/text()") >= texts(
        before, "//a:entry/a:updated/text()"
    )
    assert texts(after, "//a:entry/a:summary/text()")[0].startswith(
        "更正说明：标题有误。"
    )


@pytest.mark.parametrize("sign", ["\x0b", "\x1b", "\ufffe", "\uffff"])
def test_a_sign_xml_cannot_hold_spoils_no_feed(sign):
    """Word writes its soft line break so, and a note is pasted from Word."""
    issue = make_issued()
    issue.articles.update(title="县作风办召开会议")
    workflow.correct(issue, by=editor(), comment=f"标题{sign}有误")

    summary = texts(atom(), "//a:entry/a:summary/text()")[0]

    assert summary.startswith("更正说明：标题有误")


def test_an_entry_is_filed_as_the_site_files_its_pieces():
    sections = (
        SectionEntry(
            "", SectionKind.ARTICLES, (make_article("甲"), make_article("乙"))
        ),
        SectionEntry("县区动态", SectionKind.ARTICLES, (make_article("丙"),)),
    )
    issue = make_issued(sections=sections)
    filed = list(issue.published_items.values_list("section", flat=True))

    terms = texts(atom(), "//a:entry/a:category/@term")

    assert terms == [filed[0], "县区动态"]
    assert filed[0] == filed[1] != ""
    (item,) = json_items("/zuofeng/feed.json")
    assert item["tags"] == terms


def json_items(path: str = "/feed.json"):
    return json.loads(build(Address(path)).content)["items"]


@pytest.mark.parametrize("path", ["/feed.atom", "/zuofeng/feed.atom"])
def test_what_is_withdrawn_is_taken_back_under_its_name(path):
    _, issue = make_series(7, 8)
    (name, _) = texts(atom(path), "//a:entry/a:id/text()")
    workflow.withdraw(issue, by=editor(), comment="重复印发")

    after = atom(path)

    assert len(texts(after, "//a:entry")) == 1
    (gone,) = texts(after, "//t:deleted-entry")
    assert gone.get("ref") == name
    assert texts(gone, "t:comment/text()") == ["重复印发"]
    assert gone.get("when") == withdrawn_at(issue)
    assert "推进会" not in etree.tostring(gone, encoding="unicode")


@pytest.mark.parametrize("path", ["/feed.json", "/zuofeng/feed.json"])
def test_a_json_feed_says_of_what_is_withdrawn_that_it_is(path):
    _, issue = make_series(7, 8)
    before = json_items(path)
    workflow.withdraw(issue, by=editor(), comment="重复印发")

    gone, other = json_items(path)

    assert other == before[1]
    assert gone["id"] == before[0]["id"]
    assert gone["title"] == "襄城县作风建设工作简报 第8期（已撤回）"
    assert gone["content_text"] == "重复印发"
    assert gone["date_published"] == before[0]["date_published"]
    assert gone["date_modified"] == withdrawn_at(issue)
    assert "content_html" not in gone


def withdrawn_at(issue):
    event = issue.events.get(move=Event.Move.WITHDRAW)
    beijing = dt.timezone(dt.timedelta(hours=8))
    return event.at.astimezone(beijing).isoformat(timespec="seconds")


def test_a_withdrawal_is_the_time_of_a_feed_also_of_one_it_empties():
    first, last = make_series(7, 8)
    for day, issue in ((8, last), (7, first)):
        workflow.withdraw(issue, by=editor(), comment="重复印发")
        Event.objects.filter(issue=issue, move=Event.Move.WITHDRAW).update(
            at=dt.datetime(2099, 1, day, 9, 30, tzinfo=dt.UTC)
        )
        found = atom()
        assert texts(found, "/a:feed/a:updated/text()") == ["2099-01-08T17:30:00+08:00"]
    assert texts(found, "//a:entry") == []
    assert len(texts(found, "//t:deleted-entry")) == 2


def test_a_feed_tells_of_the_last_withdrawals_alone(monkeypatch):
    monkeypatch.setattr(feeds, "LENGTH", 2)
    issues = make_series(5, 6, 7, 8)
    for issue in issues[:3]:
        workflow.withdraw(issue, by=editor(), comment=f"第{issue.number}期重复")

    reasons = texts(atom(), "//t:deleted-entry/t:comment/text()")

    assert reasons == ["第7期重复", "第6期重复"]
    assert len(json_items()) == 3


def test_what_was_never_public_is_not_told_as_withdrawn():
    internal = make_bulletin(slug="neibu", audience="internal", name="内参")
    workflow.withdraw(make_issued(internal), by=editor(), comment="重复印发")

    assert texts(atom(), "//t:deleted-entry") == []
    assert json_items() == []


def test_feeds_are_rewritten_when_an_issue_is_withdrawn(
    django_capture_on_commit_callbacks,
):
    with django_capture_on_commit_callbacks(execute=True):
        _, issue = make_series(7, 8)
    keeping.verify()

    with django_capture_on_commit_callbacks(execute=True):
        workflow.withdraw(issue, by=editor(), comment="重复印发")

    for path in FEEDS:
        assert "重复印发" in pages()[path].decode(), path
    found = keeping.verify()
    assert (found.written, found.removed) == ([], [])


def test_an_empty_site_has_valid_feeds_and_sitemaps():
    assert texts(atom(), "//a:entry") == []
    assert b"/about/" in build(addresses.SITEMAP_PAGES).content


def test_without_an_address_feeds_name_paths_and_there_is_no_sitemap(settings):
    settings.SITE_ADDRESS = ""
    make_issued()

    assert texts(atom(), "//a:entry/a:link/@href") == ["/zuofeng/2024/8/"]
    assert build(addresses.SITEMAP) is None
    assert build(addresses.SITEMAP_PAGES) is None
    assert b"Sitemap" not in build(addresses.ROBOTS).content


def test_the_name_of_an_entry_does_not_depend_on_where_the_site_is(settings):
    make_issued()
    before = texts(atom(), "//a:id/text()")
    settings.SITE_ADDRESS = "https://www.example.gov.cn"

    assert texts(atom(), "//a:id/text()") == before
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", name) for name in before)


def test_the_json_feed_is_of_version_1_1():
    make_issued()

    feed = json.loads(build(Address("/zuofeng/feed.json")).content)

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "襄城县作风建设工作简报"
    assert feed["feed_url"] == f"{SITE}/zuofeng/feed.json"
    (item,) = feed["items"]
    assert item["url"] == f"{SITE}/zuofeng/2024/8/"
    assert item["title"] == "襄城县作风建设工作简报 第8期"
    assert item["tags"] == ["正文", "简讯"]
    assert dt.datetime.fromisoformat(
        item["date_published"]
    ).utcoffset() == dt.timedelta(hours=8)
    assert isinstance(item["id"], str)
    assert "会议要求抓好落实。" in item["content_html"]


def test_sitemaps_say_what_there_is_and_when_it_changed():
    first, last = make_series(7, 8)
    Edition.objects.filter(issue=first).update(
        frozen_at=dt.datetime(2024, 9, 8, 9, tzinfo=dt.UTC)
    )
    Edition.objects.filter(issue=last).update(
        frozen_at=dt.datetime(2024, 9, 9, 9, tzinfo=dt.UTC)
    )

    index = etree.fromstring(build(addresses.SITEMAP).content)
    part = etree.fromstring(build(Address("/sitemap/zuofeng/2024.xml")).content)

    assert index.tag == f"{{{NAMES['s']}}}sitemapindex"
    assert texts(index, "//s:loc/text()") == [
        f"{SITE}/sitemap/pages.xml",
        f"{SITE}/sitemap/zuofeng/2024.xml",
    ]
    assert texts(index, "//s:lastmod/text()") == ["2024-09-09"]
    assert part.tag == f"{{{NAMES['s']}}}urlset"
    assert texts(part, "//s:loc/text()") == [
        f"{SITE}/zuofeng/2024/",
        f"{SITE}/zuofeng/2024/8/",
        f"{SITE}/zuofeng/2024/8/1/",
        f"{SITE}/zuofeng/2024/8/2/",
        f"{SITE}/zuofeng/2024/7/",
        f"{SITE}/zuofeng/2024/7/1/",
        f"{SITE}/zuofeng/2024/7/2/",
    ]
    assert texts(part, "//s:lastmod/text()") == ["2024-09-09"] * 3 + ["2024-09-08"] * 3


def test_a_sitemap_tells_the_day_of_the_office():
    issue = make_issued()
    # Half past seven in the morning of the tenth, in Beijing.
    Edition.objects.filter(issue=issue).update(
        frozen_at=dt.datetime(2024, 9, 9, 23, 30, tzinfo=dt.UTC)
    )

    for address in (addresses.SITEMAP, Address("/sitemap/zuofeng/2024.xml")):
        page = etree.fromstring(build(address).content)
        assert set(texts(page, "//s:lastmod/text()")) == {"2024-09-10"}


def test_a_year_without_issues_has_no_sitemap():
    make_issued()

    assert build(Address("/sitemap/zuofeng/2023.xml")) is None


def test_robots_are_kept_from_what_is_made_on_demand():
    lines = build(addresses.ROBOTS).content.decode().splitlines()

    assert lines[0] == "User-agent: *"
    assert {"Disallow: /admin/", "Disallow: /api/", "Disallow: /search/"} < set(lines)
    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"


def test_feeds_and_sitemaps_take_a_bounded_number_of_queries(
    django_assert_max_num_queries,
):
    make_series(1, 2, 3)

    for path in (
        "/feed.atom",
        "/zuofeng/feed.json",
        "/sitemap.xml",
        "/sitemap/zuofeng/2024.xml",
    ):
        with django_assert_max_num_queries(4):
            build(Address(path))
