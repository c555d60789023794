"""Non-maximum suppression: one object, one box."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.vision.detections import Boxes


def suppress(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.intp], *, iou_limit: float
) -> NDArray[np.intp]:
    """Return the numbers of the boxes that stay, best first.

    Args:
        boxes: Shape ``(n, 4)``.
        scores: Shape ``(n,)``.
        classes: Shape ``(n,)``; boxes of different classes never suppress each other.
        iou_limit: A box that overlaps a better one of its class by more than this goes.

    Example:
        >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10]], dtype=np.float32)
        >>> scores = np.array([0.8, 0.9, 0.7], dtype=np.float32)
        >>> suppress(boxes, scores, np.array([0, 0, 1]), iou_limit=0.5).tolist()
        [1, 2]
    """
    if not len(boxes):
        return np.zeros(0, dtype=np.intp)
    corner_size = boxes.copy()
    corner_size[:, 2:] -= corner_size[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        corner_size.tolist(), scores.tolist(), classes.tolist(), 0.0, iou_limit
    )
    numbers = np.asarray(kept, dtype=np.intp).reshape(-1)
    return numbers[np.argsort(-scores[numbers], kind="stable")]
