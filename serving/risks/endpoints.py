"""The risk register: lines in force, assessed again, and which are due."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import (
    EnterpriseReader,
    PartsDep,
    ReaderDep,
    RiskWriter,
    SessionDep,
)
from serving.findings.service import Books
from serving.risks.schemas import NewRisk, RiskDue, RiskRead, RiskWrite, read_risk
from wsai.errors import Conflict, InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.supervision import RiskRepository
from wsai.storage.tables import RiskPointRow
from wsai.supervision.lec import Lec

router = APIRouter(prefix="/risks", tags=["risks"])
REVIEW_DAYS = 365


@router.get("")
def list_risks(enterprise_id: UUID, actor: EnterpriseReader, session: ReaderDep) -> list[RiskRead]:
    """Return the lines in force of an enterprise, the worst first."""
    owner = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    return [read_risk(row) for row in RiskRepository(session).in_force(owner.id)]


@router.get("/due")
def list_due(
    actor: EnterpriseReader,
    session: ReaderDep,
    parts: PartsDep,
    within_days: Annotated[int, Query(ge=0, le=730)] = 30,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[RiskDue]:
    """Return the lines to be assessed again within some days, the oldest first."""
    last = parts.books().today + timedelta(days=within_days)
    return [
        RiskDue(
            id=row.id,
            enterprise_id=row.enterprise_id,
            enterprise=name,
            name=row.name,
            review_due=row.review_due,
        )
        for row, name in RiskRepository(session).due(last, actor.sight, limit=limit)
    ]


@router.post("", status_code=HTTPStatus.CREATED)
def add_risk(asked: NewRisk, actor: RiskWriter, session: SessionDep, parts: PartsDep) -> RiskRead:
    """Add a line to the register of an enterprise."""
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    return read_risk(_add(session, owner.id, asked, None, actor, parts.books()))


@router.post("/{risk_id}/assess", status_code=HTTPStatus.CREATED)
def assess_again(
    risk_id: UUID, asked: RiskWrite, actor: RiskWriter, session: SessionDep, parts: PartsDep
) -> RiskRead:
    """Assess a line again: the present one ends, and a new one begins."""
    row = RiskRepository(session).get(risk_id, actor.sight)
    if row.effective_to is not None:
        raise Conflict(f"this line ended on {row.effective_to}; assess the one in force")
    books = parts.books()
    begins = asked.effective_from or books.today
    if begins < row.effective_from:
        raise InvalidRequest(f"effective_from: the present line begins on {row.effective_from}")
    row.effective_to = begins
    session.flush()
    return read_risk(_add(session, row.enterprise_id, asked, row.id, actor, books))


def _add(
    session: Session,
    owner: UUID,
    asked: RiskWrite,
    supersedes: UUID | None,
    actor: Actor,
    books: Books,
) -> RiskPointRow:
    lec = Lec(asked.likelihood, asked.exposure, asked.consequence)
    begins: date = asked.effective_from or books.today
    due = asked.review_due or begins + timedelta(days=REVIEW_DAYS)
    if due <= begins:
        raise InvalidRequest(f"review_due: {due} is not after {begins}")
    row = RiskRepository(session).add(
        RiskPointRow(
            enterprise_id=owner,
            name=asked.name.strip(),
            place=asked.place.strip(),
            accident_type=asked.accident_type,
            likelihood=asked.likelihood,
            exposure=asked.exposure,
            consequence=asked.consequence,
            score=lec.score,
            colour=lec.colour.value,
            measures=asked.measures,
            department=asked.department,
            person=asked.person,
            effective_from=begins,
            review_due=due,
            assessed_by=actor.name,
            supersedes=supersedes,
        )
    )
    AuditLog(session).append(
        at=books.now,
        actor=actor.name,
        action="risk.assessed",
        subject=f"risk:{row.id}",
        details={"name": row.name, "lec": lec.explained()},
    )
    return row
