"""What two models say differently of the same picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wsai.vision.boxes import iou
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

SAME_IOU = 0.5
"""Two boxes of one label that overlap by this much are one object, as in mAP50."""


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """How many objects of one label two models see.

    Attributes:
        both: Seen by both, each counted once.
        only_active: Seen by the active model alone.
        only_candidate: Seen by the candidate alone.
    """

    both: int
    only_active: int
    only_candidate: int


@dataclass(frozen=True, slots=True)
class FindingDifference:
    """A hazard of which two models say something else.

    Attributes:
        code: Of the hazard.
        active: The active model's verdict; ``None`` where it has none.
        candidate: The candidate's.
    """

    code: str
    active: str | None
    candidate: str | None


def label_differences(active: Detections, candidate: Detections) -> dict[Label, LabelDifference]:
    """Return what two models see, by label; labels that neither sees are left out.

    Args:
        active: Objects at or above the active model's thresholds.
        candidate: Objects at or above the candidate's thresholds.

    Example:
        >>> fire, same = (Label.FIRE, 0.9, (0, 0, 10, 10)), (Label.FIRE, 0.8, (0, 0, 10, 9))
        >>> other = (Label.FIRE, 0.7, (50, 0, 60, 9))
        >>> found = label_differences(Detections.of([fire]), Detections.of([same, other]))
        >>> found[Label.FIRE]
        LabelDifference(both=1, only_active=0, only_candidate=1)
    """
    found = {}
    for label in sorted({*active.labels, *candidate.labels}):
        ours, theirs = active.only(label), candidate.only(label)
        both = _pairs(ours, theirs)
        found[label] = LabelDifference(both, len(ours) - both, len(theirs) - both)
    return found


def _pairs(ours: Detections, theirs: Detections) -> int:
    """Return how many objects are the same: the best overlap first, each object once."""
    overlaps = iou(ours.boxes, theirs.boxes)
    pairs = 0
    while overlaps.size and overlaps.max() >= SAME_IOU:
        row, column = np.unravel_index(overlaps.argmax(), overlaps.shape)
        overlaps[row, :] = overlaps[:, column] = 0
        pairs += 1
    return pairs


def finding_differences(
    active: Mapping[str, str], candidate: Mapping[str, str]
) -> list[FindingDifference]:
    """Return the hazards of which two models say something else, by code.

    Args:
        active: Code to verdict.
        candidate: Code to verdict.

    Example:
        >>> finding_differences({"a": "hazard", "b": "hazard"}, {"a": "hazard", "c": "hazard"})[0]
        FindingDifference(code='b', active='hazard', candidate=None)
    """
    return [
        FindingDifference(code, active.get(code), candidate.get(code))
        for code in sorted({*active, *candidate})
        if active.get(code) != candidate.get(code)
    ]
