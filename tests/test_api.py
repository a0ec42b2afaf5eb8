"""Open data: what others can take over, and what they cannot."""

import datetime as dt
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from bulletins import workflow
from bulletins.api import views
from bulletins.api.views import description
from bulletins.archive import reach
from bulletins.archive.reach import Reach
from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import SectionEntry, digest, from_json
from bulletins.models import Event
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_issue,
    make_user,
)
from tests.published import make_issued, make_series
from tests.small_archive import MARKS, make_small_archive

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture(autouse=True)
def nobody_has_searched():
    cache.clear()


def get(client, path: str, schema: str, status: int = 200, **query):
    """Return an answer that is as its schema says."""
    response = client.get(path if path.startswith("/api/") else f"{API}{path}", query)
    assert response.status_code == status, response.content.decode()
    values = response.json()
    assert faults(values, schema) == []
    return values


def faults(values, schema: str) -> list[str]:
    components = description()["components"]
    whole = {"$ref": f"#/components/schemas/{schema}", "components": components}
    validator = OAS31Validator(whole, format_checker=OAS31Validator.FORMAT_CHECKER)
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(values)
    ]


def problem(client, path: str, status: int, **query):
    response = client.get(f"{API}{path}", query)
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert faults(response.json(), "Problem") == []
    assert response.json()["status"] == status
    return response.json()


def editor():
    return grant(make_user(), "correct", "withdraw")


def test_the_description_is_valid_and_is_served(client):
    validate(description())

    assert client.get(f"{API}/openapi.json").json() == description()


def test_the_description_names_every_address_there_is(client):
    make_issued()
    places = {"slug": "zuofeng", "year": "2024", "number": "8", "item": "1"}

    for path in description()["paths"]:
        query = {"q": "推进会"} if path == "/search/" else {}
        assert client.get(f"{API}{path.format(**places)}", query).status_code == 200


def test_the_bulletins_are_listed(client):
    make_bulletin(slug="zuofeng")

    (found,) = get(client, "/bulletins/", "BulletinList")["items"]

    assert found["title"] == "襄城县作风建设工作简报"
    assert found["links"]["issues"] == "/api/v1/issues/?bulletin=zuofeng"


def test_an_issue_is_given_with_the_document_its_digest_is_of(client):
    issue = make_issued()

    found = get(client, "/issues/zuofeng/2024/8/", "Issue")

    document = from_json(found["document"])
    canonical = json.dumps(
        found["document"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == found["edition"]["digest"]
    assert digest(document) == issue.edition.digest
    assert [article["title"] for article in found["articles"]] == [
        "县作风办召开推进会",
        "麦岭镇开展环境整治",
    ]
    pdf = b"".join(client.get(found["links"]["pdf"]))
    assert hashlib.sha256(pdf).hexdigest() == found["edition"]["pdf_digest"]
    assert len(pdf) == found["edition"]["pdf_size"]


def test_every_link_of_an_issue_leads_somewhere(client):
    make_issued()
    found = get(client, "/issues/zuofeng/2024/8/", "Issue")
    parts = [found, *found["articles"], *found["editions"]]

    for link in [link for part in parts for link in part["links"].values()]:
        assert client.get(link).status_code == 200, link


def test_a_corrected_issue_shows_all_its_editions(client):
    issue = make_issued()
    issue.articles.update(title="县作风办召开会议")
    workflow.correct(issue, by=editor(), comment="标题有误。")

    found = get(client, "/issues/zuofeng/2024/8/", "Issue")

    assert [edition["note"] for edition in found["editions"]] == ["", "标题有误。"]
    assert found["edition"]["ordinal"] == 2
    assert found["articles"][0]["title"] == "县作风办召开会议"


def test_a_supplement_is_found_by_its_own_number(client):
    make_issued(number=1, kind=IssueKind.SUPPLEMENT)

    found = get(client, "/issues/zuofeng/2024/s1/", "Issue")

    assert (found["kind"], found["number"]) == ("supplement", 1)
    problem(client, "/issues/zuofeng/2024/1/", 404)


def test_an_article_is_given_as_text_and_as_html(client):
    make_issued()

    article = get(client, "/issues/zuofeng/2024/8/1/", "Article")
    brief = get(client, "/issues/zuofeng/2024/8/2/", "Article")

    assert article["text"] == "9月1日，县作风办召开推进会。\n会议要求抓好落实。"
    assert article["html"].startswith("<p>9月1日")
    assert (brief["kind"], brief["html"]) == ("brief", None)
    assert brief["text"] == "麦岭镇开展环境整治。该镇清理垃圾30余吨。"
    problem(client, "/issues/zuofeng/2024/8/3/", 404)


def test_an_article_that_a_correction_took_out_says_so_and_why(client):
    issue = make_issued()
    issue.articles.all().delete()
    workflow.correct(issue, by=editor(), comment="该稿已在第7期刊登。")

    found = problem(client, "/issues/zuofeng/2024/8/1/", 410)

    assert found["detail"] == (
        "这一篇已由编印单位在第2版更正中删去：该稿已在第7期刊登。"
    )
    assert found["title"] == "已经撤下"
    get(client, "/issues/zuofeng/2024/8/2/", "Article")
    problem(client, "/issues/zuofeng/2024/8/3/", 404)


def test_an_article_corrected_while_it_is_asked_for_is_of_one_edition(
    client, monkeypatch
):
    issue = make_issued()
    before = reach.issues(Reach.PUBLIC).get(pk=issue.pk)
    issue.articles.all().delete()
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="删去一篇")
    # Read a moment ago, when the brief item was the second.
    monkeypatch.setattr(views, "_public_issue", lambda *place: before)

    brief = get(client, "/issues/zuofeng/2024/8/2/", "Article")

    assert (brief["kind"], brief["position"], brief["html"]) == ("brief", 1, None)


# --- lists ------------------------------------------------------------------------


def numbers(values) -> list[int]:
    return [item["number"] for item in values["items"]]


def all_pages(client, path: str, schema: str, **query):
    values = get(client, path, schema, **query)
    yield values
    while values["next"]:
        values = get(client, values["next"], schema)
        yield values


def test_a_list_is_paged_without_gap_or_repetition(client):
    make_series(1, 2, 3, 4, 5)

    pages = list(all_pages(client, "/issues/", "IssueList", limit=2))

    assert [numbers(page) for page in pages] == [[5, 4], [3, 2], [1]]


def test_what_comes_out_meanwhile_moves_no_page(client):
    issues = make_series(1, 2, 3, 4)
    first = get(client, "/issues/", "IssueList", limit=2)
    make_issued(issues[0].bulletin, number=5, date=issues[-1].date)

    assert numbers(get(client, first["next"], "IssueList")) == [2, 1]


def test_the_last_page_that_is_just_full_has_no_next(client):
    make_series(1, 2)

    assert get(client, "/issues/", "IssueList", limit=2)["next"] is None


def test_issues_are_narrowed_by_bulletin_year_and_section(client):
    make_series(1, 2)
    other = make_bulletin(slug="other", name="信息")
    sections = (SectionEntry("要闻", SectionKind.ARTICLES, (make_article(),)),)
    make_issued(other, number=9, sections=sections)

    assert numbers(get(client, "/issues/", "IssueList", bulletin="zuofeng")) == [2, 1]
    assert numbers(get(client, "/issues/", "IssueList", year=2023)) == []
    assert numbers(get(client, "/issues/", "IssueList", section="要闻")) == [9]
    assert numbers(get(client, "/issues/", "IssueList", bulletin="nowhere")) == []


def test_articles_are_paged_and_narrowed(client):
    articles = (
        make_article("甲", source="麦岭镇"),
        make_article("乙", source="王洛镇"),
    )
    briefs = (make_brief("丙", source="麦岭镇"),)
    sections = (
        SectionEntry("要闻", SectionKind.ARTICLES, articles),
        SectionEntry("简讯", SectionKind.BRIEFS, briefs),
    )
    make_series(1, 2, sections=sections)

    pages = list(all_pages(client, "/articles/", "ArticleList", limit=2))
    titles = [[item["title"] for item in page["items"]] for page in pages]
    assert titles == [["甲", "乙"], ["丙", "甲"], ["乙", "丙"]]
    of_unit = get(client, "/articles/", "ArticleList", unit="麦岭镇")
    assert [item["title"] for item in of_unit["items"]] == ["甲", "丙"] * 2
    of_section = get(client, "/articles/", "ArticleList", section="简讯", limit=1)
    assert [item["title"] for item in of_section["items"]] == ["丙"]
    assert "section=%E7%AE%80%E8%AE%AF" in of_section["next"]


def test_a_list_takes_the_same_queries_however_long_it_is(
    client, django_assert_max_num_queries
):
    make_series(1, 2, 3)

    for path in ("/issues/", "/articles/", "/bulletins/", "/issues/zuofeng/2024/3/"):
        with django_assert_max_num_queries(4):
            client.get(f"{API}{path}")


# --- what changed -----------------------------------------------------------------

LONG_AGO = "2000-01-01"


def at(issue, hour: int) -> None:
    """Let the last move of an issue have been made at this hour of a day, in Beijing."""
    moment = dt.datetime(2026, 11, 25, hour - 8, 0, 0, 250_000, tzinfo=dt.UTC)
    Event.objects.filter(pk=issue.events.latest("pk").pk).update(at=moment)
    issue.editions.filter(pk=issue.editions.latest("ordinal").pk).update(
        frozen_at=moment
    )


@pytest.fixture
def changed_one_by_one():
    """Three issues: published at 9, corrected at 12, withdrawn at 10."""
    issues = make_series(1, 2, 3)
    for issue in issues:
        at(issue, 9)
    workflow.withdraw(issues[2], by=editor(), comment="重复印发")
    at(issues[2], 10)
    issues[0].articles.update(title="县作风办召开会议")
    workflow.correct(issues[0], by=editor(), comment="标题有误。")
    at(issues[0], 12)
    return issues


def test_what_changed_is_listed_once_each_in_the_order_of_time(
    client, changed_one_by_one
):
    found = get(client, "/issues/", "IssueList", changed_since=LONG_AGO)

    assert [
        (i["number"], i["status"], i["changed"][11:16]) for i in found["items"]
    ] == [
        (2, "issued", "09:00"),
        (3, "withdrawn", "10:00"),
        (1, "issued", "12:00"),
    ]
    assert found["items"][2]["edition"]["note"] == "标题有误。"
    assert found["next"] is None


def test_a_withdrawn_issue_is_named_with_its_reason_and_without_its_text(
    client, changed_one_by_one
):
    found = get(client, "/issues/", "IssueList", changed_since=LONG_AGO)

    gone = found["items"][1]
    assert gone["withdrawn_at"] == gone["changed"] == "2026-11-25T10:00:00+08:00"
    assert gone["withdrawal_reason"] == "重复印发"
    assert "推进会" not in json.dumps(gone, ensure_ascii=False)
    assert client.get(gone["links"]["api"]).status_code == 410
    # The list of what is out is as it was.
    assert numbers(get(client, "/issues/", "IssueList")) == [2, 1]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-11-25", [2, 3, 1]),
        ("2026-11-26", []),
        ("2026-11-25T10:00:00+08:00", [3, 1]),
        ("2026-11-25T02:00:00Z", [3, 1]),
        ("2026-11-25T10:00", [3, 1]),
        ("2026-11-25T10:00:01", [1]),
        ("2199-12-31", []),
    ],
)
def test_changes_are_asked_for_from_a_time_on(
    client, changed_one_by_one, since, expected
):
    found = get(client, "/issues/", "IssueList", changed_since=since)

    assert numbers(found) == expected


def test_who_asks_from_the_last_change_on_gets_that_one_again(
    client, changed_one_by_one
):
    found = get(client, "/issues/", "IssueList", changed_since=LONG_AGO)

    since = found["items"][-1]["changed"]
    assert numbers(get(client, "/issues/", "IssueList", changed_since=since)) == [1]


def test_changes_are_paged_and_none_is_lost_when_one_changes_meanwhile(client):
    issues = make_series(1, 2, 3, 4, 5)
    # All at one time: what was done in the same second is told apart all the same.
    for issue in issues:
        at(issue, 9)
    query: dict[str, Any] = {"changed_since": LONG_AGO, "limit": 2}

    pages = list(all_pages(client, "/issues/", "IssueList", **query))
    assert [numbers(page) for page in pages] == [[1, 2], [3, 4], [5]]

    first = get(client, "/issues/", "IssueList", **query)
    workflow.withdraw(issues[2], by=editor(), comment="重复印发")
    second = get(client, first["next"], "IssueList")
    third = get(client, second["next"], "IssueList")
    assert (numbers(second), numbers(third)) == ([4, 5], [3])
    assert third["items"][0]["status"] == "withdrawn"


def test_changes_are_narrowed_by_bulletin_and_year(client):
    make_series(1, 2)
    make_issued(make_bulletin(slug="other", name="信息"), number=9)
    asked: dict[str, Any] = {"changed_since": LONG_AGO}

    assert numbers(get(client, "/issues/", "IssueList", bulletin="other", **asked)) == [
        9
    ]
    assert numbers(get(client, "/issues/", "IssueList", year=2023, **asked)) == []


def test_changes_tell_nothing_that_is_not_public(client):
    archive = make_small_archive()
    workflow.withdraw(archive.internal, by=editor(), comment="重复印发")

    found = get(client, "/issues/", "IssueList", changed_since=LONG_AGO, limit=100)

    content = json.dumps(found, ensure_ascii=False)
    assert not any(mark in content for mark in MARKS)
    assert "neibu" not in content
    assert {item["number"] for item in found["items"]} == {55, 56, 57, 58, 1, 8}


def test_changes_take_the_same_queries_however_many_there_are(
    client, changed_one_by_one, django_assert_max_num_queries
):
    with django_assert_max_num_queries(1):
        client.get(f"{API}/issues/", {"changed_since": LONG_AGO})


# --- search -----------------------------------------------------------------------


def test_a_search_gives_what_was_found_with_the_words_marked(client):
    make_issued()

    found = get(client, "/search/", "SearchResult", q="垃圾")

    assert (found["total"], found["pages"]) == (1, 1)
    (hit,) = found["items"]
    assert hit["title"] == "麦岭镇开展环境整治"
    assert [part["text"] for part in hit["excerpt"] if part["matched"]] == ["垃圾"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "   "},
        {"q": "废" * 10_000},
        {"q": "a", "page": "0"},
        {"q": "a", "page": "999"},
        {"q": "a", "page": "一"},
        {"q": "a", "year": "20202"},
        {"q": "a\0b"},
    ],
)
def test_a_search_that_cannot_be_made_is_refused_in_words(client, query):
    assert problem(client, "/search/", 400, **query)["detail"]


@pytest.mark.parametrize(
    "words",
    ["%", "_", "'", '"', "\\", "* OR 1=1", "NEAR(a b)", "“", "；DROP TABLE", "\u202e"],
)
def test_signs_in_a_search_are_only_signs(client, words):
    make_issued()

    response = client.get(f"{API}/search/", {"q": words})

    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert response.json()["total"] == 0


def test_searching_without_end_is_put_off(client):
    for _ in range(60):
        client.get(f"{API}/search/", {"q": "推进"})

    problem(client, "/search/", 429, q="推进")


# --- what nobody gets -------------------------------------------------------------


def test_nothing_that_is_not_public_is_given(client):
    archive = make_small_archive()
    queries: list[tuple[str, dict]] = [
        ("/bulletins/", {}),
        ("/issues/", {"limit": 100}),
        ("/articles/", {"limit": 100}),
    ]
    queries += [("/search/", {"q": mark}) for mark in MARKS]
    queries += [(f"/{kind}/", {"bulletin": "neibu"}) for kind in ("issues", "articles")]

    for path, query in queries:
        content = client.get(f"{API}{path}", query).content.decode()
        assert not any(mark in content for mark in MARKS), path
        assert "neibu/" not in content
    for number in ("3", "3/1"):
        problem(client, f"/issues/neibu/2020/{number}/", 404)
    draft = archive.draft
    assert draft.number is None
    problem(client, "/issues/wuxiao/2020/59/", 404)


def test_a_draft_and_nothing_at_all_look_the_same(client):
    make_issue(make_bulletin(slug="zuofeng"))

    assert problem(client, "/issues/zuofeng/2024/8/", 404) == problem(
        client, "/issues/nowhere/2024/8/", 404
    )


def test_what_was_withdrawn_says_so_and_why(client):
    issue = make_issued()
    workflow.withdraw(issue, by=editor(), comment="重复印发")

    for path in ("/issues/zuofeng/2024/8/", "/issues/zuofeng/2024/8/1/"):
        found = problem(client, path, 410)
        assert found["detail"].endswith("重复印发")
        assert "推进会" not in json.dumps(found, ensure_ascii=False)
    assert get(client, "/issues/", "IssueList")["items"] == []


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/issues/", {"limit": "0"}, "limit"),
        ("/issues/", {"limit": "101"}, "limit"),
        ("/issues/", {"limit": "１０"}, "limit"),
        ("/issues/", {"limit": "-1"}, "limit"),
        ("/issues/", {"year": "0"}, "year"),
        ("/issues/", {"year": "99999999999"}, "year"),
        ("/issues/", {"cursor": "x"}, "cursor"),
        ("/issues/", {"cursor": "MjAyNC0wOS0wMi44LjE"}, "cursor"),
        ("/issues/", {"cursor": "OTk5OS05OS05OS4xLjEuMQ"}, "cursor"),
        ("/issues/", {"cursor": "废"}, "cursor"),
        ("/issues/", {"changed_since": ""}, "changed_since"),
        ("/issues/", {"changed_since": "昨天"}, "changed_since"),
        ("/issues/", {"changed_since": "2026-13-01"}, "changed_since"),
        ("/issues/", {"changed_since": "２０２６-11-25"}, "changed_since"),
        ("/issues/", {"changed_since": "0001-01-01T00:00:00+08:00"}, "changed_since"),
        ("/issues/", {"changed_since": "9999-12-31T23:59:59-08:00"}, "changed_since"),
        ("/issues/", {"changed_since": "2026-11-25T10:00 08:00"}, "changed_since"),
        ("/issues/", {"changed_since": "2026-11-25\0"}, "changed_since"),
        ("/issues/", {"changed_since": ["2026", "2025"]}, "changed_since"),
        ("/issues/", {"changed_since": "2026-11-25", "section": "简讯"}, "section"),
        ("/issues/", {"changed_since": "2026-11-25", "cursor": "x"}, "cursor"),
        (
            "/issues/",
            # A place in the other list.
            {"changed_since": "2026-11-25", "cursor": "MjAyNC0wOS0wMi44LjEuMA"},
            "cursor",
        ),
        ("/articles/", {"changed_since": "2026-11-25"}, "changed_since"),
        ("/issues/", {"unit": "麦岭镇"}, "unit"),
        ("/articles/", {"untit": "麦岭镇"}, "untit"),
        ("/articles/", {"section": "栏" * 201}, "section"),
        ("/articles/", {"section": "a\0b"}, "section"),
        ("/articles/", {"year": ["2020", "2021"]}, "year"),
        ("/bulletins/", {"q": "a"}, "q"),
    ],
)
def test_what_is_asked_wrongly_is_refused_at_its_parameter(
    client, path, query, parameter
):
    assert problem(client, path, 400, **query)["parameter"] == parameter


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing/",
        "/issues",
        "/issues/zuofeng/0/8/",
        "/issues/zuofeng/2024/99999999999/",
        "/issues/../../admin/",
        "/issues/zuofeng/2024/8/0/",
    ],
)
def test_an_address_that_is_none_is_answered_in_json(client, path):
    problem(client, path, 404)


# --- HTTP -------------------------------------------------------------------------


def test_an_answer_that_is_known_is_not_sent_again(client):
    make_issued()
    path = f"{API}/issues/zuofeng/2024/8/"
    first = client.get(path)

    again = client.get(path, headers={"if-none-match": first["ETag"]})
    other = client.get(path, headers={"if-none-match": '"0"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert other.status_code == 200
    assert "public" in first["Cache-Control"]
    assert not first["ETag"].startswith("W/")


def test_any_site_may_ask_and_only_read(client):
    path = f"{API}/issues/"

    asked_first = client.options(
        path,
        headers={
            "origin": "https://portal.example",
            "access-control-request-method": "GET",
        },
    )
    assert asked_first.status_code == 204
    assert asked_first["Access-Control-Allow-Origin"] == "*"
    assert asked_first["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert client.head(path).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        response = getattr(client, method)(path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert faults(response.json(), "Problem") == []


def test_no_other_page_may_be_read_by_other_sites(client):
    make_issued()

    for path in ("/", "/zuofeng/2024/8/", "/feed.json", "/admin/login/"):
        assert "Access-Control-Allow-Origin" not in client.get(path)


def test_a_login_changes_nothing_of_what_is_given(client):
    make_series(1)
    make_issued(make_bulletin(slug="neibu", audience="internal", name="内参"))
    before = client.get(f"{API}/issues/").content

    client.force_login(make_user(is_staff=True, is_superuser=True))

    assert client.get(f"{API}/issues/").content == before


def test_links_are_whole_where_the_site_knows_its_address(client, settings):
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    make_series(1, 2)

    found = get(client, "/issues/", "IssueList", limit=1)

    links = [*found["items"][0]["links"].values(), found["next"]]
    assert all(urlsplit(link).netloc == "jianbao.example.gov.cn" for link in links)


def test_the_schemas_see_what_is_wrong(client):
    make_issued()
    whole = get(client, "/issues/zuofeng/2024/8/", "Issue")

    assert faults({**whole, "number": "8"}, "Issue")
    assert faults({**whole, "more": 1}, "Issue")
    assert faults({**whole, "date": "2024年9月2日"}, "Issue")
    assert faults(
        {key: value for key, value in whole.items() if key != "document"}, "Issue"
    )
