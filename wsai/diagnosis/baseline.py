"""What has changed at a place since its pictures of how it should look were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.findings import Box
from wsai.diagnosis.place_views import Framed, Laid, PlaceModel, View, fitting
from wsai.vision.change_maps import CELL_PX, MAPS, change_maps, pooled
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.light import relit
from wsai.vision.overlay import Overlay, lay_over
from wsai.vision.picture import Picture

MOST_PICTURES = 5
MOST_VIEWS = 3
"""So many of the pictures that fit best are asked; a change must be one against all of them."""

PEOPLE = (Label.PERSON, Label.PERSON_FALLEN)
GROWN = 0.12
"""A person's box is grown by this share on each side: arms, tools in the hand, the shadow."""

LEAST_IN_VIEW = 0.35
LEAST_ALIKE = 0.5
SEED, GROWTH = 0.5, 0.3
JOIN_CELLS = 2
LEAST_CELLS = 2
MOST_REGIONS = 12
LIGHT_STEP, LEAST_LIGHT_CELLS = 0.45, 20
"""Twice the logarithm: a brightness of a quarter more or less that is not a thing."""


class Kind(StrEnum):
    """What happened to a region."""

    APPEARED = "appeared"
    GONE = "gone"
    SURFACE_CHANGED = "surface-changed"
    LIGHT = "light"


KINDS = (Kind.APPEARED, Kind.GONE, Kind.SURFACE_CHANGED)
"""In the order of the networks' classes after the first, which is none."""


class Reason(StrEnum):
    """Why a picture is not compared."""

    ANOTHER_PLACE = "another-place"
    TOO_LITTLE_IN_VIEW = "too-little-in-view"
    TOO_LITTLE_ALIKE = "too-little-alike"

    @property
    def zh(self) -> str:
        """Return it as a Chinese sentence."""
        return REASON_TEXTS[self][0]

    @property
    def en(self) -> str:
        """Return it as an English sentence."""
        return REASON_TEXTS[self][1]


REASON_TEXTS = {
    Reason.ANOTHER_PLACE: (
        "看不出与基准照片是同一地点，请从基准照片的位置重拍。",
        "It does not show the place of the baseline pictures; take it from where they were taken.",
    ),
    Reason.TOO_LITTLE_IN_VIEW: (
        "基准照片中的地点只有一小部分在画面内，请对准同一范围重拍。",
        "Too little of the place of the baseline pictures is in view; take it of the same part.",
    ),
    Reason.TOO_LITTLE_ALIKE: (
        "与基准照片相同之处太少，不能可靠比对，请人工核对或更新基准照片。",
        "Too little is as in the baseline pictures to compare; look by hand or renew the baseline.",
    ),
}


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the new picture that is not as it should look.

    Attributes:
        kind: What happened.
        box: Left, top, right, bottom in pixels of the upright original.
        probability: How sure it is, ``0..1``.
        share: Which share of the box has changed, ``0..1``: little for a cable, much for a box.
        step: Mean difference of the logarithm of brightness: above 0 the new one is lighter.
    """

    kind: Kind
    box: Box
    probability: float
    share: float
    step: float


@dataclass(frozen=True, slots=True)
class PlaceComparison:
    """What a new picture says against the pictures of how the place should look.

    Attributes:
        reason: Why it was not compared; ``None`` where it was.
        view: The name of the picture that it fits best; ``None`` where it was not compared.
        model_id: Which networks compared.
        regions: What changed, the surest first; empty where nothing did.
        light: Where only the light is other, without a finding.
    """

    reason: Reason | None
    view: str | None
    model_id: str
    regions: tuple[Region, ...] = ()
    light: tuple[Box, ...] = ()

    @property
    def comparable(self) -> bool:
        """Return whether it was compared."""
        return self.reason is None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A new picture compared with one view, in cells of the view's frame.

    Attributes:
        chances: Shape ``(4, rows, columns)``: unchanged, appeared, gone, surface changed.
        maps: Of `wsai.vision.change_maps`.
        seen: Shape ``(rows, columns)``: what could be compared, people left out.
        overlay: The new picture over the view.
    """

    chances: NDArray[np.float32]
    maps: NDArray[np.float32]
    seen: NDArray[np.bool_]
    overlay: Overlay

    @property
    def changed(self) -> NDArray[np.float32]:
        """Return how likely each cell has changed, ``0..1``."""
        return np.where(self.seen, 1 - self.chances[0], 0).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The pictures of how a place should look, with everything that can be made of them once.

    Attributes:
        views: One to five.
        model: The networks.
    """

    views: tuple[View, ...]
    model: PlaceModel

    def compare(self, picture: Picture, seen: Detections) -> PlaceComparison:
        """Return what has changed in a picture.

        Args:
            picture: Upright.
            seen: Its detections that count; people are no change.
        """
        new = Framed(picture)
        laid = fitting(new, self.views)
        if not laid:
            return self._refused(Reason.ANOTHER_PLACE)
        people = people_of(seen, new)
        first = self.judged(new, laid[0], people)
        if (reason := _doubt(first)) is not None:
            return self._refused(reason)
        regions = regions_of(first, self.model.sure_from)
        for other in laid[1:MOST_VIEWS]:
            if not regions:
                break
            second = self.judged(new, other, people)
            if _doubt(second) is None:
                regions = [one for one in regions if not _denied(one, first, second)]
        to_original = np.array([new.width / new.size[0], new.height / new.size[1]])
        return PlaceComparison(
            None,
            laid[0].view.name,
            self.model.model_id,
            tuple(self._region(first, cells, to_original) for cells in regions[:MOST_REGIONS]),
            tuple(_box(first, cells, to_original) for cells in _light(first, regions)),
        )

    def judged(self, new: Framed, laid: Laid, people: NDArray[np.float32]) -> Judged:
        """Return a new picture compared with one view.

        Args:
            new: The new picture.
            laid: The view and how the new picture lies over it.
            people: Boxes to leave out, shape ``(n, 4)``, pixels of the new frame.
        """
        old = laid.view.frame
        overlay = lay_over(new.pixels, laid.alignment.homography, old.pixels, old.grey)
        light = relit(overlay.pixels, old.pixels, overlay.valid)
        ours, theirs = self.model.features(light), laid.view.features
        maps = change_maps(light, old.pixels, ours, theirs, overlay.valid)
        rows, columns = maps.shape[1:]
        seen = maps[MAPS.index("outside")] == 0
        seen &= ~_covered(centres(overlay, rows, columns), people)
        seen &= ~_covered(_grid(rows, columns), laid.view.ignored)
        return Judged(self.model.judge(maps), maps, seen, overlay)

    def _refused(self, reason: Reason) -> PlaceComparison:
        return PlaceComparison(reason, None, self.model.model_id)

    def _region(
        self, judged: Judged, cells: NDArray[np.bool_], scale: NDArray[np.float64]
    ) -> Region:
        chances = judged.chances[1:, cells].sum(axis=1)
        box = _box(judged, cells, scale)
        rows, columns = np.nonzero(cells)
        whole = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        return Region(
            KINDS[int(chances.argmax())],
            box,
            round(self.model.probability(region_score(judged.changed, cells)), 4),
            round(float(cells.sum() / whole), 3),
            round(float(judged.maps[MAPS.index("lighter")][cells].mean()) / 2, 3),
        )


def people_of(seen: Detections, frame: Framed) -> NDArray[np.float32]:
    """Return grown boxes of people, shape ``(n, 4)``, pixels of the frame."""
    boxes = seen.only(*PEOPLE).boxes
    scale = np.array([frame.size[0] / frame.width, frame.size[1] / frame.height] * 2)
    sides = boxes[:, 2:] - boxes[:, :2]
    grown = np.hstack([boxes[:, :2] - GROWN * sides, boxes[:, 2:] + GROWN * sides])
    return np.asarray(grown * scale, dtype=np.float32)


def _grid(rows: int, columns: int) -> NDArray[np.float32]:
    """Return the middle of each cell, shape ``(rows, columns, 2)``, pixels of the frame."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    grid = np.stack([x, y], axis=-1) * CELL_PX + CELL_PX / 2
    return np.asarray(grid, dtype=np.float32)


def centres(overlay: Overlay, rows: int, columns: int) -> NDArray[np.float32]:
    """Return where in the new frame each cell's middle lies, shape ``(rows, columns, 2)``."""
    return pooled(overlay.back, rows, columns)


def _covered(points: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which points lie in any of the boxes."""
    hit = np.zeros(points.shape[:2], dtype=bool)
    for left, top, right, bottom in boxes.tolist():
        x, y = points[..., 0], points[..., 1]
        hit |= (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return hit


def _doubt(judged: Judged) -> Reason | None:
    """Return why a comparison cannot be believed, although the pictures fit over each other."""
    inside = judged.maps[MAPS.index("outside")] == 0
    if inside.mean() < LEAST_IN_VIEW:
        return Reason.TOO_LITTLE_IN_VIEW
    if not judged.seen.any():
        return Reason.TOO_LITTLE_IN_VIEW
    alike = float((judged.changed < GROWTH)[judged.seen].mean())
    return Reason.TOO_LITTLE_ALIKE if alike < LEAST_ALIKE else None


def regions_of(judged: Judged, sure_from: float) -> list[NDArray[np.bool_]]:
    """Return the changed regions as masks of cells, the surest first.

    A region grows from a sure cell over likely ones, and pieces that lie close together are one:
    twenty screws are one thing to sweep up.

    Args:
        judged: The comparison.
        sure_from: The score from which a region is one.
    """
    changed = judged.changed
    likely = changed >= GROWTH
    reach = np.ones((2 * JOIN_CELLS + 1,) * 2, dtype=np.uint8)
    near = cv2.morphologyEx(likely.astype(np.uint8), cv2.MORPH_CLOSE, reach)
    count, numbers = cv2.connectedComponents(near, connectivity=8)
    found = []
    for number in range(1, count):
        cells = (numbers == number) & likely
        score = region_score(changed, cells)
        if cells.sum() >= LEAST_CELLS and changed[cells].max() >= SEED and score >= sure_from:
            found.append((score, cells))
    return [cells for _, cells in sorted(found, key=lambda one: -one[0])]


def region_score(changed: NDArray[np.float32], cells: NDArray[np.bool_]) -> float:
    """Return how sure a region is, ``0..1``: the mean of its surest cells."""
    values = np.sort(changed[cells])[::-1][:6]
    return float(values.sum() / 6)


def _denied(cells: NDArray[np.bool_], first: Judged, second: Judged) -> bool:
    """Return whether another view, which shows the same region, shows it as it is now."""
    points = centres(first.overlay, *cells.shape)[cells]
    theirs = centres(second.overlay, *second.seen.shape).reshape(-1, 2)
    apart = ((points[:, None] - theirs[None]) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1)
    within = apart[np.arange(len(points)), nearest] < (1.5 * CELL_PX) ** 2
    seen = within & second.seen.reshape(-1)[nearest]
    if seen.mean() < 0.7:
        return False
    around = cv2.dilate(second.changed, np.ones((3, 3), dtype=np.uint8)).reshape(-1)
    return float((around[nearest[seen]] < GROWTH).mean()) > 0.7


def _box(judged: Judged, cells: NDArray[np.bool_], scale: NDArray[np.float64]) -> Box:
    """Return the box around cells, in pixels of the original of the new picture."""
    points = centres(judged.overlay, *cells.shape)[cells]
    half = CELL_PX / 2
    low, high = (points.min(axis=0) - half) * scale, (points.max(axis=0) + half) * scale
    left, top, right, bottom = np.maximum([*low, *high], 0).tolist()
    return left, top, right, bottom


def _light(judged: Judged, regions: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Return where the brightness differs and nothing has changed: a shadow, a lamp, the sun."""
    step = np.abs(judged.maps[MAPS.index("lighter-or-darker")]) > LIGHT_STEP
    step &= judged.seen & (judged.changed < GROWTH)
    count, numbers = cv2.connectedComponents(step.astype(np.uint8), connectivity=8)
    found = [numbers == number for number in range(1, count)]
    return [cells for cells in found if cells.sum() >= LEAST_LIGHT_CELLS]
