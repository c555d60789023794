"""What goes over the wire about hazard records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from serving.findings.schemas import EXAMPLE_FINDING, ClauseRead, ItemRead
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.storage.tables import HazardRow

EXAMPLE_HAZARD: dict[str, Any] = {
    "id": "0c6a3f0e-6d0c-4bb2-8a8f-2f8a3f1c9d55",
    "number": "YH-2026-000001",
    "code": "ppe-no-helmet",
    "name": "未佩戴安全帽",
    "severity": "general",
    "status": "registered",
    "site": "示范机械厂",
    "checkpoint": "冲压车间",
    "photo_id": "7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77",
    "finding_id": EXAMPLE_FINDING["id"],
    "clauses": EXAMPLE_FINDING["clauses"],
    "guidance": EXAMPLE_FINDING["guidance"],
    "checklist_items": EXAMPLE_FINDING["checklist_items"],
    "accident_type": "物体打击",
    "found_on": "2026-11-23",
    "deadline": "2026-11-23",
    "confirmed_by": "网格员王",
    "confirmed_at": "2026-11-23T02:30:00Z",
    "model": "wsai-detector-0.1.0",
    "rule": "ppe/helmet@1",
    "probability": 0.87,
    "note": None,
}


class HazardRead(BaseModel):
    """One hazard record."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_HAZARD]})

    id: UUID
    number: str
    code: str
    name: str
    severity: str
    status: str
    site: str | None
    checkpoint: str | None
    photo_id: UUID
    finding_id: UUID
    clauses: list[ClauseRead]
    guidance: list[str]
    checklist_items: list[ItemRead]
    accident_type: str
    found_on: date
    deadline: date | None
    confirmed_by: str
    confirmed_at: datetime
    model: str
    rule: str
    probability: float | None
    note: str | None


class HazardPage(BaseModel):
    """One page of records, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_HAZARD], "next": None}]}
    )

    items: list[HazardRead]
    next: str | None


def read_hazard(row: HazardRow, *, catalogue: Catalogue, lang: Lang) -> HazardRead:
    """Return a record as it goes over the wire, with the clauses of the day it was found."""
    hazard = catalogue.hazard(row.code)
    return HazardRead(
        id=row.id,
        number=row.number,
        code=row.code,
        name=hazard.name(lang),
        severity=row.severity,
        status=row.status,
        site=row.site,
        checkpoint=row.checkpoint,
        photo_id=row.photo_id,
        finding_id=row.finding_id,
        clauses=[
            ClauseRead(ref=c.ref, clause=c.clause, verified=c.verified, text=c.text(lang))
            for c in hazard.clauses_on(row.found_on)
        ],
        guidance=list(hazard.guidance(lang)),
        checklist_items=[
            ItemRead(checklist=i.checklist, item=i.number, question=hazard.question(lang))
            for i in catalogue.checklist_items(row.code)
        ],
        accident_type=hazard.accident_type(row.found_on),
        found_on=row.found_on,
        deadline=row.deadline,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        model=row.model_id,
        rule=row.rule,
        probability=row.probability,
        note=row.note,
    )
