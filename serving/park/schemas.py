"""What goes over the wire about the year of the park."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import AccidentRow, ExpertRow, PlanRow, TalkRow

OWNER = "5b8f1a2c-1d98-573b-97cd-ca98a65347dd"


class NewAccident(BaseModel):
    """An accident; its type in both codings."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": OWNER,
                    "happened_on": "2026-11-02",
                    "place": "抛光车间",
                    "type_old": "机械伤害",
                    "type_new": "机械伤害",
                    "deaths": 0,
                    "injuries": 1,
                    "account": "右手被卷入未加罩的皮带轮",
                }
            ]
        },
    )

    enterprise_id: UUID
    happened_on: date
    place: Text = Field(min_length=1, max_length=200)
    type_old: Text = Field(min_length=1, max_length=60, description="GB 6441-1986.")
    type_new: Text = Field(min_length=1, max_length=60, description="GB 6441-2025.")
    deaths: int = Field(ge=0, le=10_000)
    injuries: int = Field(ge=0, le=10_000)
    account: Text = Field(min_length=1, max_length=5000)


class AccidentRead(NewAccident):
    """An accident."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    enterprise: str
    recorded_by: str
    recorded_at: datetime


class TargetRead(BaseModel):
    """One target and how it stands."""

    zh: str
    wanted: float
    reached: float | None
    met: bool | None


class YearRead(BaseModel):
    """The year of the park against its targets."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "rules_version": "2026.1",
                    "accidents": 3,
                    "deaths": 0,
                    "injuries": 4,
                    "grave": 0,
                    "listed": 52,
                    "targets": [
                        {"zh": "挂牌督办重大隐患", "wanted": 50, "reached": 52, "met": True}
                    ],
                }
            ]
        }
    )

    year: int
    rules_version: str
    accidents: int
    deaths: int
    injuries: int
    grave: int
    listed: int
    targets: list[TargetRead]


class Candidate(BaseModel):
    """An enterprise that is to be invited to a talk, and why."""

    enterprise_id: UUID
    enterprise: str
    reasons: list[str]


class NewTalk(BaseModel):
    """An invitation to a talk (约谈)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": OWNER,
                    "reasons": ["逾期隐患 7 项"],
                    "invited_for": "2026-12-03",
                }
            ]
        },
    )

    enterprise_id: UUID
    reasons: list[Text] = Field(min_length=1, max_length=20)
    invited_for: date


class TalkChange(BaseModel):
    """What was said at a talk, or what came of it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"record": "企业承诺12月底前完成"}]}
    )

    record: Text | None = Field(default=None, max_length=10_000)
    follow_up: Text | None = Field(default=None, max_length=10_000)


class TalkRead(BaseModel):
    """A talk."""

    id: UUID
    enterprise_id: UUID
    enterprise: str
    reasons: list[str]
    invited_for: date
    status: Literal["invited", "held", "followed-up"]
    record: str | None
    follow_up: str | None
    made_by: str
    made_at: datetime


class NewExpert(BaseModel):
    """An expert who may assess."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "周工", "field": "粉尘防爆", "employer": "示范安全技术所"}]
        },
    )

    name: Text = Field(min_length=1, max_length=64)
    field: Text = Field(min_length=1, max_length=100)
    employer: Text = Field(min_length=1, max_length=120)
    phone: Text | None = Field(default=None, max_length=40)


class ExpertRead(NewExpert):
    """An expert."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    active: bool


class NewPlan(BaseModel):
    """An emergency plan of an enterprise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": OWNER,
                    "name": "粉尘爆炸专项预案",
                    "filed_on": "2026-03-01",
                    "review_due": "2029-03-01",
                    "drill_due": "2027-03-01",
                }
            ]
        },
    )

    enterprise_id: UUID
    name: Text = Field(min_length=1, max_length=120)
    filed_on: date
    review_due: date
    drill_due: date
    last_drill: date | None = None


class PlanRead(NewPlan):
    """An emergency plan."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    enterprise: str


def read_accident(row: AccidentRow, enterprise: str) -> AccidentRead:
    """Return an accident as it goes over the wire."""
    return AccidentRead.model_validate(_plain(row) | {"enterprise": enterprise})


def read_talk(row: TalkRow, enterprise: str) -> TalkRead:
    """Return a talk as it goes over the wire."""
    return TalkRead.model_validate(_plain(row) | {"enterprise": enterprise})


def read_expert(row: ExpertRow) -> ExpertRead:
    """Return an expert as it goes over the wire."""
    return ExpertRead.model_validate(_plain(row))


def read_plan(row: PlanRow, enterprise: str) -> PlanRead:
    """Return an emergency plan as it goes over the wire."""
    return PlanRead.model_validate(_plain(row) | {"enterprise": enterprise})


def _plain(row: AccidentRow | TalkRow | ExpertRow | PlanRow) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
