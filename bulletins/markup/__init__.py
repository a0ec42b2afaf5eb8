"""The HTML of article bodies: what is allowed in it, how it gets there, its text."""

from bulletins.markup.cleaning import PICTURE_SRC, clean
from bulletins.markup.plain import BLOCKS, blocks, paragraph, paragraphs

__all__ = ["BLOCKS", "PICTURE_SRC", "blocks", "clean", "paragraph", "paragraphs"]
