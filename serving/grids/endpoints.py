"""Grids: the tree, its boundaries, and where a point lies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from serving.dependencies import GridReader, GridWriter, PartsDep, ReaderDep, SessionDep
from serving.grids.schemas import (
    GridCollection,
    GridRead,
    ImportedRow,
    ImportReport,
    NewGrid,
    read_grid,
    report_of,
)
from wsai.errors import InvalidRequest, NotFound, WsaiError
from wsai.storage.access import AccessRepository
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import GridRepository
from wsai.supervision.access import OFFICE
from wsai.supervision.grids import Grid, read_boundary

router = APIRouter(prefix="/grids", tags=["grids"])


@router.get("")
def list_grids(actor: GridReader, session: ReaderDep) -> list[GridRead]:
    """Return the grids that the asker works for, those above left out, with their people."""
    rows = GridRepository(session).all()
    people: dict[UUID, list[dict[str, str]]] = {}
    if actor.role in OFFICE or actor.sight.everything:
        for account in AccessRepository(session).accounts():
            if account.grid_id is not None and account.disabled_at is None:
                person = {"name": account.name, "role": account.role}
                people.setdefault(account.grid_id, []).append(person)
    mine = actor.sight.grids
    return [
        read_grid(row, people.get(row.id, [])) for row in rows if mine is None or row.id in mine
    ]


@router.get("/at")
def grid_at(
    _actor: GridReader,
    session: ReaderDep,
    longitude: Annotated[float, Query(ge=-180, le=180)],
    latitude: Annotated[float, Query(ge=-90, le=90)],
) -> GridRead:
    """Return the deepest grid in which a point lies."""
    repository = GridRepository(session)
    key = repository.tree().at(longitude, latitude)
    if key is None:
        raise NotFound("grid at", f"{longitude}, {latitude}")
    return read_grid(repository.get(UUID(key)), [])


@router.post("", status_code=HTTPStatus.CREATED)
def add_grid(asked: NewGrid, actor: GridWriter, session: SessionDep, parts: PartsDep) -> GridRead:
    """Add a grid."""
    now = parts.clock.now()
    boundary = read_boundary(asked.boundary) if asked.boundary else None
    row = GridRepository(session).add(Grid(asked.code, asked.parent, asked.name, boundary), at=now)
    AuditLog(session).append(
        at=now, actor=actor.name, action="grid.added", subject=f"grid:{row.code}"
    )
    return read_grid(row, [])


@router.post("/import")
def import_grids(
    asked: GridCollection, actor: GridWriter, session: SessionDep, parts: PartsDep
) -> ImportReport:
    """Take a GeoJSON file in; parents come before their children, a known code is redrawn."""
    if asked.type != "FeatureCollection":
        raise InvalidRequest("type: a FeatureCollection, one feature for each grid")
    now, repository, rows = parts.clock.now(), GridRepository(session), []
    for number, feature in enumerate(asked.features, start=1):
        said = feature.get("properties") or {}
        code, name = str(said.get("code") or "").strip(), str(said.get("name") or "").strip()
        parent = str(said["parent"]).strip() if said.get("parent") else None
        try:
            with session.begin_nested():
                if not code or not name:
                    raise InvalidRequest("properties: code and name are needed")
                grid = Grid(code, parent, name, read_boundary(feature))
                outcome = repository.put(grid, at=now)
        except WsaiError as error:
            rows.append(
                ImportedRow(row=number, name=name or code, outcome="refused", problem=str(error))
            )
        else:
            rows.append(ImportedRow(row=number, name=name, outcome=outcome))
    report = report_of(rows, repository.tree().complaints())
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="grid.imported",
        subject="grids",
        details=report.model_dump(include={"added", "changed", "same", "refused"}),
    )
    return report
