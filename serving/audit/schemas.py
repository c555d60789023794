"""What goes over the wire about the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from wsai.storage.tables import AuditRow


class AuditRead(BaseModel):
    """One row of the log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "at": "2026-11-23T02:30:00Z",
                    "actor": "网格员王",
                    "action": "photo.received",
                    "subject": "photo:7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77",
                    "details": {"site": "示范机械厂"},
                    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                }
            ]
        }
    )

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    hash: str


class AuditPage(BaseModel):
    """One page of the log, newest first."""

    items: list[AuditRead]
    next: int | None


class AuditVerdict(BaseModel):
    """Whether the log and the evidence are as they were written."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rows": 128, "files": 40, "fault": None}]}
    )

    rows: int
    files: int
    fault: str | None


def read_audit(row: AuditRow) -> AuditRead:
    """Return a row as it goes over the wire."""
    return AuditRead(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=row.details,
        hash=row.hash,
    )
