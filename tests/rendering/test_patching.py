"""What replaces WeasyPrint's private functions fails loudly on any other version."""

from __future__ import annotations

import types

import pytest
import weasyprint
from weasyprint.layout import block, inline

from bulletins.rendering import grid, justify
from bulletins.rendering.patching import (
    SUPPORTED_VERSION,
    UnsupportedWeasyPrint,
    replace,
)


def make_module(function=None):
    """Return a module like one of WeasyPrint's with one function."""
    module = types.ModuleType("weasyprint.layout.imagined")
    if function is not None:
        function.__module__ = "weasyprint.layout.imagined"
        vars(module)["lay"] = function
    return module


def louder(original):
    """Return a replacement that adds one to what the original returns."""
    return lambda width, height: original(width, height) + 1


def test_a_function_is_replaced_once():
    module = make_module(lambda width, height: width * height)

    replace(module, "lay", "width height", louder)
    replace(module, "lay", "width height", louder)

    assert module.lay(2, 3) == 7


def test_another_version_is_refused(monkeypatch):
    module = make_module(lambda width, height: 0)
    monkeypatch.setattr(weasyprint, "__version__", "70.1")

    with pytest.raises(UnsupportedWeasyPrint, match=r"for WeasyPrint 70\.0, not 70\.1"):
        replace(module, "lay", "width height", louder)


def test_a_function_that_is_gone_is_missed():
    with pytest.raises(UnsupportedWeasyPrint, match="has no lay"):
        replace(make_module(), "lay", "width height", louder)


def test_a_function_with_other_parameters_is_refused():
    module = make_module(lambda width: 0)

    with pytest.raises(UnsupportedWeasyPrint, match="takes"):
        replace(module, "lay", "width height", louder)


def test_a_function_somebody_else_replaced_is_refused():
    module = make_module(lambda width, height: 0)
    module.lay.__module__ = "elsewhere"

    with pytest.raises(UnsupportedWeasyPrint, match="replaced by elsewhere"):
        replace(module, "lay", "width height", louder)


@pytest.mark.parametrize("part", [grid, justify])
def test_a_wrong_version_stops_the_renderer_when_it_is_loaded(part, monkeypatch):
    monkeypatch.setattr(weasyprint, "__version__", "71.0")

    with pytest.raises(UnsupportedWeasyPrint):
        part.install()


def test_the_pinned_version_is_the_supported_one():
    assert weasyprint.__version__ == SUPPORTED_VERSION


def test_all_that_is_replaced_is_known():
    replaced = {
        f"{module.__name__}.{name}"
        for module in (block, inline)
        for name, value in vars(module).items()
        if getattr(value, "replaced_by_bulletins", False)
    }

    assert replaced == {
        "weasyprint.layout.block.block_level_layout",
        "weasyprint.layout.inline.split_first_line",
        "weasyprint.layout.inline.can_break_text",
        "weasyprint.layout.inline.justify_line",
    }
