"""Geometry of boxes: left, top, right, bottom, in pixels, origin top-left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wsai.vision.detections import Boxes

SMALLEST_AREA = 1e-9


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area of each box in square pixels, shape ``(n,)``; never negative.

    >>> areas(np.array([[0, 0, 4, 5], [3, 3, 1, 1]], dtype=np.float32)).tolist()
    [20.0, 0.0]
    """
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides.prod(axis=1), dtype=np.float32)


def centres(boxes: Boxes) -> NDArray[np.float32]:
    """Return the middle of each box, shape ``(n, 2)``: x, y."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float32)


def shared_areas(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return the area that each box of ``a`` shares with each of ``b``, shape ``(n, m)``."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), dtype=np.float32)


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return intersection over union of each box of ``a`` with each of ``b``.

    Args:
        a: Shape ``(n, 4)``.
        b: Shape ``(m, 4)``.

    Returns:
        Shape ``(n, m)``, each value in ``0..1``.

    Example:
        >>> a = np.array([[0, 0, 10, 10]], dtype=np.float32)
        >>> b = np.array([[0, 0, 10, 5], [20, 20, 30, 30]], dtype=np.float32)
        >>> iou(a, b).tolist()
        [[0.5, 0.0]]
    """
    shared = shared_areas(a, b)
    joined = areas(a)[:, None] + areas(b)[None] - shared
    return np.asarray(shared / np.maximum(joined, SMALLEST_AREA), dtype=np.float32)


def covered_share(inner: Boxes, outer: Boxes) -> NDArray[np.float32]:
    """Return which share of each inner box lies inside each outer box.

    Unlike IoU this stays high for a small box (a helmet) in a large one (a person).

    Args:
        inner: Shape ``(n, 4)``.
        outer: Shape ``(m, 4)``.

    Returns:
        Shape ``(n, m)``, each value in ``0..1``. Zero-area inner boxes give ``0``.

    Example:
        >>> helmet = np.array([[40, 10, 60, 30]], dtype=np.float32)
        >>> person = np.array([[20, 0, 80, 200]], dtype=np.float32)
        >>> covered_share(helmet, person).tolist()
        [[1.0]]
    """
    shared = shared_areas(inner, outer)
    return np.asarray(shared / np.maximum(areas(inner)[:, None], SMALLEST_AREA), dtype=np.float32)


def clip(boxes: Boxes, width: int, height: int) -> Boxes:
    """Return the boxes cut off at the edges of a picture of that size."""
    limit = np.array([width, height, width, height], dtype=np.float32)
    return np.asarray(np.clip(boxes, 0, limit), dtype=np.float32)
