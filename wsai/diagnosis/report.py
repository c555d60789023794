"""The JSON of a diagnosis: the one shape that the command line and the API give."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.diagnosis.baseline import PlaceComparison
from wsai.diagnosis.diagnose import Diagnosis
from wsai.diagnosis.findings import Box, Finding, Verdict
from wsai.vision.detections import Detections

COORDINATE_DECIMALS = 1
SCORE_DECIMALS = 5
NOT_COMPARABLE = "not-comparable"


def finding_json(finding: Finding, *, catalogue: Catalogue, lang: Lang, on: date) -> dict[str, Any]:
    """Return one finding with everything the catalogue adds to it.

    Args:
        finding: What was found.
        catalogue: Where its name, clauses and guidance stand.
        lang: Of names, reasons, questions and guidance; clauses are Chinese law and stay Chinese.
        on: Day of the inspection: chooses clauses, accident coding and the proposed deadline.
    """
    hazard = catalogue.hazard(finding.code)
    because, zh = finding.because, lang == "zh"
    seen = finding.verdict is not Verdict.NOT_VISIBLE
    told: dict[str, Any] = {
        "code": finding.code,
        "name": hazard.name(lang),
        "verdict": finding.verdict.value,
        "probability": finding.probability,
        "severity": hazard.severity.value,
        "boxes": [_rounded(box) for box in finding.boxes],
        "because": {
            "rule": because.rule,
            "relation": because.relation,
            "text": because.zh if zh else because.en,
            "objects": [
                {
                    "label": e.label.value,
                    "score": round(e.score, SCORE_DECIMALS),
                    "box": _rounded(e.box),
                }
                for e in because.objects
            ],
            "areas": [
                [[round(x, COORDINATE_DECIMALS), round(y, COORDINATE_DECIMALS)] for x, y in area]
                for area in because.areas
            ],
        },
        "question": finding.question_zh if zh else finding.question_en,
        "checklist_items": [
            {
                "checklist": item.checklist,
                "item": item.number,
                "question": hazard.question(lang),
            }
            for item in catalogue.checklist_items(finding.code)
        ],
        "clauses": [
            {"ref": c.ref, "clause": c.clause, "verified": c.verified, "text": c.text(lang)}
            for c in hazard.clauses_on(on)
        ],
        "guidance": list(hazard.guidance(lang)),
        "accident_type": hazard.accident_type(on),
        "deadline": (on + timedelta(days=hazard.deadline_days)).isoformat() if seen else None,
    }
    if finding.nearest:
        told["kind"] = because.relation
        told["region"] = _rounded(finding.boxes[0])
        told["nearest"] = [
            {"code": code, "name": catalogue.hazard(code).name(lang)} for code in finding.nearest
        ]
    return told


def baseline_json(compared: PlaceComparison, lang: Lang) -> dict[str, Any]:
    """Return whether a picture was compared with its baseline, and why not where it was not."""
    told: dict[str, Any] = {
        "status": "compared" if compared.reason is None else NOT_COMPARABLE,
        "picture": compared.view,
        "model": compared.model_id,
        "changes": len(compared.regions),
        "light": [_rounded(box) for box in compared.light],
    }
    if (reason := compared.reason) is not None:
        told["reason"] = {"code": reason.value, "text": reason.zh if lang == "zh" else reason.en}
    return told


def detections_json(detections: Detections) -> list[dict[str, Any]]:
    """Return the detections, best first, boxes in pixels of the upright original."""
    rows = zip(detections.labels, detections.scores, detections.boxes, strict=True)
    return [
        {
            "label": label.value,
            "score": round(float(score), SCORE_DECIMALS),
            "box": _rounded(tuple(box.tolist())),
        }
        for label, score, box in rows
    ]


def diagnosis_json(
    diagnosis: Diagnosis, *, catalogue: Catalogue, lang: Lang, on: date
) -> dict[str, Any]:
    """Return a whole diagnosis: size, model, detections, findings worst first.

    Where there is a baseline, ``baseline`` says whether the picture could be compared with it.
    """
    told: dict[str, Any] = {
        "width": diagnosis.width,
        "height": diagnosis.height,
        "model": diagnosis.model_id,
        "detections": detections_json(diagnosis.detections),
        "findings": [
            finding_json(finding, catalogue=catalogue, lang=lang, on=on)
            for finding in diagnosis.findings
        ],
    }
    if diagnosis.place is not None:
        told["baseline"] = baseline_json(diagnosis.place, lang)
    return told


def _rounded(box: Box | tuple[float, ...]) -> list[float]:
    return [round(float(value), COORDINATE_DECIMALS) for value in box]
