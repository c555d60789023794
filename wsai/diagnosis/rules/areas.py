"""Where people may not be, and where too many are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose, contains

AMMONIA_FREEZER_MOST = 9
"""More than nine people in a quick-freezer room with ammonia: 令10 第十二条(二)."""
CROWD_ASK_FROM = 15
"""People in one photo without a zone from which someone is asked; by judgement."""


def look_for_intruders(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return people whose feet stand in a restricted zone."""
    people = found.only(Label.PERSON)
    inside = context.inside(feet(people.boxes), Purpose.RESTRICTED)
    return [
        Suspicion(
            Verdict.HAZARD,
            context.chance(person),
            (person,),
            "feet-in-restricted-zone",
            "人员进入限制区域",
            "A person stands in a restricted zone",
        )
        for person in (evidence_of(people, int(row)) for row in np.flatnonzero(inside))
    ]


def look_for_crowds(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return zones with more people than their capacity; without zones, very full pictures."""
    people = found.only(Label.PERSON)
    suspicions = []
    for zone in context.zones:
        if zone.capacity is None or zone.purpose is Purpose.AMMONIA_FREEZER:
            continue
        inside = contains(zone, feet(people.boxes), width=context.width, height=context.height)
        if int(inside.sum()) > zone.capacity:
            suspicions.append(_too_many(people.take(inside), zone.capacity, context, sure=True))
    if not context.zones and len(people) >= CROWD_ASK_FROM:
        suspicions.append(_too_many(people, None, context, sure=False))
    return suspicions


def look_for_full_freezers(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return ammonia quick-freezer rooms with more than nine people."""
    people = found.only(Label.PERSON)
    suspicions = []
    for zone in context.zones_for(Purpose.AMMONIA_FREEZER):
        inside = contains(zone, feet(people.boxes), width=context.width, height=context.height)
        if int(inside.sum()) > AMMONIA_FREEZER_MOST:
            suspicions.append(
                _too_many(people.take(inside), AMMONIA_FREEZER_MOST, context, sure=True)
            )
    return suspicions


def _too_many(
    people: Detections, most: int | None, context: RuleContext, *, sure: bool
) -> Suspicion:
    """Return one suspicion; its probability is that of the last person needed to exceed it."""
    chances = sorted(
        (context.chance(evidence_of(people, i)) for i in range(len(people))), reverse=True
    )
    needed = min(most if most is not None else CROWD_ASK_FROM - 1, len(chances) - 1)
    limit_zh = f"，超过限员{most}人" if most is not None else ""
    limit_en = f", more than {most}" if most is not None else ""
    return Suspicion(
        Verdict.HAZARD if sure else Verdict.ASK_A_PERSON,
        chances[needed],
        tuple(evidence_of(people, row) for row in range(len(people))),
        "people-over-capacity" if most is not None else "many-people",
        f"画面中有{len(people)}人{limit_zh}",
        f"{len(people)} people are in view{limit_en}",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "areas/restricted@4",
        "restricted-zone-intrusion",
        (Label.PERSON,),
        look_for_intruders,
        "此人是否获准进入？",
        "Was this person allowed in?",
    ),
    Rule(
        "areas/crowding@4",
        "crowding",
        (Label.PERSON,),
        look_for_crowds,
        "此处限员多少人？是否超员？",
        "How many people are allowed here? Are there more?",
    ),
    Rule(
        "areas/ammonia-freezer@4",
        "ammonia-freezer-overcrowded",
        (Label.PERSON,),
        look_for_full_freezers,
        "这是涉氨速冻间吗？是否超过9人？",
        "Is this an ammonia quick-freezer room with more than nine people?",
    ),
)
