"""Which detections are right: one-to-one with the labelled boxes, best score first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.datasets import LABELS, Sample
from wsai.vision.detections import Detections

MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The detections of one label over many pictures, and which of them are right.

    Attributes:
        scores: Shape ``(n,)``, the detector's scores.
        right: Shape ``(n,)``, whether each matches a labelled box of its own.
        pictures: Shape ``(n,)``, the picture's number, for splitting by picture.
        truths: How many labelled boxes there are.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    pictures: NDArray[np.int64]
    truths: int


def truth_boxes(sample: Sample, width: int, height: int) -> NDArray[np.float32]:
    """Return the labelled boxes as left, top, right, bottom in pixels, shape ``(n, 4)``."""
    centres, sizes = sample.boxes[:, :2], sample.boxes[:, 2:]
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
    scale = np.array([width, height, width, height])
    return np.asarray(corners * scale, dtype=np.float32)


def _iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = ((x[:, 2:] - x[:, :2]).prod(axis=1) for x in (a, b))
    joined = area_a[:, None] + area_b[None] - shared
    return np.asarray(shared / np.maximum(joined, 1e-9), dtype=np.float32)


def matches(boxes: NDArray[np.float32], truths: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return for each box, best score first, whether it takes a labelled box (IoU 0.5 or more)."""
    overlap = _iou(boxes, truths)
    taken = np.zeros(len(truths), dtype=bool)
    right = np.zeros(len(boxes), dtype=bool)
    for i in range(len(boxes)):
        free = np.where(taken, -1.0, overlap[i])
        best = int(free.argmax()) if len(free) else -1
        if best >= 0 and free[best] >= MATCH_IOU:
            taken[best] = right[i] = True
    return right


def judge(found: list[tuple[Sample, Detections, int, int]], class_number: int) -> Judged:
    """Return how the detections of one label fared.

    Args:
        found: Sample, detections, width and height of each picture whose set knows the label.
        class_number: The label's number.
    """
    label = LABELS[class_number]
    scores: list[float] = []
    right: list[bool] = []
    pictures: list[int] = []
    truths = 0
    for number, (sample, detections, width, height) in enumerate(found):
        boxes = truth_boxes(sample, width, height)[sample.classes == class_number]
        own = detections.only(label)
        own = own.take(np.argsort(-own.scores, kind="stable"))
        truths += len(boxes)
        scores += own.scores.tolist()
        right += matches(own.boxes, boxes).tolist()
        pictures += [number] * len(own)
    return Judged(
        np.array(scores, dtype=np.float64),
        np.array(right, dtype=bool),
        np.array(pictures, dtype=np.int64),
        truths,
    )
