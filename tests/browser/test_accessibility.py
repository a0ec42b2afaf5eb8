"""The public pages can be read by everyone: what a script can tell of it."""

from pathlib import Path

import pytest

CHECKS = Path(__file__).with_name("accessibility.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_are_accessible(open_page, issued, scheme):
    page = open_page("/", color_scheme=scheme)

    for address in ("/", "/zuofeng/", issued.get_absolute_url(), "/nothing/"):
        page.goto(address)
        assert page.evaluate(CHECKS) == [], address


def test_an_empty_site_is_accessible(open_page):
    page = open_page("/")

    assert page.evaluate(CHECKS) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("document.documentElement.lang = 'en'", "the language is not told"),
        ("document.querySelector('h1').remove()", "0 of h1"),
        ("document.querySelector('main a').textContent = ''", "without a name"),
        ("document.querySelector('main a').href = '#nowhere'", "leads nowhere"),
        ("document.querySelector('h2').style.color = '#aaa'", ": 1 rgb(170"),
        ("document.querySelector('time').dateTime = ''", "a date only for people"),
        (
            "document.body.lastElementChild.outerHTML = '<p>外面</p>'",
            "outside all landmarks",
        ),
    ],
)
def test_the_checks_see_what_is_wrong(open_page, issued, change, fault):
    page = open_page(issued.get_absolute_url())
    page.evaluate(change)

    assert any(fault in found for found in page.evaluate(CHECKS))
