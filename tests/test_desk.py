"""What is typed at the desk comes back whole, and who else is there is told."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bulletins import workflow
from bulletins.models import Article, Issue, Presence
from tests.factories import grant, make_issue, make_user

pytestmark = pytest.mark.django_db

PRESENCE = "/admin/bulletins/issue/presence/"


def make_editor(**fields: str) -> User:
    return grant(make_user(is_staff=True, **fields), "view", "change", "submit")


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address_of(article: Article) -> str:
    return reverse("admin:bulletins_article_change", args=[article.pk])


def typed_over(article: Article, **fields: str) -> dict[str, str]:
    """Return a form opened on the article, with what somebody typed into it."""
    return {
        "seen": str(article.version),
        "desk_page": f"article-{article.pk}",
        "desk_issue": str(article.issue_id),
        "section": str(article.section_id),
        "title": article.title,
        "contents_title": article.contents_title,
        "source": article.source,
        "body": article.body,
        "_continue": "1",
        **fields,
    }


def save_newer(article: Article, by: User, **fields: str) -> Article:
    for name, value in fields.items():
        setattr(article, name, value)
    workflow.save_item(article, by=by, seen=article.version)
    return article


def hidden(page: str, name: str) -> str:
    """Return the value of the one hidden input of that name."""
    pattern = rf'<input type="hidden" name="{name}" value="([^"]*)">'
    [found] = re.findall(pattern, page)
    return html.unescape(found)


# --- two editors ------------------------------------------------------------------


def test_saving_over_a_newer_version_shows_both_texts_and_saves_nothing():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题", body="<p>我写的正文。</p>")
    save_newer(article, make_editor(), title="对方的标题", body="<p>对方的正文。</p>")

    response = logged_in(editor).post(address_of(article), form)

    assert response.status_code == 409
    page = response.content.decode()
    for text in (
        "我的标题",
        "对方的标题",
        "<p>我写的正文。</p>",
        "<p>对方的正文。</p>",
    ):
        assert text in page
    assert "两边相同的：栏目、供稿单位、目录标题" in page
    article.refresh_from_db()
    assert (article.title, article.version) == ("对方的标题", 2)


def test_the_refusal_names_who_saved_the_newer_version():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题")
    other, third = make_editor(), make_editor()
    save_newer(article, other, title="对方的标题")
    # Later than that, and of something else.
    brief = article.issue.brief_items.get()
    brief.lead = "另一条简讯"
    workflow.save_item(brief, by=third, seen=brief.version)

    page = logged_in(editor).post(address_of(article), form).content.decode()

    assert f"<b>{other.get_username()}</b>保存的" in page
    assert third.get_username() not in page


def test_the_refusal_knows_ones_own_other_window():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题")
    save_newer(article, editor, title="早些时候的标题")

    page = logged_in(editor).post(address_of(article), form).content.decode()

    assert "您自己（在另一个窗口）" in page


def test_what_came_back_can_be_saved_over_the_newer_version():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题")
    save_newer(article, make_editor(), title="对方的标题")
    client = logged_in(editor)
    page = client.post(address_of(article), form).content.decode()

    again = {name: hidden(page, name) for name in form if name != "_continue"}
    response = client.post(address_of(article), {**again, "_continue": "1"})

    assert response.status_code == 302
    article.refresh_from_db()
    assert (article.title, article.version) == ("我的标题", 3)
    said = [json.loads(r.document) for r in article.issue.revisions.all()]
    titles = [d["sections"][0]["items"][0]["title"] for d in said]
    assert titles == ["对方的标题", "我的标题"]


def test_a_third_version_is_not_overwritten_by_who_has_seen_the_second():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题")
    save_newer(article, make_editor(), title="第二版")
    client = logged_in(editor)
    client.post(address_of(article), form)
    save_newer(article, make_editor(), title="第三版")

    response = client.post(address_of(article), {**form, "seen": "2"})

    assert response.status_code == 409
    assert "第三版" in response.content.decode()
    article.refresh_from_db()
    assert article.title == "第三版"


def test_merging_leads_back_to_the_form_with_both_texts():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题", seen="2", _merge="1")
    save_newer(article, make_editor(), title="对方的标题")

    response = logged_in(editor).post(address_of(article), form)

    assert response.status_code == 200
    page = response.content.decode()
    assert hidden(page, "seen") == "2"
    assert ">我的标题</textarea>" in page.replace("\n", "")
    assert "别人保存的内容（与您的不同之处）" in page
    assert "对方的标题" in page
    article.refresh_from_db()
    assert (article.title, article.version) == ("对方的标题", 2)


@pytest.mark.parametrize("seen", ["", "0", "-1", "x", "9" * 30, "１"])
def test_a_form_that_does_not_say_what_was_seen_overwrites_nothing(seen):
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题", seen=seen)

    response = logged_in(editor).post(address_of(article), form)

    assert response.status_code == 409
    assert "我的标题" in response.content.decode()
    article.refresh_from_db()
    assert article.version == 1


def test_an_error_at_a_field_does_not_make_one_s_version_newer():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="字" * 1000, section="")
    save_newer(article, make_editor(), title="对方的标题")

    response = logged_in(editor).post(address_of(article), form)

    assert response.status_code == 200
    assert hidden(response.content.decode(), "seen") == "1"


def test_what_was_typed_into_a_removed_article_can_be_saved_as_a_new_one():
    editor, issue = make_editor(), make_issue()
    [article] = issue.articles.all()
    form = typed_over(article, title="我改过的标题", body="<p>我写的正文。</p>")
    workflow.remove_item(article, by=make_editor())
    client = logged_in(editor)

    page = client.post(address_of(Article(pk=form["desk_page"][8:])), form)
    assert page.status_code == 409
    text = page.content.decode()
    assert "已被别人删除" in text
    add = f"{reverse('admin:bulletins_article_add')}?issue={issue.pk}"
    assert f'action="{add}"' in text
    again = {name: hidden(text, name) for name in ("title", "body", "section")}
    client.post(add, {**again, "issue": str(issue.pk), "_continue": "1"})

    [saved] = issue.articles.all()
    assert (saved.title, saved.body) == ("我改过的标题", "<p>我写的正文。</p>")


def test_what_was_typed_into_an_issue_that_was_closed_can_be_copied():
    editor, [article] = make_editor(), make_issue().articles.all()
    form = typed_over(article, title="我的标题", body="<p>我写的正文。</p>")
    Issue.objects.filter(pk=article.issue_id).update(
        status=Issue.Status.REVIEW, step=article.issue.bulletin.review_steps.get()
    )

    response = logged_in(editor).post(address_of(article), form)

    assert response.status_code == 409
    page = response.content.decode()
    assert "您打开编辑页之后，这一期已是“审核中”，不能再修改" in page
    assert "我的标题" in page
    assert "<p>我写的正文。</p>" in page


def test_a_stranger_learns_nothing_by_posting_a_form():
    [article] = make_issue().articles.all()
    stranger = make_user(is_staff=True)

    response = logged_in(stranger).post(address_of(article), typed_over(article))

    assert response.status_code in {302, 403}
    assert article.body not in response.content.decode()


def test_what_comes_back_is_cleaned():
    editor, [article] = make_editor(), make_issue().articles.all()
    attack = '<p onclick="x()">我的</p><script>alert(1)</script><img src=x onerror=y()>'
    form = typed_over(article, title="<b>标题", body=attack)
    save_newer(article, make_editor(), title="</textarea><script>", body="<p>乙</p>")

    page = logged_in(editor).post(address_of(article), form).content.decode()

    assert "<p>我的</p>" in page
    assert "&lt;b&gt;标题" in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    for found in ('<p onclick="x()">', "<script>alert(1)", "<img src=x onerror"):
        assert found not in page


def test_the_browser_is_told_what_was_saved():
    editor, [article] = make_editor(), make_issue().articles.all()
    client = logged_in(editor)

    client.post(address_of(article), typed_over(article, title="新的标题"))

    assert client.cookies["desk_saved"].value == f"article-{article.pk}"
    assert client.cookies["desk_saved"]["path"] == "/admin/"


def test_the_browser_is_told_which_of_its_drafts_was_saved():
    editor, [article] = make_editor(), make_issue().articles.all()
    client = logged_in(editor)

    for draft in ("mb1x", "mb2y", "x; Path=/"):
        version = Article.objects.get(pk=article.pk).version
        form = typed_over(article, desk_draft=draft, seen=str(version))
        client.post(address_of(article), form)

    page = f"article-{article.pk}"
    assert client.cookies["desk_saved"].value == f"{page}~mb1x.{page}~mb2y.{page}"


def test_a_made_up_page_is_not_put_into_a_cookie():
    editor, [article] = make_editor(), make_issue().articles.all()
    client = logged_in(editor)

    client.post(
        address_of(article), typed_over(article, desk_page="x; Path=/\r\nSet-Cookie: a")
    )

    assert "desk_saved" not in client.cookies


# --- who is here ------------------------------------------------------------------


def whole(issue: Issue) -> dict[str, str]:
    return {"issue": str(issue.pk), "page": f"issue-{issue.pk}"}


def visit(client: Client, issue: Issue, page: str = "", **more: str) -> list[str]:
    values = {"issue": issue.pk, "page": page or f"issue-{issue.pk}", **more}
    others: list[str] = client.post(PRESENCE, values).json()["others"]
    return others


def test_others_see_who_has_the_same_article_open():
    issue = make_issue()
    page = f"article-{issue.articles.get().pk}"
    wang, editor = make_editor(first_name="王科长"), make_editor()
    visit(logged_in(wang), issue, page)
    Presence.objects.update(opened_at=timezone.now() - dt.timedelta(seconds=130))

    assert visit(logged_in(editor), issue, page) == [
        "王科长正在编辑这篇稿件（2分钟前打开）"
    ]
    assert visit(logged_in(editor), issue) == [
        "王科长正在编辑《县作风办召开推进会》（2分钟前打开）"
    ]
    # Nobody is told of oneself.
    assert visit(logged_in(wang), issue, page) == [
        f"{editor.username}正在编辑这篇稿件（刚刚打开）"
    ]


def test_who_was_not_seen_for_a_minute_is_gone_and_their_row_too():
    issue = make_issue()
    visit(logged_in(make_editor()), issue)
    Presence.objects.update(seen_at=timezone.now() - dt.timedelta(seconds=61))

    assert visit(logged_in(make_editor()), issue) == []
    assert Presence.objects.count() == 1


def test_who_leaves_is_gone_at_once():
    issue, wang = make_issue(), make_editor(first_name="王科长")
    visit(logged_in(wang), issue)

    visit(logged_in(wang), issue, left="1")

    assert visit(logged_in(make_editor()), issue) == []


def test_a_second_visit_keeps_since_when_somebody_is_there():
    issue, client = make_issue(), logged_in(make_editor())
    visit(client, issue)
    before = Presence.objects.get()
    visit(client, issue)

    after = Presence.objects.get()
    assert after.opened_at == before.opened_at
    assert after.seen_at > before.seen_at


def test_looking_writes_nothing():
    issue, client = make_issue(), logged_in(make_editor())
    client.get(PRESENCE)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(PRESENCE, whole(issue))

    assert answer.json()["others"] == []
    written = [q for q in queries if not q["sql"].upper().startswith("SELECT")]
    assert written == []


def test_as_many_queries_however_many_are_there(django_assert_max_num_queries):
    issue = make_issue()
    pages = [f"article-{issue.articles.get().pk}", f"issue-{issue.pk}", "new-article-1"]
    for page in pages * 3:
        visit(logged_in(make_editor()), issue, page)
    client = logged_in(make_editor())
    visit(client, issue)

    with django_assert_max_num_queries(16):
        assert len(visit(client, issue)) == 9


def test_whoever_is_not_logged_in_is_told_so_and_nothing_else():
    issue = make_issue()
    visit(logged_in(make_editor(first_name="王科长")), issue)

    answer = Client().get(PRESENCE, whole(issue))

    assert answer.json() == {"user": None}
    assert Client().post(PRESENCE, {"issue": issue.pk}).json() == {"user": None}


def test_who_may_not_read_issues_neither_sees_nor_is_seen():
    issue = make_issue()
    visit(logged_in(make_editor(first_name="王科长")), issue)
    stranger = make_user(is_staff=True)

    assert visit(logged_in(stranger), issue) == []
    assert not Presence.objects.filter(user=stranger).exists()


@pytest.mark.parametrize(
    ("issue", "page"),
    [
        ("9" * 40, "issue-1"),
        ("x", "issue-1"),
        ("", ""),
        ("1", "<script>"),
        ("1", "a" * 99),
    ],
)
def test_nonsense_is_no_visit(issue, page):
    make_issue()
    client = logged_in(make_editor())

    answer = client.post(PRESENCE, {"issue": issue, "page": page})

    assert answer.status_code == 200
    assert Presence.objects.count() == 0


def test_a_visit_needs_the_token_of_the_form():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_editor())

    assert client.post(PRESENCE, {"issue": 1, "page": "issue-1"}).status_code == 403
    token = client.get(PRESENCE).json()["token"]
    sent = {"issue": 1, "page": "issue-1", "csrfmiddlewaretoken": token}
    assert client.post(PRESENCE, sent).status_code == 200


def test_an_outdated_form_is_refused_with_what_to_do():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_editor())
    [article] = make_issue().articles.all()

    response = client.post(address_of(article), typed_over(article))

    assert response.status_code == 403
    page = response.content.decode()
    assert "没有保存" in page
    assert "恢复" in page
