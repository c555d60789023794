"""The derived picture: boxes drawn, heads blurred; the original stays untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from wsai.vision.detections import Boxes
from wsai.vision.picture import Picture, Pixels

Colour = tuple[int, int, int]
"""Blue, green, red, ``0..255``."""

FONT_NAME = "uni"  # ships inside OpenCV and has Chinese
PIXELATED_CELLS = 5
SMALLEST_TEXT_PX, LARGEST_TEXT_PX = 13, 40
TEXT_SHARE = 1 / 42
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (20, 20, 20)
BRIGHT_LUMA = 150.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One box to draw.

    Attributes:
        box: Left, top, right, bottom in pixels of the upright original.
        caption: What to write at it; empty for a box alone.
        colour: Of the line and of the caption's ground.
    """

    box: tuple[float, float, float, float]
    caption: str
    colour: Colour


def annotate(picture: Picture, marks: Sequence[Mark], *, blurred: Boxes | None = None) -> Pixels:
    """Return a copy of the picture with regions blurred and boxes drawn, at its own pixel size.

    Args:
        picture: The picture; its pixels may be reduced, then so is the result.
        marks: Drawn in order, so put the worst last.
        blurred: Regions to make unrecognisable, shape ``(n, 4)``, pixels of the original.
    """
    canvas = picture.pixels.copy()
    height, width = canvas.shape[:2]
    scale = np.array([width / picture.width, height / picture.height] * 2)
    for region in np.zeros((0, 4)) if blurred is None else blurred:
        blur(canvas, region * scale)
    text_px = int(np.clip(max(width, height) * TEXT_SHARE, SMALLEST_TEXT_PX, LARGEST_TEXT_PX))
    taken: list[tuple[int, int, int, int]] = []
    boxes = [_inside(np.array(mark.box) * scale, width, height) for mark in marks]
    for mark, (left, top, right, bottom) in zip(marks, boxes, strict=True):
        thickness = max(2, text_px // 7)
        cv2.rectangle(canvas, (left, top), (right, bottom), WHITE, thickness + 2, cv2.LINE_AA)
        cv2.rectangle(canvas, (left, top), (right, bottom), mark.colour, thickness, cv2.LINE_AA)
    for mark, box in zip(marks, boxes, strict=True):
        if mark.caption:
            _write(canvas, mark, box, text_px, taken)
    return canvas


def _inside(
    box: np.ndarray[tuple[int], np.dtype[np.float64]], width: int, height: int
) -> tuple[int, int, int, int]:
    limits = (width - 1, height - 1, width - 1, height - 1)
    left, top, right, bottom = (
        int(min(max(round(float(v)), 0), limit)) for v, limit in zip(box, limits, strict=True)
    )
    return left, top, right, bottom


def blur(canvas: Pixels, region: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Make a region unrecognisable in place: an ellipse of a few flat cells.

    Few cells carry no face: a plain blur can be undone, a mean over a sixth of a face cannot.
    """
    height, width = canvas.shape[:2]
    left, top = (max(0, int(np.floor(v))) for v in region[:2])
    right, bottom = min(width, int(np.ceil(region[2]))), min(height, int(np.ceil(region[3])))
    if right - left < 1 or bottom - top < 1:
        return
    part = canvas[top:bottom, left:right]
    cells_x = min(PIXELATED_CELLS, right - left)
    cells_y = min(PIXELATED_CELLS, bottom - top)
    small = cv2.resize(part, (cells_x, cells_y), interpolation=cv2.INTER_AREA)
    flat = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    oval = np.zeros(part.shape[:2], dtype=np.uint8)
    middle, half = (
        ((right - left) // 2, (bottom - top) // 2),
        ((right - left + 1) // 2, (bottom - top + 1) // 2),
    )
    cv2.ellipse(oval, middle, half, 0, 0, 360, 255, -1)
    part[oval > 0] = flat[oval > 0]


def _write(
    canvas: Pixels,
    mark: Mark,
    box: tuple[int, int, int, int],
    text_px: int,
    taken: list[tuple[int, int, int, int]],
) -> None:
    """Write the caption at the box, inside the picture, off other captions where there is room."""
    face = cv2.FontFace(FONT_NAME)
    height, width = canvas.shape[:2]
    _, _, text_width, _ = cv2.getTextSize((width, height), mark.caption, (0, 0), face, text_px, 500)
    pad = max(3, text_px // 4)
    wide, high = text_width + 2 * pad, text_px + 2 * pad
    left = min(max(0, box[0]), max(0, width - wide))
    places = (box[1] - high, box[1], box[3] - high, box[3], *range(box[1] + high, height, high))
    usable = [place for place in places if 0 <= place <= height - high] or [0]
    free = [
        place
        for place in usable
        if not any(
            left < other[2]
            and other[0] < left + wide
            and place < other[3]
            and other[1] < place + high
            for other in taken
        )
    ]
    top = (free or usable)[0]
    taken.append((left, top, left + wide, top + high))
    cv2.rectangle(canvas, (left, top), (left + wide - 1, top + high - 1), mark.colour, -1)
    luma = 0.114 * mark.colour[0] + 0.587 * mark.colour[1] + 0.299 * mark.colour[2]
    ink = BLACK if luma > BRIGHT_LUMA else WHITE
    baseline = (left + pad, top + pad + round(text_px * 0.86))
    cv2.putText(canvas, mark.caption, baseline, ink, face, text_px, 500)


def encode_jpeg(pixels: Pixels, *, quality: int = 88) -> bytes:
    """Return the picture as a JPEG without any metadata.

    Args:
        pixels: BGR.
        quality: ``1..100``.
    """
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
