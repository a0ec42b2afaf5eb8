"""Backups under a password: AES-256-CTR by openssl, and a seal over every byte.

    magic · salt (16) · check (32) · seal (32) · what ``openssl enc`` wrote

The seal is an HMAC-SHA-256 over all the rest, taken again before anything is
deciphered. The last part can be read without this program (docs/operations.md).
The password goes to openssl through a pipe, never on a command line.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bulletins.upkeep.errors import DamagedBackup, UpkeepError

MAGIC = b"BULLETIN-SEALED-1\n"
_SALT, _CHECK, _SEAL = 16, 32, 32
HEADER = len(MAGIC) + _SALT + _CHECK + _SEAL
_AT_SEAL = HEADER - _SEAL
_ITERATIONS = 600_000
_CHUNK = 1024 * 1024
_SHORTEST, _LONGEST = 12, 500


def checked_password(password: str) -> str:
    """Return the password if it can be one; raises UpkeepError."""
    if len(password) < _SHORTEST:
        raise UpkeepError(f"备份密码太短，至少{_SHORTEST}个字符")
    if len(password.encode()) > _LONGEST or not password.isprintable():
        raise UpkeepError("备份密码太长，或者含有换行等不可见的字符")
    return password


@dataclass(frozen=True, slots=True)
class _Keys:
    """What is made of a password and a salt."""

    sealing: bytes
    # Says whether the password is the right one, before the whole file is read.
    check: bytes


def _keys(password: str, salt: bytes) -> _Keys:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS, 64)
    return _Keys(made[:32], made[32:])


# --- writing ----------------------------------------------------------------------


@contextlib.contextmanager
def sealing(file: IO[bytes], password: str) -> Iterator[IO[bytes]]:
    """Yield what to write to; the file gets it enciphered and, at the end, sealed.

    The file stands at its beginning, and can be read and sought. Raises UpkeepError.
    """
    salt = secrets.token_bytes(_SALT)
    keys = _keys(password, salt)
    file.write(MAGIC + salt + keys.check + bytes(_SEAL))
    file.flush()
    with _openssl(password, stdin=subprocess.PIPE, stdout=file) as process:
        assert process.stdin is not None  # noqa: S101 - a pipe
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError as error:
            raise UpkeepError("加密程序 openssl 中途停止，请检查磁盘空间") from error
        if process.wait():
            raise UpkeepError("加密没有成功，请检查磁盘空间和 openssl 程序")
    seal = _seal(file, keys)
    file.seek(_AT_SEAL)
    file.write(seal)


# --- reading ----------------------------------------------------------------------


def is_sealed(path: Path) -> bool:
    """Tell from its first bytes whether a file is a sealed backup."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def check_seal(path: Path, password: str) -> None:
    """Raise UpkeepError for a wrong password, DamagedBackup for a changed byte."""
    with path.open("rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER:
            raise DamagedBackup("备份文件不完整：后面一部分不见了")
        keys = _keys(password, header[len(MAGIC) :][:_SALT])
        check = header[len(MAGIC) + _SALT :][:_CHECK]
        if not hmac.compare_digest(check, keys.check):
            raise UpkeepError("备份密码不对，或者备份文件的开头已损坏")
        if not hmac.compare_digest(header[_AT_SEAL:], _seal(file, keys)):
            raise DamagedBackup("备份文件已损坏或被改动过，没有使用")


def _seal(file: IO[bytes], keys: _Keys) -> bytes:
    """Return the seal over the header, without the seal itself, and all that follows."""
    file.seek(0)
    seal = hmac.new(keys.sealing, file.read(HEADER)[:_AT_SEAL], "sha256")
    while chunk := file.read(_CHUNK):
        seal.update(chunk)
    return seal.digest()


@contextlib.contextmanager
def unsealed(path: Path, password: str) -> Iterator[IO[bytes]]:
    """Yield what was sealed; call ``check_seal`` before. Raises UpkeepError."""
    with path.open("rb", buffering=0) as file:
        file.seek(HEADER)
        with _openssl(password, "-d", stdin=file, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe
            yield process.stdout


@contextlib.contextmanager
def _openssl(
    password: str, *way: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``openssl enc``; it is gone when the block ends, however it ends."""
    program = shutil.which("openssl")
    if program is None:
        raise UpkeepError("没有找到 openssl 程序，不能加密或解密；请安装 openssl")
    ours, theirs = os.pipe()
    os.write(theirs, password.encode() + b"\n")
    os.close(theirs)
    iterations = str(_ITERATIONS)
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            [program, "enc", *way, "-aes-256-ctr", "-pbkdf2", "-iter", iterations, "-md", "sha256", "-pass", f"fd:{ours}"],
            stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, pass_fds=(ours,),
        )  # fmt: skip
    finally:
        os.close(ours)
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.wait()
