"""Grades of a month, lists, appeals."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from serving.dependencies import (
    Appellant,
    GradingReader,
    GradingWriter,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.grading import service
from serving.grading.schemas import (
    AppealDecision,
    AppealRead,
    Graded,
    GradeMonth,
    GradePage,
    ListDecision,
    NewAppeal,
    Remedy,
    Standing,
    read_appeal,
    read_change,
    read_grade,
)
from wsai.errors import InvalidRequest
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.supervision import AssessmentRepository, month_of
from wsai.supervision.grading import LIST_ZH, ListName, ways_down

router = APIRouter(tags=["grading"])
GRADES_SHOWN = 24


@router.post("/grades", status_code=HTTPStatus.CREATED)
def grade_all(
    asked: GradeMonth, actor: GradingWriter, session: SessionDep, parts: PartsDep
) -> Graded:
    """Grade every enterprise for a month, once."""
    books = parts.books()
    month = month_of(asked.month or books.today)
    if month > books.today:
        raise InvalidRequest(f"month: {month} has not begun")
    return service.grade_month(session, month, by=actor.name, books=books)


@router.get("/grades")
def list_grades(
    actor: GradingReader,
    session: ReaderDep,
    month: date | None = None,
    listed: Annotated[int | None, Query(ge=0, le=2)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> GradePage:
    """Return the grades of a month (the newest if left out), the worst first."""
    assessments = AssessmentRepository(session)
    wanted = month_of(month) if month else assessments.last_month()
    if wanted is None:
        return GradePage(items=[], next=None)
    rows = assessments.page(
        wanted, actor.sight, listed=listed, limit=limit + 1, after=_read_cursor(cursor)
    )
    more = rows[limit - 1][0] if len(rows) > limit else None
    return GradePage(
        items=[read_grade(row, name) for row, name in rows[:limit]],
        next=_cursor_of(more.total, more.id) if more else None,
    )


@router.get("/enterprises/{enterprise_id}/grading")
def show_standing(enterprise_id: UUID, actor: GradingReader, session: ReaderDep) -> Standing:
    """Return where an enterprise stands, and what would move it off its list."""
    row = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    assessments = AssessmentRepository(session)
    grades = assessments.history(row.id, limit=GRADES_SHOWN)
    changes = assessments.changes(row.id)
    listed = ListName(changes[0].after) if changes else ListName.NONE
    ways = ways_down(service.facts_from(grades[0].facts)) if grades else []
    return Standing(
        listed=int(listed),
        list_name=LIST_ZH[listed],
        grades=[read_grade(grade, row.name) for grade in grades],
        changes=[read_change(change) for change in changes],
        remedies=[
            Remedy(zh=zh, total=score.total, list_name=LIST_ZH[score.asks_for])
            for zh, score in ways
        ],
    )


@router.post("/enterprises/{enterprise_id}/leave-list", status_code=HTTPStatus.NO_CONTENT)
def leave_list(
    enterprise_id: UUID,
    asked: ListDecision,
    actor: GradingWriter,
    session: SessionDep,
    parts: PartsDep,
) -> None:
    """Agree that an enterprise leaves its list, where its scores allow it."""
    row = EnterpriseRepository(session).get(enterprise_id, actor.sight)
    service.leave_list(session, row, asked.reason, actor=actor, now=parts.clock.now())


@router.post("/grades/{grade_id}/appeal", status_code=HTTPStatus.CREATED)
def appeal_against(
    grade_id: UUID, asked: NewAppeal, actor: Appellant, session: SessionDep, parts: PartsDep
) -> AppealRead:
    """Appeal against a grade."""
    row = AssessmentRepository(session).get(grade_id, actor.sight)
    return read_appeal(
        service.appeal(session, row, asked.reason, actor=actor, now=parts.clock.now())
    )


@router.get("/appeals")
def list_appeals(
    actor: GradingReader, session: ReaderDep, undecided: bool = False
) -> list[AppealRead]:
    """Return appeals, the oldest first."""
    return [
        read_appeal(row)
        for row in AssessmentRepository(session).appeals(actor.sight, undecided=undecided)
    ]


@router.post("/appeals/{appeal_id}/decide")
def decide_appeal(
    appeal_id: UUID,
    asked: AppealDecision,
    actor: GradingWriter,
    session: SessionDep,
    parts: PartsDep,
) -> AppealRead:
    """Decide an appeal."""
    row = AssessmentRepository(session).appeal_of(appeal_id, actor.sight)
    decided = service.decide_appeal(
        session,
        row,
        outcome=asked.outcome,
        answer=asked.answer,
        actor=actor,
        now=parts.clock.now(),
    )
    return read_appeal(decided)


def _cursor_of(total: float, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{total!r}|{row_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> tuple[float, UUID] | None:
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        total, _, row_id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        return float(total), UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest("cursor: take it from the field next of the page before.") from error
