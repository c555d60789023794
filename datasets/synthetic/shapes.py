"""Building blocks of rendered workplaces: materials, boxes, cylinders, bodies."""

from __future__ import annotations

import math
import random

import bpy
import ground  # found where this folder is on the path

Point = tuple[float, float, float]
Colour = tuple[float, float, float]


def material(
    name: str,
    colour: Colour,
    *,
    rough: float = 0.6,
    metal: float = 0.0,
    glow: float = 0.0,
    noise: float = 0.0,
    scale: float = 8.0,
):
    """Return a material; ``noise`` mottles its colour, ``glow`` makes it shine."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Metallic"].default_value = metal
    if glow:
        shader.inputs["Emission Color"].default_value = (*colour, 1)
        shader.inputs["Emission Strength"].default_value = glow
    if noise:
        texture = nodes.new("ShaderNodeTexNoise")
        texture.inputs["Scale"].default_value = scale
        texture.inputs["Detail"].default_value = 8
        ramp = nodes.new("ShaderNodeValToRGB")
        dark = tuple(c * (1 - noise) for c in colour)
        bright = tuple(min(1, c * (1 + noise)) for c in colour)
        ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.35, 0.65
        ramp.color_ramp.elements[0].color = (*dark, 1)
        ramp.color_ramp.elements[1].color = (*bright, 1)
        links.new(texture.outputs["Fac"], ramp.inputs["Fac"])
        links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    return made


def _dress(thing, made, *, smooth: bool = False):
    thing.data.materials.append(made)
    if smooth:
        for polygon in thing.data.polygons:
            polygon.use_smooth = True
    return thing


def box(at: Point, size: Point, made, *, bevel: float = 0.01, turn: float = 0.0):
    """Return a box with its middle at a point; sizes are whole lengths in metres."""
    bpy.ops.mesh.primitive_cube_add(size=1, location=at, rotation=(0, 0, turn))
    thing = bpy.context.object
    thing.scale = size
    bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)
    if bevel:
        edge = thing.modifiers.new("bevel", "BEVEL")
        edge.width, edge.segments = bevel, 2
    return _dress(thing, made)


def cylinder(at: Point, radius: float, height: float, made, *, axis: str = "z"):
    """Return a cylinder with its middle at a point."""
    turn = {"z": (0, 0, 0), "x": (0, math.pi / 2, 0), "y": (math.pi / 2, 0, 0)}[axis]
    bpy.ops.mesh.primitive_cylinder_add(
        radius=radius, depth=height, location=at, rotation=turn, vertices=40
    )
    return _dress(bpy.context.object, made, smooth=False)


def cone(at: Point, low: float, high: float, height: float, made):
    """Return a truncated cone standing with its middle at a point."""
    bpy.ops.mesh.primitive_cone_add(
        radius1=low, radius2=high, depth=height, location=at, vertices=40
    )
    return _dress(bpy.context.object, made, smooth=True)


def ball(at: Point, size: Point, made):
    """Return an ellipsoid; sizes are whole lengths."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.5, location=at, segments=40, ring_count=24)
    thing = bpy.context.object
    thing.scale = size
    return _dress(thing, made, smooth=True)


def limbs(name: str, chains: list[list[tuple[Point, float]]], made):
    """Return smooth limbs: chains of points with a radius each, joined by a skin.

    Args:
        name: Of the object.
        chains: Each chain is a list of point and radius, metres.
        made: Material.
    """
    points: list[Point] = []
    edges: list[tuple[int, int]] = []
    radii: list[float] = []
    roots: list[int] = []
    for chain in chains:
        roots.append(len(points))
        for number, (point, radius) in enumerate(chain):
            if number:
                edges.append((len(points) - 1, len(points)))
            points.append(point)
            radii.append(radius)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, edges, [])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    thing.modifiers.new("skin", "SKIN")
    for vertex, radius in zip(mesh.skin_vertices[0].data, radii, strict=True):
        vertex.radius = (radius, radius)
    for number in roots:  # a chain without a root of its own gets no skin
        mesh.skin_vertices[0].data[number].use_root = True
    soft = thing.modifiers.new("soft", "SUBSURF")
    soft.levels = soft.render_levels = 3
    thing.modifiers["skin"].use_smooth_shade = True
    mesh.materials.append(made)
    return thing


SKINS: tuple[Colour, ...] = ((0.62, 0.40, 0.28), (0.50, 0.31, 0.21), (0.70, 0.48, 0.36))


class Person:
    """A worker built from simple bodies, standing at a spot or lying on it.

    Attributes:
        parts: Label word to the objects that make it up, for the boxes.
    """

    def __init__(
        self,
        at: tuple[float, float],
        *,
        facing: float = 0.0,
        helmet: Colour | None = None,
        vest: Colour | None = None,
        clothes: Colour = (0.05, 0.09, 0.22),
        trousers: Colour = (0.04, 0.05, 0.09),
        stride: float = 0.12,
        lying: bool = False,
        chance: random.Random,
    ) -> None:
        self.before = set(bpy.data.objects)
        skin = material("skin", chance.choice(SKINS), rough=0.5)
        shirt = material("shirt", clothes, rough=0.85, noise=0.25, scale=14)
        cloth = material("trousers", trousers, rough=0.9, noise=0.3, scale=16)
        shoe = material("shoe", (0.03, 0.025, 0.02), rough=0.5)
        swing = stride
        limbs(
            "legs",
            [
                [
                    ((0.10, 0.0, 0.95), 0.105),
                    ((0.11, swing / 2, 0.52), 0.075),
                    ((0.12, swing, 0.10), 0.052),
                ],
                [
                    ((-0.10, 0.0, 0.95), 0.105),
                    ((-0.11, -swing / 2, 0.52), 0.075),
                    ((-0.12, -swing, 0.10), 0.052),
                ],
                [((0.10, 0.0, 0.95), 0.10), ((-0.10, 0.0, 0.95), 0.10)],
            ],
            cloth,
        )
        limbs(
            "torso",
            [
                [
                    ((0, 0, 0.92), 0.15),
                    ((0, 0.01, 1.12), 0.145),
                    ((0, 0, 1.30), 0.165),
                    ((0, 0, 1.42), 0.12),
                ],
                [
                    ((0.17, 0, 1.40), 0.075),
                    ((0.27, -swing * 0.6, 1.14), 0.052),
                    ((0.25, -swing + 0.10, 0.92), 0.042),
                ],
                [
                    ((-0.17, 0, 1.40), 0.075),
                    ((-0.27, swing * 0.6, 1.14), 0.052),
                    ((-0.25, swing + 0.10, 0.92), 0.042),
                ],
                [((0.17, 0, 1.40), 0.08), ((-0.17, 0, 1.40), 0.08)],
            ],
            shirt,
        )
        limbs("neck", [[((0, 0, 1.42), 0.058), ((0, 0.01, 1.53), 0.056)]], skin)
        self.head = [
            ball((0, 0.02, 1.615), (0.165, 0.205, 0.245), skin),
            ball((0, 0.125, 1.60), (0.035, 0.05, 0.055), skin),
        ]
        for side in (-1, 1):
            ball((0.085 * side, 0.01, 1.61), (0.03, 0.05, 0.065), skin)
            ball(
                (0.035 * side, 0.108, 1.635),
                (0.028, 0.02, 0.014),
                material("eye", (0.02, 0.02, 0.02), rough=0.2),
            )
            ball(
                (0.25 * side, (-swing if side > 0 else swing) + 0.12, 0.86),
                (0.075, 0.085, 0.13),
                skin,
            )
            box(
                (0.12 * side, (swing if side > 0 else -swing) + 0.05, 0.05),
                (0.10, 0.27, 0.10),
                shoe,
                bevel=0.035,
            )
        self.helmet, self.vest = [], []
        if helmet is None:
            hair = material("hair", (0.012, 0.010, 0.009), rough=0.7)
            self.head.append(ball((0, -0.012, 1.665), (0.19, 0.225, 0.20), hair))
        else:
            self._helmet(helmet)
        if vest is not None:
            self._vest(vest)
        self.objects = [thing for thing in bpy.data.objects if thing not in self.before]
        self._place(at, facing, lying)

    def _helmet(self, colour: Colour) -> None:
        shell = material("helmet", colour, rough=0.25)
        dome = ball((0, 0.0, 1.675), (0.235, 0.285, 0.26), shell)
        brim = cylinder((0, 0.035, 1.675), 0.145, 0.016, shell)
        brim.scale = (0.92, 1.2, 1)
        ridge = box((0, 0.0, 1.79), (0.035, 0.2, 0.03), shell, bevel=0.012)
        self.helmet = [dome, brim, ridge]

    def _vest(self, colour: Colour) -> None:
        cloth = material("vest", colour, rough=0.7, glow=0.12)
        tape = material("tape", (0.75, 0.77, 0.78), rough=0.25, metal=0.3)
        body = limbs(
            "vest",
            [
                [
                    ((0, 0, 0.95), 0.166),
                    ((0, 0.01, 1.12), 0.166),
                    ((0, 0, 1.28), 0.186),
                    ((0, 0, 1.41), 0.142),
                ]
            ],
            cloth,
        )
        body.scale = (1.16, 0.98, 1)
        bands = [cylinder((0, 0.005, z), 0.196, 0.055, tape) for z in (1.02, 1.18)]
        for band in bands:
            band.scale = (1.06, 0.86, 1)
        for side in (-1, 1):
            bands.append(box((0.095 * side, 0.155, 1.30), (0.045, 0.02, 0.26), tape, bevel=0.005))
            bands.append(box((0.095 * side, -0.155, 1.30), (0.045, 0.02, 0.26), tape, bevel=0.005))
        self.vest = [body, *bands]

    def _place(self, at: tuple[float, float], facing: float, lying: bool) -> None:
        bpy.ops.object.empty_add(location=(0, 0, 0))
        root = bpy.context.object
        for thing in self.objects:
            thing.parent = root
        root.location = (at[0], at[1], 0.16 if lying else 0)
        root.rotation_euler = (math.pi / 2, 0, facing) if lying else (0, 0, facing)


def pallet(at: Point, made, *, turn: float = 0.0) -> list:
    """Return a wooden pallet of 1.2 by 0.8 m standing on a height."""
    x, y, z = at
    parts = []
    for n in range(5):
        parts.append(
            _turned((x, y), (-0.48 + n * 0.24, 0), z + 0.13, (0.14, 0.8, 0.02), made, turn)
        )
    for n in (-1, 0, 1):
        for m in (-1, 0, 1):
            parts.append(
                _turned((x, y), (n * 0.5, m * 0.34), z + 0.07, (0.12, 0.1, 0.1), made, turn)
            )
        parts.append(_turned((x, y), (0, n * 0.34), z + 0.012, (1.2, 0.1, 0.022), made, turn))
    return parts


def _turned(centre, offset, z: float, size: Point, made, turn: float):
    c, s = math.cos(turn), math.sin(turn)
    x = centre[0] + offset[0] * c - offset[1] * s
    y = centre[1] + offset[0] * s + offset[1] * c
    return box((x, y, z), size, made, bevel=0.004, turn=turn)


def loose_powder(
    at: tuple[float, float],
    side: float,
    heaps: list[tuple[float, float, float, float]],
    made,
    seed: int,
    *,
    z: float = 0.0,
):
    """Return powder of a material that lies loosely; see ``ground.loose_powder``."""
    points, faces = ground.loose_powder(at, side, heaps, seed, z=z)
    mesh = bpy.data.meshes.new("powder")
    mesh.from_pydata(points.tolist(), [], faces.tolist())
    thing = bpy.data.objects.new("powder", mesh)
    bpy.context.collection.objects.link(thing)
    return _dress(thing, made, smooth=True)
