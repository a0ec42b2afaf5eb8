"""What is refused before any of it is kept: too large a form, an address no link has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# The largest file a form takes has 5 MB (reading.decoding), the text beside it 12 MB
# (DATA_UPLOAD_MAX_MEMORY_SIZE). Pictures and pastes come without a form, and are bounded
# by bulletins.admin.uploads.
MAX_FORM = 20 * 1024 * 1024


class NoNulInAddresses:
    """Refuses a query with U+0000 on the staff side: PostgreSQL cannot be asked for it.

    The public pages look for nothing that is typed before it is folded.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Raise BadRequest, which is answered with status 400."""
        query = request.META.get("QUERY_STRING", "")
        has_nul = "%00" in query or "\0" in query
        is_asking = request.method in ("GET", "HEAD")
        if has_nul and is_asking and request.path.startswith(reverse("admin:index")):
            raise BadRequest("the query has a NUL")
        return self._get_response(request)


class BoundedForm(FileUploadHandler):
    """First of the upload handlers: refuses by the length that was declared.

    The server reads no more than was declared, so that a lie helps nobody.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Raise RequestDataTooBig, which is answered with status 400."""
        if content_length > MAX_FORM:
            raise RequestDataTooBig("the form is larger than any form has to be")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the bytes to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
