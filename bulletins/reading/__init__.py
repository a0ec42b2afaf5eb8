"""From a file to an IssueDocument, with findings on whatever had to be guessed."""

from __future__ import annotations

import stat
from pathlib import Path

from bulletins.reading.decoding import check_size, decode
from bulletins.reading.errors import ReadError, Reading
from bulletins.reading.exchange import read_json
from bulletins.reading.text import read_text

__all__ = ["ReadError", "Reading", "read_file", "read_json", "read_text"]


def read_file(path: Path) -> Reading:
    """Read a .txt or .json file; raises ReadError in words for an office clerk."""
    suffix = path.suffix.lower()
    if suffix not in {".txt", ".json"}:
        raise ReadError("不认识的文件格式，可读取 .txt 和 .json")
    try:
        state = path.stat()
        # A pipe or a device may never end.
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise ReadError("这不是普通文件")
        check_size(state.st_size)
        data = path.read_bytes()
    except FileNotFoundError:
        raise ReadError("没有这个文件") from None
    except IsADirectoryError:
        raise ReadError("这是文件夹，不是文件") from None
    except OSError as error:
        raise ReadError(f"文件不能打开（{error.strerror}）") from None
    return read_json(data) if suffix == ".json" else read_text(decode(data))
