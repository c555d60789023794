"""Doors and exits with something standing before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

OBSTACLES = (
    Label.PALLET,
    Label.WASTE,
    Label.WASTE_BIN,
    Label.FORKLIFT,
    Label.VEHICLE,
    Label.MACHINERY,
    Label.CONE,
)
"""Things that can block an exit; a person walking through is none."""
# A door is about 2.1 m high; 1.4 m of floor in front of it, seen from eye height some metres away,
# reach about 0.45 of its height below its foot. Things standing there hide part of the door.
CLEARANCE_BELOW_SHARE = 0.45
CLEARANCE_ABOVE_SHARE = 0.1
LEAST_WIDTH_COVERED = 0.25


def look_for_blocked_exits(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return exits whose clearance holds an obstacle.

    In a zone drawn as exit clearance, anything standing there is a hazard. Without one, a door
    with something before it is a question: a photo does not show that a door is an exit.
    """
    obstacles = found.only(*OBSTACLES)
    doors = found.only(Label.DOOR)
    inside = context.inside(feet(obstacles.boxes), Purpose.EXIT_CLEARANCE)
    suspicions = [
        Suspicion(
            Verdict.HAZARD,
            context.chance(thing),
            (thing,),
            "obstacle-in-clearance-zone",
            f"安全出口净空区内有{thing.label.zh}",
            f"A {thing.label.en} stands in the exit's clearance zone",
        )
        for thing in (evidence_of(obstacles, int(row)) for row in np.flatnonzero(inside))
    ]
    if context.zones_for(Purpose.EXIT_CLEARANCE):
        return suspicions
    for d in range(len(doors)):
        for o in range(len(obstacles)):
            if stands_before(obstacles.boxes[o], doors.boxes[d]):
                door, thing = evidence_of(doors, d), evidence_of(obstacles, o)
                suspicions.append(
                    Suspicion(
                        Verdict.ASK_A_PERSON,
                        context.chance(door) * context.chance(thing),
                        (thing, door),
                        "obstacle-before-door",
                        f"门前有{thing.label.zh}",
                        f"A {thing.label.en} stands before a door",
                    )
                )
    return suspicions


def stands_before(thing: NDArray[np.float32], door: NDArray[np.float32]) -> bool:
    """Return whether a thing stands on the floor in front of a door.

    Args:
        thing: Shape ``(4,)``.
        door: Shape ``(4,)``.

    Example:
        >>> door = np.array([100, 0, 200, 210], dtype=np.float32)
        >>> stands_before(np.array([120, 150, 180, 240], dtype=np.float32), door)
        True
        >>> stands_before(np.array([300, 150, 380, 240], dtype=np.float32), door)
        False
    """
    width, height = float(door[2] - door[0]), float(door[3] - door[1])
    covered = min(float(thing[2]), float(door[2])) - max(float(thing[0]), float(door[0]))
    foot = float(thing[3])
    on_floor = (
        float(door[3]) - CLEARANCE_ABOVE_SHARE * height
        <= foot
        <= float(door[3]) + CLEARANCE_BELOW_SHARE * height
    )
    return on_floor and covered >= LEAST_WIDTH_COVERED * width


RULES: tuple[Rule, ...] = (
    Rule(
        "exits/blocked@1",
        "exit-blocked",
        (Label.DOOR,),
        look_for_blocked_exits,
        "这扇门是安全出口或疏散通道吗？",
        "Is this door an exit or part of an escape route?",
    ),
)
