"""Documents: made, listed, fetched."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import DocumentReader, HazardActor, PartsDep, ReaderDep, SessionDep
from serving.documents.schemas import DocumentRead, NewDocument, read_document
from serving.documents.service import make
from wsai.documents.write import MEDIA_TYPE, Form
from wsai.errors import InvalidRequest
from wsai.storage.documents import DocumentRepository
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.hazards import HazardRepository
from wsai.storage.inspections import InspectionRepository
from wsai.storage.tables import DocumentRow

router = APIRouter(prefix="/documents", tags=["documents"])


@router.get("")
def list_documents(
    actor: DocumentReader,
    session: ReaderDep,
    hazard_id: UUID | None = None,
    inspection_id: UUID | None = None,
    enterprise_id: UUID | None = None,
) -> list[DocumentRead]:
    """Return the documents about a hazard, an inspection or an enterprise, newest first."""
    if hazard_id is not None:
        HazardRepository(session).get(hazard_id, actor.sight)
    elif inspection_id is not None:
        InspectionRepository(session).get(inspection_id, actor.sight)
    elif enterprise_id is not None:
        EnterpriseRepository(session).get(enterprise_id, actor.sight)
    else:
        raise InvalidRequest("name a hazard_id, an inspection_id or an enterprise_id")
    rows = DocumentRepository(session).about(
        hazard=hazard_id, inspection=inspection_id, enterprise=enterprise_id
    )
    return [read_document(row) for row in rows]


@router.post("", status_code=HTTPStatus.CREATED)
def make_document(
    asked: NewDocument, actor: HazardActor, session: SessionDep, parts: PartsDep
) -> DocumentRead:
    """Make a document; its number is the next of its kind and year."""
    return read_document(make(session, parts, asked, actor=actor, books=parts.books()))


@router.get("/{document_id}/file", response_class=Response)
def fetch_document(
    document_id: UUID, actor: DocumentReader, session: ReaderDep, parts: PartsDep
) -> Response:
    """Return the file as it was made."""
    row = _seen(session, document_id, actor)
    form = Form(row.form)
    headers = {
        "Content-Disposition": f'attachment; filename="{row.kind}-{row.year}-{row.serial}.{form}"'
    }
    data = parts.files.original(row.sha256)
    return Response(data, media_type=MEDIA_TYPE[form], headers=headers)


def _seen(session: Session, document_id: UUID, actor: Actor) -> DocumentRow:
    """Return a document about something that the asker sees.

    Raises:
        NotFound: There is none.
    """
    row = DocumentRepository(session).get(document_id)
    if row.hazard_id is not None:
        HazardRepository(session).get(row.hazard_id, actor.sight)
    elif row.inspection_id is not None:
        InspectionRepository(session).get(row.inspection_id, actor.sight)
    elif row.enterprise_id is not None:
        EnterpriseRepository(session).get(row.enterprise_id, actor.sight)
    return row
