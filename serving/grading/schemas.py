"""What goes over the wire about grading."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import AppealRow, AssessmentRow, ListChangeRow
from wsai.supervision.grading import LIST_ZH, ListName

EXAMPLE_REASON: dict[str, Any] = {"side": "sources", "zh": "铝镁粉尘", "points": 80.0}


class ReasonRead(BaseModel):
    """One part of a score."""

    side: str
    zh: str
    points: float


class GradeRead(BaseModel):
    """The grade of an enterprise for a month."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "2a4c6e8f-1d98-573b-97cd-ca98a65347dd",
                    "enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
                    "enterprise": "示范机械厂",
                    "month": "2026-11-01",
                    "rules_version": "2026.1",
                    "risk": 89.2,
                    "sources": 85.0,
                    "process": 75.0,
                    "management": 39.0,
                    "base": 70.25,
                    "open_points": 7.0,
                    "total": 77.25,
                    "colour": "red",
                    "asks_for": 2,
                    "listed": 2,
                    "list_name": "优先检查名单",
                    "triggers": [],
                    "reasons": [EXAMPLE_REASON],
                    "graded_at": "2026-11-30T16:00:00Z",
                }
            ]
        }
    )

    id: UUID
    enterprise_id: UUID
    enterprise: str
    month: date
    rules_version: str
    risk: float
    sources: float
    process: float
    management: float
    base: float
    open_points: float
    total: float
    colour: str
    asks_for: int = Field(description="List that score and triggers ask for: 0, 1, 2.")
    listed: int = Field(description="List that it stands on after it: 0 none, 1 观察, 2 优先.")
    list_name: str
    triggers: list[str]
    reasons: list[ReasonRead]
    graded_at: datetime


class GradePage(BaseModel):
    """One page of grades of a month, the worst first."""

    items: list[GradeRead]
    next: str | None


class GradeMonth(BaseModel):
    """For which month to grade; the present one if left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"month": "2026-11-01"}]}
    )

    month: date | None = None


class Graded(BaseModel):
    """What a run of grading did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "month": "2026-11-01",
                    "rules_version": "2026.1",
                    "enterprises": 3000,
                    "observe": 240,
                    "priority": 31,
                    "moved": 12,
                }
            ]
        }
    )

    month: date
    rules_version: str
    enterprises: int
    observe: int
    priority: int
    moved: int


class Remedy(BaseModel):
    """What would help, and the score after it."""

    zh: str
    total: float
    list_name: str


class Standing(BaseModel):
    """Where an enterprise stands: its grades, its lists, and what would move it down."""

    listed: int
    list_name: str
    grades: list[GradeRead]
    changes: list[dict[str, Any]]
    remedies: list[Remedy]


class NewAppeal(BaseModel):
    """What an enterprise says against a grade."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "除尘系统已于10月改造验收"}]}
    )

    reason: Text = Field(min_length=1, max_length=5000, pattern=r"\S")


class AppealDecision(BaseModel):
    """What came of an appeal; where it is upheld the enterprise leaves its list at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"outcome": "upheld", "answer": "现场核实，情况属实"}]},
    )

    outcome: Literal["upheld", "refused"]
    answer: Text = Field(min_length=1, max_length=5000, pattern=r"\S")


class ListDecision(BaseModel):
    """A person's approval that an enterprise leaves its list."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "连续两月低于预警线5分以上"}]}
    )

    reason: Text = Field(min_length=1, max_length=2000, pattern=r"\S")


class AppealRead(BaseModel):
    """An appeal and its outcome."""

    id: UUID
    assessment_id: UUID
    enterprise_id: UUID
    reason: str
    made_by: str
    made_at: datetime
    outcome: str | None
    answer: str | None
    decided_by: str | None
    decided_at: datetime | None


def read_grade(row: AssessmentRow, enterprise: str) -> GradeRead:
    """Return a grade as it goes over the wire."""
    return GradeRead(
        id=row.id,
        enterprise_id=row.enterprise_id,
        enterprise=enterprise,
        month=row.month,
        rules_version=row.rules_version,
        risk=row.risk,
        sources=row.sources,
        process=row.process,
        management=row.management,
        base=row.base,
        open_points=row.open_points,
        total=row.total,
        colour=row.colour,
        asks_for=row.asks_for,
        listed=row.listed,
        list_name=LIST_ZH[ListName(row.listed)],
        triggers=[why for _, why in row.triggers],
        reasons=[ReasonRead(side=side, zh=zh, points=points) for side, zh, points in row.reasons],
        graded_at=row.graded_at,
    )


def read_change(row: ListChangeRow) -> dict[str, Any]:
    """Return a change of list as it goes over the wire."""
    return {
        "at": row.at,
        "before": LIST_ZH[ListName(row.before)],
        "after": LIST_ZH[ListName(row.after)],
        "why": row.why,
        "by": row.by,
    }


def read_appeal(row: AppealRow) -> AppealRead:
    """Return an appeal as it goes over the wire."""
    return AppealRead(
        id=row.id,
        assessment_id=row.assessment_id,
        enterprise_id=row.enterprise_id,
        reason=row.reason,
        made_by=row.made_by,
        made_at=row.made_at,
        outcome=row.outcome,
        answer=row.answer,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
