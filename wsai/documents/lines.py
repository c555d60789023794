"""Chinese text and pictures in lines, as one piece of a PDF page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from wsai.documents.font import FONT, registered_font

NEVER_FIRST = frozenset("、。，．：；！？）〕》」』】〉”’%‰℃·…,.;:!?)]}")
"""Never begins a line (避头)."""

NEVER_LAST = frozenset("（〔《「『【〈“‘([{￥")
"""Never ends a line (避尾)."""

LINE_SHARE = 1.3
"""Height of a line of single spacing, of the size of its text."""

BASELINE_SHARE = 0.8
BOLD_SHARE = 0.028
"""Width of the stroke around bold letters, of their size; the font has one weight."""

UNDERLINE_SHARE = 0.12
SLACK = 0.01


@dataclass(frozen=True, slots=True)
class Letters:
    """Text of one look.

    Attributes:
        size: In points.
    """

    text: str
    size: float
    bold: bool = False
    underline: bool = False

    @property
    def width(self) -> float:
        """Return the width in points."""
        registered_font()
        return float(pdfmetrics.stringWidth(self.text, FONT, self.size))

    @property
    def height(self) -> float:
        """Return the height in points."""
        return self.size


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture in a line.

    Attributes:
        image: To draw.
        width: In points.
        height: In points.
    """

    image: ImageReader
    width: float
    height: float


Piece = Letters | Inline


@dataclass(frozen=True, slots=True)
class Look:
    """How a paragraph stands; lengths in points.

    Attributes:
        align: Where its lines stand.
        first_indent: Of the first line, on top of ``left``.
        left: Indent of all.
        before: Space above.
        after: Space below.
        spacing: Multiple of single spacing.
    """

    align: Literal["left", "center", "right"] = "left"
    first_indent: float = 0.0
    left: float = 0.0
    before: float = 0.0
    after: float = 0.0
    spacing: float = 1.0


class Lines(Flowable):  # type: ignore[misc]
    """A paragraph.

    Args:
        pieces: In reading order; a line break in a text begins a line.
        look: How it stands.
        empty_size: Size of a line without text.
    """

    def __init__(self, pieces: Sequence[Piece], look: Look, *, empty_size: float = 10.5) -> None:
        super().__init__()
        self._pieces, self._look, self._empty_size = tuple(pieces), look, empty_size
        self._lines: list[list[Piece]] = []

    def getSpaceBefore(self) -> float:  # noqa: N802
        """Return the space above."""
        return self._look.before

    def getSpaceAfter(self) -> float:  # noqa: N802
        """Return the space below."""
        return self._look.after

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the size that the paragraph takes in a width."""
        look = self._look
        self.width = width
        room = width - look.left
        pieces = [_fitted(piece, room) for piece in self._pieces]
        self._lines = broken(pieces, room - look.first_indent, room)
        self.height = sum(self._height(line) for line in self._lines)
        return width, self.height

    def split(self, width: float, height: float) -> list[Lines]:
        """Return the paragraph in two: what fits, and the rest; nothing where none fits."""
        self.wrap(width, height)
        fits, used = 0, 0.0
        for line in self._lines:
            used += self._height(line)
            if used > height + SLACK:
                break
            fits += 1
        # reportlab splits what is too high, and its tables take no part alone for an answer
        fits = min(fits, len(self._lines) - 1)
        if fits <= 0:
            return []
        first, rest = self._lines[:fits], self._lines[fits:]
        above = replace(self._look, after=0.0)
        below = replace(self._look, before=0.0, first_indent=0.0)
        return [
            Lines(_joined(lines), look, empty_size=self._empty_size)
            for lines, look in ((first, above), (rest, below))
        ]

    def draw(self) -> None:
        """Draw every line."""
        look, top = self._look, self.height
        for number, line in enumerate(self._lines):
            height = self._height(line)
            left = look.left + (look.first_indent if number == 0 else 0.0)
            spare = self.width - left - sum(piece.width for piece in line)
            x = left + spare * {"left": 0.0, "center": 0.5, "right": 1.0}[look.align]
            for piece in line:
                self._draw_piece(piece, x, top, height)
                x += piece.width
            top -= height

    def _draw_piece(self, piece: Piece, x: float, top: float, height: float) -> None:
        if isinstance(piece, Inline):
            y = top - (height + piece.height) / 2
            self.canv.drawImage(piece.image, x, y, piece.width, piece.height, mask="auto")
            return
        y = top - (height - piece.size) / 2 - piece.size * BASELINE_SHARE
        draw_letters(self.canv, piece, x, y)

    def _height(self, line: Sequence[Piece]) -> float:
        text = max((p.size for p in line if isinstance(p, Letters)), default=0.0)
        pictures = max((p.height for p in line if isinstance(p, Inline)), default=0.0)
        if not line:
            text = self._empty_size
        return max(text * LINE_SHARE * self._look.spacing, pictures + 2 * (pictures > 0))


def draw_letters(canvas: Any, letters: Letters, x: float, y: float) -> None:
    """Draw text at its baseline."""
    text = canvas.beginText(x, y)
    text.setFont(FONT, letters.size)
    canvas.setLineWidth(letters.size * BOLD_SHARE)
    text.setTextRenderMode(2 if letters.bold else 0)
    text.textOut(letters.text)
    text.setTextRenderMode(0)
    canvas.drawText(text)
    if letters.underline:
        below = y - letters.size * UNDERLINE_SHARE
        canvas.line(x, below, x + letters.width, below)


def broken(pieces: Sequence[Piece], first: float, room: float) -> list[list[Piece]]:
    """Return pieces in lines.

    Args:
        pieces: In reading order.
        first: Room in the first line, points.
        room: Room in every other.
    """
    lines: list[list[Piece]] = [[]]
    used = 0.0
    for cluster in _clusters(pieces):
        if cluster is None:
            lines.append([])
            used = 0.0
            continue
        wide = sum(piece.width for piece in cluster)
        if lines[-1] and used + wide > (first if len(lines) == 1 else room) + SLACK:
            lines.append([])
            used = 0.0
        lines[-1].extend(cluster)
        used += wide
    return [_merged(line) for line in lines]


def _clusters(pieces: Sequence[Piece]) -> Iterator[list[Piece] | None]:
    """Yield what no line break may part; ``None`` is a line break that was written."""
    waiting: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Inline):
            yield from _flushed(waiting)
            yield [piece]
            continue
        for char in piece.text:
            if char == "\n":
                yield from _flushed(waiting)
                yield None
                continue
            if waiting and _may_part(waiting, char):
                yield from _flushed(waiting)
            waiting.append(replace(piece, text=char))
    yield from _flushed(waiting)


MOST_TOGETHER = 24
"""A word without spaces that is longer (a credit code, an address) is broken anywhere."""


def _may_part(waiting: list[Piece], char: str) -> bool:
    last = waiting[-1]
    before = last.text if isinstance(last, Letters) else ""
    if len(waiting) >= MOST_TOGETHER:
        return True
    if char in NEVER_FIRST or before in NEVER_LAST:
        return False
    return not (_is_word(before) and _is_word(char))


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "-_/.@#+&")


def _flushed(waiting: list[Piece]) -> Iterator[list[Piece]]:
    if waiting:
        yield list(waiting)
        waiting.clear()


def _merged(line: Sequence[Piece]) -> list[Piece]:
    """Return a line with neighbouring letters of one look as one piece."""
    found: list[Piece] = []
    for piece in line:
        last = found[-1] if found else None
        if (
            isinstance(piece, Letters)
            and isinstance(last, Letters)
            and replace(last, text="") == replace(piece, text="")
        ):
            found[-1] = replace(last, text=last.text + piece.text)
        else:
            found.append(piece)
    return found


def _joined(lines: Sequence[Sequence[Piece]]) -> list[Piece]:
    """Return lines as pieces that break the same way."""
    pieces: list[Piece] = []
    for number, line in enumerate(lines):
        if number:
            size = next((p.size for p in line if isinstance(p, Letters)), 1.0)
            pieces.append(Letters("\n", size))
        pieces.extend(line)
    return pieces


def _fitted(piece: Piece, room: float) -> Piece:
    if isinstance(piece, Letters) or piece.width <= room:
        return piece
    share = room / piece.width
    return replace(piece, width=room, height=piece.height * share)
