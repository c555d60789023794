"""Records that both sides signed: kept and read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import HazardActor, HazardReader, PartsDep, ReaderDep, SessionDep
from serving.records.schemas import NewRecord, RecordRead, read_record
from serving.records.service import keep_record
from wsai.storage.hazards import HazardRepository
from wsai.storage.inspections import InspectionRepository
from wsai.storage.notices import SignedRecordRepository
from wsai.storage.tables import SignedRecordRow

router = APIRouter(prefix="/records", tags=["records"])


@router.post("", status_code=HTTPStatus.CREATED)
def sign_record(
    asked: NewRecord, actor: HazardActor, session: SessionDep, parts: PartsDep
) -> RecordRead:
    """Keep a record with both drawn signatures."""
    row = keep_record(session, parts.files, asked, actor=actor, now=parts.clock.now())
    return read_record(row)


@router.get("/{record_id}")
def show_record(record_id: UUID, actor: HazardReader, session: ReaderDep) -> RecordRead:
    """Return one record."""
    return read_record(_seen(session, record_id, actor))


@router.get("/{record_id}/signatures/{side}", response_class=Response)
def show_signature(
    record_id: UUID,
    side: Literal["office", "enterprise"],
    actor: HazardReader,
    session: ReaderDep,
    parts: PartsDep,
) -> Response:
    """Return one drawn signature as PNG."""
    row = _seen(session, record_id, actor)
    digest = row.office_signature if side == "office" else row.enterprise_signature
    return Response(parts.files.original(digest), media_type="image/png")


def _seen(session: Session, record_id: UUID, actor: Actor) -> SignedRecordRow:
    """Return a record whose hazard or inspection the asker sees.

    Raises:
        NotFound: There is none.
    """
    row = SignedRecordRepository(session).get(record_id)
    if row.hazard_id is not None:
        HazardRepository(session).get(row.hazard_id, actor.sight)
    if row.inspection_id is not None:
        InspectionRepository(session).get(row.inspection_id, actor.sight)
    return row
