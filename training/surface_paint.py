"""Powder, liquids and litter painted on the floors of real photos, with their maps.

The rendered scenes have few floors; photos have many. What lies there is drawn as for the pairs of
a place. A thing that just stands there is drawn, too: it is no litter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.place_pairs import KINDS, as_large, noise, place_on_floor
from wsai.vision.surface import Layer

PAINTED = 0.7
"""The share of photos that get something on their floor; the others stay as they are."""

LAYERS: dict[str, Layer | None] = {
    "powder": Layer.POWDER,
    "foam": Layer.LIQUID,
    "water": Layer.LIQUID,
    "debris": Layer.LITTER,
    "screws": Layer.LITTER,
    "cable": Layer.LITTER,
    "box": None,
}
CHANCES = (0.28, 0.1, 0.18, 0.12, 0.12, 0.14, 0.06)
"""Of each kind, in that order; powder is the hardest to tell from a bare floor."""


LEAST_FLOOR, LEAST_ON_FLOOR, TRIES = 0.05, 0.7, 6
"""Of a photo; of what is painted; how often another place is looked for."""
LEAST_SEEN, LEAST_VISIBLE = 7.0, 0.6
"""Grey levels by which a spot must differ from the bare floor; share of spots that must."""
ALIKE = 0.45
"""The share of photos that get light, shadow or a stain: no hazard, and easily taken for one."""


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
        world = lookalike(world, chance)
    kind = str(chance.choice(list(LAYERS), p=CHANCES))
    change, _ = KINDS[kind]
    layers = np.zeros((*world.shape[:2], len(Layer)), np.uint8)
    ground = np.ones(world.shape[:2], np.float32)
    if floor is not None:
        ground = np.asarray(cv2.resize(floor, world.shape[1::-1]), np.float32)
        if float((ground > 0.5).mean()) < LEAST_FLOOR:
            return world, layers
    for _ in range(TRIES):
        out, mask = change(chance, world, world)
        whole = float(mask.sum())
        seen = mask * visible(world, out)
        on_floor = float((mask * (ground > 0.5)).sum())
        if on_floor >= LEAST_ON_FLOOR * whole and seen.sum() >= LEAST_VISIBLE * whole:
            break
    else:
        return world, layers
    layer = LAYERS[kind]
    if layer is not None:
        layers[..., list(Layer).index(layer)] = np.clip(mask * 255, 0, 255).astype(np.uint8)
    return out, layers


def visible(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return where two pictures differ so much that a person would see it, ``0`` or ``1``."""
    apart = np.abs(after.astype(np.float32) - before).mean(axis=2)
    return np.asarray(cv2.GaussianBlur(apart, (0, 0), 4) > LEAST_SEEN, np.float32)


def lookalike(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Return a photo with a patch of light, a shadow or an old stain on its floor.

    What tells them from powder and water: the floor's own grain goes on below them, and their
    borders are soft, or nothing is mirrored in them.

    Args:
        picture: Shape ``(h, w, 3)``, BGR.
        chance: Decides what and where.
    """
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
