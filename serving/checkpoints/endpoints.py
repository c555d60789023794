"""Checkpoints: listed, scanned, written, and their QR codes to print."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request, Response

from serving.checkpoints import service
from serving.checkpoints.schemas import (
    CheckpointChange,
    CheckpointRead,
    NewCheckpoint,
    read_checkpoint,
)
from serving.dependencies import (
    CheckpointWriter,
    EnterpriseReader,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.etags import check_version, tagged
from serving.hazards.endpoints import VERSIONED, IfMatch
from serving.texts import Text
from wsai.documents.qr_sheet import Label, qr_sheet
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.inspections import CheckpointRepository

router = APIRouter(prefix="/checkpoints", tags=["checkpoints"])


@router.get("")
def list_checkpoints(
    enterprise_id: UUID, actor: EnterpriseReader, session: ReaderDep
) -> list[CheckpointRead]:
    """Return the checkpoints of an enterprise."""
    owner = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    return [read_checkpoint(row) for row in CheckpointRepository(session).of(owner.id)]


@router.get("/scanned/{code}")
def scanned(code: Text, actor: EnterpriseReader, session: ReaderDep) -> CheckpointRead:
    """Return the checkpoint whose QR code says this."""
    return read_checkpoint(CheckpointRepository(session).scanned(code, actor.sight))


@router.get("/sheet", response_class=Response)
def print_sheet(
    enterprise_id: UUID,
    request: Request,
    actor: EnterpriseReader,
    session: ReaderDep,
    parts: PartsDep,
) -> Response:
    """Return the QR codes of an enterprise's checkpoints as a PDF to print."""
    owner = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    base = str(request.base_url).rstrip("/")
    labels = [
        Label(name=row.name, place=row.place or owner.name, url=f"{base}/#checkpoint={row.token}")
        for row in CheckpointRepository(session).of(owner.id)
    ]
    data = qr_sheet(labels, dated=parts.books().today)
    headers = {"Content-Disposition": 'attachment; filename="checkpoints.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


@router.post("", status_code=HTTPStatus.CREATED)
def add_checkpoint(
    asked: NewCheckpoint, actor: CheckpointWriter, session: SessionDep, parts: PartsDep
) -> CheckpointRead:
    """Add a checkpoint; its QR code is made with it."""
    row = service.add_checkpoint(session, asked, actor=actor, now=parts.clock.now())
    return read_checkpoint(row)


@router.get("/{checkpoint_id}", response_model=CheckpointRead)
def show_checkpoint(
    checkpoint_id: UUID, request: Request, actor: EnterpriseReader, session: ReaderDep
) -> Response:
    """Return one checkpoint."""
    row = CheckpointRepository(session).get(checkpoint_id, actor.sight)
    return tagged(request, read_checkpoint(row))


@router.patch("/{checkpoint_id}", response_model=CheckpointRead, responses=VERSIONED)
def change_checkpoint(
    checkpoint_id: UUID,
    asked: CheckpointChange,
    request: Request,
    actor: CheckpointWriter,
    session: SessionDep,
    parts: PartsDep,
    if_match: IfMatch = None,
) -> Response:
    """Change a checkpoint: its name, place, baseline photos or zones."""
    del if_match
    row = CheckpointRepository(session).get(checkpoint_id, actor.sight)
    check_version(request, read_checkpoint(row))
    service.change_checkpoint(session, row, asked, actor=actor, now=parts.clock.now())
    return tagged(request, read_checkpoint(row))
