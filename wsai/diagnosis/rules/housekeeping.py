"""Waste and goods where people walk."""

from __future__ import annotations

from collections.abc import Sequence

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.floors import litter_suspicions
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

WALKWAY_OBSTACLES = (Label.WASTE, Label.WASTE_BIN, Label.PALLET, Label.OBSTACLE)


def look_for_clutter(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return waste and loose things lying about, and anything standing in a walkway zone."""
    things = found.only(*WALKWAY_OBSTACLES)
    in_walkway = context.inside(feet(things.boxes), Purpose.WALKWAY)
    zoned = bool(context.zones_for(Purpose.WALKWAY))
    suspicions = []
    for row in range(len(things)):
        thing = evidence_of(things, row)
        if in_walkway[row]:
            zh, en = f"通道内有{thing.label.zh}", f"{thing.label.a_en} stands in the walkway"
            verdict, relation = Verdict.HAZARD, "thing-in-walkway-zone"
        elif thing.label is Label.WASTE and not zoned:
            zh, en = "地面有废弃物堆放", "Waste lies on the ground"
            verdict, relation = Verdict.ASK_A_PERSON, "waste-lying-about"
        else:
            continue
        suspicions.append(Suspicion(verdict, context.chance(thing), (thing,), relation, zh, en))
    return suspicions + litter_suspicions(context)


RULES: tuple[Rule, ...] = (
    Rule(
        "housekeeping/clutter@4",
        "housekeeping-clutter",
        (Label.WASTE,),
        look_for_clutter,
        "废弃物是否占用通道、作业面或堵塞设施？",
        "Does the waste take up a walkway or working area, or block equipment?",
    ),
)
