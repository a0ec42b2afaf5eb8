"""The HTML of article bodies: what is allowed in it, how it gets there, its text."""

from bulletins.markup.cleaning import PICTURE_SRC, clean
from bulletins.markup.office import Pasted, clean_paste
from bulletins.markup.plain import (
    BLOCKS,
    blocks,
    paragraph,
    paragraphs,
    undescribed_pictures,
)

__all__ = [
    "BLOCKS",
    "PICTURE_SRC",
    "Pasted",
    "blocks",
    "clean",
    "clean_paste",
    "paragraph",
    "paragraphs",
    "undescribed_pictures",
]
