"""What goes over the wire about photos."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from serving.findings.schemas import EXAMPLE_FINDING, FindingRead, ObjectRead, read_finding
from serving.findings.service import inspection_day
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.storage.tables import PhotoRow

EXAMPLE_PHOTO: dict[str, Any] = {
    "id": "7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "site": "示范机械厂",
    "checkpoint": "冲压车间",
    "enterprise_id": None,
    "taken_at": "2026-11-23T02:29:41Z",
    "received_at": "2026-11-23T02:30:00Z",
    "width": 1280,
    "height": 960,
    "model": "wsai-detector-0.1.0",
    "elapsed_ms": 78.2,
    "detections": [{"label": "no-helmet", "score": 0.81, "box": [412.0, 96.5, 470.2, 150.1]}],
    "findings": [EXAMPLE_FINDING],
    "annotated_url": "/v1/photos/7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77/annotated?lang=zh",
    "original_url": "/v1/photos/7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77/original",
}


class PhotoRead(BaseModel):
    """One photo with its findings, worst first."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PHOTO]})

    id: UUID
    sha256: str
    site: str | None
    checkpoint: str | None
    enterprise_id: UUID | None
    taken_at: datetime | None
    received_at: datetime
    width: int
    height: int
    model: str
    elapsed_ms: float
    detections: list[ObjectRead]
    findings: list[FindingRead]
    annotated_url: str
    original_url: str


class PhotoPage(BaseModel):
    """One page of photos, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_PHOTO], "next": None}]}
    )

    items: list[PhotoRead]
    next: str | None


def read_photo(
    row: PhotoRow, *, catalogue: Catalogue, lang: Lang, utc_offset_hours: float
) -> PhotoRead:
    """Return a photo as it goes over the wire; GPS stays apart."""
    day = inspection_day(row, utc_offset_hours)
    return PhotoRead(
        id=row.id,
        sha256=row.sha256,
        site=row.site,
        checkpoint=row.checkpoint,
        enterprise_id=row.enterprise_id,
        taken_at=row.taken_at,
        received_at=row.received_at,
        width=row.width,
        height=row.height,
        model=row.model_id,
        elapsed_ms=row.elapsed_ms,
        detections=[ObjectRead.model_validate(detection) for detection in row.detections],
        findings=[
            read_finding(finding, catalogue=catalogue, lang=lang, on=day)
            for finding in row.findings
        ],
        annotated_url=f"/v1/photos/{row.id}/annotated?lang={lang}",
        original_url=f"/v1/photos/{row.id}/original",
    )
