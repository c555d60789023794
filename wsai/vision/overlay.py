"""Laying a new picture over an old one, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.alignment import Homography, even_grey
from wsai.vision.picture import Pixels

Values = TypeVar("Values", NDArray[np.uint8], NDArray[np.float32])

FRAME_PX, MULTIPLE = 640, 32
FLOW_SCALE = 0.5
MOST_SHIFT_PX = 8.0
"""What does not lie on one plane shifts by so much at most when the camera moves a step."""

SMOOTH_PX = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A new picture laid over an old one.

    Attributes:
        pixels: Shape ``(h, w, 3)``, as large as the old one.
        valid: Shape ``(h, w)``: where the new picture shows something.
        back: Shape ``(h, w, 2)``: from which place of the new picture, x and y in its pixels,
            each pixel came.
    """

    pixels: Pixels
    valid: NDArray[np.bool_]
    back: NDArray[np.float32]


def framed(pixels: Pixels) -> Pixels:
    """Return a picture at the size at which places are compared: 640 px, sides multiples of 32."""
    height, width = pixels.shape[:2]
    scale = FRAME_PX / max(height, width)
    size = [max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in (width, height)]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), dtype=np.uint8)


def lay_over(
    new: Pixels, homography: Homography, old: Pixels, old_grey: NDArray[np.uint8]
) -> Overlay:
    """Return the new picture laid over the old one.

    A homography is right for one plane. What is nearer or farther is brought home by a smooth flow,
    which follows what is sure of its place and is too smooth to bend a new thing into an old one.

    Args:
        new: Framed.
        homography: From pixels of the new one to those of the old one.
        old: Framed.
        old_grey: Of `wsai.vision.alignment.even_grey`.
    """
    height, width = old.shape[:2]
    inverse = np.linalg.inv(homography)
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    depth = inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2]
    back = np.stack(
        [(inverse[row, 0] * x + inverse[row, 1] * y + inverse[row, 2]) / depth for row in (0, 1)],
        axis=-1,
    ).astype(np.float32)
    flat = np.asarray(sampled(new, back), dtype=np.uint8)
    shift = _residual(old_grey, even_grey(flat))
    places = np.stack([x, y], axis=-1).astype(np.float32) + shift
    back = np.asarray(sampled(back, places), dtype=np.float32)
    pixels = sampled(new, back)
    limits = np.array([new.shape[1] - 1, new.shape[0] - 1], dtype=np.float32)
    valid = ((back >= 0) & (back <= limits)).all(axis=2)
    return Overlay(np.asarray(pixels, dtype=np.uint8), np.asarray(valid), back)


def sampled(values: Values, places: NDArray[np.float32]) -> Values:
    """Return the values at places between pixels; beyond the border, those of the border.

    Args:
        values: Shape ``(h, w)`` or ``(h, w, c)``.
        places: Shape ``(rows, columns, 2)``: x and y, pixels of the values.
    """
    x, y = (np.ascontiguousarray(places[..., axis]) for axis in (0, 1))
    found = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    out: Values = np.asarray(found, dtype=values.dtype)
    return out


def _residual(old: NDArray[np.uint8], new: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how far each place of the old picture has moved in the new one, smooth, in pixels."""
    a, b = (
        np.asarray(
            cv2.resize(grey, None, fx=FLOW_SCALE, fy=FLOW_SCALE, interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        )
        for grey in (old, new)
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(1)
    flow = np.asarray(search.calc(a, b, np.zeros((*a.shape, 2), np.float32)), dtype=np.float32)
    height, width = a.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = sampled(b, np.stack([x, y], axis=-1) + flow)
    off = cv2.GaussianBlur(np.abs(moved.astype(np.float32) - a), (0, 0), 3)
    steep = cv2.GaussianBlur(
        cv2.magnitude(cv2.Sobel(a, cv2.CV_32F, 1, 0), cv2.Sobel(a, cv2.CV_32F, 0, 1)), (0, 0), 2
    )
    far = np.hypot(flow[..., 0], flow[..., 1]) / FLOW_SCALE > MOST_SHIFT_PX
    sure = steep / (steep + 40) * np.exp(-((off / 18) ** 2)) * ~far
    sigma = SMOOTH_PX * FLOW_SCALE
    weighted = cv2.GaussianBlur(flow * sure[..., None].astype(np.float32), (0, 0), sigma)
    weights = cv2.GaussianBlur(sure.astype(np.float32), (0, 0), sigma)
    # where nothing is sure the homography stands
    smooth = weighted / (weights + 0.05)[..., None]
    whole = cv2.resize(smooth, old.shape[::-1], interpolation=cv2.INTER_LINEAR) / FLOW_SCALE
    return np.asarray(np.clip(whole, -MOST_SHIFT_PX, MOST_SHIFT_PX), dtype=np.float32)
