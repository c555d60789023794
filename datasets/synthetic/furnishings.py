"""What stands, hangs and lies in workplaces: doors, signs, goods, people, litter.

Wall things face -y with the wall at y = 0; standing things have their middle at the origin.
Material names stand in ``MATERIALS`` unless they are given.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import ground
import numpy as np
from description import Material
from meshes import Mesh, ball, box, cylinder, lathe, placed, ring, sheet, tube

Chance = np.random.Generator


def looks(chance: Chance) -> dict[str, Material]:
    """Return the materials of one scene, each drawn anew."""

    def tint(red: float, green: float, blue: float, by: float = 0.12) -> tuple[float, float, float]:
        r, g, b = (
            float(min(max(c * s, 0.003), 0.92))
            for c, s in zip(
                (red, green, blue),
                chance.uniform(1 - by, 1 + by, 3) * chance.uniform(0.75, 1.2),
                strict=True,
            )
        )
        return r, g, b

    def pick(*colours: tuple[float, float, float]) -> tuple[float, float, float]:
        return tint(*colours[int(chance.integers(len(colours)))])

    def cloth(low: float, high: float) -> tuple[float, float, float]:
        grey = float(chance.uniform(low, high))
        return tint(*(grey + chance.normal(0, 0.25 * grey, 3) * np.array([1.0, 0.7, 1.3])))

    wear = float(chance.uniform(0.05, 0.6))
    return {
        "leaf": Material(
            "painted",
            pick(
                (0.45, 0.47, 0.48),
                (0.3, 0.12, 0.05),
                (0.12, 0.2, 0.3),
                (0.6, 0.58, 0.52),
                (0.35, 0.03, 0.03),
                (0.1, 0.18, 0.14),
            ),
            rough=0.45,
            wear=wear,
        ),
        "frame": Material(
            "painted",
            pick((0.3, 0.3, 0.32), (0.1, 0.1, 0.1), (0.55, 0.55, 0.52)),
            rough=0.45,
            wear=wear,
        ),
        "bar": Material(
            "metal", pick((0.6, 0.6, 0.6), (0.4, 0.03, 0.03), (0.1, 0.3, 0.12)), rough=0.3, wear=0.2
        ),
        "pane": Material("glass", (0.75, 0.85, 0.82), rough=0.05, takes_dust=False),
        "shutter": Material(
            "metal", pick((0.45, 0.46, 0.47), (0.2, 0.28, 0.38)), rough=0.45, wear=wear
        ),
        "chain": Material("metal", (0.35, 0.34, 0.32), rough=0.4, wear=0.5),
        "lock": Material("metal", (0.55, 0.38, 0.08), rough=0.35, wear=0.3),
        "carton": Material(
            "plain",
            pick((0.36, 0.22, 0.11), (0.45, 0.30, 0.17), (0.28, 0.18, 0.1)),
            rough=0.9,
            wear=0.25,
        ),
        "carton2": Material(
            "plain", pick((0.40, 0.26, 0.14), (0.5, 0.48, 0.44)), rough=0.9, wear=0.2
        ),
        "parcel-tape": Material("plain", (0.5, 0.36, 0.16), rough=0.3),
        "plank": Material(
            "wood",
            pick((0.40, 0.26, 0.13), (0.30, 0.20, 0.11), (0.5, 0.36, 0.2)),
            (0.2, 0.12, 0.06),
            rough=0.85,
            scale=0.12,
        ),
        "drum": Material(
            "painted",
            pick(
                (0.02, 0.10, 0.38),
                (0.4, 0.03, 0.02),
                (0.05, 0.05, 0.05),
                (0.03, 0.22, 0.1),
                (0.45, 0.25, 0.02),
            ),
            rough=0.4,
            wear=wear,
        ),
        "plastic": Material(
            "plain",
            pick(
                (0.02, 0.12, 0.42),
                (0.5, 0.03, 0.03),
                (0.55, 0.4, 0.03),
                (0.05, 0.25, 0.1),
                (0.4, 0.4, 0.4),
            ),
            rough=0.45,
            wear=0.2,
        ),
        "plastic2": Material(
            "plain",
            pick((0.03, 0.2, 0.5), (0.03, 0.3, 0.12), (0.5, 0.5, 0.5), (0.08, 0.08, 0.09)),
            rough=0.5,
            wear=0.2,
        ),
        "sack": Material(
            "plain",
            pick((0.55, 0.52, 0.46), (0.62, 0.62, 0.6), (0.35, 0.22, 0.12)),
            rough=0.95,
            wear=0.35,
        ),
        "steel": Material("metal", tint(0.5, 0.5, 0.5, 0.05), rough=0.35, wear=wear),
        "iron": Material("metal", tint(0.12, 0.11, 0.11), rough=0.55, wear=wear),
        "rust": Material("plain", tint(0.22, 0.09, 0.04), rough=0.85, wear=0.7),
        "rubber": Material("plain", (0.012, 0.012, 0.013), rough=0.7),
        "cable": Material(
            "plain",
            pick(
                (0.01, 0.01, 0.01),
                (0.5, 0.18, 0.02),
                (0.45, 0.4, 0.03),
                (0.35, 0.35, 0.36),
                (0.02, 0.08, 0.3),
            ),
            rough=0.5,
        ),
        "red": Material("painted", tint(0.45, 0.012, 0.012, 0.1), rough=0.28, wear=0.15),
        "white": Material("plain", tint(0.75, 0.75, 0.72, 0.05), rough=0.5, wear=0.15),
        "black": Material("plain", (0.02, 0.02, 0.022), rough=0.5),
        "yellow": Material("plain", tint(0.8, 0.5, 0.02), rough=0.5, wear=wear),
        "green": Material("plain", tint(0.03, 0.25, 0.09), rough=0.5),
        "leaf-green": Material("plain", tint(0.05, 0.2, 0.04, 0.3), rough=0.6),
        "blue": Material("painted", tint(0.03, 0.12, 0.36), rough=0.4, wear=wear),
        "orange": Material("painted", tint(0.75, 0.2, 0.02), rough=0.4, wear=wear),
        "duct": Material("metal", pick((0.5, 0.5, 0.5), (0.35, 0.38, 0.4)), rough=0.42, wear=wear),
        "beam": Material(
            "painted",
            pick((0.35, 0.08, 0.04), (0.4, 0.4, 0.4), (0.1, 0.2, 0.3), (0.5, 0.46, 0.36)),
            rough=0.5,
            wear=wear,
        ),
        "skin": Material("plain", tint(0.42, 0.25, 0.17, 0.15), rough=0.55, takes_dust=False),
        "shirt": Material("plain", cloth(0.02, 0.45), rough=0.9, takes_dust=False),
        "trousers": Material("plain", cloth(0.01, 0.2), rough=0.9, takes_dust=False),
        "hair": Material("plain", (0.012, 0.01, 0.009), rough=0.7, takes_dust=False),
        "hat": Material(
            "plain",
            pick((0.75, 0.5, 0.02), (0.7, 0.7, 0.7), (0.5, 0.02, 0.02), (0.03, 0.12, 0.45)),
            rough=0.3,
            takes_dust=False,
        ),
        "vest": Material(
            "plain", pick((0.85, 0.2, 0.02), (0.5, 0.8, 0.04)), rough=0.7, takes_dust=False
        ),
        "debris": Material(
            "concrete",
            pick((0.42, 0.4, 0.37), (0.3, 0.12, 0.07), (0.5, 0.48, 0.44), (0.15, 0.14, 0.13)),
            rough=0.95,
            scale=0.05,
        ),
        "foam": Material(
            "plain",
            pick((0.8, 0.8, 0.78), (0.75, 0.72, 0.5), (0.2, 0.2, 0.22), (0.5, 0.62, 0.75)),
            rough=0.95,
            wear=0.1,
        ),
        "film": Material("glass", (0.9, 0.92, 0.95), rough=0.25, takes_dust=False),
    }


def sign(
    name: str,
    at: tuple[float, float, float],
    width: float,
    aspect: float,
    *,
    glow: bool,
    thick: float = 0.012,
) -> list[Mesh]:
    """Return a sign on the wall: a panel with a picture; the material is named after it."""
    x, y, z = at
    height = width / aspect
    front = y - thick - 0.001
    corners = [
        (x - width / 2, front, z - height / 2),
        (x + width / 2, front, z - height / 2),
        (x + width / 2, front, z + height / 2),
        (x - width / 2, front, z + height / 2),
    ]
    back = box((x, y - thick / 2, z), (width * 1.03, thick, height * 1.06), "white", bevel=0.001)
    return [back, sheet(corners, f"{'lit' if glow else 'sign'}:{name}", picture=True)]


DoorKind = str
DOORS: tuple[DoorKind, ...] = ("push-bar", "double", "glass", "plain", "shutter")


def door(chance: Chance, kind: DoorKind) -> tuple[list[Mesh], float, float]:
    """Return a closed door in the wall with its width and height."""
    height = float(chance.uniform(1.98, 2.25))
    width = float(chance.uniform(0.85, 1.05))
    if kind in ("double", "glass"):
        width = float(chance.uniform(1.4, 1.9))
    if kind == "shutter":
        width, height = float(chance.uniform(2.0, 3.2)), float(chance.uniform(2.2, 2.7))
    parts: list[Mesh] = []
    for side in (-1, 1):
        parts.append(
            box((side * (width / 2 + 0.035), -0.03, height / 2), (0.07, 0.12, height), "frame")
        )
    parts.append(box((0, -0.03, height + 0.035), (width + 0.14, 0.12, 0.07), "frame"))
    if kind == "shutter":
        for n in range(int(height / 0.09)):
            parts.append(
                cylinder(
                    (0, -0.02, 0.045 + n * 0.09), 0.045, width, "shutter", axis="x", segments=10
                )
            )
        parts.append(box((0, -0.06, height + 0.15), (width + 0.2, 0.28, 0.28), "shutter"))
        return parts, width, height
    leaves = (-1, 1) if kind in ("double", "glass") else (0,)
    wide = width / len(leaves)
    for side in leaves:
        x = side * wide / 2
        if kind == "glass":
            parts.append(
                box((x, -0.02, height / 2), (wide - 0.01, 0.012, height - 0.02), "pane", bevel=0)
            )
            for dx in (-1, 1):
                parts.append(
                    box(
                        (x + dx * (wide / 2 - 0.035), -0.03, height / 2),
                        (0.06, 0.04, height - 0.02),
                        "bar",
                    )
                )
            for z in (0.08, height - 0.06):
                parts.append(box((x, -0.03, z), (wide - 0.02, 0.04, 0.12), "bar"))
            parts.append(
                tube(
                    [
                        (x - side * (wide / 2 - 0.12), -0.09, 0.8),
                        (x - side * (wide / 2 - 0.12), -0.09, 1.35),
                    ],
                    0.014,
                    "bar",
                )
            )
            continue
        parts.append(
            box((x, -0.02, height / 2), (wide - 0.008, 0.045, height - 0.01), "leaf", bevel=0.004)
        )
        style = int(chance.integers(4))
        if style == 1:
            parts.append(box((x, -0.045, height * 0.72), (0.22, 0.012, 0.5), "pane", bevel=0))
        elif style == 2:
            for z in (height * 0.27, height * 0.72):
                parts.append(
                    box((x, -0.045, z), (wide * 0.62, 0.014, height * 0.33), "leaf", bevel=0.012)
                )
        elif style == 3:
            parts.append(box((x, -0.045, 0.15), (wide * 0.95, 0.006, 0.26), "steel", bevel=0))
        if kind == "push-bar" or (kind == "double" and chance.random() < 0.65):
            parts.append(box((x, -0.10, 1.02), (wide * 0.82, 0.035, 0.045), "bar", bevel=0.01))
            for dx in (-1, 1):
                parts.append(box((x + dx * wide * 0.38, -0.07, 1.02), (0.05, 0.08, 0.09), "bar"))
        else:
            hx = x + (wide / 2 - 0.08) * (1 if side <= 0 else -1)
            parts.append(box((hx, -0.05, 1.03), (0.05, 0.012, 0.2), "bar"))
            parts.append(
                tube(
                    [
                        (hx, -0.06, 1.06),
                        (hx, -0.09, 1.06),
                        (hx - 0.11 * (1 if side <= 0 else -1), -0.09, 1.06),
                    ],
                    0.009,
                    "bar",
                )
            )
        if chance.random() < 0.6:  # a closer
            parts.append(box((x + wide * 0.15, -0.07, height - 0.07), (0.22, 0.05, 0.06), "bar"))
    return parts, width, height


def chained(width: float) -> list[Mesh]:
    """Return a chain with a padlock across a door."""
    links = []
    for n in range(15):
        x = -0.2 + 0.4 * n / 14
        z = 1.0 - 0.1 * math.sin(math.pi * n / 14)
        link = ring((0, 0, 0), 0.012, 0.019, 0.007, "chain", axis="y", segments=10).scaled(
            (1.35, 1, 1)
        )
        links.append((link.turned(math.pi / 2, "x") if n % 2 else link).moved((x, -0.125, z)))
    lock = [
        box((0, -0.14, 0.86), (0.055, 0.025, 0.05), "lock"),
        tube(
            [
                (-0.018, -0.14, 0.885),
                (-0.018, -0.14, 0.915),
                (0.018, -0.14, 0.915),
                (0.018, -0.14, 0.885),
            ],
            0.005,
            "steel",
        ),
    ]
    return links + lock


def extinguisher(
    chance: Chance, label: str = "", wraps: tuple[float, float] = (1.2, 1.9)
) -> tuple[list[Mesh], list[Mesh]]:
    """Return the cylinder of an extinguisher standing on z = 0, and its valve and hose.

    Args:
        chance: Decides its size and its label.
        label: A sign that is its label; one of the plain ones when empty.
        wraps: From which to which angle the label goes round it, radians.
    """
    r, h = float(chance.uniform(0.055, 0.09)), float(chance.uniform(0.34, 0.52))
    profile = [
        (r * 0.9, 0.0),
        (r, 0.012),
        (r, h * 0.8),
        (r * 0.95, h * 0.87),
        (r * 0.7, h * 0.95),
        (r * 0.25, h),
        (r * 0.22, h + 0.02),
    ]
    body = [lathe(profile, "red", segments=32)]
    name = f"sign:{label or f'bottle-{int(chance.integers(4))}'}"
    turn = float(chance.uniform(-0.7, 0.7))
    wide, low, high, steps = float(chance.uniform(*wraps)), h * 0.25, h * 0.68, 10
    if label:
        low, high = h * float(chance.uniform(0.08, 0.3)), h * float(chance.uniform(0.6, 0.79))
    for n in range(steps):  # the paper label round the front
        a, b = (-math.pi / 2 + turn + wide * (k / steps - 0.5) for k in (n, n + 1))
        q = r + 0.0008
        face = sheet(
            [
                (q * math.cos(a), q * math.sin(a), low),
                (q * math.cos(b), q * math.sin(b), low),
                (q * math.cos(b), q * math.sin(b), high),
                (q * math.cos(a), q * math.sin(a), high),
            ],
            name,
            picture=True,
        )
        face.uv = [
            [(n / steps, 0.0), ((n + 1) / steps, 0.0), ((n + 1) / steps, 1.0), (n / steps, 1.0)]
        ]
        body.append(face)
    top = [
        cylinder((0, 0, h + 0.03), r * 0.3, 0.04, "black"),
        box((0.02, -0.02, h + 0.065), (0.14, 0.022, 0.012), "black").turned(
            0.25, "y", (0, 0, h + 0.065)
        ),
        box((0.02, -0.02, h + 0.04), (0.12, 0.022, 0.012), "black"),
        cylinder((0, -r * 0.35, h + 0.03), 0.018, 0.012, "white", axis="y", segments=14),
        tube(
            [
                (-r * 0.3, 0, h + 0.03),
                (-r * 1.2, 0, h - 0.02),
                (-r * 1.45, 0.01, h * 0.6),
                (-r * 1.2, 0.0, h * 0.2),
            ],
            0.011,
            "rubber",
        ),
    ]
    tops = [m.turned(turn) for m in top]
    return body, tops


def hydrant_box(chance: Chance) -> list[Mesh]:
    """Return a hydrant cabinet on the wall, its lower edge 0.7 m above the floor."""
    height = float(chance.uniform(0.75, 1.2))
    width = height * 0.8
    z = 0.7 + height / 2
    body = box(
        (0, -0.08, z),
        (width, 0.16, height),
        "red" if chance.random() < 0.6 else "steel",
        bevel=0.006,
    )
    front = sign(
        f"hydrant-{int(chance.integers(4))}",
        (0, -0.16, z),
        width * 0.92,
        0.8,
        glow=False,
        thick=0.006,
    )
    return [body, *front]


# --- goods that can stand in the way: middle at the origin, on the floor -------------------------


def cartons(chance: Chance) -> list[Mesh]:
    """Return a stack of cartons."""
    parts, z = [], 0.0
    wide = float(chance.uniform(0.3, 0.7))
    for _ in range(int(chance.integers(1, 5))):
        size = (
            wide * float(chance.uniform(0.8, 1.05)),
            wide * float(chance.uniform(0.7, 1.0)),
            float(chance.uniform(0.2, 0.45)),
        )
        made = "carton" if chance.random() < 0.7 else "carton2"
        item = [box((0, 0, size[2] / 2), size, made, bevel=0.004)]
        if chance.random() < 0.6:
            item.append(
                box(
                    (0, 0, size[2] / 2),
                    (size[0] * 1.002, 0.05, size[2] * 1.004),
                    "parcel-tape",
                    bevel=0,
                )
            )
        parts += placed(
            item,
            (float(chance.uniform(-0.04, 0.04)), float(chance.uniform(-0.04, 0.04)), z),
            float(chance.uniform(-0.15, 0.15)),
        )
        z += size[2]
        if z > 1.6:
            break
    return parts


def pallet_meshes(material: str = "plank") -> list[Mesh]:
    """Return one wooden pallet, 1.2 by 0.8 by 0.144 m."""
    parts = []
    for n in range(5):
        parts.append(box((-0.53 + n * 0.265, 0, 0.133), (0.14, 0.8, 0.022), material, bevel=0.002))
    for y in (-0.35, 0, 0.35):
        for x in (-0.53, 0, 0.53):
            parts.append(box((x, y, 0.072), (0.14, 0.1, 0.1), material, bevel=0.002))
        parts.append(box((0, y, 0.011), (1.2, 0.1, 0.022), material, bevel=0.002))
    return parts


def pallets(chance: Chance) -> list[Mesh]:
    """Return pallets: empty ones in a stack, or one with goods."""
    parts: list[Mesh] = []
    if chance.random() < 0.5:
        for n in range(int(chance.integers(1, 8))):
            parts += placed(pallet_meshes(), (0, 0, n * 0.146), float(chance.uniform(-0.05, 0.05)))
        return parts
    parts += pallet_meshes()
    rows = int(chance.integers(1, 4))
    for level in range(rows):
        for x in (-0.38, 0.0, 0.38):
            for y in (-0.2, 0.2):
                if level == rows - 1 and chance.random() < 0.2:
                    continue
                made = "carton" if chance.random() < 0.8 else "carton2"
                parts.append(
                    box(
                        (x, y, 0.146 + 0.16 + level * 0.32), (0.37, 0.385, 0.315), made, bevel=0.004
                    )
                )
    return parts


def drums(chance: Chance) -> list[Mesh]:
    """Return one to three steel or plastic drums."""
    parts: list[Mesh] = []
    for n in range(int(chance.integers(1, 4))):
        r, h = 0.29, 0.88
        profile = [
            (r, 0),
            (r * 1.02, 0.01),
            (r, 0.02),
            (r, h / 3),
            (r * 1.03, h / 3 + 0.015),
            (r, h / 3 + 0.03),
            (r, h * 2 / 3),
            (r * 1.03, h * 2 / 3 + 0.015),
            (r, h * 2 / 3 + 0.03),
            (r, h - 0.02),
            (r * 1.02, h - 0.01),
            (r * 0.96, h),
            (r * 0.95, h - 0.015),
        ]
        parts.append(
            lathe(profile, "drum", at=(n * 0.62 - 0.3, float(chance.uniform(-0.15, 0.15)), 0))
        )
    return parts


def cart(chance: Chance) -> list[Mesh]:
    """Return a platform trolley, laden or empty."""
    parts = [box((0, 0, 0.2), (0.9, 0.6, 0.05), "blue", bevel=0.008)]
    for x in (-0.36, 0.36):
        for y in (-0.22, 0.22):
            parts.append(cylinder((x, y, 0.075), 0.07, 0.035, "rubber", axis="y", segments=18))
    handle = [(-0.43, -0.26, 0.2), (-0.48, -0.26, 0.9), (-0.48, 0.26, 0.9), (-0.43, 0.26, 0.2)]
    parts.append(tube(handle, 0.015, "steel"))
    if chance.random() < 0.6:
        parts += placed(cartons(chance), (0.05, 0, 0.225))
    return parts


def bicycle(chance: Chance) -> list[Mesh]:
    """Return a bicycle or scooter leaning slightly."""
    parts = []
    for x in (-0.52, 0.52):
        parts.append(ring((x, 0, 0.33), 0.29, 0.335, 0.04, "rubber", axis="y", segments=30))
        parts.append(cylinder((x, 0, 0.33), 0.03, 0.08, "steel", axis="y", segments=12))
        for n in range(4):
            turn = n * math.pi / 4
            dx, dz = 0.29 * math.cos(turn), 0.29 * math.sin(turn)
            parts.append(
                tube([(x - dx, 0, 0.33 - dz), (x + dx, 0, 0.33 + dz)], 0.003, "steel", segments=4)
            )
    frame = "plastic"
    for a, b in (
        ((-0.52, 0, 0.33), (-0.15, 0, 0.75)),
        ((-0.15, 0, 0.8), (0.02, 0, 0.3)),
        ((0.02, 0, 0.3), (-0.52, 0, 0.33)),
        ((0.02, 0, 0.3), (0.38, 0, 0.78)),
        ((-0.15, 0, 0.72), (0.38, 0, 0.78)),
        ((0.38, 0, 0.85), (0.52, 0, 0.33)),
    ):
        parts.append(tube([a, b], 0.018, frame))
    parts.append(tube([(0.3, -0.27, 0.98), (0.4, 0, 0.95), (0.3, 0.27, 0.98)], 0.013, "steel"))
    parts.append(ball((-0.17, 0, 0.88), (0.26, 0.15, 0.08), "black"))
    if chance.random() < 0.5:  # the faired front of a scooter
        parts.append(box((0.3, 0, 0.6), (0.12, 0.34, 0.55), frame, bevel=0.04))
        parts.append(box((-0.1, 0, 0.35), (0.7, 0.28, 0.12), frame, bevel=0.03))
    return [m.turned(float(chance.uniform(0.03, 0.12)), "x") for m in parts]


def sacks(chance: Chance) -> list[Mesh]:
    """Return a pile of filled sacks."""
    parts = []
    for level in range(int(chance.integers(1, 5))):
        for x in (-0.3, 0.3):
            at = (
                x * (1 - 0.1 * level) + float(chance.normal(0, 0.03)),
                float(chance.normal(0, 0.04)),
                0.08 + level * 0.13,
            )
            parts.append(
                ball((0, 0, 0), (0.62, 0.42, 0.19), "sack")
                .turned(float(chance.uniform(-0.2, 0.2)))
                .moved(at)
            )
    return parts


def crates(chance: Chance) -> list[Mesh]:
    """Return plastic crates in a stack, open on top."""
    parts: list[Mesh] = []
    wide, deep, high = 0.6, 0.4, float(chance.uniform(0.18, 0.32))
    for n in range(int(chance.integers(1, 6))):
        z = n * high * 0.98
        made = "plastic" if (n % 2 == 0 or chance.random() < 0.5) else "plastic2"
        for side in (-1, 1):
            parts.append(
                box(
                    (side * (wide / 2 - 0.01), 0, z + high / 2),
                    (0.02, deep, high),
                    made,
                    bevel=0.003,
                )
            )
            parts.append(
                box(
                    (0, side * (deep / 2 - 0.01), z + high / 2),
                    (wide, 0.02, high),
                    made,
                    bevel=0.003,
                )
            )
        parts.append(box((0, 0, z + 0.01), (wide, deep, 0.02), made, bevel=0))
        parts.append(
            box((0, 0, z + high - 0.015), (wide * 1.03, deep * 1.04, 0.02), made, bevel=0.003)
        )
    return parts


def planks(chance: Chance) -> list[Mesh]:
    """Return long goods: planks, profiles or pipes, lying."""
    parts = []
    steel = chance.random() < 0.5
    for _ in range(int(chance.integers(3, 10))):
        length = float(chance.uniform(0.9, 1.8))
        y, z = float(chance.uniform(-0.2, 0.2)), float(chance.uniform(0.02, 0.2))
        item = (
            cylinder((0, y, z), 0.022, length, "rust", axis="x", segments=12)
            if steel
            else box((0, y, z), (length, 0.12, 0.03), "plank", bevel=0.002)
        )
        parts.append(item.turned(float(chance.normal(0, 0.08))))
    return parts


def ladder(chance: Chance) -> list[Mesh]:
    """Return a folding ladder standing open."""
    parts = []
    h = float(chance.uniform(1.2, 2.0))
    for lean in (-0.25, 0.25):
        for x in (-0.25, 0.25):
            parts.append(tube([(x, lean * h, 0), (x * 0.7, 0, h)], 0.022, "steel"))
        for n in range(1, int(h / 0.28)):
            share = n * 0.28 / h
            y, wide = lean * h * (1 - share), 0.5 * (1 - 0.3 * share)
            parts.append(box((0, y, n * 0.28), (wide, 0.07, 0.025), "steel", bevel=0.002))
    return parts


def chairs(chance: Chance) -> list[Mesh]:
    """Return one or two stools or chairs."""
    parts = []
    for n in range(int(chance.integers(1, 3))):
        x = n * 0.5
        parts.append(box((x, 0, 0.45), (0.4, 0.4, 0.04), "plastic", bevel=0.01))
        for dx in (-0.17, 0.17):
            for dy in (-0.17, 0.17):
                parts.append(tube([(x + dx, dy, 0), (x + dx * 0.9, dy * 0.9, 0.45)], 0.014, "iron"))
        if chance.random() < 0.5:
            parts.append(box((x, 0.19, 0.72), (0.4, 0.03, 0.35), "plastic", bevel=0.01))
    return [m.turned(float(chance.uniform(0, 6))) for m in parts]


def bin_(chance: Chance) -> list[Mesh]:
    """Return a wheeled bin or a bucket."""
    if chance.random() < 0.4:
        return [
            lathe([(0.12, 0), (0.15, 0.3), (0.158, 0.3), (0.145, 0.29)], "plastic"),
            tube([(-0.15, 0, 0.29), (0, 0.06, 0.36), (0.15, 0, 0.29)], 0.004, "steel"),
        ]
    return [
        box((0, 0, 0.5), (0.5, 0.55, 0.85), "plastic2", bevel=0.04),
        box((0, -0.03, 0.97), (0.56, 0.62, 0.08), "plastic2", bevel=0.03),
        cylinder((0, 0.24, 0.1), 0.1, 0.5, "rubber", axis="x"),
    ]


def reel(chance: Chance) -> list[Mesh]:
    """Return a cable drum of wood."""
    r = float(chance.uniform(0.25, 0.5))
    parts = [cylinder((0, y, r), r, 0.04, "plank", axis="y") for y in (-0.2, 0.2)]
    parts.append(cylinder((0, 0, r), r * 0.72, 0.38, "cable", axis="y"))
    return parts


OBSTACLES: dict[str, Callable[[Chance], list[Mesh]]] = {
    "cartons": cartons,
    "pallets": pallets,
    "drums": drums,
    "cart": cart,
    "bicycle": bicycle,
    "sacks": sacks,
    "crates": crates,
    "planks": planks,
    "ladder": ladder,
    "chairs": chairs,
    "bin": bin_,
    "reel": reel,
}
OBSTACLES_TEST_ONLY = frozenset({"reel", "ladder"})


# --- litter on a walkway ------------------------------------------------------------------------


def heap(chance: Chance, reach: float, height: float) -> Mesh:
    """Return powder or chips about the origin: thick in the middle, ragged and thin at its edge.

    Args:
        chance: Of drifts and edges.
        reach: Metres to where it ends, about.
        height: Of its middle, metres.
    """
    cells = 200
    drifts = ground.noise(chance, cells, first=4)
    fine = ground.noise(chance, cells, first=50, octaves=2)
    line = ((np.arange(cells) + 0.5) / cells - 0.5) * 3.0 * reach
    x, y = np.meshgrid(line, line * float(chance.uniform(1.0, 1.6)))
    far = np.hypot(x, y) / reach + 1.1 * (drifts - 0.5)
    amount = height * np.exp(-2.5 * np.maximum(far, 0) ** 2)
    thin = min(0.004, 0.2 * height)
    ends = thin * (0.5 + 3 * ground.step(fine, 0.2, 0.8))  # grains end one by one
    z = 0.001 + np.maximum(amount - ends, 0) + 0.5 * thin * fine
    corners = ground.faces_over(amount > ends)
    used, faces = np.unique(corners, return_inverse=True)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)[used].astype(np.float64)
    return Mesh(points, faces.reshape(-1, 4).tolist(), "heap", smooth=True)


def litter(chance: Chance, kind: str, reach: float) -> list[Mesh]:
    """Return small things scattered on the floor within ``reach`` metres of the origin."""
    parts: list[Mesh] = []

    def spot(spread: float = 0.5) -> tuple[float, float]:
        x, y = chance.normal(0, reach * spread, 2)
        return float(np.clip(x, -reach, reach)), float(np.clip(y, -reach, reach))

    if kind == "cable":
        for _ in range(int(chance.integers(1, 4))):
            points, (x, y), way = [], spot(), float(chance.uniform(0, 6))
            r = float(chance.uniform(0.004, 0.016))
            for _ in range(26):
                points.append((x, y, r * 1.02))
                way += float(chance.normal(0, 0.45))
                x, y = x + 0.09 * math.cos(way), y + 0.09 * math.sin(way)
            parts.append(tube(_smooth(points), r, "cable", segments=7))
    elif kind == "hose":
        turns = float(chance.uniform(1.2, 3.5)) * 2 * math.pi
        angles = np.linspace(0, turns, 70)
        r = np.linspace(0.45, 0.25, 70) * reach * 1.4
        points = [
            (float(q * math.cos(a)), float(q * math.sin(a)), 0.016 + 0.004 * (a / turns))
            for q, a in zip(r, angles, strict=True)
        ]
        points += [
            (points[-1][0] + 0.05 * n, points[-1][1] - 0.03 * n, 0.016) for n in range(1, 14)
        ]
        parts.append(tube(points, 0.015, "cable", segments=8))
    elif kind == "screws":
        for _ in range(int(chance.integers(15, 60))):
            x, y = spot()
            size = float(chance.uniform(0.003, 0.007))
            body = cylinder((0, 0, 0), size * 0.6, size * 7, "steel", axis="x", segments=7)
            head = cylinder(
                (size * 3.5, 0, 0), size * 1.25, size * 1.2, "steel", axis="x", segments=6
            )
            turn = float(chance.uniform(0, 6))
            parts += [m.turned(turn).moved((x, y, size * 1.2)) for m in (body, head)]
    elif kind == "offcuts":
        for _ in range(int(chance.integers(6, 26))):
            x, y = spot()
            size = (
                float(chance.uniform(0.05, 0.35)),
                float(chance.uniform(0.02, 0.08)),
                float(chance.uniform(0.008, 0.03)),
            )
            made = str(chance.choice(("plank", "plank", "steel", "carton")))
            parts.append(
                box((0, 0, size[2] / 2), size, made, bevel=0.002)
                .turned(float(chance.uniform(0, 6)))
                .moved((x, y, 0.001))
            )
    elif kind == "debris":
        for _ in range(int(chance.integers(10, 45))):
            x, y = spot()
            size = float(chance.gamma(2, 0.02)) + 0.01
            parts.append(_stone(chance, size, "debris").moved((x, y, size * 0.3)))
    elif kind == "foam":
        for _ in range(int(chance.integers(4, 22))):
            x, y = spot()
            size = float(chance.uniform(0.03, 0.22))
            parts.append(
                box(
                    (0, 0, size * 0.2),
                    (size, size * float(chance.uniform(0.4, 1)), size * 0.4),
                    "foam",
                    bevel=size * 0.05,
                )
                .turned(float(chance.uniform(0, 6)))
                .moved((x, y, 0.001))
            )
    elif kind == "tools":
        for _ in range(int(chance.integers(1, 5))):
            x, y = spot()
            item = [
                cylinder((0, 0, 0.014), 0.014, 0.16, "plastic", axis="x", segments=10),
                cylinder((0.17, 0, 0.014), 0.006, 0.2, "steel", axis="x", segments=8),
                box((0.27, 0, 0.014), (0.06, 0.03, 0.02), "steel"),
            ]
            turn = float(chance.uniform(0, 6))
            parts += [m.turned(turn).moved((x, y, 0)) for m in item]
    elif kind == "wrap":
        for _ in range(int(chance.integers(2, 6))):
            x, y = spot()
            made = "film" if chance.random() < 0.5 else "carton"
            parts.append(
                _stone(chance, float(chance.uniform(0.1, 0.3)), made, flat=0.25).moved((x, y, 0.02))
            )
    else:  # a tape across the way
        x0, x1 = -reach * 1.6, reach * 1.6
        z = float(chance.uniform(0.1, 0.9))
        points = [
            (x0 + (x1 - x0) * s, 0.0, z - 0.15 * math.sin(math.pi * s))
            for s in np.linspace(0, 1, 12)
        ]
        for a, b in itertools.pairwise(points):
            parts.append(
                box(
                    ((a[0] + b[0]) / 2, 0, (a[2] + b[2]) / 2),
                    (b[0] - a[0], 0.003, 0.07),
                    "yellow" if len(parts) % 2 else "black",
                    bevel=0,
                )
            )
        for x in (x0, x1):
            parts.append(cylinder((x, 0, z / 2 + 0.05), 0.02, z + 0.1, "steel"))
    return parts


LITTER = ("cable", "hose", "screws", "offcuts", "debris", "foam", "tools", "wrap", "tape")


def _smooth(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    line = np.array(points)
    for _ in range(2):
        line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    return [(float(x), float(y), float(z)) for x, y, z in line]


def _stone(chance: Chance, size: float, material: str, flat: float = 0.7) -> Mesh:
    mesh = ball(
        (0, 0, 0), (size, size * float(chance.uniform(0.6, 1)), size * flat), material, segments=8
    )
    mesh.points = mesh.points * chance.uniform(0.7, 1.25, (len(mesh.points), 1))
    return Mesh(mesh.points, mesh.faces, material, smooth=False).turned(float(chance.uniform(0, 6)))


# --- people -------------------------------------------------------------------------------------


def person(chance: Chance) -> list[Mesh]:
    """Return a standing or walking worker made of simple bodies, facing -y."""
    s = float(chance.uniform(-0.2, 0.2))
    bend = float(chance.uniform(0.0, 0.4))
    parts = []
    for side, swing in ((0.10, s), (-0.10, -s)):
        parts.append(
            tube(
                [
                    (side, 0, 0.92),
                    (side * 1.1, -swing * 0.6, 0.5),
                    (side * 1.15, -swing * 0.7 + 0.03, 0.08),
                ],
                0.075,
                "trousers",
                segments=12,
            )
        )
        parts.append(
            box((side * 1.15, -swing * 0.7 - 0.04, 0.045), (0.1, 0.27, 0.09), "black", bevel=0.03)
        )
        arm = [
            (side * 1.9, 0, 1.4),
            (side * 2.6, swing * 0.5 - bend * 0.2, 1.13),
            (side * 2.5, swing - bend, 1.0),
        ]
        parts.append(tube(arm, 0.05, "shirt", segments=10))
        parts.append(ball(arm[-1], (0.09, 0.09, 0.12), "skin"))
    parts.append(ball((0, 0, 1.17), (0.42, 0.27, 0.66), "shirt"))
    parts.append(ball((0, 0, 0.93), (0.36, 0.27, 0.3), "trousers"))
    parts.append(cylinder((0, 0, 1.5), 0.055, 0.12, "skin", segments=12))
    parts.append(ball((0, -0.01, 1.62), (0.17, 0.2, 0.25), "skin"))
    parts.append(ball((0, 0.015, 1.66), (0.19, 0.22, 0.2), "hair"))
    if chance.random() < 0.45:
        parts.append(ball((0, 0, 1.68), (0.24, 0.28, 0.25), "hat"))
        parts.append(cylinder((0, -0.03, 1.68), 0.15, 0.014, "hat"))
    if chance.random() < 0.45:
        parts.append(ball((0, 0, 1.2), (0.45, 0.31, 0.58), "vest"))
        for z in (1.08, 1.24):
            parts.append(cylinder((0, 0, z), 0.222, 0.05, "white").scaled((1.0, 0.69, 1.0)))
    return parts


# --- overhead and along walls -------------------------------------------------------------------


def overhead(chance: Chance, kind: str, length: float) -> list[Mesh]:
    """Return a duct, beam, tray or pipe run along x with its middle at the origin."""
    if kind == "duct":
        w, h = float(chance.uniform(0.25, 0.6)), float(chance.uniform(0.2, 0.45))
        parts = [box((0, 0, 0), (length, w, h), "duct", bevel=0.004)]
        for x in np.arange(-length / 2 + 0.4, length / 2, 1.1):
            parts.append(box((float(x), 0, 0), (0.03, w + 0.05, h + 0.05), "duct", bevel=0.002))
        return parts
    if kind == "round-duct":
        r = float(chance.uniform(0.1, 0.3))
        parts = [cylinder((0, 0, 0), r, length, "duct", axis="x")]
        for x in np.arange(-length / 2 + 0.3, length / 2, 0.9):
            parts.append(cylinder((float(x), 0, 0), r + 0.015, 0.04, "duct", axis="x"))
        return parts
    if kind == "beam":
        return [box((0, 0, z), (length, 0.2, 0.02), "beam", bevel=0) for z in (-0.15, 0.15)] + [
            box((0, 0, 0), (length, 0.015, 0.3), "beam", bevel=0)
        ]
    if kind == "tray":
        parts = [box((0, y, 0.03), (length, 0.004, 0.07), "steel", bevel=0) for y in (-0.15, 0.15)]
        for x in np.arange(-length / 2, length / 2, 0.25):
            parts.append(box((float(x), 0, 0), (0.03, 0.3, 0.01), "steel", bevel=0))
        for _ in range(5):
            y = float(chance.uniform(-0.12, 0.12))
            parts.append(
                tube(
                    [(-length / 2, y, 0.03), (0, y + 0.02, 0.025), (length / 2, y, 0.03)],
                    0.012,
                    "cable",
                )
            )
        return parts
    made = str(chance.choice(("red", "steel", "blue", "yellow", "iron")))
    parts = []
    for n in range(int(chance.integers(1, 4))):
        parts.append(
            cylinder(
                (0, n * 0.14, 0),
                float(chance.uniform(0.02, 0.06)),
                length,
                made,
                axis="x",
                segments=14,
            )
        )
    return parts


OVERHEAD = ("duct", "round-duct", "beam", "tray", "pipe")


def shelf(chance: Chance) -> list[Mesh]:
    """Return a shelf with goods, its back to the wall."""
    width, height = float(chance.uniform(1.2, 2.2)), float(chance.uniform(1.5, 2.2))
    parts = []
    for x in (-width / 2, width / 2):
        for y in (-0.05, -0.5):
            parts.append(box((x, y, height / 2), (0.05, 0.05, height), "blue", bevel=0.003))
    for z in np.arange(0.15, height, 0.5):
        parts.append(box((0, -0.27, float(z)), (width, 0.5, 0.035), "steel", bevel=0.002))
        x = -width / 2 + 0.25
        while x < width / 2 - 0.2:
            if chance.random() < 0.75:
                w, h = float(chance.uniform(0.15, 0.4)), float(chance.uniform(0.1, 0.38))
                made = str(
                    chance.choice(("carton", "carton2", "plastic", "plastic2", "iron", "drum"))
                )
                parts.append(
                    box((x, -0.27, float(z) + 0.02 + h / 2), (w, 0.35, h), made, bevel=0.006)
                )
            x += float(chance.uniform(0.25, 0.5))
    return parts


def cabinet(chance: Chance) -> list[Mesh]:
    """Return an electric cabinet or locker against the wall."""
    width, height = float(chance.uniform(0.5, 1.2)), float(chance.uniform(0.9, 2.0))
    parts = [
        box(
            (0, -0.2, height / 2),
            (width, 0.4, height),
            str(chance.choice(("white", "steel", "blue", "plastic2"))),
            bevel=0.006,
        )
    ]
    for x in np.linspace(-width / 2, width / 2, 3)[1:-1]:
        parts.append(
            box((float(x), -0.402, height / 2), (0.006, 0.006, height * 0.95), "black", bevel=0)
        )
    parts.append(box((width * 0.1, -0.41, height * 0.55), (0.02, 0.03, 0.12), "steel"))
    return parts


def bench(chance: Chance) -> list[Mesh]:
    """Return a work bench with things on it, its back to the wall."""
    width = float(chance.uniform(1.1, 2.2))
    parts = [box((0, -0.35, 0.8), (width, 0.7, 0.05), "plank", bevel=0.004)]
    for x in (-width / 2 + 0.06, width / 2 - 0.06):
        for y in (-0.06, -0.62):
            parts.append(box((x, y, 0.39), (0.06, 0.06, 0.78), "iron"))
    for _ in range(int(chance.integers(1, 7))):
        x, y = float(chance.uniform(-0.45, 0.45)) * width, float(chance.uniform(-0.6, -0.1))
        if chance.random() < 0.5:
            size = chance.uniform(0.06, 0.3, 3)
            parts.append(
                box(
                    (x, y, 0.825 + float(size[2]) / 2),
                    (float(size[0]), float(size[1]), float(size[2])),
                    str(chance.choice(("plastic", "carton", "iron", "white"))),
                )
            )
        else:
            parts.append(
                cylinder(
                    (x, y, 0.93),
                    float(chance.uniform(0.03, 0.09)),
                    0.2,
                    str(chance.choice(("red", "plastic2", "white", "green"))),
                )
            )
    return parts


def plant(chance: Chance) -> list[Mesh]:
    """Return a potted plant: green, and no sign."""
    parts = [lathe([(0.1, 0), (0.15, 0.3), (0.13, 0.3)], "white")]
    for n in range(14):
        turn, lean = n * 2.4, float(chance.uniform(0.15, 0.4))
        tip = (lean * math.cos(turn), lean * math.sin(turn), float(chance.uniform(0.5, 1.1)))
        parts.append(
            tube(
                [(0, 0, 0.3), (tip[0] * 0.4, tip[1] * 0.4, tip[2] * 0.7), tip],
                0.02,
                "leaf-green",
                segments=5,
            )
        )
    return parts


def gas_bottles(chance: Chance) -> list[Mesh]:
    """Return gas cylinders by the wall: no extinguishers."""
    parts = []
    for n in range(int(chance.integers(1, 4))):
        made = str(chance.choice(("blue", "white", "iron", "green", "orange")))
        profile = [(0.11, 0), (0.115, 1.15), (0.09, 1.28), (0.035, 1.34), (0.035, 1.42)]
        parts.append(lathe(profile, made, at=(n * 0.26, -0.15, 0)))
        parts.append(cylinder((n * 0.26, -0.15, 1.43), 0.045, 0.06, "steel"))
    return parts
