"""Ready bytes: a page of the tree as the answer to a request.

No session, no row, no template: the file, its digest, and the conditions of HTTP.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from bulletins.archive import tree
from bulletins.headers import PERMISSIONS_POLICY, PUBLIC_POLICY

# A minute in a reader's browser, then the question whether it is still so.
_CACHE = "public, max-age=60, must-revalidate"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Content-Security-Policy": PUBLIC_POLICY,
}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
# Digests of the files that are asked for; enough for every page of a year.
_MOST_KNOWN = 8192


@dataclass(frozen=True, slots=True)
class _Form:
    """A file as it is sent: its state on the disk, and the digest of its bytes."""

    size: int
    changed: int
    inode: int
    etag: str

    def is_of(self, state: os.stat_result) -> bool:
        """Return whether the file is still in the state its digest was taken of."""
        return (
            self.inode == state.st_ino
            and self.changed == state.st_mtime_ns
            and self.size == state.st_size
        )


_known: dict[str, _Form] = {}


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a page of the tree would stand, and how it is sent."""

    file: str
    content_type: str
    has_forms: bool


def find(path: str) -> Ready | None:
    """Return where the page at a path of a request stands, if it is of the tree's."""
    if not tree.is_safe(path):
        return None
    name = f"{path}{tree.INDEX}" if path.endswith("/") else path
    suffix = name[name.rfind(".") :]
    content_type = tree.CONTENT_TYPES.get(suffix)
    # Folders have their pages at an address of their own, without the file's name.
    if content_type is None or path.endswith(".html"):
        return None
    return Ready(f"{tree.root()}{name}", content_type, suffix in tree.COMPRESSED)


def respond(request: HttpRequest, page: Ready) -> HttpResponse | None:
    """Answer with the page's bytes; None where its file is not in the tree."""
    encodings = ("br", "gzip") if page.has_forms else ()
    for encoding in _accepted(request, encodings):
        name = f"{page.file}{_ENDINGS[encoding]}"
        try:
            form = _form(name)
            if form is not None:
                return _answer(request, page, name, form, encoding)
        except FileNotFoundError:
            # Written anew or withdrawn this very moment: whoever is next decides.
            continue
    return None


_ENDINGS = {"br": ".br", "gzip": ".gz", "identity": ""}


def _accepted(request: HttpRequest, encodings: tuple[str, ...]) -> list[str]:
    """Return the encodings the reader takes, the best first; always identity last."""
    wanted = request.META.get("HTTP_ACCEPT_ENCODING", "")
    if not encodings or not wanted:
        return ["identity"]
    weights = _weights(wanted)
    others = weights.get("*", 0.0)
    ranked = sorted(encodings, key=lambda name: weights.get(name, others), reverse=True)
    return [name for name in ranked if weights.get(name, others) > 0] + ["identity"]


def _weights(wanted: str) -> dict[str, float]:
    """Return the q-values of Accept-Encoding; what is malformed is not wanted."""
    weights = {}
    for part in wanted[:500].split(","):
        name, _, parameters = part.partition(";")
        _, _, value = parameters.partition("=")
        weights[name.strip().lower()] = _quality(value) if parameters else 1.0
    return weights


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _form(name: str) -> _Form | None:
    """Return what is known of a file; its digest is taken once for each state of it."""
    try:
        state = os.stat(name)  # noqa: PTH116 - on the way of every request
    except (OSError, ValueError):
        return None
    form = _known.get(name)
    if form is not None and form.is_of(state):
        return form
    return _look_into(name, state)


def _look_into(name: str, state: os.stat_result) -> _Form | None:
    if not stat.S_ISREG(state.st_mode) or _leads_elsewhere(name):
        return None
    with open(name, "rb", buffering=0) as file:  # noqa: PTH123
        digest = hashlib.sha256(file.read()).hexdigest()
    form = _Form(state.st_size, state.st_mtime_ns, state.st_ino, f'"{digest[:32]}"')
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[name] = form
    return form


def _leads_elsewhere(name: str) -> bool:
    """Return whether a link on the way below the tree's root leads out of it."""
    root = str(tree.root())
    end = len(root)
    while end != -1:
        end = name.find("/", end + 1)
        part = name if end == -1 else name[:end]
        if stat.S_ISLNK(os.lstat(part).st_mode):
            return True
    return False


def _answer(
    request: HttpRequest, page: Ready, name: str, form: _Form, encoding: str
) -> HttpResponse:
    response = HttpResponse(content_type=page.content_type)
    headers = response.headers
    for header, value in _HEADERS.items():
        headers[header] = value
    headers["Cache-Control"] = _CACHE
    headers["ETag"] = form.etag
    modified = form.changed // 1_000_000_000
    headers["Last-Modified"] = http_date(modified)
    if page.has_forms:
        headers["Vary"] = "Accept-Encoding"
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    if settings.SECURE_HSTS_SECONDS and request.is_secure():
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if _is_known_to(request, form, modified):
        response.status_code = 304
        del headers["Content-Type"]
        return response
    return _with_bytes(request, response, name, form, encoding)


def _is_known_to(request: HttpRequest, form: _Form, modified: int) -> bool:
    """Return whether the reader has these very bytes already (RFC 9110, 13.2.2)."""
    if wanted := request.META.get("HTTP_IF_NONE_MATCH"):
        tags = {tag.removeprefix("W/") for tag in parse_etags(wanted)}
        return form.etag in tags or "*" in tags
    if since := request.META.get("HTTP_IF_MODIFIED_SINCE"):
        known = parse_http_date_safe(since)
        return known is not None and modified <= known
    return False


def _with_bytes(
    request: HttpRequest, response: HttpResponse, name: str, form: _Form, encoding: str
) -> HttpResponse:
    start, length = 0, form.size
    if encoding == "identity":
        response.headers["Accept-Ranges"] = "bytes"
        asked = _range(request, form)
        if asked is not None:
            start, length = asked
            if length <= 0:
                response.status_code = 416
                response.headers["Content-Range"] = f"bytes */{form.size}"
                return response
            response.status_code = 206
            last = start + length - 1
            response.headers["Content-Range"] = f"bytes {start}-{last}/{form.size}"
    response.headers["Content-Length"] = str(length)
    if request.method != "HEAD":
        response.content = _read(name, form, start, length)
    return response


def _read(name: str, form: _Form, start: int, length: int) -> bytes:
    """Return the bytes of that state of the file; FileNotFoundError if it has gone."""
    with open(name, "rb", buffering=0) as file:  # noqa: PTH123
        if not form.is_of(os.fstat(file.fileno())):
            raise FileNotFoundError(name)
        if start:
            file.seek(start)
        return file.read(length)


def _range(request: HttpRequest, form: _Form) -> tuple[int, int] | None:
    """Return start and length of the one range asked for; None for the whole."""
    asked = _RANGE.fullmatch(request.META.get("HTTP_RANGE", ""))
    if asked is None or request.method != "GET":
        return None
    condition = request.META.get("HTTP_IF_RANGE")
    if condition and condition != form.etag:
        return None
    first, last = asked.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), form.size)
        return form.size - length, length
    start = int(first)
    end = min(int(last), form.size - 1) if last else form.size - 1
    if last and int(last) < start:
        return None
    return start, end - start + 1
