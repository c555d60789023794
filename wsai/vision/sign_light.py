"""Whether a sign gives light of its own, measured against what is around it.

A lit sign outshines the wall that it hangs on; one that is off is lit by the room like the wall,
and its green swallows most of that. Both are ratios of light, so exposure hardly matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.picture import Picture, Pixels

LEAST_HIGH_PX = 12
"""A sign less high than this, in the decoded picture, is too small to be measured."""
AROUND = 0.6
"""How far around a sign is looked, in shares of its height."""
FLOOR_OF_LIGHT = 0.02
"""Added to the light around, of white's 1: below, a camera shows noise."""
LUMINANCE = np.array([0.0722, 0.7152, 0.2126], dtype=np.float32)
"""Of blue, green and red, Rec. ITU-R BT.709."""
GAMMA = 2.2
BRIGHTEST, GREENEST = 0.9, 0.75
GREEN_HUES, LEAST_COLOURED, LEAST_GREEN_PX = (35, 100), 60, 6
RED_HUES, LEAST_RED, LEAST_RED_SHARE = (10, 170), 120, 0.1
"""OpenCV's hue, ``0..179``, and saturation, ``0..255``; red lies below the first and above the
second of its hues; wood and walls are paler. Share of a sign."""


@dataclass(frozen=True, slots=True)
class SignLight:
    """A sign's light, as multiples of the light around it.

    Attributes:
        brightest: Of its brightest tenth.
        green: Of its green field; ``None`` where no green is seen, as at night in infrared.
        red: Whether more of it is red than green.
    """

    brightest: float
    green: float | None
    red: bool = False


def sign_light(picture: Picture, box: tuple[float, float, float, float]) -> SignLight | None:
    """Return how a sign shines; ``None`` where it is too small or fills the picture.

    Args:
        picture: Upright.
        box: The sign, pixels of the original.
    """
    pixels = picture.pixels
    scale = pixels.shape[1] / picture.width, pixels.shape[0] / picture.height
    left, right = box[0] * scale[0], box[2] * scale[0]
    top, bottom = box[1] * scale[1], box[3] * scale[1]
    if bottom - top < LEAST_HIGH_PX:
        return None
    height, width = pixels.shape[:2]
    reach = AROUND * (bottom - top)
    inner = _cells(left, top, right, bottom, width, height)
    outer = _cells(left - reach, top - reach, right + reach, bottom + reach, width, height)
    shown = pixels[inner]
    around = np.ones(pixels[outer].shape[:2], dtype=bool)
    around[
        inner[0].start - outer[0].start : inner[0].stop - outer[0].start,
        inner[1].start - outer[1].start : inner[1].stop - outer[1].start,
    ] = False
    if not shown.size or not around.any():
        return None
    wall = float(np.median(_light(pixels[outer][around]))) + FLOOR_OF_LIGHT
    light = _light(shown.reshape(-1, 3))
    colour = cv2.cvtColor(shown, cv2.COLOR_BGR2HSV).reshape(-1, 3)
    green = (
        (colour[:, 0] > GREEN_HUES[0])
        & (colour[:, 0] < GREEN_HUES[1])
        & (colour[:, 1] > LEAST_COLOURED)
    )
    red = ((colour[:, 0] < RED_HUES[0]) | (colour[:, 0] > RED_HUES[1])) & (colour[:, 1] > LEAST_RED)
    return SignLight(
        float(np.quantile(light, BRIGHTEST)) / wall,
        float(np.quantile(light[green], GREENEST)) / wall
        if green.sum() >= LEAST_GREEN_PX
        else None,
        bool(red.mean() > max(float(green.mean()), LEAST_RED_SHARE)),
    )


def _cells(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> tuple[slice, slice]:
    """Return rows and columns of a box within a picture."""
    rows = slice(max(0, int(top)), min(height, int(np.ceil(bottom))))
    return rows, slice(max(0, int(left)), min(width, int(np.ceil(right))))


def _light(pixels: Pixels) -> NDArray[np.float32]:
    """Return linear light of BGR values, shape ``(n, 3)`` to ``(n,)``, ``0..1``."""
    linear = np.power(pixels.astype(np.float32) / np.float32(255), np.float32(GAMMA))
    return np.asarray(linear @ LUMINANCE, dtype=np.float32)
