"""Rows for tests, as they come from a diagnosis."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from wsai.catalogue.severity import Severity
from wsai.ledger.record import HazardRecord
from wsai.storage.tables import FindingRow, PhotoRow

NOON = datetime(2026, 11, 23, 4, 30, 15, 123456, tzinfo=UTC)


def photo_row(digest: str = "a" * 64, **changes: Any) -> PhotoRow:
    given: dict[str, Any] = {
        "sha256": digest,
        "scope": "park",
        "bytes": 1000,
        "media_type": "image/jpeg",
        "width": 640,
        "height": 480,
        "received_at": NOON,
        "uploaded_by": "inspector",
        "model_id": "fake-1",
        "detections": [{"label": "person", "score": 0.9, "box": [1.0, 2.0, 3.0, 4.0]}],
        "elapsed_ms": 12.5,
        "findings": [finding_row()],
    }
    return PhotoRow(**given | changes)


def finding_row(position: int = 0, **changes: Any) -> FindingRow:
    given: dict[str, Any] = {
        "position": position,
        "code": "ppe-no-helmet",
        "verdict": "hazard",
        "probability": 0.87,
        "boxes": [[1.0, 2.0, 3.0, 4.0]],
        "because": {"rule": "ppe/helmet@3", "zh": "头上没有安全帽", "en": "no helmet"},
        "model_id": "fake-1",
        "rule": "ppe/helmet@3",
        "status": "open",
    }
    return FindingRow(**given | changes)


def record_of(finding: FindingRow, **changes: Any) -> HazardRecord:
    given: dict[str, Any] = {
        "finding_id": finding.id,
        "photo_id": finding.photo_id,
        "code": finding.code,
        "severity": Severity.GENERAL,
        "site": "一号车间",
        "checkpoint": None,
        "found_on": date(2026, 11, 23),
        "deadline": date(2026, 11, 23),
        "note": None,
        "probability": finding.probability,
        "model_id": finding.model_id,
        "rule": finding.rule,
        "confirmed_by": "网格员王",
        "confirmed_at": NOON,
    }
    given |= changes
    given.setdefault("registered_on", given["confirmed_at"].date())
    return HazardRecord(**given)
