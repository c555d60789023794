"""From a picture to findings, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.severity import Severity
from wsai.diagnosis.baseline import Baseline, PlaceComparison
from wsai.diagnosis.changes import change_findings
from wsai.diagnosis.context import RuleContext, feet
from wsai.diagnosis.findings import Finding, Verdict
from wsai.diagnosis.rules import RULES
from wsai.diagnosis.rules.rule import LEAST_ASKED, blind, joined, unsure
from wsai.diagnosis.rules.unseen import unseen
from wsai.vision.detections import Detections
from wsai.vision.labels import Label
from wsai.vision.picture import Picture
from wsai.vision.sign_light import sign_light
from wsai.vision.zones import Purpose, Zone

VERDICT_ORDER = {Verdict.HAZARD: 0, Verdict.ASK_A_PERSON: 1, Verdict.NOT_VISIBLE: 2}
SEVERITY_ORDER = {Severity.MAJOR: 0, Severity.SERIOUS: 1, Severity.GENERAL: 2}
PRIVACY_SCORE = 0.1
"""Heads are blurred on weaker detections than rules use: a missed face costs more than a blur."""
FAINT_SCORE = 0.05
"""From which an object is seen faintly; below lies what is seen everywhere. Set by judgement."""


class Detector(Protocol):
    """Finds objects in pictures; ``wsai.perception`` has one, tests have fakes."""

    @property
    def model_id(self) -> str:
        """Return which model and version this is."""
        ...

    @property
    def thresholds(self) -> Mapping[Label, float]:
        """Return from which score each label counts; missing labels cannot be seen."""
        ...

    @property
    def input_px(self) -> int:
        """Return the longest side that the model looks at; a larger picture shows it no more."""
        ...

    def detect(self, picture: Picture, *, min_score: float) -> Detections:
        """Return the objects with at least this score, best first, in pixels of the original."""
        ...

    def probability(self, label: Label, score: float) -> float:
        """Return the calibrated probability that an object of this score is there, ``0..1``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What WSAI says about one picture.

    Attributes:
        width: Pixels of the upright original.
        height: Pixels of the upright original.
        model_id: Which model looked.
        detections: What it saw, down to the score that was asked for.
        findings: Worst first.
        place: What the pictures of how it should look say; ``None`` where there are none.
    """

    width: int
    height: int
    model_id: str
    detections: Detections
    findings: tuple[Finding, ...]
    place: PlaceComparison | None = None


def diagnose_image(
    picture: Picture,
    *,
    detector: Detector,
    catalogue: Catalogue,
    zones: tuple[Zone, ...] = (),
    baseline: Baseline | None = None,
    min_score: float = PRIVACY_SCORE,
) -> Diagnosis:
    """Return what is unsafe in a picture, and what the picture cannot show.

    Args:
        picture: Upright.
        detector: Who looks.
        catalogue: For the severity that orders the findings.
        zones: Drawn for this checkpoint.
        baseline: How this place should look.
        min_score: How weak the returned detections may be; rules use the model's own thresholds.
    """
    lowest = min([min_score, PRIVACY_SCORE, FAINT_SCORE, *detector.thresholds.values()])
    seen = detector.detect(picture, min_score=lowest)
    counted = above_thresholds(seen, detector.thresholds)
    context = RuleContext(
        picture.width,
        picture.height,
        zones,
        detector.probability,
        seen.surface,
        lambda box: sign_light(picture, box),
        below_thresholds(seen, detector.thresholds),
    )
    findings = find(counted, context, able=detector.thresholds)
    place = baseline.compare(picture, counted) if baseline else None
    if place is not None:
        findings += change_findings(place, counted, context)
    return Diagnosis(
        picture.width,
        picture.height,
        detector.model_id,
        seen.take(seen.scores >= min_score),
        tuple(sorted(findings, key=lambda finding: worst_first(finding, catalogue))),
        place,
    )


def above_thresholds(found: Detections, thresholds: Mapping[Label, float]) -> Detections:
    """Return the detections that count: known labels at or above their threshold."""
    return found.take(
        [
            row
            for row, (label, score) in enumerate(zip(found.labels, found.scores, strict=True))
            if label in thresholds and score >= thresholds[label]
        ]
    )


def below_thresholds(found: Detections, thresholds: Mapping[Label, float]) -> Detections:
    """Return the detections that are seen faintly: known labels below their threshold."""
    return found.take(
        [
            row
            for row, (label, score) in enumerate(zip(found.labels, found.scores, strict=True))
            if label in thresholds and FAINT_SCORE <= score < thresholds[label]
        ]
    )


def find(found: Detections, context: RuleContext, *, able: Mapping[Label, float]) -> list[Finding]:
    """Return the findings of all rules on the detections that count.

    Args:
        found: Detections at or above their thresholds.
        context: The frame and zones.
        able: The labels that the model can see.
    """
    ignored = context.inside(feet(found.boxes), Purpose.IGNORE)
    found = found.take(~ignored if len(found) else np.zeros(0, dtype=bool))
    findings = []
    for rule in RULES:
        blinded = not context.trusted.issuperset(rule.layers)
        if blinded or not rule.may_look(able):
            findings.append(blind(rule))
            continue
        suspicions = [s for s in rule.look(found, context) if s.probability >= LEAST_ASKED]
        if suspicions:
            findings.append(joined(rule, suspicions))
        elif rule.silence_says_nothing:
            findings.append(unsure(rule))
    return findings + unseen()


def worst_first(finding: Finding, catalogue: Catalogue) -> tuple[int, int, float, str]:
    """Return the sort key: verdict, then severity, then probability, then code."""
    severity = catalogue.hazard(finding.code).severity
    return (
        VERDICT_ORDER[finding.verdict],
        SEVERITY_ORDER[severity],
        -(finding.probability or 0.0),
        finding.code,
    )
