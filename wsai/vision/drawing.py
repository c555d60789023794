"""The derived picture: boxes drawn, heads blurred; the original stays untouched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.detections import Boxes
from wsai.vision.picture import Picture, Pixels

Colour = tuple[int, int, int]
"""Blue, green, red, ``0..255``."""

Place = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the canvas; right and bottom lie outside."""

FONT_NAME = "uni"  # ships inside OpenCV and has Chinese
FONT_WEIGHT = 500
PIXELATED_CELLS = 5
OVAL_POWER = 3
SOFT_EDGE = 0.12
SMALLEST_TEXT_PX, LARGEST_TEXT_PX = 13, 40
SMALLEST_LEGIBLE_PX = 8
TEXT_SHARE = 1 / 42
BASELINE_SHARE = 0.86
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (20, 20, 20)
BRIGHT_LUMA = 150.0
TINT_LEAVES = 0.75


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


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon to tint, such as the floor that must stay free.

    Attributes:
        corners: ``(x, y)`` in pixels of the upright original.
        colour: Of its tint and outline.
    """

    corners: tuple[tuple[float, float], ...]
    colour: Colour


def annotate(
    picture: Picture,
    marks: Sequence[Mark],
    *,
    blurred: Boxes | None = None,
    areas: Sequence[Area] = (),
) -> Pixels:
    """Return a copy of the picture with regions blurred and boxes drawn, at its own pixel size.

    Args:
        picture: The picture; its pixels may be reduced, then so is the result.
        marks: Drawn in order, so put the worst last; captions find their places in the opposite
            order, so the worst one stands best.
        blurred: Regions to make unrecognisable, shape ``(n, 4)``, pixels of the original.
        areas: Tinted below the boxes.
    """
    canvas = picture.pixels.copy()
    height, width = canvas.shape[:2]
    scale = np.array([width / picture.width, height / picture.height] * 2)
    for region in np.zeros((0, 4)) if blurred is None else blurred * scale:
        blur(canvas, region)
    for area in areas:
        _tint(canvas, np.array(area.corners) * scale[:2], area.colour)
    text_px = int(np.clip(max(width, height) * TEXT_SHARE, SMALLEST_TEXT_PX, LARGEST_TEXT_PX))
    thickness = max(2, text_px // 7)
    boxes = [_inside(np.array(mark.box) * scale, width, height) for mark in marks]
    for mark, (left, top, right, bottom) in zip(marks, boxes, strict=True):
        cv2.rectangle(canvas, (left, top), (right, bottom), WHITE, thickness + 2, cv2.LINE_AA)
        cv2.rectangle(canvas, (left, top), (right, bottom), mark.colour, thickness, cv2.LINE_AA)
    written: list[tuple[Mark, Place, int]] = []
    for mark, box in reversed(list(zip(marks, boxes, strict=True))):
        if mark.caption:
            size, px = _caption_size(mark.caption, text_px, width)
            taken = [place for _, place, _ in written]
            written.append((mark, _caption_place(box, size, (width, height), taken), px))
    for mark, place, px in reversed(written):
        _write(canvas, mark, place, px)
    return canvas


def _tint(canvas: Pixels, corners: NDArray[np.float64], colour: Colour) -> None:
    """Lay a quarter of a colour over a polygon, and its outline around it."""
    points = np.round(corners).astype(np.int32)
    over = canvas.copy()
    cv2.fillPoly(over, [points], colour)
    cv2.addWeighted(over, 1 - TINT_LEAVES, canvas, TINT_LEAVES, 0, dst=canvas)
    cv2.polylines(canvas, [points], True, colour, 1, cv2.LINE_AA)


def _inside(box: NDArray[np.float64], width: int, height: int) -> Place:
    limits = np.array([width - 1, height - 1] * 2)
    left, top, right, bottom = np.clip(np.nan_to_num(box).round(), 0, limits).astype(int).tolist()
    return left, top, right, bottom


def blur(canvas: Pixels, region: NDArray[np.floating]) -> None:
    """Make a region unrecognisable in place: a rounded patch of a few flat cells.

    Few cells carry no face: a plain blur can be undone, a mean over a fifth of a face cannot.

    Args:
        canvas: Changed.
        region: Left, top, right, bottom in pixels of the canvas; may reach beyond it.
    """
    height, width = canvas.shape[:2]
    left, top = max(0, int(np.floor(region[0]))), max(0, int(np.floor(region[1])))
    right, bottom = min(width, int(np.ceil(region[2]))), min(height, int(np.ceil(region[3])))
    if right - left < 1 or bottom - top < 1:
        return
    part = canvas[top:bottom, left:right]
    cells = (min(PIXELATED_CELLS, right - left), min(PIXELATED_CELLS, bottom - top))
    small = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    flat = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    across = np.abs(np.linspace(-1, 1, right - left, dtype=np.float32)) ** OVAL_POWER
    down = np.abs(np.linspace(-1, 1, bottom - top, dtype=np.float32)) ** OVAL_POWER
    cover = np.clip((1 + SOFT_EDGE - across[None] - down[:, None]) / SOFT_EDGE, 0, 1)[:, :, None]
    part[...] = (flat * cover + part * (1 - cover)).round().astype(np.uint8)


def _caption_size(caption: str, text_px: int, width: int) -> tuple[tuple[int, int], int]:
    """Return width and height of a caption's ground, and the text size that fits the picture."""
    face = cv2.FontFace(FONT_NAME)
    while True:
        pad = max(2, text_px // 4)
        box = cv2.getTextSize((0, 0), caption, (0, 0), face, text_px, FONT_WEIGHT)
        wide = int(box[2]) + 2 * pad
        if wide <= width or text_px <= SMALLEST_LEGIBLE_PX:
            return (wide, text_px + 2 * pad), text_px
        text_px -= 1


def _caption_place(
    box: Place, size: tuple[int, int], canvas: tuple[int, int], taken: Sequence[Place]
) -> Place:
    """Return where a caption stands: at its box, inside the picture, off other captions."""
    usable = [
        (left, top, left + size[0], top + size[1])
        for left, top in _corners(box, size, canvas)
        if 0 <= top <= canvas[1] - size[1]
    ] or [(0, 0, *size)]
    return min(usable, key=lambda place: sum(_shared(place, other) for other in taken))


def _corners(
    box: Place, size: tuple[int, int], canvas: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield upper left corners for a caption, the best first: above, inside, below, then beside."""
    rightmost = max(0, canvas[0] - size[0])
    at_left = min(max(0, box[0]), rightmost)
    at_right = min(max(0, box[2] - size[0]), rightmost)
    for top in (box[1] - size[1], box[1], box[3], box[3] - size[1]):
        yield at_left, top
        yield at_right, top
    for top in range(box[1] + size[1], canvas[1], size[1]):
        yield at_left, top
    for top in range(box[1] - 2 * size[1], 0, -size[1]):
        yield at_left, top


def _shared(a: Place, b: Place) -> int:
    """Return how many pixels two places share."""
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


def _write(canvas: Pixels, mark: Mark, place: Place, text_px: int) -> None:
    left, top, right, bottom = place
    pad = max(2, text_px // 4)
    cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), mark.colour, -1)
    luma = 0.114 * mark.colour[0] + 0.587 * mark.colour[1] + 0.299 * mark.colour[2]
    ink = BLACK if luma > BRIGHT_LUMA else WHITE
    baseline = (left + pad, top + pad + round(text_px * BASELINE_SHARE))
    face = cv2.FontFace(FONT_NAME)
    cv2.putText(canvas, mark.caption, baseline, ink, face, text_px, FONT_WEIGHT)


def encode_jpeg(pixels: Pixels, *, quality: int = 88) -> bytes:
    """Return the picture as a JPEG without any metadata.

    Args:
        pixels: BGR.
        quality: ``1..100``.
    """
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
