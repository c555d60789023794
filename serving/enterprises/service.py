"""Writing enterprises, taking in their sheet, and one page about each (一企一档)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.enterprises.schemas import (
    EnterpriseFile,
    EnterpriseWrite,
    FileCounts,
    Profile,
    read_enterprise,
)
from serving.findings.service import Books
from serving.grids.schemas import ImportedRow, ImportReport, report_of
from wsai.documents.enterprise_sheet import read_sheet
from wsai.errors import Forbidden, InvalidRequest, WsaiError
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import EnterpriseRepository, GridRepository, enterprise_of
from wsai.storage.hazards import HazardFilter, HazardRepository
from wsai.storage.inspections import CheckpointRepository, InspectionFilter, InspectionRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.statistics import StatisticsRepository
from wsai.storage.supervision import (
    AssessmentRepository,
    ParkRepository,
    RiskRepository,
)
from wsai.storage.tables import EnterpriseRow
from wsai.supervision.enterprises import Enterprise
from wsai.supervision.grading import read_rules
from wsai.supervision.grids import GridTree

HAZARDS_SHOWN, INSPECTIONS_SHOWN, GRADES_SHOWN = 20, 10, 12


def grid_of(
    session: Session, named: UUID | None, what: Enterprise, tree: GridTree | None = None
) -> UUID | None:
    """Return the grid that an enterprise lies in: as named, else where its place is.

    Raises:
        NotFound: There is no such grid.
    """
    grids = GridRepository(session)
    if named is not None:
        return grids.get(named).id
    if what.longitude is None or what.latitude is None:
        return None
    key = (tree or grids.tree()).at(what.longitude, what.latitude)
    return UUID(key) if key else None


def check_profile(profile: Profile) -> dict[str, Any]:
    """Return a profile as it is kept.

    Raises:
        InvalidRequest: A source or process is not in the grading configuration.
    """
    rules = read_rules()
    for what, given, known in (
        ("sources", profile.sources, rules.sources.points),
        ("processes", profile.processes, rules.process.points),
    ):
        if strange := sorted(set(given) - set(known)):
            raise InvalidRequest(f"{what}: {strange[0]} is none of {', '.join(known)}")
    return profile.model_dump(mode="json")


def _check_mine(actor: Actor, grid_id: UUID | None) -> None:
    if not actor.sight.covers(grid=grid_id, enterprise=None):
        raise Forbidden("The enterprise would lie outside of your grids.")


def write_enterprise(
    session: Session,
    asked: EnterpriseWrite,
    row: EnterpriseRow | None,
    *,
    actor: Actor,
    now: datetime,
) -> EnterpriseRow:
    """Add an enterprise, or write the given one anew.

    Raises:
        Conflict: Another one has the credit code, or somebody else changed it meanwhile.
        Forbidden: It would lie outside of the actor's grids.
        InvalidRequest: A value cannot be.
        NotFound: The grid or a plan's photo is not there.
    """
    what = asked.enterprise()
    grid_id = grid_of(session, asked.grid_id, what)
    _check_mine(actor, grid_id)
    for plan in asked.plans:
        PhotoRepository(session).get(plan.photo_id, actor.sight)
    profile = check_profile(asked.profile)
    enterprises, action = EnterpriseRepository(session), "enterprise.changed"
    if row is None:
        row = enterprises.add(what, grid_id=grid_id, at=now)
        action = "enterprise.added"
    else:
        row = enterprises.change(row, what, grid_id=grid_id, at=now)
    row.profile, row.plans = profile, [plan.model_dump(mode="json") for plan in asked.plans]
    session.flush()
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action=action,
        subject=f"enterprise:{row.id}",
        details={"name": row.name, "credit_code": row.credit_code, "version": row.version},
    )
    return row


def import_sheet(session: Session, content: bytes, *, actor: Actor, now: datetime) -> ImportReport:
    """Take an Excel sheet of enterprises in, row by row; a bad row does not stop the others.

    Raises:
        InvalidRequest: It is no such sheet.
    """
    tree, report = GridRepository(session).tree(), []
    enterprises = EnterpriseRepository(session)
    for line in read_sheet(content):
        name = line.enterprise.name if line.enterprise else ""
        if line.enterprise is None:
            report.append(
                ImportedRow(row=line.number, name=name, outcome="refused", problem=line.problem)
            )
            continue
        try:
            with session.begin_nested():
                outcome = _put(session, enterprises, line.enterprise, tree, actor, now)
        except WsaiError as error:
            report.append(
                ImportedRow(row=line.number, name=name, outcome="refused", problem=str(error))
            )
        else:
            report.append(ImportedRow(row=line.number, name=name, outcome=outcome))
    told = report_of(report)
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="enterprise.imported",
        subject="enterprises",
        details=told.model_dump(include={"added", "changed", "same", "refused"}),
    )
    return told


def _put(
    session: Session,
    enterprises: EnterpriseRepository,
    what: Enterprise,
    tree: GridTree,
    actor: Actor,
    now: datetime,
) -> str:
    row = enterprises.by_credit_code(what.credit_code)
    if row is not None:
        _check_mine(actor, row.grid_id)
    grid_id = grid_of(session, None, what, tree)
    if grid_id is None and row is not None:
        grid_id = row.grid_id
    _check_mine(actor, grid_id)
    if row is None:
        enterprises.add(what, grid_id=grid_id, at=now)
        return "added"
    if (enterprise_of(row), row.grid_id) == (what, grid_id):
        return "same"
    enterprises.change(row, what, grid_id=grid_id, at=now)
    return "changed"


def enterprise_file(session: Session, row: EnterpriseRow, books: Books) -> EnterpriseFile:
    """Return everything about one enterprise: a fixed number of statements, however much it is."""
    hazards, mine = HazardRepository(session), HazardFilter(enterprise=row.id)
    newest = hazards.page(mine, limit=HAZARDS_SHOWN, after=None)
    inspections = InspectionRepository(session).page(
        InspectionFilter(enterprise=row.id), limit=INSPECTIONS_SHOWN, after=None
    )
    park = ParkRepository(session)
    counted = StatisticsRepository(session).standing(row.id, books.today)
    return EnterpriseFile(
        enterprise=read_enterprise(row),
        grid=GridRepository(session).get(row.grid_id).name if row.grid_id else None,
        counts=FileCounts(
            open=counted.open,
            overdue=counted.overdue,
            closed=counted.closed,
            major_open=counted.major_open,
        ),
        hazards=[
            {
                "id": h.id,
                "number": h.number,
                "code": h.code,
                "name": books.catalogue.hazard(h.code).name("zh"),
                "severity": h.severity,
                "status": h.status,
                "found_on": h.found_on,
                "deadline": h.deadline,
                "closed_on": h.closed_on,
            }
            for h in newest
        ],
        inspections=[
            {
                "id": i.id,
                "kind": i.kind,
                "status": i.status,
                "checklist": i.checklist,
                "planned_for": i.planned_for,
            }
            for i in inspections
        ],
        checkpoints=[
            {"id": c.id, "name": c.name, "place": c.place}
            for c in CheckpointRepository(session).of(row.id)
        ],
        risks=[
            {
                "id": r.id,
                "name": r.name,
                "place": r.place,
                "score": r.score,
                "colour": r.colour,
                "review_due": r.review_due,
            }
            for r in RiskRepository(session).in_force(row.id)
        ],
        grades=[
            {"month": a.month, "total": a.total, "colour": a.colour, "listed": a.listed}
            for a in AssessmentRepository(session).history(row.id, limit=GRADES_SHOWN)
        ],
        accidents=[
            {
                "happened_on": a.happened_on,
                "type": a.type_old,
                "deaths": a.deaths,
                "injuries": a.injuries,
            }
            for a in park.accidents_of(row.id)
        ],
        plans=[
            {"name": p.name, "review_due": p.review_due, "drill_due": p.drill_due}
            for p in park.plans_of(row.id)
        ],
        written_on=books.today,
    )
