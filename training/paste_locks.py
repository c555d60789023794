"""Rendered locks hung on the doors of real photos: a set in which doors are held shut.

In whole rendered scenes the doors are never a photo's. Here chains, padlocks and U-locks hang at
the handles of doors that annotators drew, near by and far away, and other things hang on handles
that lock nothing. Each picture is decided by its seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.datasets import LABELS, Sample
from training.paste import (
    LONGEST_PX,
    Box,
    Cutout,
    Pixels,
    Random,
    blended,
    meet,
    photographed,
    trimmed,
)
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.labels import Label

NAMES = (Label.CHAIN_LOCK.value, Label.DOOR.value)
"""The set's classes."""
LOCKED_CHANCE, HUNG_CHANCE = 0.65, 0.15
"""Of a door that is large enough; what remains stays as it is."""
LEAST_DOOR_PX, LEAST_LOCK_PX = 90, 11
"""Height of a door that gets a lock, in the finished picture; the longer side of a lock."""
DOUBLE_FROM = 0.6
"""Width over height from which a door probably has two leaves that meet in its middle."""
HANDLES = (0.4, 0.62)
"""Where handles are, from a door's top, in shares of its height."""
LOCK_SIZE = (0.08, 0.4)
"""A lock's longer side in shares of a door's height, which is about 2.1 m."""
ZOOM_CHANCE, MOST_ZOOM = 0.8, 4.0
MEETS = 0.12
"""Two doors this share of a width apart are leaves of one."""
LEAST_LEFT = 0.35
"""Of a door's box that a crop must leave for it to stay labelled."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A door in the finished picture, pixels, and how much of it the crop left."""

    box: Box
    whole: Box
    left_over: float


class LockPaster:
    """Makes pictures.

    Args:
        cutouts: Rendered locks, labelled ``chain-lock``, and what hangs on handles, without label.
        photos: With boxes of doors.
    """

    def __init__(self, cutouts: Sequence[Cutout], photos: Sequence[Sample]) -> None:
        door = LABELS.index(Label.DOOR)
        self._locks = [one for one in cutouts if one.label == Label.CHAIN_LOCK.value]
        self._others = [one for one in cutouts if not one.label]
        self._photos = [one for one in photos if (one.classes == door).any()]
        if not self._locks or not self._others:
            raise InvalidRequest("these cut-outs have no locks; render them with --of locks")
        if not self._photos:
            raise InvalidRequest("none of the photos has a labelled door")

    def picture(self, seed: int) -> tuple[Pixels, list[tuple[str, Box]]]:
        """Return one picture and its labelled boxes in pixels."""
        chance = np.random.default_rng([seed, 11])
        sample = self._photos[int(chance.integers(len(self._photos)))]
        photo = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
        if photo is None:
            raise ImageUnreadable(f"{sample.path}: not a picture that can be decoded")
        pixels = np.asarray(photo, np.uint8)
        canvas, doors = _cropped(chance, pixels, _doors_of(sample, pixels))
        if chance.random() < 0.5:
            width = canvas.shape[1]
            canvas = np.ascontiguousarray(canvas[:, ::-1])
            doors = [_Shown(_flip(d.box, width), _flip(d.whole, width), d.left_over) for d in doors]
        rows = [(Label.DOOR.value, d.box) for d in doors if d.left_over >= LEAST_LEFT]
        for door in doors:
            if door.whole[3] - door.whole[1] < LEAST_DOOR_PX:
                continue
            roll = chance.random()
            if roll < LOCKED_CHANCE:
                thing = self._locks[int(chance.integers(len(self._locks)))]
            elif roll < LOCKED_CHANCE + HUNG_CHANCE:
                thing = self._others[int(chance.integers(len(self._others)))]
            else:
                continue
            put = _hung(chance, canvas, thing, door.whole, [d.whole for d in doors])
            taken = [box for label, box in rows if label == Label.CHAIN_LOCK.value]
            if put is not None and not any(meet(a, b) for a in put[1] for b in taken):
                canvas = put[0]
                rows += [(thing.label, box) for box in put[1]]
        return photographed(chance, canvas), rows


def _doors_of(sample: Sample, photo: Pixels) -> list[Box]:
    height, width = photo.shape[:2]
    doors = sample.boxes[sample.classes == LABELS.index(Label.DOOR)]
    return [
        ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        for x, y, w, h in doors.tolist()
    ]


def _flip(box: Box, width: int) -> Box:
    return width - box[2], box[1], width - box[0], box[3]


def _cropped(chance: Random, photo: Pixels, doors: list[Box]) -> tuple[Pixels, list[_Shown]]:
    """Return a part of the photo about a door's handles, in the size of a training picture."""
    height, width = photo.shape[:2]
    zoom = float(np.exp(chance.uniform(0, np.log(MOST_ZOOM))))
    if chance.random() >= ZOOM_CHANCE:
        zoom = 1.0
    aim = doors[int(chance.integers(len(doors)))]
    wide, tall = width / zoom, height / zoom
    middle_x = chance.uniform(aim[0], aim[2])
    middle_y = aim[1] + chance.uniform(0.3, 0.7) * (aim[3] - aim[1])
    left = float(np.clip(middle_x - wide / 2, 0, width - wide))
    top = float(np.clip(middle_y - tall / 2, 0, height - tall))
    part = photo[round(top) : round(top + tall), round(left) : round(left + wide)]
    scale = LONGEST_PX / max(part.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    high, broad = canvas.shape[:2]
    shown = []
    for door in doors:
        whole: Box = (
            (door[0] - left) * scale, (door[1] - top) * scale,
            (door[2] - left) * scale, (door[3] - top) * scale,
        )  # fmt: skip
        box = max(whole[0], 0), max(whole[1], 0), min(whole[2], broad), min(whole[3], high)
        if box[2] - box[0] < 4 or box[3] - box[1] < 4:
            continue
        area = (whole[2] - whole[0]) * (whole[3] - whole[1])
        shown.append(_Shown(box, whole, (box[2] - box[0]) * (box[3] - box[1]) / area))
    return canvas, shown


def _handles_at(chance: Random, door: Box, doors: Sequence[Box]) -> float:
    """Return where a door's handles are, in shares of its width from its left edge."""
    wide, tall = door[2] - door[0], door[3] - door[1]
    if wide >= DOUBLE_FROM * tall:
        return 0.5
    for other in doors:
        for edge, side in ((other[0] - door[2], 1.0), (door[0] - other[2], 0.0)):
            if abs(edge) < MEETS * wide and other != door:
                return side
    return float(chance.choice((0.09, 0.91)))


def _hung(
    chance: Random, canvas: Pixels, thing: Cutout, door: Box, doors: Sequence[Box]
) -> tuple[Pixels, list[Box]] | None:
    """Return the photo with a thing at a door's handles, and its boxes; ``None`` if none fits."""
    shown = trimmed(thing)
    if shown is None:
        return None
    part, left, top = shown
    boxes = [(b[0] - left, b[1] - top, b[2] - left, b[3] - top) for b in thing.boxes]
    mirror = chance.random() < 0.5
    if mirror:
        part = np.ascontiguousarray(part[:, ::-1])
        boxes = [(part.shape[1] - b[2], b[1], part.shape[1] - b[0], b[3]) for b in boxes]
    wide, tall = door[2] - door[0], door[3] - door[1]
    core = boxes[0] if boxes else (0.0, 0.0, float(part.shape[1]), float(part.shape[0]))
    longer = max(core[2] - core[0], core[3] - core[1])
    low, high = np.log(LOCK_SIZE[0] * tall), np.log(LOCK_SIZE[1] * tall)
    scale = float(np.exp(chance.uniform(low, high))) / longer
    if longer * scale < LEAST_LOCK_PX:
        return None
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    at_x = door[0] + wide * (_handles_at(chance, door, doors) + float(chance.normal(0, 0.03)))
    at_y = door[1] + tall * float(chance.uniform(*HANDLES))
    x = round(at_x - (core[0] + core[2]) / 2 * scale)
    y = round(at_y - (core[1] + core[3]) / 2 * scale)
    height, width = canvas.shape[:2]
    placed = []
    for one in boxes:
        full = x + one[0] * scale, y + one[1] * scale, x + one[2] * scale, y + one[3] * scale
        box = max(full[0], 0.0), max(full[1], 0.0), min(full[2], width), min(full[3], height)
        if box[2] - box[0] < 0.7 * (full[2] - full[0]) or box[3] - box[1] < 0.7 * (
            full[3] - full[1]
        ):
            return None
        placed.append(box)
    return blended(chance, canvas, part, x, y), placed
