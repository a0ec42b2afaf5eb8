"""One-time codes (TOTP, RFC 6238) and the reserve codes for a lost phone."""

from __future__ import annotations

import base64
import secrets

import segno
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from bulletins.models import CodeRule

_RESERVE_CODES = 8
_BEGUN = "code_begun"


def is_required_of(user: User) -> bool:
    """Tell whether one of the account's groups asks for codes."""
    return CodeRule.objects.filter(group__in=user.groups.all()).exists()


def is_asked_of(user: User) -> bool:
    """Tell whether the account signs in with a code: its own choice, or its group's."""
    return device_of(user) is not None or is_required_of(user)


def device_of(user: User) -> TOTPDevice | None:
    """Return the device that makes the account's codes, once it was confirmed."""
    device: TOTPDevice | None = TOTPDevice.objects.filter(
        user=user, confirmed=True
    ).first()
    return device


def is_verified(session: SessionBase, user: User) -> bool:
    """Tell whether a code was given in this session, to a device that is still there."""
    device = device_of(user)
    return device is not None and session.get(DEVICE_ID_SESSION_KEY) in {
        device.persistent_id,
        *(reserve.persistent_id for reserve in StaticDevice.objects.filter(user=user)),
    }


def new_device(user: User, session: SessionBase) -> TOTPDevice:
    """Return the device this session is to confirm, the same one until it is.

    Another session has another: who found the password and looked at the page must
    not know the secret that the owner puts into use later.
    """
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False)
    device: TOTPDevice | None = waiting.filter(pk=session.get(_BEGUN)).first()
    if device is None:
        device = TOTPDevice.objects.create(
            user=user, confirmed=False, name="动态验证码"
        )
        session[_BEGUN] = device.pk
    return device


@transaction.atomic
def confirm(device: TOTPDevice, code: str) -> list[str] | None:
    """Put the device into use if the code is its own; return the reserve codes."""
    locked: TOTPDevice = TOTPDevice.objects.select_for_update().get(pk=device.pk)
    if not locked.verify_token(code):
        return None
    locked.confirmed = True
    locked.save(update_fields=["confirmed"])
    TOTPDevice.objects.filter(user=locked.user).exclude(pk=locked.pk).delete()
    return _new_reserve_codes(locked.user)


def _new_reserve_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    reserve = StaticDevice.objects.create(user=user, name="备用码")
    codes = [secrets.token_hex(5) for _ in range(_RESERVE_CODES)]
    for code in codes:
        reserve.token_set.create(token=code)
    return codes


@transaction.atomic
def switch_off(user: User) -> None:
    """Forget the account's devices and reserve codes."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def secret_of(device: TOTPDevice) -> str:
    """Return the secret as it is typed into a phone that cannot scan, in fours."""
    text = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def picture_of(device: TOTPDevice) -> str:
    """Return the QR code as a data address of an SVG."""
    picture: str = segno.make(device.config_url).svg_data_uri(scale=5, border=2)
    return picture
