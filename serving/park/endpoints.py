"""Accidents, targets, talks, experts and emergency plans."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import ParkReader, ParkWriter, Parts, PartsDep, ReaderDep, SessionDep
from serving.park import service
from serving.park.schemas import (
    AccidentRead,
    Candidate,
    ExpertRead,
    NewAccident,
    NewExpert,
    NewPlan,
    NewTalk,
    PlanRead,
    TalkChange,
    TalkRead,
    YearRead,
    read_accident,
    read_expert,
    read_plan,
    read_talk,
)
from wsai.errors import Conflict, InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.supervision import ParkRepository
from wsai.storage.tables import AccidentRow, ExpertRow, PlanRow, TalkRow

router = APIRouter(prefix="/park", tags=["park"])
YearNumber = Annotated[int | None, Query(ge=2000, le=2100)]


@router.get("/year")
def show_year(
    _actor: ParkReader, session: ReaderDep, parts: PartsDep, year: YearNumber = None
) -> YearRead:
    """Return a year of the park against its targets."""
    return service.year_of_the_park(session, year or parts.books().today.year)


@router.get("/accidents")
def list_accidents(
    actor: ParkReader, session: ReaderDep, parts: PartsDep, year: YearNumber = None
) -> list[AccidentRead]:
    """Return the accidents of a year, newest first."""
    wanted = year or parts.books().today.year
    rows = ParkRepository(session).accidents(date(wanted, 1, 1), date(wanted, 12, 31), actor.sight)
    return [read_accident(row, name) for row, name in rows]


@router.post("/accidents", status_code=HTTPStatus.CREATED)
def record_accident(
    asked: NewAccident, actor: ParkWriter, session: SessionDep, parts: PartsDep
) -> AccidentRead:
    """Record an accident."""
    books = parts.books()
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    if asked.happened_on > books.today:
        raise InvalidRequest(f"happened_on: {asked.happened_on} has not come yet")
    row = ParkRepository(session).add(
        AccidentRow(**asked.model_dump(), recorded_by=actor.name, recorded_at=books.now)
    )
    _note(session, parts, actor, "accident.recorded", f"accident:{row.id}", owner.name)
    return read_accident(row, owner.name)


@router.get("/talks/candidates")
def list_candidates(actor: ParkReader, session: ReaderDep, parts: PartsDep) -> list[Candidate]:
    """Return who is to be invited to a talk by rule, and why."""
    return service.candidates(session, actor.sight, parts.books())


@router.get("/talks")
def list_talks(actor: ParkReader, session: ReaderDep) -> list[TalkRead]:
    """Return all talks, newest first."""
    return [read_talk(row, name) for row, name in ParkRepository(session).talks(actor.sight)]


@router.post("/talks", status_code=HTTPStatus.CREATED)
def invite(asked: NewTalk, actor: ParkWriter, session: SessionDep, parts: PartsDep) -> TalkRead:
    """Invite those responsible for an enterprise to a talk."""
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    row = ParkRepository(session).add(
        TalkRow(
            enterprise_id=owner.id,
            reasons=list(asked.reasons),
            invited_for=asked.invited_for,
            status="invited",
            made_by=actor.name,
            made_at=parts.clock.now(),
        )
    )
    _note(session, parts, actor, "talk.invited", f"talk:{row.id}", owner.name)
    return read_talk(row, owner.name)


@router.patch("/talks/{talk_id}")
def write_talk(
    talk_id: UUID, asked: TalkChange, actor: ParkWriter, session: SessionDep, parts: PartsDep
) -> TalkRead:
    """Write down what was said, then what came of it; nothing is written over."""
    row = ParkRepository(session).talk(talk_id, actor.sight)
    if asked.record is not None:
        if row.record is not None:
            raise Conflict("the record of this talk is written already")
        row.record, row.status = asked.record, "held"
    if asked.follow_up is not None:
        if row.record is None:
            raise InvalidRequest("record: write down what was said first")
        if row.follow_up is not None:
            raise Conflict("the follow-up of this talk is written already")
        row.follow_up, row.status = asked.follow_up, "followed-up"
    session.flush()
    owner = EnterpriseRepository(session).get(row.enterprise_id)
    _note(session, parts, actor, f"talk.{row.status}", f"talk:{row.id}", owner.name)
    return read_talk(row, owner.name)


@router.get("/experts")
def list_experts(_actor: ParkReader, session: ReaderDep) -> list[ExpertRead]:
    """Return all experts by name."""
    return [read_expert(row) for row in ParkRepository(session).experts()]


@router.post("/experts", status_code=HTTPStatus.CREATED)
def add_expert(
    asked: NewExpert, actor: ParkWriter, session: SessionDep, parts: PartsDep
) -> ExpertRead:
    """Add an expert."""
    row = ParkRepository(session).add(ExpertRow(**asked.model_dump(), active=True))
    _note(session, parts, actor, "expert.added", f"expert:{row.id}", row.name)
    return read_expert(row)


@router.get("/plans")
def list_plans(
    actor: ParkReader,
    session: ReaderDep,
    parts: PartsDep,
    due_within_days: Annotated[int | None, Query(ge=0, le=3650)] = None,
) -> list[PlanRead]:
    """Return emergency plans; those with a review or drill due within some days, if asked."""
    due = None
    if due_within_days is not None:
        due = parts.books().today + timedelta(days=due_within_days)
    rows = ParkRepository(session).plans(actor.sight, due_by=due)
    return [read_plan(row, name) for row, name in rows]


@router.post("/plans", status_code=HTTPStatus.CREATED)
def add_plan(asked: NewPlan, actor: ParkWriter, session: SessionDep, parts: PartsDep) -> PlanRead:
    """Add an emergency plan of an enterprise."""
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    if min(asked.review_due, asked.drill_due) < asked.filed_on:
        raise InvalidRequest("review_due and drill_due: not before the plan was filed")
    row = ParkRepository(session).add(PlanRow(**asked.model_dump()))
    _note(session, parts, actor, "plan.filed", f"plan:{row.id}", owner.name)
    return read_plan(row, owner.name)


def _note(
    session: Session, parts: Parts, actor: Actor, action: str, subject: str, name: str
) -> None:
    AuditLog(session).append(
        at=parts.clock.now(),
        actor=actor.name,
        action=action,
        subject=subject,
        details={"name": name},
    )
