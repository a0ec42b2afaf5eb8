"""What a clerk sets of a bulletin, and what is left to whoever sets who signs."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from bulletins import workflow
from bulletins.archive import keeping
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.models import Bulletin, ReviewStep
from tests.factories import (
    make_article,
    make_brief,
    make_bulletin,
    make_clerk,
    make_issue,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="编辑"))
    client.force_login(user)
    return client


def form_of(**fields) -> dict:
    values = {"name": "环保简报", "office": "县环委办", "numbering": "continuous"}
    values |= {
        "rows_per_page": "22",
        "title_size": "22",
        "red": "#c8102e",
        "grid": "box",
        "seen": "1",
    }
    for prefix in ("sections", "review_steps", "recipients"):
        values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return {**values, **fields}


def change_url(bulletin: Bulletin) -> str:
    return reverse("admin:bulletins_bulletin_change", args=[bulletin.pk])


def test_a_clerk_changes_the_masthead_but_neither_address_nor_audience_nor_signers(
    desk,
):
    bulletin = make_bulletin(audience="internal", slug="neibu")
    step = {"review_steps-TOTAL_FORMS": "1", "review_steps-0-name": "我自己"}
    step |= {"review_steps-0-position": "9", "review_steps-0-group": "1"}

    response = desk.post(
        change_url(bulletin), form_of(audience="public", slug="gongkai", **step)
    )

    assert response.status_code == 302
    bulletin.refresh_from_db()
    assert (bulletin.name, bulletin.red) == ("环保简报", "#c8102e")
    assert (bulletin.audience, bulletin.slug) == ("internal", "neibu")
    assert not ReviewStep.objects.filter(name="我自己").exists()
    page = desk.get(change_url(bulletin)).content.decode()
    assert 'name="slug"' not in page
    assert 'name="audience"' not in page


def test_a_bulletin_a_clerk_adds_is_internal_under_an_address_of_its_own(desk):
    Bulletin.objects.create(slug="jianbao-1", name="早有的")

    sent = form_of(audience="public", slug="admin")
    desk.post(reverse("admin:bulletins_bulletin_add"), sent)

    made = Bulletin.objects.get(name="环保简报")
    assert (made.audience, made.slug) == ("internal", "jianbao-2")
    assert made.sections.count() == 2


def test_sections_without_a_place_stand_behind_the_others(desk):
    bulletin = make_bulletin()
    bulletin.sections.create(name="要闻", position=3)
    section = bulletin.sections.get()
    rows: dict = {
        "sections-TOTAL_FORMS": "2",
        "sections-INITIAL_FORMS": "1",
        "sections-0-id": section.pk,
        "sections-0-bulletin": bulletin.pk,
        "sections-0-position": "3",
        "sections-0-name": "要闻",
        "sections-0-kind": "articles",
        "sections-1-bulletin": bulletin.pk,
        "sections-1-position": "",
        "sections-1-name": "简讯",
        "sections-1-kind": "briefs",
    }

    desk.post(change_url(bulletin), form_of(**rows))

    places = bulletin.sections.values_list("name", "position")
    assert list(places) == [("要闻", 3), ("简讯", 4)]


def test_saving_over_newer_settings_shows_both_and_saves_nothing(desk):
    bulletin = make_bulletin(name="工作简报")
    section = bulletin.sections.create(name="工作动态", position=1)
    row: dict = {"sections-TOTAL_FORMS": "1", "sections-INITIAL_FORMS": "1"}
    row |= {"sections-0-id": section.pk, "sections-0-kind": "articles"}
    row |= {"sections-0-position": "1", "sections-0-name": "要闻"}
    desk.post(change_url(bulletin), form_of(name="先存的"))

    response = desk.post(change_url(bulletin), form_of(name="后存的", **row))

    assert response.status_code == 409
    page = response.content.decode()
    for text in ("先存的", "后存的", "要闻", section.name, "对方的不再保留"):
        assert text in page
    bulletin.refresh_from_db()
    assert (bulletin.name, bulletin.version) == ("先存的", 2)
    section.refresh_from_db()
    assert section.name != "要闻"

    chosen = {**form_of(name="后存的", **row), "seen": "2"}
    assert desk.post(change_url(bulletin), chosen).status_code == 302
    bulletin.refresh_from_db()
    section.refresh_from_db()
    assert (bulletin.name, section.name) == ("后存的", "要闻")


def test_a_change_of_a_table_alone_is_a_newer_version_of_the_settings(desk):
    bulletin = make_bulletin(name="环保简报", office="县环委办")
    row = {"recipients-TOTAL_FORMS": "1", "recipients-0-tier": "report"}
    row |= {"recipients-0-name": "县委", "recipients-0-copies": "2"}
    desk.post(change_url(bulletin), form_of(**row))

    response = desk.post(change_url(bulletin), form_of())

    assert response.status_code == 409
    page = response.content.decode()
    assert "常设收文单位" in page
    assert "报　县委　2" in page


@pytest.mark.parametrize("is_action", [False, True])
def test_a_deleted_bulletin_has_no_public_page_left(
    client, is_action, django_capture_on_commit_callbacks
):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    bulletin = make_bulletin(slug="shanchu", name="要删的简报")
    keeping.verify()
    assert "要删的简报" in client.get("/shanchu/").content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        if is_action:
            url = reverse("admin:bulletins_bulletin_changelist")
            chosen = {"action": "delete_selected", "_selected_action": bulletin.pk}
            client.post(url, {**chosen, "post": "yes"})
        else:
            url = reverse("admin:bulletins_bulletin_delete", args=[bulletin.pk])
            client.post(url, {"post": "yes"})

    assert not Bulletin.objects.filter(slug="shanchu").exists()
    assert client.get("/shanchu/").status_code == 404
    assert "要删的简报" not in client.get("/").content.decode()


# --- rows in use, rows half filled ------------------------------------------------


@pytest.fixture
def manager(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def contents(*, articles: int, briefs: int) -> tuple[SectionEntry, ...]:
    pieces = tuple(make_article(f"第{at}篇") for at in range(1, articles + 1))
    short = tuple(make_brief(f"第{at}条") for at in range(1, briefs + 1))
    return (
        SectionEntry("工作动态", SectionKind.ARTICLES, pieces),
        SectionEntry("简讯", SectionKind.BRIEFS, short),
    )


def rows_of(prefix: str, bulletin: Bulletin, *new: dict, ticked=()) -> dict:
    """Return what the table of a bulletin posts: its rows, and new ones."""
    kept = list(getattr(bulletin, prefix).all())
    sent: dict = {
        f"{prefix}-TOTAL_FORMS": len(kept) + len(new),
        f"{prefix}-INITIAL_FORMS": len(kept),
    }
    for at, row in enumerate(kept):
        names = ("id", "position", "name", "kind", "show_heading", "group_id")
        values = {n.removesuffix("_id"): getattr(row, n, "") for n in names}
        values |= {"bulletin": bulletin.pk}
        values |= {"DELETE": "on"} if row in ticked else {}
        sent |= {f"{prefix}-{at}-{name}": value for name, value in values.items()}
    for at, added in enumerate(new, start=len(kept)):
        values = {"bulletin": bulletin.pk, "position": "", "name": "", **added}
        sent |= {f"{prefix}-{at}-{name}": value for name, value in values.items()}
    return {**form_of(audience="public", slug=bulletin.slug), **sent}


def test_a_section_in_use_is_kept_and_its_row_says_how_many_pieces_use_it(
    manager, django_assert_max_num_queries
):
    issue = make_issue(sections=contents(articles=30, briefs=2))
    bulletin = issue.bulletin
    used, briefs = bulletin.sections.all()
    free = bulletin.sections.create(name="空栏目", position=9)
    workflow.remove_item(issue.articles.all()[0], by=make_user(is_superuser=True))

    sent = rows_of("sections", bulletin, ticked=(used, briefs, free))
    with django_assert_max_num_queries(70):
        response = manager.post(change_url(bulletin), sent)

    assert response.status_code == 200
    page = response.content.decode()
    assert page.count("栏目“工作动态”还有30篇稿件在用，不能删除。其中1篇在各期的") == 1
    assert page.count("栏目“简讯”还有2篇稿件在用，不能删除。") == 1
    assert "栏目“空栏目”还有" not in page
    assert "第1篇" not in page
    # Nothing covers the row and what is said at it.
    checked = re.findall(r'<input[^>]*-DELETE"[^>]*checked', page)
    assert [re.findall(r"sections-\d", row)[0] for row in checked] == ["sections-2"]
    assert bulletin.sections.count() == 3


def test_a_section_nothing_uses_is_deleted(manager):
    bulletin = make_bulletin()
    free = bulletin.sections.create(name="空栏目", position=9)

    response = manager.post(
        change_url(bulletin), rows_of("sections", bulletin, ticked=(free,))
    )

    assert response.status_code == 302
    assert not bulletin.sections.exists()


def test_a_step_at_which_an_issue_waits_is_kept(manager):
    issue = make_issue()
    workflow.submit(issue, by=make_clerk())
    step = issue.bulletin.review_steps.get()

    sent = rows_of("review_steps", issue.bulletin, ticked=(step,))
    response = manager.post(change_url(issue.bulletin), sent)

    said = f"审签环节“{step.name}”还有1期简报待办，不能删除。"
    assert said in response.content.decode()
    assert issue.bulletin.review_steps.exists()


def test_new_steps_without_a_place_stand_behind_the_others_in_turn(manager):
    bulletin = make_bulletin(steps=2)
    group = Group.objects.get(name="签发").pk
    new = [{"name": name, "group": group} for name in ("分管领导", "主要领导")]

    response = manager.post(
        change_url(bulletin), rows_of("review_steps", bulletin, *new)
    )

    assert response.status_code == 302
    steps = bulletin.review_steps.values_list("position", "name")
    assert list(steps)[2:] == [(3, "分管领导"), (4, "主要领导")]


@pytest.mark.parametrize(
    ("typed", "field"), [({"name": "分管领导"}, "group"), ({"group": "1"}, "name")]
)
def test_a_step_that_is_half_filled_is_told_at_its_field(manager, typed, field):
    bulletin = make_bulletin()

    response = manager.post(
        change_url(bulletin), rows_of("review_steps", bulletin, typed)
    )

    assert response.status_code == 200
    table = next(
        found.formset
        for found in response.context["inline_admin_formsets"]
        if found.formset.prefix == "review_steps"
    )
    assert list(table.errors[1]) == [field]


def test_a_step_that_was_added_and_not_touched_is_left_out(manager):
    bulletin = make_bulletin()

    response = manager.post(change_url(bulletin), rows_of("review_steps", bulletin, {}))

    assert response.status_code == 302
    assert bulletin.review_steps.count() == 1
