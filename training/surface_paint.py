"""Powder, liquids and litter painted on the floors of real photos, with their maps.

The rendered scenes have few floors; photos have many. What lies there is drawn as for the pairs of
a place. A thing that just stands there is drawn, too: it is no litter.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.place_pairs import KINDS, as_large
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
CHANCES = (0.34, 0.1, 0.2, 0.14, 0.1, 0.06, 0.06)
"""Of each kind, in that order; powder is the hardest to tell from a bare floor."""


LEAST_FLOOR, LEAST_ON_FLOOR, TRIES = 0.05, 0.7, 6
"""Of a photo; of what is painted; how often another place is looked for."""


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
        if float((mask * (ground > 0.5)).sum()) >= LEAST_ON_FLOOR * float(mask.sum()):
            break
    else:
        return world, layers
    layer = LAYERS[kind]
    if layer is not None:
        layers[..., list(Layer).index(layer)] = np.clip(mask * 255, 0, 255).astype(np.uint8)
    return out, layers
