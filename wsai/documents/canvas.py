"""A PDF to draw on that depends on nothing but what is drawn."""

from __future__ import annotations

from datetime import date
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from wsai.documents.font import FONT, registered_font


def dated_canvas(*given: Any, dated: date, **named: Any) -> Canvas:
    """Return a canvas whose file names a given day; the same drawing gives the same bytes."""
    registered_font()  # else every file would name Helvetica, which is not embedded
    canvas = Canvas(*given, **(named | {"invariant": 1, "initialFontName": FONT}))
    canvas.setDateFormatter(lambda *_: f"D:{dated:%Y%m%d}000000+00'00'")
    canvas.setCreator("WSAI")
    return canvas
