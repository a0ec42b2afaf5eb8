"""The page of one article: what it shows, what it saves, what it refuses."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bulletins import workflow
from bulletins.models import Article, BriefItem, Issue, Unit
from tests.factories import (
    grant,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_masthead,
    make_user,
)


@pytest.fixture
def issue(db) -> Issue:
    return make_issue()


@pytest.fixture
def editor(client, db):
    user = grant(make_user(is_staff=True), "view", "change", "submit")
    client.force_login(user)
    return user


def address_of(article: Article) -> str:
    return reverse("admin:bulletins_article_change", args=[article.pk])


def add_address(issue: Issue, kind: str = "article") -> str:
    return f"{reverse(f'admin:bulletins_{kind}_add')}?issue={issue.pk}"


def typed(article: Article, **fields) -> dict[str, str]:
    values = {
        "title": article.title,
        "section": str(article.section_id),
        "source": "",
        "contents_title": "",
        "body": article.body,
        "seen": str(article.version),
        "desk_issue": str(article.issue_id),
        "_continue": "1",
    }
    return {**values, **fields}


def test_the_page_leads_back_to_its_issue_and_offers_its_own_sections_only(
    client, editor, issue
):
    foreign = make_bulletin(masthead=make_masthead(name="快报")).sections.create(
        name="外刊栏目", kind="articles"
    )

    page = client.get(address_of(issue.articles.get())).content.decode()

    assert reverse("admin:bulletins_issue_change", args=[issue.pk]) in page
    assert foreign.name not in page
    assert "保存并回到本期" in page
    assert "保存并新增下一篇" in page


def test_a_new_title_beside_an_old_wording_of_the_contents_is_pointed_out(
    client, editor, issue
):
    article = issue.articles.get()
    article.title, article.contents_title = "全县植树\n造林", "植树造林的写法"
    article.save()

    def page_after(**fields: str) -> str:
        article.refresh_from_db()
        sent = typed(article, **{"contents_title": "植树造林的写法", **fields})
        answer = client.post(address_of(article), sent, follow=True)
        return str(answer.content.decode())

    said = "本期要目仍印“植树造林的写法”"
    assert said not in page_after(title="全县植树造林")
    assert said in page_after(title="全市植树造林")
    assert said not in page_after(title="全省植树造林", contents_title="另一种写法")


def test_the_only_section_of_the_kind_is_chosen_for_a_new_article(
    client, editor, issue
):
    page = client.get(add_address(issue))

    section = page.context["adminform"].form["section"]
    assert section.value() == issue.articles.get().section_id


def test_units_in_use_are_offered_under_their_printed_names(client, editor, issue):
    Unit.objects.create(name="麦岭镇人民政府", short_name="麦岭镇")
    Unit.objects.create(name="撤并办公室", is_active=False)

    page = client.get(add_address(issue)).content.decode()

    assert '<option value="麦岭镇">' in page
    assert "撤并办公室" not in page


def test_an_unfinished_article_is_saved_as_it_is(client, editor, issue):
    section = issue.articles.get().section

    response = client.post(
        add_address(issue),
        {"section": section.pk, "title": "", "body": "", "_save": "1"},
    )

    assert response.url == (reverse("admin:bulletins_issue_change", args=[issue.pk]))
    added = issue.articles.last()
    assert (added.title, added.body, added.position) == ("", "", 3)


def test_an_edit_is_saved_cleaned_and_leaves_a_revision(client, editor, issue):
    article = issue.articles.get()
    body = '<p style="color:red" onclick="x()">新<b>文</b></p><script>alert(1)</script>'

    response = client.post(
        address_of(article), typed(article, title=" 甲 \r\n\r\n 乙 ", body=body)
    )

    assert response.url == address_of(article)
    article.refresh_from_db()
    assert article.title == "甲\n乙"
    assert article.body == "<p>新<strong>文</strong></p>"
    assert article.version == 2
    assert issue.revisions.last().author == editor


def test_the_next_article_begins_in_the_same_section(client, editor, issue):
    article = issue.articles.get()
    fields = typed(article)
    del fields["_continue"]

    response = client.post(address_of(article), {**fields, "_addanother": "1"})

    assert response.url == f"{add_address(issue)}&section={article.section_id}"


def test_a_contents_title_like_the_title_is_not_kept(client, editor, issue):
    article = issue.articles.get()

    client.post(
        address_of(article), typed(article, title="甲\n乙", contents_title="甲乙")
    )

    article.refresh_from_db()
    assert article.contents_title == ""


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "长" * 10_000, "太长了（10000字，最多200字）"),
        ("title", "甲\x07乙", "控制字符"),
        ("title", "甲\u202e乙", "控制字符 U+202E"),
        ("source", "甲\u2028乙", "换行控制字符 U+2028"),
        ("body", "<p>甲\x00乙</p>", "控制字符 U+0000，请删去"),
        ("source", "甲\u2066乙", "控制字符 U+2066"),
        ("contents_title", "长" * 201, "太长了"),
        ("section", "999999", "不属于本简报"),
        ("section", "x", "不属于本简报"),
        ("body", "<p>" + "字" * 1_000_000, "太长了"),
        # Within the bound as it was typed, beyond it as it is kept (&amp;).
        ("body", "<p>" + "&" * 300_000, "太长了"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_everything_stays(
    client, editor, issue, field, value, words
):
    article = issue.articles.get()
    fields = typed(article, source="麦岭镇")

    response = client.post(address_of(article), {**fields, field: value})

    assert response.status_code == 200
    form = response.context["adminform"].form
    assert words in "".join(form.errors[field])
    assert list(form.errors) == [field]
    kept = {name: form[name].value() for name in ("title", "source", "body")}
    for name, text in kept.items():
        sent = {**fields, field: value}[name]
        assert text == sent
    article.refresh_from_db()
    assert article.version == 1


def test_a_section_of_another_bulletin_is_refused(client, editor, issue):
    foreign = make_bulletin(masthead=make_masthead(name="快报")).sections.create(
        name="外刊", kind="articles"
    )
    article = issue.articles.get()

    response = client.post(address_of(article), typed(article, section=foreign.pk))

    assert "section" in response.context["adminform"].form.errors


@pytest.mark.parametrize(
    "body",
    [
        "<p>甲<p>乙</b></div></table><td>丙",
        "<table><tr><td>" * 200 + "丁",
        "<![CDATA[x]]><p>戊</p><!--",
    ],
)
def test_broken_html_is_mended_not_refused(client, editor, issue, body):
    article = issue.articles.get()

    response = client.post(address_of(article), typed(article, body=body))

    assert response.status_code == 302


def test_a_body_of_a_million_bytes_is_saved(client, editor, issue):
    article = issue.articles.get()
    paragraph = "<p>" + "字" * 993 + "</p>"

    response = client.post(address_of(article), typed(article, body=paragraph * 900))

    assert response.status_code == 302
    article.refresh_from_db()
    assert len(article.body) == 900_000


def test_a_closed_issue_is_only_read(client, editor, issue):
    article = issue.articles.get()
    workflow.submit(issue, by=make_clerk())

    page = client.get(address_of(article)).content.decode()

    assert "内容只供查看" in page
    assert "保存并回到本期" not in page
    assert "县作风办召开推进会" in page
    client.post(address_of(article), typed(article, title="改"))
    article.refresh_from_db()
    assert article.title == "县作风办召开推进会"


def test_nothing_is_added_to_a_closed_issue(client, editor, issue):
    section = issue.articles.get().section
    workflow.submit(issue, by=make_clerk())

    client.post(
        add_address(issue),
        {"section": section.pk, "title": "新", "desk_issue": issue.pk, "_save": "1"},
    )

    assert not Article.objects.filter(title="新").exists()


def test_an_editor_of_published_text_may_correct_it(client, issue):
    user = grant(make_user(is_staff=True), "view", "correct")
    client.force_login(user)
    issue = workflow.submit(issue, by=make_clerk())
    issue = workflow.approve(issue, by=make_leader(issue.bulletin))
    workflow.publish(issue, by=make_clerk())
    article = issue.articles.get()

    page = client.get(address_of(article)).content.decode()
    client.post(address_of(article), typed(article, title="更正"))

    assert "本期已经印发" in page
    article.refresh_from_db()
    assert article.title == "更正"


def test_readers_change_nothing_and_strangers_see_nothing(client, issue):
    article = issue.articles.get()
    client.force_login(grant(make_user(is_staff=True), "view"))

    assert "保存并回到本期" not in client.get(address_of(article)).content.decode()
    client.post(address_of(article), typed(article, title="改"))
    article.refresh_from_db()
    assert article.title != "改"

    client.force_login(make_user(is_staff=True))
    assert client.get(address_of(article)).status_code == 403


def test_without_an_issue_there_is_nothing_to_add_to(client, editor):
    for address in (
        "/admin/bulletins/article/add/",
        "/admin/bulletins/article/add/?issue=x",
    ):
        response = client.get(address)
        assert response.url == reverse("admin:bulletins_issue_changelist")


def test_articles_are_listed_on_the_page_of_their_issue_only(client, editor, issue):
    article = issue.articles.get()

    listed = client.get(reverse("admin:bulletins_article_changelist"))
    history = client.get(reverse("admin:bulletins_article_history", args=[article.pk]))

    assert listed.url == reverse("admin:bulletins_issue_changelist")
    assert history.url == reverse("admin:bulletins_issue_trail", args=[issue.pk])
    deletion = reverse("admin:bulletins_article_delete", args=[article.pk])
    assert client.post(deletion, {"post": "yes"}).status_code == 403
    assert Article.objects.filter(pk=article.pk).exists()


def test_the_page_asks_the_database_as_often_for_many_items_as_for_few(
    client, editor, issue, django_assert_max_num_queries
):
    article = issue.articles.get()
    for position in range(10, 60):
        Unit.objects.create(name=f"单位{position}")
        issue.bulletin.sections.create(name=f"栏目{position}", kind="articles")
        BriefItem.objects.create(
            issue=issue, section=issue.brief_items.first().section, position=position
        )

    with django_assert_max_num_queries(20):
        client.get(address_of(article))


# --- the title --------------------------------------------------------------------


def lines_of(client, title):
    return client.get(
        reverse("admin:bulletins_article_title"), {"title": title}
    ).json()["lines"]


def test_the_lines_of_a_title_are_those_of_the_print(client, editor):
    assert lines_of(client, "县作风办召开\r\n 推进会 \r\n") == [
        {"text": "县作风办召开", "wide": False},
        {"text": "推进会", "wide": False},
    ]
    assert lines_of(client, "  \n") == []


def test_a_line_that_is_wider_than_the_paper_is_told(client, editor):
    found = lines_of(client, "很长的标题" * 5 + "\n短")

    assert [line["wide"] for line in found] == [True, True, False]
    assert "".join(line["text"] for line in found) == "很长的标题" * 5 + "短"


def test_the_lines_of_a_monstrous_title_are_not_reckoned_for_ever(client, editor):
    assert lines_of(client, "长" * 10_000)


def test_strangers_learn_nothing_of_titles(client, db):
    client.force_login(make_user(is_staff=True))

    address = reverse("admin:bulletins_article_title")
    assert client.get(address, {"title": "甲"}).status_code == 403
