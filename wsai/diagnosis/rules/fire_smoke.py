"""Open flames and smoke."""

from __future__ import annotations

from collections.abc import Sequence

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose


def look_for_fire(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return flames; inside a hot-work zone they are a question."""
    flames = found.only(Label.FIRE)
    permitted = context.inside(feet(flames.boxes), Purpose.HOT_WORK)
    suspicions = []
    for row in range(len(flames)):
        flame = evidence_of(flames, row)
        suspicions.append(
            Suspicion(
                Verdict.ASK_A_PERSON if permitted[row] else Verdict.HAZARD,
                context.chance(flame),
                (flame,),
                "flame-in-hot-work-zone" if permitted[row] else "flame-visible",
                "动火区内可见明火" if permitted[row] else "画面中可见明火",
                "Flames inside a hot-work zone" if permitted[row] else "Flames are visible",
            )
        )
    return suspicions


def look_for_smoke(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return smoke."""
    plumes = found.only(Label.SMOKE)
    return [
        Suspicion(
            Verdict.HAZARD,
            context.chance(plume),
            (plume,),
            "smoke-visible",
            "画面中可见烟雾",
            "Smoke is visible",
        )
        for plume in (evidence_of(plumes, row) for row in range(len(plumes)))
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        "fire/flame@2",
        "fire-flame",
        (Label.FIRE,),
        look_for_fire,
        "这是失火，还是经审批的动火或炉火？失火请立即报警。",
        "Is this a fire, or permitted hot work or a furnace? Raise the alarm if it is a fire.",
    ),
    Rule(
        "fire/smoke@2",
        "smoke",
        (Label.SMOKE,),
        look_for_smoke,
        "这是烟，还是水蒸气、粉尘或雾？",
        "Is this smoke, or steam, dust or fog?",
    ),
)
