"""Extinguishers and hydrants: hidden behind goods, standing about, missing below their sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wsai.diagnosis.context import RuleContext, evidence_of
from wsai.diagnosis.findings import Evidence, Verdict
from wsai.diagnosis.rules.exits import OBSTACLES
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer, Surface

HIDDEN_WIDTH = 0.3
"""Share of the equipment's width that a thing standing before it covers."""
FLOOR_SEEN = 0.5
SIGN_REACH = 9.0
"""A sign hangs above its extinguisher; looked for so many sign heights below."""
SIGN_SIDE = 1.2


def look_for_blocked_extinguishers(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return extinguishers with goods standing before them."""
    return _blocked(found, context, Label.FIRE_EXTINGUISHER)


def look_for_blocked_hydrants(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return hydrant boxes with goods standing before them."""
    return _blocked(found, context, Label.HYDRANT_BOX)


def _blocked(found: Detections, context: RuleContext, label: Label) -> list[Suspicion]:
    gear, things = found.only(label), found.only(*OBSTACLES)
    suspicions = []
    for g in range(len(gear)):
        for t in range(len(things)):
            if stands_in_front(things.boxes[t], gear.boxes[g]):
                one, thing = evidence_of(gear, g), evidence_of(things, t)
                suspicions.append(
                    Suspicion(
                        Verdict.HAZARD,
                        context.chance(one) * context.chance(thing),
                        (thing, one),
                        "goods-before-equipment",
                        f"{one.label.zh}前有{thing.label.zh}遮挡",
                        f"{thing.label.a_en} stands before the {one.label.en}",
                    )
                )
    return suspicions


def stands_in_front(thing: NDArray[np.float32], gear: NDArray[np.float32]) -> bool:
    """Return whether a thing on the floor hides or bars equipment at the wall behind it.

    Args:
        thing: Shape ``(4,)``.
        gear: Shape ``(4,)``.

    Example:
        >>> gear = np.array([100, 100, 140, 200], dtype=np.float32)
        >>> stands_in_front(np.array([90, 150, 200, 300], dtype=np.float32), gear)
        True
        >>> stands_in_front(np.array([90, 220, 200, 300], dtype=np.float32), gear)
        False
    """
    covered = min(float(thing[2]), float(gear[2])) - max(float(thing[0]), float(gear[0]))
    reaches_up = float(thing[1]) < float(gear[3]) and float(thing[3]) >= float(gear[3])
    return reaches_up and covered >= HIDDEN_WIDTH * float(gear[2] - gear[0])


def look_for_unmounted(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return extinguishers whose foot stands on the floor."""
    surface = context.surface
    gear = found.only(Label.FIRE_EXTINGUISHER)
    if surface is None:
        return []
    return [
        Suspicion(
            Verdict.ASK_A_PERSON,
            context.chance(one),
            (one,),
            "stands-on-floor",
            "灭火器直接放在地面上",
            "The extinguisher stands on the floor",
        )
        for one in (evidence_of(gear, row) for row in range(len(gear)))
        if _on_floor(one, surface)
    ]


def _on_floor(one: Evidence, surface: Surface) -> bool:
    """Return whether floor is seen right below and on both sides of a foot."""
    left, top, right, bottom = one.box
    wide, tall = right - left, bottom - top
    rows, columns = surface.cells(
        (left - wide * 0.6, bottom - tall * 0.04, right + wide * 0.6, bottom + tall * 0.14)
    )
    return bool(surface.of(Layer.FLOOR)[rows, columns].mean() >= FLOOR_SEEN)


def look_for_missing(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return fire equipment signs below which nothing stands or hangs."""
    signs = found.only(Label.FIRE_SIGN)
    gear = found.only(Label.FIRE_EXTINGUISHER, Label.HYDRANT_BOX)
    suspicions = []
    for row in range(len(signs)):
        sign = evidence_of(signs, row)
        left, top, right, bottom = sign.box
        wide, tall = right - left, bottom - top
        foot = bottom + SIGN_REACH * tall
        if foot > context.height:  # what hangs there may be below the picture's edge
            continue
        below = [
            box
            for box in gear.boxes
            if box[2] > left - SIGN_SIDE * wide
            and box[0] < right + SIGN_SIDE * wide
            and top <= (box[1] + box[3]) / 2 <= foot
        ]
        if not below:
            suspicions.append(
                Suspicion(
                    Verdict.ASK_A_PERSON,
                    context.chance(sign),
                    (sign,),
                    "sign-without-equipment",
                    "消防设施标志下方未见灭火器",
                    "No extinguisher is seen below its sign",
                )
            )
    return suspicions


RULES: tuple[Rule, ...] = (
    Rule(
        "fire-gear/extinguisher-blocked@4",
        "extinguisher-blocked",
        (Label.FIRE_EXTINGUISHER, Label.OBSTACLE),
        look_for_blocked_extinguishers,
        "灭火器能否立即取用？",
        "Can the extinguisher be taken at once?",
    ),
    Rule(
        "fire-gear/hydrant-blocked@4",
        "hydrant-blocked",
        (Label.HYDRANT_BOX, Label.OBSTACLE),
        look_for_blocked_hydrants,
        "消火栓能否立即打开使用？",
        "Can the hydrant be opened and used at once?",
    ),
    Rule(
        "fire-gear/not-mounted@2",
        "extinguisher-not-mounted",
        (Label.FIRE_EXTINGUISHER,),
        look_for_unmounted,
        "灭火器是否有固定位置，未设箱、架或挂钩？",
        "Has the extinguisher a fixed place, a box, stand or hook?",
        layers=(Layer.FLOOR,),
    ),
    Rule(
        "fire-gear/missing@2",
        "extinguisher-missing",
        (Label.FIRE_SIGN, Label.FIRE_EXTINGUISHER),
        look_for_missing,
        "标志处的灭火器在哪里？",
        "Where is the extinguisher that belongs to this sign?",
    ),
)
