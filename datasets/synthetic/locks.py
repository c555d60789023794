"""What holds a door shut: chains, U-locks, padlocks on hasps; and what merely hangs on handles.

The middle of what is held lies at the origin, two door pulls at x = -spread and spread, the door's
face at y = 0 and the viewer at negative y. Lengths are metres, z is up.
"""

from __future__ import annotations

import math

import numpy as np
from description import Colour, Material
from meshes import Mesh, Point, ball, box, cylinder, tube

Chance = np.random.Generator
KINDS: tuple[str, ...] = ("chain", "wound", "u-lock", "padlock", "cable")
TEST_ONLY: frozenset[str] = frozenset({"cable"})
"""Training scenes never show these."""
HUNG: tuple[str, ...] = ("rope", "tag", "bag", "none")
"""What hangs on handles and locks nothing."""
STEELS: tuple[Colour, ...] = (
    (0.62, 0.62, 0.62), (0.35, 0.34, 0.32), (0.16, 0.09, 0.05), (0.06, 0.06, 0.06),
    (0.55, 0.4, 0.16),
)  # fmt: skip
COATS: tuple[Colour, ...] = (
    (0.02, 0.02, 0.02), (0.5, 0.03, 0.03), (0.04, 0.1, 0.4), (0.6, 0.45, 0.04), (0.1, 0.3, 0.1),
    (0.35, 0.36, 0.38),
)  # fmt: skip
BODIES: tuple[Colour, ...] = (
    (0.55, 0.38, 0.08), (0.5, 0.5, 0.5), (0.03, 0.03, 0.03), (0.5, 0.02, 0.02), (0.03, 0.08, 0.35),
)  # fmt: skip


def looks(chance: Chance) -> dict[str, Material]:
    """Return materials for the names that these meshes use."""

    def one_of(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(chance.integers(len(colours)))]

    coated = chance.random() < 0.2
    return {
        "chain": Material("plain", one_of(COATS), rough=0.5)
        if coated
        else Material(
            "metal",
            one_of(STEELS),
            rough=float(chance.uniform(0.2, 0.6)),
            wear=float(chance.uniform(0, 0.6)),
        ),
        "lock": Material("metal", one_of(BODIES), rough=float(chance.uniform(0.2, 0.5)), wear=0.2),
        "shackle": Material("metal", (0.65, 0.65, 0.66), rough=0.2),
        "hasp": Material("metal", one_of(STEELS), rough=0.4, wear=0.3),
        "coat": Material("plain", one_of(COATS), rough=float(chance.uniform(0.2, 0.7))),
        "rope": Material("plain", one_of(((0.5, 0.42, 0.3), (0.6, 0.6, 0.58), *COATS)), rough=0.95),
        "card": Material("plain", one_of(((0.75, 0.75, 0.7), (0.7, 0.6, 0.1))), rough=0.8),
        "pull": Material("metal", one_of(STEELS), rough=0.25),
    }


def merged(meshes: list[Mesh]) -> Mesh:
    """Return meshes of one material as one."""
    faces, start = [], 0
    for mesh in meshes:
        faces += [[start + n for n in face] for face in mesh.faces]
        start += len(mesh.points)
    points = np.concatenate([mesh.points for mesh in meshes])
    return Mesh(points, faces, meshes[0].material, smooth=True)


def chain_along(path: list[Point], wire: float, material: str = "chain") -> Mesh:
    """Return links along a path, each turned a quarter against the one before.

    Args:
        path: At least two points.
        wire: Diameter of the wire.
        material: Of all links.

    >>> path = [(0.0, 0.0, 0.0), (0.3, 0.0, 0.0)]
    >>> reach = chain_along(path, 0.006).points[:, 0]
    >>> bool(reach.min() > -0.02), bool(0.27 < reach.max() < 0.33)
    (True, True)
    """
    line = np.asarray(path, float)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    pitch = 3.2 * wire
    spots = np.arange(pitch / 2, along[-1], pitch)
    at = np.stack([np.interp(spots, along, line[:, k]) for k in range(3)], axis=1)
    near = np.stack([np.interp(spots + 0.3 * pitch, along, line[:, k]) for k in range(3)], axis=1)
    back = np.stack([np.interp(spots - 0.3 * pitch, along, line[:, k]) for k in range(3)], axis=1)
    turns = np.arange(11) * 2 * math.pi / 10  # closed: the last point is the first
    half = np.where(np.cos(turns) > 0, 1.0, -1.0) * 0.9 * wire
    loop = np.stack(
        [half + 1.15 * wire * np.cos(turns), 0 * turns, 1.15 * wire * np.sin(turns)], axis=1
    )
    link = tube(loop, wire / 2, material, segments=5)
    made = []
    for number, (here, ahead, behind) in enumerate(zip(at, near, back, strict=True)):
        x = (ahead - behind) / max(float(np.linalg.norm(ahead - behind)), 1e-9)
        y = np.cross(x, (0.21, 0.16, 0.96) if abs(x[2]) < 0.9 else (0.9, 0.3, 0.1))
        y /= np.linalg.norm(y)
        z = np.cross(x, y)
        if number % 2:
            y, z = z, -y
        made.append(Mesh(link.points @ np.stack([x, y, z]) + here, link.faces, material))
    return merged(made)


def padlock(chance: Chance, top: Point) -> list[Mesh]:
    """Return a padlock that hangs from a point, its shackle round it."""
    wide = float(chance.uniform(0.035, 0.065))
    tall, deep = wide * float(chance.uniform(0.75, 1.15)), wide * float(chance.uniform(0.35, 0.55))
    x, y, z = top
    up = wide * float(chance.uniform(0.5, 0.8))
    half = wide * 0.32
    bow = [(x - half, y, z - up)]
    bow += [
        (x + half * math.cos(t), y, z + 0.4 * half * math.sin(t))
        for t in np.linspace(math.pi, 0, 9)
    ]
    bow.append((x + half, y, z - up))
    body = (
        box((x, y, z - up - tall / 2), (wide, deep, tall), "lock", bevel=0.004)
        if chance.random() < 0.8
        else cylinder((x, y, z - up - wide / 2), wide / 2, deep, "lock", axis="y")
    )
    lean = float(chance.normal(0, 0.15))
    parts = [body, tube(bow, wide * 0.075, "shackle", segments=7)]
    return [part.turned(lean, "y", about=top) for part in parts]


def _strand(spread: float, sag: float, out: float, lift: float) -> list[Point]:
    """Return a curve that hangs between two pulls."""
    return [(spread * t, -out, lift - sag * (1 - t * t)) for t in np.linspace(-1, 1, 17).tolist()]


def _round(spread: float, depth: float, lift: float, tilt: float) -> list[Point]:
    """Return a loop about both pulls."""
    wide = spread + 0.025
    return [
        (wide * math.cos(t), -0.05 + depth * math.sin(t), lift + tilt * math.cos(t))
        for t in np.linspace(0, 2 * math.pi, 33).tolist()
    ]


def held_shut(chance: Chance, kind: str, spread: float) -> list[Mesh]:
    """Return what holds a door shut.

    Args:
        chance: Decides its build.
        kind: Of ``KINDS``.
        spread: Half of the way between the two pulls, or from the door's edge to its frame.

    >>> parts = held_shut(np.random.default_rng(1), "u-lock", 0.1)
    >>> sorted({part.material for part in parts})
    ['coat', 'lock']
    """
    wire = float(chance.uniform(0.004, 0.01))
    out = float(chance.uniform(0.075, 0.11))
    if kind == "chain":
        parts = []
        for _ in range(int(chance.integers(1, 4))):
            sag, lift = float(chance.uniform(0.01, 0.22)), float(chance.normal(0, 0.02))
            parts.append(chain_along(_strand(spread, sag, out + 0.01 * len(parts), lift), wire))
        for side in (-1, 1):
            ring = [
                (side * spread + 0.03 * math.cos(t), -0.08 + 0.035 * math.sin(t), 0.01 * t)
                for t in np.linspace(0, 4 * math.pi, 33).tolist()
            ]
            parts.append(chain_along(ring, wire))
        lowest = min(float(part.points[:, 2].min()) for part in parts)
        at = (float(chance.uniform(-0.3, 0.3)) * spread, -out - 0.02, lowest + 0.015)
        return parts + padlock(chance, at)
    if kind == "wound":
        depth = float(chance.uniform(0.03, 0.05))
        parts = [
            chain_along(
                _round(spread, depth, float(chance.normal(0, 0.03)), float(chance.normal(0, 0.03))),
                wire,
            )
            for _ in range(int(chance.integers(2, 6)))
        ]
        x = float(chance.uniform(-0.6, 0.6)) * spread
        if chance.random() < 0.6:  # its loose end
            tail = float(chance.uniform(0.08, 0.35))
            end = [(x + 0.03, -0.1, 0.0), (x + 0.035, -0.105, -tail / 2), (x + 0.03, -0.1, -tail)]
            parts.append(chain_along(end, wire))
        return parts + padlock(chance, (x, -0.06 - depth, -0.02))
    if kind == "u-lock":
        radius, long = float(chance.uniform(0.006, 0.01)), float(chance.uniform(0.12, 0.25))
        wide = max(spread + 0.03, 0.06)
        bow = [(-wide, -0.1, 0.0)]
        bow += [
            (wide * math.cos(t), -0.1, long + 0.5 * wide * math.sin(t))
            for t in np.linspace(math.pi, 0, 13).tolist()
        ]
        bow.append((wide, -0.1, 0.0))
        bar = cylinder((0, -0.1, 0), radius * 2.2, 2 * wide + 0.05, "lock", axis="x")
        parts = [tube(bow, radius, "coat"), bar]
        over = math.pi if chance.random() < 0.4 else float(chance.normal(0, 0.1))
        return [part.turned(over, "y") for part in parts]
    if kind == "padlock":
        plates = [
            box((-0.05, -0.004, 0), (0.09, 0.006, 0.035), "hasp", bevel=0.001),
            box((0.03, -0.012, 0), (0.07, 0.005, 0.03), "hasp", bevel=0.001),
            box((0.05, -0.004, 0), (0.04, 0.008, 0.045), "hasp", bevel=0.001),
        ]
        return plates + padlock(chance, (0.045, -0.03, 0.0))
    path = _round(spread, 0.05, 0.0, float(chance.normal(0, 0.04)))
    sag = float(chance.uniform(0.0, 0.25))
    path = [(x, y, z - sag * (y < -0.05) * (1 - (x / (spread + 0.03)) ** 2)) for x, y, z in path]
    low = min(path, key=lambda point: point[2])
    barrel = box((low[0], low[1] - 0.01, low[2] - 0.015), (0.045, 0.035, 0.07), "lock", bevel=0.008)
    return [tube(path, float(chance.uniform(0.004, 0.008)), "coat"), barrel]


def hung(chance: Chance, kind: str, spread: float) -> list[Mesh]:
    """Return what hangs on a handle and locks nothing, of ``HUNG``; empty for ``none``."""
    side = spread * float(chance.choice((-1, 1)))
    long = float(chance.uniform(0.06, 0.3))
    string = [(side - 0.015, -0.09, 0.0), (side, -0.1, -long / 2), (side + 0.01, -0.1, -long)]
    if kind == "rope":
        sag = float(chance.uniform(0.02, 0.3))
        return [tube(_strand(spread, sag, 0.09, 0), float(chance.uniform(0.003, 0.009)), "rope")]
    if kind == "tag":
        size = (float(chance.uniform(0.06, 0.25)), 0.003, float(chance.uniform(0.06, 0.2)))
        plate = box((side + 0.01, -0.1, -long - size[2] / 2), size, "card", bevel=0)
        return [tube(string, 0.0015, "rope"), plate]
    if kind == "bag":
        wide = float(chance.uniform(0.15, 0.35))
        sack = ball((side, -0.11, -long - wide * 0.6), (wide, 0.12, wide * 1.3), "coat")
        return [tube(string, 0.006, "coat"), sack]
    return []


def pulls(spread: float) -> list[Mesh]:
    """Return two upright pulls."""
    made = []
    for side in (-1, 1):
        x = side * spread
        way = [(x, 0.0, -0.2), (x, -0.06, -0.2), (x, -0.06, 0.2), (x, 0.0, 0.2)]
        made.append(tube(way, 0.012, "pull"))
    return made
