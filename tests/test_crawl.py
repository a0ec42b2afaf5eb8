"""A robot begins at the first page and follows everything: all that is out, nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

import html5lib
import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client, override_settings
from lxml import etree

from bulletins.archive import addresses
from tests.markup_checks import faults_of_atom, faults_of_html
from tests.small_archive import MARKS, SmallArchive, make_small_archive

pytestmark = pytest.mark.django_db

SITE = "https://jianbao.example.gov.cn"
LOCATIONS = "//*[local-name()='loc']/text()"


@dataclass
class Crawl:
    """What was found at each address, and which links led there."""

    contents: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    anchors: dict[str, set[str]] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)

    def of_kind(self, kind: str) -> dict[str, bytes]:
        return {
            path: content
            for path, content in self.contents.items()
            if self.kinds[path].startswith(kind)
        }


def crawl_from(client, *starts: str) -> Crawl:
    crawl = Crawl()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in crawl.statuses:
            continue
        response = client.get(path)
        crawl.statuses[path] = response.status_code
        crawl.kinds[path] = response["Content-Type"]
        crawl.contents[path] = b"".join(response)
        for link in links_in(crawl, path):
            parts = urlsplit(urljoin(f"{SITE}{path}", link))
            assert f"{parts.scheme}://{parts.netloc}" == SITE, f"{path} leads to {link}"
            target = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
            crawl.links.append((path, target, unquote(parts.fragment)))
            if target.startswith("/static/"):
                name = target.removeprefix("/static/")
                assert finders.find(name), f"{path} names {name}"
            else:
                waiting.append(target)
    return crawl


def links_in(crawl: Crawl, path: str) -> list[str]:
    kind, content = crawl.kinds[path], crawl.contents[path]
    if kind.startswith("text/html"):
        root = html5lib.parse(content, namespaceHTMLElements=False)
        crawl.anchors[path] = {e.get("id") for e in root.iter() if e.get("id")}
        named = [(e.get("href"), e.get("src"), e.get("action")) for e in root.iter()]
        return [link for links in named for link in links if link]
    if kind.startswith("application/json"):
        return re.findall(rf'"((?:{SITE})/[^"]*)"', content.decode())
    if kind.startswith("application/feed+json"):
        return [item["url"] for item in json.loads(content)["items"]]
    if kind.startswith("application/atom"):
        return list(etree.fromstring(content).xpath("//@href"))
    if kind.startswith("application/xml"):
        return list(etree.fromstring(content).xpath(LOCATIONS))
    if kind.startswith("text/css"):
        names = re.findall(r'url\("([^"]+)"\)', content.decode())
        return [urljoin(path, name) for name in names]
    return []


@pytest.fixture(scope="module")
def crawled(django_db_setup, django_db_blocker, tmp_path_factory):
    """Crawl once for all tests of this module; none of them changes anything."""
    folder = tmp_path_factory.mktemp("crawl")
    values = {
        "SITE_ADDRESS": SITE,
        "SITE_NAME": "襄城县人民政府",
        "SITE_DOMAIN": "jianbao.example.gov.cn",
        "SITE_ID_CODE": "4110250001",
        "MEDIA_ROOT": folder / "media",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**values), transaction.atomic():
        archive = make_small_archive()
        yield archive, crawl_from(Client(), "/", "/robots.txt", "/sitemap.xml")
        transaction.set_rollback(True)


Crawled = tuple[SmallArchive, Crawl]


def test_every_published_issue_and_item_is_reached(crawled: Crawled):
    archive, crawl = crawled

    for issue in archive.published:
        assert crawl.statuses[addresses.issue(issue).path] == 200
        assert crawl.kinds[addresses.issue_pdf(issue).path] == "application/pdf"
        items = list(issue.published_items.all())
        assert len(items) == 4
        for item in items:
            path = addresses.item(issue, item.number).path
            assert item.title in html5lib_text(crawl.contents[path])
    first_edition = addresses.edition(archive.corrected, 1).path
    assert "推进会第57次召开" in html5lib_text(crawl.contents[first_edition])


def html5lib_text(content: bytes) -> str:
    root = html5lib.parse(content, namespaceHTMLElements=False)
    return "".join(root.find("body").itertext())


def test_no_link_is_broken(crawled: Crawled):
    archive, crawl = crawled
    gone = addresses.issue(archive.withdrawn).path

    broken = [
        (source, target)
        for source, target, _ in crawl.links
        if not target.startswith("/static/")
        and crawl.statuses[target] != (410 if target == gone else 200)
    ]
    assert broken == []


def test_every_place_within_a_page_that_is_linked_is_there(crawled: Crawled):
    _, crawl = crawled

    missing = [
        (source, target, place)
        for source, target, place in crawl.links
        if place and place not in crawl.anchors.get(target, {place})
    ]
    assert missing == []
    assert any(place.startswith("article-") for _, _, place in crawl.links)


def test_every_page_is_html(crawled: Crawled):
    _, crawl = crawled
    pages = crawl.of_kind("text/html")

    assert len(pages) > 40
    faults = {path: faults_of_html(page.decode()) for path, page in pages.items()}
    assert {path: found for path, found in faults.items() if found} == {}


def test_every_feed_is_atom(crawled: Crawled):
    _, crawl = crawled
    feeds = crawl.of_kind("application/atom+xml")

    assert feeds.keys() == {"/feed.atom", "/wuxiao/feed.atom", "/zuofeng/feed.atom"}
    assert {path: faults_of_atom(feed) for path, feed in feeds.items()} == {
        path: [] for path in feeds
    }


def test_nothing_that_is_not_public_is_found_anywhere(crawled: Crawled):
    archive, crawl = crawled

    for path, content in crawl.contents.items():
        for mark in MARKS:
            assert mark.encode() not in content, path
            assert mark not in unquote(path)
            assert json.dumps(mark)[1:-1].encode() not in content, path
        assert b"neibu" not in content, path
    assert archive.draft.articles.exists()
    assert archive.internal.published_items.exists()


def test_the_sitemap_names_every_page_of_an_issue_and_every_item(crawled: Crawled):
    archive, crawl = crawled
    named = {
        unquote(urlsplit(location).path)
        for content in crawl.of_kind("application/xml").values()
        for location in etree.fromstring(content).xpath(LOCATIONS)
    }

    wanted = {
        "/",
        "/about/",
        "/wuxiao/",
        "/zuofeng/",
        "/lanmu/要闻/",
        "/danwei/襄城县/",
    }
    for issue in archive.published:
        wanted.add(addresses.issue(issue).path)
        for item in issue.published_items.all():
            wanted.add(addresses.item(issue, item.number).path)
    assert wanted <= named
    assert all(crawl.statuses[path] == 200 for path in named)


def test_every_page_but_a_few_says_where_it_really_is(crawled: Crawled):
    _, crawl = crawled

    for path, page in crawl.of_kind("text/html").items():
        found = re.findall(r'<link rel="canonical" href="([^"]+)">', page.decode())
        if crawl.statuses[path] != 200 or path.startswith("/search/"):
            continue
        assert len(found) == 1, path
        place = unquote(urlsplit(found[0]).path)
        assert place == re.sub(r"edition-\d+/$", "", path)
