"""The demo scenes: each builds a workplace and says which objects carry which label."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import bpy
from shapes import Person, ball, box, cone, cylinder, loose_powder, material, pallet

Labelled = list[tuple[str, list]]
Camera = tuple[tuple[float, float, float], tuple[float, float, float], float]
"""Where the camera stands, where it looks, its focal length in millimetres."""

ORANGE, LIME = (0.95, 0.20, 0.02), (0.62, 0.95, 0.06)
WHITE, YELLOW, RED = (0.9, 0.9, 0.88), (0.95, 0.62, 0.02), (0.75, 0.03, 0.03)


def room(width: float, depth: float, height: float, *, floor, wall) -> None:
    """Build floor, back wall, side walls and ceiling with light tubes."""
    box((0, 0, -0.05), (width, depth, 0.1), floor, bevel=0)
    box((0, depth / 2, height / 2), (width, 0.1, height), wall, bevel=0)
    for side in (-1, 1):
        box((side * width / 2, 0, height / 2), (0.1, depth, height), wall, bevel=0)
    box((0, 0, height + 0.05), (width, depth, 0.1), wall, bevel=0)
    skirting = material("skirting", (0.20, 0.28, 0.26), rough=0.6)
    box((0, depth / 2 - 0.06, 0.6), (width, 0.02, 1.2), skirting, bevel=0)
    tube = material("tube", (1, 0.97, 0.9), glow=22)
    for x in (-width / 4, width / 4):
        for y in (-depth / 4, depth / 5):
            box((x, y, height - 0.06), (1.5, 0.12, 0.05), tube, bevel=0)
    bpy.ops.object.light_add(type="AREA", location=(0, -depth / 3, height - 0.2))
    fill = bpy.context.object.data
    fill.energy, fill.size = 22 * width * depth / 8, min(width, depth) / 2


def lathe(at: tuple[float, float], turn: float = 0.0) -> list:
    """Build a machine tool: bed, headstock, chuck, control box."""
    green = material("machine", (0.10, 0.26, 0.22), rough=0.45, noise=0.15)
    steel = material("steel", (0.55, 0.56, 0.58), rough=0.3, metal=0.9)
    x, y = at
    return [
        box((x, y, 0.45), (2.0, 0.7, 0.9), green, bevel=0.03),
        box((x - 0.7, y, 1.12), (0.6, 0.6, 0.5), green, bevel=0.04),
        cylinder((x - 0.3, y, 1.12), 0.17, 0.2, steel, axis="x"),
        box((x + 0.2, y, 0.95), (1.4, 0.3, 0.1), steel),
        box((x + 0.55, y - 0.1, 1.1), (0.3, 0.4, 0.2), steel, bevel=0.02),
        box((x - 0.9, y - 0.36, 1.5), (0.25, 0.06, 0.35), material("panel", (0.75, 0.75, 0.7))),
    ]


def crates(
    at: tuple[float, float], rows: tuple[tuple[float, float, float], ...], chance: random.Random
) -> list:
    """Build cartons stacked on a pallet."""
    wood = material("wood", (0.48, 0.33, 0.18), rough=0.85, noise=0.3)
    parts = pallet((at[0], at[1], 0.0), wood)
    z = 0.15
    for width, depth, height in rows:
        brown = (0.45 + chance.uniform(-0.05, 0.05), 0.31, 0.18)
        parts.append(
            box(
                (at[0] + chance.uniform(-0.04, 0.04), at[1], z + height / 2),
                (width, depth, height),
                material("carton", brown, rough=0.9, noise=0.08),
                bevel=0.008,
                turn=chance.uniform(-0.06, 0.06),
            )
        )
        z += height
    return parts


def door(at: tuple[float, float], *, width: float = 1.5, height: float = 2.1) -> list:
    """Build a double-leaf door with push bars, facing the camera."""
    x, y = at
    leaf = material("leaf", (0.36, 0.42, 0.45), rough=0.5)
    bar = material("bar", (0.7, 0.71, 0.72), rough=0.25, metal=0.9)
    frame = material("frame", (0.16, 0.18, 0.2), rough=0.5)
    parts = [
        box((x - width / 4, y, height / 2), (width / 2 - 0.01, 0.05, height), leaf),
        box((x + width / 4, y, height / 2), (width / 2 - 0.01, 0.05, height), leaf),
        box((x - width / 2 - 0.04, y, height / 2), (0.08, 0.1, height + 0.08), frame),
        box((x + width / 2 + 0.04, y, height / 2), (0.08, 0.1, height + 0.08), frame),
        box((x, y, height + 0.04), (width + 0.16, 0.1, 0.08), frame),
    ]
    for side in (-1, 1):
        box((x + side * width / 4, y - 0.07, 1.05), (width / 2 - 0.12, 0.04, 0.06), bar)
    return parts


def exit_sign(at: tuple[float, float, float]) -> None:
    """Build a lit running-man sign, simplified."""
    x, y, z = at
    green = material("sign", (0.0, 0.42, 0.16), glow=1.6)
    white = material("figure", (0.95, 1.0, 0.95), glow=2.2)
    box((x, y, z), (0.5, 0.05, 0.25), green)
    ball((x - 0.06, y - 0.03, z + 0.07), (0.04, 0.01, 0.04), white)
    box((x - 0.07, y - 0.03, z), (0.035, 0.01, 0.1), white, bevel=0)
    box((x - 0.10, y - 0.03, z - 0.06), (0.03, 0.01, 0.08), white, bevel=0)
    box((x - 0.03, y - 0.03, z - 0.05), (0.06, 0.01, 0.03), white, bevel=0)
    box((x + 0.12, y - 0.03, z - 0.01), (0.1, 0.01, 0.17), white, bevel=0)


def forklift(at: tuple[float, float], facing: float) -> list:
    """Build a forklift: body, mast, forks, overhead guard, wheels."""
    before = set(bpy.data.objects)
    yellow = material("forklift", (0.92, 0.45, 0.02), rough=0.35)
    black = material("rubber", (0.02, 0.02, 0.02), rough=0.8)
    steel = material("mast", (0.08, 0.08, 0.09), rough=0.45, metal=0.6)
    box((0, -0.35, 0.75), (1.1, 1.5, 0.7), yellow, bevel=0.08)
    box((0, -0.95, 0.95), (1.1, 0.5, 0.9), yellow, bevel=0.12)
    box((0, -0.25, 1.2), (0.5, 0.5, 0.12), black, bevel=0.04)
    box((0, -0.5, 1.5), (0.5, 0.1, 0.55), black, bevel=0.04)
    for x in (-0.5, 0.5):
        cylinder((x, 0.35, 1.5), 0.035, 1.4, steel)
        cylinder((x, -0.85, 1.75), 0.035, 0.9, steel)
        box((x * 0.62, 0.62, 1.1), (0.09, 0.1, 2.1), steel)
        box((x * 0.5, 1.15, 0.12), (0.12, 1.1, 0.045), steel)
        for y, radius in ((0.3, 0.33), (-0.8, 0.26)):
            cylinder((x * 1.08, y, radius), radius, 0.22, black, axis="x")
    box((0, -0.25, 2.2), (1.1, 1.3, 0.06), steel, bevel=0.02)
    box((0, 0.68, 0.35), (0.9, 0.06, 0.5), steel)
    parts = [thing for thing in bpy.data.objects if thing not in before]
    bpy.ops.object.empty_add(location=(0, 0, 0))
    root = bpy.context.object
    for thing in parts:
        thing.parent = root
    root.location, root.rotation_euler = (at[0], at[1], 0), (0, 0, facing)
    return parts


def person_labels(person: Person) -> Labelled:
    """Return what can be seen of a person, by label."""
    rows: Labelled = [("person", person.objects)]
    rows.append(("helmet", person.helmet) if person.helmet else ("no-helmet", person.head))
    rows.append(("vest", person.vest) if person.vest else ("no-vest", []))
    return [row for row in rows if row[1]]


def bare_head(chance: random.Random) -> tuple[Labelled, Camera]:
    """Two workers at a lathe, one without helmet and vest."""
    room(
        9,
        8,
        3.6,
        floor=material("floor", (0.22, 0.25, 0.25), rough=0.5, noise=0.2, scale=3),
        wall=material("wall", (0.62, 0.62, 0.57), noise=0.05),
    )
    lathe((-1.9, 2.2))
    lathe((2.2, 2.6))
    bare = Person((-0.35, 0.7), facing=math.pi - 0.35, clothes=(0.09, 0.16, 0.33), chance=chance)
    safe = Person((0.75, 1.0), facing=math.pi + 0.3, helmet=WHITE, vest=ORANGE, chance=chance)
    return [*person_labels(bare), *person_labels(safe)], ((0.1, -2.2, 1.6), (0.15, 1.0, 1.12), 34)


def near_forklift(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a pedestrian in a vest close to a forklift between racks."""
    room(
        10,
        12,
        5.0,
        floor=material("floor", (0.33, 0.33, 0.32), rough=0.4, noise=0.12, scale=2),
        wall=material("wall", (0.55, 0.58, 0.6)),
    )
    blue = material("rack", (0.03, 0.10, 0.35), rough=0.4)
    beam = material("beam", (0.9, 0.30, 0.03), rough=0.4)
    for side in (-3.3, 3.5):
        for y in (-1, 1.5, 4):
            for z in (0.0, 1.7, 3.2):
                if z:
                    box((side, y, z), (1.1, 2.4, 0.1), beam)
                crates_on(side, y, z, chance)
            for dx in (-0.55, 0.55):
                box((side + dx, y - 1.2, 2.3), (0.09, 0.09, 4.6), blue)
    truck = forklift((-0.7, 1.3), math.pi - 0.5)
    walker = Person((0.95, 0.55), facing=-0.4, helmet=YELLOW, vest=LIME, stride=0.2, chance=chance)
    return [("forklift", truck), *person_labels(walker)], ((0.6, -3.6, 1.75), (0.15, 1.2, 1.05), 33)


def crates_on(x: float, y: float, z: float, chance: random.Random) -> None:
    """Build cartons on a shelf."""
    for dy in (-0.6, 0.5):
        height = chance.uniform(0.5, 1.1)
        brown = (0.42 + chance.uniform(-0.08, 0.1), 0.29, 0.17)
        box(
            (x, y + dy, z + 0.05 + height / 2),
            (0.8, 0.85, height),
            material("carton", brown, rough=0.9),
            bevel=0.01,
        )


def blocked_exit(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a lit exit with pallets and cartons standing before it."""
    room(
        4.4,
        9,
        2.9,
        floor=material("floor", (0.42, 0.40, 0.36), rough=0.35, noise=0.08, scale=3),
        wall=material("wall", (0.75, 0.74, 0.68), noise=0.03),
    )
    leaves = door((0, 4.4))
    exit_sign((0, 4.36, 2.45))
    wood = material("wood", (0.52, 0.36, 0.2), rough=0.85, noise=0.3, scale=6)
    stack = []
    for level in range(5):
        stack += pallet((-0.42, 3.3, level * 0.15), wood, turn=chance.uniform(-0.05, 0.05))
    crates((0.75, 3.0), ((0.7, 0.6, 0.5), (0.6, 0.55, 0.45)), chance)
    bin_parts = waste_bin((-1.55, 2.6))
    return [("door", leaves), ("pallet", stack), ("waste-bin", bin_parts)], (
        (0.15, -1.3, 1.55),
        (0.05, 3.6, 1.05),
        32,
    )


def waste_bin(at: tuple[float, float]) -> list:
    """Build a wheeled bin."""
    green = material("bin", (0.02, 0.22, 0.07), rough=0.5)
    x, y = at
    return [
        box((x, y, 0.5), (0.5, 0.55, 0.85), green, bevel=0.05),
        box((x, y - 0.03, 0.97), (0.58, 0.64, 0.09), green, bevel=0.03),
        cylinder((x, y + 0.25, 0.1), 0.1, 0.5, material("rubber", (0.02, 0.02, 0.02)), axis="x"),
    ]


def fallen(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a worker lying on the floor of a workshop, seen from above."""
    room(
        9,
        8,
        3.8,
        floor=material("floor", (0.40, 0.41, 0.40), rough=0.45, noise=0.12, scale=3),
        wall=material("wall", (0.66, 0.66, 0.6)),
    )
    lathe((-2.2, 2.8))
    crates((2.3, 2.6), ((0.8, 0.7, 0.5), (0.7, 0.6, 0.4)), chance)
    lying = Person(
        (0.2, 0.2),
        facing=1.1,
        clothes=(0.55, 0.58, 0.62),
        trousers=(0.06, 0.09, 0.2),
        lying=True,
        chance=chance,
    )
    return [("person-fallen", lying.objects)], ((0.3, -3.4, 3.0), (0.1, 0.6, 0.2), 32)


def fire(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a burning bin with smoke in a yard."""
    room(
        12,
        10,
        4.2,
        floor=material("floor", (0.28, 0.28, 0.28), rough=0.8, noise=0.25, scale=5),
        wall=material("wall", (0.5, 0.42, 0.36), noise=0.15, scale=12),
    )
    bin_parts = waste_bin((0.1, 1.5))
    crates((-2.2, 2.6), ((0.9, 0.7, 0.6), (0.8, 0.6, 0.5)), chance)
    flames = _flames((0.1, 1.5, 1.0))
    smoke = _smoke((0.15, 1.6, 2.1))
    return [("waste-bin", bin_parts), ("fire", flames), ("smoke", smoke)], (
        (0.3, -3.6, 1.6),
        (0.1, 1.5, 1.35),
        34,
    )


def _volume(name: str, at, size, *, density: float, colour, glow: float, scale: float, cut: float):
    """Build a cloud: noise inside a box, denser in the middle."""
    bpy.ops.mesh.primitive_cube_add(size=1, location=at)
    thing = bpy.context.object
    thing.scale = size
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.remove(nodes["Principled BSDF"])
    volume = nodes.new("ShaderNodeVolumePrincipled")
    volume.inputs["Color"].default_value = (*colour, 1)
    place = nodes.new("ShaderNodeTexCoord")
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = scale, 6
    links.new(place.outputs["Object"], noise.inputs["Vector"])
    distance = nodes.new("ShaderNodeVectorMath")
    distance.operation = "LENGTH"
    links.new(place.outputs["Object"], distance.inputs[0])
    fade = nodes.new("ShaderNodeMapRange")
    fade.inputs["From Min"].default_value, fade.inputs["From Max"].default_value = 0.12, 0.5
    fade.inputs["To Min"].default_value, fade.inputs["To Max"].default_value = 1.0, 0.0
    links.new(distance.outputs["Value"], fade.inputs["Value"])
    both = nodes.new("ShaderNodeMath")
    both.operation = "MULTIPLY"
    links.new(noise.outputs["Fac"], both.inputs[0])
    links.new(fade.outputs["Result"], both.inputs[1])
    over = nodes.new("ShaderNodeMapRange")
    over.inputs["From Min"].default_value, over.inputs["From Max"].default_value = cut, cut + 0.2
    over.inputs["To Max"].default_value = density
    links.new(both.outputs["Value"], over.inputs["Value"])
    links.new(over.outputs["Result"], volume.inputs["Density"])
    if glow:
        hot = nodes.new("ShaderNodeMapRange")
        hot.inputs["From Min"].default_value, hot.inputs["From Max"].default_value = cut, cut + 0.25
        hot.inputs["To Max"].default_value = glow
        links.new(both.outputs["Value"], hot.inputs["Value"])
        links.new(hot.outputs["Result"], volume.inputs["Emission Strength"])
        ramp = nodes.new("ShaderNodeValToRGB")
        ramp.color_ramp.elements[0].color = (1.0, 0.10, 0.0, 1)
        ramp.color_ramp.elements[1].color = (1.0, 0.62, 0.12, 1)
        ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = cut, cut + 0.3
        links.new(both.outputs["Value"], ramp.inputs["Fac"])
        links.new(ramp.outputs["Color"], volume.inputs["Emission Color"])
    links.new(volume.outputs["Volume"], nodes["Material Output"].inputs["Volume"])
    thing.data.materials.append(made)
    return thing


def _flames(at) -> list:
    x, y, z = at
    return [
        _volume(
            "flame",
            (x, y, z + 0.35),
            (0.75, 0.7, 1.25),
            density=2.0,
            colour=(0.9, 0.4, 0.1),
            glow=42,
            scale=3.2,
            cut=0.22,
        ),
        _volume(
            "tongue",
            (x + 0.12, y, z + 0.75),
            (0.4, 0.4, 0.9),
            density=1.5,
            colour=(0.9, 0.4, 0.1),
            glow=36,
            scale=3.6,
            cut=0.24,
        ),
    ]


def _smoke(at) -> list:
    x, y, z = at
    return [
        _volume(
            "smoke",
            (x, y, z),
            (1.5, 1.3, 1.7),
            density=9.0,
            colour=(0.10, 0.10, 0.10),
            glow=0,
            scale=2.2,
            cut=0.18,
        ),
        _volume(
            "plume",
            (x + 0.5, y + 0.1, z + 1.0),
            (2.4, 1.8, 1.7),
            density=6.0,
            colour=(0.16, 0.16, 0.16),
            glow=0,
            scale=1.9,
            cut=0.17,
        ),
    ]


def tidy(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a clear corridor with a free exit."""
    room(
        3.2,
        10,
        2.8,
        floor=material("floor", (0.45, 0.46, 0.45), rough=0.25, noise=0.05, scale=3),
        wall=material("wall", (0.78, 0.78, 0.74), noise=0.02),
    )
    leaves = door((0, 4.9))
    exit_sign((0, 4.86, 2.4))
    line = material("line", (0.85, 0.65, 0.02), rough=0.6)
    for side in (-1.2, 1.2):
        box((side, 0, 0.002), (0.08, 9.6, 0.004), line, bevel=0)
    red = material("extinguisher", (0.65, 0.02, 0.02), rough=0.3)
    cylinder((1.5, 2.2, 1.0), 0.075, 0.45, red)
    return [("door", leaves)], ((0, -3.2, 1.6), (0, 3, 1.15), 30)


def yard(chance: random.Random) -> tuple[Labelled, Camera]:
    """Two workers with helmet and vest among cones."""
    box(
        (0, 0, -0.05),
        (40, 40, 0.1),
        material("ground", (0.36, 0.33, 0.28), rough=0.95, noise=0.3, scale=4),
        bevel=0,
    )
    box(
        (0, 9, 2.2),
        (22, 0.3, 4.4),
        material("hoarding", (0.12, 0.30, 0.55), rough=0.6, noise=0.06),
        bevel=0,
    )
    bpy.ops.object.light_add(type="SUN", rotation=(0.8, 0.2, 0.6))
    bpy.context.object.data.energy = 3.0
    labelled: Labelled = []
    orange, tape = (
        material("cone", (0.95, 0.18, 0.02), rough=0.5),
        material("tape", (0.85, 0.85, 0.85)),
    )
    for x, y in ((-1.9, 0.9), (-1.25, 0.3), (1.7, 0.7), (2.4, 1.9)):
        labelled.append(
            (
                "cone",
                [
                    cone((x, y, 0.36), 0.17, 0.03, 0.7, orange),
                    cone((x, y, 0.40), 0.125, 0.085, 0.16, tape),
                    box((x, y, 0.015), (0.42, 0.42, 0.03), orange),
                ],
            )
        )
    for x, facing, colour, vest in ((-0.55, 2.6, WHITE, LIME), (0.6, 3.5, RED, ORANGE)):
        labelled += person_labels(
            Person((x, 1.6), facing=facing, helmet=colour, vest=vest, chance=chance)
        )
    return labelled, ((0.2, -2.4, 1.55), (0.1, 1.5, 1.05), 34)


def wood_dust(chance: random.Random) -> tuple[Labelled, Camera]:
    """Build a bench saw with sawdust on the floor around it and on its table."""
    room(
        8,
        8,
        3.4,
        floor=material("floor", (0.16, 0.19, 0.20), rough=0.45, noise=0.15, scale=3),
        wall=material("wall", (0.62, 0.62, 0.57), noise=0.05),
    )
    blue = material("machine", (0.05, 0.16, 0.30), rough=0.45, noise=0.1)
    steel = material("steel", (0.55, 0.56, 0.58), rough=0.35, metal=0.9)
    black = material("hood", (0.03, 0.03, 0.03), rough=0.6)
    x, y = 0.25, 2.0
    saw = [
        box((x, y, 0.42), (1.0, 0.7, 0.84), blue, bevel=0.03),
        box((x, y, 0.87), (1.5, 0.95, 0.06), steel),
        box((x + 0.05, y + 0.05, 1.02), (0.46, 0.08, 0.22), black, bevel=0.03),
        box((x - 0.42, y, 0.93), (0.06, 0.9, 0.06), steel),
        box((x + 0.35, y - 0.37, 0.6), (0.2, 0.06, 0.16), material("switch", (0.8, 0.8, 0.76))),
    ]
    pale = material("sawdust", (0.62, 0.44, 0.24), rough=1.0, noise=0.4, scale=400)
    heaps = [
        (x - 0.75, y - 0.55, 0.75, 0.16),
        (x + 0.6, y - 0.75, 0.6, 0.10),
        (x - 0.2, y - 1.35, 0.8, 0.05),
        (x + 1.2, y - 0.1, 0.7, 0.07),
        (x - 1.5, y + 0.3, 0.6, 0.06),
    ]
    seed = chance.randrange(2**31)
    loose_powder((x, y - 0.7), 4.2, heaps, pale, seed)
    on_top = [(x + 0.3, y - 0.2, 0.3, 0.02), (x - 0.1, y - 0.3, 0.2, 0.015)]
    loose_powder((x, y), 0.94, on_top, pale, seed + 1, z=0.9)
    boards = material("board", (0.55, 0.38, 0.2), rough=0.8, noise=0.25, scale=6)
    for level in range(6):
        box((2.5, 2.9, 0.05 + level * 0.09), (0.35, 2.0, 0.07), boards, turn=0.03 * level)
    return [("machine", saw)], ((-0.2, -1.7, 1.6), (0.1, 1.5, 0.45), 32)


SCENES: dict[str, Callable[[random.Random], tuple[Labelled, Camera]]] = {
    "workshop-bare-head": bare_head,
    "warehouse-forklift": near_forklift,
    "corridor-blocked-exit": blocked_exit,
    "workshop-person-down": fallen,
    "yard-burning-bin": fire,
    "corridor-tidy": tidy,
    "site-helmets-and-vests": yard,
    "workshop-wood-dust": wood_dust,
}
