"""What goes over the wire about documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.documents.numbering import KIND_ZH, DocumentKind
from wsai.documents.write import Form
from wsai.storage.tables import DocumentRow


class NewDocument(BaseModel):
    """Which document is to be made, and about what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "rectification-order",
                    "form": "docx",
                    "hazard_id": "0c6a3f0e-6d0c-4bb2-8a8f-2f8a3f1c9d55",
                    "accept_unverified": True,
                }
            ]
        },
    )

    kind: DocumentKind
    form: Form = Form.WORD
    hazard_id: UUID | None = None
    inspection_id: UUID | None = None
    enterprise_id: UUID | None = None
    office: Text = Field(default="sip-emergency", max_length=40)
    accept_unverified: bool = Field(
        default=False, description="Cite clauses that nobody compared, with their mark 〔未核〕."
    )


class DocumentRead(BaseModel):
    """A document that was made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "7c5e3a1b-1d98-573b-97cd-ca98a65347dd",
                    "kind": "rectification-order",
                    "kind_name": "责令限期整改指令书",
                    "form": "docx",
                    "number": "苏园应急责改〔2026〕1号",
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "hazard_id": None,
                    "inspection_id": None,
                    "enterprise_id": None,
                    "made_at": "2026-11-23T02:30:00Z",
                    "made_by": "网格员王",
                    "url": "/v1/documents/7c5e3a1b-1d98-573b-97cd-ca98a65347dd/file",
                }
            ]
        }
    )

    id: UUID
    kind: DocumentKind
    kind_name: str
    form: Form
    number: str | None
    sha256: str
    hazard_id: UUID | None
    inspection_id: UUID | None
    enterprise_id: UUID | None
    made_at: datetime
    made_by: str
    url: str


def read_document(row: DocumentRow) -> DocumentRead:
    """Return a document as it goes over the wire."""
    kind = DocumentKind(row.kind)
    return DocumentRead(
        id=row.id,
        kind=kind,
        kind_name=KIND_ZH[kind],
        form=Form(row.form),
        number=row.number,
        sha256=row.sha256,
        hazard_id=row.hazard_id,
        inspection_id=row.inspection_id,
        enterprise_id=row.enterprise_id,
        made_at=row.made_at,
        made_by=row.made_by,
        url=f"/v1/documents/{row.id}/file",
    )
