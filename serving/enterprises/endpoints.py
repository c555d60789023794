"""Enterprises: listed, written, taken in from Excel, and one page about each."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from serving.dependencies import (
    EnterpriseReader,
    EnterpriseWriter,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.enterprises import service
from serving.enterprises.schemas import (
    EnterpriseFile,
    EnterprisePage,
    EnterpriseRead,
    EnterpriseWrite,
    read_enterprise,
)
from serving.etags import check_version, tagged
from serving.grids.schemas import ImportReport
from serving.hazards.endpoints import VERSIONED, IfMatch
from serving.paging import read_text_cursor, text_cursor_of
from serving.texts import Text
from wsai.documents.enterprise_sheet import empty_sheet
from wsai.storage.enterprises import EnterpriseFilter, EnterpriseRepository
from wsai.storage.sight import grids_below

router = APIRouter(prefix="/enterprises", tags=["enterprises"])
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("")
def list_enterprises(
    actor: EnterpriseReader,
    session: ReaderDep,
    text: Annotated[Text | None, Query(max_length=120)] = None,
    grid_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> EnterprisePage:
    """Return enterprises by name; ``next`` is the cursor of the following page."""
    wanted = EnterpriseFilter(
        grids_below(session, grid_id) if grid_id else None, text or None, actor.sight
    )
    rows = EnterpriseRepository(session).page(
        wanted, limit=limit + 1, after=read_text_cursor(cursor)
    )
    more = rows[limit - 1] if len(rows) > limit else None
    return EnterprisePage(
        items=[read_enterprise(row) for row in rows[:limit]],
        next=text_cursor_of(more.name, more.id) if more else None,
    )


@router.post("", status_code=HTTPStatus.CREATED)
def add_enterprise(
    asked: EnterpriseWrite, actor: EnterpriseWriter, session: SessionDep, parts: PartsDep
) -> EnterpriseRead:
    """Add an enterprise."""
    row = service.write_enterprise(session, asked, None, actor=actor, now=parts.clock.now())
    return read_enterprise(row)


@router.get("/sheet", response_class=Response)
def fetch_sheet(_actor: EnterpriseWriter) -> Response:
    """Return the empty Excel sheet to fill in."""
    headers = {"Content-Disposition": 'attachment; filename="enterprises.xlsx"'}
    return Response(empty_sheet(), media_type=EXCEL, headers=headers)


@router.post("/import")
def import_enterprises(
    file: Annotated[UploadFile, File(description="The filled sheet, .xlsx")],
    actor: EnterpriseWriter,
    session: SessionDep,
    parts: PartsDep,
) -> ImportReport:
    """Take a filled sheet in; the answer says of every row what became of it."""
    return service.import_sheet(session, file.file.read(), actor=actor, now=parts.clock.now())


@router.get("/{enterprise_id}", response_model=EnterpriseRead)
def show_enterprise(
    enterprise_id: UUID, request: Request, actor: EnterpriseReader, session: ReaderDep
) -> Response:
    """Return one enterprise."""
    row = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    return tagged(request, read_enterprise(row))


@router.put("/{enterprise_id}", response_model=EnterpriseRead, responses=VERSIONED)
def change_enterprise(
    enterprise_id: UUID,
    asked: EnterpriseWrite,
    request: Request,
    actor: EnterpriseWriter,
    session: SessionDep,
    parts: PartsDep,
    if_match: IfMatch = None,
) -> Response:
    """Write an enterprise anew."""
    del if_match
    row = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    check_version(request, read_enterprise(row))
    row = service.write_enterprise(session, asked, row, actor=actor, now=parts.clock.now())
    return tagged(request, read_enterprise(row))


@router.get("/{enterprise_id}/file")
def show_file(
    enterprise_id: UUID, actor: EnterpriseReader, session: ReaderDep, parts: PartsDep
) -> EnterpriseFile:
    """Return 一企一档: everything about one enterprise."""
    row = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    return service.enterprise_file(session, row, parts.books())
