"""Powder, liquids and stains on the floor and on what stands above it, as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Layer = NDArray[np.float32]
SIDE = 640
"""Pixels of a side; a room of 9 m has 1.4 cm a pixel."""


def noise(
    chance: np.random.Generator, side: int = SIDE, *, first: int = 4, octaves: int = 6
) -> Layer:
    """Return smooth noise, ``0..1`` with a mean near 0.5.

    Args:
        chance: Where it is drawn from.
        side: Pixels.
        first: Cells along a side of the coarsest octave.
        octaves: Each twice as fine and 0.55 times as strong as the one before.
    """
    total = np.zeros((side, side), np.float32)
    strength, weight = 1.0, 0.0
    for octave in range(octaves):
        cells = first * 2**octave
        if cells >= side:
            break
        total += strength * _grown(chance.random((cells + 1, cells + 1)).astype(np.float32), side)
        weight += strength
        strength *= 0.55
    total /= weight
    spread = float(total.std()) or 1.0
    return np.clip(0.5 + (total - total.mean()) / (4 * spread), 0, 1).astype(np.float32)


def _grown(small: Layer, side: int) -> Layer:
    """Return a coarse grid interpolated to ``side`` pixels with smooth steps."""
    cells = len(small) - 1
    where = np.linspace(0, cells, side, endpoint=False)
    low = where.astype(int)
    share = (where - low).astype(np.float32)
    share = share * share * (3 - 2 * share)
    across = small[:, low] * (1 - share) + small[:, low + 1] * share
    return np.asarray(
        across[low] * (1 - share)[:, None] + across[low + 1] * share[:, None], dtype=np.float32
    )


def step(values: Layer, low: float, high: float) -> Layer:
    """Return values rising smoothly from 0 at ``low`` to 1 at ``high``."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def disc(centre: tuple[float, float], radius: float, rough: Layer) -> Layer:
    """Return a patch with a ragged edge; centre and radius in shares of a side."""
    line = (np.arange(len(rough)) + 0.5) / len(rough)
    far = np.hypot(line[None, :] - centre[0], line[:, None] - centre[1])
    return step((radius - far) / radius + (rough - 0.5) * 1.3, 0.0, 0.25)


Spot = tuple[float, float]
"""In shares of a side."""


def _centre(
    chance: np.random.Generator, low: float, high: float, near: Spot | None
) -> tuple[float, float]:
    """Return a point between two shares of a side, or close to a spot."""
    if near is None:
        x, y = chance.uniform(low, high, 2)
    else:
        x, y = np.clip(chance.normal(near, 0.06), 0.06, 0.94)
    return float(x), float(y)


def powder_layer(
    chance: np.random.Generator, level: float, *, everywhere: bool, near: Spot | None = None
) -> Layer:
    """Return powder of a level ``0..1`` with drifts, wiped patches and footprints.

    Args:
        chance: Where it is drawn from.
        level: 0 none, 0.3 a film, 0.6 a layer that hides the floor, 1 thick.
        everywhere: Over the whole room, or in a few patches.
        near: Where the patches are; ``None`` for anywhere.
    """
    if level <= 0:
        return np.zeros((SIDE, SIDE), np.float32)
    rough = noise(chance, first=6)
    fine = noise(chance, first=40, octaves=4)
    if everywhere:
        amount = step(rough + 0.35 * fine, 0.95 - 0.85 * level, 1.25 - 0.65 * level)
    else:
        amount = np.zeros((SIDE, SIDE), np.float32)
        for _ in range(int(chance.integers(1, 5))):
            centre = _centre(chance, 0.15, 0.85, near)
            patch = disc(centre, float(chance.uniform(0.03, 0.13)), rough)
            amount = np.maximum(amount, patch * step(fine, 0.5 - 0.5 * level, 0.75))
    amount = amount * (0.35 + 0.65 * min(1.0, level * 1.3))
    if chance.random() < 0.4:
        amount = amount * (1 - _wiped(chance))
    if everywhere and chance.random() < 0.6:
        amount = amount * (1 - 0.8 * _footprints(chance))
    return amount.astype(np.float32)


def _wiped(chance: np.random.Generator) -> Layer:
    """Return broad strokes of a broom or hand."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    angle = chance.uniform(0, np.pi)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = -columns * np.sin(angle) + rows * np.cos(angle)
    middle = float(chance.uniform(across.min() * 0.5, across.max() * 0.8))
    width = float(chance.uniform(0.02, 0.09))
    ripple = 0.01 * np.sin(along * 60 + chance.uniform(0, 6))
    stroke = np.abs(across - middle + ripple) < width
    return stroke.astype(np.float32) * step(noise(chance, first=30, octaves=3), 0.15, 0.5)


def _footprints(chance: np.random.Generator) -> Layer:
    """Return a walked line of shoe soles."""
    prints = np.zeros((SIDE, SIDE), np.float32)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    for _ in range(int(chance.integers(1, 3))):
        x, y = chance.uniform(0.1, 0.9, 2)
        way = chance.uniform(0, 2 * np.pi)
        for number in range(int(chance.integers(5, 14))):
            side = 0.012 if number % 2 else -0.012
            cx, cy = x - side * np.sin(way), y + side * np.cos(way)
            along = (columns - cx) * np.cos(way) + (rows - cy) * np.sin(way)
            across = -(columns - cx) * np.sin(way) + (rows - cy) * np.cos(way)
            prints[(along / 0.016) ** 2 + (across / 0.0065) ** 2 < 1] = 1
            x, y = x + 0.05 * np.cos(way), y + 0.05 * np.sin(way)
            way += chance.normal(0, 0.12)
    return prints


def liquid_layer(chance: np.random.Generator, puddles: int, *, near: Spot | None = None) -> Layer:
    """Return puddles with smooth edges and a few drops beside them, anywhere or near a spot."""
    amount = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(puddles):
        x, y = _centre(chance, 0.2, 0.8, near)
        radius = float(chance.uniform(0.02, 0.09))
        rough = noise(chance, first=5, octaves=4)
        amount = np.maximum(amount, step(disc((x, y), radius, rough), 0.35, 0.6))
        for _ in range(int(chance.integers(0, 12))):
            dx, dy = chance.normal(0, radius * 1.4, 2)
            drop = disc((x + dx, y + dy), float(chance.uniform(0.002, 0.008)), rough * 0 + 0.5)
            amount = np.maximum(amount, drop)
    return amount


def stain_layer(chance: np.random.Generator, level: float) -> Layer:
    """Return old stains and wheel marks: no hazard, and easily taken for one."""
    if level <= 0:
        return np.zeros((SIDE, SIDE), np.float32)
    amount = step(noise(chance, first=5), 0.75 - 0.3 * level, 1.0) * level
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    for _ in range(int(chance.integers(0, 4))):
        angle = chance.uniform(0, np.pi)
        across = -columns * np.sin(angle) + rows * np.cos(angle)
        middle = chance.uniform(-0.3, 0.8)
        track = np.abs(across - middle) < chance.uniform(0.004, 0.015)
        amount = np.maximum(amount, track * level * 0.7)
    return np.clip(amount, 0, 1).astype(np.float32)


# --- powder with relief -------------------------------------------------------------------------

Faces = NDArray[np.int64]


def faces_over(lies: NDArray[np.bool_]) -> Faces:
    """Return the quads of a grid all of whose corners lie there.

    Args:
        lies: Shape ``(rows, columns)``.

    Returns:
        Shape ``(N, 4)``: the points of each, numbered row by row, counter-clockwise from above
        where x grows with columns and y with rows.
    """
    rows, columns = np.nonzero(lies[:-1, :-1] & lies[1:, :-1] & lies[:-1, 1:] & lies[1:, 1:])
    across = lies.shape[1]
    first = rows * across + columns
    return np.stack([first, first + 1, first + across + 1, first + across], axis=1)


def loose_powder(
    at: tuple[float, float],
    side: float,
    heaps: list[tuple[float, float, float, float]],
    seed: int,
    *,
    z: float = 0.0,
    cells: int = 900,
) -> tuple[NDArray[np.float64], Faces]:
    """Return powder or chips that lie loosely, with heaps, drifts and a ragged edge.

    Args:
        at: Middle of the square that may be covered, metres.
        side: Of the square, metres.
        heaps: Middle (x, y), reach and height of each, metres.
        seed: Of drifts and edges.
        z: Height of what it lies on, metres.
        cells: Points along a side.

    Returns:
        Points, shape ``(cells * cells, 3)``, metres, and the faces of those that are covered.
    """
    chance = np.random.default_rng(seed)
    drifts, fine = noise(chance, cells, first=5), noise(chance, cells, first=110, octaves=3)
    line = (np.arange(cells) + 0.5) / cells * side - side / 2
    xs, ys = np.meshgrid(at[0] + line, at[1] + line)
    amount = np.zeros((cells, cells), np.float32)
    for x, y, reach, height in heaps:
        far = np.hypot(xs - x, ys - y) / reach + 0.9 * (drifts - 0.5)
        amount = np.maximum(amount, height * np.exp(-2.5 * np.maximum(far, 0) ** 2))
    ends = 0.002 + 0.012 * step(fine, 0.2, 0.8)  # grains end one by one
    heights = z + 0.001 + np.maximum(amount - ends, 0) + 0.006 * fine * step(amount, 0.0, 0.02)
    points = np.stack([xs, ys, heights], axis=-1).reshape(-1, 3).astype(np.float64)
    return points, faces_over(amount > ends)
