"""Which head, helmet and vest belongs to which person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.assignment import assign
from wsai.vision.boxes import areas, shared_areas
from wsai.vision.detections import Boxes, Detections

FAR = 10.0
# A standing adult is 7 to 8 heads tall; a seated or cut-off one fewer. The head box (skull to brow,
# or helmet) must begin within the top third and be no wider than the person.
HEAD_TOP_SHARE = 0.3
HEAD_REGION_SHARE = 0.35
HEAD_SIDE_MARGIN = 0.15
HEAD_INSIDE_SHARE = 0.5
HEAD_HEIGHT_SHARE = 0.13
TORSO_TOP_SHARE, TORSO_BOTTOM_SHARE = 0.12, 0.75
TORSO_INSIDE_SHARE = 0.5


def head_owners(people: Boxes, heads: Boxes) -> dict[int, int]:
    """Return head number -> person number, one head a person, by the best overall fit.

    A helmet in a hand, on a table or on the neighbour's head fits nobody's head region and gets no
    owner. In a crowd the whole assignment is chosen at once, so one person's helmet cannot be
    taken by the one standing in front.

    Args:
        people: Shape ``(n, 4)``.
        heads: Shape ``(m, 4)``: helmets and bare heads.
    """
    return _owners(people, heads, _head_costs(people, heads))


def torso_owners(people: Boxes, torsos: Boxes) -> dict[int, int]:
    """Return torso number -> person number for vests and bare torsos, one a person."""
    return _owners(people, torsos, _torso_costs(people, torsos))


def _owners(people: Boxes, parts: Boxes, costs: NDArray[np.float64]) -> dict[int, int]:
    if not len(people) or not len(parts):
        return {}
    return {part: person for person, part in assign(costs) if costs[person, part] < FAR}


def _head_costs(people: Boxes, heads: Boxes) -> NDArray[np.float64]:
    """Return the misfit of each person and head: 0 is a head exactly where it belongs."""
    width, height = (people[:, 2:] - people[:, :2]).T
    regions = people.copy()
    regions[:, 0] -= HEAD_SIDE_MARGIN * width
    regions[:, 2] += HEAD_SIDE_MARGIN * width
    regions[:, 1] -= HEAD_HEIGHT_SHARE * height
    regions[:, 3] = people[:, 1] + HEAD_REGION_SHARE * height
    inside = shared_areas(regions, heads) / np.maximum(areas(heads), 1e-9)[None]
    below_top = np.abs(heads[None, :, 1] - people[:, None, 1]) / np.maximum(height, 1)[:, None]
    middles = (heads[:, 0] + heads[:, 2]) / 2
    beside = np.abs(middles[None] - ((people[:, 0] + people[:, 2]) / 2)[:, None])
    beside = beside / np.maximum(width, 1)[:, None]
    too_wide = (heads[:, 2] - heads[:, 0])[None] > 1.2 * width[:, None]
    costs = below_top + 0.5 * beside + (1 - inside)
    misfit = (inside < HEAD_INSIDE_SHARE) | (below_top > HEAD_TOP_SHARE) | too_wide
    return np.asarray(np.where(misfit, FAR, costs), dtype=np.float64)


def _torso_costs(people: Boxes, torsos: Boxes) -> NDArray[np.float64]:
    height = people[:, 3] - people[:, 1]
    regions = people.copy()
    regions[:, 1] = people[:, 1] + TORSO_TOP_SHARE * height * 0.5
    regions[:, 3] = people[:, 1] + TORSO_BOTTOM_SHARE * height
    shared = shared_areas(regions, torsos)
    inside = shared / np.maximum(areas(torsos), 1e-9)[None]
    filled = shared / np.maximum(areas(regions), 1e-9)[:, None]
    costs = (1 - inside) + (1 - filled)
    return np.asarray(np.where(inside < TORSO_INSIDE_SHARE, FAR, costs), dtype=np.float64)


def head_visible(person: NDArray[np.float32], *, picture_height: int, least_head_px: float) -> bool:
    """Return whether a person's head can be judged: in the picture, upright, large enough.

    Args:
        person: Shape ``(4,)``.
        picture_height: Pixels.
        least_head_px: Height of a head below which nothing is said.
    """
    left, top, right, bottom = (float(v) for v in person)
    height, width = bottom - top, right - left
    cut_at_top = top <= 0.01 * picture_height
    # a person cut off at the knees has a larger head share; two thirds of the width bounds it
    head_px = max(HEAD_HEIGHT_SHARE * height, min(0.3 * width, 0.2 * height))
    return not cut_at_top and height >= 1.2 * width and head_px >= least_head_px


def conflicts(found: Detections, rivals: Detections, *, iou_limit: float) -> NDArray[np.bool_]:
    """Return which rows lie on a rival with a higher score: both cannot be true.

    Args:
        found: For example bare heads.
        rivals: For example helmets.
        iou_limit: Overlap from which the two are the same thing.
    """
    if not len(found) or not len(rivals):
        return np.zeros(len(found), dtype=bool)
    shared = shared_areas(found.boxes, rivals.boxes)
    joined = areas(found.boxes)[:, None] + areas(rivals.boxes)[None] - shared
    same = shared / np.maximum(joined, 1e-9) >= iou_limit
    stronger = rivals.scores[None] > found.scores[:, None]
    return np.asarray((same & stronger).any(axis=1), dtype=bool)
