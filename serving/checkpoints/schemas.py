"""What goes over the wire about checkpoints."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import CheckpointRow
from wsai.vision.zones import Purpose

MOST_BASELINE = 5
EXAMPLE: dict[str, Any] = {
    "id": "6c1e2b3a-1d98-573b-97cd-ca98a65347dd",
    "enterprise_id": "5b8f1a2c-1d98-573b-97cd-ca98a65347dd",
    "code": "kq3r0v8Yt0m1mS5x2v9b3Q",
    "name": "三号冲床",
    "place": "冲压车间东侧",
    "baseline": [],
    "zones": [],
    "version": 1,
}


class Zone(BaseModel):
    """An area of the picture with a purpose.

    ``points`` are shares of the picture's width and height, so they hold for every size.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "purpose": "exit-clearance",
                    "points": [[0.4, 0.6], [0.6, 0.6], [0.7, 1.0], [0.3, 1.0]],
                }
            ]
        },
    )

    purpose: Purpose
    points: list[tuple[float, float]] = Field(min_length=3, max_length=100)


class NewCheckpoint(BaseModel):
    """A place that is looked at again and again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": EXAMPLE["enterprise_id"],
                    "name": "三号冲床",
                    "place": "冲压车间东侧",
                }
            ]
        },
    )

    enterprise_id: UUID
    name: Text = Field(min_length=1, max_length=60, pattern=r"\S")
    place: Text | None = Field(default=None, max_length=120)


class CheckpointChange(BaseModel):
    """What changes of a checkpoint; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"baseline": ["7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77"]}]},
    )

    name: Text | None = Field(default=None, min_length=1, max_length=60, pattern=r"\S")
    place: Text | None = Field(default=None, max_length=120)
    baseline: list[UUID] | None = Field(
        default=None, max_length=MOST_BASELINE, description="Photos of how it should look."
    )
    zones: list[Zone] | None = Field(default=None, max_length=20)


class CheckpointRead(BaseModel):
    """One checkpoint; ``code`` is what its QR code says."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    enterprise_id: UUID
    code: str
    name: str
    place: str | None
    baseline: list[UUID]
    zones: list[Zone]
    version: int


def read_checkpoint(row: CheckpointRow) -> CheckpointRead:
    """Return a checkpoint as it goes over the wire."""
    return CheckpointRead(
        id=row.id,
        enterprise_id=row.enterprise_id,
        code=row.token,
        name=row.name,
        place=row.place,
        baseline=row.baseline,
        zones=[Zone.model_validate(zone) for zone in row.zones],
        version=row.version,
    )
