"""Inspections: planned, begun, answered, signed, finished."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import (
    InspectionReader,
    InspectionWriter,
    LangDep,
    Parts,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.etags import check_version, tagged
from serving.hazards.endpoints import VERSIONED, IfMatch
from serving.inspections import service
from serving.inspections.schemas import (
    Answers,
    Finish,
    InspectionKind,
    InspectionPage,
    InspectionRead,
    InspectionSheet,
    NewInspection,
    read_inspection,
)
from serving.paging import date_cursor_of, read_date_cursor
from wsai.storage.inspections import InspectionFilter, InspectionRepository
from wsai.storage.tables import InspectionRow

router = APIRouter(prefix="/inspections", tags=["inspections"])


@router.get("")
def list_inspections(
    actor: InspectionReader,
    session: ReaderDep,
    parts: PartsDep,
    status: Literal["planned", "running", "finished", "cancelled"] | None = None,
    kind: InspectionKind | None = None,
    enterprise_id: UUID | None = None,
    campaign_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> InspectionPage:
    """Return inspections, the latest planned first."""
    wanted = InspectionFilter(status, kind, enterprise_id, campaign_id, actor.sight)
    rows = InspectionRepository(session).page(
        wanted, limit=limit + 1, after=read_date_cursor(cursor)
    )
    more = rows[limit - 1] if len(rows) > limit else None
    return InspectionPage(
        items=[read_inspection(row, parts.catalogue) for row in rows[:limit]],
        next=date_cursor_of(more.planned_for, more.id) if more else None,
    )


@router.post("", status_code=HTTPStatus.CREATED)
def plan_inspection(
    asked: NewInspection, actor: InspectionWriter, session: SessionDep, parts: PartsDep
) -> InspectionRead:
    """Plan an inspection: of an office, or of an enterprise by itself."""
    row = service.plan(session, asked, actor=actor, books=parts.books())
    return read_inspection(row, parts.catalogue)


@router.get("/{inspection_id}")
def show_inspection(
    inspection_id: UUID,
    actor: InspectionReader,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
) -> InspectionSheet:
    """Return one inspection with its checklist, answers and findings."""
    row = InspectionRepository(session).get(inspection_id, actor.sight)
    return service.sheet(session, row, parts.catalogue, lang)


@router.post("/{inspection_id}/begin", response_model=InspectionRead)
def begin_inspection(
    inspection_id: UUID,
    request: Request,
    actor: InspectionWriter,
    session: SessionDep,
    parts: PartsDep,
) -> Response:
    """Begin: from now on photos can be sent to it."""
    row = InspectionRepository(session).get(inspection_id, actor.sight)
    service.begin(session, row, actor=actor, books=parts.books())
    return tagged(request, read_inspection(row, parts.catalogue))


@router.patch("/{inspection_id}/answers", response_model=InspectionRead)
def answer_items(
    inspection_id: UUID,
    asked: Answers,
    request: Request,
    actor: InspectionWriter,
    session: SessionDep,
    parts: PartsDep,
) -> Response:
    """Answer items. Two phones may answer different items at once; no version is asked for."""
    row = InspectionRepository(session).get(inspection_id, actor.sight)
    service.answer(session, row, asked, actor=actor, books=parts.books())
    return tagged(request, read_inspection(row, parts.catalogue))


@router.post("/{inspection_id}/finish", response_model=InspectionRead, responses=VERSIONED)
def finish_inspection(
    inspection_id: UUID,
    asked: Finish,
    request: Request,
    actor: InspectionWriter,
    session: SessionDep,
    parts: PartsDep,
    if_match: IfMatch = None,
) -> Response:
    """Finish: everything answered, every hazard recorded, both sides signed."""
    del if_match
    row = _current(session, inspection_id, actor, parts, request)
    service.finish(session, row, asked, actor=actor, books=parts.books())
    return tagged(request, read_inspection(row, parts.catalogue))


@router.post("/{inspection_id}/cancel", response_model=InspectionRead, responses=VERSIONED)
def cancel_inspection(
    inspection_id: UUID,
    request: Request,
    actor: InspectionWriter,
    session: SessionDep,
    parts: PartsDep,
    if_match: IfMatch = None,
) -> Response:
    """Cancel an inspection that is not finished."""
    del if_match
    row = _current(session, inspection_id, actor, parts, request)
    service.cancel(session, row, actor=actor, books=parts.books())
    return tagged(request, read_inspection(row, parts.catalogue))


def _current(
    session: Session, inspection_id: UUID, actor: Actor, parts: Parts, request: Request
) -> InspectionRow:
    """Return an inspection, if the asker has read its present version."""
    row = InspectionRepository(session).get(inspection_id, actor.sight)
    check_version(request, read_inspection(row, parts.catalogue))
    return row
