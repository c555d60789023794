"""Machines with dangerous moving parts, and the guards that belong over them.

Each machine stands at the origin with its dangerous side towards -y.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from description import Material
from meshes import (
    Mesh,
    Point,
    band,
    belt_path,
    box,
    cylinder,
    extruded,
    gear_outline,
    grille,
    lathe,
    placed,
    ring,
    tube,
)

GuardState = Literal["cover", "mesh", "half", "beside", "never"]
STATES: tuple[GuardState, ...] = ("cover", "mesh", "half", "beside", "never")
GUARDED: frozenset[str] = frozenset({"cover", "mesh"})
"""States in which nobody reaches the moving part."""

Low = tuple[float, float, float]


@dataclass(slots=True)
class Machine:
    """A machine and the volume of its danger.

    Attributes:
        kind: Word for the file of facts.
        body: Everything that stands still.
        moving: What turns, runs or strikes: one list for each place of danger.
        danger: For each place its low and high corner: what a cover must hide.
        cover: Own shapes of covers for each place; a sheet-metal casing where missing.
    """

    kind: str
    body: list[Mesh]
    moving: list[list[Mesh]]
    danger: list[tuple[Low, Low]]
    cover: list[list[Mesh]] = field(default_factory=list)
    materials: dict[str, Material] = field(default_factory=dict)


BODY_COLOURS = (
    (0.10, 0.22, 0.17),
    (0.05, 0.15, 0.32),
    (0.42, 0.44, 0.43),
    (0.55, 0.52, 0.42),
    (0.12, 0.13, 0.14),
    (0.35, 0.45, 0.40),
    (0.60, 0.24, 0.05),
    (0.30, 0.10, 0.06),
    (0.62, 0.63, 0.62),
    (0.18, 0.32, 0.38),
)
GUARD_COLOURS = (
    (0.85, 0.52, 0.02),
    (0.85, 0.52, 0.02),
    (0.75, 0.22, 0.03),
    (0.45, 0.46, 0.47),
    (0.65, 0.66, 0.66),
    (0.08, 0.08, 0.09),
    (0.55, 0.05, 0.04),
)


def materials(chance: np.random.Generator) -> dict[str, Material]:
    """Return the looks of one machine: body, guard, bare steel, cast iron, rubber."""

    def near(colour: tuple[float, float, float], by: float) -> tuple[float, float, float]:
        shift = chance.uniform(1 - by, 1 + by, 3) * chance.uniform(0.7, 1.25)
        red, green, blue = (
            float(min(max(c * s, 0.004), 0.9)) for c, s in zip(colour, shift, strict=True)
        )
        return red, green, blue

    body = near(BODY_COLOURS[int(chance.integers(len(BODY_COLOURS)))], 0.15)
    guard = near(GUARD_COLOURS[int(chance.integers(len(GUARD_COLOURS)))], 0.12)
    if chance.random() < 0.3:  # many covers have the machine's own paint
        guard = body
    wear = float(chance.uniform(0.05, 0.8))
    rubber = float(chance.uniform(0.006, 0.04))
    return {
        "body": Material("painted", body, rough=float(chance.uniform(0.3, 0.6)), wear=wear),
        "body2": Material("painted", near(body, 0.3), rough=0.5, wear=wear),
        "guard": Material(
            "painted", guard, rough=float(chance.uniform(0.3, 0.65)), wear=wear * 0.8
        ),
        "wire": Material("metal", guard, rough=0.45, wear=0.2, takes_dust=False),
        "steel": Material(
            "metal", near((0.5, 0.5, 0.5), 0.05), rough=float(chance.uniform(0.18, 0.45)), wear=wear
        ),
        "iron": Material(
            "metal", near((0.13, 0.12, 0.12), 0.1), rough=float(chance.uniform(0.4, 0.6)), wear=wear
        ),
        "rubber": Material("plain", (rubber, rubber, rubber), rough=0.75),
        "label": Material("plain", (0.8, 0.75, 0.1), rough=0.4),
        "switch": Material("plain", (0.6, 0.02, 0.02), rough=0.35),
        "panel": Material("plain", near((0.6, 0.6, 0.57), 0.08), rough=0.5),
        "abrasive": Material("plain", near((0.22, 0.2, 0.19), 0.2), rough=0.95, wear=0.4),
    }


def motor(at: Point, radius: float, length: float) -> list[Mesh]:
    """Return an electric motor with fins, feet and terminal box, its shaft along x."""
    parts = [cylinder(at, radius, length, "body2", axis="x")]
    for n in range(9):
        x = at[0] - length * 0.42 + n * length * 0.1
        parts.append(cylinder((x, at[1], at[2]), radius * 1.1, length * 0.025, "body2", axis="x"))
    parts.append(
        cylinder(
            (at[0] - length * 0.55, at[1], at[2]), radius * 0.95, length * 0.16, "iron", axis="x"
        )
    )
    parts.append(
        box(
            (at[0], at[1] - radius * 0.2, at[2] + radius * 1.15),
            (length * 0.35, radius * 0.8, radius * 0.5),
            "body2",
        )
    )
    parts.append(
        box(
            (at[0], at[1], at[2] - radius * 0.98),
            (length * 0.8, radius * 1.7, radius * 0.25),
            "iron",
        )
    )
    return parts


def pulley(at: Point, radius: float, width: float) -> list[Mesh]:
    """Return a V-belt pulley facing -y, with spokes when it is large."""
    x, y, z = at
    if radius < 0.12:
        half = width / 2
        profile = [
            (radius * 0.25, -half), (radius, -half), (radius, -half * 0.6), (radius * 0.86, 0),
            (radius, half * 0.6), (radius, half), (radius * 0.25, half),
        ]  # fmt: skip
        return [
            lathe(profile, "iron", at=at, axis="y"),
            cylinder(at, radius * 0.28, width * 1.3, "steel", axis="y"),
        ]
    parts = [
        ring(at, radius * 0.84, radius, width, "iron", axis="y"),
        cylinder(at, radius * 0.2, width * 1.1, "iron", axis="y"),
        cylinder((x, y - width * 0.4, z), radius * 0.09, width * 1.2, "steel", axis="y"),
    ]
    for n in range(5):
        spoke = box(
            (radius * 0.52, 0, 0), (radius * 0.7, width * 0.35, radius * 0.16), "iron", bevel=0.004
        )
        parts.append(spoke.turned(n * 2 * math.pi / 5 + 0.3, "y").moved(at))
    return parts


def _frame(chance: np.random.Generator, width: float, depth: float, height: float) -> list[Mesh]:
    """Return the machine's housing behind its drive: a cabinet with doors, panel and feet."""
    parts = [
        box((0, depth / 2 + 0.03, height / 2 + 0.05), (width, depth, height), "body", bevel=0.02)
    ]
    for side in (-1, 1):
        parts.append(box((side * width * 0.42, depth / 2, 0.03), (0.08, depth * 0.9, 0.06), "iron"))
    if chance.random() < 0.7:
        z = height * float(chance.uniform(0.75, 1.05))
        x = width * float(chance.uniform(-0.35, 0.35))
        parts.append(box((x, 0.0, z), (0.22, 0.08, 0.28), "panel"))
        parts.append(cylinder((x, -0.05, z + 0.05), 0.025, 0.03, "switch", axis="y", segments=14))
    for _ in range(int(chance.integers(0, 4))):
        x, z = chance.uniform(-0.4, 0.4) * width, chance.uniform(0.15, 0.85) * height
        size = chance.uniform(0.08, 0.35, 2)
        parts.append(
            box(
                (float(x), 0.03, float(z)),
                (float(size[0]), 0.03, float(size[1])),
                "body2",
                bevel=0.004,
            )
        )
    return parts


def belt_drive(chance: np.random.Generator) -> Machine:
    """Return belt and pulleys on the front of a machine or compressor."""
    r1, r2 = float(chance.uniform(0.05, 0.11)), float(chance.uniform(0.13, 0.30))
    apart = (r1 + r2) * float(chance.uniform(1.25, 2.2))
    way = float(chance.uniform(-0.4, 1.5))
    big = (0.0, float(chance.uniform(0.42, 0.95)))
    small = (big[0] + apart * math.cos(way), max(big[1] + apart * math.sin(way) * 0.8, r1 + 0.12))
    width = float(chance.uniform(0.05, 0.1))
    y = -0.07 - width / 2
    moving = [
        *pulley((big[0], y, big[1]), r2, width),
        *pulley((small[0], y, small[1]), r1, width),
    ]
    path = belt_path(big, r2, small, r1)
    belts = int(chance.integers(1, 4))
    for n in range(belts):
        offset = (n - (belts - 1) / 2) * width / belts
        moving.append(band(path, 0.009, width / belts * 0.75, "rubber", y=y + offset))
    low = (min(big[0] - r2, small[0] - r1), -0.13 - width, min(big[1] - r2, small[1] - r1))
    high = (max(big[0] + r2, small[0] + r1), 0.0, max(big[1] + r2, small[1] + r1))
    if chance.random() < 0.35:  # a compressor: tank, cylinder head, motor
        body = [
            cylinder((0.1, 0.35, 0.33), 0.24, 1.3, "body", axis="x"),
            *motor((small[0] - 0.1, 0.22, max(small[1], 0.72)), 0.14, 0.36),
            box((big[0], 0.22, big[1]), (0.26, 0.34, r2 * 1.9), "iron", bevel=0.03),
            box((0.1, 0.3, 0.575), (1.2, 0.42, 0.03), "body"),
        ]
        for x in (-0.35, 0.5):
            body.append(box((x, 0.3, 0.06), (0.08, 0.4, 0.12), "iron"))
    else:
        reach = max(high[0] - low[0], 0.7) * float(chance.uniform(1.05, 1.5))
        body = [
            m.moved(((low[0] + high[0]) / 2, 0, 0))
            for m in _frame(
                chance,
                reach,
                float(chance.uniform(0.5, 0.9)),
                high[2] + float(chance.uniform(0.0, 0.35)),
            )
        ]
    return Machine("belt-drive", body, [moving], [(low, high)])


def chain_drive(chance: np.random.Generator) -> Machine:
    """Return chain and sprockets."""
    r1, r2 = float(chance.uniform(0.05, 0.09)), float(chance.uniform(0.1, 0.2))
    apart = (r1 + r2) * float(chance.uniform(1.4, 2.6))
    way = float(chance.uniform(-0.2, 1.6))
    big = (0.0, float(chance.uniform(0.4, 0.85)))
    small = (apart * math.cos(way), max(big[1] + apart * math.sin(way) * 0.7, r1 + 0.15))
    y, thick = -0.09, 0.02
    moving = []
    for (x, z), r in ((big, r2), (small, r1)):
        teeth = max(9, int(r * 150))
        moving.append(extruded(gear_outline(r, teeth, 0.016), thick, "steel", at=(x, y, z)))
        moving.append(cylinder((x, y, z), r * 0.3, 0.08, "iron", axis="y"))
    path = belt_path(big, r2 * 0.97, small, r1 * 0.97, steps=20)
    closed = np.concatenate([path, path[:1]])
    gaps = np.hypot(*np.diff(closed, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    count = int(along[-1] / 0.032)
    for n in range(count):
        at = along[-1] * n / count
        x, z = float(np.interp(at, along, closed[:, 0])), float(np.interp(at, along, closed[:, 1]))
        x2 = float(np.interp((at + 0.01) % along[-1], along, closed[:, 0]))
        z2 = float(np.interp((at + 0.01) % along[-1], along, closed[:, 1]))
        link = box((0, 0, 0), (0.027, 0.03 if n % 2 else 0.022, 0.016), "iron", bevel=0.003)
        moving.append(link.turned(-math.atan2(z2 - z, x2 - x), "y").moved((x, y, z)))
    low = (min(-r2, small[0] - r1) - 0.02, -0.16, min(big[1] - r2, small[1] - r1) - 0.02)
    high = (max(r2, small[0] + r1) + 0.02, 0.0, max(big[1] + r2, small[1] + r1) + 0.02)
    body = [
        m.moved(((low[0] + high[0]) / 2, 0, 0))
        for m in _frame(chance, (high[0] - low[0]) * 1.3 + 0.3, 0.6, high[2] + 0.15)
    ]
    return Machine("chain-drive", body, [moving], [(low, high)])


def gears(chance: np.random.Generator) -> Machine:
    """Return two or three meshing gears on a rolling or mixing machine."""
    count = int(chance.integers(2, 4))
    x, z = -0.2, float(chance.uniform(0.6, 1.0))
    last, moving = 0.0, []
    lows, highs = [], []
    way = 0.0
    for n in range(count):
        r = float(chance.uniform(0.08, 0.2))
        if n:
            way = float(chance.uniform(-0.7, 0.7))
            x, z = x + (last + r - 0.016) * math.cos(way), z + (last + r - 0.016) * math.sin(way)
        teeth = max(12, int(r * 140))
        wheel = extruded(
            gear_outline(r, teeth, 0.02), 0.05, "steel" if chance.random() < 0.5 else "iron"
        )
        moving.append(wheel.turned(float(chance.uniform(0, 6)), "y").moved((x, -0.08, z)))
        moving.append(cylinder((x, -0.1, z), r * 0.35, 0.07, "iron", axis="y"))
        moving.append(cylinder((x, -0.1, z), r * 0.14, 0.12, "steel", axis="y"))
        lows.append((x - r, z - r))
        highs.append((x + r, z + r))
        last = r
    low = (min(p[0] for p in lows), -0.17, min(p[1] for p in lows))
    high = (max(p[0] for p in highs), 0.0, max(p[1] for p in highs))
    centre = (low[0] + high[0]) / 2
    body = [
        m.moved((centre, 0, 0))
        for m in _frame(chance, (high[0] - low[0]) + 0.5, 0.6, high[2] + 0.12)
    ]
    for dz in (0.0, 0.22):
        body.append(
            cylinder(
                (centre, 0.35, high[2] + 0.2 + dz), 0.1, high[0] - low[0] + 0.6, "steel", axis="x"
            )
        )
    return Machine("gears", body, [moving], [(low, high)])


def coupling(chance: np.random.Generator) -> Machine:
    """Return motor, coupling, shaft and pump in a row on a base plate."""
    radius = float(chance.uniform(0.12, 0.2))
    z = radius + float(chance.uniform(0.15, 0.5))
    gap = float(chance.uniform(0.25, 0.5))
    flange = radius * float(chance.uniform(0.45, 0.75))
    length = radius * 2.6
    body = [
        box(
            (0, 0.05, (z - radius) / 2),
            (gap + length * 2.2, radius * 2.4, z - radius),
            "body",
            bevel=0.01,
        ),
        *motor((-gap / 2 - length / 2, 0.05, z), radius, length),
    ]
    px = gap / 2 + radius * 0.8
    body.append(
        cylinder((px + radius * 0.2, 0.05, z), radius * 0.55, radius * 1.2, "body2", axis="x")
    )
    body.append(
        cylinder((px + radius * 1.2, 0.05, z), radius * 1.15, radius * 0.8, "body", axis="x")
    )
    body.append(
        cylinder((px + radius * 1.2, 0.05, z + radius * 1.5), radius * 0.35, radius * 1.6, "body")
    )
    body.append(cylinder((px + radius * 1.2, 0.05, z + radius * 2.2), radius * 0.6, 0.03, "iron"))
    body.append(
        box(
            (px + radius * 0.3, 0.05, (z - radius * 0.4) / 2 + 0.02),
            (0.1, radius, z - radius * 0.4),
            "body",
        )
    )
    moving = [cylinder((0, 0.05, z), flange * 0.35, gap * 1.1, "steel", axis="x")]
    for side in (-1, 1):
        moving.append(cylinder((side * gap * 0.13, 0.05, z), flange, gap * 0.2, "iron", axis="x"))
        moving.append(
            cylinder((side * gap * 0.3, 0.05, z), flange * 0.6, gap * 0.2, "iron", axis="x")
        )
    for n in range(6):
        angle = n * math.pi / 3
        moving.append(
            cylinder(
                (0, 0.05 + flange * 0.75 * math.cos(angle), z + flange * 0.75 * math.sin(angle)),
                0.012,
                gap * 0.55,
                "steel",
                axis="x",
                segments=8,
            )
        )
    low, high = (
        (-gap / 2, 0.05 - flange - 0.03, z - flange),
        (gap / 2, 0.05 + flange + 0.03, z + flange + 0.03),
    )
    r = flange + 0.03
    cover = [
        lathe(
            [(r, -gap * 0.47), (r, gap * 0.47)],
            "guard",
            axis="x",
            segments=24,
            start=-math.pi * 0.75,
            sweep=math.pi * 1.5,
        )
        .turned(math.pi, "x")
        .moved((0, 0.05, z)),
        box((0, 0.05 - r * 0.8, z - r * 0.75), (gap * 0.9, 0.03, r * 0.6), "guard"),
    ]
    return Machine("coupling", body, [moving], [(low, high)], [cover])


def circular_saw(chance: np.random.Generator) -> Machine:
    """Return a table saw."""
    height, r = float(chance.uniform(0.78, 0.92)), float(chance.uniform(0.15, 0.24))
    width, depth = float(chance.uniform(0.7, 1.3)), float(chance.uniform(0.7, 1.0))
    body = [
        box((0, 0, height - 0.02), (width, depth, 0.04), "steel", bevel=0.004),
        box((0, 0, height - 0.27), (width * 0.75, depth * 0.75, 0.46), "body", bevel=0.02),
        box((width * 0.3, 0, height + 0.035), (0.05, depth * 0.95, 0.07), "body2"),
    ]
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.append(
                box(
                    (sx * width * 0.4, sy * depth * 0.4, height / 2 - 0.03),
                    (0.05, 0.05, height - 0.06),
                    "body2",
                )
            )
    out = r * float(chance.uniform(0.55, 0.95))
    blade = extruded(
        gear_outline(r, int(chance.integers(24, 60)), 0.014, pointed=True), 0.004, "steel"
    )
    turn = float(chance.uniform(0, 1))
    blade = blade.turned(turn, "y").turned(math.pi / 2).moved((0, 0, height - r + out))
    hub = cylinder((0, 0, height - r + out), r * 0.25, 0.02, "iron", axis="x")
    low, high = (-0.05, -r, height), (0.05, r, height + out)
    outline = [(-r * 1.15, 0.03), (r * 1.15, 0.03), (r * 1.1, out * 0.6)]
    outline += [
        (r * 1.1 * math.cos(t), out * 0.6 + out * 0.62 * math.sin(t))
        for t in np.linspace(0.1, math.pi - 0.1, 12)
    ]
    outline.append((-r * 1.1, out * 0.6))
    hood = extruded(outline, 0.075, "guard", axis="x", at=(0, 0, height))
    arm = tube(
        [
            (0, r * 1.0, height + out * 0.9),
            (0, r * 1.6, height + out * 1.1),
            (0, r * 1.7, height - 0.1),
        ],
        0.016,
        "steel",
    )
    return Machine("circular-saw", body, [[blade, hub]], [(low, high)], [[hood, arm]])


def press(chance: np.random.Generator) -> Machine:
    """Return a C-frame punch press with its ram over the die."""
    width, height = float(chance.uniform(0.5, 0.8)), float(chance.uniform(1.5, 2.1))
    table = float(chance.uniform(0.7, 0.85))
    ram_z = table + float(chance.uniform(0.28, 0.42))
    body = [
        box((0, 0.45, height / 2), (width, 0.4, height), "body", bevel=0.03),
        box((0, 0.05, height - 0.25), (width, 0.6, 0.5), "body", bevel=0.03),
        box((0, 0.0, table / 2 - 0.02), (width, 0.7, table - 0.04), "body", bevel=0.02),
        box((0, 0.0, table), (width * 0.9, 0.6, 0.08), "iron", bevel=0.005),
        cylinder((width / 2 + 0.06, 0.25, height - 0.3), 0.28, 0.09, "body2", axis="x"),
        box((width / 2 + 0.1, -0.2, table + 0.25), (0.12, 0.1, 0.3), "panel"),
    ]
    moving = [
        box(
            (0, -0.02, (ram_z + height - 0.5) / 2 + 0.1),
            (width * 0.45, 0.3, height - 0.5 - ram_z + 0.2),
            "steel",
            bevel=0.01,
        ),
        box((0, -0.02, ram_z - 0.03), (width * 0.55, 0.34, 0.07), "iron", bevel=0.005),
        cylinder((0, -0.02, ram_z - 0.1), 0.05, 0.1, "steel"),
        box((0, -0.02, table + 0.08), (width * 0.5, 0.32, 0.08), "iron", bevel=0.005),
    ]
    low, high = (-width * 0.45, -0.34, table + 0.02), (width * 0.45, -0.18, ram_z + 0.3)
    return Machine("press", body, [moving], [(low, high)])


def grinder(chance: np.random.Generator) -> Machine:
    """Return a pedestal grinder with two wheels; the guard is the hood round each wheel."""
    z, r = float(chance.uniform(0.85, 1.05)), float(chance.uniform(0.1, 0.16))
    apart, thick = float(chance.uniform(0.2, 0.28)), float(chance.uniform(0.03, 0.05))
    body = [
        cylinder((0, 0, z), r * 0.75, apart * 1.5, "body", axis="x"),
        box((0, 0.02, z / 2 - r * 0.3), (0.2, 0.18, z - r), "body", bevel=0.02),
        box((0, 0.02, 0.03), (0.4, 0.4, 0.06), "body", bevel=0.01),
        box((0, -0.09, z - r * 1.4), (0.1, 0.03, 0.13), "panel"),
        cylinder((0, -0.11, z - r * 1.35), 0.02, 0.03, "switch", axis="y", segments=12),
    ]
    moving, danger, cover = [], [], []
    for side in (-1, 1):
        x = side * apart
        moving.append(
            [
                cylinder((x, 0, z), r, thick, "abrasive", axis="x"),
                cylinder((x + side * thick * 0.6, 0, z), r * 0.35, 0.012, "steel", axis="x"),
                cylinder((x + side * thick, 0, z), 0.016, 0.03, "steel", axis="x", segments=6),
            ]
        )
        danger.append(((x - 0.05, -r * 1.1, z - r * 1.1), (x + 0.05, r * 1.1, z + r * 1.1)))
        shell = lathe(
            [(r * 1.15, -thick), (r * 1.15, thick)], "guard", axis="x", segments=28,
            start=math.pi * 0.15, sweep=math.pi * 1.45,
        )  # fmt: skip
        side_plate = lathe(
            [(0.02, 0.0), (r * 1.15, 0.0)],
            "guard",
            axis="x",
            start=math.pi * 0.15,
            sweep=math.pi * 1.45,
        )
        hood = [
            shell.turned(math.pi * 0.5, "x").moved((x, 0, z)),
            side_plate.turned(math.pi * 0.5, "x").moved((x + side * thick * 1.05, 0, z)),
            box((x, -r * 1.2, z - r * 0.15), (thick * 1.6, 0.05, 0.015), "steel"),
        ]
        cover.append(hood)
    return Machine("grinder", body, moving, danger, cover)


def conveyor(chance: np.random.Generator) -> Machine:
    """Return the end of a belt conveyor: the nip between belt and drum."""
    z, r = float(chance.uniform(0.55, 0.95)), float(chance.uniform(0.06, 0.12))
    length, width = float(chance.uniform(1.6, 3.0)), float(chance.uniform(0.35, 0.7))
    x0 = -length * 0.35
    path = belt_path((x0, z - r), r, (x0 + length, z - r), r)
    middle = width / 2 + 0.03
    belt = band(path, 0.008, width, "rubber", y=middle)
    drum = cylinder((x0, middle, z - r), r * 0.97, width * 1.02, "steel", axis="y")
    axle = cylinder((x0, 0.0, z - r), 0.025, 0.2, "steel", axis="y")
    # nothing but the bare end drum with its sprocket is the danger that a guard belongs over
    sprocket = extruded(gear_outline(r * 1.1, 18, 0.014), 0.02, "steel", at=(x0, -0.06, z - r))
    wheel = extruded(
        gear_outline(r * 0.75, 13, 0.014), 0.02, "steel", at=(x0 + 0.1, -0.06, z - r - 0.32)
    )
    chain = band(
        belt_path((x0, z - r), r * 1.08, (x0 + 0.1, z - r - 0.32), r * 0.73),
        0.012,
        0.022,
        "iron",
        y=-0.06,
    )
    body = [belt, *motor((x0 + 0.35, 0.2, z - r - 0.34), 0.1, 0.26)]
    for y in (-0.005, width + 0.065):
        body.append(box((x0 + length / 2, y, z - r), (length * 0.97, 0.03, 0.14), "body"))
    for x in np.linspace(x0 + 0.2, x0 + length - 0.2, 3):
        for y in (0.0, width + 0.06):
            body.append(box((float(x), y, (z - r) / 2), (0.05, 0.05, z - r), "body"))
    for x in np.linspace(x0 + 0.5, x0 + length - 0.4, 4):
        body.append(cylinder((float(x), middle, z - 2 * r - 0.04), 0.03, width, "steel", axis="y"))
    low = (x0 - r * 1.2, -0.14, z - r - 0.32 - r)
    high = (x0 + 0.1 + r, -0.02, z + r * 0.2)
    return Machine("conveyor", body, [[sprocket, wheel, chain, drum, axle]], [(low, high)])


def lathe_chuck(chance: np.random.Generator) -> Machine:
    """Return a lathe with the turning chuck with its work piece."""
    z, r = float(chance.uniform(1.0, 1.15)), float(chance.uniform(0.1, 0.17))
    body = [
        box((0.3, 0.1, 0.42), (2.0, 0.55, 0.8), "body", bevel=0.03),
        box((-0.62, 0.1, z), (0.6, 0.55, 0.6), "body", bevel=0.04),
        box((0.4, 0.1, 0.86), (1.5, 0.35, 0.1), "steel"),
        box((0.5, -0.02, 0.97), (0.3, 0.45, 0.14), "iron", bevel=0.01),
        box((1.05, 0.1, z - 0.05), (0.3, 0.25, 0.35), "body2", bevel=0.03),
        box((-0.7, -0.2, z + 0.12), (0.25, 0.05, 0.2), "panel"),
    ]
    x = -0.24
    moving = [
        cylinder((x, 0.1, z), r, 0.14, "steel", axis="x"),
        cylinder((x + 0.3, 0.1, z), r * 0.3, 0.5, "steel", axis="x"),
    ]
    for n in range(3):
        jaw = box((x + 0.1, 0, r * 0.6), (0.08, 0.045, r * 0.6), "iron", bevel=0.004)
        moving.append(jaw.turned(n * 2 * math.pi / 3 + 0.4, "x").moved((0, 0.1, z)))
    low, high = (x - 0.1, 0.1 - r * 1.25, z - r * 0.9), (x + 0.22, 0.1 + r * 0.9, z + r * 1.3)
    shell = lathe(
        [(r * 1.25, -0.16), (r * 1.25, 0.16)], "guard", axis="x", start=0.0, sweep=math.pi * 1.05
    )
    cover = [shell.turned(math.pi * 0.72, "x").moved((x + 0.06, 0.1, z))]
    return Machine("lathe-chuck", body, [moving], [(low, high)], [cover])


MACHINES: dict[str, Callable[[np.random.Generator], Machine]] = {
    "belt-drive": belt_drive,
    "chain-drive": chain_drive,
    "gears": gears,
    "coupling": coupling,
    "circular-saw": circular_saw,
    "press": press,
    "grinder": grinder,
    "conveyor": conveyor,
    "lathe-chuck": lathe_chuck,
}
TEST_ONLY = frozenset({"lathe-chuck", "conveyor"})
"""Kinds that no training scene uses, so that the rendered test asks about machines unseen."""


def casing(chance: np.random.Generator, low: Low, high: Low) -> list[Mesh]:
    """Return a sheet-metal cover over a danger, open only at its back."""
    margin = float(chance.uniform(0.02, 0.06))
    x0, x1 = low[0] - margin, high[0] + margin
    y0, y1 = low[1] - margin * 0.4, max(high[1] + 0.035, low[1] + 0.06)
    z0, z1 = max(low[2] - margin, 0.03), high[2] + margin
    centre = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
    parts = [
        box(centre, (x1 - x0, y1 - y0, z1 - z0), "guard", bevel=float(chance.uniform(0.005, 0.05)))
    ]
    for sx in (-1, 1):
        for sz in (-1, 1):
            at = (centre[0] + sx * (x1 - x0) * 0.42, y0 - 0.002, centre[2] + sz * (z1 - z0) * 0.42)
            parts.append(cylinder(at, 0.009, 0.01, "steel", axis="y", segments=6))
    if chance.random() < 0.6:
        grip = [(-0.06, 0, 0), (-0.05, -0.035, 0), (0.05, -0.035, 0), (0.06, 0, 0)]
        at = (centre[0] + float(chance.uniform(-0.2, 0.2)) * (x1 - x0), y0, centre[2])
        parts.append(tube([(p[0] + at[0], p[1] + at[1], at[2]) for p in grip], 0.007, "steel"))
    if chance.random() < 0.5:
        parts.append(
            box(
                (centre[0], y0 - 0.001, centre[2] + 0.3 * (z1 - z0)),
                (0.09, 0.004, 0.08),
                "label",
                bevel=0,
            )
        )
    if chance.random() < 0.4:  # ventilation slots
        for n in range(6):
            z = centre[2] - (z1 - z0) * 0.3 + n * 0.022
            parts.append(
                box((centre[0], y0 - 0.001, z), ((x1 - x0) * 0.4, 0.006, 0.008), "iron", bevel=0)
            )
    return parts


def cage(chance: np.random.Generator, low: Low, high: Low) -> list[Mesh]:
    """Return a guard of wire mesh: front, top and both sides."""
    margin = float(chance.uniform(0.02, 0.05))
    x0, x1, y0, y1 = (
        low[0] - margin,
        high[0] + margin,
        low[1] - margin,
        max(high[1] + 0.03, low[1] + 0.06),
    )
    z0, z1 = max(low[2] - margin, 0.03), high[2] + margin
    pitch, wire = float(chance.uniform(0.02, 0.045)), float(chance.uniform(0.003, 0.006))
    front = grille(x1 - x0, z1 - z0, pitch, wire, "wire")
    side = grille(y1 - y0, z1 - z0, pitch, wire, "wire")
    centre = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
    parts = placed(front, (centre[0], y0, centre[2]))
    for x in (x0, x1):
        parts += placed(side, (x, centre[1], centre[2]), math.pi / 2)
    lid = [m.turned(math.pi / 2, "x") for m in grille(x1 - x0, y1 - y0, pitch, wire, "wire")]
    return parts + placed(lid, (centre[0], centre[1], z1))


def guard_for(
    machine: Machine, place: int, state: GuardState, chance: np.random.Generator
) -> list[Mesh]:
    """Return the guard of one danger in a state, in the machine's coordinates; maybe empty.

    A guard that lies beside the machine rests on the floor before it, on its front or side.
    """
    low, high = machine.danger[place]
    own = machine.cover[place] if machine.cover else None
    if state == "never":
        return []
    if state == "cover":
        return own if own is not None else casing(chance, low, high)
    if state == "mesh":
        return cage(chance, low, high)
    if state == "half":
        return _half_open(low, high, own, chance)
    parts = (
        own
        if own is not None and chance.random() < 0.5
        else (casing(chance, low, high) if chance.random() < 0.65 else cage(chance, low, high))
    )
    return _lying(parts, low, high, chance)


def _half_open(
    low: Low, high: Low, own: list[Mesh] | None, chance: np.random.Generator
) -> list[Mesh]:
    """Return a guard that covers a part of the danger: cut short, swung open or pushed aside."""
    way = int(chance.integers(3))
    if way == 0:
        cut = low[0] + (high[0] - low[0]) * float(chance.uniform(0.25, 0.5))
        left = chance.random() < 0.5
        return casing(
            chance,
            low if left else (cut, low[1], low[2]),
            (cut, high[1], high[2]) if left else high,
        )
    parts = own if own is not None else casing(chance, low, high)
    if way == 1:  # on its hinge at the left
        return [
            m.turned(-float(chance.uniform(1.2, 2.2)), "z", about=(low[0] - 0.03, low[1], 0.0))
            for m in parts
        ]
    rise = (high[2] - low[2]) * float(chance.uniform(0.45, 0.8))
    return [m.moved((0.0, -0.02, rise)) for m in parts]


def _lying(parts: list[Mesh], low: Low, high: Low, chance: np.random.Generator) -> list[Mesh]:
    """Return a guard taken off: on the floor before the machine, flat or leaning."""
    centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    back = [m.moved((-centre[0], -centre[1], -centre[2])) for m in parts]
    if chance.random() < 0.5:
        back = [m.turned(-math.pi / 2, "x") for m in back]
    else:
        back = [m.turned(float(chance.uniform(-0.5, -0.2)), "x") for m in back]
    back = [m.turned(float(chance.uniform(-0.6, 0.6))) for m in back]
    bottom = min(float(m.points[:, 2].min()) for m in back)
    side = float(chance.choice((-1.0, 1.0)))
    span = max(float(m.points[:, 0].max()) for m in back)
    x = centre[0] + side * (span + (high[0] - low[0]) * float(chance.uniform(0.35, 0.8)))
    y = low[1] - float(chance.uniform(0.3, 0.6))
    return [m.moved((x, y, -bottom + 0.002)) for m in back]
