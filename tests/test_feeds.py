"""Feeds, sitemaps and robots.txt: what machines are told."""

import datetime as dt
import json
import re

import pytest
from lxml import etree

from bulletins import workflow
from bulletins.archive import addresses, feeds
from bulletins.archive.addresses import Address
from bulletins.archive.building import build
from bulletins.models import Edition
from tests.factories import grant, make_bulletin, make_user
from tests.markup_checks import faults_of_atom
from tests.published import make_issued, make_series

pytestmark = pytest.mark.django_db

SITE = "https://jianbao.example.gov.cn"
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
}


@pytest.fixture(autouse=True)
def a_site_address(settings):
    settings.SITE_ADDRESS = SITE


def atom(path: str = "/feed.atom"):
    content = build(Address(path)).content
    assert faults_of_atom(content) == []
    return etree.fromstring(content)


def texts(root, path: str) -> list[str]:
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


def test_what_is_withdrawn_leaves_the_feeds():
    issue = make_issued()
    workflow.withdraw(issue, by=editor(), comment="重复印发")

    assert texts(atom(), "//a:entry") == []
    assert json.loads(build(Address("/feed.json")).content)["items"] == []


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
    assert item["tags"] == ["简讯"]
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
