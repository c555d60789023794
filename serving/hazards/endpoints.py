"""Reading the ledger."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from serving.dependencies import ActorDep, LangDep, PartsDep, ReaderDep
from serving.etags import tagged
from serving.hazards.schemas import HazardPage, HazardRead, read_hazard
from serving.paging import cursor_of, read_cursor
from serving.texts import Text
from wsai.storage.hazards import HazardFilter, HazardRepository

router = APIRouter(prefix="/hazards", tags=["hazards"])


@router.get("")
def list_hazards(
    _actor: ActorDep,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
    status: Text | None = None,
    code: Text | None = None,
    site: Text | None = None,
    severity: Literal["general", "serious", "major"] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> HazardPage:
    """Return records, newest first; ``next`` is the cursor of the following page."""
    wanted = HazardFilter(status, code, site, severity)
    rows = HazardRepository(session).page(wanted, limit=limit + 1, after=read_cursor(cursor))
    more = rows[limit - 1] if len(rows) > limit else None
    return HazardPage(
        items=[read_hazard(row, catalogue=parts.catalogue, lang=lang) for row in rows[:limit]],
        next=cursor_of(more.confirmed_at, more.id) if more else None,
    )


@router.get("/{hazard_id}", response_model=HazardRead)
def show_hazard(
    hazard_id: UUID,
    request: Request,
    _actor: ActorDep,
    session: ReaderDep,
    parts: PartsDep,
    lang: LangDep,
) -> Response:
    """Return one record."""
    row = HazardRepository(session).get(hazard_id)
    return tagged(request, read_hazard(row, catalogue=parts.catalogue, lang=lang))
