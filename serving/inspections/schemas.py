"""What goes over the wire about inspections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from serving.texts import Text
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.storage.tables import InspectionRow

InspectionKind = Literal["supervision", "self"]
Status = Literal["planned", "running", "finished", "cancelled"]
Answered = Literal["ok", "hazard", "not-applicable"]


class NewInspection(BaseModel):
    """A visit that is planned."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
                    "checklist": "general-manufacturing",
                    "planned_for": "2026-11-24",
                    "inspectors": ["网格员王", "执法员赵"],
                }
            ]
        },
    )

    enterprise_id: UUID
    checklist: Text = Field(max_length=60)
    planned_for: date
    inspectors: list[Text] = Field(default_factory=list, max_length=10)
    campaign_id: UUID | None = None


class Answer(BaseModel):
    """What somebody says of one item of the checklist."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answer": "ok", "note": None}]}
    )

    answer: Answered
    note: Text | None = Field(default=None, max_length=1000)


class Answers(BaseModel):
    """Answers by the number of the item; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answers": {"1.1": {"answer": "ok"}}}]}
    )

    answers: dict[str, Answer] = Field(min_length=1, max_length=500)


class Finish(BaseModel):
    """The end of an inspection: what was found, and the record that both sides signed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"signed_record": "4be0643f-1d98-573b-97cd-ca98a65347dd"}]},
    )

    signed_record: UUID | None = Field(
        default=None, description="Of both sides; an enterprise's own inspection needs none."
    )
    summary: Text | None = Field(default=None, max_length=5000)


class ItemState(BaseModel):
    """One item: its question, what was answered, and what WSAI saw on the photos."""

    number: str
    code: str
    section: str
    question: str
    answer: Answered | None
    note: str | None
    findings: list[dict[str, Any]] = Field(description="Of this inspection's photos.")


class InspectionRead(BaseModel):
    """One inspection."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "8d1f3c5b-1d98-573b-97cd-ca98a65347dd",
                    "kind": "supervision",
                    "status": "running",
                    "enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
                    "campaign_id": None,
                    "checklist": "general-manufacturing",
                    "planned_for": "2026-11-24",
                    "begun_at": "2026-11-24T01:00:00Z",
                    "finished_at": None,
                    "created_by": "网格员王",
                    "inspectors": ["网格员王", "执法员赵"],
                    "answered": 3,
                    "to_answer": 40,
                    "summary": None,
                    "version": 4,
                }
            ]
        }
    )

    id: UUID
    kind: InspectionKind
    status: Status
    enterprise_id: UUID
    campaign_id: UUID | None
    checklist: str
    planned_for: date
    begun_at: datetime | None
    finished_at: datetime | None
    created_by: str
    inspectors: list[str]
    answered: int
    to_answer: int
    summary: str | None
    version: int


class InspectionSheet(InspectionRead):
    """One inspection with its checklist: the page that it is done with."""

    title: str
    items: list[ItemState]
    photos: list[UUID]
    hazards: list[UUID]


class InspectionPage(BaseModel):
    """One page of inspections, the latest planned first."""

    items: list[InspectionRead]
    next: str | None


def _status(said: str) -> Status:
    """Return a status as its type; the database holds no other."""
    found: Status = TypeAdapter(Status).validate_python(said)
    return found


def read_inspection(row: InspectionRow, catalogue: Catalogue) -> InspectionRead:
    """Return an inspection as it goes over the wire."""
    return InspectionRead(
        id=row.id,
        kind="self" if row.kind == "self" else "supervision",
        status=_status(row.status),
        enterprise_id=row.enterprise_id,
        campaign_id=row.campaign_id,
        checklist=row.checklist,
        planned_for=row.planned_for,
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        created_by=row.created_by,
        inspectors=row.inspectors,
        answered=len(row.answers),
        to_answer=len(catalogue.checklist(row.checklist).items),
        summary=row.summary,
        version=row.version,
    )


def read_sheet(
    row: InspectionRow,
    catalogue: Catalogue,
    lang: Lang,
    *,
    findings: dict[str, list[dict[str, Any]]],
    photos: list[UUID],
    hazards: list[UUID],
) -> InspectionSheet:
    """Return an inspection with its checklist.

    Args:
        row: The inspection.
        catalogue: With its checklist.
        lang: Of the questions.
        findings: Code to what WSAI saw.
        photos: Of the inspection.
        hazards: Records made in it.
    """
    checklist = catalogue.checklist(row.checklist)
    items = [
        ItemState(
            number=item.number,
            code=item.code,
            section=item.section_zh if lang == "zh" else item.section_en,
            question=catalogue.hazard(item.code).question(lang),
            answer=row.answers.get(item.number, {}).get("answer"),
            note=row.answers.get(item.number, {}).get("note"),
            findings=findings.get(item.code, []),
        )
        for item in checklist.items
    ]
    return InspectionSheet(
        **read_inspection(row, catalogue).model_dump(),
        title=checklist.title(lang),
        items=items,
        photos=photos,
        hazards=hazards,
    )
