"""How often something may be asked for in a while, counted in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache


def is_allowed(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Count one more of ``what`` by the address ``who``; tell whether it is within bounds.

    The count begins anew ``seconds`` after its first. Where the cache is each process's
    own (the default), the bound holds for each process.
    """
    digest = hashlib.sha256(_line_of(who).encode()).hexdigest()
    key = f"limit:{what}:{digest}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= times
    except ValueError:
        return True  # it ran out between the two


def _line_of(address: str) -> str:
    """Return what counts as one: of IPv6, who has one address has 2**64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address) or found.ipv4_mapped:
        return address
    return str(ip_network((found, 64), strict=False))


def client_address(meta: Mapping[str, str]) -> str:
    """Return the address a request came from; behind the proxy, as the proxy saw it.

    Of X-Forwarded-For only the last entry is the proxy's own word, the others are
    whatever the client wrote.
    """
    if settings.BEHIND_HTTPS_PROXY:
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "")
        if last := forwarded.rpartition(",")[2].strip():
            return last
    return meta.get("REMOTE_ADDR", "")
