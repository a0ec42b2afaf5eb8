"""How much a form may send: what is larger is refused before any of it is kept."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# The largest file a form takes has 5 MB (reading.decoding), the text beside it 12 MB
# (DATA_UPLOAD_MAX_MEMORY_SIZE). Pictures and pastes come without a form, and are bounded
# by bulletins.admin.uploads.
MAX_FORM = 20 * 1024 * 1024


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
