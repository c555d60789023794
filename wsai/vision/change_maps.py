"""Where two pictures of one place differ, as maps that a small network judges.

Each map has a cell for every 8 by 8 pixels. Patch features are compared with those of the same
place and its neighbours (the memory of PatchCore, Roth et al. 2022, kept place by place), in both
directions: what of the new picture has no like in the old one, and what of the old one has none in
the new one. Beside them stand colour, brightness, texture and edges, after the light was evened.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.picture import Pixels

CELL_PX = 8
EDGE_REACH_PX = 7
NEIGHBOURS = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1))

MAPS = (
    "fine-new",
    "fine-new-most",
    "fine-old",
    "fine-old-most",
    "middle-new",
    "middle-old",
    "coarse-new",
    "coarse-old",
    "lighter",
    "lighter-or-darker",
    "bluer",
    "redder",
    "colour",
    "texture-new",
    "texture-old",
    "edges-new",
    "edges-new-most",
    "edges-old",
    "edges-old-most",
    "brightness",
    "outside",
    "usual-fine",
    "usual-middle",
    "usual-coarse",
)
"""What each map shows, in order. ``new``: of the new picture and not of the old one."""

Features = Sequence[NDArray[np.float32]]
"""Shapes ``(h/4, w/4, c)``, ``(h/8, w/8, c)``, ``(h/16, w/16, c)``; each channel of spread 1."""


def change_maps(
    new: Pixels, old: Pixels, ours: Features, theirs: Features, valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the maps, shape ``(24, h/8, w/8)``, values of about ``-3..3``.

    Args:
        new: The new picture, laid over the old one and in its light; sides are multiples of 32.
        old: The same shape.
        ours: Features of the new picture.
        theirs: Features of the old one.
        valid: Shape ``(h, w)``: where the new picture shows something.
    """
    height, width = valid.shape
    rows, columns = height // CELL_PX, width // CELL_PX
    seen = pooled(valid.astype(np.float32), rows, columns) > 0.95
    deep, usual = [], []
    for level, (here, there) in enumerate(zip(ours, theirs, strict=True)):
        forth, back = unlike(here, there)
        middle = _usual(forth, back, seen)
        usual.append(np.full((rows, columns), middle, dtype=np.float32))
        for found in (forth, back):
            deep.append(pooled(found, rows, columns))
            if level == 0:
                deep.append(highest(found, rows, columns))
    surface = _surface(new, old, rows, columns)
    outside = 1.0 - seen.astype(np.float32)
    maps = np.stack([*deep, *surface, outside, *usual])
    maps[:-4, ~seen] = 0.0
    return np.ascontiguousarray(np.clip(maps, -3, 3), dtype=np.float32)


def unlike(
    ours: NDArray[np.float32], theirs: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how unlike anything of the same place and its neighbours each patch is, both ways.

    Args:
        ours: Shape ``(h, w, c)``.
        theirs: The same shape.

    Returns:
        Shape ``(h, w)`` each, in units of the features' own spread, as ``log(1 + distance²)``.
    """
    channels = ours.shape[2]
    own = np.einsum("hwc,hwc->hw", ours, ours)
    other = np.einsum("hwc,hwc->hw", theirs, theirs)
    forth = np.full(own.shape, np.inf, dtype=np.float32)
    back = forth.copy()
    height, width = own.shape
    for down, right in NEIGHBOURS:
        here = np.s_[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
        there = np.s_[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
        apart = own[here] + other[there]
        apart -= 2 * np.einsum("hwc,hwc->hw", ours[here], theirs[there])
        np.minimum(forth[here], apart, out=forth[here])
        np.minimum(back[there], apart, out=back[there])
    forth, back = (np.log1p(np.maximum(found, 0) / channels) for found in (forth, back))
    return forth, back


def _usual(forth: NDArray[np.float32], back: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """Return how unlike the pictures are where nothing changed: noise, blur, another lens."""
    inside = cv2.resize(seen.astype(np.uint8), forth.shape[::-1], interpolation=cv2.INTER_NEAREST)
    if not inside.any():
        return 0.0
    return float(np.median(np.minimum(forth, back)[inside > 0]))


def _surface(new: Pixels, old: Pixels, rows: int, columns: int) -> list[NDArray[np.float32]]:
    ours, theirs = (np.log(pixels.astype(np.float32) + 8) for pixels in (new, old))
    grey, grey_old = ours.mean(axis=2), theirs.mean(axis=2)
    apart = pooled(ours - theirs, rows, columns)
    lighter = apart.mean(axis=2)
    bluer, redder = (apart[..., channel] - apart[..., 1] for channel in (0, 2))
    edges, edges_old = (_edges(value) for value in (grey, grey_old))
    texture = [np.log(pooled(value, rows, columns) + 0.02) + 2.5 for value in (edges, edges_old)]
    extra = _beyond(edges, edges_old)
    missing = _beyond(edges_old, edges)
    return [
        lighter * 2,
        _least_near(np.abs(lighter)) * 2,
        bluer * 4,
        redder * 4,
        _least_near(np.hypot(bluer, redder)) * 4,
        *texture,
        pooled(extra, rows, columns) * 4,
        highest(extra, rows, columns),
        pooled(missing, rows, columns) * 4,
        highest(missing, rows, columns),
        pooled(grey, rows, columns) - 4.5,
    ]


def _edges(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how steep the logarithm of the brightness is, over about three pixels."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.25)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.25)
    return np.asarray(cv2.magnitude(across, down), dtype=np.float32)


def _beyond(edges: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how much edges are steeper than any of the other picture near them."""
    reach = np.ones((EDGE_REACH_PX, EDGE_REACH_PX), dtype=np.uint8)
    return np.maximum(edges - 1.1 * cv2.dilate(others, reach), 0).astype(np.float32)


def _least_near(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the least of each cell and its neighbours: a border that moved a little is none."""
    return np.asarray(cv2.erode(values, np.ones((3, 3), dtype=np.uint8)), dtype=np.float32)


def pooled(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Return means over cells, or values between them where the map is coarser."""
    way = cv2.INTER_AREA if values.shape[0] >= rows else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=way), dtype=np.float32)


def highest(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the highest value of each cell."""
    down, right = values.shape[0] // rows, values.shape[1] // columns
    cells = values[: rows * down, : columns * right].reshape(rows, down, columns, right)
    return np.asarray(cells.max(axis=(1, 3)), dtype=np.float32)
