"""The print-ready PDF, the same bytes on every run and machine.

WeasyPrint is told to fetch nothing but the pictures of the issue itself, and sees no
fonts but the project's. Defects it has, and what is done about them, are in
docs/layout.md.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bulletins import markup
from bulletins.document import IssueDocument, contents, digest
from bulletins.rendering import fonts
from bulletins.rendering.draft import DraftMark
from bulletins.rendering.errors import RenderError
from bulletins.rendering.html import page_title
from bulletins.rendering.measures import Head, measure_head
from bulletins.rendering.page import ForPrint, body_html, imprint
from bulletins.rendering.printed import Place, Printed
from bulletins.rendering.profile import (
    BODY_SIZE,
    BOTTOM_MARGIN,
    DEFAULT_PROFILE,
    TEXT_HEIGHT,
    TEXT_WIDTH_PT,
    TOP_MARGIN,
    LayoutProfile,
)
from bulletins.rendering.titles import MAX_PER_LINE, display_lines
from bulletins.rendering.trail import TrailSheet, with_printable_words
from bulletins.rendering.trust import trusted
from bulletins.rendering.typography import for_print

# Fontconfig reads this when WeasyPrint is first imported.
fonts.use_own_fonts()

import weasyprint  # noqa: E402
from weasyprint.formatting_structure import boxes  # noqa: E402
from weasyprint.pdf.metadata import DocumentMetadata  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import (  # noqa: E402
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)

from bulletins.rendering import grid, justify  # noqa: E402
from bulletins.rendering.places import page_of  # noqa: E402

grid.install()
justify.install()
logging.getLogger("fontTools").setLevel(logging.WARNING)

PDF_VARIANT = "pdf/a-2a"
MM_PER_PX = 25.4 / 96
# Millimetres from the 版心 to the page number's line box, so that its dash stands 7 mm
# below the 版心 (GB/T 9704-2012, 7.5).
PAGE_NUMBER_GAP = 4.23
# A 版记 that takes more of the page than this is set as text, page after page.
TALLEST_IMPRINT = 0.8 * TEXT_HEIGHT
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


@dataclass(frozen=True, slots=True)
class ImprintPlace:
    """Where the 版记 goes; its height is in millimetres."""

    height: float = 0.0
    is_at_foot: bool = False
    breaks: str = ""


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
    return render_printed(document, profile=profile, pictures=pictures, mark=mark).pdf


def render_printed(
    document: IssueDocument,
    *,
    profile: LayoutProfile = DEFAULT_PROFILE,
    pictures: Path | None = None,
    mark: DraftMark | None = None,
    place: Place | None = None,
) -> Printed:
    """Return the PDF and its length, and on which page a place of the text stands."""
    head = measure_head(document, profile)
    style = functools.partial(_style, document, profile, head, mark)
    try:
        laid_out = _lay_out_pages(
            _print_html(document, profile, head, mark),
            style,
            _PicturesOnly(pictures),
            height=_imprint_height(document, profile, style(ImprintPlace())),
            even_last=profile.even_last,
        )
        _identify(laid_out.metadata, digest(document))
        pdf: bytes = laid_out.write_pdf(pdf_variant=PDF_VARIANT)
    except FatalURLFetchingError as error:
        raise RenderError(str(error)) from error
    except RecursionError as error:
        raise RenderError("正文的嵌套层次太深，请简化格式") from error
    pages = laid_out.pages
    return Printed(pdf, len(pages), page_of(place, pages) if place else 1)


def render_trail_pdf(sheet: TrailSheet) -> bytes:
    """Return the PDF of the 审签单, archived beside the issue it belongs to."""
    printable = with_printable_words(sheet)
    context = {
        "sheet": printable,
        "title_lines": display_lines(f"{printable.bulletin}审签单"),
        "has_missing": printable != sheet,
        "fonts": _trusted_fonts(),
    }
    laid_out = _lay_out(
        render_to_string("bulletins/official/trail.html", context),
        render_to_string("bulletins/official/trail.css", context),
        _PicturesOnly(None),
    )
    _identify(laid_out.metadata, sheet.digest)
    pdf: bytes = laid_out.write_pdf(pdf_variant=PDF_VARIANT)
    return pdf


def _trusted_fonts() -> dict[str, SafeString]:
    roles = ("fangsong", "kai", "hei", "title")
    return {role: trusted(fonts.stack(role)) for role in roles}


def _lay_out_pages(
    html: str,
    style: Callable[[ImprintPlace], str],
    fetcher: URLFetcher,
    *,
    height: float,
    even_last: bool,
) -> weasyprint.Document:
    """Lay out the issue, a second time where its 版记 belongs on an even page."""
    is_at_foot = 0 < height <= TALLEST_IMPRINT
    laid_out = _lay_out(html, style(ImprintPlace(height, is_at_foot)), fetcher)
    if not (even_last and is_at_foot and len(laid_out.pages) % 2):
        return laid_out
    # Alone on its page, the 版记 has no text before it and leaves a blank page there:
    # neither carries a number (GB/T 9704-2012, 7.5).
    is_alone = not _has_text(laid_out.pages[-1]._page_box)
    breaks = "break-before: left;" + (" page: unnumbered;" if is_alone else "")
    return _lay_out(html, style(ImprintPlace(height, is_at_foot, breaks)), fetcher)


def _has_text(box: Any) -> bool:
    """Tell whether anything but the 版记 and the page number stands in the box."""
    if isinstance(box, boxes.MarginBox) or box.element_tag == "footer":
        return False
    if isinstance(box, boxes.TextBox | boxes.ReplacedBox):
        return True
    return any(map(_has_text, getattr(box, "children", ())))


def _print_html(
    document: IssueDocument,
    profile: LayoutProfile,
    head: Head,
    mark: DraftMark | None,
) -> str:
    on_paper = ForPrint(
        programme=head.programme_lines,
        title_width=min(MAX_PER_LINE, TEXT_WIDTH_PT / profile.title_size),
        contents_numbers=profile.contents_numbers,
    )
    body = for_print(body_html(document, profile, on_paper=on_paper))
    context = {
        "title": page_title(document),
        "document": document,
        "subject": "；".join(line.text for line in contents(document)),
        "mark": mark,
        "body": trusted(_PICTURE.sub(r' src="picture:\1"', body)),
    }
    return render_to_string("bulletins/official/print.html", context)


def _style(
    document: IssueDocument,
    profile: LayoutProfile,
    head: Head,
    mark: DraftMark | None,
    place: ImprintPlace,
) -> str:
    title_face = "title" if profile.title_size > BODY_SIZE else "hei"
    context = {
        "profile": profile,
        "head": head,
        "mark": mark,
        "imprint": place,
        "has_number": document.number is not None,
        "row": profile.row,
        "outset": profile.outset,
        "margin_top": TOP_MARGIN - profile.outset,
        "margin_bottom": BOTTOM_MARGIN - profile.outset,
        "page_number_gap": PAGE_NUMBER_GAP - profile.outset,
        "title_font": trusted(
            f"{profile.title_size}pt/{profile.row}mm {fonts.stack(title_face)}"
        ),
        "fonts": _trusted_fonts(),
    }
    return render_to_string("bulletins/official/pdf.css", context)


def _imprint_height(
    document: IssueDocument, profile: LayoutProfile, style: str
) -> float:
    """Return the height of the 版记 in millimetres, by setting it alone on a page."""
    lines = imprint(document, profile)
    if lines is None:
        return 0.0
    footer = render_to_string(
        "bulletins/official/imprint.html", {"imprint": lines, "for_print": True}
    )
    alone = "@page { margin: 0; size: 156mm 2000mm }"
    laid_out = _lay_out(footer, style + alone, _PicturesOnly(None))
    if len(laid_out.pages) > 1:
        return 2 * TEXT_HEIGHT
    body = laid_out.pages[0]._page_box.children[0].children[0]
    height: float = body.height * MM_PER_PX
    return height


def _identify(metadata: DocumentMetadata, content: str) -> None:
    """Have the XMP name the language, and the content by its digest."""
    generate = metadata.generate_rdf_metadata
    properties = (
        f"<dc:identifier>urn:sha256:{content}</dc:identifier>"
        "<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>"
    )
    described = (
        f'<rdf:Description rdf:about="">{properties}</rdf:Description></rdf:RDF>'
    )

    def generate_with_identity(*variant: Any) -> bytes:
        rdf: bytes = generate(*variant)
        return rdf.replace(b"</rdf:RDF>", described.encode())

    metadata.generate_rdf_metadata = generate_with_identity


def _lay_out(html: str, style: str, fetcher: URLFetcher) -> weasyprint.Document:
    source = weasyprint.HTML(string=html, base_url="", url_fetcher=fetcher)
    sheet = weasyprint.CSS(string=style, font_config=_font_configuration())
    return source.render(
        stylesheets=[sheet],
        font_config=_font_configuration(),
        pdf_variant=PDF_VARIANT,
    )
