"""Where heads are, so that faces can be blurred in everything that is shown."""

from __future__ import annotations

import numpy as np

from wsai.vision.boxes import areas, shared_areas
from wsai.vision.detections import Boxes, Detections
from wsai.vision.labels import Label

HEAD_LABELS = (
    Label.HELMET,
    Label.NO_HELMET,
    Label.MASK,
    Label.NO_MASK,
    Label.GOGGLES,
    Label.NO_GOGGLES,
)
PERSON_LABELS = (Label.PERSON, Label.PERSON_FALLEN)
# A helmet or bare-skull box ends at the brow: the face hangs below it by about its own height.
GROWN_LEFT, GROWN_UP, GROWN_RIGHT, GROWN_DOWN = 0.25, 0.25, 0.25, 1.3
# Standing people are 7 to 8 heads tall; the top fifth holds the head when the pose is upright.
HEAD_SHARE_OF_PERSON = 0.22
UPRIGHT_ASPECT = 1.2


def head_regions(detections: Detections) -> Boxes:
    """Return the regions to blur, shape ``(n, 4)``, pixels of the original, not clipped.

    Heads come from boxes of helmets, bare heads, masks and goggles, grown to hold the whole face,
    and from the top part of every person; a person who is not upright is covered whole across the
    upper half, since nobody knows on which side the head lies.

    Example:
        >>> person = Detections.of([(Label.PERSON, 0.9, (0, 0, 100, 300))])
        >>> head_regions(person).tolist()
        [[0.0, 0.0, 100.0, 66.0]]
    """
    heads = detections.only(*HEAD_LABELS).boxes
    sides = heads[:, 2:] - heads[:, :2]
    grown = heads.copy()
    grown[:, 0] -= sides[:, 0] * GROWN_LEFT
    grown[:, 1] -= sides[:, 1] * GROWN_UP
    grown[:, 2] += sides[:, 0] * GROWN_RIGHT
    grown[:, 3] += sides[:, 1] * GROWN_DOWN
    people = detections.only(*PERSON_LABELS).boxes
    tops = people.copy()
    width, height = (people[:, 2:] - people[:, :2]).T
    upright = height >= UPRIGHT_ASPECT * width
    tops[:, 3] = people[:, 1] + np.where(upright, HEAD_SHARE_OF_PERSON * height, height)
    return np.concatenate([grown, tops[~_has_head(tops, heads)]]).astype(np.float32)


def _has_head(tops: Boxes, heads: Boxes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each person's top whether a found head already lies in it."""
    if not len(heads):
        return np.zeros(len(tops), dtype=bool)
    inside = shared_areas(tops, heads) / np.maximum(areas(heads), 1e-9)[None]
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (inside > 0.5).any(axis=1)
    return found
