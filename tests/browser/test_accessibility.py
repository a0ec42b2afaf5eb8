"""The public pages can be read by everyone: what axe-core and our own checks can tell."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string

from tests.browser.conftest import DESK
from tests.small_archive import make_small_archive

CHECKS = Path(__file__).with_name("accessibility.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
NARROW = {"viewport": {"width": 320, "height": 640}}
PAGES = {
    "home": "/",
    "bulletin": "/wuxiao/",
    "year": "/wuxiao/2020/",
    "issue": "/wuxiao/2020/56/",
    "corrected": "/wuxiao/2020/57/",
    "edition": "/wuxiao/2020/57/edition-1/",
    "supplement": "/wuxiao/2020/s1/",
    "article": "/wuxiao/2020/56/1/",
    "table": "/wuxiao/2020/56/2/",
    "brief": "/wuxiao/2020/56/3/",
    "sections": "/lanmu/",
    "section": "/lanmu/简讯/",
    "section of a year": "/lanmu/简讯/2020/",
    "units": "/danwei/",
    "unit": "/danwei/襄城县/",
    "about": "/about/",
    "search": "/search/",
    "found": "/search/?q=推进会",
    "not found": "/search/?q=没有的词",
    "led straight": "/search/?q=工作简报",
    "withdrawn": "/wuxiao/2020/58/",
    "missing": "/nothing/",
}
# What goes wrong cannot be made to go wrong here: the templates are shown as they are.
ERRORS = ("400", "403", "403_csrf", "429", "500")
WIDTH = "document.documentElement.scrollWidth"
# To the left of a page nothing scrolls: what is there is lost.
OUTSIDE = """() => [...document.querySelectorAll("body *:not(.skip)")]
  .filter((e) => e.checkVisibility() && !e.closest(".table-box, .visually-hidden, .sizes"))
  .filter((e) => { const box = e.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth + 1; })
  .map((e) => e.outerHTML.slice(0, 80))"""
SPACED = """
  * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
  p { margin-bottom: 2em !important; }
"""


@pytest.fixture
def archive(live_server):
    return make_small_archive()


def open_error(page, name: str) -> None:
    """Show the page of an error as if the server had answered with it."""
    body = render_to_string(f"{name}.html")
    page.route(
        "**/shown/", lambda route: route.fulfill(body=body, content_type="text/html")
    )
    page.goto("/shown/")
    page.unroute("**/shown/")


def faults(page) -> list[str]:
    found = [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in Axe().run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]
    return [*found, *page.evaluate(CHECKS)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, NARROW], ids=["1280", "320"])
def test_every_kind_of_page_is_accessible(open_page, archive, scheme, screen):
    page = open_page("/", color_scheme=scheme, **screen)

    found = {}
    for name, address in PAGES.items():
        page.goto(address)
        found[name] = faults(page)
    for name in ERRORS:
        open_error(page, name)
        found[name] = faults(page) if name != "500" else axe_alone(page)

    assert {name: seen for name, seen in found.items() if seen} == {}


def axe_alone(page) -> list[str]:
    # The page of a broken server has no header and no footer that could break too.
    return [
        violation["id"]
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]


@pytest.mark.parametrize("size", ["normal", "largest"])
@pytest.mark.parametrize("screen", [DESK, NARROW], ids=["1280", "320"])
def test_nothing_scrolls_sideways_at_any_size_of_the_text(
    open_page, archive, size, screen
):
    # 1280 pixels at 400 % are 320 of them (WCAG 1.4.10).
    page = open_page("/", **screen)
    page.evaluate("size => localStorage.setItem('bulletin-text-size', size)", size)

    for name, address in PAGES.items():
        page.goto(address)
        assert page.evaluate("document.documentElement.dataset.size") == size
        assert page.evaluate(OUTSIDE) == [], name


def test_wider_spacing_of_the_text_hides_nothing(open_page, archive):
    # WCAG 1.4.12; the style of the test is not the page's own, so its policy is let be.
    page = open_page("/", bypass_csp=True, **NARROW)

    for name, address in PAGES.items():
        page.goto(address)
        page.add_style_tag(content=SPACED)
        assert page.evaluate(WIDTH) <= 320, name
        clipped = page.evaluate(
            """() => [...document.querySelectorAll("main *")]
                .filter((e) => getComputedStyle(e).overflow === "hidden" && !e.matches(".visually-hidden"))
                .filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert clipped == [], name


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(open_page, archive):
    page = open_page("/wuxiao/2020/56/")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden])")]
            .filter((e) => e.checkVisibility() && !(e.type === "radio" && !e.checked)).length"""
    )

    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))

    assert len({tuple(place) for place, _ in seen}) == wanted
    assert all(outline == "3px" for _, outline in seen)


# A radio button shows its focus at the words beside it.
FOCUSED = """() => {
  const element = document.activeElement;
  const shown = element.type === "radio" ? element.nextElementSibling : element;
  const box = element.getBoundingClientRect();
  return [[element.tagName, Math.round(box.x), Math.round(box.y + scrollY), element.href ?? ""],
          getComputedStyle(shown).outlineWidth];
}"""


def test_an_empty_site_is_accessible(open_page):
    page = open_page("/")

    for address in ("/", "/lanmu/", "/danwei/", "/about/", "/search/"):
        page.goto(address)
        assert faults(page) == [], address


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("document.documentElement.lang = 'en'", "the language is not told"),
        ("document.querySelector('h1').remove()", "0 of h1"),
        ("document.querySelector('main a').textContent = ''", "without a name"),
        ("document.querySelector('main a').href = '#nowhere'", "leads nowhere"),
        ("document.querySelector('h2.title').style.color = '#aaa'", ": 1 rgb(170"),
        ("document.querySelector('time').dateTime = ''", "a date only for people"),
        (
            "document.body.lastElementChild.outerHTML = '<p>外面</p>'",
            "outside all landmarks",
        ),
        ("document.querySelector('main').removeAttribute('id')", "skip-link: "),
        ("document.querySelector('h2.title').style.color = '#aaa'", "color-contrast: "),
    ],
)
def test_the_checks_see_what_is_wrong(open_page, issued, change, fault):
    page = open_page(issued.get_absolute_url())
    page.evaluate(change)

    assert any(fault in found for found in faults(page))
