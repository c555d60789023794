"""Someone lying on the ground."""

from __future__ import annotations

from collections.abc import Sequence

from wsai.diagnosis.context import RuleContext, evidence_of
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label


def look_for_fallen_people(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return people lying on the ground; help comes first, so a likely one is no question."""
    fallen = found.only(Label.PERSON_FALLEN)
    return [
        Suspicion(
            Verdict.HAZARD,
            context.chance(person),
            (person,),
            "person-on-ground",
            "有人倒在地上",
            "Someone is lying on the ground",
        )
        for person in (evidence_of(fallen, row) for row in range(len(fallen)))
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        "fallen/person@2",
        "person-fallen",
        (Label.PERSON_FALLEN,),
        look_for_fallen_people,
        "此人是否受伤或失去意识？如是请立即救援；若在休息或检修请排除。",
        "Is this person hurt or unconscious? Help at once; dismiss if resting or repairing.",
    ),
)
