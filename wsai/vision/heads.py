"""Where heads are, so that faces can be blurred in everything that is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wsai.vision.boxes import centres, covered_share
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
# takes a larger share of the box, and the width tells how much; of one seen from close by still
# more, whose shoulders are cut off too.
HEAD_SHARE_OF_HEIGHT = 0.22
HEAD_SHARE_OF_WIDTH, HEAD_SHARE_OF_WIDTH_CLOSE = 0.5, 0.75
LYING_ASPECT = 0.8
MIDDLE_SHARE = 0.7
SURE_SCORE = 0.25
WIDEST_HEAD_SHARE = 0.6
# The lowest middle of a mask or a helmet, as a share of the person's height from the top: of one
# who stands, and of one seen from close by, whose box ends at the chest.
STANDING_ASPECT, LOWEST_HEAD_STANDING, LOWEST_HEAD_CLOSE = 1.4, 0.45, 0.75
SAME_PERSON_SHARE = 0.8
HIGHEST_SHARE = 0.15
SKULLS = frozenset({Label.HELMET, Label.NO_HELMET})


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
    people = _distinct(detections.only(Label.PERSON, Label.PERSON_FALLEN))
    found = _plausible(detections.only(*GROWN), people.take(people.scores >= SURE_SCORE).boxes)
    sides = np.tile(found.boxes[:, 2:] - found.boxes[:, :2], 2) * np.array([-1, -1, 1, 1])
    shares = np.array([GROWN[label] for label in found.labels], dtype=np.float32).reshape(-1, 4)
    faces = found.boxes + sides * shares
    width, height = (people.boxes[:, 2:] - people.boxes[:, :2]).T
    fallen = np.array([label is Label.PERSON_FALLEN for label in people.labels], dtype=bool)
    lies = (height < LYING_ASPECT * width) | (fallen & (people.scores >= SURE_SCORE))
    close = height < STANDING_ASPECT * width
    of_width = np.where(close, HEAD_SHARE_OF_WIDTH_CLOSE, HEAD_SHARE_OF_WIDTH)
    head = np.maximum(HEAD_SHARE_OF_HEIGHT * height, of_width * width)
    tops = people.boxes.copy()
    tops[:, 3] += np.where(lies, 0, np.minimum(head - height, 0))
    sure_heads = found.take(found.scores >= SURE_SCORE).boxes
    return np.concatenate([faces, tops[~_has_own_head(tops, sure_heads)]]).astype(np.float32)


def _plausible(found: Detections, people: Boxes) -> Detections:
    """Return the head equipment without what no head can wear.

    A "mask" as wide as its person's shoulders, or at the hips of someone who stands, is a vest or
    a mistake; blurring there would hide the evidence. A helmet or bare head at the very top stays
    however wide it is: somebody stands close to the camera. So does what lies in no sure person.
    """
    inside = covered_share(found.boxes, people) >= SAME_PERSON_SHARE
    width, height = (people[:, 2:] - people[:, :2]).T
    wide = (found.boxes[:, 2] - found.boxes[:, 0])[:, None] > WIDEST_HEAD_SHARE * width
    at_top = (found.boxes[:, 1:2] - people[:, 1]) <= HIGHEST_SHARE * height
    skulls = np.array([label in SKULLS for label in found.labels], dtype=bool)
    wide &= ~(at_top & skulls[:, None])
    lowest = np.where(height > STANDING_ASPECT * width, LOWEST_HEAD_STANDING, LOWEST_HEAD_CLOSE)
    upright = height >= LYING_ASPECT * width
    low = centres(found.boxes)[:, 1:] > people[:, 1] + lowest * height
    odd = wide | (low & upright)
    return found.take(~inside.any(axis=1) | (inside & ~odd).any(axis=1))


def _distinct(people: Detections) -> Detections:
    """Return the people without weak repeats: unsure boxes that lie within a better one."""
    people = people.take(np.argsort(-people.scores, kind="stable"))
    inside = covered_share(people.boxes, people.boxes) >= SAME_PERSON_SHARE
    repeats = np.tril(inside, k=-1).any(axis=1) & (people.scores < SURE_SCORE)
    return people.take(~repeats)


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
