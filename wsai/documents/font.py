"""The Chinese font that is embedded in every PDF."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from wsai.documents.make_font import FILE_NAME
from wsai.errors import InvalidRequest

FONT = "WSAISerifSC"
SPACES = " \n\u3000\u00a0"


@lru_cache(maxsize=1)
def registered_font() -> TTFont:
    """Return the font, known to reportlab by the name ``FONT``."""
    with resources.as_file(resources.files("wsai.documents") / "fonts" / FILE_NAME) as path:
        font = TTFont(FONT, str(path))
    pdfmetrics.registerFont(font)
    return font


def missing_characters(text: str) -> list[str]:
    """Return the characters that the font does not have, each once, sorted.

    >>> missing_characters("现场检查记录〔2026〕A1 𬱖")
    ['𬱖']
    """
    glyphs = registered_font().face.charToGlyph
    return sorted({char for char in text if char not in SPACES and ord(char) not in glyphs})


def refuse_missing(text: str) -> None:
    """Refuse a text that would have gaps: a PDF leaves out what its font lacks, silently.

    Raises:
        InvalidRequest: The font lacks a character; the message names it.
    """
    if missing := missing_characters(text):
        named = "、".join(f"{char} (U+{ord(char):04X})" for char in missing)
        raise InvalidRequest(
            f"the font of the PDFs has no {named}; take the Word form, or write it otherwise"
        )
