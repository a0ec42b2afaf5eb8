"""The staff side: an issue entered by hand, and what it refuses."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from bulletins import workflow
from bulletins.composing import document_of, frozen_document
from bulletins.document import Marks, Recipients
from bulletins.models import Event, Issue, ReviewStep, Section
from tests.factories import (
    grant,
    make_bulletin,
    make_clerk,
    make_issue,
    make_leader,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client):
    """Return a client logged in as somebody who composes."""
    user = make_user("bianji", is_staff=True)
    models = ["issue", "article", "briefitem", "recipient", "section", "bulletin"]
    rights = Permission.objects.filter(
        content_type__app_label="bulletins", content_type__model__in=models
    ).exclude(codename__in=["amend_issue", "correct_issue"])
    user.user_permissions.set(rights)
    client.force_login(user)
    return client


def furnish(bulletin) -> None:
    bulletin.sections.create(
        name="工作动态", kind=Section.Kind.ARTICLES, show_heading=False
    )
    bulletin.sections.create(name="简讯", kind=Section.Kind.BRIEFS)
    bulletin.recipients.create(tier="report", name="县委办公室", copies=2)


def management(prefix: str, total: int, initial: int = 0) -> dict:
    return {
        f"{prefix}-TOTAL_FORMS": total,
        f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }


def form_of(issue: Issue, **changes) -> dict:
    """Return what the browser sends to the form of an issue."""
    fields = {"kind": issue.kind, "planned_number": issue.planned_number or ""}
    fields |= {"seen": issue.version, "desk_issue": issue.pk}
    managements = {
        **management("recipients", 0),
        **management("events", 0),
    }
    return {**fields, **managements, **changes}


def change_url(issue: Issue) -> str:
    return reverse("admin:bulletins_issue_change", args=[issue.pk])


def test_a_new_issue_starts_with_the_standing_recipients(clerk):
    bulletin = make_bulletin()
    furnish(bulletin)

    response = clerk.post(
        reverse("admin:bulletins_issue_add"),
        {"bulletin": bulletin.pk, "kind": "regular", "planned_number": 8, "date": ""},
        follow=True,
    )

    issue = Issue.objects.get()
    assert response.redirect_chain[-1][0] == change_url(issue)
    assert issue.created_by.username == "bianji"
    assert list(issue.recipients.values_list("name", "copies")) == [("县委办公室", 2)]
    assert issue.bulletin.recipients.count() == 1


def test_a_planned_number_that_is_taken_is_told_at_its_field(clerk):
    taken = make_issue(number=8)
    issue = make_issue(taken.bulletin, number=9, sections=(), recipients=Recipients())

    response = clerk.post(change_url(issue), form_of(issue, planned_number=8))

    assert "这个期号已被占用（" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("planned_number", 0, "应在 1 至 999999 之间。"),
        ("planned_number", 1_000_000, "应在 1 至 999999 之间。"),
        ("planned_total_number", 0, "应在 1 至 999999 之间。"),
        ("copies", 0, "应在 1 至 999999 之间。"),
        ("date", "1500-01-01", "年份应在 1949 至 2199 之间。"),
    ],
)
def test_a_number_or_a_date_out_of_bounds_is_told_at_its_field(
    clerk, name, value, message
):
    issue = make_issue(number=9, sections=(), recipients=Recipients())

    response = clerk.post(
        change_url(issue), form_of(issue, **{"planned_number": 9, name: value})
    )

    form = response.context["adminform"].form
    assert form.errors.get(name) == [message]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("编者按：现将经验刊发。\r\n请各单位参考。", "现将经验刊发。\n请各单位参考。"),
        ("【编者按】：现将经验刊发。", "现将经验刊发。"),
        ("现将经验刊发。\r\n编者按：二", "现将经验刊发。\n编者按：二"),
        ("", ""),
    ],
)
def test_the_label_of_a_note_is_not_printed_twice(clerk, typed, kept):
    issue = make_issue(sections=(), recipients=Recipients())

    clerk.post(change_url(issue), form_of(issue, editors_note=typed))

    issue.refresh_from_db()
    assert issue.editors_note == kept


def series_form(bulletin, **changes) -> dict:
    """Return what the browser sends for a series with its sections."""
    fields = {
        **{name: getattr(bulletin, name) for name in ("slug", "programme", "name")},
        **{name: getattr(bulletin, name) for name in ("office", "numbering")},
        "audience": bulletin.audience,
        "rows_per_page": 22,
        "title_size": 22,
        "red": "#ff0000",
        "grid": "box",
        "seen": bulletin.version,
        **management("review_steps", 0),
        **management("recipients", 0),
    }
    sections = list(bulletin.sections.all())
    fields |= management("sections", len(sections), len(sections))
    for n, section in enumerate(sections):
        values = {"id": section.pk, "bulletin": bulletin.pk, "kind": section.kind}
        values |= {"position": section.position, "name": section.name}
        fields |= {f"sections-{n}-{name}": value for name, value in values.items()}
    return {**fields, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sections-0-name": "栏\x07目"}, "含有控制字符"),
        ({"sections-0-kind": "briefs"}, "已有内容，不能改内容的种类"),
    ],
)
def test_a_section_with_items_stays_what_a_document_can_hold(client, changes, message):
    issue = make_issue()
    before = document_of(issue)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    url = reverse("admin:bulletins_bulletin_change", args=[issue.bulletin_id])

    page = client.post(url, series_form(issue.bulletin, **changes)).content.decode()

    assert message in page
    assert document_of(issue) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sections-0-kind": "briefs"}, "已有内容，不能改内容的种类"),
        ({"sections-0-DELETE": "on"}, "1篇稿件在用，不能删除。其中1篇在各期的"),
    ],
)
def test_a_section_stays_while_what_was_taken_out_of_it_can_be_put_back(
    client, changes, message
):
    issue = make_issue()
    admin = make_user(is_staff=True, is_superuser=True)
    before = document_of(issue)
    removed = workflow.remove_item(issue.articles.get(), by=admin)
    client.force_login(admin)
    url = reverse("admin:bulletins_bulletin_change", args=[issue.bulletin_id])

    page = client.post(url, series_form(issue.bulletin, **changes)).content.decode()

    assert message in page
    workflow.put_back(removed, by=admin)
    assert document_of(issue) == before


@pytest.mark.parametrize(
    ("audience", "mark", "changes", "message"),
    [
        ("public", None, {"slug": "xin"}, "已有印发的简报，网址不能再改"),
        ("internal", "秘密★1年", {"audience": "public"}, "第8期标有密级"),
    ],
)
def test_a_series_that_has_issues_keeps_its_address_and_its_secrets(
    client, audience, mark, changes, message
):
    bulletin = make_bulletin(audience=audience)
    issue = workflow.submit(
        make_issue(bulletin, marks=Marks(secrecy=mark)), by=make_clerk()
    )
    workflow.approve(issue, by=make_leader(bulletin))
    workflow.publish(issue, by=make_clerk())
    client.force_login(make_user(is_staff=True, is_superuser=True))
    url = reverse("admin:bulletins_bulletin_change", args=[bulletin.pk])

    page = client.post(url, series_form(bulletin, **changes)).content.decode()
    kept = client.post(url, series_form(bulletin, office="县委办"))

    assert message in page
    assert kept.status_code == 302


def test_two_steps_at_one_place_are_told_in_chinese(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    bulletin = make_bulletin(steps=0)
    url = reverse("admin:bulletins_bulletin_change", args=[bulletin.pk])
    group = Group.objects.create(name="科室")
    steps = management("review_steps", 2)
    for row, name in enumerate(("科室审核", "领导签发")):
        values = {"position": 1, "name": name, "group": group.pk}
        steps |= {f"review_steps-{row}-{field}": v for field, v in values.items()}

    sent = {**series_form(bulletin), **management("sections", 0), **steps}
    page = client.post(url, sent).content.decode()

    assert "“顺序”有重复，请改成各不相同的。" in page
    assert "这一行与前面的重复。" in page
    assert "position的" not in page


@pytest.mark.parametrize("slug", ["admin", "static", "media"])
def test_a_slug_the_site_needs_itself_is_refused(client, slug):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    response = client.post(
        reverse("admin:bulletins_bulletin_add"),
        {
            "slug": slug,
            "name": "简报",
            "numbering": "continuous",
            "audience": "public",
            **management("sections", 0),
            **management("review_steps", 0),
            **management("recipients", 0),
        },
    )

    assert "已被系统占用" in response.content.decode()


def test_an_issue_under_review_is_closed_to_editors(clerk):
    issue = workflow.submit(make_issue(), by=make_clerk())

    page = clerk.get(change_url(issue)).content.decode()
    response = clerk.post(
        change_url(issue), form_of(issue, planned_number=99), follow=True
    )

    assert 'name="_save"' not in page
    assert response.status_code == 409
    assert "这一期已是“审核中”，不能再修改" in response.content.decode()
    issue.refresh_from_db()
    assert issue.planned_number == 8


def log_in_with(client, *rights: str):
    user = grant(make_user(is_staff=True), "view", *rights)
    client.force_login(user)
    return user


def test_who_may_amend_corrects_an_issue_in_review_and_it_starts_again(client):
    issue = make_issue(make_bulletin(steps=2))
    workflow.submit(issue, by=make_clerk())
    workflow.approve(issue, by=make_leader(issue.bulletin))
    reviewer = log_in_with(client, "amend")

    response = client.post(change_url(issue), form_of(issue, signatory="王建国"))

    assert response.status_code == 302
    issue.refresh_from_db()
    assert issue.step.position == 1
    last = issue.events.last()
    assert (last.move, last.actor) == (Event.Move.AMEND, reviewer)


def test_who_may_correct_edits_what_is_issued_and_readers_see_no_change(client):
    issue = workflow.submit(make_issue(), by=make_clerk())
    workflow.approve(issue, by=make_leader(issue.bulletin))
    workflow.publish(issue, by=make_clerk())
    corrector = log_in_with(client, "correct")
    sent = form_of(issue, signatory="王建国", date="2001-01-01", planned_number=99)
    sent["secrecy"] = "秘密"

    response = client.post(change_url(issue), sent)

    assert response.status_code == 302
    issue.refresh_from_db()
    assert (issue.signatory, issue.number, issue.secrecy) == ("王建国", 8, "")
    assert (issue.date, issue.planned_number) == (dt.date(2024, 9, 2), 8)
    assert issue.revisions.get().author == corrector
    assert frozen_document(issue).signatory == ""


def test_what_was_submitted_cannot_be_deleted(clerk):
    issue = workflow.submit(make_issue(), by=make_clerk())

    url = reverse("admin:bulletins_issue_delete", args=[issue.pk])

    assert clerk.post(url, {"post": "yes"}).status_code == 403
    assert Issue.objects.filter(pk=issue.pk).exists()


def test_a_draft_is_previewed_as_page_and_as_pdf(clerk):
    issue = make_issue()

    page = clerk.get(reverse("admin:bulletins_issue_preview_page", args=[issue.pk]))
    pdf = clerk.get(reverse("admin:bulletins_issue_preview_pdf", args=[issue.pk]))

    assert "县作风办召开推进会" in page.content.decode()
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["preview_page", "preview_pdf", "change"])
def test_nobody_without_the_right_sees_a_draft(client, name):
    url = reverse(f"admin:bulletins_issue_{name}", args=[make_issue().pk])
    assert client.get(url).status_code == 302

    client.force_login(make_user(is_staff=True))
    assert client.get(url).status_code == 403


def test_every_admin_page_opens_and_speaks_chinese(client):
    issue = workflow.submit(make_issue(), by=make_clerk())
    make_leader(issue.bulletin)
    admin = make_user("guanliyuan", is_staff=True, is_superuser=True)
    client.force_login(admin)
    pages = [reverse("admin:index"), reverse("admin:password_change")]
    for model, pk in (
        ("bulletins_issue", issue.pk),
        ("bulletins_bulletin", issue.bulletin_id),
        ("auth_user", admin.pk),
        ("auth_group", issue.step.group_id),
    ):
        pages += [reverse(f"admin:{model}_{name}") for name in ("changelist", "add")]
        pages += [
            reverse(f"admin:{model}_{name}", args=[pk])
            for name in ("change", "history", "delete")
        ]

    for url in pages:
        response = client.get(url)
        if "delete" in url and response.status_code == 403:
            continue
        assert response.status_code == 200, url
        text = response.content.decode()
        assert "Can add" not in text
        assert "Django" not in text


def test_the_lists_answer_with_a_bounded_number_of_queries(
    clerk, django_assert_max_num_queries
):
    bulletin = make_bulletin()
    for number in range(1, 21):
        make_issue(bulletin, number=number)

    with django_assert_max_num_queries(22):
        clerk.get(reverse("admin:bulletins_issue_changelist"))


def test_a_recipient_without_a_position_is_the_last_of_its_tier(clerk):
    issue = make_issue(sections=(), recipients=Recipients(report=("县委", "县政府")))
    known = list(issue.recipients.order_by("position"))
    lines = [
        {"id": row.pk, "tier": "report", "position": row.position, "name": row.name}
        for row in known
    ]
    lines.append({"tier": "report", "position": "", "name": "县人大"})
    fields = {
        f"recipients-{n}-{name}": value
        for n, line in enumerate(lines)
        for name, value in {**line, "copies": 1, "issue": issue.pk}.items()
    }

    clerk.post(
        change_url(issue), form_of(issue, **management("recipients", 3, 2), **fields)
    )

    assert document_of(issue).recipients.report == ("县委", "县政府", "县人大")


def test_only_what_is_public_leads_to_a_public_page(clerk):
    issue = make_issue(make_bulletin(audience="internal"))

    for url in (
        change_url(issue),
        reverse("admin:bulletins_bulletin_change", args=[issue.bulletin_id]),
    ):
        assert "在公开网页上查看" not in clerk.get(url).content.decode()


def test_the_moves_of_a_closed_issue_lead_to_no_account(clerk):
    issue = workflow.submit(make_issue(), by=make_clerk("submitter"))

    page = clerk.get(change_url(issue)).content.decode()

    assert "submitter" in page
    assert (
        reverse("admin:auth_user_change", args=[issue.events.get().actor_id])
        not in page
    )


def test_a_new_bulletin_has_sections_and_one_step_unless_others_are_given(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    group = Group.objects.get(name="审核")
    url = reverse("admin:bulletins_bulletin_add")
    layout = {"rows_per_page": 22, "title_size": 22, "red": "#ff0000", "grid": "box"}
    fields = {
        "name": "工作简报",
        "office": "县作风办",
        "numbering": "continuous",
        "audience": "public",
        **layout,
        **management("sections", 0),
        **management("recipients", 0),
    }

    client.post(url, {**fields, "slug": "yi", **management("review_steps", 0)})
    step = {
        "review_steps-0-position": 1,
        "review_steps-0-name": "科室审核",
        "review_steps-0-group": group.pk,
    }
    other = {**fields, "slug": "er", "programme": "二", **management("review_steps", 1)}
    client.post(url, {**other, **step})

    sections = Section.objects.filter(bulletin__slug="yi").values_list("name", "kind")
    assert list(sections) == [("工作动态", "articles"), ("简讯", "briefs")]
    steps = ReviewStep.objects.values_list("bulletin__slug", "name", "group__name")
    assert sorted(steps) == [("er", "科室审核", "审核"), ("yi", "领导签发", "签发")]


def test_a_new_account_can_log_in_until_it_is_stopped(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    password = "yi ge hen chang de mima"
    fields = {"username": "zhangsan", "usable_password": "true"}

    client.post(
        reverse("admin:auth_user_add"),
        {**fields, "password1": password, "password2": password},
    )
    made = User.objects.get(username="zhangsan")
    assert made.is_staff

    url = reverse("admin:auth_user_change", args=[made.pk])
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "08:00"}
    client.post(url, {"username": "zhangsan", **joined})
    made.refresh_from_db()
    assert not made.is_staff
