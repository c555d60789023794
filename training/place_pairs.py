"""Pairs of pictures of one place, before and after, made from single real photos.

One photo is seen twice, from a little elsewhere, in other light, by another camera. To half of the
pairs something happens between the two: a thing comes, a thing goes, something is spilled. The
mask of what happened is known to the pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

WORLD_PX = 760
VIEW_SHARE = 0.86
"""A picture shows so much of the photo: what moves into view at its border is real, too."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})
Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]
Random = np.random.Generator
Values = TypeVar("Values", NDArray[np.uint8], NDArray[np.float32])

NONE, APPEARED, GONE, SURFACE = range(4)
CLASSES = ("none", "appeared", "gone", "surface-changed")


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two pictures of one place.

    Attributes:
        before: How it should look, ``(h, w, 3)`` BGR.
        after: The new picture, as large.
        mask_before: Shape ``(h, w)``, ``0..1``: where something goes.
        mask_after: Where something came, in the new picture; for ``gone`` where it was.
        kind: A key of ``KINDS``; ``unchanged`` for none.
        truth: Number of the class in ``CLASSES``.
        person: Left, top, right, bottom of someone in the new picture.
    """

    before: Pixels
    after: Pixels
    mask_before: Mask
    mask_after: Mask
    kind: str
    truth: int
    person: tuple[float, float, float, float] | None = None


def photos_of(folder: Path) -> list[Path]:
    """Return the photos in a folder, deeper ones too, by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def read(path: Path) -> Pixels:
    """Return a photo, of a moving picture its first frame, its longer side ``WORLD_PX``."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{path}: no picture")
    return as_large(np.asarray(pixels, dtype=np.uint8))


def as_large(values: Values) -> Values:
    """Return a picture or a mask, its longer side ``WORLD_PX``."""
    scale = WORLD_PX / max(values.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    found = cv2.resize(values, None, fx=scale, fy=scale, interpolation=way)
    out: Values = np.asarray(found, dtype=values.dtype)
    return out


def noise(rng: Random, shape: tuple[int, int], cell_px: float) -> Mask:
    """Return smooth noise of mean 0 and spread 1; its bumps are about so large."""
    size = tuple(max(2, round(side / cell_px)) for side in shape)
    rough = rng.standard_normal(size).astype(np.float32)
    smooth = cv2.resize(rough, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray((smooth - smooth.mean()) / (smooth.std() + 1e-6), dtype=np.float32)


def place_on_floor(rng: Random, shape: tuple[int, int]) -> tuple[float, float]:
    """Return a point in the lower part of a picture, where floors are, seen by the cameras."""
    height, width = shape
    return float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.55, 0.86) * height)


def _blend(world: Pixels, cover: Any, over: Any) -> Pixels:
    mixed = world * (1 - cover[..., None]) + over * cover[..., None]
    return np.asarray(np.clip(mixed, 0, 255), dtype=np.uint8)


def _shadow(rng: Random, world: Pixels, mask: Mask, size: float) -> Pixels:
    """Return the world with a soft shadow of what the mask is going to hold."""
    dx, dy = rng.uniform(-0.35, 0.35) * size, rng.uniform(0.0, 0.18) * size
    matrix = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float64)
    moved = cv2.warpAffine(mask, matrix, mask.shape[::-1])
    soft = cv2.GaussianBlur(moved, (0, 0), max(1.5, 0.12 * size))
    return np.clip(world * (1 - rng.uniform(0.2, 0.6) * soft[..., None]), 0, 255).astype(np.uint8)


def _texture(rng: Random, other: Pixels, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return a patch of another photo, or of drawn cardboard, metal or plastic, at this size."""
    height, width = max(4, shape[0]), max(4, shape[1])
    if rng.random() < 0.5:
        side = int(rng.uniform(0.15, 0.5) * min(other.shape[:2]))
        top = int(rng.integers(0, other.shape[0] - side))
        left = int(rng.integers(0, other.shape[1] - side))
        part = cv2.resize(other[top : top + side, left : left + side], (width, height))
        return np.asarray(part, dtype=np.float32)
    hues = [(90, 140, 190), (60, 60, 65), (190, 190, 195), (40, 60, 170), (140, 80, 40)]
    hues += [(60, 150, 60), (40, 190, 220), (225, 225, 225), (70, 100, 130)]
    base = np.array(hues[int(rng.integers(len(hues)))]) * rng.uniform(0.7, 1.2)
    base = base + rng.uniform(-25, 25, 3)
    grain = noise(rng, (height, width), rng.uniform(2, 30))[..., None] * rng.uniform(1, 9)
    patch = np.asarray(np.clip(base + grain, 0, 255), dtype=np.float32)
    if rng.random() < 0.5:  # a label or a band
        top, left = (int(rng.uniform(0.1, 0.6) * side) for side in (height, width))
        down, right = top + height // 4 + 1, left + width // 3 + 1
        patch[top:down, left:right] = rng.uniform(0, 255, 3)
    return np.asarray(patch, dtype=np.float32)


def _lit_like(world: Pixels, patch: NDArray[np.float32], x: float, y: float) -> NDArray[np.float32]:
    """Return the patch in about the light of the place that it is put into."""
    height, width = world.shape[:2]
    near = world[
        max(0, int(y) - 60) : min(height, int(y) + 60),
        max(0, int(x) - 60) : min(width, int(x) + 60),
    ]
    level = float(near.mean()) / 128 if near.size else 1.0
    return patch * float(np.clip(0.5 + 0.5 * level, 0.35, 1.3))


def add_box(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with a box on its floor: front, top and side, each in its own light."""
    height, width = world.shape[:2]
    x, y = place_on_floor(rng, (height, width))
    wide, tall = rng.uniform(0.08, 0.3) * width, rng.uniform(0.08, 0.3) * height
    deep, lean = rng.uniform(0.15, 0.5) * tall, rng.uniform(-0.5, 0.5) * wide
    x, y = float(np.clip(x, wide, width - wide)), float(np.clip(y, tall + deep, height * 0.9))
    a, b = x - wide / 2, x + wide / 2
    front = [(a, y - tall), (b, y - tall), (b, y), (a, y)]
    top = [(a + lean, y - tall - deep), (b + lean, y - tall - deep), (b, y - tall), (a, y - tall)]
    edge, away = (b, b + lean) if lean > 0 else (a, a + lean)
    side = [(edge, y - tall), (away, y - tall - deep), (away, y - deep), (edge, y)]
    texture = _texture(rng, other, (int(tall), int(wide)))
    texture = _lit_like(world, texture, x, y)
    faces = [(front, 1.0), (top, rng.uniform(1.0, 1.3)), (side, rng.uniform(0.55, 0.85))]
    mask = np.zeros((height, width), dtype=np.float32)
    for corners, _ in faces:
        cv2.fillConvexPoly(mask, np.array(corners).round().astype(np.int32), 1.0, cv2.LINE_AA)
    out = _shadow(rng, world, mask, tall)
    corner = np.array([[0, 0], [texture.shape[1], 0], [texture.shape[1], texture.shape[0]]])
    corner = np.vstack([corner, [0, texture.shape[0]]]).astype(np.float32)
    for corners, light in faces:
        matrix = cv2.getPerspectiveTransform(corner, np.array(corners, dtype=np.float32))
        over = cv2.warpPerspective(texture * light, matrix, (width, height))
        cover = np.zeros((height, width), dtype=np.float32)
        cv2.fillConvexPoly(cover, np.array(corners).round().astype(np.int32), 1.0, cv2.LINE_AA)
        out = _blend(out, cv2.GaussianBlur(cover, (0, 0), 0.7), over)
    return out, mask


def _blob(
    rng: Random, shape: tuple[int, int], x: float, y: float, size: float, flat: float
) -> Mask:
    """Return an irregular round outline."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = np.ones(40)
    for turn in range(2, 6):
        radius += rng.uniform(0, 0.3 / turn) * np.cos(turn * angles + rng.uniform(0, 6.3))
    points = np.stack(
        [x + size * radius * np.cos(angles), y + size * flat * radius * np.sin(angles)]
    )
    mask = np.zeros(shape, dtype=np.float32)
    cv2.fillPoly(mask, [points.T.round().astype(np.int32)], 1.0, cv2.LINE_AA)
    return mask


def add_bag(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with something soft and round on its floor: a bag, a tarpaulin, a heap."""
    shape = (world.shape[0], world.shape[1])
    x, y = place_on_floor(rng, shape)
    size = rng.uniform(0.05, 0.15) * shape[1]
    mask = _blob(rng, shape, x, y - 0.5 * size, size, rng.uniform(0.5, 1.2))
    texture = _texture(rng, other, shape)
    shading = 1 + 0.25 * noise(rng, shape, size * rng.uniform(0.3, 1.0))[..., None]
    down = np.clip((np.mgrid[0 : shape[0], 0 : shape[1]][0] - (y - size)) / (2 * size), 0, 1)
    shading = shading * (1.15 - 0.4 * down[..., None])
    over = _lit_like(world, texture, x, y) * shading
    out = _blend(_shadow(rng, world, mask, size), cv2.GaussianBlur(mask, (0, 0), 1.0), over)
    return out, mask


def add_cable(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with a cable or hose over its floor."""
    del other
    height, width = world.shape[:2]
    start = rng.uniform(0.1, 0.4) * width
    xs = np.linspace(start, start + rng.uniform(0.35, 0.55) * width, 6)
    ys = rng.uniform(0.58, 0.84, 6) * height
    t = np.linspace(0, 5, 160)
    x, y = (np.interp(t, range(6), values) for values in (xs, ys))
    x, y = (cv2.GaussianBlur(v.reshape(1, -1), (0, 0), 9).ravel() for v in (x, y))
    thick = int(rng.integers(3, 9))
    line = [np.stack([x, y], axis=1).round().astype(np.int32)]
    mask = np.zeros((height, width), dtype=np.float32)
    cv2.polylines(mask, line, False, 1.0, thick, cv2.LINE_AA)
    hues = [(25, 25, 25), (30, 110, 220), (40, 40, 190), (200, 200, 200), (40, 170, 60)]
    hue = np.array(hues[int(rng.integers(len(hues)))], dtype=np.float32)
    over = np.broadcast_to(hue, world.shape).astype(np.float32).copy()
    shine = np.zeros((height, width), dtype=np.float32)
    cv2.polylines(shine, line, False, 1.0, max(1, thick // 3), cv2.LINE_AA)
    over += shine[..., None] * rng.uniform(10, 60)
    out = _shadow(rng, world, mask, thick * 2.0)
    return _blend(out, mask, over), mask


def _scattered(
    rng: Random, world: Pixels, other: Pixels, count: int, size: tuple[float, float], spread: float
) -> tuple[Pixels, Mask]:
    shape = (world.shape[0], world.shape[1])
    x, y = place_on_floor(rng, shape)
    mask = np.zeros(shape, dtype=np.float32)
    over = world.astype(np.float32)
    hue: NDArray[np.float32] | None = None
    for _ in range(count):
        px = float(np.clip(rng.normal(x, spread), 20, shape[1] - 20))
        py = float(np.clip(rng.normal(y, spread * 0.45), shape[0] * 0.5, shape[0] * 0.92))
        long, turn = rng.uniform(*size), rng.uniform(0, np.pi)
        thin = long * rng.uniform(0.25, 0.9)
        along = np.array([np.cos(turn), np.sin(turn) * 0.7]) * long
        across = np.array([-np.sin(turn), np.cos(turn) * 0.7]) * thin
        corners = [
            (px, py) + s * along + t * across for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        corners = [corner + rng.uniform(-0.25, 0.25, 2) * thin for corner in corners]
        piece = np.zeros(shape, dtype=np.float32)
        cv2.fillPoly(piece, [np.array(corners).round().astype(np.int32)], 1.0, cv2.LINE_AA)
        if hue is None or rng.random() < 0.5:
            patch = _texture(rng, other, (8, 8))
            hue = _lit_like(world, patch.reshape(-1, 3).mean(axis=0), px, py)
        light = np.float32(rng.uniform(0.7, 1.3))
        over = over * (1 - piece[..., None]) + hue * light * piece[..., None]
        mask = np.maximum(mask, piece)
    shaded = _shadow(rng, world, mask, size[1])
    grain = noise(rng, shape, 3)[..., None] * rng.uniform(2, 10)
    return _blend(shaded, mask, over + grain), mask


def add_debris(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with broken pieces on its floor."""
    count = int(rng.integers(6, 28))
    return _scattered(rng, world, other, count, (5.0, 19.0), rng.uniform(30, 90))


def add_screws(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with small metal parts on its floor."""
    count = int(rng.integers(10, 45))
    return _scattered(rng, world, other, count, (2.5, 7.0), rng.uniform(20, 60))


def _patch(rng: Random, shape: tuple[int, int]) -> tuple[Mask, float, float]:
    """Return a patch on the floor with an uneven, soft border, and its middle."""
    x, y = place_on_floor(rng, shape)
    size = rng.uniform(0.07, 0.24) * shape[1]
    mask = np.zeros(shape, dtype=np.float32)
    for _ in range(int(rng.integers(1, 4))):
        at = x + rng.normal(0, 0.5 * size), y + rng.normal(0, 0.2 * size)
        mask = np.maximum(mask, _blob(rng, shape, *at, size * rng.uniform(0.5, 1), 0.42))
    return mask, x, y


def add_powder(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with powder or sawdust on its floor, thick in places, thin in others."""
    del other
    shape = (world.shape[0], world.shape[1])
    mask, x, y = _patch(rng, shape)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(2, 12))
    ragged = soft + 0.22 * noise(rng, shape, rng.uniform(4, 14)) * np.sqrt(soft * (1 - soft) + 0.02)
    thick = np.clip((ragged - 0.25) / 0.5, 0, 1) * rng.uniform(0.55, 1.0)
    hues = [(215, 215, 215), (110, 165, 205), (95, 140, 175), (60, 60, 60), (150, 165, 175)]
    hue = np.array(hues[int(rng.integers(len(hues)))]) * rng.uniform(0.85, 1.1)
    grain = noise(rng, shape, rng.uniform(1.2, 3.0)) * rng.uniform(6, 22)
    grain = grain + noise(rng, shape, 20) * rng.uniform(2, 10)
    over = _lit_like(world, (hue + grain[..., None]).astype(np.float32), x, y)
    return _blend(world, thick.astype(np.float32), over), (thick > 0.2).astype(np.float32)


def add_foam(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with foam on its floor: white, in bubbles, shaded below."""
    del other
    shape = (world.shape[0], world.shape[1])
    mask, x, y = _patch(rng, shape)
    bubbles = sum(noise(rng, shape, cell) / n for n, cell in enumerate((14.0, 6.0, 3.0), start=1))
    edge = np.clip(cv2.GaussianBlur(mask, (0, 0), 3) * 2 - 0.6 + 0.15 * bubbles, 0, 1)
    over = 225 + 14 * np.asarray(bubbles)
    lit = _lit_like(world, np.repeat(over[..., None], 3, axis=2).astype(np.float32), x, y)
    out = _blend(_shadow(rng, world, mask, 12.0), edge.astype(np.float32), lit)
    return out, (edge > 0.3).astype(np.float32)


def add_water(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with a puddle: darker floor, what stands behind mirrored in it, a glint."""
    del other
    shape = (world.shape[0], world.shape[1])
    mask, _, y = _patch(rng, shape)
    rows = np.clip(2 * int(y) - np.arange(shape[0]), 0, shape[0] - 1)
    mirrored = cv2.GaussianBlur(world[rows - int(0.2 * y)], (0, 0), 3).astype(np.float32)
    dark = world.astype(np.float32) * rng.uniform(0.45, 0.75)
    share = rng.uniform(0.2, 0.5)
    over = dark * (1 - 0.5 * share) + mirrored * share
    glint = np.clip(noise(rng, shape, rng.uniform(15, 50)) - 1.1, 0, 1)
    over = over + glint[..., None] * rng.uniform(60, 190)
    cover = cv2.GaussianBlur(mask, (0, 0), 1.5)
    return _blend(world, cover, over), mask


def take_away(rng: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world without a piece of it: what was there is filled from around it."""
    del other
    shape = (world.shape[0], world.shape[1])
    edges = cv2.Laplacian(cv2.GaussianBlur(cv2.cvtColor(world, cv2.COLOR_BGR2GRAY), (0, 0), 2), 5)
    busy = cv2.GaussianBlur(np.abs(edges.astype(np.float32)), (0, 0), 20)
    inner = np.zeros(shape, dtype=np.float32)
    across, down = int(0.2 * shape[1]), int(0.2 * shape[0])
    inner[down:-down, across:-across] = busy[down:-down, across:-across] + 1e-3
    # something was there: taken where there is most to see, not on a bare wall
    chances = (inner**3).ravel().astype(np.float64)
    y, x = divmod(int(rng.choice(len(chances), p=chances / chances.sum())), shape[1])
    size = rng.uniform(0.05, 0.1) * shape[1]
    mask = _blob(rng, shape, x, y, size, rng.uniform(0.7, 1.5))
    small = (shape[1] // 2, shape[0] // 2)
    inside = (cv2.resize(mask, small) > 0.1).astype(np.uint8)
    hole = cv2.dilate(inside, np.ones((3, 3), np.uint8))
    filled = cv2.inpaint(cv2.resize(world, small), hole, 4, cv2.INPAINT_TELEA)
    over = cv2.resize(filled, shape[::-1]).astype(np.float32)
    over = over + noise(rng, shape, 2)[..., None] * 2
    return _blend(world, cv2.GaussianBlur(mask, (0, 0), 1), over), mask


def add_person(
    rng: Random, world: Pixels, other: Pixels
) -> tuple[Pixels, tuple[float, float, float, float]]:
    """Return the world with someone in it, and the box around them."""
    height, width = world.shape[:2]
    x, y = place_on_floor(rng, (height, width))
    tall = rng.uniform(0.35, 0.55) * height
    mask = np.zeros((height, width), dtype=np.float32)
    parts = [(0.0, -0.92, 0.08, 0.09), (0.0, -0.62, 0.14, 0.24), (-0.06, -0.2, 0.06, 0.22)]
    parts += [(0.06, -0.2, 0.06, 0.22), (-0.16, -0.6, 0.045, 0.2), (0.16, -0.6, 0.045, 0.2)]
    out = world
    for dx, dy, wide, long in parts:
        part = np.zeros((height, width), dtype=np.float32)
        centre = (round(x + dx * tall), round(y + dy * tall))
        axes = (max(2, round(wide * tall)), max(2, round(long * tall)))
        cv2.ellipse(part, centre, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        out = _blend(out, part, _texture(rng, other, (height, width)))
        mask = np.maximum(mask, part)
    rows, columns = np.nonzero(mask > 0.5)
    box = (float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))
    return out, box


Change = Callable[[Random, Pixels, Pixels], tuple[Pixels, Mask]]
KINDS: dict[str, tuple[Change, int]] = {
    "box": (add_box, APPEARED),
    "bag": (add_bag, APPEARED),
    "cable": (add_cable, APPEARED),
    "debris": (add_debris, APPEARED),
    "screws": (add_screws, APPEARED),
    "powder": (add_powder, SURFACE),
    "foam": (add_foam, SURFACE),
    "water": (add_water, SURFACE),
    "removed": (take_away, GONE),
    "box-gone": (add_box, GONE),
    "bag-gone": (add_bag, GONE),
}
"""What can happen to a place; the last two stood there before."""


def _view(rng: Random, shape: tuple[int, int]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return from world to picture, and the picture's size: a camera held by another hand."""
    height, width = shape
    size = (round(width * VIEW_SHARE), round(height * VIEW_SHARE))
    scale, roll = rng.uniform(0.92, 1.08), rng.uniform(-3, 3)
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), roll, scale), [0, 0, 1]])
    shift = rng.uniform(-0.03, 0.03, 2) * size
    matrix[:2, 2] += shift - (np.array([width, height]) - size) / 2
    tilt = np.eye(3)
    tilt[2, :2] = rng.uniform(-6e-5, 6e-5, 2)
    return tilt @ matrix, size


def seen_from(
    rng: Random, world: Pixels, layers: Sequence[Mask], *, bent: float
) -> tuple[Pixels, list[Mask], NDArray[np.float64]]:
    """Return the world from somewhere: the picture, masks in it, and the camera's matrix.

    Args:
        rng: Decides where from.
        world: Of `read`.
        layers: Masks of the same shape.
        bent: By how many pixels near and far things shift against each other.
    """
    height, width = world.shape[:2]
    matrix, size = _view(rng, (height, width))
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    points = np.stack([x, y], axis=-1).reshape(1, -1, 2)
    back = cv2.perspectiveTransform(points, np.linalg.inv(matrix)).reshape(size[1], size[0], 2)
    # nearer things shift against farther ones when the camera moves
    depth = np.stack([noise(rng, (size[1], size[0]), 110) for _ in range(2)], axis=-1)
    back = (back + bent * depth).astype(np.float32)
    x, y = (np.ascontiguousarray(back[..., axis]) for axis in (0, 1))
    picture = cv2.remap(world, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    masks = [np.asarray(cv2.remap(layer, x, y, cv2.INTER_LINEAR), np.float32) for layer in layers]
    return np.asarray(picture, dtype=np.uint8), masks, matrix


def in_light(rng: Random, pixels: Pixels) -> Pixels:
    """Return the picture in other light and by another camera."""
    shape = (pixels.shape[0], pixels.shape[1])
    value = (pixels.astype(np.float32) / 255) ** np.float32(rng.uniform(0.75, 1.35))
    value = value * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    turn, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.4)
    value = value * (1 + strength * (x * np.cos(turn) + y * np.sin(turn)))[..., None]
    if rng.random() < 0.3:  # the shadow of a wall or window, with an edge
        at, turn = rng.uniform(-0.5, 0.5), rng.uniform(0, 2 * np.pi)
        far = (x * np.cos(turn) + y * np.sin(turn) - at) / rng.uniform(0.02, 0.3)
        value = (
            value * (1 - rng.uniform(0.1, 0.4) / (1 + np.exp(-np.clip(far, -30, 30))))[..., None]
        )
    night = rng.random() < 0.2
    value = value * (rng.uniform(0.2, 0.45) if night else rng.uniform(0.6, 1.45))
    sigma = rng.uniform(3, 8) if night else rng.uniform(0.5, 5)
    value = value * 255 + rng.standard_normal((*shape, 3)).astype(np.float32) * sigma
    if (blur := rng.uniform(0, 1.1)) > 0.3:
        value = cv2.GaussianBlur(value, (0, 0), blur)
    _, data = cv2.imencode(
        ".jpg",
        np.clip(value, 0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))],
    )
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def make_pair(rng: Random, world: Pixels, other: Pixels, kind: str) -> Pair:
    """Return a pair of pictures of one photo.

    Args:
        rng: Decides everything.
        world: The photo, of `read`.
        other: Another photo, for textures of things.
        kind: A key of ``KINDS``, ``unchanged`` or ``person``.
    """
    empty = np.zeros(world.shape[:2], dtype=np.float32)
    before, after, mask, truth, person = world, world, empty, NONE, None
    if kind == "person":
        after, person = add_person(rng, world, other)
    elif kind != "unchanged":
        change, truth = KINDS[kind]
        changed, mask = change(rng, world, other)
        before, after = (changed, world) if kind.endswith("-gone") else (world, changed)
    bent = float(rng.uniform(0, 1.6))
    first, (mask_before,), _ = seen_from(rng, before, [mask], bent=0.0)
    second, (mask_after,), matrix = seen_from(rng, after, [mask], bent=bent)
    if person is not None:
        corners = np.array(person).reshape(1, 2, 2)
        left, top, right, bottom = cv2.perspectiveTransform(corners, matrix).ravel().tolist()
        person = (left - 6, top - 6, right + 6, bottom + 6)
    return Pair(
        in_light(rng, first), in_light(rng, second), mask_before, mask_after, kind, truth, person
    )
