"""What pages say of themselves: government tags, Open Graph, JSON-LD, citations."""

import json
import re

import html5lib
import pytest
from django.core.checks import run_checks

from bulletins import workflow
from bulletins.archive import mastheads
from bulletins.archive.addresses import Address
from bulletins.archive.building import build
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from tests.factories import grant, make_article, make_bulletin, make_user
from tests.published import make_issued

SITE = "https://jianbao.example.gov.cn"
OF_SITE = {"SiteName", "SiteDomain", "SiteIDCode"}
OF_COLUMN = {"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"}
OF_CONTENT = {"ArticleTitle", "PubDate", "ContentSource"}


@pytest.fixture
def site(settings):
    settings.SITE_ADDRESS = SITE
    settings.SITE_NAME = "襄城县人民政府"
    settings.SITE_DOMAIN = "jianbao.example.gov.cn"
    settings.SITE_ID_CODE = "4110250001"
    return settings


def head_of(path: str):
    text = build(Address(path)).content.decode()
    return html5lib.parse(text, namespaceHTMLElements=False).find("head")


def tags(head, key: str = "name") -> dict[str, str]:
    return {m.get(key): m.get("content") for m in head.iter("meta") if m.get(key)}


def json_ld(head):
    (script,) = [
        s for s in head.iter("script") if s.get("type") == "application/ld+json"
    ]
    return json.loads(script.text)


@pytest.mark.django_db
def test_the_first_page_has_the_tags_of_a_site_and_of_a_column(site):
    make_issued()

    found = tags(head_of("/"))

    assert found.keys() >= OF_SITE | OF_COLUMN
    assert found["SiteName"] == "襄城县人民政府"
    assert found["SiteIDCode"] == "4110250001"
    assert (found["ColumnName"], found["ColumnType"]) == ("首页", "首页")
    assert all(found.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/zuofeng/",
        "/zuofeng/2024/",
        "/lanmu/",
        "/lanmu/简讯/",
        "/lanmu/简讯/2024/",
        "/about/",
    ],
)
def test_a_list_has_the_tags_of_a_column(site, path):
    make_issued()

    found = tags(head_of(path))

    assert found.keys() >= OF_SITE | OF_COLUMN
    assert found["ColumnType"] == "工作动态"
    assert all(found.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "title", "source"),
    [
        ("/zuofeng/2024/8/", "襄城县作风建设工作简报 第8期", "县作风办"),
        ("/zuofeng/2024/8/1/", "县作风办召开推进会", "麦岭镇"),
    ],
)
def test_content_has_the_tags_of_content(site, path, title, source):
    article = make_article(source="麦岭镇")
    make_issued(sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),))

    found = tags(head_of(path))

    assert OF_SITE | OF_CONTENT | {"ColumnName", "ColumnType"} <= found.keys()
    assert found["ArticleTitle"] == title
    assert found["PubDate"] == "2024-09-02 00:00"
    assert found["ContentSource"] == source
    assert found["Url"] == f"{SITE}{path}"
    assert all(found.values())


@pytest.mark.django_db
def test_what_the_site_does_not_know_of_itself_is_left_out():
    make_issued()

    for path in ("/", "/zuofeng/", "/zuofeng/2024/8/", "/zuofeng/2024/8/1/"):
        head = head_of(path)
        assert OF_SITE.isdisjoint(tags(head))
        assert "og:url" not in tags(head, "property")
        assert not any(link.get("rel") == "canonical" for link in head.iter("link"))
        assert "url" not in json_ld(head)


@pytest.mark.django_db
def test_a_link_shown_elsewhere_has_title_text_and_time(site):
    make_issued()

    found = tags(head_of("/zuofeng/2024/8/1/"), "property")

    assert found["og:type"] == "article"
    assert found["og:title"] == "县作风办召开推进会"
    assert found["og:description"] == "9月1日，县作风办召开推进会。"
    assert found["og:url"] == f"{SITE}/zuofeng/2024/8/1/"
    assert found["og:site_name"] == "襄城县人民政府"
    assert found["article:published_time"] == "2024-09-02"
    assert "article:modified_time" not in found


@pytest.mark.django_db
def test_an_issue_is_a_publication_issue_of_a_periodical(site):
    issue = make_issued()

    found = json_ld(head_of("/zuofeng/2024/8/"))

    assert found["@context"] == "https://schema.org"
    assert (found["@type"], found["issueNumber"]) == ("PublicationIssue", "8")
    assert found["datePublished"] == "2024-09-02"
    assert found["identifier"] == f"sha256:{issue.edition.digest}"
    assert found["isPartOf"]["@type"] == "Periodical"
    assert found["isPartOf"]["publisher"]["name"] == "县作风办"
    assert [part["headline"] for part in found["hasPart"]] == [
        "县作风办召开推进会",
        "麦岭镇开展环境整治",
    ]


@pytest.mark.django_db
def test_an_item_is_an_article_of_its_issue(site):
    make_issued()

    found = json_ld(head_of("/zuofeng/2024/8/2/"))

    assert (found["@type"], found["headline"]) == ("Article", "麦岭镇开展环境整治")
    assert found["articleSection"] == "简讯"
    assert found["isPartOf"]["url"] == f"{SITE}/zuofeng/2024/8/"


@pytest.mark.django_db
def test_a_correction_says_when(site):
    issue = make_issued()
    issue.articles.update(title="县作风办召开会议")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="标题有误。")

    head = head_of("/zuofeng/2024/8/")

    assert json_ld(head)["correction"] == "标题有误。"
    assert "article:modified_time" in tags(head, "property")
    old = head_of("/zuofeng/2024/8/edition-1/")
    (canonical,) = [
        link.get("href") for link in old.iter("link") if link.get("rel") == "canonical"
    ]
    assert canonical == f"{SITE}/zuofeng/2024/8/"


@pytest.mark.django_db
def test_a_superseded_edition_names_itself_and_is_not_to_be_found(site):
    issue = make_issued()
    issue.articles.update(title="县作风办召开会议")
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="标题有误。")

    old, current = (
        head_of(f"/zuofeng/2024/8/{part}") for part in ("edition-1/", "edition-2/")
    )

    own = f"{SITE}/zuofeng/2024/8/edition-1/"
    assert tags(old)["Url"] == own
    assert tags(old, "property")["og:url"] == own
    assert (json_ld(old)["url"], json_ld(old)["creativeWorkStatus"]) == (
        own,
        "Obsolete",
    )
    assert tags(old)["robots"] == "noindex"
    assert "url" not in json_ld(old)["hasPart"][0]
    assert json_ld(current)["url"] == f"{SITE}/zuofeng/2024/8/"
    assert "creativeWorkStatus" not in json_ld(current)
    assert "robots" not in tags(current)


@pytest.mark.django_db
def test_an_issue_says_where_each_of_its_parts_is(site):
    make_issued()

    found = json_ld(head_of("/zuofeng/2024/8/"))

    assert [part["url"] for part in found["hasPart"]] == [
        f"{SITE}/zuofeng/2024/8/1/",
        f"{SITE}/zuofeng/2024/8/2/",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/zuofeng/2024/8/", "/zuofeng/2024/8/1/"])
def test_a_page_describes_itself_once(path):
    make_issued()

    names = [m.get("name", "").lower() for m in head_of(path).iter("meta")]

    assert names.count("description") == 1


@pytest.mark.django_db
def test_no_title_can_leave_its_place():
    title = '</script><script>alert(1)</script>">&<b>'
    make_issued(
        sections=(SectionEntry("", SectionKind.ARTICLES, (make_article(title),)),)
    )

    for path in ("/", "/zuofeng/2024/8/", "/zuofeng/2024/8/1/"):
        text = build(Address(path)).content.decode()
        assert "<script>" not in text
        assert text.count("</script>") == text.count("<script ")
    assert json_ld(head_of("/zuofeng/2024/8/1/"))["headline"] == title


@pytest.mark.django_db
def test_an_item_says_how_it_is_quoted(site):
    article = make_article(source="麦岭镇")
    make_issued(sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),))

    text = build(Address("/zuofeng/2024/8/1/")).content.decode()

    assert (
        "麦岭镇．县作风办召开推进会．襄城县作风建设工作简报，2024（第8期），2024年9月2日．"
        f"{SITE}/zuofeng/2024/8/1/" in text
    )


# --- the face of the masthead -----------------------------------------------------


@pytest.mark.django_db
def test_the_face_of_a_masthead_is_small_and_always_the_same():
    bulletin = make_bulletin(programme="许昌市“无废城市”建设试点", name="工作简报")

    face = mastheads.masthead_face(bulletin)
    mastheads.subset.cache_clear()

    assert face.font.startswith(b"wOF2")
    assert len(face.font) <= 15 * 1024
    assert mastheads.masthead_face(bulletin) == face
    assert face.font_address.path.rpartition("/")[2].encode() in face.css
    assert f"U+{ord('废'):X}".encode() in face.css


@pytest.mark.django_db
def test_pages_name_the_face_of_their_masthead():
    make_issued()

    for path in ("/", "/zuofeng/", "/zuofeng/2024/8/"):
        sheets = [
            link.get("href")
            for link in head_of(path).iter("link")
            if link.get("rel") == "stylesheet"
        ]
        assert "/zuofeng/masthead.css" in sheets
    sheet = build(Address("/zuofeng/masthead.css")).content.decode()
    (name,) = re.findall(r'url\("([^"]+)"\)', sheet)
    assert build(Address(f"/zuofeng/{name}")).content_type == "font/woff2"


# --- the checks -------------------------------------------------------------------


def ids(*, deploy: bool) -> set[str]:
    found = run_checks(include_deployment_checks=deploy)
    return {
        str(message.id) for message in found if str(message.id).startswith("bulletins.")
    }


def test_the_checks_name_what_is_not_set(settings):
    settings.SITE_NAME = "襄城县人民政府"

    assert ids(deploy=True) >= {"bulletins.W001", "bulletins.W003", "bulletins.W004"}
    assert "bulletins.W002" not in ids(deploy=True)
    assert ids(deploy=False) == set()


def test_the_checks_are_content_with_a_site_that_says_all(site):
    assert {f"bulletins.W00{n}" for n in range(1, 5)}.isdisjoint(ids(deploy=True))


@pytest.mark.parametrize("code", ["411025000", "41102500011", "bm1234567", "无"])
def test_a_code_that_cannot_be_one_is_refused(settings, code):
    settings.SITE_ID_CODE = code

    assert "bulletins.E001" in ids(deploy=False)


@pytest.mark.parametrize("code", ["4110250001", "bm12345678"])
def test_a_code_of_the_right_form_is_taken(settings, code):
    settings.SITE_ID_CODE = code

    assert "bulletins.E001" not in ids(deploy=False)


@pytest.mark.parametrize(
    "address",
    [
        "jianbao.example.gov.cn",
        "ftp://a.cn",
        "https://",
        "https://a.cn/?x",
        "http://[x",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(settings, address):
    settings.SITE_ADDRESS = address

    assert "bulletins.E002" in ids(deploy=False)
