"""Protective equipment, bound to the right person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from wsai.diagnosis.context import (
    RuleContext,
    evidence_of,
    feet,
    requirement,
)
from wsai.diagnosis.findings import Evidence, Verdict
from wsai.diagnosis.people import conflicts, head_owners, head_visible, torso_owners
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.boxes import covered_share
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

SAME_HEAD_IOU = 0.4
# Sets draw a bare head as the skull or with the face; one head can so be seen twice.
SAME_BARE_HEAD_IOU = 0.3
SAME_TORSO_IOU = 0.4
LEAST_HEAD_PX = 24.0
# What is left of the probability when the bare head itself was not detected: no helmet was found
# on a visible head, which is weaker than having seen the bare head. Set by judgement, not measured.
UNSEEN_HEAD_SHARE = 0.5
CARRIED_HELMET_SHARE = 0.7
UNSEEN_HELMET = "no-helmet-found-on-head"


def look_for_bare_heads(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return people without a helmet on their head.

    Three ways of evidence, the strongest first: a bare head was detected; a helmet lies on or in
    the hands of a person whose head has none; a visible head is seen as a bare one faintly, and no
    helmet more clearly. Where neither is seen nothing is asked: the helmet may have been missed.
    """
    people = found.only(Label.PERSON)
    helmets = found.only(Label.HELMET)
    bare = found.only(Label.NO_HELMET)
    bare = bare.take(~conflicts(bare, helmets, iou_limit=SAME_HEAD_IOU))
    bare = bare.take(~conflicts(bare, bare, iou_limit=SAME_BARE_HEAD_IOU))
    heads = np.concatenate([helmets.boxes, bare.boxes])
    owners = head_owners(people.boxes, heads)
    suspicions = [
        s
        for row in range(len(bare))
        if (s := _bare_head(found, context, people, bare, row, owners.get(len(helmets) + row)))
    ]
    settled = set(owners.values())
    loose = [row for row in range(len(helmets)) if row not in owners]
    faintly = _faintly_bare(context, people)
    for row in range(len(people)):
        if row not in settled:
            suspicion = _no_head_seen(found, context, people, row, helmets.take(loose))
            if suspicion and (suspicion.relation != UNSEEN_HELMET or row in faintly):
                suspicions.append(suspicion)
    return suspicions


def _faintly_bare(context: RuleContext, people: Detections) -> set[int]:
    """Return the people whose head is seen as a bare one faintly, and no helmet on it more so."""
    if context.faint is None:
        return set()
    bare, helmets = context.faint.only(Label.NO_HELMET), context.faint.only(Label.HELMET)
    bare = bare.take(~conflicts(bare, helmets, iou_limit=SAME_BARE_HEAD_IOU))
    return set(head_owners(people.boxes, bare.boxes).values())


def _bare_head(
    found: Detections,
    context: RuleContext,
    people: Detections,
    bare: Detections,
    row: int,
    owner: int | None,
) -> Suspicion | None:
    head = evidence_of(bare, row)
    if owner is None:
        part = conflicts(bare.take([row]), found.only(Label.MOVING_PART), iou_limit=SAME_HEAD_IOU)
        if part[0]:
            return None  # a round part of a machine, and nobody there
        stand = ((head.box[0] + head.box[2]) / 2, head.box[3])
        objects: tuple[Evidence, ...] = (head,)
    else:
        left, _, right, bottom = evidence_of(people, owner).box
        stand, objects = ((left + right) / 2, bottom), (head, evidence_of(people, owner))
    need = requirement(stand, found, context, Purpose.HELMET)
    if need.excluded:
        return None
    return Suspicion(
        Verdict.HAZARD if need.known else Verdict.ASK_A_PERSON,
        context.chance(head),
        objects,
        "bare-head-on-person" if owner is not None else "bare-head",
        "人员头部未戴安全帽" + ("" if need.known else "，但照片看不出此处是否必须佩戴"),
        "A person's head is bare"
        + ("" if need.known else "; the photo does not show whether a helmet is required here"),
    )


def _no_head_seen(
    found: Detections, context: RuleContext, people: Detections, row: int, loose: Detections
) -> Suspicion | None:
    """Return a suspicion for a person on whose visible head no helmet was found."""
    person = evidence_of(people, row)
    visible = head_visible(
        people.boxes[row], picture_height=context.height, least_head_px=LEAST_HEAD_PX
    )
    spot = feet(people.boxes[row : row + 1])[0]
    need = requirement((float(spot[0]), float(spot[1])), found, context, Purpose.HELMET)
    if not visible or need.excluded or not need.known:
        return None
    if _sits_in_vehicle(found, people, row):
        return None
    carried = covered_share(loose.boxes, people.boxes[row : row + 1])[:, 0] > 0.5
    if carried.any():
        helmet = evidence_of(loose, int(np.flatnonzero(carried)[0]))
        chance = context.chance(person) * context.chance(helmet) * CARRIED_HELMET_SHARE
        return Suspicion(
            Verdict.HAZARD,
            chance,
            (person, helmet),
            "helmet-not-on-head",
            "安全帽拿在手中或放在身旁，没有戴在头上",
            "The helmet is held or lies beside the person, not on the head",
        )
    return Suspicion(
        Verdict.ASK_A_PERSON,
        context.chance(person) * UNSEEN_HEAD_SHARE,
        (person,),
        UNSEEN_HELMET,
        "人员头部可见，但未识别到安全帽",
        "The person's head is visible and no helmet was found on it",
    )


def _sits_in_vehicle(found: Detections, people: Detections, row: int) -> bool:
    vehicles = found.only(Label.FORKLIFT, Label.VEHICLE, Label.MACHINERY)
    inside = covered_share(people.boxes[row : row + 1], vehicles.boxes)
    return bool((inside > 0.6).any())


def look_for_bare_torsos(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return people without a high-visibility vest, where one is needed or might be."""
    people, vests = found.only(Label.PERSON), found.only(Label.VEST)
    bare = found.only(Label.NO_VEST)
    bare = bare.take(~conflicts(bare, vests, iou_limit=SAME_TORSO_IOU))
    owners = torso_owners(people.boxes, np.concatenate([vests.boxes, bare.boxes]))
    traffic = len(found.only(Label.VEST, Label.FORKLIFT, Label.VEHICLE, Label.MACHINERY)) > 0
    suspicions = []
    for row in range(len(bare)):
        torso = evidence_of(bare, row)
        owner = owners.get(len(vests) + row)
        objects = (torso,) if owner is None else (torso, evidence_of(people, owner))
        stand = ((torso.box[0] + torso.box[2]) / 2, objects[-1].box[3])
        need = requirement(stand, found, context, Purpose.VEST, Purpose.VEHICLE_AISLE)
        zoned = bool(context.zones_for(Purpose.VEST, Purpose.VEHICLE_AISLE))
        if need.excluded:
            continue
        known = need.known if zoned else traffic
        suspicions.append(
            Suspicion(
                Verdict.HAZARD if known else Verdict.ASK_A_PERSON,
                context.chance(torso),
                objects,
                "no-vest-on-person",
                "人员未穿反光背心" + ("" if known else "，但照片看不出此处是否必须穿着"),
                "A person wears no high-visibility vest"
                + ("" if known else "; the photo does not show whether one is required here"),
            )
        )
    return suspicions


def look_for_missing(
    found: Detections, context: RuleContext, *, label: Label, purpose: Purpose, zh: str, en: str
) -> Sequence[Suspicion]:
    """Return people who were seen without something whose need depends on the task.

    One picture does not show the task: outside a zone that requires it, a person is asked, and
    only on what looks like a work site at all.
    """
    missing = found.only(label)
    suspicions = []
    for row in range(len(missing)):
        part = evidence_of(missing, row)
        stand = ((part.box[0] + part.box[2]) / 2, part.box[3])
        need = requirement(stand, found, context, purpose)
        if not need.known:
            continue
        zoned = bool(context.zones_for(purpose))
        suspicions.append(
            Suspicion(
                Verdict.HAZARD if zoned else Verdict.ASK_A_PERSON,
                context.chance(part),
                (part,),
                f"{label.value}-seen",
                zh,
                en,
            )
        )
    return suspicions


def _missing(
    code: str, label: Label, purpose: Purpose, words: tuple[str, str], question: tuple[str, str]
) -> Rule:
    look = partial(look_for_missing, label=label, purpose=purpose, zh=words[0], en=words[1])
    return Rule(f"ppe/{label.value}@2", code, (label,), look, *question)


RULES: tuple[Rule, ...] = (
    Rule(
        "ppe/helmet@6",
        "ppe-no-helmet",
        (Label.PERSON, Label.HELMET, Label.NO_HELMET),
        look_for_bare_heads,
        "此处是否必须佩戴安全帽，且该人员确实未佩戴？",
        "Is a helmet required here, and is this person really without one?",
    ),
    Rule(
        "ppe/vest@4",
        "ppe-no-hi-vis-vest",
        (Label.VEST, Label.NO_VEST),
        look_for_bare_torsos,
        "此处是否有车辆或机械作业、必须穿反光背心？",
        "Do vehicles or machines work here, so that a vest is required?",
    ),
    _missing(
        "ppe-no-eye-protection",
        Label.NO_GOGGLES,
        Purpose.GOGGLES,
        (
            "人员未戴护目镜；是否需要取决于作业内容",
            "No goggles are worn; the task decides whether they are needed",
        ),
        (
            "该人员是否在打磨、切割、焊接或接触酸碱？",
            "Is this person grinding, cutting, welding or handling corrosives?",
        ),
    ),
    _missing(
        "ppe-no-gloves",
        Label.NO_GLOVES,
        Purpose.GLOVES,
        (
            "人员未戴手套；是否需要取决于作业内容",
            "No gloves are worn; the task decides whether they are needed",
        ),
        (
            "该人员是否接触尖锐、高温、腐蚀性物料？（旋转设备严禁戴手套）",
            "Does this person handle sharp, hot or corrosive things? "
            "(Never gloves at rotating machines)",
        ),
    ),
    _missing(
        "ppe-no-safety-shoes",
        Label.NO_BOOTS,
        Purpose.BOOTS,
        ("人员未穿安全鞋", "No safety shoes are worn"),
        ("此处是否必须穿安全鞋？", "Are safety shoes required here?"),
    ),
    _missing(
        "ppe-no-respirator",
        Label.NO_MASK,
        Purpose.MASK,
        ("人员未戴口罩或呼吸防护用品", "No mask or respirator is worn"),
        (
            "此处是否有粉尘、毒物或喷涂作业？",
            "Is there dust, toxic substance or spray painting here?",
        ),
    ),
)
