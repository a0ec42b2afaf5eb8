"""Signing in: passwords and their age, codes, sessions, lock-out, and the log of it."""

import datetime as dt
import itertools
import re
import time

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from bulletins.accounts.codes import confirm, device_of, new_device, secret_of
from bulletins.models import CodeRule, PasswordAge
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse"  # what make_user gives
BETTER = "Jian-bao-2026"
real_time = time.time


def make_staff(**fields) -> User:
    return make_user(is_staff=True, **fields)


def sign_in(user: User, password: str = PASSWORD, **headers) -> Client:
    client = Client(headers=headers)
    client.post("/admin/login/", {"username": user.username, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(device: TOTPDevice, ahead: int = 0) -> str:
    """Return the code the phone shows, ``ahead`` steps from now."""
    return f"{totp(device.bin_key, t0=-30 * ahead):06d}"


# --- lock-out ---------------------------------------------------------------------


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one():
    user = make_staff()
    for _ in range(4):
        sign_in(user, "wrong")
    assert not AccessFailureLog.objects.filter(locked_out=True).exists()
    sign_in(user, "wrong")

    response = Client().post(
        "/admin/login/", {"username": user.username, "password": PASSWORD}
    )

    assert response.status_code == 429
    assert "连续输错密码5次" in response.text


def test_changing_browser_and_address_does_not_get_round_the_lock(settings):
    settings.BEHIND_HTTPS_PROXY = True
    settings.SECURE_SSL_REDIRECT = False
    user = make_staff()
    for n in range(5):
        headers = {"user-agent": f"browser {n}", "x-forwarded-for": f"10.0.0.{n}"}
        sign_in(user, "wrong", **headers)

    assert not is_signed_in(sign_in(user, **{"x-forwarded-for": "10.0.0.9"}))


def test_the_lock_ends_by_itself(settings):
    settings.AXES_COOLOFF_TIME = dt.timedelta(seconds=0)
    user = make_staff()
    for _ in range(6):
        sign_in(user, "wrong")

    assert is_signed_in(sign_in(user))


def test_one_address_is_bounded_whatever_accounts_it_names():
    answers = {
        Client()
        .post("/admin/login/", {"username": f"nobody{n}", "password": "x"})
        .status_code
        for n in range(60)
    }
    assert answers == {200}

    response = Client().post("/admin/login/", {"username": "other", "password": "x"})

    assert response.status_code == 429
    assert response["Retry-After"]


def test_all_addresses_of_one_line_count_as_one():
    answers = [
        Client(REMOTE_ADDR=f"2001:db8:1:2::{n:x}")
        .post("/admin/login/", {"username": f"nobody{n}", "password": "x"})
        .status_code
        for n in range(61)
    ]
    elsewhere = Client(REMOTE_ADDR="2001:db8:1:3::1").post("/admin/login/", {})

    assert answers == [200] * 60 + [429]
    assert elsewhere.status_code == 200


def test_the_address_a_client_claims_does_not_count_without_a_proxy():
    user = make_staff()
    sign_in(user, **{"x-forwarded-for": "8.8.8.8"})

    assert AccessLog.objects.get().ip_address == "127.0.0.1"


def test_behind_the_proxy_its_own_word_counts_not_the_clients(settings):
    settings.BEHIND_HTTPS_PROXY = True
    settings.SECURE_SSL_REDIRECT = False
    user = make_staff()
    sign_in(user, **{"x-forwarded-for": "8.8.8.8, 10.0.0.7"})

    assert AccessLog.objects.get().ip_address == "10.0.0.7"


def test_who_manages_accounts_sees_the_log_and_unlocks():
    user, manager = make_staff(), make_staff(is_superuser=True)
    for _ in range(5):
        sign_in(user, "wrong")
    client = sign_in(manager)

    page = client.get("/admin/account/signins/").text
    assert page.count(user.username) >= 6
    assert "被锁定" in page
    client.post("/admin/account/signins/unlock/", {"username": user.username})

    assert is_signed_in(sign_in(user))


def test_an_account_locked_from_several_places_is_shown_as_locked(settings):
    user, manager = make_staff(), make_staff(is_superuser=True)
    for number in range(5):
        sign_in(user, "wrong", **{"user-agent": f"browser {number}"})
    client = sign_in(manager)

    assert "解除锁定" in client.get("/admin/account/signins/").text
    client.post("/admin/account/signins/unlock/", {"username": user.username})

    assert "解除锁定" not in client.get("/admin/account/signins/").text
    assert is_signed_in(sign_in(user))


def test_who_fails_a_thousand_times_is_still_written_down():
    user = make_staff()
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(username=user.username, locked_out=False) for _ in range(1000)
    )

    sign_in(user, "wrong")

    assert AccessFailureLog.objects.filter(username=user.username).count() == 1001


@pytest.mark.parametrize("name", ["长" * 300, "x" * 100_000])
def test_a_name_too_long_for_the_log_is_a_wrong_name(name):
    response = Client().post("/admin/login/", {"username": name, "password": "x"})

    assert response.status_code == 200
    assert name.startswith(AccessFailureLog.objects.get().username or "?")


def test_a_character_that_no_database_takes_is_no_error_of_ours():
    user, _, reserve = make_user_with_code()
    person = sign_in(user)
    page = person.post("/admin/account/code/", {"code": "\0" + reserve[0][:9]})
    assert "验证码不对" in page.text

    manager = sign_in(make_staff(is_superuser=True))
    assert manager.get("/admin/account/signins/", {"q": "\0"}).status_code == 400
    unlocked = manager.post("/admin/account/signins/unlock/", {"username": "\0x"})
    assert unlocked.status_code == 302


def test_nobody_else_sees_the_log():
    client = sign_in(make_staff())
    assert client.get("/admin/account/signins/").status_code == 403
    unlocking = client.post("/admin/account/signins/unlock/", {"username": "x"})
    assert unlocking.status_code == 403


# --- passwords --------------------------------------------------------------------


@pytest.mark.parametrize(
    "password", ["onlylowercase", "12345678901", "lowerand1234", "短密码Aa1"]
)
def test_weak_passwords_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, make_staff())


@pytest.mark.parametrize("password", [BETTER, "a long phrase of many words"])
def test_good_passwords_are_taken(password):
    validate_password(password, make_staff())


def test_a_password_does_not_come_back_soon():
    user = make_staff()
    for n in range(5):
        user.set_password(f"{BETTER}{n}")
        user.save()

    validate_password(BETTER, user)
    with pytest.raises(ValidationError, match="最近5次"):
        validate_password(f"{BETTER}0", user)


def change_password(client: Client, old: str, new: str):
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", fields)


def test_a_first_password_set_by_somebody_else_has_to_be_changed():
    manager = sign_in(make_staff(is_superuser=True))
    fields = {"username": "xinren", "password1": BETTER, "password2": BETTER}
    manager.post("/admin/auth/user/add/", {**fields, "usable_password": "true"})
    client = sign_in(User.objects.get(username="xinren"), BETTER)

    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/admin/password_change/"
    assert "请先改成只有您知道的" in response.text

    changed = change_password(client, BETTER, f"{BETTER}!")
    assert changed.status_code == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("is_recorded", [True, False])
def test_an_old_password_has_to_be_changed(settings, is_recorded):
    settings.PASSWORD_MAX_DAYS = 90
    user = make_staff(date_joined=timezone.now() - dt.timedelta(days=91))
    if is_recorded:
        PasswordAge.objects.create(user=user, changed_at=user.date_joined)

    response = sign_in(user).get("/admin/", follow=True)

    assert "超过90天" in response.text


def test_a_password_of_unlimited_age_is_left_alone(settings):
    settings.PASSWORD_MAX_DAYS = 0
    user = make_staff(date_joined=timezone.now() - dt.timedelta(days=9999))

    assert sign_in(user).get("/admin/").status_code == 200


# --- sessions ---------------------------------------------------------------------


def after(client: Client, monkeypatch: pytest.MonkeyPatch, **passed) -> int:
    """Ask for the start page after a while; return the status."""
    then = real_time() + dt.timedelta(**passed).total_seconds()
    monkeypatch.setattr(time, "time", lambda: then)
    return client.get("/admin/").status_code


def test_an_idle_session_ends(monkeypatch):
    client = sign_in(make_staff())
    assert client.get("/admin/").status_code == 200
    assert after(client, monkeypatch, minutes=29) == 200
    assert after(client, monkeypatch, minutes=29 + 31) == 302
    assert not is_signed_in(client)


@pytest.mark.parametrize(("sent", "status"), [({}, 302), ({"typed": "1"}, 200)])
def test_a_page_left_open_keeps_nobody_signed_in_typing_does(monkeypatch, sent, status):
    client = sign_in(make_staff())
    client.get("/admin/")
    later = real_time() + 20 * 60
    monkeypatch.setattr(time, "time", lambda: later)
    client.post("/admin/bulletins/issue/presence/", sent)

    assert after(client, monkeypatch, minutes=40) == status


def test_a_busy_session_ends_too_in_the_end(monkeypatch):
    client = sign_in(make_staff())
    client.get("/admin/")
    answers = [
        after(client, monkeypatch, minutes=minutes)
        for minutes in itertools.chain(range(20, 12 * 60, 20), [12 * 60 + 1])
    ]
    assert set(answers[:-1]) == {200}
    assert answers[-1] == 302


def test_answers_to_readers_do_not_depend_on_cookies():
    assert "Cookie" not in Client().get("/api/v1/bulletins/").headers.get("Vary", "")


def test_signing_in_gives_the_session_a_new_name():
    client = Client()
    client.get("/admin/login/")
    client.session["planted"] = "by somebody else"
    client.session.save()
    before = client.session.session_key
    user = make_staff()

    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})

    assert client.session.session_key != before


def test_another_password_ends_all_other_sessions():
    user, manager = make_staff(), make_staff(is_superuser=True)
    here, elsewhere = sign_in(user), sign_in(user)

    change_password(here, PASSWORD, BETTER)

    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/")["Location"].startswith("/admin/login/")

    fields = {"password1": f"{BETTER}!", "password2": f"{BETTER}!"}
    sign_in(manager).post(f"/admin/auth/user/{user.pk}/password/", {**fields, "usable_password": "true"})  # fmt: skip
    assert here.get("/admin/")["Location"].startswith("/admin/login/")


# --- codes ------------------------------------------------------------------------


def test_without_a_rule_a_password_is_enough():
    assert sign_in(make_staff()).get("/admin/").status_code == 200


def make_member_of_a_strict_group() -> User:
    user = make_staff()
    group = Group.objects.create(name="须验证")
    CodeRule.objects.create(group=group)
    user.groups.add(group)
    return user


def test_a_group_may_ask_its_members_for_a_code():
    user = make_member_of_a_strict_group()
    client = sign_in(user)

    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/admin/account/code/setup/")
    device = TOTPDevice.objects.get(user=user)
    wrong = client.post("/admin/account/code/setup/", {"code": "000000"})
    assert "验证码不对" in wrong.text
    TOTPDevice.objects.update(throttling_failure_count=0)
    right = client.post("/admin/account/code/setup/", {"code": code_of(device)})

    assert len(re.findall(r"<code>[0-9a-f]{10}</code>", right.text)) == 8
    assert client.get("/admin/").status_code == 200


def test_two_devices_begun_at_once_do_not_lock_their_owner_out():
    user = make_member_of_a_strict_group()
    client = sign_in(user)
    assert client.get("/admin/account/code/setup/").status_code == 200
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.create(user=user, confirmed=False, name="动态验证码")

    assert client.get("/admin/account/code/setup/").status_code == 200
    client.post("/admin/account/code/setup/", {"code": code_of(device)})

    assert client.get("/admin/").status_code == 200
    assert TOTPDevice.objects.get(user=user) == device


def test_a_secret_that_another_session_saw_is_not_put_into_use():
    user = make_member_of_a_strict_group()
    who_found_the_password, owner = sign_in(user), sign_in(user)
    who_found_the_password.get("/admin/account/code/setup/")
    seen = TOTPDevice.objects.get(user=user)

    page = owner.get("/admin/account/code/setup/")
    own = TOTPDevice.objects.exclude(pk=seen.pk).get(user=user)

    assert secret_of(own) in page.text
    assert secret_of(seen) not in page.text
    wrong = owner.post("/admin/account/code/setup/", {"code": code_of(seen)})
    assert "验证码不对" in wrong.text
    TOTPDevice.objects.update(throttling_failure_count=0)
    owner.post("/admin/account/code/setup/", {"code": code_of(own)})
    assert device_of(user) == own
    assert not TOTPDevice.objects.filter(pk=seen.pk).exists()


def make_user_with_code() -> tuple[User, TOTPDevice, list[str]]:
    user = make_staff()
    device = new_device(user, SessionStore())
    reserve = confirm(device, code_of(device, ahead=-1))
    assert reserve is not None
    return user, device, reserve


def test_after_the_password_comes_the_code_and_then_the_page_one_wanted():
    user, device, _ = make_user_with_code()
    client = sign_in(user)
    wanted = "/admin/bulletins/issue/notices/"
    asked = client.get(wanted)
    assert asked.status_code == 302

    response = client.post(asked["Location"], {"code": code_of(device)})

    assert response["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_a_code_serves_once():
    user, device, _ = make_user_with_code()
    code = code_of(device)
    first, second = sign_in(user), sign_in(user)

    assert first.post("/admin/account/code/", {"code": code}).status_code == 302
    again = second.post("/admin/account/code/", {"code": code})

    assert "不对或已用过" in again.text
    assert second.get("/admin/").status_code == 302


def test_a_reserve_code_serves_once():
    user, _, reserve = make_user_with_code()
    first, second = sign_in(user), sign_in(user)

    assert first.post("/admin/account/code/", {"code": reserve[0]}).status_code == 302
    assert first.get("/admin/").status_code == 200
    assert second.post("/admin/account/code/", {"code": reserve[0]}).status_code == 200


def test_no_page_is_to_be_had_with_the_password_alone():
    user, _, _ = make_user_with_code()
    user.is_superuser = True
    user.save()
    client = sign_in(user)

    closed = ("/admin/", "/admin/auth/user/", "/admin/bulletins/issue/queue/")
    for address in (*closed, "/admin/password_change/"):
        assert client.get(address)["Location"].startswith("/admin/account/code/?")
    assert client.post("/admin/account/code/off/").status_code == 302
    assert device_of(user) is not None


def test_the_password_is_not_changed_by_whoever_knows_it_alone():
    user, _, _ = make_user_with_code()
    client = sign_in(user)

    response = client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": BETTER, "new_password2": BETTER},
    )

    assert response["Location"] == "/admin/account/code/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_next_page_is_never_on_another_site():
    user, device, _ = make_user_with_code()
    client = sign_in(user)

    response = client.post(
        "/admin/account/code/?next=https://evil.example/", {"code": code_of(device)}
    )

    assert response["Location"] == "/admin/"


def test_a_lost_phone_is_dealt_with_by_who_manages_accounts_only():
    user, _, _ = make_user_with_code()
    address = f"/admin/account/code/off/{user.pk}/"
    assert sign_in(make_staff()).post(address).status_code == 403

    sign_in(make_staff(is_superuser=True)).post(address)

    assert device_of(user) is None
    assert sign_in(user).get("/admin/").status_code == 200


# --- the first account ------------------------------------------------------------


def test_the_first_account_signs_in_with_what_was_printed_and_chooses_another(capsys):
    call_command("create_admin", "guanli")
    found = re.search(r"初始密码 (\S+?)（", capsys.readouterr().out)
    assert found is not None

    client = sign_in(User.objects.get(username="guanli"), found[1])

    assert client.get("/admin/")["Location"] == "/admin/password_change/"


def test_the_first_account_is_not_made_twice():
    make_user("admin")
    with pytest.raises(CommandError, match="已有用户 admin"):
        call_command("create_admin")
