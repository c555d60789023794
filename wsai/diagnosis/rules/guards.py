"""Moving parts without the guard that belongs over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsai.diagnosis.context import RuleContext, evidence_of
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.boxes import covered_share
from wsai.vision.detections import Detections
from wsai.vision.labels import Label

GUARDED_SHARE = 0.6
"""Of a moving part's box under one guard's box: behind mesh or a window, out of reach."""
PARTLY_SHARE = 0.12
ON_MACHINE_SHARE = 0.5
NEAR_MACHINES = 0.75
"""A cover lies beside a machine if the gap is below this share of the machine's width."""


def look_for_unguarded(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return moving parts that can be seen and reached, with no guard over or beside them.

    On a machine it is a hazard; a part alone in view is a question. Whether it runs, no photo
    shows.
    """
    parts, machines = found.only(Label.MOVING_PART), found.only(Label.MACHINE)
    suspicions = []
    for row in _bare(found):
        part = evidence_of(parts, row)
        on = covered_share(parts.boxes[[row]], machines.boxes)[0] if len(machines) else np.zeros(0)
        sure = bool(len(on) and on.max() >= ON_MACHINE_SHARE)
        suspicions.append(
            Suspicion(
                Verdict.HAZARD if sure else Verdict.ASK_A_PERSON,
                context.chance(part),
                (part, evidence_of(machines, int(on.argmax()))) if sure else (part,),
                "moving-part-without-guard",
                "运动部件外露，未见防护罩（照片看不出设备是否运行）",
                "A moving part is exposed and no guard is seen (a photo does not show whether it "
                "runs)",
            )
        )
    return suspicions


def look_for_opened(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return moving parts whose guard covers only a part of them, or lies beside the machine."""
    parts, guards = found.only(Label.MOVING_PART), found.only(Label.GUARD)
    suspicions = []
    for row in range(len(parts)):
        over = covered_share(parts.boxes[[row]], guards.boxes)[0] if len(guards) else np.zeros(0)
        if not len(over) or over.max() >= GUARDED_SHARE:
            continue
        part = evidence_of(parts, row)
        if over.max() >= PARTLY_SHARE:
            guard = evidence_of(guards, int(over.argmax()))
            relation, zh = "guard-covers-part", "防护罩只遮住运动部件的一部分（打开、移位或缺损）"
            en = "The guard covers only a part of the moving part (open, shifted or damaged)"
        elif (beside := _lying_beside(row, found)) is not None:
            guard = evidence_of(guards, beside)
            relation, zh = "guard-lies-beside", "防护罩被拆下放在设备旁，运动部件外露"
            en = "The guard lies beside the machine and the moving part is exposed"
        else:
            continue
        chance = context.chance(part) * context.chance(guard)
        suspicions.append(Suspicion(Verdict.HAZARD, chance, (part, guard), relation, zh, en))
    return suspicions


def _bare(found: Detections) -> list[int]:
    """Return the rows of moving parts that no guard covers, wholly or partly, nor lies beside."""
    parts, guards = found.only(Label.MOVING_PART), found.only(Label.GUARD)
    rows = []
    for row in range(len(parts)):
        over = covered_share(parts.boxes[[row]], guards.boxes)[0] if len(guards) else np.zeros(1)
        if over.max() < PARTLY_SHARE and _lying_beside(row, found) is None:
            rows.append(row)
    return rows


def _lying_beside(row: int, found: Detections) -> int | None:
    """Return the guard that lies lower than a moving part and near it; ``None`` if none does."""
    part = found.only(Label.MOVING_PART).boxes[row]
    parts, guards = found.only(Label.MOVING_PART), found.only(Label.GUARD)
    wide = max(float(part[2] - part[0]), float(part[3] - part[1]))
    machines = found.only(Label.MACHINE)
    if len(machines):
        on = covered_share(part[None], machines.boxes)[0]
        if on.max() >= ON_MACHINE_SHARE:
            box = machines.boxes[int(on.argmax())]
            wide = max(wide, float(box[2] - box[0]))
    for number, guard in enumerate(guards.boxes):
        over = covered_share(parts.boxes, guard[None])[:, 0]
        gap = max(float(guard[0] - part[2]), float(part[0] - guard[2]), 0.0)
        if over.max() < PARTLY_SHARE and guard[3] > part[3] and gap <= NEAR_MACHINES * wide:
            return number
    return None


RULES: tuple[Rule, ...] = (
    Rule(
        "guards/missing@4",
        "guard-missing-rotating-parts",
        (Label.MOVING_PART, Label.GUARD),
        look_for_unguarded,
        "人能触及该运动部件吗？设备运行时是否有防护罩？",
        "Can people reach this moving part? Is there a guard when the machine runs?",
    ),
    Rule(
        "guards/opened@4",
        "guard-open-or-removed",
        (Label.MOVING_PART, Label.GUARD),
        look_for_opened,
        "设备运行时防护罩是否装好？",
        "Is the guard in place while the machine runs?",
    ),
)
