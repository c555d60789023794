"""What goes over the wire about the risk register."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import RiskPointRow
from wsai.supervision.lec import LEVEL_ZH, Colour, Lec

EXAMPLE: dict[str, Any] = {
    "name": "抛光除尘系统",
    "place": "抛光车间",
    "accident_type": "其他爆炸",
    "likelihood": 3,
    "exposure": 6,
    "consequence": 40,
    "measures": "每班清扫，泄爆片月检",
    "department": "生产部",
    "person": "钱工",
}


class RiskWrite(BaseModel):
    """One line of a risk register; the score follows from its three inputs."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S")
    place: Text = Field(min_length=1, max_length=100, pattern=r"\S")
    accident_type: Text = Field(min_length=1, max_length=60)
    likelihood: float = Field(description="L of LEC.")
    exposure: float = Field(description="E of LEC.")
    consequence: float = Field(description="C of LEC.")
    measures: Text = Field(min_length=1, max_length=2000, pattern=r"\S")
    department: Text = Field(min_length=1, max_length=100)
    person: Text = Field(min_length=1, max_length=64)
    effective_from: date | None = Field(default=None, description="Today if left out.")
    review_due: date | None = Field(default=None, description="After a year if left out.")


class NewRisk(RiskWrite):
    """A new line, of an enterprise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [EXAMPLE | {"enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd"}]
        },
    )

    enterprise_id: UUID


class RiskRead(BaseModel):
    """One line of a risk register, its score with what it is made of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE
                | {
                    "id": "1f3e5d7c-1d98-573b-97cd-ca98a65347dd",
                    "enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
                    "score": 720,
                    "colour": "red",
                    "level": "重大风险",
                    "explained": "D = 720：L 3（可能但不经常）× …",
                    "effective_from": "2026-11-23",
                    "effective_to": None,
                    "review_due": "2027-11-23",
                    "assessed_by": "钱工",
                    "supersedes": None,
                }
            ]
        }
    )

    id: UUID
    enterprise_id: UUID
    name: str
    place: str
    accident_type: str
    likelihood: float
    exposure: float
    consequence: float
    score: float
    colour: Colour
    level: str
    explained: str
    measures: str
    department: str
    person: str
    effective_from: date
    effective_to: date | None
    review_due: date
    assessed_by: str
    supersedes: UUID | None


class RiskDue(BaseModel):
    """A line that is to be assessed again."""

    id: UUID
    enterprise_id: UUID
    enterprise: str
    name: str
    review_due: date


def read_risk(row: RiskPointRow) -> RiskRead:
    """Return a line as it goes over the wire."""
    lec = Lec(row.likelihood, row.exposure, row.consequence)
    return RiskRead(
        id=row.id,
        enterprise_id=row.enterprise_id,
        name=row.name,
        place=row.place,
        accident_type=row.accident_type,
        likelihood=row.likelihood,
        exposure=row.exposure,
        consequence=row.consequence,
        score=lec.score,
        colour=lec.colour,
        level=LEVEL_ZH[lec.colour],
        explained=lec.explained(),
        measures=row.measures,
        department=row.department,
        person=row.person,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        review_due=row.review_due,
        assessed_by=row.assessed_by,
        supersedes=row.supersedes,
    )
