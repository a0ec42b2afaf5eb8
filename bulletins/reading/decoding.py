"""From the bytes of a file to its text: UTF-8, UTF-16 with a mark, or GB18030."""

from __future__ import annotations

import codecs

from bulletins.reading.errors import ReadError

MAX_BYTES = 5 * 1024 * 1024

_OTHER_FORMATS = (
    (b"PK\x03\x04", "这是 Word 文件（.docx）或压缩包，请先在 Word 中另存为纯文本"),
    (b"\xd0\xcf\x11\xe0", "这是旧版 Word 或 WPS 文件，请先在 Word 中另存为纯文本"),
    (b"{\\rtf", "这是写字板（RTF）文件，请先在 Word 中另存为纯文本"),
    (b"%PDF", "这是 PDF 文件，请提供纯文本"),
    (b"\x89PNG", "这是图片，不是文本"),
    (b"\xff\xd8\xff", "这是图片，不是文本"),
    (b"GIF8", "这是图片，不是文本"),
    (b"BM", "这是图片，不是文本"),
    (b"RIFF", "这是图片或音频，不是文本"),
    (b"II*\x00", "这是图片，不是文本"),
    (b"MM\x00*", "这是图片，不是文本"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def check_size(size: int) -> None:
    """Refuse what no bulletin can weigh, before it is read into memory."""
    if size > MAX_BYTES:
        megabytes = size / 1024 / 1024
        raise ReadError(f"文件过大（{megabytes:.1f} MB），简报文本不应超过 5 MB")


def decode(data: bytes) -> str:
    """Return the text; raises ReadError for anything that is no text."""
    check_size(len(data))
    if not data.strip():
        raise ReadError("文件是空的")
    for start, message in _OTHER_FORMATS:
        if data.startswith(start) and not (start == b"BM" and b"\x00" not in data):
            raise ReadError(message)
    text = _decode(data)
    if "\x00" in text:
        raise ReadError("文件不是文本（含有空字节），请另存为纯文本后重试")
    return text


def _decode(data: bytes) -> str:
    marked = [name for mark, name in _MARKS if data.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReadError("认不出文字编码，请另存为 UTF-8 编码的纯文本后重试")
