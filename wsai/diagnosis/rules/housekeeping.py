"""Waste and goods where people walk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Evidence, Verdict
from wsai.diagnosis.rules.exits import asks_about_doors
from wsai.diagnosis.rules.floors import litter_suspicions, stands_in_the_way
from wsai.diagnosis.rules.rule import SAME_THING, Rule, Suspicion
from wsai.vision.boxes import iou
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.surface import Layer
from wsai.vision.zones import Purpose

WALKWAY_OBSTACLES = (Label.WASTE, Label.WASTE_BIN, Label.PALLET, Label.OBSTACLE)


def look_for_clutter(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return waste and loose things lying about, and what stands in a walkway.

    Where no walkway is drawn, goods amid a floor are a question: they may stand where they belong.
    What stands before a door is a matter of blocked exits.
    """
    things = found.only(*WALKWAY_OBSTACLES)
    in_walkway = context.inside(feet(things.boxes), Purpose.WALKWAY)
    zoned = bool(context.zones_for(Purpose.WALKWAY))
    suspicions = []
    for row in range(len(things)):
        thing = evidence_of(things, row)
        if in_walkway[row]:
            zh, en = f"通道内有{thing.label.zh}", f"{thing.label.a_en} stands in the walkway"
            verdict, relation = Verdict.HAZARD, "thing-in-walkway-zone"
        elif zoned:
            continue
        elif thing.label is Label.WASTE:
            zh, en = "地面有废弃物堆放", "Waste lies on the ground"
            verdict, relation = Verdict.ASK_A_PERSON, "waste-lying-about"
        elif _amid_a_floor(thing, found, context):
            zh = f"{thing.label.zh}立在地面中间，四周可通行"
            en = f"{thing.label.a_en} stands in the middle of the floor, where people could walk"
            verdict, relation = Verdict.ASK_A_PERSON, "thing-amid-the-floor"
        else:
            continue
        suspicions.append(Suspicion(verdict, context.chance(thing), (thing,), relation, zh, en))
    return suspicions + litter_suspicions(context)


def _amid_a_floor(thing: Evidence, found: Detections, context: RuleContext) -> bool:
    """Return whether goods stand amid a floor, are no other thing, and block no exit."""
    if context.surface is None or Layer.FLOOR not in context.trusted:
        return False
    box = np.array([thing.box], dtype=np.float32)
    rest = found.take([n for n, label in enumerate(found.labels) if label not in WALKWAY_OBSTACLES])
    if len(rest) and iou(box, rest.boxes).max() > SAME_THING:
        return False  # a forklift or a machine, seen as goods as well
    if asks_about_doors(thing, found, context):
        return False  # the rule about exits says so
    return stands_in_the_way(thing.box, context.surface)


RULES: tuple[Rule, ...] = (
    Rule(
        "housekeeping/clutter@5",
        "housekeeping-clutter",
        (Label.WASTE,),
        look_for_clutter,
        "杂物是否占用通道、作业面或堵塞设施？",
        "Does it take up a walkway or working area, or block equipment?",
    ),
)
