"""Pictures of article bodies: made anew from their points, kept, and who may see them.

Nothing of an uploaded file is kept but its points: what is stored is always a JPEG or
PNG file that this module has written.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import io
import logging
import os
import re
import struct
import threading
import time
import warnings
import zlib
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image, ImageCms, ImageFile, ImageOps

from bulletins import storing
from bulletins.bounds import MAX_LINE
from bulletins.document import IssueDocument
from bulletins.markup import PICTURE_SRC
from bulletins.models import Edition, Issue, Picture

_log = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 25_000_000
# At 300 dpi the text block of A4, 156 mm wide, takes 1,843 points.
_LONGEST_SIDE = 2_000
_JPEG_QUALITY = 88
# A PNG file as large as this that JPEG halves is a photograph.
_LARGE_PNG = 500_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_GREY_16 = ("I", "I;16", "I;16L", "I;16B", "I;16N")
# What Pillow raises on files that are damaged, or made to do damage.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
_DATA_URI = re.compile(r"data:image/[\w.+-]+;base64,", re.I)
# Where they lie in the media store, and how long a copy on this machine is kept.
_FOLDER = "pictures"
_KEPT_FOR = 30 * 24 * 60 * 60
_IS_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")

# Pillow only warns of what it takes for a bomb, and then decodes it.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PictureError(Exception):
    """The file cannot be taken as a picture; the message is fit to show to an editor."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is stored and printed."""

    content: bytes
    suffix: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """Return its file name, which follows from its content (markup.PICTURE_SRC)."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{self.suffix}"


def encode(content: bytes) -> Encoded:
    """Return the picture made anew for print; raises PictureError.

    Upright, without metadata, on white, in RGB or grey, no larger than print needs.
    """
    if len(content) > MAX_BYTES:
        raise PictureError(too_large(len(content)))
    if _IS_MARKUP.match(content[:200]):
        raise PictureError("这个文件是网页或 SVG，不是照片；请先另存为 JPG 或 PNG")
    try:
        image = _opened(content)
        is_photograph = image.format in ("JPEG", "MPO")
        image = _plain(ImageOps.exif_transpose(image))
        image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_many_pixels()) from None
    except _DAMAGE:
        raise PictureError("这个文件打不开：不是图片，或者已经损坏") from None
    data, suffix = _written(image, is_photograph=is_photograph)
    return Encoded(data, suffix, *image.size)


def too_large(size: int) -> str:
    """Return the words in which a file of so many bytes is refused."""
    megabytes = f"{size / 1024 / 1024:.0f} MB，" if size else ""
    return f"图片太大（{megabytes}最大 {MAX_BYTES // 1024 // 1024} MB），请缩小后再传"


def _too_many_pixels() -> str:
    return f"图片的像素太多（最多 {MAX_PIXELS // 10_000} 万），请缩小后再传"


def _opened(content: bytes) -> Image.Image:
    """Return the image, whole; its size is judged before anything is decoded."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise PictureError(_too_many_pixels())
        if getattr(image, "is_animated", False) and image.format != "MPO":
            raise PictureError("动图和多页图片不能印刷，请换成一张静止的图片")
        image.verify()
    # Verifying has used up the file.
    image = Image.open(io.BytesIO(content), formats=_FORMATS)
    with _whole_files_only:
        image.load()
    return image


class _WholeFilesOnly:
    """While it is held, Pillow takes no truncated file for whole.

    The renderer's library allows them, for the whole process it is loaded into.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before = False

    def __enter__(self) -> None:
        self._lock.acquire()
        self._before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False

    def __exit__(self, *args: object) -> None:
        ImageFile.LOAD_TRUNCATED_IMAGES = self._before
        self._lock.release()


_whole_files_only = _WholeFilesOnly()


def _plain(image: Image.Image) -> Image.Image:
    """Return the image in grey or RGB, on white where it was transparent."""
    if image.mode == "F":
        raise PictureError("这种图片（浮点灰度）不能印刷，请另存为 JPG 或 PNG")
    if image.mode in _GREY_16:
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer)
        return image
    if profile := image.info.get("icc_profile"):
        image = _in_srgb(image, profile)
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the image in the colours of the screen; as it is, if its profile lies."""
    if image.mode not in ("RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return found or image


def _written(image: Image.Image, *, is_photograph: bool) -> tuple[bytes, str]:
    """Return the bytes of the file and its extension."""
    # A fresh image: comments and profiles of the old one would be written along.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    if is_photograph:
        return _saved(bare, "JPEG"), "jpg"
    png = _saved(bare, "PNG")
    if len(png) > _LARGE_PNG:
        jpeg = _saved(bare, "JPEG")
        if len(jpeg) * 2 < len(png):
            return jpeg, "jpg"
    return png, "png"


def _saved(image: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form, quality=_JPEG_QUALITY, optimize=True)
    return file.getvalue()


def keep(content: bytes, *, by: User, original_name: str = "") -> Picture:
    """Store the picture and return its row; the same picture is stored once.

    Raises PictureError.
    """
    encoded = encode(content)
    picture, _ = Picture.objects.get_or_create(
        name=encoded.name,
        defaults={
            "original_name": _last_part(original_name),
            "width": encoded.width,
            "height": encoded.height,
            "size": len(encoded.content),
            "uploaded_by": by,
            "uploaded_at": timezone.now(),
        },
    )
    storing.keep(picture.path, encoded.content)
    return picture


def _last_part(name: str) -> str:
    """Return a file name without its folders and without what cannot be printed."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[:MAX_LINE]


# --- for the printer --------------------------------------------------------------


def folder_for(document: IssueDocument) -> Path:
    """Return a folder of this machine in which the document's pictures lie.

    Where the media store is one of objects they are copied there, once: their names
    follow from their content. One that is missing is missed by whoever looks for it.
    """
    local = storing.local_file(_FOLDER)
    if local is not None:
        return local
    folder = Path(settings.VAR_DIR) / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _named_in(document):
        file = folder / name
        if file.is_file():
            os.utime(file)
        elif _fetched(name, file):
            _clear(folder)
    return folder


def _fetched(name: str, file: Path) -> bool:
    try:
        return storing.fetch(f"{_FOLDER}/{name}", file)
    except OSError as error:
        _log.error("the picture %s cannot be fetched: %r", name, error)
        return False


def _named_in(document: IssueDocument) -> set[str]:
    """Return the names of the pictures that stand in the document."""
    found = (PICTURE_SRC.findall(article.body) for article in document.articles())
    return {src.rpartition("/")[2] for sources in found for src in sources}


def _clear(folder: Path) -> None:
    """Remove the copies nobody has printed for long: they can be had again."""
    oldest = time.time() - _KEPT_FOR
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def from_data_uri(uri: str) -> bytes | None:
    """Return the bytes of a picture that stands in its address, if they are any."""
    start = _DATA_URI.match(uri)
    if start is None or len(uri) > MAX_BYTES * 3 // 2:
        return None
    try:
        return b64decode("".join(uri[start.end() :].split()), validate=True)
    except binascii.Error:
        return None


def is_public_picture(name: str) -> bool:
    """Tell whether a public issue shows the picture, in this edition or an earlier.

    Bodies name their pictures in full; nothing older than the picture can show it.
    """
    editions = Edition.objects.filter(
        issue__in=Issue.objects.public(), document__contains=f"/media/pictures/{name}"
    )
    picture = Picture.objects.filter(name=name).first()
    if picture is not None:
        editions = editions.filter(frozen_at__gte=picture.uploaded_at)
    return editions.exists()
