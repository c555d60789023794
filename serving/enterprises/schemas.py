"""What goes over the wire about enterprises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.enterprises import enterprise_of
from wsai.storage.tables import EnterpriseRow
from wsai.supervision.enterprises import TAG_ZH, Enterprise, Size, Tag

Standardisation = Literal["none", "level-1", "level-2", "level-3"]
EXAMPLE: dict[str, Any] = {
    "credit_code": "91320594MA1EXAMP0X",
    "name": "示范机械厂",
    "address": "示范路 1 号",
    "longitude": 120.72,
    "latitude": 31.31,
    "tags": ["combustible-dust"],
    "size": "small",
    "employees": 84,
    "standardisation": "level-3",
    "contact": "钱工",
    "phone": "0512-0000000",
}


class Profile(BaseModel):
    """What grading asks of an enterprise beside the ledger."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"sources": ["dust-metal"], "double_prevention": True}]},
    )

    sources: list[Text] = Field(default_factory=list, max_length=20)
    processes: list[Text] = Field(default_factory=list, max_length=20)
    crowded: bool = False
    interlocks_lacking: bool = False
    automated: bool = False
    double_prevention: bool = True
    training_gap: bool = False
    concealed: bool = False
    tampered: bool = False


class FloorPlan(BaseModel):
    """A floor plan: a photo of it, and how wide the picture is in metres."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "photo_id": "7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77",
                    "floor": "一层",
                    "width_m": 84,
                }
            ]
        },
    )

    photo_id: UUID
    floor: Text = Field(min_length=1, max_length=40)
    width_m: float = Field(gt=0, le=5000)


class EnterpriseWrite(BaseModel):
    """What an office writes about an enterprise; the grid follows from the place if left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    credit_code: Text = Field(max_length=18)
    name: Text = Field(max_length=120)
    address: Text = Field(max_length=120)
    grid_id: UUID | None = None
    longitude: float | None = None
    latitude: float | None = None
    tags: list[Tag] = Field(default_factory=list)
    size: Size | None = None
    employees: int | None = None
    standardisation: Standardisation = "none"
    contact: Text | None = Field(default=None, max_length=64)
    phone: Text | None = Field(default=None, max_length=40)
    profile: Profile = Field(default_factory=Profile)
    plans: list[FloorPlan] = Field(default_factory=list, max_length=20)

    def enterprise(self) -> Enterprise:
        """Return what is written.

        Raises:
            InvalidRequest: A value cannot be.
        """
        given = self.model_dump(exclude={"grid_id", "profile", "plans", "tags"})
        return Enterprise(**given, tags=frozenset(self.tags))


class EnterpriseRead(BaseModel):
    """One enterprise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE
                | {
                    "id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
                    "grid_id": None,
                    "tag_names": ["粉尘涉爆"],
                    "profile": {},
                    "plans": [],
                    "changed_at": "2026-11-23T02:30:00Z",
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    credit_code: str
    name: str
    address: str
    grid_id: UUID | None
    longitude: float | None
    latitude: float | None
    tags: list[Tag]
    tag_names: list[str]
    size: Size | None
    employees: int | None
    standardisation: str
    contact: str | None
    phone: str | None
    profile: Profile
    plans: list[FloorPlan]
    changed_at: datetime
    version: int


class EnterprisePage(BaseModel):
    """One page of enterprises by name."""

    items: list[EnterpriseRead]
    next: str | None


class FileCounts(BaseModel):
    """How an enterprise's ledger stands."""

    open: int
    overdue: int
    closed: int
    major_open: int


class EnterpriseFile(BaseModel):
    """一企一档: everything about one enterprise on one page."""

    enterprise: EnterpriseRead
    grid: str | None
    counts: FileCounts
    hazards: list[dict[str, Any]] = Field(description="The newest twenty.")
    inspections: list[dict[str, Any]] = Field(description="The newest ten.")
    checkpoints: list[dict[str, Any]]
    risks: list[dict[str, Any]] = Field(description="In force, the worst first.")
    grades: list[dict[str, Any]] = Field(description="The newest twelve.")
    accidents: list[dict[str, Any]]
    plans: list[dict[str, Any]] = Field(description="Emergency plans.")
    written_on: date


def read_enterprise(row: EnterpriseRow) -> EnterpriseRead:
    """Return an enterprise as it goes over the wire."""
    what = enterprise_of(row)
    tags = sorted(what.tags)
    return EnterpriseRead(
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        address=row.address,
        grid_id=row.grid_id,
        longitude=row.longitude,
        latitude=row.latitude,
        tags=tags,
        tag_names=[TAG_ZH[tag] for tag in tags],
        size=what.size,
        employees=row.employees,
        standardisation=row.standardisation,
        contact=row.contact,
        phone=row.phone,
        profile=Profile.model_validate(row.profile),
        plans=[FloorPlan.model_validate(plan) for plan in row.plans],
        changed_at=row.changed_at,
        version=row.version,
    )
