"""What goes over the wire about campaigns."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.inspections import Progress
from wsai.storage.tables import CampaignRow

CampaignKind = Literal["season", "holiday", "sweep", "industry", "other"]


class NewCampaign(BaseModel):
    """A campaign: its targets are named, or all enterprises with a tag."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "2026年冬季粉尘专项",
                    "kind": "season",
                    "checklist": "combustible-dust",
                    "begins": "2026-12-01",
                    "ends": "2027-02-28",
                    "tag": "combustible-dust",
                }
            ]
        },
    )

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S")
    kind: CampaignKind
    checklist: Text = Field(max_length=60)
    begins: date
    ends: date
    targets: list[UUID] = Field(default_factory=list, max_length=10_000)
    tag: Text | None = None
    grid_id: UUID | None = Field(default=None, description="Of the tag's enterprises, only these.")


class CampaignRead(BaseModel):
    """A campaign and how far it has come."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "9e2a4c6d-1d98-573b-97cd-ca98a65347dd",
                    "name": "2026年冬季粉尘专项",
                    "kind": "season",
                    "checklist": "combustible-dust",
                    "begins": "2026-12-01",
                    "ends": "2027-02-28",
                    "targets": 120,
                    "visited": 30,
                    "inspections": 32,
                    "hazards": 71,
                }
            ]
        }
    )

    id: UUID
    name: str
    kind: str
    checklist: str
    begins: date
    ends: date
    targets: int
    visited: int
    inspections: int
    hazards: int


def read_campaign(row: CampaignRow, progress: Progress) -> CampaignRead:
    """Return a campaign as it goes over the wire."""
    return CampaignRead(
        id=row.id,
        name=row.name,
        kind=row.kind,
        checklist=row.checklist,
        begins=row.begins,
        ends=row.ends,
        targets=progress.targets,
        visited=progress.visited,
        inspections=progress.inspections,
        hazards=progress.hazards,
    )
