"""Single things that people put down on a way: parcels, bags, cases, buckets, rolls, tyres.

Middle at the origin, on the floor; material names are those of ``furnishings.looks``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import furnishings
import numpy as np
from meshes import Mesh, ball, box, cylinder, lathe, placed, ring, tube

Chance = np.random.Generator
PAINTS = (
    "carton", "carton2", "carton", "plastic", "plastic2", "white", "black", "blue", "green",
    "orange", "yellow", "plank", "foam", "iron",
)  # fmt: skip


def _paint(chance: Chance) -> str:
    return str(chance.choice(PAINTS))


def parcel(chance: Chance) -> list[Mesh]:
    """Return one box of any size and colour, closed or open, maybe with tape or a label."""
    made = _paint(chance)
    wide, deep, high = (float(v) for v in chance.uniform((0.15, 0.15, 0.08), (0.8, 0.6, 0.6)))
    parts = []
    if chance.random() < 0.25:  # open, its flaps out
        thick = 0.012
        for side in (-1, 1):
            x, y = side * (wide - thick) / 2, side * (deep - thick) / 2
            parts.append(box((x, 0, high / 2), (thick, deep, high), made, bevel=0.001))
            parts.append(box((0, y, high / 2), (wide, thick, high), made, bevel=0.001))
            flap = box((0, 0, 0), (0.4 * wide, deep * 0.96, 0.006), made, bevel=0)
            lean = float(chance.uniform(-0.7, 0.7))
            parts.append(flap.turned(side * lean, "y").moved((side * 0.7 * wide, 0, high)))
        parts.append(box((0, 0, 0.006), (wide, deep, 0.012), made, bevel=0))
    else:
        parts.append(box((0, 0, high / 2), (wide, deep, high), made, bevel=0.006))
        if chance.random() < 0.5:
            around = (wide * 1.004, 0.05, high * 1.006)
            parts.append(box((0, 0, high / 2), around, "parcel-tape", bevel=0))
        if chance.random() < 0.5:
            low, tall = float(chance.uniform(0.25, 0.6)) * high, 0.3 * high
            label = (0.35 * wide, deep * 1.006, tall)
            parts.append(box((0.1 * wide, 0, low), label, _paint(chance), bevel=0))
    return parts


def bag(chance: Chance) -> list[Mesh]:
    """Return a bin bag, a rucksack or a carrier: soft, wider below, with a knot or straps."""
    made = str(chance.choice(("black", "black", "white", "blue", "sack", "plastic", "green")))
    wide, high = float(chance.uniform(0.25, 0.6)), float(chance.uniform(0.25, 0.6))
    deep = wide * float(chance.uniform(0.5, 0.95))
    parts = [ball((0, 0, high * 0.42), (wide, deep, high * 0.84), made, segments=14)]
    for _ in range(int(chance.integers(3, 8))):  # creases and bulges
        turn, up = float(chance.uniform(0, 2 * math.pi)), float(chance.uniform(0.15, 0.6))
        at = (0.3 * wide * math.cos(turn), 0.3 * deep * math.sin(turn), up * high)
        size = chance.uniform(0.3, 0.55, 3) * (wide, deep, high)
        parts.append(ball(at, tuple(size.tolist()), made, segments=12))
    if chance.random() < 0.6:
        neck = [(0.12 * wide, 0.0), (0.05 * wide, 0.07), (0.14 * wide, 0.18), (0.0, 0.2)]
        parts.append(lathe(neck, made, at=(0, 0, high * 0.78), segments=10))
    else:
        for y in (-0.25 * deep, 0.25 * deep):
            strap = [
                (-0.2 * wide, y, 0.75 * high),
                (0, y, 1.15 * high),
                (0.2 * wide, y, 0.75 * high),
            ]
            parts.append(tube(strap, 0.012, made))
    return parts


def case(chance: Chance) -> list[Mesh]:
    """Return a suitcase or a toolbox with its handle."""
    made = str(chance.choice(("black", "blue", "red", "orange", "plastic", "iron", "green")))
    wide, deep, high = (float(v) for v in chance.uniform((0.35, 0.18, 0.18), (0.6, 0.3, 0.65)))
    parts = [box((0, 0, high / 2), (wide, deep, high), made, bevel=0.025)]
    parts.append(box((0, 0, high * 0.62), (wide * 1.01, deep * 1.01, 0.02), "black", bevel=0))
    grip = [(-0.1, 0, high), (-0.09, 0, high + 0.07), (0.09, 0, high + 0.07), (0.1, 0, high)]
    parts.append(tube(grip, 0.012, "black"))
    return parts


def bucket(chance: Chance) -> list[Mesh]:
    """Return one to three buckets, cans or pots of paint."""
    parts: list[Mesh] = []
    for n in range(int(chance.integers(1, 4))):
        low = float(chance.uniform(0.08, 0.16))
        high, flare = float(chance.uniform(0.15, 0.4)), float(chance.uniform(1.0, 1.35))
        made = _paint(chance)
        wall = [(0.0, 0.0), (low, 0.0), (low * flare, high)]
        top = [(low * flare * 0.96, high), (low * 0.97, 0.02), (0.0, 0.02)]
        lid = [(low * flare, high + 0.01), (0.0, high + 0.012)]
        body = lathe(wall + (top if chance.random() < 0.6 else lid), made)
        parts += placed([body], (n * 0.36, float(chance.uniform(-0.1, 0.1)), 0.0))
    return parts


def roll(chance: Chance) -> list[Mesh]:
    """Return a roll of sheet, carpet or hose, lying or standing."""
    made, radius = _paint(chance), float(chance.uniform(0.06, 0.25))
    if chance.random() < 0.5:
        long = float(chance.uniform(0.4, 1.4))
        turn = float(chance.uniform(0, math.pi))
        lying = cylinder((0, 0, radius), radius, long, made, axis="x")
        return [lying.turned(turn)]
    parts: list[Mesh] = []
    for n in range(int(chance.integers(2, 6))):  # coils of hose
        wide = radius + 0.12 + float(chance.uniform(-0.03, 0.03))
        parts.append(ring((0, 0, 0.02 + n * 0.035), wide - 0.03, wide, 0.03, made))
    return parts


def tyre(chance: Chance) -> list[Mesh]:
    """Return one to four tyres, lying one on another."""
    radius = float(chance.uniform(0.25, 0.42))
    return [
        ring((0, 0, 0.1 + n * 0.2), radius * 0.55, radius, 0.19, "rubber", segments=34)
        for n in range(int(chance.integers(1, 5)))
    ]


GOODS: dict[str, Callable[[Chance], list[Mesh]]] = {
    "parcel": parcel, "bag": bag, "case": case, "bucket": bucket, "roll": roll, "tyre": tyre,
    **{k: v for k, v in furnishings.OBSTACLES.items()
       if k not in furnishings.OBSTACLES_TEST_ONLY and k not in ("bicycle", "chairs")},
}  # fmt: skip
"""What may stand on a way; nothing that only test scenes show."""
CHANCES = {"parcel": 5.0, "bag": 3.0, "cartons": 2.0, "case": 2.0, "bucket": 2.0}
"""How often each is drawn against the others, which are drawn once."""


def put_down(chance: Chance) -> list[Mesh]:
    """Return one of ``GOODS``, turned and of a size of its own."""
    names = list(GOODS)
    shares = np.array([CHANCES.get(name, 1.0) for name in names])
    name = str(chance.choice(names, p=shares / shares.sum()))
    size = float(chance.uniform(0.75, 1.3))
    turn = float(chance.uniform(0, 2 * math.pi))
    return [mesh.scaled((size, size, size)).turned(turn) for mesh in GOODS[name](chance)]
