"""Where heads are, so that faces can be blurred in everything that is shown."""

from __future__ import annotations

import numpy as np

from wsai.vision.boxes import areas, shared_areas
from wsai.vision.detections import Boxes, Detections
from wsai.vision.labels import Label

# How a box is moved and grown to hold the face, in shares of its own width and height. A helmet
# or bare-skull box ends at the brow and the face hangs below it; the helmet itself stays visible.
# A mask or goggles box lies in the middle of the face.
GROWN: dict[Label, tuple[float, float, float, float]] = {
    Label.HELMET: (0.0, -0.6, 0.0, 1.2),
    Label.NO_HELMET: (0.05, -0.25, 0.05, 1.1),
    Label.MASK: (0.2, 0.9, 0.2, 0.3),
    Label.NO_MASK: (0.2, 0.9, 0.2, 0.3),
    Label.GOGGLES: (0.1, 0.8, 0.1, 1.8),
    Label.NO_GOGGLES: (0.1, 0.8, 0.1, 1.8),
}
PERSON_LABELS = (Label.PERSON, Label.PERSON_FALLEN)
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
    found = detections.only(*GROWN)
    heads = found.boxes
    sides = np.tile(heads[:, 2:] - heads[:, :2], 2) * np.array([-1, -1, 1, 1])
    shares = np.array([GROWN[label] for label in found.labels], dtype=np.float32).reshape(-1, 4)
    grown = heads + sides * shares
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
