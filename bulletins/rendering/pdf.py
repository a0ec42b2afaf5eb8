"""The print-ready PDF, the same bytes on every run and machine.

WeasyPrint is told to fetch nothing but the pictures of the issue itself, and sees no
fonts but the project's. Defects it has, and what is done about them, are in
docs/layout.md.
"""

from __future__ import annotations

import functools
import logging
import re
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from bulletins import markup
from bulletins.document import IssueDocument, contents
from bulletins.rendering import fonts
from bulletins.rendering.draft import DraftMark
from bulletins.rendering.errors import RenderError
from bulletins.rendering.html import page_title
from bulletins.rendering.measures import Head, measure_head
from bulletins.rendering.page import body_html, imprint
from bulletins.rendering.profile import (
    BOTTOM_MARGIN,
    DEFAULT_PROFILE,
    TOP_MARGIN,
    LayoutProfile,
)
from bulletins.rendering.trust import trusted
from bulletins.rendering.typography import for_print

# Fontconfig reads this when WeasyPrint is first imported.
fonts.use_own_fonts()

import weasyprint  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import (  # noqa: E402
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)

from bulletins.rendering import justify  # noqa: E402

justify.install()
logging.getLogger("fontTools").setLevel(logging.WARNING)

PDF_VARIANT = "pdf/a-2a"
MM_PER_PX = 25.4 / 96
_PICTURE = re.compile(r' src="/media/pictures/([^"/]+)"')
_PICTURE_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


class _PicturesOnly(URLFetcher):
    """Serves the issue's own pictures; anything else stops the rendering."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(allowed_protocols=set())
        self._folder = folder

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the picture; raises FatalURLFetchingError for anything else."""
        name = url.removeprefix("picture:")
        is_ours = markup.PICTURE_SRC.fullmatch(f"/media/pictures/{name}")
        if self._folder is None or name == url or not is_ours:
            raise FatalURLFetchingError(f"不允许读取 {url[:80]}")
        path = self._folder / name
        if not path.is_file():
            raise FatalURLFetchingError(f"找不到图片 {name}")
        kind = _PICTURE_TYPES[path.suffix]
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


@functools.cache
def _font_configuration() -> FontConfiguration:
    """Return the one configuration of this process: each new one leaks memory."""
    return FontConfiguration()


def render_pdf(
    document: IssueDocument,
    *,
    profile: LayoutProfile = DEFAULT_PROFILE,
    pictures: Path | None = None,
    mark: DraftMark | None = None,
) -> bytes:
    """Return the PDF of the document; raises RenderError in words for an editor.

    ``pictures`` is the folder the article bodies' pictures lie in.
    """
    head = measure_head(document, profile)
    html = _print_html(document, head, mark)
    fetcher = _PicturesOnly(pictures)
    style = functools.partial(_style, document, profile, head, mark)
    height = _imprint_height(document, style())
    try:
        laid_out = _lay_out(html, style(imprint_height=height), fetcher)
        if profile.even_last and len(laid_out.pages) % 2:
            page_break = style(imprint_height=height, imprint_page_break=True)
            laid_out = _lay_out(html, page_break, fetcher)
        pdf: bytes = laid_out.write_pdf(pdf_variant=PDF_VARIANT)
    except FatalURLFetchingError as error:
        raise RenderError(str(error)) from error
    except RecursionError as error:
        raise RenderError("正文的嵌套层次太深，请简化格式") from error
    return pdf


def _print_html(document: IssueDocument, head: Head, mark: DraftMark | None) -> str:
    body = _PICTURE.sub(
        r' src="picture:\1"', body_html(document, programme=head.programme_lines)
    )
    context = {
        "title": page_title(document),
        "document": document,
        "subject": "；".join(line.text for line in contents(document)),
        "mark": mark,
        "body": trusted(for_print(body)),
    }
    return render_to_string("bulletins/official/print.html", context)


def _style(
    document: IssueDocument,
    profile: LayoutProfile,
    head: Head,
    mark: DraftMark | None,
    **imprint_place: Any,
) -> str:
    context = {
        "profile": profile,
        "head": head,
        "mark": mark,
        "has_number": document.number is not None,
        "row": profile.row,
        "row_half": profile.row / 2,
        "margin_top": TOP_MARGIN,
        "margin_bottom": BOTTOM_MARGIN,
        "page_number_gap": PAGE_NUMBER_GAP,
        "fonts": {
            role: trusted(fonts.stack(role))
            for role in ("fangsong", "kai", "hei", "title")
        },
        "imprint_height": 0,
        **imprint_place,
    }
    return render_to_string("bulletins/official/pdf.css", context)


# Points from the text block's edge to the page number's line box, so that its dash
# stands 7 mm below the text block (GB/T 9704-2012, 7.5).
PAGE_NUMBER_GAP = 12.0


def _imprint_height(document: IssueDocument, style: str) -> float:
    """Return the height of the 版记 in millimetres, by setting it alone on a page."""
    lines = imprint(document)
    if not lines["tiers"] and not lines["last"]:
        return 0
    footer = render_to_string(
        "bulletins/official/imprint.html", {"imprint": lines, "for_print": True}
    )
    alone = "@page { margin: 0; size: 156mm 2000mm }"
    laid_out = _lay_out(for_print(footer), style + alone, _PicturesOnly(None))
    body = laid_out.pages[0]._page_box.children[0].children[0]
    height: float = body.height * MM_PER_PX
    return height


def _lay_out(html: str, style: str, fetcher: URLFetcher) -> weasyprint.Document:
    source = weasyprint.HTML(string=html, base_url="", url_fetcher=fetcher)
    sheet = weasyprint.CSS(string=style, font_config=_font_configuration())
    return source.render(
        stylesheets=[sheet],
        font_config=_font_configuration(),
        pdf_variant=PDF_VARIANT,
    )
