"""Doors and exits with something standing before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Box, Evidence, Polygon, Verdict
from wsai.diagnosis.rules.rule import LEAST_ASKED, Rule, Suspicion
from wsai.vision.boxes import iou
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
    Label.OBSTACLE,
)
"""Things that can block an exit; a person walking through is none."""
# A door is about 2.1 m high; 1.4 m of floor in front of it, seen from eye height some metres away,
# reach about 0.45 of its height below its foot. Things standing there hide part of the door.
CLEARANCE_BELOW_SHARE = 0.45
CLEARANCE_ABOVE_SHARE = 0.1
# Seen from nearer or from higher up, the same floor reaches further down; what also hides a part of
# the door then stands between us and it.
HIDING_BELOW_SHARE, LEAST_HIDDEN = 0.7, 0.1
LEAST_WIDTH_COVERED = 0.25
# A detector draws what it sees of a door. Where goods hide its foot, the box ends where they begin;
# the widest common door, a double leaf, is 1.8 m by 2.1 m.
LEAST_TALL = 1.17
SAME_DOOR = 0.5
SIGN_ABOVE = 0.55
"""A sign belongs to a door if it hangs no higher above it than this share of the door's height."""
SIGN_BESIDE = 1.0
"""Or no further beside it than this share of the door's width."""
WALL_SEEN_ABOVE = 0.22
"""How much wall above a door must be in view before a missing sign is asked about."""


def look_for_blocked_exits(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return exits whose clearance holds an obstacle.

    In a zone drawn as exit clearance, anything standing there is a hazard. Without one it is a
    hazard before a door that is known to be an exit, by its make or by its sign, and a question
    before any other. People are no obstacles.
    """
    obstacles = found.only(*OBSTACLES)
    inside = context.inside(feet(obstacles.boxes), Purpose.EXIT_CLEARANCE)
    suspicions = [
        Suspicion(
            Verdict.HAZARD,
            context.chance(thing),
            (thing,),
            "obstacle-in-clearance-zone",
            f"安全出口净空区内有{thing.label.zh}",
            f"{thing.label.a_en} stands in the exit's clearance zone",
        )
        for thing in (evidence_of(obstacles, int(row)) for row in np.flatnonzero(inside))
    ]
    if context.zones_for(Purpose.EXIT_CLEARANCE):
        return suspicions
    for door, is_exit, whole in whole_doors(found):
        before = [
            evidence_of(obstacles, row)
            for row in range(len(obstacles))
            if stands_before(obstacles.boxes[row], whole)
        ]
        left, top, right, bottom = whole.tolist()
        area = clearance((left, top, right, bottom), context.width, context.height)
        share = covered_width(door.box, [thing.box for thing in before])
        for thing in before:
            chance = context.chance(door) * context.chance(thing)
            percent = round(100 * share)
            suspicions.append(
                Suspicion(
                    Verdict.HAZARD if is_exit else Verdict.ASK_A_PERSON,
                    chance,
                    (thing, door),
                    "obstacle-before-exit" if is_exit else "obstacle-before-door",
                    f"安全出口前有{thing.label.zh}，约占门宽{percent}%"
                    if is_exit
                    else f"门前有{thing.label.zh}",
                    f"{thing.label.a_en} stands before the exit; {percent} % of its width is taken"
                    if is_exit
                    else f"{thing.label.a_en} stands before a door",
                    area=area,
                )
            )
    return suspicions


def exits_and_doors(found: Detections) -> list[tuple[Evidence, bool]]:
    """Return doors with whether each is known to be an exit: it looks like one, or has a sign.

    A plain door that a detector names twice counts once, as the exit.
    """
    exits, doors = found.only(Label.EXIT_DOOR), found.only(Label.DOOR)
    signs = found.only(Label.EXIT_SIGN)
    rows = [(evidence_of(exits, row), True) for row in range(len(exits))]
    for row in range(len(doors)):
        door = evidence_of(doors, row)
        if len(exits) and iou(doors.boxes[[row]], exits.boxes).max() > SAME_DOOR:
            continue
        rows.append((door, any(marks(tuple(sign.tolist()), door.box) for sign in signs.boxes)))
    return rows


def asks_about_doors(thing: Evidence, found: Detections, context: RuleContext) -> bool:
    """Return whether goods are told of as standing before a door, so that no rule need ask again.

    Where exit clearance is drawn no door is looked at, and what is hardly probable is not said.
    """
    if context.zones_for(Purpose.EXIT_CLEARANCE):
        return False
    box = np.array(thing.box, dtype=np.float32)
    return any(
        stands_before(box, whole) and context.chance(door) * context.chance(thing) >= LEAST_ASKED
        for door, _, whole in whole_doors(found)
    )


def whole_doors(found: Detections) -> list[tuple[Evidence, bool, NDArray[np.float32]]]:
    """Return doors with whether each is an exit, and its box down to the foot, shape ``(4,)``."""
    goods = found.only(*OBSTACLES).boxes
    return [
        (door, is_exit, np.array(down_to_its_foot(door.box, goods), dtype=np.float32))
        for door, is_exit in exits_and_doors(found)
    ]


def marks(sign: tuple[float, ...], door: Box) -> bool:
    """Return whether a sign hangs above or beside a door.

    >>> marks((120, -20, 180, 0), (100, 10, 200, 220))
    True
    >>> marks((500, 20, 560, 50), (100, 10, 200, 220))
    False
    """
    wide, tall = door[2] - door[0], door[3] - door[1]
    middle = (sign[0] + sign[2]) / 2
    reach = SIGN_BESIDE * wide
    beside = door[0] - reach <= middle <= door[2] + reach
    return beside and door[1] - SIGN_ABOVE * tall <= sign[3] <= door[1] + 0.5 * tall


def down_to_its_foot(door: Box, things: NDArray[np.float32]) -> Box:
    """Return a door's box, longer where something before it hides its foot.

    Args:
        door: What is seen of it.
        things: Shape ``(n, 4)``.

    Example:
        >>> goods = np.array([[20, 150, 90, 300]], dtype=np.float32)
        >>> down_to_its_foot((0, 0, 200, 160), goods)
        (0, 0, 200, 234.0)
        >>> down_to_its_foot((0, 0, 100, 210), goods), down_to_its_foot((0, 0, 200, 160), goods[:0])
        ((0, 0, 100, 210), (0, 0, 200, 160))
    """
    left, top, right, bottom = door
    covered = np.minimum(things[:, 2], right) - np.maximum(things[:, 0], left)
    hidden = (things[:, 1] <= bottom) & (things[:, 3] > bottom)
    if not (hidden & (covered >= LEAST_WIDTH_COVERED * (right - left))).any():
        return door
    return left, top, right, max(bottom, top + LEAST_TALL * (right - left))


def clearance(door: Box, width: int, height: int) -> Polygon:
    """Return the floor to be kept free before a door, as a trapezoid that widens towards us."""
    left, top, right, bottom = door
    deep = CLEARANCE_BELOW_SHARE * (bottom - top)
    spread = 0.18 * (right - left)
    corners = (
        (left, bottom),
        (right, bottom),
        (right + spread, bottom + deep),
        (left - spread, bottom + deep),
    )
    return tuple((min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in corners)


def covered_width(door: Box, things: Sequence[Box]) -> float:
    """Return the share of a door's width that things before it take, ``0..1``.

    >>> covered_width((0, 0, 100, 200), [(0, 150, 40, 220), (30, 150, 60, 220)])
    0.6
    """
    spans = sorted((max(t[0], door[0]), min(t[2], door[2])) for t in things)
    total, end = 0.0, door[0]
    for low, high in spans:
        total += max(0.0, high - max(low, end))
        end = max(end, high)
    return total / max(door[2] - door[0], 1e-6)


def look_for_missing_signs(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return exit doors with enough wall in view above them, and no sign on it."""
    exits, signs = found.only(Label.EXIT_DOOR), found.only(Label.EXIT_SIGN)
    suspicions = []
    for row in range(len(exits)):
        door = evidence_of(exits, row)
        tall = door.box[3] - door.box[1]
        if door.box[1] < WALL_SEEN_ABOVE * tall:
            continue
        if not any(marks(tuple(sign.tolist()), door.box) for sign in signs.boxes):
            suspicions.append(
                Suspicion(
                    Verdict.ASK_A_PERSON,
                    context.chance(door) * 0.5,
                    (door,),
                    "exit-without-sign",
                    "门上方和旁边未见安全出口标志",
                    "No exit sign is seen above or beside the door",
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
        >>> stands_before(np.array([120, 180, 180, 340], dtype=np.float32), door)  # hides its foot
        True
        >>> stands_before(np.array([120, 230, 180, 340], dtype=np.float32), door)  # well before it
        False
    """
    width, height = float(door[2] - door[0]), float(door[3] - door[1])
    covered = min(float(thing[2]), float(door[2])) - max(float(thing[0]), float(door[0]))
    foot = float(thing[3])
    hides = float(door[3]) - float(thing[1]) >= LEAST_HIDDEN * height
    deep = HIDING_BELOW_SHARE if hides else CLEARANCE_BELOW_SHARE
    on_floor = (
        float(door[3]) - CLEARANCE_ABOVE_SHARE * height <= foot <= float(door[3]) + deep * height
    )
    return on_floor and covered >= LEAST_WIDTH_COVERED * width


RULES: tuple[Rule, ...] = (
    Rule(
        "exits/blocked@5",
        "exit-blocked",
        (),
        look_for_blocked_exits,
        "这扇门是安全出口或疏散通道吗？",
        "Is this door an exit or part of an escape route?",
        either=(Label.DOOR, Label.EXIT_DOOR),
    ),
    Rule(
        "exits/sign-missing@2",
        "exit-sign-missing",
        (Label.EXIT_DOOR, Label.EXIT_SIGN),
        look_for_missing_signs,
        "这是安全出口吗？标志在哪里？",
        "Is this an exit? Where is its sign?",
    ),
)
