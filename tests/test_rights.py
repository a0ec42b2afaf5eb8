"""Who may open what of the staff side: every address of an issue, for every role."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bulletins import workflow
from bulletins.models import Issue, Remark
from tests.factories import make_clerk, make_issue, make_user

pytestmark = pytest.mark.django_db

ROLES = ("编辑", "审核", "签发", "发行", "管理员")
SECRET = "县作风办召开推进会"

# Address, then who gets in beside those named; everybody else is refused.
PAGES = {
    "queue": ROLES,
    "notices": (*ROLES, "无权"),
    "review": ROLES,
    "change": ROLES,
    "history": ROLES,
    "trail": ROLES,
    "trail_pdf": ROLES,
    "revision": ROLES,
    "preview_page": ROLES,
    "preview_pdf": ROLES,
}
WITHOUT_ISSUE = {"queue", "notices"}
# Sent without a body; what gets past the rights is then refused or led back.
FORMS = {
    "submit": ("编辑",),
    "approve": ("审核", "签发"),
    "send_back": ("审核", "签发"),
    "recall": ("编辑",),
    "override": ("签发",),
    "confirm": ("审核", "签发"),
    "schedule": ("发行",),
    "publish": ("发行",),
    "correct": ("发行",),
    "withdraw": ("发行",),
    "remind": ("编辑",),
    "remark": ("审核", "签发"),
    "remark_done": ("编辑",),
}


@pytest.fixture
def issue() -> Issue:
    """Return an issue in review, edited once and with a remark."""
    made = make_issue()
    workflow.record_edit(made, by=make_clerk())
    made = workflow.submit(made, by=make_clerk())
    reviewer = make_user()
    Remark.objects.create(issue=made, author=reviewer, text="？", at=timezone.now())
    return made


def log_in(client, role: str) -> None:
    user = make_user(is_staff=True)
    if role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


def address(name: str, issue: Issue) -> str:
    if name in WITHOUT_ISSUE:
        return reverse(f"admin:bulletins_issue_{name}")
    args = [issue.pk]
    if name == "revision":
        args.append(issue.revisions.get().pk)
    if name == "remark_done":
        args.append(issue.remarks.get().pk)
    if name in workflow.RULES:
        return reverse("admin:bulletins_issue_move", args=[issue.pk, name])
    return reverse(f"admin:bulletins_issue_{name}", args=args)


@pytest.mark.parametrize("role", [*ROLES, "无权", "未登录"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_whom_it_may_and_shows_others_nothing(
    client, issue, name, role
):
    if role != "未登录":
        log_in(client, role)

    response = client.get(address(name, issue))

    if role in PAGES[name]:
        assert response.status_code == 200
        return
    assert response.status_code == (302 if role == "未登录" else 403)
    assert SECRET not in response.content.decode()
    if role == "未登录":
        assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("role", [*ROLES, "无权", "未登录"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_taken_from_whom_it_may_and_changes_nothing_else(
    client, issue, name, role
):
    if role != "未登录":
        log_in(client, role)

    response = client.post(address(name, issue))

    if role in FORMS[name]:
        assert response.status_code in {200, 302, 409}
    elif role == "未登录":
        assert response["Location"].startswith(reverse("admin:login"))
    else:
        assert response.status_code == 403
        assert SECRET not in response.content.decode()
    assert issue.events.count() == 1


@pytest.mark.parametrize("name", FORMS)
def test_no_move_is_made_by_a_link(client, issue, name):
    client.force_login(make_user(is_staff=True, is_superuser=True))

    response = client.get(address(name, issue), follow=True)

    # As after a session that expired while the page was open: nothing is done.
    review = reverse("admin:bulletins_issue_review", args=[issue.pk])
    assert response.redirect_chain == [(review, 302)]
    assert "刚才的操作没有办理" in response.content.decode()
    assert (issue.events.count(), issue.remarks.filter(done_at=None).count()) == (1, 1)


def test_a_form_of_an_older_login_is_refused_in_chinese(issue):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(is_staff=True, is_superuser=True))

    response = client.post(address("approve", issue))

    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()
    assert "CSRF" not in response.content.decode()


@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_an_issue_that_is_not_there_is_not_found(client, issue, name):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    if name in WITHOUT_ISSUE | {"change", "history"}:
        return
    url = address(name, issue).replace(f"/{issue.pk}/", "/99999/", 1)
    url = url.replace(f"/{issue.pk}/trail.pdf", "/99999/trail.pdf")

    ask = client.post if name in FORMS else client.get

    assert ask(url).status_code == 404


@pytest.mark.parametrize("name", ["review", "trail", "preview-pdf", "preview-page"])
@pytest.mark.parametrize("pk", ["x", "²", "9" * 30, "9" * 5_000])
def test_a_guessed_address_is_not_found(client, name, pk):
    client.force_login(make_user(is_staff=True, is_superuser=True))

    assert client.get(f"/admin/bulletins/issue/{pk}/{name}/").status_code == 404


def test_nobody_opens_the_messages_of_another(client, issue):
    reader = make_user(is_staff=True, is_superuser=True)
    notice = issue.notices.create(user=reader, text="等待您办理", at=timezone.now())
    log_in(client, "签发")

    response = client.get(reverse("admin:bulletins_issue_notice", args=[notice.pk]))

    assert response.status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_only_who_publishes_makes_a_number_void(client, issue):
    url = reverse("admin:bulletins_bulletin_void", args=[issue.bulletin_id])
    form = {"kind": "regular", "year": 0, "number": 1, "reason": "印错"}

    for role in (*ROLES, "无权"):
        log_in(client, role)
        expected = 302 if role == "发行" else 403
        assert client.post(url, form).status_code == expected, role

    assert issue.bulletin.voided_numbers.get().reason == "印错"


def test_who_manages_accounts_makes_no_superuser_and_gets_hold_of_none(client):
    superuser = make_user(is_staff=True, is_superuser=True)
    clerk = make_user("bianji", is_staff=True)
    log_in(client, "管理员")
    form = {
        "username": "bianji",
        "is_active": "on",
        "is_superuser": "on",
        "date_joined_0": "2024-09-02",
        "date_joined_1": "09:00:00",
        "first_name": "晓文",
    }

    changed = client.post(reverse("admin:auth_user_change", args=[clerk.pk]), form)

    clerk.refresh_from_db()
    assert (changed.status_code, clerk.first_name) == (302, "晓文")
    assert not clerk.is_superuser
    for name in ("auth_user_change", "auth_user_password_change", "auth_user_delete"):
        url = reverse(f"admin:{name}", args=[superuser.pk])
        assert client.post(url, {**form, "post": "yes"}).status_code == 403
