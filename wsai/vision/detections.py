"""What a model found in one picture: the currency between perception and diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wsai.vision.labels import Label
from wsai.vision.surface import Surface

Boxes: TypeAlias = NDArray[np.float32]
"""Shape ``(n, 4)``: left, top, right, bottom in pixels of the upright original, origin top-left."""


@dataclass(frozen=True, slots=True, eq=False)  # eq=False: arrays do not compare to one bool
class Detections:
    """The objects found in one image, one row per object.

    Attributes:
        boxes: ``float32``, shape ``(n, 4)``: left, top, right, bottom, in pixels of the
            upright original image (not of the model input), origin top-left.
        scores: ``float32``, shape ``(n,)``, in ``0..1``.
        labels: ``n`` labels from WSAI's own vocabulary, never a model's class number.
        surface: What lies on floors and tops, where the model maps it; rows taken keep it whole.

    Raises:
        ValueError: The three do not have the same length, or a shape is wrong.

    Example:
        >>> found = Detections.of([(Label.PERSON, 0.9, (0, 0, 50, 100))])
        >>> len(found), found.labels[0].value
        (1, 'person')
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    labels: tuple[Label, ...]
    surface: Surface | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.boxes.shape != (n, 4):
            raise ValueError(f"boxes must have shape ({n}, 4), got {self.boxes.shape}")
        if self.scores.shape != (n,):
            raise ValueError(f"scores must have shape ({n},), got {self.scores.shape}")

    @classmethod
    def of(cls, rows: Iterable[tuple[Label, float, Sequence[float]]]) -> Detections:
        """Return detections from rows of label, score and box."""
        listed = list(rows)
        return cls(
            boxes=np.array([row[2] for row in listed], dtype=np.float32).reshape(-1, 4),
            scores=np.array([row[1] for row in listed], dtype=np.float32),
            labels=tuple(row[0] for row in listed),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | Sequence[int]) -> Detections:
        """Return the rows named by a mask of length ``n`` or by their numbers, in that order."""
        index = np.asarray(rows)
        if index.dtype == np.bool_:
            index = np.flatnonzero(index)
        index = index.astype(np.intp)
        return Detections(
            self.boxes[index],
            self.scores[index],
            tuple(self.labels[i] for i in index.tolist()),
            self.surface,
        )

    def only(self, *labels: Label) -> Detections:
        """Return the objects of these labels.

        >>> fire, door = (Label.FIRE, 0.9, (0, 0, 5, 5)), (Label.DOOR, 0.8, (1, 1, 9, 9))
        >>> found = Detections.of([fire, door])
        >>> found.only(Label.DOOR).scores.tolist()[0] > 0.7
        True
        """
        return self.take([i for i, label in enumerate(self.labels) if label in labels])
