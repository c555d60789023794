"""Meshes as arrays: the bodies that rendered workplaces are made of. Needs numpy only.

Lengths are metres, angles radians; z is up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
Points = NDArray[np.float64]


@dataclass(slots=True)
class Mesh:
    """A body of one material.

    Attributes:
        points: Shape ``(n, 3)``.
        faces: Each a list of point numbers, counter-clockwise seen from outside.
        material: Key into the scene's materials.
        smooth: Whether faces are shaded as one round surface (edges above 40 degrees stay sharp).
        uv: For each face its corners in a picture, ``0..1``; empty where no picture is shown.
    """

    points: Points
    faces: list[list[int]]
    material: str
    smooth: bool = False
    uv: list[list[tuple[float, float]]] = field(default_factory=list)

    def moved(self, by: Point) -> Mesh:
        """Return it moved."""
        return Mesh(self.points + np.asarray(by), self.faces, self.material, self.smooth, self.uv)

    def turned(self, angle: float, axis: str = "z", about: Point = (0.0, 0.0, 0.0)) -> Mesh:
        """Return it turned about an axis through a point."""
        c, s = math.cos(angle), math.sin(angle)
        matrix = {
            "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
            "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
            "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
        }[axis]
        centre = np.asarray(about)
        points = (self.points - centre) @ matrix.T + centre
        return Mesh(points, self.faces, self.material, self.smooth, self.uv)

    def scaled(self, by: Point) -> Mesh:
        """Return it stretched along the axes; all factors must be positive."""
        return Mesh(self.points * np.asarray(by), self.faces, self.material, self.smooth, self.uv)


def placed(meshes: Iterable[Mesh], at: Point, turn: float = 0.0) -> list[Mesh]:
    """Return meshes turned about the z axis and then moved."""
    return [mesh.turned(turn).moved(at) for mesh in meshes]


def box(at: Point, size: Point, material: str, *, bevel: float = 0.006) -> Mesh:
    """Return a box with its middle at a point and chamfered edges.

    >>> mesh = box((0, 0, 1), (2, 1, 1), "steel", bevel=0)
    >>> len(mesh.points), len(mesh.faces), float(mesh.points[:, 2].min())
    (8, 6, 0.5)
    """
    x, y, z = (side / 2 for side in size)
    b = min(bevel, 0.4 * min(x, y, z))
    if b <= 0:
        corners = [(i, j, k) for i in (-x, x) for j in (-y, y) for k in (-z, z)]
        faces = [
            [0, 1, 3, 2],
            [4, 6, 7, 5],
            [0, 4, 5, 1],
            [2, 3, 7, 6],
            [0, 2, 6, 4],
            [1, 5, 7, 3],
        ]
        return Mesh(np.array(corners, dtype=float) + np.asarray(at), faces, material)
    points: list[Point] = []
    number: dict[tuple[int, int, int, int], int] = {}
    for i in (-1, 1):
        for j in (-1, 1):
            for k in (-1, 1):
                for axis, corner in enumerate(
                    (
                        (i * x, j * (y - b), k * (z - b)),
                        (i * (x - b), j * y, k * (z - b)),
                        (i * (x - b), j * (y - b), k * z),
                    )
                ):
                    number[i, j, k, axis] = len(points)
                    points.append(corner)
    sides = (-1, 1)
    square = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    faces = []

    def corner_of(axis: int, side: int, u: int, v: int, owner: int) -> int:
        signs = [0, 0, 0]
        signs[axis], signs[(axis + 1) % 3], signs[(axis + 2) % 3] = side, u, v
        return number[signs[0], signs[1], signs[2], owner]

    for axis in range(3):
        for side in sides:
            face = [corner_of(axis, side, u, v, axis) for u, v in square]
            faces.append(face if side > 0 else face[::-1])
            # the edge between this face and the next axis' face
            nxt = (axis + 1) % 3
            for u in sides:
                edge = [
                    corner_of(axis, side, u, -1, axis),
                    corner_of(axis, side, u, -1, nxt),
                    corner_of(axis, side, u, 1, nxt),
                    corner_of(axis, side, u, 1, axis),
                ]
                faces.append(edge if side * u > 0 else edge[::-1])
    for i in sides:
        for j in sides:
            for k in sides:
                face = [number[i, j, k, axis] for axis in range(3)]
                faces.append(face if i * j * k > 0 else face[::-1])
    return Mesh(np.array(points) + np.asarray(at), faces, material)


def sheet(corners: Sequence[Point], material: str, *, picture: bool = False) -> Mesh:
    """Return a flat four-cornered face; with ``picture`` its corners span a whole picture.

    Args:
        corners: Lower left, lower right, upper right, upper left, seen from the front.
        material: Key into the scene's materials.
        picture: Whether the material is a picture.
    """
    uv = [[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]] if picture else []
    return Mesh(np.array(corners, dtype=float), [[0, 1, 2, 3]], material, False, uv)


def lathe(
    profile: Sequence[tuple[float, float]],
    material: str,
    *,
    at: Point = (0, 0, 0),
    axis: str = "z",
    segments: int = 28,
    start: float = 0.0,
    sweep: float = 2 * math.pi,
) -> Mesh:
    """Return a profile of ``(radius, height)`` turned about an axis, closed where radii are 0.

    With a ``sweep`` below a full turn it is a shell: hoods and half covers.
    """
    whole = sweep > 2 * math.pi - 1e-6
    steps = segments if whole else segments + 1
    angles = start + np.arange(steps) * sweep / segments
    rows = [
        np.stack([r * np.cos(angles), r * np.sin(angles), np.full(steps, h)], axis=1)
        for r, h in profile
    ]
    points = np.concatenate(rows)
    faces = []
    for row in range(len(profile) - 1):
        for step in range(segments):
            a, b = step, (step + 1) % steps
            low, high = row * steps, (row + 1) * steps
            faces.append([low + a, low + b, high + b, high + a])
    if whole:
        for row, flip in ((0, True), (len(profile) - 1, False)):
            if profile[row][0] > 1e-6:
                ring = [row * steps + n for n in range(steps)]
                faces.append(ring[::-1] if flip else ring)
    mesh = Mesh(points, faces, material, smooth=True)
    if axis == "x":
        mesh = mesh.turned(math.pi / 2, "y")
    elif axis == "y":
        mesh = mesh.turned(-math.pi / 2, "x")
    return mesh.moved(at)


def cylinder(
    at: Point, radius: float, height: float, material: str, *, axis: str = "z", segments: int = 28
) -> Mesh:
    """Return a cylinder with its middle at a point.

    >>> mesh = cylinder((0, 0, 0.5), 0.1, 1.0, "steel")
    >>> float(mesh.points[:, 2].max())
    1.0
    """
    half = height / 2
    profile = [(radius, -half), (radius, half)]
    return lathe(profile, material, at=at, axis=axis, segments=segments)


def ring(
    at: Point,
    inner: float,
    outer: float,
    height: float,
    material: str,
    *,
    axis: str = "z",
    segments: int = 28,
) -> Mesh:
    """Return a ring with a square section."""
    half = height / 2
    profile = [(inner, -half), (outer, -half), (outer, half), (inner, half), (inner, -half)]
    mesh = lathe(profile, material, at=(0, 0, 0), axis="z", segments=segments)
    mesh.faces = [face for face in mesh.faces if len(face) == 4]
    if axis == "x":
        mesh = mesh.turned(math.pi / 2, "y")
    elif axis == "y":
        mesh = mesh.turned(-math.pi / 2, "x")
    return mesh.moved(at)


def ball(at: Point, size: Point, material: str, *, segments: int = 18) -> Mesh:
    """Return an ellipsoid; sizes are whole lengths."""
    turns = np.linspace(-math.pi / 2, math.pi / 2, segments // 2 + 1)
    profile = [(max(math.cos(t), 0.0) / 2, math.sin(t) / 2) for t in turns]
    return lathe(profile, material, segments=segments).scaled(size).moved(at)


def tube(
    path: Sequence[Point] | Points, radius: float, material: str, *, segments: int = 8
) -> Mesh:
    """Return a round tube along a path: cables, hoses, pipes, wires, limbs."""
    line = np.asarray(path, dtype=float)
    ahead = np.gradient(line, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    points = []
    side = np.cross(ahead[0], (0.31, 0.2, 0.93))
    for here, way in zip(line, ahead, strict=True):
        side = side - way * float(side @ way)
        if np.linalg.norm(side) < 1e-6:
            side = np.cross(way, (0.93, 0.2, 0.31))
        side = side / np.linalg.norm(side)
        up = np.cross(way, side)
        angles = np.arange(segments) * 2 * math.pi / segments
        points.append(
            here + radius * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * up)
        )
    faces = []
    for row in range(len(line) - 1):
        for a in range(segments):
            b = (a + 1) % segments
            low, high = row * segments, (row + 1) * segments
            faces.append([low + a, low + b, high + b, high + a])
    faces.append(list(range(segments))[::-1])
    faces.append([(len(line) - 1) * segments + n for n in range(segments)])
    return Mesh(np.concatenate(points), faces, material, smooth=True)


def extruded(
    outline: Sequence[tuple[float, float]] | NDArray[np.float64],
    depth: float,
    material: str,
    *,
    at: Point = (0, 0, 0),
    axis: str = "y",
) -> Mesh:
    """Return a flat outline in (x, z) given a thickness along y (or turned to face along x).

    Args:
        outline: Counter-clockwise corners seen from the front (from -y).
        depth: Thickness, metres; the outline is its middle.
        material: Key into the scene's materials.
        at: Where its middle goes.
        axis: ``y`` or ``x``: which way it faces.
    """
    flat = np.asarray(outline, dtype=float)
    count = len(flat)
    front = np.stack([flat[:, 0], np.full(count, -depth / 2), flat[:, 1]], axis=1)
    back = front + np.array((0, depth, 0))
    faces = [list(range(count)), [count + n for n in range(count)][::-1]]
    for a in range(count):
        b = (a + 1) % count
        faces.append([a, count + a, count + b, b])
    mesh = Mesh(np.concatenate([front, back]), faces, material)
    if axis == "x":
        mesh = mesh.turned(math.pi / 2)
    return mesh.moved(at)


def gear_outline(
    radius: float, teeth: int, depth: float, *, pointed: bool = False
) -> list[tuple[float, float]]:
    """Return the outline of a toothed wheel, or of a saw blade when its teeth are ``pointed``.

    >>> len(gear_outline(0.1, 12, 0.02))
    48
    """
    outline = []
    for tooth in range(teeth):
        base = 2 * math.pi * tooth / teeth
        step = 2 * math.pi / teeth
        if pointed:
            marks = ((0.0, radius - depth), (0.75, radius - depth * 0.2), (0.85, radius))
        else:
            marks = (
                (0.0, radius - depth),
                (0.25, radius - depth),
                (0.38, radius),
                (0.82, radius),
            )
        for share, r in marks:
            outline.append((r * math.cos(base + share * step), r * math.sin(base + share * step)))
    return outline


def belt_path(
    first: tuple[float, float],
    r1: float,
    second: tuple[float, float],
    r2: float,
    *,
    steps: int = 14,
) -> NDArray[np.float64]:
    """Return the outer tangents round two pulleys as one closed line in (x, z), anticlockwise."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    between = b - a
    length = float(np.hypot(*between))
    way = math.atan2(between[1], between[0])
    lean = math.acos(max(-1.0, min(1.0, (r1 - r2) / length)))
    right = np.linspace(way - lean, way + lean, steps)
    left = np.linspace(way + lean, way - lean + 2 * math.pi, steps)
    return np.concatenate(
        [
            b + r2 * np.stack([np.cos(right), np.sin(right)], axis=1),
            a + r1 * np.stack([np.cos(left), np.sin(left)], axis=1),
        ]
    )


def band(
    path: NDArray[np.float64], thickness: float, width: float, material: str, *, y: float = 0.0
) -> Mesh:
    """Return a belt: a closed line in (x, z), thick outwards, ``width`` along y about ``y``."""
    count = len(path)
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    outer = path + thickness * np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    rows = [
        np.stack([line[:, 0], np.full(count, y + dy), line[:, 1]], axis=1)
        for line, dy in (
            (path, -width / 2),
            (outer, -width / 2),
            (outer, width / 2),
            (path, width / 2),
        )
    ]
    faces = []
    for a in range(count):
        b = (a + 1) % count
        for low, high in ((0, 1), (1, 2), (2, 3), (3, 0)):
            faces.append([low * count + a, low * count + b, high * count + b, high * count + a])
    return Mesh(np.concatenate(rows), faces, material)


def grille(
    width: float, height: float, pitch: float, wire: float, material: str, *, frame: float = 0.025
) -> list[Mesh]:
    """Return a wire mesh panel in a frame, in the (x, z) plane with its middle at the origin."""
    parts = []
    for x in np.arange(-width / 2 + pitch, width / 2, pitch):
        parts.append(box((float(x), 0, 0), (wire, wire, height), material, bevel=0))
    for z in np.arange(-height / 2 + pitch, height / 2, pitch):
        parts.append(box((0, 0, float(z)), (width, wire, wire), material, bevel=0))
    for side in (-1, 1):
        parts.append(
            box((side * width / 2, 0, 0), (frame, frame, height + frame), material, bevel=0.002)
        )
        parts.append(
            box((0, 0, side * height / 2), (width + frame, frame, frame), material, bevel=0.002)
        )
    return parts
