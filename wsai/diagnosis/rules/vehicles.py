"""People close to forklifts, vehicles and machines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsai.diagnosis.context import RuleContext, evidence_of, feet
from wsai.diagnosis.findings import Verdict
from wsai.diagnosis.rules.rule import Rule, Suspicion
from wsai.vision.boxes import covered_share
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

PERSON_HEIGHT_M = 1.7
NEAR_M = 2.0
DRIVER_INSIDE_SHARE = 0.6
# Feet on the same ground: the lower edges differ by less than this share of the person's height.
SAME_GROUND_SHARE = 0.6


def look_for_people_near_vehicles(found: Detections, context: RuleContext) -> Sequence[Suspicion]:
    """Return people on foot within about two metres of a forklift, vehicle or machine.

    The person is the measure: 1.7 m of height give the scale at that depth. A driver lies inside
    the vehicle's box and is none. Whether it moves cannot be seen in a photo, so only a person in
    a vehicle aisle is a hazard outright; otherwise someone is asked.
    """
    people = found.only(Label.PERSON)
    vehicles = found.only(Label.FORKLIFT, Label.VEHICLE, Label.MACHINERY)
    inside = covered_share(people.boxes, vehicles.boxes)
    in_aisle = context.inside(feet(people.boxes), Purpose.VEHICLE_AISLE)
    suspicions = []
    for p in range(len(people)):
        if (inside[p] > DRIVER_INSIDE_SHARE).any():
            continue
        for v in range(len(vehicles)):
            gap_m = _gap_m(people.boxes[p], vehicles.boxes[v])
            if gap_m is None or gap_m > NEAR_M:
                continue
            person, vehicle = evidence_of(people, p), evidence_of(vehicles, v)
            suspicions.append(
                Suspicion(
                    Verdict.HAZARD if in_aisle[p] else Verdict.ASK_A_PERSON,
                    context.chance(person) * context.chance(vehicle),
                    (person, vehicle),
                    "person-near-vehicle",
                    f"人员距{vehicle.label.zh}约{gap_m:.1f}米（按身高估算）",
                    f"A person stands about {gap_m:.1f} m from a {vehicle.label.en} "
                    "(estimated from body height)",
                )
            )
    return suspicions


def _gap_m(
    person: np.ndarray[tuple[int], np.dtype[np.float32]],
    vehicle: np.ndarray[tuple[int], np.dtype[np.float32]],
) -> float | None:
    """Return the distance on the ground in metres, ``None`` where the depths differ."""
    height = float(person[3] - person[1])
    if height <= 0 or abs(float(person[3] - vehicle[3])) > SAME_GROUND_SHARE * height:
        return None
    sideways = max(float(vehicle[0] - person[2]), float(person[0] - vehicle[2]), 0.0)
    return sideways / height * PERSON_HEIGHT_M


RULES: tuple[Rule, ...] = (
    Rule(
        "vehicles/near@4",
        "forklift-pedestrian-proximity",
        (Label.PERSON, Label.FORKLIFT),
        look_for_people_near_vehicles,
        "车辆当时是否在行驶或作业，人车之间有无隔离？",
        "Was the vehicle moving or working, and is there a barrier between it and the person?",
    ),
)
