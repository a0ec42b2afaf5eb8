"""The public pages: what anyone sees, and what nobody may see."""

import datetime as dt

import pytest

from bulletins import workflow
from bulletins.bounds import IssueKind
from bulletins.models import Bulletin, Issue
from tests.factories import (
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
)

pytestmark = pytest.mark.django_db


def make_issued(bulletin: Bulletin | None = None, **fields) -> Issue:
    bulletin = bulletin or make_bulletin(slug="zuofeng")
    issue = workflow.submit(make_issue(bulletin, **fields), by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(bulletin))
    return workflow.publish(issue, by=make_clerk())


def test_the_home_page_shows_the_latest_issue_and_lists_the_others(client):
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2024, 8, 30))
    make_issued(bulletin, number=8)

    page = client.get("/").content.decode()

    assert page.index('href="/zuofeng/2024/8/"') < page.index('href="/zuofeng/2024/7/"')
    assert 'href="/zuofeng/2024/8/#article-1-1"' in page
    assert 'href="/zuofeng/2024/8.pdf"' in page


def test_an_empty_site_says_so(client):
    assert "还没有公开的简报" in client.get("/").content.decode()


def test_an_issue_is_read_at_its_address_as_page_and_as_pdf(client):
    issue = make_issued()

    page = client.get("/zuofeng/2024/8/")
    pdf = client.get("/zuofeng/2024/8.pdf")

    assert issue.get_absolute_url() == "/zuofeng/2024/8/"
    assert "<h2" in page.content.decode()
    assert "县作风办召开推进会" in page.content.decode()
    assert pdf["Content-Type"] == "application/pdf"
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")


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


def test_the_bulletin_lists_its_issues_by_year(client):
    bulletin = make_bulletin(slug="zuofeng")
    make_issued(bulletin, number=7, date=dt.date(2023, 8, 30))
    make_issued(bulletin, number=8)

    page = client.get("/zuofeng/").content.decode()

    assert page.index("2024年</h2>") < page.index("2023年</h2>")


@pytest.mark.parametrize("status", ["draft", "review", "approved"])
def test_what_is_not_issued_answers_404(client, status):
    issue = make_issue(make_bulletin(slug="zuofeng"))
    if status != "draft":
        workflow.submit(issue, by=make_clerk())
    if status == "approved":
        workflow.approve(issue, by=make_leader(issue.bulletin))

    for address in ("/zuofeng/2024/8/", "/zuofeng/2024/8.pdf"):
        response = client.get(address)
        assert response.status_code == 404
        assert "没有找到" in response.content.decode()
    assert "推进会" not in client.get("/").content.decode()


def test_an_internal_bulletin_is_nowhere_to_be_seen(client):
    make_issued(make_bulletin(slug="neibu", audience="internal"))

    for address in ("/neibu/", "/neibu/2024/8/", "/neibu/2024/8.pdf"):
        assert client.get(address).status_code == 404
    assert "neibu" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/zuofeng/0000/8/",
        "/zuofeng/2024/0/",
        "/zuofeng/2024/99999999999/",
        "/zuofeng/2024/08/",
        "/zuofeng/2024/-8/",
        "/nowhere/",
        "/zuofeng/2024/8.docx",
        "/media/pictures/../../db.sqlite3",
        "/media/pictures/0123456789abcdef.png",
        "/media/editions/aa/aa.pdf",
    ],
)
def test_an_address_that_is_none_answers_404(client, address):
    make_issued()

    assert client.get(address).status_code == 404


def test_reading_takes_a_bounded_number_of_queries(client, django_assert_num_queries):
    bulletin = make_bulletin(slug="zuofeng")
    for number in range(1, 6):
        make_issued(bulletin, number=number)

    with django_assert_num_queries(2):
        client.get("/")
    with django_assert_num_queries(1):
        client.get("/zuofeng/2024/5/")
