"""What ``manage.py check --deploy`` says of the settings the public pages speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

# 10 digits, or the code of a department of the State Council: bm and 8 digits.
_ID_CODE = re.compile(r"(?:[0-9]{10}|bm[0-9]{8})")
_UNSET = (
    ("W001", "SITE_ADDRESS", "网页没有规范地址，站点地图不生成，订阅源用相对地址"),
    ("W002", "SITE_NAME", "网页缺少网站名称标签 SiteName"),
    ("W003", "SITE_DOMAIN", "网页缺少网站域名标签 SiteDomain"),
    ("W004", "SITE_ID_CODE", "网页缺少政府网站标识码标签 SiteIDCode"),
)


@register(Tags.compatibility, deploy=True)
def site_settings_are_given(**_: Any) -> list[CheckMessage]:
    """Warn of each value of the site that is not set."""
    return [
        Warning(f"{name} 未设置：{loss}。", id=f"bulletins.{number}")
        for number, name, loss in _UNSET
        if not getattr(settings, name)
    ]


@register(Tags.compatibility)
def site_settings_are_well_formed(**_: Any) -> list[CheckMessage]:
    """Refuse values that cannot be what they are meant to be."""
    return list(_malformed())


def _malformed() -> Iterator[CheckMessage]:
    code = settings.SITE_ID_CODE
    if code and not _ID_CODE.fullmatch(code):
        yield Error("SITE_ID_CODE 应为10位数字，或 bm 加8位数字。", id="bulletins.E001")
    if settings.SITE_ADDRESS and not _is_site(settings.SITE_ADDRESS):
        yield Error(
            "SITE_ADDRESS 应为网站地址，如 https://jianbao.example.gov.cn 。",
            id="bulletins.E002",
        )


def _is_site(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment or parts.username)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and is_bare
