"""Where heads are, so that faces can be blurred in everything that is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wsai.vision.boxes import centres
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
# Shoulders are about two heads wide: where a person is cut off at the waist or sits, the head
# takes a larger share of the box, and the width tells how much.
HEAD_SHARE_OF_HEIGHT = 0.22
HEAD_SHARE_OF_WIDTH = 0.6
LYING_ASPECT = 0.8
MIDDLE_SHARE = 0.7


def head_regions(detections: Detections) -> Boxes:
    """Return the regions to blur, shape ``(n, 4)``, pixels of the original, not clipped.

    Faces are placed by boxes of helmets, bare heads, masks and goggles; where no such box is a
    person's own, by the top of the person. Who lies is covered whole: nobody knows on which side
    the head is. Give it detections down to a low score: a face blurred for nothing does no harm.

    Example:
        >>> person = Detections.of([(Label.PERSON, 0.9, (0, 0, 100, 300))])
        >>> head_regions(person).tolist()
        [[0.0, 0.0, 100.0, 66.0]]
    """
    found = detections.only(*GROWN)
    sides = np.tile(found.boxes[:, 2:] - found.boxes[:, :2], 2) * np.array([-1, -1, 1, 1])
    shares = np.array([GROWN[label] for label in found.labels], dtype=np.float32).reshape(-1, 4)
    faces = found.boxes + sides * shares
    people = detections.only(Label.PERSON).boxes
    width, height = (people[:, 2:] - people[:, :2]).T
    head = np.maximum(HEAD_SHARE_OF_HEIGHT * height, HEAD_SHARE_OF_WIDTH * width)
    tops = people.copy()
    tops[:, 3] = people[:, 1] + np.where(height < LYING_ASPECT * width, height, head)
    tops[:, 3] = np.minimum(tops[:, 3], people[:, 3])
    fallen = detections.only(Label.PERSON_FALLEN).boxes
    regions = [faces, tops[~_has_own_head(tops, found.boxes)], fallen]
    return np.concatenate(regions).astype(np.float32)


def _has_own_head(tops: Boxes, heads: Boxes) -> NDArray[np.bool_]:
    """Return for each person's top whether a head was found there that is no one else's.

    A head is a person's own when its middle lies in the middle of that person's top; it serves
    one person only, the one it is most central for, so that a neighbour's helmet uncovers no face.
    """
    own = np.zeros(len(tops), dtype=bool)
    if not len(tops):
        return own
    middles, half = centres(tops), np.maximum((tops[:, 2:] - tops[:, :2]) / 2, 1e-6)
    for head in centres(heads):
        off = np.abs(head - middles) / half
        fits = (off[:, 0] <= MIDDLE_SHARE) & (off[:, 1] <= 1) & ~own
        if fits.any():
            own[int(np.where(fits, off[:, 0], np.inf).argmin())] = True
    return own
