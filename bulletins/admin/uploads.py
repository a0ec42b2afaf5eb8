"""What the editor sends while somebody writes: pictures, and what was pasted.

Both come as the bare body of a request, so that it is read piece by piece and refused
when it is too large, and nothing else has been stored of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from bulletins import markup, pictures
from bulletins.admin.pages import person
from bulletins.bounds import MAX_BODY
from bulletins.markup import rtf
from bulletins.pictures import PictureError

# Pictures stand twice in what Word puts on the clipboard, and each byte as two digits.
_MAX_PASTED = 100 * 1024 * 1024
_MAX_PASTED_HTML = 8_000_000  # characters, without the pictures in it
_PIECE = 64 * 1024
# Who may have reason to write: each of them can change some text.
_WRITERS = (
    "bulletins.add_picture",
    "bulletins.change_issue",
    "bulletins.amend_issue",
    "bulletins.correct_issue",
    "bulletins.add_contribution",
    "bulletins.change_contribution",
)


class _TooLarge(Exception):
    """More came than may come."""


def _require_writer(request: HttpRequest) -> None:
    if not any(person(request).has_perm(right) for right in _WRITERS):
        raise PermissionDenied


def _received(request: HttpRequest, limit: int) -> bytes:
    """Return the body of the request; raises _TooLarge as soon as that is known."""
    declared = request.headers.get("Content-Length") or "0"
    if not declared.isdecimal() or len(declared) > 18 or int(declared) > limit:
        raise _TooLarge
    pieces, size = [], 0
    while piece := request.read(_PIECE):
        size += len(piece)
        if size > limit:
            raise _TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)


@require_POST
def take_picture(request: HttpRequest) -> JsonResponse:
    """Store the picture that is the body of the request; ?name= is its file's."""
    _require_writer(request)
    try:
        content = _received(request, pictures.MAX_BYTES)
    except _TooLarge:
        return _refusal(pictures.too_large(0), 413)
    if not content:
        return _refusal("没有收到图片，请再选一次", 400)
    name = request.GET.get("name", "")
    try:
        picture = pictures.keep(content, by=person(request), original_name=name)
    except PictureError as error:
        return _refusal(str(error), 400)
    return JsonResponse(
        {
            "src": f"/media/{picture.path}",
            "width": picture.width,
            "height": picture.height,
        }
    )


@require_POST
def take_paste(request: HttpRequest) -> JsonResponse:
    """Return what was pasted (JSON: html, and rtf where there is any) as a clean body."""
    _require_writer(request)
    try:
        sent = json.loads(_received(request, _MAX_PASTED))
        pasted, rich = str(sent["html"]), str(sent.get("rtf", ""))
    except _TooLarge:
        return _refusal("粘贴的内容太大，请分几次粘贴", 413)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _refusal("没有收到粘贴的内容", 400)
    taker = _PastedPictures(request, pasted, rich)
    if len(pasted) - taker.length > _MAX_PASTED_HTML:
        return _refusal("粘贴的内容太大，请分几次粘贴", 413)
    found = markup.clean_paste(pasted, taker.take)
    if len(found.body) > MAX_BODY:
        return _refusal("粘贴的内容太长，请分几次粘贴", 413)
    return JsonResponse(
        {"html": found.body, "notice": taker.notice(found.pictures_lost)}
    )


def _of_disk(pasted: str, rich: str) -> list[bytes | None]:
    """Return the pictures that the HTML names by files on the editor's disk.

    Only where HTML and RTF have equally many is it sure which picture is which.
    """
    if not rich or "file:" not in pasted:
        return []
    sources: list[str] = []
    markup.clean_paste(pasted, sources.append)
    count = sum(source.startswith("file:") for source in sources)
    found = rtf.pictures(rich)
    return found if len(found) == count else []


class _PastedPictures:
    """Takes over the pictures of what was pasted, as far as their bytes are there."""

    def __init__(self, request: HttpRequest, pasted: str, rich: str) -> None:
        self._by = person(request)
        self._reasons: list[str] = []
        self.length = sum(
            len(part.partition('"')[0]) for part in pasted.split('"data:')[1:]
        )
        self._on_disk: Iterator[bytes | None] = iter(_of_disk(pasted, rich))

    def take(self, src: str) -> str | None:
        """Return the address of our copy of a picture; None where there is none."""
        if src.startswith("file:"):
            content = next(self._on_disk, None)
        else:
            content = pictures.from_data_uri(src)
        if content is None:
            return None
        try:
            picture = pictures.keep(content, by=self._by)
        except PictureError as error:
            self._reasons.append(str(error))
            return None
        return f"/media/{picture.path}"

    def notice(self, lost: int) -> str:
        """Return what to tell about the pictures that did not come along."""
        if not lost:
            return ""
        reasons = (
            "；".join(dict.fromkeys(self._reasons)) or "浏览器读不到剪贴板里的图片"
        )
        return f"有{lost}张图片没有粘贴进来（{reasons}），请用“插入图片”按钮添加。"
