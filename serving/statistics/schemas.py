"""What goes over the wire about statistics and early warning."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from wsai.storage.statistics import By, Figures
from wsai.supervision.warning import Interval

HAZARDS = "/v1/hazards"


class FigureRow(BaseModel):
    """The statutory columns of one row, and where the rows behind each figure are listed."""

    key: str
    name: str
    to_inspect: int = Field(description="应排查单位数")
    inspected: int = Field(description="实际排查单位数")
    general_found: int = Field(description="一般隐患排查数")
    general_fixed: int = Field(description="整改数")
    major_found: int = Field(description="重大隐患数")
    major_fixed: int
    planned: int = Field(description="列入治理计划数")
    five_in_place: int = Field(description="五到位数")
    listed: int = Field(description="挂牌数")
    listed_province: int = Field(description="其中省级挂牌")
    listed_city: int = Field(description="其中市级挂牌")
    overdue: int
    general_funds_yuan: int = Field(description="落实资金（一般）")
    major_funds_yuan: int = Field(description="落实资金（重大）")
    rows: dict[str, str] = Field(description="Figure to the list of what it counts.")


class StatisticsRead(BaseModel):
    """Figures of a quarter or a year."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "quarter": 4,
                    "by": "all",
                    "first": "2026-10-01",
                    "last": "2026-12-31",
                    "file_by": "2027-01-15",
                    "rows": [],
                    "total": None,
                }
            ]
        }
    )

    year: int
    quarter: int | None
    by: By
    first: date
    last: date
    file_by: date = Field(description="By when it is filed (令16号 第十四条, unverified).")
    rows: list[FigureRow]
    total: FigureRow | None


class IntervalRead(BaseModel):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class HotRead(BaseModel):
    """A grid with more hazards than the others' rate explains."""

    grid_id: str
    name: str
    count: int
    expected: float
    chance: float


class WarningRead(BaseModel):
    """What is to be expected, how sure that is, and how it did before."""

    months: list[int] = Field(description="Hazards found a month, oldest first, up to 36.")
    next_month: IntervalRead | None = Field(description="None for fewer than six months.")
    overdue_share: IntervalRead | None = Field(description="Of the open hazards.")
    recurrence_share: IntervalRead | None = Field(description="Of those found in twelve months.")
    hot_grids: list[HotRead]
    held: IntervalRead | None = Field(
        description="How often the interval of a month held on the months known; 0.95 is promised."
    )


Quarter = Annotated[int, Query(ge=1, le=4)]


def read_figures(
    key: str, name: str, figures: Figures, by: By, first: date, last: date
) -> FigureRow:
    """Return figures as they go over the wire, each with the list behind it."""
    where = {"found_from": first.isoformat(), "found_to": last.isoformat()}
    if key and by in {"grid", "enterprise", "hazard"}:
        where[{"grid": "grid_id", "enterprise": "enterprise_id", "hazard": "code"}[by]] = key
    general, major = where | {"kind": "general"}, where | {"kind": "major"}
    rows = {
        "general_found": general,
        "general_fixed": general | {"open": "false"},
        "major_found": major,
        "major_fixed": major | {"open": "false"},
        "overdue": where | {"overdue": "true"},
    }
    links = {name: f"{HAZARDS}?{urlencode(query)}" for name, query in rows.items()}
    return FigureRow(key=key, name=name, rows=links, **asdict(figures))


def read_interval(said: Interval | None) -> IntervalRead | None:
    """Return an interval as it goes over the wire."""
    if said is None:
        return None
    return IntervalRead(
        value=round(said.value, 4), low=round(said.low, 4), high=round(said.high, 4)
    )
