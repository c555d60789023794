"""Checkpoints as QR codes on A4 sheets, to print, cut and put up."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from wsai.documents.canvas import dated_canvas
from wsai.documents.font import refuse_missing, registered_font
from wsai.documents.lines import Letters, Lines, Look
from wsai.documents.values import FORBIDDEN_CHARACTERS
from wsai.errors import InvalidRequest

COLUMNS, ROWS = 2, 3
MARGIN = 10 * mm
CODE = 46 * mm
PAD = 4 * mm
QUIET_MODULES = 4
"""White around a code; readers need it (ISO/IEC 18004)."""

LONGEST_NAME, LONGEST_PLACE, LONGEST_URL = 34, 66, 150
MOST_LABELS = 5_000
NAME_PT, PLACE_PT, URL_PT = 14.0, 10.5, 8.0


@dataclass(frozen=True, slots=True)
class Label:
    """What one checkpoint shows.

    Attributes:
        name: Of the checkpoint.
        place: Where it hangs.
        url: What the code opens; ASCII, ``http`` or ``https``.

    Raises:
        InvalidRequest: Something is missing, too long, or no web address.
    """

    name: str
    place: str
    url: str

    def __post_init__(self) -> None:
        for what, text, longest in (
            ("name", self.name, LONGEST_NAME),
            ("place", self.place, LONGEST_PLACE),
            ("url", self.url, LONGEST_URL),
        ):
            if not text.strip() or len(text) > longest or FORBIDDEN_CHARACTERS.search(text):
                raise InvalidRequest(f"{what} of a checkpoint: 1 to {longest} printable characters")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.netloc or not self.url.isascii():
            raise InvalidRequest(f"url of a checkpoint: no http(s) address: {self.url}")


def modules(url: str) -> list[list[bool]]:
    """Return a QR code: its rows from the top, black where true, without white around it."""
    # a quarter of the code may be dirty or torn
    code = QRCode(None, QRErrorCorrectLevel.Q)
    code.addData(url)
    code.make()
    count = code.getModuleCount()
    return [[bool(code.isDark(y, x)) for x in range(count)] for y in range(count)]


def qr_sheet(labels: Sequence[Label], *, dated: date) -> bytes:
    """Return a PDF with six labels to a page, in their order.

    Args:
        labels: At least one.
        dated: Day for the file's metadata.

    Raises:
        InvalidRequest: None or too many, or the font lacks a character.
    """
    if not 1 <= len(labels) <= MOST_LABELS:
        raise InvalidRequest(f"1 to {MOST_LABELS} checkpoints to a file, not {len(labels)}")
    refuse_missing("".join(label.name + label.place + label.url for label in labels))
    registered_font()
    out = io.BytesIO()
    canvas = dated_canvas(out, dated=dated, pagesize=A4)
    canvas.setTitle("检查点二维码")
    wide, high = (A4[0] - 2 * MARGIN) / COLUMNS, (A4[1] - 2 * MARGIN) / ROWS
    for number, label in enumerate(labels):
        place = number % (COLUMNS * ROWS)
        if number and place == 0:
            canvas.showPage()
        x = MARGIN + place % COLUMNS * wide
        y = A4[1] - MARGIN - (place // COLUMNS + 1) * high
        _draw(canvas, label, x, y, (wide, high))
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, label: Label, x: float, y: float, size: tuple[float, float]) -> None:
    wide, high = size
    canvas.setDash(2, 2)
    canvas.setLineWidth(0.4)
    canvas.rect(x, y, wide, high)  # where to cut
    canvas.setDash()
    top = y + high - PAD
    _draw_code(canvas, modules(label.url), x + (wide - CODE) / 2, top - CODE, CODE)
    top -= CODE + PAD / 2
    for text, points, bold in (
        (label.name, NAME_PT, True),
        (label.place, PLACE_PT, False),
        (label.url, URL_PT, False),
    ):
        lines = Lines([Letters(text, points, bold)], Look(align="center"))
        _, tall = lines.wrap(wide - 2 * PAD, high)
        top -= tall
        lines.drawOn(canvas, x + PAD, top)


def _draw_code(
    canvas: Canvas, code: Sequence[Sequence[bool]], x: float, y: float, side: float
) -> None:
    """Draw a code into a square, with the white around it inside the square."""
    step = side / (len(code) + 2 * QUIET_MODULES)
    for row, line in enumerate(code):
        bottom = y + side - (row + 1 + QUIET_MODULES) * step
        start = None
        for column, dark in enumerate([*line, False]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:  # one bar for a run: no hair lines between
                left = x + (start + QUIET_MODULES) * step
                canvas.rect(left, bottom, (column - start) * step, step, stroke=0, fill=1)
                start = None
