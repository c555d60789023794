"""More kinds of machines to learn from, each drawn afresh in build, size and metal.

They are apart from ``machines.MACHINES``, so that scenes of older recipes stay what they are. None
of them is one of ``machines.TEST_ONLY``. As there, a machine stands at the origin with its
dangerous side towards -y; lengths are metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from machines import Low, Machine, motor, pulley
from meshes import (
    Mesh,
    Point,
    band,
    belt_path,
    box,
    cylinder,
    extruded,
    gear_outline,
    lathe,
    ring,
    tube,
)

Chance = np.random.Generator


def _metal(chance: Chance) -> str:
    """Return what a moving part is of: mostly bare, sometimes painted."""
    return str(chance.choice(("steel", "iron", "body2", "body"), p=(0.45, 0.35, 0.1, 0.1)))


def _between(chance: Chance, low: float, high: float) -> float:
    return float(chance.uniform(low, high))


def _stand(chance: Chance, width: float, depth: float, height: float, y: float) -> list[Mesh]:
    """Return what carries a machine's head: a cabinet, a pedestal or four legs with a plate."""
    way = int(chance.integers(3))
    top = box((0, y, height - 0.03), (width, depth, 0.06), "body", bevel=0.006)
    if way == 0:
        return [
            top,
            box(
                (0, y, height / 2 - 0.03),
                (width * 0.94, depth * 0.9, height - 0.06),
                "body",
                bevel=0.02,
            ),
        ]
    if way == 1:
        return [
            top,
            box((0, y, height / 2), (width * 0.4, depth * 0.5, height - 0.08), "body", bevel=0.02),
            box((0, y, 0.04), (width * 0.8, depth * 0.9, 0.08), "body", bevel=0.01),
        ]
    legs = [
        box(
            (sx * width * 0.44, y + sy * depth * 0.42, height / 2 - 0.03),
            (0.06, 0.06, height - 0.06),
            "body2",
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return [top, *legs]


def _switches(chance: Chance, at: Point) -> list[Mesh]:
    """Return a panel with knobs facing -y, or nothing."""
    if chance.random() < 0.35:
        return []
    x, y, z = at
    parts = [
        box((x, y, z), (_between(chance, 0.1, 0.24), 0.06, _between(chance, 0.12, 0.3)), "panel")
    ]
    for n in range(int(chance.integers(1, 4))):
        knob = "switch" if n == 0 else "label"
        parts.append(
            cylinder((x, y - 0.04, z + 0.07 - n * 0.06), 0.02, 0.03, knob, axis="y", segments=12)
        )
    return parts


def _wheel(chance: Chance, radius: float, width: float, at: Point) -> list[Mesh]:
    """Return a wheel that faces -y: a disc, or a rim on straight or thick spokes."""
    metal, x, y, z = _metal(chance), *at
    hub = cylinder(at, radius * _between(chance, 0.12, 0.3), width * 1.4, metal, axis="y")
    nut = cylinder(
        (x, y - width * 0.8, z), radius * 0.08, width * 0.5, "steel", axis="y", segments=6
    )
    if chance.random() < 0.35:
        parts = [cylinder(at, radius, width, metal, axis="y", segments=40), hub, nut]
        holes = int(chance.integers(0, 6))
        for n in range(holes):
            turn = n * 2 * math.pi / holes
            spot = (
                x + radius * 0.6 * math.cos(turn),
                y - width * 0.5,
                z + radius * 0.6 * math.sin(turn),
            )
            parts.append(cylinder(spot, radius * 0.13, 0.004, "rubber", axis="y", segments=16))
        return parts
    rim = _between(chance, 0.72, 0.9)
    parts = [ring(at, radius * rim, radius, width, metal, axis="y", segments=40), hub, nut]
    spokes, turned = int(chance.integers(3, 8)), _between(chance, 0, 2)
    thick = radius * _between(chance, 0.06, 0.2)
    for n in range(spokes):
        spoke = box(
            (radius * (rim + 0.1) / 2, 0, 0), (radius * rim, width * 0.4, thick), metal, bevel=0.003
        )
        parts.append(spoke.turned(turned + n * 2 * math.pi / spokes, "y").moved(at))
    return parts


def drill(chance: Chance) -> Machine:
    """Return a pillar drill: chuck and bit over its table."""
    table, gap = _between(chance, 0.75, 1.0), _between(chance, 0.25, 0.45)
    r, back = _between(chance, 0.025, 0.045), _between(chance, 0.22, 0.35)
    head, foot = table + gap + 0.12, _between(chance, 0.3, 0.5)
    body = [
        cylinder((0, back, (head + 0.3) / 2), 0.045, head + 0.3, "steel"),
        box((0, back * 0.6, 0.04), (foot, foot * 1.2, 0.08), "body", bevel=0.01),
        box(
            (0, back * 0.45, head + 0.12),
            (_between(chance, 0.18, 0.28), back * 1.7, 0.28),
            "body",
            bevel=0.03,
        ),
        box((0, back * 0.3, table - 0.03), (foot * 0.9, foot * 0.8, 0.05), "iron", bevel=0.005),
        *[
            m.turned(math.pi / 2, "y", about=(0, back + 0.14, head + 0.1))
            for m in motor((0, back + 0.14, head + 0.1), 0.08, 0.22)
        ],
        *_switches(chance, (0.0, -back * 0.42, head + 0.1)),
    ]
    for n in range(3):
        turn = n * 2 * math.pi / 3 + 0.4
        end = (0.13, back * 0.3 + 0.16 * math.cos(turn), head + 0.03 + 0.16 * math.sin(turn))
        body.append(tube([(0.13, back * 0.3, head + 0.03), end], 0.008, "steel"))
    z = head - 0.02
    moving = [
        cylinder((0, 0, z - 0.03), r * 0.9, 0.07, "steel"),
        lathe(
            [(0, -0.1), (r * 0.5, -0.1), (r, -0.05), (r, 0.02), (0, 0.02)],
            _metal(chance),
            at=(0, 0, z - 0.06),
        ),
        cylinder(
            (0, 0, z - 0.1 - gap * 0.25),
            r * _between(chance, 0.2, 0.5),
            gap * 0.5,
            "steel",
            segments=12,
        ),
    ]
    low, high = (-r * 1.6, -r * 1.7, z - 0.12 - gap * 0.5), (r * 1.6, r * 1.7, z + 0.02)
    shell = lathe(
        [(r * 2.2, low[2] - z + 0.03), (r * 2.2, 0.03)],
        "guard",
        start=-math.pi * 1.1,
        sweep=math.pi * 1.2,
    ).moved((0, 0, z))
    return Machine("drill", body, [moving], [(low, high)], [[shell]])


def mill(chance: Chance) -> Machine:
    """Return a knee mill: a cutter over a long table with a vice."""
    table, r = _between(chance, 0.8, 1.0), _between(chance, 0.03, 0.09)
    span, z = _between(chance, 0.8, 1.3), table + _between(chance, 0.2, 0.35)
    body = [
        box((0, 0.45, 0.85), (0.42, 0.5, 1.7), "body", bevel=0.04),
        box((0, 0.1, z + 0.4), (0.26, 0.6, 0.36), "body", bevel=0.03),
        box((0, 0.1, table / 2), (0.36, 0.4, table - 0.12), "body2", bevel=0.02),
        box((0, 0.02, table - 0.03), (span, 0.26, 0.06), "steel", bevel=0.004),
        box((0.12, 0.02, table + 0.04), (0.2, 0.16, 0.09), "iron", bevel=0.006),
        cylinder((span / 2 + 0.04, 0.02, table - 0.03), 0.07, 0.02, "steel", axis="x"),
        *_switches(chance, (0.3, -0.1, z + 0.35)),
    ]
    moving: list[Mesh] = [
        cylinder((0, -0.02, z + 0.17), 0.045, 0.12, "steel"),
        cylinder((0, -0.02, z + 0.08), 0.035, 0.1, "iron"),
    ]
    if chance.random() < 0.5:
        disc = extruded(
            gear_outline(r, int(chance.integers(6, 14)), 0.018, pointed=True), 0.05, "steel"
        )
        moving.append(disc.turned(math.pi / 2, "x").moved((0, -0.02, z + 0.01)))
    else:
        moving.append(cylinder((0, -0.02, z - 0.02), 0.014, 0.14, "steel", segments=10))
        r = 0.045
    low, high = (-r * 1.2, -0.02 - r * 1.2, z - 0.1), (r * 1.2, -0.02 + r * 1.2, z + 0.23)
    return Machine("mill", body, [moving], [(low, high)])


def band_saw(chance: Chance) -> Machine:
    """Return a band saw with its wheels open: two wheels, a blade between, a table."""
    r, thick = _between(chance, 0.17, 0.3), _between(chance, 0.02, 0.04)
    low_z = r + _between(chance, 0.15, 0.25)
    high_z = low_z + 2 * r + _between(chance, 0.35, 0.7)
    table = (low_z + high_z) / 2 - _between(chance, 0.0, 0.12)
    y = -0.04 - thick / 2
    body = [
        box((0, 0.1, low_z), (2 * r + 0.12, 0.2, 2 * r + 0.14), "body", bevel=0.03),
        box((0, 0.1, high_z), (2 * r + 0.12, 0.2, 2 * r + 0.14), "body", bevel=0.03),
        box((-r * 0.9, 0.1, (low_z + high_z) / 2), (0.16, 0.2, high_z - low_z), "body", bevel=0.02),
        box(
            (r * 0.8, y, table), (r * 2.2, _between(chance, 0.35, 0.55), 0.04), "iron", bevel=0.004
        ),
        box((0, 0.1, 0.06), (2 * r, 0.5, 0.12), "body2"),
        *motor((0.1, 0.36, low_z), 0.1, 0.28),
    ]
    moving = [*_wheel(chance, r, thick, (0, y, low_z)), *_wheel(chance, r, thick, (0, y, high_z))]
    path = belt_path((0, low_z), r, (0, high_z), r, steps=18)
    moving.append(band(path, 0.003, thick * 0.8, "steel", y=y))
    low, high = (-r, y - thick, low_z - r), (r, 0.0, high_z + r)
    return Machine("band-saw", body, [moving], [(low, high)])


def mixer(chance: Chance) -> Machine:
    """Return a planetary or paddle mixer: arms that turn in an open bowl."""
    r, deep, z = (
        _between(chance, 0.2, 0.38),
        _between(chance, 0.25, 0.4),
        _between(chance, 0.35, 0.6),
    )
    rim = z + deep
    inside = [(r * 0.96, deep * 0.98), (r * 0.88, deep * 0.32), (r * 0.55, 0.02), (0, 0.02)]
    bowl = lathe(
        [(0, 0), (r * 0.6, 0), (r * 0.92, deep * 0.3), (r, deep), (r * 1.04, deep), *inside],
        str(chance.choice(("steel", "body"))),
        at=(0, 0, z),
        segments=36,
    )
    rise = rim + _between(chance, 0.3, 0.45)
    body = [
        bowl,
        box((0, r + 0.2, rise / 2), (0.3, 0.28, rise), "body", bevel=0.04),
        box((0, 0.12, rise + 0.1), (0.3, r * 2 + 0.2, 0.24), "body", bevel=0.05),
        box((0, 0.1, 0.05), (r * 2, r * 2.2, 0.1), "body", bevel=0.02),
        box((0, r * 0.9, z + deep * 0.5), (r * 2.1, 0.1, 0.08), "body2"),
        *_switches(chance, (0.0, -r * 0.85, rise + 0.08)),
    ]
    moving = [
        cylinder((0, 0, (rise + rim) / 2 - deep * 0.2), 0.025, rise - rim + deep * 0.5, "steel")
    ]
    blades, turned = int(chance.integers(2, 5)), _between(chance, 0, 3)
    for n in range(blades):
        turn = turned + n * 2 * math.pi / blades
        if chance.random() < 0.5:
            arm = box((r * 0.4, 0, 0), (r * 0.75, 0.03, deep * 0.3), "steel", bevel=0.005).turned(
                0.5, "x"
            )
            moving.append(arm.turned(turn).moved((0, 0, rim - deep * _between(chance, 0.25, 0.5))))
        else:
            c, s = math.cos(turn), math.sin(turn)
            path = [
                (r * k * c, r * k * s, rim + deep * h)
                for k, h in ((0.05, 0.1), (0.55, -0.05), (0.7, -0.4), (0.3, -0.75))
            ]
            moving.append(tube(path, 0.014, "steel"))
    low, high = (-r, -r, rim - deep * 0.1), (r, r * 0.8, rise - 0.02)
    lid: list[Mesh] = [ring((0, 0, rim + 0.02), r * 0.96, r * 1.04, 0.02, "guard", segments=36)]
    for n in range(int(chance.integers(5, 12))):
        x = -r * 0.9 + 1.8 * r * (n + 0.5) / 11
        if abs(x) < r * 0.95:
            reach = math.sqrt(max(r * r - x * x, 0.0))
            lid.append(
                tube([(x, -reach, rim + 0.02), (x, reach * 0.3, rim + 0.02)], 0.006, "guard")
            )
    apron = lathe(
        [(r * 1.03, 0.02), (r * 1.03, rise - rim - 0.02)],
        "guard",
        segments=30,
        start=-math.pi,
        sweep=math.pi,
    ).moved((0, 0, rim))
    return Machine(
        "mixer", body, [moving], [(low, high)], [lid if chance.random() < 0.4 else [apron]]
    )


def rollers(chance: Chance) -> Machine:
    """Return a calender or an open mill: two or three rolls with a nip between side frames."""
    r, length = _between(chance, 0.07, 0.18), _between(chance, 0.5, 1.1)
    count, stacked = int(chance.integers(2, 4)), chance.random() < 0.5
    y, z = -r - 0.02, _between(chance, 0.55, 0.9)
    metal, moving, spots = _metal(chance), [], []
    for n in range(count):
        spot = (
            (y, z + n * 2.04 * r) if stacked else (y + n * 2.04 * r, z + (0.3 * r if n == 1 else 0))
        )
        spots.append(spot)
        moving.append(cylinder((0, *spot), r, length, metal, axis="x", segments=36))
        moving.append(cylinder((0, *spot), r * 0.35, length + 0.16, "steel", axis="x"))
    top, deep = max(s[1] for s in spots) + r, max(s[0] for s in spots) + r
    body = [box((0, deep + 0.25, top * 0.5), (length * 0.9, 0.3, top), "body", bevel=0.02)]
    for side in (-1, 1):
        x = side * (length / 2 + 0.09)
        body.append(
            box(
                (x, (y + deep) / 2, top / 2 + 0.03),
                (0.1, deep - y + 0.1, top + 0.06),
                "body",
                bevel=0.02,
            )
        )
    body += _switches(chance, (length / 2 + 0.1, y - 0.16, top - 0.1))
    low, high = (-length / 2, y - r, min(s[1] for s in spots) - r), (length / 2, y + r, top)
    bar: list[Mesh] = [
        box(
            (0, low[1] - 0.03, (low[2] + high[2]) / 2),
            (length * 1.05, 0.015, (high[2] - low[2]) * 1.05),
            "guard",
        ),
        box((0, low[1] + r * 0.8, high[2] + 0.03), (length * 1.05, r * 2, 0.012), "guard"),
    ]
    return Machine("rollers", body, [moving], [(low, high)], [bar])


def fan(chance: Chance) -> Machine:
    """Return an axial fan or blower inlet: blades in a ring; its guard is rings of wire."""
    r, z = _between(chance, 0.18, 0.4), _between(chance, 0.6, 1.5)
    z = max(z, r + 0.12)
    body = [
        ring((0, 0.02, z), r * 1.02, r * 1.14, 0.2, "body", axis="y", segments=40),
        cylinder((0, 0.1, z), r * 0.3, 0.1, "body2", axis="y"),
        box((0, 0.1, (z - r) / 2), (r * 0.9, 0.2, z - r), "body", bevel=0.01),
    ]
    if chance.random() < 0.5:  # a scroll housing behind
        body.append(cylinder((0, 0.28, z), r * 1.35, 0.3, "body", axis="y", segments=36))
        body.append(box((r * 0.9, 0.28, z + r * 0.9), (r * 0.8, 0.28, r * 1.2), "body", bevel=0.01))
    else:
        body.append(box((0, 0.12, z), (r * 2.1, 0.03, 0.05), "body2"))
    blades, metal, pitch = int(chance.integers(3, 9)), _metal(chance), _between(chance, 0.4, 0.9)
    moving = [cylinder((0, -0.02, z), r * 0.22, 0.1, metal, axis="y")]
    for n in range(blades):
        blade = box(
            (r * 0.58, 0, 0), (r * 0.72, 0.012, r * _between(chance, 0.3, 0.45)), metal, bevel=0.003
        )
        moving.append(
            blade.turned(pitch, "x").turned(n * 2 * math.pi / blades, "y").moved((0, -0.02, z))
        )
    low, high = (-r, -0.14, z - r), (r, 0.08, z + r)
    wires = [
        ring((0, -0.13, z), k * r - 0.006, k * r + 0.006, 0.008, "wire", axis="y", segments=32)
        for k in np.linspace(0.15, 1.08, int(chance.integers(5, 12)))
    ]
    for n in range(4):
        turn = n * math.pi / 4
        end = (1.08 * r * math.cos(turn), -0.13, 1.08 * r * math.sin(turn))
        wires.append(
            tube([(-end[0], -0.135, z - end[2]), (end[0], -0.135, z + end[2])], 0.006, "wire")
        )
    return Machine("fan", body, [moving], [(low, high)], [wires])


def flywheel(chance: Chance) -> Machine:
    """Return a large wheel on the flank of a press, pump or shear, maybe with crank and rod."""
    r, width = _between(chance, 0.22, 0.45), _between(chance, 0.05, 0.12)
    z, y = r + _between(chance, 0.1, 0.7), -0.05 - width / 2
    moving = _wheel(chance, r, width, (0, y, z))
    low, high = [-r, y - width, z - r], [r, 0.0, z + r]
    if chance.random() < 0.5:
        turn, far = _between(chance, 0, 6.28), r * _between(chance, 0.3, 0.6)
        pin = (far * math.cos(turn), y - width * 0.9, z + far * math.sin(turn))
        end = (r * _between(chance, 1.4, 2.2), y - width * 0.9, z + _between(chance, -0.1, 0.1))
        metal = _metal(chance)
        moving += [
            cylinder(pin, 0.035, width, "steel", axis="y"),
            tube([pin, end], _between(chance, 0.015, 0.035), metal),
            cylinder(end, 0.05, 0.08, metal, axis="y"),
        ]
        high[0] = max(high[0], end[0] + 0.06)
        low[1] = y - width * 1.5
    wide, tall = (high[0] - low[0]) * _between(chance, 0.8, 1.4), z + r * _between(chance, 0.3, 1.4)
    centre = (low[0] + high[0]) / 2
    body = [
        box((centre, 0.35, tall / 2), (wide, 0.6, tall), "body", bevel=0.03),
        box((centre, 0.3, 0.05), (wide * 1.1, 0.75, 0.1), "iron", bevel=0.01),
        *_switches(chance, (centre + wide * 0.35, 0.0, tall - 0.15)),
    ]
    if chance.random() < 0.4:
        body.append(cylinder((centre, 0.35, tall + 0.12), 0.16, wide * 0.8, "body2", axis="x"))
    return Machine("flywheel", body, [moving], [(tuple(low), tuple(high))])  # type: ignore[arg-type]


def auger(chance: Chance) -> Machine:
    """Return a screw in an open trough; its guard is a lid or a grid on top."""
    r, length = _between(chance, 0.07, 0.16), _between(chance, 0.8, 1.6)
    z, y = _between(chance, 0.35, 0.85), _between(chance, 0.0, 0.1)
    metal, turns = _metal(chance), int(length / (r * _between(chance, 1.0, 1.8)))
    moving: list[Mesh] = [cylinder((0, y, z), r * 0.3, length, "steel", axis="x")]
    steps = turns * 14
    marks = np.arange(steps + 1)
    angle, x = marks * 2 * math.pi / 14, -length / 2 + length * marks / steps
    for dx in (0.0, 0.008):  # both faces of the flight
        inner = np.stack(
            [x + dx, y + r * 0.28 * np.cos(angle), z + r * 0.28 * np.sin(angle)], axis=1
        )
        outer = np.stack([x + dx, y + r * np.cos(angle), z + r * np.sin(angle)], axis=1)
        faces = [[n, n + 1, steps + 2 + n, steps + 1 + n] for n in range(steps)]
        if dx:
            faces = [face[::-1] for face in faces]
        moving.append(Mesh(np.concatenate([inner, outer]), faces, metal, True))
    wall = r * 1.15
    trough = lathe(
        [(wall, -length / 2 - 0.02), (wall, length / 2 + 0.02)],
        "body",
        axis="x",
        start=0,
        sweep=math.pi,
    )
    body = [
        trough.turned(math.pi * 0.5, "x").moved((0, y, z)),
        *motor((-length / 2 - 0.25, y, z), r, 0.3),
    ]
    inside = min(float(m.points[:, 2].max()) for m in body[:1])
    if inside > z + 0.02:  # the shell opened downwards: turn its opening to the top
        body[0] = body[0].turned(math.pi, "x", about=(0, y, z))
    for x_leg in (-length * 0.4, length * 0.4):
        body.append(box((x_leg, y, (z - wall) / 2), (0.07, r * 1.8, z - wall), "body2"))
    for side in (-1, 1):
        body.append(box((0, y + side * wall, z + 0.01), (length, 0.04, 0.03), "body"))
    if chance.random() < 0.5:  # a hopper over one end
        body.append(
            lathe(
                [(r * 1.2, 0), (r * 2.6, 0.35), (r * 2.5, 0.35), (r * 1.1, 0.01)],
                "body",
                at=(length * 0.33, y, z + 0.05),
                segments=4,
            )
        )
    low, high = (-length / 2, y - wall, z - r * 0.5), (length / 2, y + wall, z + r)
    lid = [box((0, y, z + r + 0.02), (length * 1.01, wall * 2.1, 0.015), "guard", bevel=0.003)]
    grid = [
        box((x, y, z + r + 0.02), (0.012, wall * 2.1, 0.012), "wire", bevel=0)
        for x in np.linspace(-length / 2, length / 2, int(length / 0.05))
    ]
    return Machine("auger", body, [moving], [(low, high)], [lid if chance.random() < 0.5 else grid])


def line_shaft(chance: Chance) -> Machine:
    """Return a shaft along a machine's front with pulleys, couplings and a belt or two on it."""
    length, z, y = _between(chance, 0.8, 1.8), _between(chance, 0.5, 1.2), -0.18
    thin = _between(chance, 0.016, 0.035)
    moving = [cylinder((0, y, z), thin, length, "steel", axis="x")]
    biggest = thin
    for _ in range(int(chance.integers(1, 4))):
        x, r = _between(chance, -0.4, 0.4) * length, _between(chance, 0.06, 0.17)
        width = _between(chance, 0.03, 0.1)
        biggest = max(biggest, r)
        if chance.random() < 0.4:
            wheel = [
                extruded(
                    gear_outline(r, max(10, int(r * 140)), 0.016),
                    width * 0.6,
                    _metal(chance),
                    axis="x",
                    at=(x, y, z),
                )
            ]
        else:
            wheel = [m.turned(math.pi / 2).moved((x, y, z)) for m in pulley((0, 0, 0), r, width)]
        moving += wheel
    body = [
        box(
            (0, 0.3, (z + 0.3) / 2),
            (length * _between(chance, 0.8, 1.15), 0.5, z + 0.3),
            "body",
            bevel=0.02,
        )
    ]
    for side in (-1, 1):
        x = side * length * 0.48
        body.append(box((x, y + 0.04, z), (0.07, 0.14, 0.14), "iron", bevel=0.01))
        body.append(box((x, y / 2 + 0.05, z - 0.12), (0.1, 0.35, 0.1), "body2"))
    body += _switches(chance, (length * 0.25, 0.02, z + 0.12))
    low, high = (-length / 2, y - biggest, z - biggest), (length / 2, y + biggest, z + biggest)
    r = biggest * 1.1 + 0.02
    hood = lathe(
        [(r, -length * 0.49), (r, length * 0.49)],
        "guard",
        axis="x",
        start=0,
        sweep=math.pi * 1.2,
        segments=20,
    )
    return Machine(
        "line-shaft",
        body,
        [moving],
        [(low, high)],
        [[hood.turned(_between(chance, -0.5, 0.5) - math.pi * 0.6, "x").moved((0, y, z))]],
    )


def planer(chance: Chance) -> Machine:
    """Return a surface planer: a cutter drum in the slot of a long table, at an angle fence."""
    z, r = _between(chance, 0.78, 0.92), _between(chance, 0.045, 0.08)
    length, width = _between(chance, 1.1, 1.9), _between(chance, 0.3, 0.5)
    slot = r * 1.5
    body = [
        box((0, 0, z / 2 - 0.06), (length * 0.5, width * 0.9, z - 0.12), "body", bevel=0.02),
        box((0, width * 0.42, z + 0.07), (length * 0.6, 0.03, 0.13), "iron", bevel=0.004),
        *_switches(chance, (length * 0.12, -width * 0.47, z - 0.25)),
    ]
    for side in (-1, 1):
        half = length / 2 - slot
        body.append(
            box((side * (slot + half / 2), 0, z - 0.03), (half, width, 0.06), "steel", bevel=0.004)
        )
    moving: list[Mesh] = [cylinder((0, 0, z - r * 0.75), r, width * 0.96, _metal(chance), axis="y")]
    for n in range(int(chance.integers(2, 5))):
        knife = box((0, 0, r * 1.0), (0.012, width * 0.95, r * 0.2), "steel", bevel=0)
        moving.append(knife.turned(n * math.pi / 2 + 0.5, "y").moved((0, 0, z - r * 0.75)))
    low, high = (-slot, -width / 2, z - 0.01), (slot, width / 2, z + r * 0.5)
    bridge = [
        box((0, 0, z + r * 0.5 + 0.02), (slot * 1.6, width * 1.05, 0.02), "guard", bevel=0.006),
        box((0, -width * 0.56, z - 0.03), (0.05, 0.03, 0.14), "guard"),
    ]
    return Machine("planer", body, [moving], [(low, high)], [bridge])


def winder(chance: Chance) -> Machine:
    """Return a reel of cable, film or cloth between two stands with its drive wheel."""
    r, length = _between(chance, 0.2, 0.42), _between(chance, 0.4, 0.9)
    z, y = r + _between(chance, 0.12, 0.4), -r * 0.4
    wound = _between(chance, 0.45, 0.85)
    moving: list[Mesh] = [
        cylinder(
            (0, y, z),
            r * wound,
            length * 0.94,
            str(chance.choice(("rubber", "body2", "panel", "steel"))),
            axis="x",
            segments=36,
        ),
        cylinder((0, y, z), 0.03, length + 0.2, "steel", axis="x"),
    ]
    for side in (-1, 1):
        moving.append(
            cylinder((side * length / 2, y, z), r, 0.03, _metal(chance), axis="x", segments=36)
        )
    body = [box((0, y + r + 0.12, 0.1), (length + 0.3, 0.12, 0.2), "body")]
    for side in (-1, 1):
        x = side * (length / 2 + 0.1)
        body.append(box((x, y, z / 2), (0.07, 0.16, z), "body", bevel=0.01))
        body.append(box((x, y, 0.03), (0.1, r * 2.2, 0.06), "body"))
    body += motor((length / 2 + 0.32, y, z), 0.09, 0.26)
    body += _switches(chance, (length / 2 + 0.12, y - 0.12, z + 0.2))
    low, high = (-length / 2, y - r, z - r), (length / 2, y + r, z + r)
    return Machine("winder", body, [moving], [(low, high)])


def cog_and_rack(chance: Chance) -> Machine:
    """Return open gears of every size about a shaft end, a pinion on a rack, or bevel pairs."""
    z, y = _between(chance, 0.6, 1.2), -0.08
    r1, r2 = _between(chance, 0.06, 0.14), _between(chance, 0.15, 0.32)
    thick = _between(chance, 0.03, 0.08)
    big = extruded(
        gear_outline(r2, int(r2 * _between(chance, 90, 180)), 0.02),
        thick,
        _metal(chance),
        at=(0, y, z),
    )
    way = _between(chance, -3.1, 3.1)
    far = r1 + r2 - 0.018
    spot = (far * math.cos(way), y, max(z + far * math.sin(way), r1 + 0.1))
    small = extruded(
        gear_outline(r1, max(9, int(r1 * 140)), 0.02), thick * 1.3, _metal(chance), at=spot
    )
    moving = [
        big,
        small,
        cylinder((0, y - thick, z), r2 * 0.25, thick * 2, "iron", axis="y"),
        cylinder((spot[0], y - thick, spot[2]), r1 * 0.4, thick * 2, "steel", axis="y"),
    ]
    low = [min(-r2, spot[0] - r1), y - thick * 2, min(z - r2, spot[2] - r1)]
    high = [max(r2, spot[0] + r1), 0.0, max(z + r2, spot[2] + r1)]
    if chance.random() < 0.4:  # a rack under the wheel
        length = _between(chance, 0.7, 1.3)
        moving.append(box((0, y, z - r2 - 0.03), (length, thick, 0.05), "steel", bevel=0.003))
        for n in range(int(length / 0.045)):
            moving.append(
                box(
                    (-length / 2 + 0.02 + n * 0.045, y, z - r2 + 0.002),
                    (0.02, thick, 0.02),
                    "steel",
                    bevel=0,
                )
            )
        low[0], high[0], low[2] = (
            min(low[0], -length / 2),
            max(high[0], length / 2),
            min(low[2], z - r2 - 0.06),
        )
    low[2] = max(low[2], 0.04)
    centre, wide = (low[0] + high[0]) / 2, high[0] - low[0]
    tall = high[2] + _between(chance, -0.1, 0.4)
    body = [
        *[
            m.moved((centre, 0, 0))
            for m in _stand(chance, wide * _between(chance, 0.9, 1.4), 0.5, low[2] + 0.02, 0.28)
        ],
        box(
            (centre, 0.3, (tall + low[2]) / 2),
            (wide * _between(chance, 0.7, 1.2), 0.5, tall - low[2]),
            "body",
            bevel=0.02,
        ),
        *_switches(chance, (centre + wide * 0.5, 0.0, tall)),
    ]
    corner: Low = (low[0], low[1], low[2])
    return Machine("cogs", body, [moving], [(corner, (high[0], high[1], high[2]))])


MORE: dict[str, Callable[[Chance], Machine]] = {
    "drill": drill,
    "mill": mill,
    "band-saw": band_saw,
    "mixer": mixer,
    "rollers": rollers,
    "fan": fan,
    "flywheel": flywheel,
    "auger": auger,
    "line-shaft": line_shaft,
    "planer": planer,
    "winder": winder,
    "cogs": cog_and_rack,
}
"""Kind -> how one is built."""
