"""Fitting a picture into the model's input and carrying boxes back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.detections import Boxes
from wsai.vision.picture import Picture, Pixels


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture lies in the model's input.

    The input is a rectangle: the longest side becomes ``size_px``, the other is padded to the next
    multiple only, so a 4:3 photo costs three quarters of a square.

    Attributes:
        width: Width of the model's input, pixels.
        height: Height of the model's input, pixels.
        inner_width: Width that the picture itself takes there.
        inner_height: Height that the picture itself takes there.
        left: Pixels of padding left of the picture.
        top: Pixels of padding above the picture.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
    left: int
    top: int

    @classmethod
    def of(cls, width: int, height: int, *, size_px: int, multiple: int) -> Letterbox:
        """Return the letterbox of a picture of this size.

        >>> Letterbox.of(1280, 720, size_px=640, multiple=32).height
        384
        """
        scale = size_px / max(width, height)
        inner_width, inner_height = max(1, round(width * scale)), max(1, round(height * scale))
        right, down = -inner_width % multiple, -inner_height % multiple
        return cls(
            inner_width + right,
            inner_height + down,
            inner_width,
            inner_height,
            right // 2,
            down // 2,
        )

    def fill(self, picture: Picture, *, grey: int) -> NDArray[np.float32]:
        """Return the model's input, shape ``(1, 3, height, width)``, RGB, ``0..1``."""
        pixels = _shrunk(picture.pixels, self.inner_width, self.inner_height)
        canvas = np.full((1, 3, self.height, self.width), grey / 255, dtype=np.float32)
        inside = canvas[
            0, :, self.top : self.top + self.inner_height, self.left : self.left + self.inner_width
        ]
        for plane, channel in zip(inside, (2, 1, 0), strict=True):
            np.multiply(pixels[:, :, channel], np.float32(1 / 255), out=plane)
        return canvas

    def back(self, boxes: Boxes, width: int, height: int) -> Boxes:
        """Return boxes of the model's input as boxes of the original of that size, clipped."""
        offset = np.array([self.left, self.top] * 2, dtype=np.float32)
        scale = np.array(
            [width / self.inner_width, height / self.inner_height] * 2, dtype=np.float32
        )
        limit = np.array([width, height] * 2, dtype=np.float32)
        return np.asarray(np.clip((boxes - offset) * scale, 0, limit), dtype=np.float32)


def _shrunk(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return the pixels at this size.

    Halves by plain means first, as long as that fits: bilinear sampling alone skips pixels below
    one half, and an exact area mean takes six times as long.
    """
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if pixels.shape[:2] == (height, width):
        return pixels
    fitted = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fitted, dtype=np.uint8)
