"""What goes over the wire about signed records."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.storage.tables import SignedRecordRow

RecordKind = Literal["inspection", "recheck", "acceptance", "revisit"]
MOST_SIGNATURE_BYTES = 300_000


class NewRecord(BaseModel):
    """A record that both sides signed on the screen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "recheck",
                    "hazard_id": "0c6a3f0e-6d0c-4bb2-8a8f-2f8a3f1c9d55",
                    "text": "经复查，防护罩已安装牢固，同意销号。",
                    "office_name": "网格员王",
                    "office_signature": "iVBORw0KGgo=",
                    "enterprise_name": "企业钱",
                    "enterprise_signature": "iVBORw0KGgo=",
                }
            ]
        },
    )

    kind: RecordKind
    hazard_id: UUID | None = None
    inspection_id: UUID | None = None
    text: Text = Field(min_length=1, max_length=5000, pattern=r"\S")
    office_name: Text = Field(min_length=1, max_length=64, pattern=r"\S")
    office_signature: Base64Bytes = Field(description="PNG, base64.")
    enterprise_name: Text = Field(min_length=1, max_length=64, pattern=r"\S")
    enterprise_signature: Base64Bytes = Field(description="PNG, base64.")


class RecordRead(BaseModel):
    """A signed record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "4be0643f-1d98-573b-97cd-ca98a65347dd",
                    "kind": "recheck",
                    "hazard_id": "0c6a3f0e-6d0c-4bb2-8a8f-2f8a3f1c9d55",
                    "inspection_id": None,
                    "text": "经复查，防护罩已安装牢固，同意销号。",
                    "office_name": "网格员王",
                    "office_signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b",
                    "enterprise_name": "企业钱",
                    "enterprise_signature": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076db",
                    "signed_at": "2026-11-23T02:40:00Z",
                    "kept_by": "网格员王",
                }
            ]
        }
    )

    id: UUID
    kind: str
    hazard_id: UUID | None
    inspection_id: UUID | None
    text: str
    office_name: str
    office_signature: str = Field(description="SHA-256 of the drawn signature.")
    enterprise_name: str
    enterprise_signature: str
    signed_at: datetime
    kept_by: str


def read_record(row: SignedRecordRow) -> RecordRead:
    """Return a signed record as it goes over the wire."""
    return RecordRead(
        id=row.id,
        kind=row.kind,
        hazard_id=row.hazard_id,
        inspection_id=row.inspection_id,
        text=row.text,
        office_name=row.office_name,
        office_signature=row.office_signature,
        enterprise_name=row.enterprise_name,
        enterprise_signature=row.enterprise_signature,
        signed_at=row.signed_at,
        kept_by=row.kept_by,
    )
