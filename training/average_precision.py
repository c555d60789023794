"""Average precision as COCO counts it, in a form that can be resampled by picture.

The rules are those of pycocotools' ``COCOeval``: best score first, one labelled box for each
detection, objects outside a size range neither right nor wrong, 101 recall levels. Keeping what
happened picture by picture makes a bootstrap a matter of weights instead of another evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wsai.vision.boxes import areas, iou
from wsai.vision.detections import Boxes

IOU_LEVELS = np.linspace(0.5, 0.95, 10)
RECALL_LEVELS = np.linspace(0, 1, 101)
MOST_DETECTIONS = 100
SIZES: dict[str, tuple[float, float]] = {
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""COCO's size ranges: area of the labelled box in square pixels of the picture."""

ANY_SIZE = (0.0, 1e10)
NEAREST_MATCH = 1 - 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class PictureMatch:
    """How the detections of one label fared in one picture.

    Attributes:
        scores: Shape ``(n,)``, best first, at most 100.
        right: Shape ``(levels, n)``: takes a labelled box at that IoU.
        ignored: Shape ``(levels, n)``: neither right nor wrong.
        truths: Labelled boxes that count.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    ignored: NDArray[np.bool_]
    truths: int


def match_picture(
    boxes: Boxes,
    scores: NDArray[np.float32],
    truths: Boxes,
    *,
    size: tuple[float, float] = ANY_SIZE,
    levels: NDArray[np.float64] = IOU_LEVELS,
) -> PictureMatch:
    """Return which detections of one label in one picture are right.

    Args:
        boxes: Detections, shape ``(n, 4)``.
        scores: Shape ``(n,)``.
        truths: Labelled boxes, shape ``(m, 4)``.
        size: Least and largest area in square pixels that counts.
        levels: IoU from which a detection is right.
    """
    order = np.argsort(-scores, kind="mergesort")[:MOST_DETECTIONS]
    boxes, scores = boxes[order], scores[order]
    outside = _outside(truths, size)
    overlap = iou(boxes, truths).astype(np.float64)
    reach = overlap.max(axis=1, initial=0.0)
    right = np.zeros((len(levels), len(boxes)), dtype=bool)
    ignored = np.zeros_like(right)
    for row, level in enumerate(levels):
        taken = np.zeros(len(truths), dtype=bool)
        for column in np.flatnonzero(reach >= min(level, NEAREST_MATCH)).tolist():
            # a box that counts is preferred to one that does not, whatever its IoU
            for kind in (~outside, outside):
                free = np.where(kind & ~taken, overlap[column], -1.0)
                best = int(free.argmax()) if len(free) else -1
                if best >= 0 and free[best] >= min(level, NEAREST_MATCH):
                    taken[best] = True
                    right[row, column] = not outside[best]
                    ignored[row, column] = outside[best]
                    break
    ignored |= ~right & _outside(boxes, size)[None]
    return PictureMatch(scores.astype(np.float64), right, ignored, int((~outside).sum()))


def _outside(boxes: Boxes, size: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which boxes do not have a size that counts; both ends belong to the range."""
    area = areas(boxes)
    return np.asarray((area < size[0]) | (area > size[1]), dtype=bool)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The detections of one label over many pictures, best first.

    Attributes:
        scores: Shape ``(n,)``.
        pictures: Shape ``(n,)``: number of the picture.
        right: Shape ``(levels, n)``.
        ignored: Shape ``(levels, n)``.
        truths: Shape ``(pictures,)``: labelled boxes of each picture.
    """

    scores: NDArray[np.float64]
    pictures: NDArray[np.intp]
    right: NDArray[np.bool_]
    ignored: NDArray[np.bool_]
    truths: NDArray[np.float64]

    @classmethod
    def of(cls, matches: Sequence[PictureMatch]) -> Curve:
        """Return the curve of one label over these pictures."""
        levels = matches[0].right.shape[0] if matches else len(IOU_LEVELS)
        scores = np.concatenate([m.scores for m in matches] or [np.zeros(0)])
        order = np.argsort(-scores, kind="mergesort")
        numbers = np.repeat(np.arange(len(matches)), [len(m.scores) for m in matches])
        empty = np.zeros((levels, 0), dtype=bool)
        return cls(
            scores[order],
            numbers[order].astype(np.intp),
            np.concatenate([m.right for m in matches] or [empty], axis=1)[:, order],
            np.concatenate([m.ignored for m in matches] or [empty], axis=1)[:, order],
            np.array([m.truths for m in matches], dtype=np.float64),
        )

    def precision(self, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return the average precision at each IoU level, shape ``(levels,)``, ``0..1``.

        Args:
            weights: How often each picture counts, shape ``(pictures,)``; once when ``None``.

        Returns:
            ``nan`` everywhere where no labelled box counts.
        """
        counts = np.ones(len(self.truths)) if weights is None else weights
        total = float((counts * self.truths).sum())
        if total == 0:
            return np.full(len(self.right), np.nan)
        return np.array([self._level(row, counts, total) for row in range(len(self.right))])

    def at_half(self, weights: NDArray[np.float64] | None = None) -> float:
        """Return the average precision at IoU 0.5, the first level; ``nan`` without a truth."""
        counts = np.ones(len(self.truths)) if weights is None else weights
        total = float((counts * self.truths).sum())
        return self._level(0, counts, total) if total else float("nan")

    def _level(self, row: int, counts: NDArray[np.float64], total: float) -> float:
        found, exact = self.points(row, counts, total)
        envelope = np.maximum.accumulate(exact[::-1])[::-1]
        places = np.searchsorted(found, RECALL_LEVELS, side="left")
        reached = places < len(envelope)
        levels = np.zeros(len(RECALL_LEVELS))
        levels[reached] = envelope[places[reached]]
        return float(levels.mean())

    def points(
        self, row: int, counts: NDArray[np.float64], total: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return recall and precision after each detection, both of shape ``(n,)``."""
        each = counts[self.pictures]
        right = np.cumsum(each * self.right[row])
        wrong = np.cumsum(each * (~self.right[row] & ~self.ignored[row]))
        return right / total, right / np.maximum(right + wrong, np.spacing(1.0))


def bootstrap(pictures: int, *, rounds: int, seed: int) -> Iterable[NDArray[np.float64]]:
    """Yield weights of pictures drawn with replacement, shape ``(pictures,)``."""
    chance = np.random.default_rng(seed)
    for _ in range(rounds):
        drawn = chance.integers(0, pictures, pictures)
        yield np.bincount(drawn, minlength=pictures).astype(np.float64)
