"""Powder, liquids and litter painted on the floors of real photos, with their maps.

The rendered scenes have few floors; photos have many. What lies there is drawn as for the pairs of
a place. A thing that just stands there is drawn, too: it is no litter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.place_pairs import KINDS, Mask, Pixels, Random, as_large, noise, place_on_floor
from wsai.vision.surface import Layer

PAINTED = 0.7
"""The share of photos that get something on their floor; the others stay as they are."""

LAYERS: dict[str, Layer | None] = {
    "powder": Layer.POWDER,
    "heap": Layer.POWDER,
    "foam": Layer.LIQUID,
    "water": Layer.LIQUID,
    "debris": Layer.LITTER,
    "screws": Layer.LITTER,
    "cable": Layer.LITTER,
    "box": None,
}
CHANCES = (0.22, 0.17, 0.08, 0.19, 0.13, 0.1, 0.06, 0.05)
"""Of each kind, in that order; powder is the hardest to tell from a bare floor."""


LEAST_FLOOR, LEAST_ON_FLOOR, TRIES = 0.05, 0.7, 6
"""Of a photo; of what is painted; how often another place is looked for."""
LEAST_SEEN, LEAST_VISIBLE = 7.0, 0.6
"""Grey levels by which a spot must differ from the bare floor; share of spots that must."""
ALIKE = 0.45
"""The share of photos that get light, shadow, a stain or grain: no hazard, but like one."""
GRAINED = 0.3
"""The share of those that is grain, where the floor is known."""
HEAPED = [(150, 190, 215), (100, 150, 190), (70, 110, 150), (225, 228, 230), (150, 155, 160),
          (55, 80, 120), (50, 52, 55), (120, 175, 190)]  # fmt: skip
"""Colours, BGR: pale wood, wood, bran, flour, cement, rust, metal, sand."""


def add_heap(chance: Random, world: Pixels, other: Pixels) -> tuple[Pixels, Mask]:
    """Return the world with powder or chips in heaps and drifts on its floor.

    Unlike the film of ``place_pairs.add_powder`` a heap has relief: a side in the light and one in
    the shade, coarse grain, and an edge where grains end one by one.

    Args:
        chance: Decides where, how much and of what.
        world: Shape ``(h, w, 3)``, BGR.
        other: Not looked at.

    Returns:
        The picture, and where the powder lies, ``(h, w)``, ``0`` or ``1``.
    """
    del other
    height, width = shape = (world.shape[0], world.shape[1])
    x, y = place_on_floor(chance, shape)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach, flat = float(chance.uniform(0.05, 0.2)) * width, float(chance.uniform(0.28, 0.6))
    drift = noise(chance, shape, reach * float(chance.uniform(0.3, 0.8)))
    lies = np.zeros(shape, np.float32)
    for _ in range(int(chance.integers(1, 5))):
        at_x, at_y = x + chance.normal(0, 0.7 * reach), y + chance.normal(0, 0.7 * reach * flat)
        size, amount = reach * float(chance.uniform(0.4, 1.0)), float(chance.uniform(0.15, 1.0))
        back = 1 + 0.8 * amount * (rows < at_y)  # what is high is seen higher in the picture
        far = np.hypot((columns - at_x) / size, (rows - at_y) / (size * flat * back))
        one = amount * np.exp(-2.5 * np.maximum(far + 0.22 * drift, 0) ** 2)
        lies = np.maximum(lies, one.astype(np.float32))
    cell = float(chance.uniform(1.1, 3.0))
    fine = noise(chance, shape, cell)
    ends = np.maximum(0.1 + 0.05 * fine, 0.03)
    cover = np.clip((lies - ends) / 0.04, 0, 1).astype(np.float32)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.6) * float(chance.uniform(0.85, 1.0))
    bumps = cv2.GaussianBlur(lies, (0, 0), 2) * reach * 0.8 + fine * float(chance.uniform(0.1, 0.5))
    slope_y, slope_x = np.gradient(bumps)
    way = float(chance.uniform(0, 2 * np.pi))
    steep = (np.cos(way) * slope_x + np.sin(way) * slope_y) * float(chance.uniform(0.5, 1.6))
    light = np.clip(1.0 + 0.45 * np.tanh(steep), 0.5, 1.5)
    hue = np.array(HEAPED[int(chance.integers(len(HEAPED)))]) * chance.uniform(0.85, 1.12)
    hue = hue * chance.uniform(0.95, 1.05, 3)
    speckle = fine * float(chance.uniform(5, 24)) + noise(chance, shape, 9) * chance.uniform(1, 8)
    over = (hue + speckle[..., None]) * light[..., None]
    near = world[max(0, int(y) - 60) : int(y) + 60, max(0, int(x) - 60) : int(x) + 60]
    over = over * float(np.clip(0.5 + near.mean() / 256, 0.35, 1.3))
    mixed = world * (1 - cover[..., None]) + over * cover[..., None]
    return np.asarray(np.clip(mixed, 0, 255), np.uint8), np.asarray(cover > 0.4, np.float32)


def painted(
    picture: NDArray[np.uint8],
    chance: np.random.Generator,
    floor: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a photo with something on its floor, and the map of it.

    Args:
        picture: Shape ``(h, w, 3)``, BGR; the result may have another size.
        chance: Decides what, where and how.
        floor: Where the floor is, any size, ``0..1``; ``None`` for the lower part of the picture.

    Returns:
        The picture and its map, ``0..255``, as large, a channel for each layer; both without
        anything where no place was found. Where the floor is stays zero: nobody knows it.
    """
    world = as_large(picture)
    if chance.random() < ALIKE:
        world = lookalike(world, chance, floor)
    kind = str(chance.choice(list(LAYERS), p=CHANCES))
    change = add_heap if kind == "heap" else KINDS[kind][0]
    layers = np.zeros((*world.shape[:2], len(Layer)), np.uint8)
    ground = np.ones(world.shape[:2], np.float32)
    if floor is not None:
        ground = np.asarray(cv2.resize(floor, world.shape[1::-1]), np.float32)
        if float((ground > 0.5).mean()) < LEAST_FLOOR:
            return world, layers
    for _ in range(TRIES):
        out, mask = change(chance, world, world)
        whole = float(mask.sum())
        seen = mask * _visible(world, out)
        on_floor = float((mask * (ground > 0.5)).sum())
        if on_floor >= LEAST_ON_FLOOR * whole and seen.sum() >= LEAST_VISIBLE * whole:
            break
    else:
        return world, layers
    layer = LAYERS[kind]
    if layer is not None:
        layers[..., list(Layer).index(layer)] = np.clip(mask * 255, 0, 255).astype(np.uint8)
    return out, layers


def _visible(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return where two pictures differ so much that a person would see it, ``0`` or ``1``."""
    apart = np.abs(after.astype(np.float32) - before).mean(axis=2)
    return np.asarray(cv2.GaussianBlur(apart, (0, 0), 4) > LEAST_SEEN, np.float32)


def _grained(picture: Pixels, chance: Random, floor: NDArray[np.float32]) -> Pixels:
    """Return a photo whose whole floor has the grain of asphalt, terrazzo or washed concrete."""
    shape = (picture.shape[0], picture.shape[1])
    ground = np.asarray(cv2.resize(floor, shape[::-1]), np.float32)
    where = cv2.GaussianBlur(np.asarray(ground > 0.5, np.float32), (0, 0), 2)
    value = noise(chance, shape, float(chance.uniform(1.1, 5.0))) * float(chance.uniform(5, 28))
    if chance.random() < 0.5:  # chips of stone and not sand
        value = np.sign(value) * np.maximum(np.abs(value) - float(np.abs(value).mean()), 0) * 2
    hues = chance.uniform(0.8, 1.2, 3).astype(np.float32)
    grained = picture + (where * value)[..., None] * hues
    return np.asarray(np.clip(grained, 0, 255), np.uint8)


def lookalike(
    picture: NDArray[np.uint8],
    chance: np.random.Generator,
    floor: NDArray[np.float32] | None = None,
) -> NDArray[np.uint8]:
    """Return a photo with light, a shadow, an old stain or grain on its floor: nothing to clean.

    What tells them from powder and water: the floor's own grain goes on below them, their borders
    are soft, nothing is mirrored in them; and the grain of asphalt or terrazzo is everywhere.

    Args:
        picture: Shape ``(h, w, 3)``, BGR.
        chance: Decides what and where.
        floor: Where the floor is, any size, ``0..1``; without it no floor gets another grain.
    """
    if floor is not None and chance.random() < GRAINED:
        return _grained(picture, chance, floor)
    height, width = shape = (picture.shape[0], picture.shape[1])
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    gain = np.zeros(shape, np.float32)
    kind = str(chance.choice(("light", "shadow", "stain")))
    for _ in range(int(chance.integers(1, 4))):
        x, y = place_on_floor(chance, shape)
        wide = float(chance.uniform(0.04, 0.22)) * width
        tall = wide * float(
            chance.uniform(0.25, 3.0) if kind == "light" else chance.uniform(0.2, 0.6)
        )
        lean = float(chance.uniform(-0.5, 0.5))
        aside, down = (columns - x - lean * (rows - y)) / wide, (rows - y) / tall
        far = np.asarray(np.hypot(aside, down), np.float32)
        soft = float(chance.uniform(0.08, 0.8))
        if kind == "stain":
            far += np.float32(0.3) * noise(chance, shape, float(chance.uniform(10, 60)))
            soft *= 0.5
        patch = np.clip((1 + soft / 2 - far) / soft, 0, 1)
        gain = np.maximum(gain, patch * float(chance.uniform(0.5, 1.0)))
    value: NDArray[np.floating] = picture.astype(np.float32)
    if kind == "light":
        hue = chance.uniform(0.9, 1.0, 3).astype(np.float32) * 255
        lit = value + (hue - value) * float(chance.uniform(0.25, 0.9))
        value = value + gain[..., None] * (lit - value)
    else:
        tint = chance.uniform(0.92, 1.08, 3) * float(chance.uniform(0.45, 0.85))
        value = value * (1 - gain[..., None] * (1 - tint.astype(np.float32)))
    return np.asarray(np.clip(value, 0, 255), np.uint8)
