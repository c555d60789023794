"""What goes over the wire about grids."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import GridRow

SQUARE: Any = [
    [[120.70, 31.30], [120.75, 31.30], [120.75, 31.33], [120.70, 31.33], [120.70, 31.30]]
]


class NewGrid(BaseModel):
    """One area of the park."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "A-03",
                    "name": "娄葑第三网格",
                    "parent": "A",
                    "boundary": {"type": "Polygon", "coordinates": SQUARE},
                }
            ]
        },
    )

    code: Text = Field(min_length=1, max_length=40, pattern=r"\S")
    name: Text = Field(min_length=1, max_length=100, pattern=r"\S")
    parent: Text | None = Field(default=None, max_length=40, description="Its code.")
    boundary: dict[str, Any] | None = Field(default=None, description="GeoJSON, WGS 84.")


class GridCollection(BaseModel):
    """Many grids as one GeoJSON file; each feature has ``code``, ``name`` and ``parent``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"code": "A", "name": "娄葑", "parent": None},
                            "geometry": {"type": "Polygon", "coordinates": SQUARE},
                        }
                    ],
                }
            ]
        }
    )

    type: str
    features: list[dict[str, Any]] = Field(max_length=5000)


class GridRead(BaseModel):
    """One area, and who works for it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "3f2b1c4d-1d98-573b-97cd-ca98a65347dd",
                    "code": "A-03",
                    "name": "娄葑第三网格",
                    "parent_id": None,
                    "boundary": {"type": "Polygon", "coordinates": SQUARE},
                    "people": [{"name": "网格员王", "role": "inspector"}],
                }
            ]
        }
    )

    id: UUID
    code: str
    name: str
    parent_id: UUID | None
    boundary: dict[str, Any] | None
    people: list[dict[str, str]]


class ImportedRow(BaseModel):
    """What became of one row of an import."""

    row: int
    name: str
    outcome: str = Field(description="added, changed, same or refused")
    problem: str | None = None


class ImportReport(BaseModel):
    """An import row by row; what was refused did not stop the others."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "added": 1,
                    "changed": 0,
                    "same": 0,
                    "refused": 0,
                    "rows": [{"row": 1, "name": "娄葑", "outcome": "added", "problem": None}],
                    "complaints": [],
                }
            ]
        }
    )

    added: int
    changed: int
    same: int
    refused: int
    rows: list[ImportedRow]
    complaints: list[str] = Field(default_factory=list, description="About all of it.")


def report_of(rows: list[ImportedRow], complaints: list[str] | None = None) -> ImportReport:
    """Return the report of an import."""
    counts = {
        outcome: sum(row.outcome == outcome for row in rows)
        for outcome in ("added", "changed", "same", "refused")
    }
    return ImportReport(**counts, rows=rows, complaints=complaints or [])


def read_grid(row: GridRow, people: list[dict[str, str]]) -> GridRead:
    """Return a grid as it goes over the wire."""
    return GridRead(
        id=row.id,
        code=row.code,
        name=row.name,
        parent_id=row.parent_id,
        boundary=row.boundary,
        people=people,
    )
