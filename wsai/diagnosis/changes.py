"""From what has changed at a place to findings."""

from __future__ import annotations

import numpy as np

from wsai.diagnosis.baseline import Kind, PlaceComparison, Region
from wsai.diagnosis.context import RuleContext, box_of
from wsai.diagnosis.findings import Because, Finding, Verdict
from wsai.diagnosis.rules.exits import stands_before
from wsai.vision.boxes import covered_share
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.zones import Purpose

CODE = "baseline-changed"
RULE_NAME = "baseline/changed@1"
MOSTLY = 0.5
THIN_SHARE, LONG = 0.35, 3.0
"""A region that fills so little of its box, or is so much longer than high, may be a cable."""

OF_LABELS: dict[Label, tuple[str, ...]] = {
    Label.FIRE: ("fire-flame",),
    Label.SMOKE: ("smoke",),
    Label.PALLET: ("housekeeping-clutter", "stack-too-high-or-unstable"),
    Label.WASTE: ("housekeeping-clutter",),
    Label.WASTE_BIN: ("housekeeping-clutter",),
    Label.FORKLIFT: ("fire-lane-blocked", "housekeeping-clutter"),
    Label.VEHICLE: ("fire-lane-blocked",),
}
TEXTS: dict[Kind, tuple[str, str]] = {
    Kind.APPEARED: (
        "此处多出了基准照片中没有的东西",
        "Something is here that the baseline has not",
    ),
    Kind.GONE: ("基准照片中此处的东西不见了", "Something of the baseline is no longer here"),
    Kind.SURFACE_CHANGED: (
        "此处表面与基准照片不同，像有粉尘、液体或碎屑",
        "The surface is not as in the baseline, as if of powder, liquid or chips",
    ),
}
QUESTIONS: dict[Kind, tuple[str, str]] = {
    Kind.APPEARED: ("这里多出的东西允许放在此处吗？", "May the thing that appeared be here?"),
    Kind.GONE: ("这里原有的东西是否应当还在？", "Should what was here still be here?"),
    Kind.SURFACE_CHANGED: (
        "这里是否有粉尘、液体或碎屑需要清理？",
        "Is there powder, liquid or chips here to clean up?",
    ),
}
NEAREST: dict[Kind, tuple[str, ...]] = {
    Kind.APPEARED: ("housekeeping-clutter", "exit-blocked"),
    Kind.GONE: ("guard-open-or-removed", "extinguisher-missing", "safety-sign-missing"),
    Kind.SURFACE_CHANGED: ("floor-spill", "dust-layer-floor-equipment"),
}
CABLE, EXIT = "trip-hazard-cable", "exit-blocked"
LIGHTER = ("dust-layer-floor-equipment", "floor-spill")
CHANGE_CODES = frozenset(
    {CODE, CABLE, EXIT, *LIGHTER}
    | {code for codes in (*NEAREST.values(), *OF_LABELS.values()) for code in codes}
)
"""Every code that is named here; the catalogue must have them."""


def change_findings(
    place: PlaceComparison, seen: Detections, context: RuleContext
) -> list[Finding]:
    """Return one finding for each region that has changed, none for light alone.

    A change is not yet a hazard, so each is a question to a person, with the hazards that are
    nearest. Regions in zones to ignore are left out.

    Args:
        place: The comparison.
        seen: Detections that count.
        context: The frame and zones.
    """
    findings = []
    for region in place.regions:
        left, top, right, bottom = region.box
        middle = np.array([[(left + right) / 2, (top + bottom) / 2]], dtype=np.float32)
        if region.kind is Kind.LIGHT or context.inside(middle, Purpose.IGNORE)[0]:
            continue
        findings.append(
            Finding(
                CODE,
                Verdict.ASK_A_PERSON,
                region.probability,
                (region.box,),
                Because(RULE_NAME, region.kind.value, (), *TEXTS[region.kind]),
                *QUESTIONS[region.kind],
                nearest=nearest_codes(region, seen, context),
            )
        )
    return findings


def nearest_codes(region: Region, seen: Detections, context: RuleContext) -> tuple[str, ...]:
    """Return the codes that a change is nearest to, the likeliest first.

    Args:
        region: What changed.
        seen: Detections that count: what the thing is, whether it stands before a door.
        context: Zones that keep exits clear.
    """
    codes = list(NEAREST[region.kind])
    box = np.array([region.box], dtype=np.float32)
    if region.kind is Kind.SURFACE_CHANGED:
        return LIGHTER if region.step > 0 else tuple(codes)
    if region.kind is Kind.GONE:
        return tuple(codes)
    left, top, right, bottom = region.box
    long = (right - left) / max(bottom - top, 1.0)
    if region.share < THIN_SHARE or not 1 / LONG < long < LONG:
        codes.insert(0, CABLE)
    inside = covered_share(seen.boxes, box)[:, 0] if len(seen) else np.zeros(0)
    for row in np.flatnonzero(inside >= MOSTLY).tolist():
        codes = [*OF_LABELS.get(seen.labels[row], ()), *codes]
    feet = np.array([[(left + right) / 2, bottom]], dtype=np.float32)
    doors = seen.only(Label.DOOR)
    if context.inside(feet, Purpose.EXIT_CLEARANCE)[0] or any(
        stands_before(box[0], np.array(box_of(doors.boxes, row), dtype=np.float32))
        for row in range(len(doors))
    ):
        codes = [EXIT, *codes]
    return tuple(dict.fromkeys(codes))
