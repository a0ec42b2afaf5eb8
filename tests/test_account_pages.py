"""The pages of accounts and groups, and what they say of an account that must stay."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from bulletins import workflow
from bulletins.models import Issue
from tests.factories import make_bulletin, make_clerk, make_issue, make_user

pytestmark = pytest.mark.django_db

ACCOUNTS = reverse("admin:auth_user_changelist")


@pytest.fixture
def manager(client):
    client.force_login(make_user("guanli", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def signer() -> User:
    """Return somebody whose submission stands in a record."""
    clerk = make_clerk("jingban", first_name="王经办")
    workflow.submit(make_issue(), by=clerk)
    return clerk


def page_of(client, name: str, *args) -> str:
    return str(client.get(reverse(f"admin:{name}", args=args)).content.decode())


def chosen(*rows) -> dict:
    return {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}


# --- accounts ---------------------------------------------------------------------


def test_the_list_of_accounts_tells_names_groups_and_whether_they_are_in_use(manager):
    user = make_user("bianji", first_name="李编辑")
    user.groups.set(Group.objects.filter(name__in=["编辑", "审核"]))

    page = page_of(manager, "auth_user_changelist")

    for text in ("姓名", "用户组", "可以登录后台", "启用", "李编辑"):
        assert text in page
    assert "编辑、审核" in page or "审核、编辑" in page
    assert "工作人员状态" not in page
    assert "名字" not in page


def test_the_list_of_accounts_asks_no_more_for_more_accounts(
    manager, django_assert_max_num_queries
):
    group = Group.objects.get(name="编辑")
    for _ in range(12):
        make_user().groups.add(group)

    with django_assert_max_num_queries(16):
        manager.get(ACCOUNTS)


def test_an_account_shows_that_it_has_a_password_and_nothing_of_how_it_is_kept(manager):
    user = make_user("bianji")
    without = User.objects.create_user("wumima")

    page = page_of(manager, "auth_user_change", user.pk)

    assert "密码已设置" in page
    assert 'href="../password/"' in page
    for technical in ("pbkdf2", "算法", "迭代", "哈希", "md5"):
        assert technical not in page
    assert "还没有设置密码" in page_of(manager, "auth_user_change", without.pk)


def test_nobody_is_asked_how_an_account_is_to_sign_in(manager):
    user = make_user("bianji")

    new = page_of(manager, "auth_user_add")
    other = page_of(manager, "auth_user_password_change", user.pk)

    for page in (new, other):
        assert "usable_password" not in page
        assert "LDAP" not in page
        assert "基于密码" not in page


def test_a_new_account_needs_a_password(manager):
    url = reverse("admin:auth_user_add")
    manager.post(url, {"username": "wumima", "usable_password": "false"})
    assert not User.objects.filter(username="wumima").exists()

    typed = {f"password{at}": "Mima-2024-hao" for at in (1, 2)}
    manager.post(url, {"username": "youmima", **typed})

    assert User.objects.get(username="youmima").check_password("Mima-2024-hao")


# --- what stays -------------------------------------------------------------------


def test_an_account_with_a_record_has_no_button_to_delete_it(manager, signer):
    free = make_user()

    assert "删除用户" in page_of(manager, "auth_user_change", free.pk)
    assert "删除用户" not in page_of(manager, "auth_user_change", signer.pk)


def test_deleting_an_account_with_a_record_tells_why_not_and_what_instead(
    manager, signer
):
    url = reverse("admin:auth_user_delete", args=[signer.pk])
    for response in (manager.get(url), manager.post(url, {"post": "yes"})):
        page = response.content.decode()
        assert "“王经办”有办理记录，要留存备查，不能删除。" in page
        assert "去掉“启用”" in page
        assert reverse("admin:auth_user_change", args=[signer.pk]) in page
        assert "会一并删除" not in page

    assert User.objects.filter(pk=signer.pk).exists()


def test_of_chosen_accounts_those_that_stay_are_named_and_none_is_deleted(
    manager, signer
):
    free = make_user("wuguan", first_name="无关人员")

    response = manager.post(ACCOUNTS, {**chosen(signer, free), "post": "yes"})

    page = response.content.decode()
    assert "“王经办”有办理记录" in page
    assert "无关人员" not in page
    assert User.objects.filter(pk__in=[signer.pk, free.pk]).count() == 2


def test_whoever_may_not_delete_what_was_chosen_is_told_so(client):
    manager = make_user(is_staff=True)
    manager.groups.add(Group.objects.get(name="管理员"))
    client.force_login(manager)
    above = make_user(is_superuser=True)

    response = client.post(ACCOUNTS, chosen(above))

    assert "其中有您无权删除的：用户。" in response.content.decode()
    assert "返回" in response.content.decode()


def test_an_account_without_a_record_is_deleted(manager):
    free = make_user()

    manager.post(reverse("admin:auth_user_delete", args=[free.pk]), {"post": "yes"})

    assert not User.objects.filter(pk=free.pk).exists()


def test_a_group_that_signs_is_kept_with_its_reason(manager):
    group = make_bulletin().review_steps.get().group

    page = page_of(manager, "auth_group_delete", group.pk)

    assert f"“{group.name}”是审签环节的审签人员，不能删除。" in page


def test_a_bulletin_with_issues_is_kept_with_its_reason_and_no_button(manager):
    bulletin = make_issue().bulletin
    empty = make_bulletin(name="空的简报")

    assert "删除简报" not in page_of(manager, "bulletins_bulletin_change", bulletin.pk)
    assert "删除简报" in page_of(manager, "bulletins_bulletin_change", empty.pk)
    url = reverse("admin:bulletins_bulletin_changelist")
    page = manager.post(url, chosen(bulletin, empty)).content.decode()
    assert f"“{bulletin}”已有各期简报或作废的期号，不能删除。" in page
    assert "返回" in page


def test_chosen_issues_that_were_submitted_are_kept_whatever_their_number(
    manager, django_assert_max_num_queries
):
    clerk, bulletin = make_clerk(), make_bulletin()
    issues = [make_issue(bulletin, number=number) for number in range(1, 13)]
    for issue in issues[1:]:
        workflow.submit(issue, by=clerk)
    url = reverse("admin:bulletins_issue_changelist")

    with django_assert_max_num_queries(30):
        page = manager.post(url, {**chosen(*issues), "post": "yes"}).content.decode()

    assert "已印发的和送审过的要留存备查，不能删除" in page
    assert "等11期" in page
    assert Issue.objects.count() == 12
