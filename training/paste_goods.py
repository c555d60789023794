"""Rendered goods put down on the floors of real photos: a set in which they stand in the way.

In whole rendered scenes the rooms are never a photo's. Here parcels, bags and drums stand on real
floors, where a released model sees a floor, on photos in which it sees nothing of the kind. Each
picture is decided by its seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.paste import LONGEST_PX, Box, Cutout, Pixels, Random, lit_like, photographed, trimmed
from training.place_pairs import KINDS, Mask
from training.surface_paint import visible
from wsai.diagnosis.diagnose import Detector
from wsai.errors import ImageUnreadable, InvalidRequest
from wsai.vision.images import ImageLimits, decode
from wsai.vision.labels import Label
from wsai.vision.surface import Layer

ALIKE = (Label.OBSTACLE, Label.PALLET, Label.WASTE, Label.WASTE_BIN, Label.MACHINE, Label.CONE)
"""A photo on which one of them is seen, however faintly, is not taken."""
FAINT = 0.1
LEAST_FLOOR, SURE_FLOOR, FLOOR_BELOW = 0.08, 0.7, 0.4
"""Of a photo; from which share a cell counts; from which height of a picture down."""
NOTHING_CHANCE, SCATTERED_CHANCE = 0.12, 0.3
SCATTERED = ("powder", "cable", "debris", "screws")
"""What lies on floors and is no obstacle."""
DRAWN_CHANCE, DRAWN = 0.4, ("box", "box", "bag")
"""Of pictures with goods, in which one more is drawn, of any colour or pattern: rendered goods look
alike, and what is put down somewhere may look like anything."""
FOOT_PX, LEAST_VISIBLE = 12, 0.6
ON_FLOOR, TRIES, KEPT = 0.7, 8, 0.4
"""Of a thing's foot; spots looked at for each thing; share of the fitting ones that are taken, so
that the farthest are not always filled first."""
LEAST_SIDE_PX = 8
MOST_COVERED = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class GroundPhoto:
    """A photo with its floor.

    Attributes:
        path: Where it lies.
        floor: Where a model saw its floor, any size, ``0..1``.
    """

    path: Path
    floor: NDArray[np.float16]


def ground_photos(
    paths: Iterable[Path], detector: Detector, *, tell: Callable[[int], None]
) -> list[GroundPhoto]:
    """Return the photos that show a floor and, as far as the model sees, nothing standing on it.

    Args:
        paths: Photos.
        detector: A released model with a map of floors.
        tell: Called with each number of photos looked at.

    Raises:
        InvalidRequest: The model has no map, or no photo is left.
    """
    found = []
    for number, path in enumerate(paths, start=1):
        picture = decode(path.read_bytes(), limits=ImageLimits(), at_least_px=detector.input_px)
        seen = detector.detect(picture, min_score=FAINT)
        if seen.surface is None:
            raise InvalidRequest(f"{detector.model_id}: this model has no map of floors")
        floor = seen.surface.of(Layer.FLOOR).copy()
        floor[: round(FLOOR_BELOW * len(floor))] = 0  # walls of bare concrete look like floors
        if not len(seen.only(*ALIKE)) and float((floor > SURE_FLOOR).mean()) >= LEAST_FLOOR:
            found.append(GroundPhoto(path, floor.astype(np.float16)))
        if number % 100 == 0:
            tell(number)
    if not found:
        raise InvalidRequest("none of the photos shows an empty floor")
    return found


class GoodsPaster:
    """Makes pictures.

    Args:
        goods: Rendered things, labelled ``obstacle``.
        photos: Of ``ground_photos``.
    """

    def __init__(self, goods: list[Cutout], photos: list[GroundPhoto]) -> None:
        self._goods = [one for one in goods if one.label == Label.OBSTACLE.value]
        if not self._goods:
            raise InvalidRequest("these cut-outs have no goods; render them with --of goods")
        self._photos = photos

    def picture(self, seed: int) -> tuple[Pixels, list[tuple[str, Box]]]:
        """Return one picture and its labelled boxes in pixels."""
        chance = np.random.default_rng([seed, 9])
        photo = self._photos[int(chance.integers(len(self._photos)))]
        pixels = cv2.imread(str(photo.path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ImageUnreadable(f"{photo.path}: not a picture that can be decoded")
        scale = LONGEST_PX / max(pixels.shape[:2])
        canvas = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale), np.uint8)
        size = (canvas.shape[1], canvas.shape[0])
        floor = cv2.resize(photo.floor.astype(np.float32), size) > SURE_FLOOR
        if chance.random() < SCATTERED_CHANCE:
            canvas = _scattered(chance, canvas, floor)
        wanted = 0 if chance.random() < NOTHING_CHANCE else int(chance.integers(1, 5))
        rows: list[tuple[str, Box]] = []
        if wanted and chance.random() < DRAWN_CHANCE:
            canvas, rows = self._drawn(chance, canvas, floor)
        for spot in _spots(chance, floor, wanted * TRIES):
            thing = self._goods[int(chance.integers(len(self._goods)))]
            put = _put(chance, canvas, floor, thing, spot, [box for _, box in rows])
            if put is not None and chance.random() < KEPT:
                canvas, box = put
                rows.append((thing.label, box))
            if len(rows) >= wanted:
                break
        return photographed(chance, canvas), rows

    def _drawn(
        self, chance: Random, canvas: Pixels, floor: NDArray[np.bool_]
    ) -> tuple[Pixels, list[tuple[str, Box]]]:
        """Return the photo with a drawn box or bag on its floor; as it is if none fits."""
        photo = self._photos[int(chance.integers(len(self._photos)))]
        pixels = cv2.imread(str(photo.path), cv2.IMREAD_COLOR)
        other = canvas if pixels is None else np.asarray(pixels, np.uint8)
        change, _ = KINDS[str(chance.choice(DRAWN))]
        for _ in range(TRIES):
            out, mask = change(chance, canvas, other)
            where = mask > 0.5
            ys, xs = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
            if not len(ys) or min(len(ys), len(xs)) < LEAST_SIDE_PX:
                continue
            foot = floor[max(ys[-1] - FOOT_PX, 0) : ys[-1] + 1, xs[0] : xs[-1] + 1]
            seen = float((visible(canvas, out) * where).sum()) / float(where.sum())
            if float(foot.mean()) >= ON_FLOOR and seen >= LEAST_VISIBLE:
                box: Box = (float(xs[0]), float(ys[0]), float(xs[-1] + 1), float(ys[-1] + 1))
                return out, [(Label.OBSTACLE.value, box)]
        return canvas, []


def _spots(chance: Random, floor: NDArray[np.bool_], count: int) -> list[tuple[int, int]]:
    """Return points on a floor, the farthest first: what is nearer is put before it."""
    rows, columns = np.nonzero(floor)
    if not len(rows):
        return []
    chosen = np.sort(chance.integers(len(rows), size=count))
    return [(int(columns[at]), int(rows[at])) for at in chosen]


def _scattered(chance: Random, canvas: Pixels, floor: NDArray[np.bool_]) -> Pixels:
    """Return the photo with something on its floor that is no obstacle; as it is if none fits."""
    change, _ = KINDS[str(chance.choice(SCATTERED))]
    for _ in range(TRIES):
        out, mask = change(chance, canvas, canvas)
        if float((mask * floor).sum()) >= ON_FLOOR * float(mask.sum()) > 0:
            return out
    return canvas


def _put(
    chance: Random,
    canvas: Pixels,
    floor: NDArray[np.bool_],
    thing: Cutout,
    spot: tuple[int, int],
    taken: list[Box],
) -> tuple[Pixels, Box] | None:
    """Return the photo with a thing whose foot is at a spot, and its box; ``None`` if it won't fit.

    What stands lower in a picture is nearer, and larger.
    """
    shown = trimmed(thing)
    if shown is None:
        return None
    part, _, _ = shown
    if chance.random() < 0.5:
        part = part[:, ::-1]
    height, width = canvas.shape[:2]
    x, y = spot
    long = float(np.exp(chance.uniform(np.log(0.06), np.log(0.6)))) * (0.3 + 0.7 * y / height)
    scale = long * max(height, width) / max(part.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    part = np.asarray(
        cv2.resize(np.ascontiguousarray(part), None, fx=scale, fy=scale, interpolation=way),
        np.uint8,
    )
    tall, wide = part.shape[:2]
    left, top = x - wide // 2, y - tall
    right, bottom = left + wide, y
    box: Box = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
    seen = (box[2] - box[0]) * (box[3] - box[1])
    foot = floor[max(y - max(tall // 8, 2), 0) : y + 1, int(box[0]) : int(box[2])]
    if min(tall, wide) < LEAST_SIDE_PX or seen < 0.6 * tall * wide or not foot.size:
        return None
    if float(foot.mean()) < ON_FLOOR or any(_hides(box, other) for other in taken):
        return None
    cover = np.zeros((height, width), np.float32)
    colour = np.zeros((height, width, 3), np.float32)
    rows, columns = slice(int(box[1]), int(box[3])), slice(int(box[0]), int(box[2]))
    inside = part[int(box[1]) - top : int(box[3]) - top, int(box[0]) - left : int(box[2]) - left]
    cover[rows, columns] = inside[..., 3] / np.float32(255)
    colour[rows, columns] = inside[..., :3]
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.6), np.float32)
    out = _shaded(chance, canvas, cover, box)
    near = canvas[
        max(0, int(box[1]) - 30) : int(box[3]) + 30, max(0, int(box[0]) - 30) : int(box[2]) + 30
    ]
    lit = lit_like(chance, near, colour)
    mixed = out * (1 - cover[..., None]) + lit * cover[..., None]
    return np.asarray(mixed.clip(0, 255), np.uint8), box


def _hides(box: Box, other: Box) -> bool:
    """Return whether a thing would cover much of another that stands there already."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    tall = min(box[3], other[3]) - max(box[1], other[1])
    whole = (other[2] - other[0]) * (other[3] - other[1])
    return min(wide, tall) > 0 and wide * tall > MOST_COVERED * whole


def _shaded(chance: Random, canvas: Pixels, cover: Mask, box: Box) -> NDArray[np.float32]:
    """Return the photo with the thing's shadow: dark where it touches the floor, cast beside it."""
    height, width = cover.shape
    left, _, right, foot = box
    wide, tall = right - left, foot - box[1]
    under = np.zeros((height, width), np.float32)
    middle = (round((left + right) / 2), round(foot - 0.02 * tall))
    axes = (max(2, round(0.52 * wide)), max(2, round(0.07 * min(wide, tall))))
    cv2.ellipse(under, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    under = np.asarray(cv2.GaussianBlur(under, (0, 0), max(1.0, 0.03 * wide)), np.float32)
    dark = under * float(chance.uniform(0.2, 0.7))
    if chance.random() < 0.6:  # the outline laid on the floor, away from a lamp
        lean, flat = float(chance.uniform(-1.2, 1.2)), float(chance.uniform(-0.1, 0.45))
        lay = np.array([[1, lean, -lean * foot], [0, -flat, foot * (1 + flat)]], np.float64)
        cast = cv2.warpAffine(cover, lay, (width, height))
        soft = cv2.GaussianBlur(cast, (0, 0), max(1.0, 0.06 * tall))
        dark = np.maximum(dark, np.asarray(soft, np.float32) * float(chance.uniform(0.1, 0.5)))
    return np.asarray(canvas * (1 - dark[..., None]), np.float32)
