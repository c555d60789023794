"""Risk register, grades, lists and the year of the park as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, case, func, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wsai.errors import Conflict, NotFound
from wsai.ledger.machine import WAITS
from wsai.storage.sight import seen_enterprises
from wsai.storage.tables import (
    AccidentRow,
    AppealRow,
    AssessmentRow,
    Base,
    EnterpriseRow,
    ExpertRow,
    HazardRow,
    HazardStepRow,
    ListChangeRow,
    PlanRow,
    RiskPointRow,
    TalkRow,
)
from wsai.supervision.access import Sight

YEAR = timedelta(days=365)
Kept = TypeVar("Kept", bound=Base)


class RiskRepository:
    """Reads and writes risk points; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: RiskPointRow) -> RiskPointRow:
        """Add a line of a register."""
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, risk_id: UUID, sight: Sight) -> RiskPointRow:
        """Return one line.

        Raises:
            NotFound: There is none with this id, or its enterprise is not seen.
        """
        row = self._session.get(RiskPointRow, risk_id)
        owner = self._session.get(EnterpriseRow, row.enterprise_id) if row else None
        if (
            row is None
            or owner is None
            or not sight.covers(grid=owner.grid_id, enterprise=owner.id)
        ):
            raise NotFound("risk point", risk_id)
        return row

    def in_force(self, enterprise_id: UUID) -> list[RiskPointRow]:
        """Return the lines in force of an enterprise, the worst first."""
        query = select(RiskPointRow).where(
            RiskPointRow.enterprise_id == enterprise_id, RiskPointRow.effective_to.is_(None)
        )
        return list(
            self._session.scalars(query.order_by(RiskPointRow.score.desc(), RiskPointRow.name))
        )

    def due(self, last: date, sight: Sight, *, limit: int) -> list[tuple[RiskPointRow, str]]:
        """Return the lines to be assessed again by a day, with their enterprises, oldest first."""
        query = (
            select(RiskPointRow, EnterpriseRow.name)
            .join(EnterpriseRow, EnterpriseRow.id == RiskPointRow.enterprise_id)
            .where(RiskPointRow.effective_to.is_(None), RiskPointRow.review_due <= last)
            .order_by(RiskPointRow.review_due, RiskPointRow.id)
            .limit(limit)
        )
        found = self._session.execute(seen_enterprises(query, sight))
        return [(row, name) for row, name in found]

    def colours(self) -> dict[UUID, list[str]]:
        """Return the colours of all risk points in force, by enterprise."""
        found: dict[UUID, list[str]] = {}
        query = select(RiskPointRow.enterprise_id, RiskPointRow.colour).where(
            RiskPointRow.effective_to.is_(None)
        )
        for enterprise_id, colour in self._session.execute(query):
            found.setdefault(enterprise_id, []).append(colour)
        return found


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger says of one enterprise and one severity.

    Attributes:
        open: Records that are not closed.
        overdue: Of those, late.
        found: Within twelve months.
        late: Of those, closed after the deadline or late now.
        came_back: Of those, reopened.
        returned: Of those, with a recheck that failed.
        self_found: Of those, by the enterprise itself.
    """

    open: int
    overdue: int
    found: int
    late: int
    came_back: int
    returned: int
    self_found: int


@dataclass(frozen=True, slots=True)
class Harm:
    """Accidents of one enterprise within twelve months."""

    deaths: int
    injuries: int


class AssessmentRepository:
    """Reads and writes grades, appeals and lists, and what grades are made of; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def records(self, today: date) -> dict[tuple[UUID, str], Record]:
        """Return what the ledger says, by enterprise and severity, in one statement.

        A suspected 重大 hazard counts as serious until people have determined it.
        """
        row = HazardRow
        is_open = row.closed_on.is_(None)
        overdue = and_(is_open, row.deadline < today, row.status.not_in(WAITS))
        recent = row.found_on > today - YEAR
        late = and_(recent, or_(overdue, row.closed_on > row.deadline))
        severity = case((row.status == "suspected", "serious"), else_=row.severity)
        columns = (
            is_open,
            overdue,
            recent,
            late,
            and_(recent, row.reopened > 0),
            and_(recent, row.returns > 0),
            and_(recent, row.source == "self-check"),
        )
        query = (
            select(
                row.enterprise_id,
                severity,
                *(func.sum(case((column, 1), else_=0)) for column in columns),
            )
            .where(row.enterprise_id.is_not(None), or_(recent, is_open))
            .group_by(row.enterprise_id, severity)
        )
        return {
            (enterprise, kind): Record(*map(int, counts))
            for enterprise, kind, *counts in self._session.execute(query)
        }

    def penalised(self, since: datetime) -> set[UUID]:
        """Return the enterprises with a penalty case since a moment."""
        query = (
            select(HazardRow.enterprise_id)
            .join(HazardStepRow, HazardStepRow.hazard_id == HazardRow.id)
            .where(
                HazardStepRow.action == "penalise",
                HazardStepRow.at >= since,
                HazardRow.enterprise_id.is_not(None),
            )
            .distinct()
        )
        return {found for found in self._session.scalars(query) if found is not None}

    def harm(self, since: date) -> dict[UUID, Harm]:
        """Return deaths and injuries since a day, by enterprise."""
        query = (
            select(
                AccidentRow.enterprise_id,
                func.sum(AccidentRow.deaths),
                func.sum(AccidentRow.injuries),
            )
            .where(AccidentRow.happened_on > since)
            .group_by(AccidentRow.enterprise_id)
        )
        return {
            enterprise: Harm(int(deaths), int(injuries))
            for enterprise, deaths, injuries in self._session.execute(query)
        }

    def enterprises(self, sight: Sight) -> list[EnterpriseRow]:
        """Return all enterprises that are seen."""
        return list(self._session.scalars(seen_enterprises(select(EnterpriseRow), sight)))

    def before(self, month: date, count: int) -> dict[UUID, list[AssessmentRow]]:
        """Return the last grades of every enterprise before a month, oldest first."""
        first = month
        for _ in range(count):
            first = (first - timedelta(days=1)).replace(day=1)
        query = (
            select(AssessmentRow)
            .where(AssessmentRow.month >= first, AssessmentRow.month < month)
            .order_by(AssessmentRow.month)
        )
        found: dict[UUID, list[AssessmentRow]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.enterprise_id, []).append(row)
        return found

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add grades of a month.

        Raises:
            Conflict: One of the enterprises has its grade of that month already.
        """
        given = list(rows)
        if not given:
            return
        try:
            with self._session.begin_nested():
                self._session.execute(insert(AssessmentRow), given)
        except IntegrityError as error:
            raise Conflict("this month was graded already; a grade is never changed") from error

    def get(self, assessment_id: UUID, sight: Sight) -> AssessmentRow:
        """Return one grade.

        Raises:
            NotFound: There is none with this id, or its enterprise is not seen.
        """
        row = self._session.get(AssessmentRow, assessment_id)
        if row is None or not self._is_seen(row.enterprise_id, sight):
            raise NotFound("grade", assessment_id)
        return row

    def history(self, enterprise_id: UUID, *, limit: int) -> list[AssessmentRow]:
        """Return the grades of an enterprise, newest first."""
        query = select(AssessmentRow).where(AssessmentRow.enterprise_id == enterprise_id)
        return list(self._session.scalars(query.order_by(AssessmentRow.month.desc()).limit(limit)))

    def page(
        self,
        month: date,
        sight: Sight,
        *,
        listed: int | None,
        limit: int,
        after: tuple[float, UUID] | None,
    ) -> list[tuple[AssessmentRow, str]]:
        """Return the grades of a month with the enterprises' names, the worst first."""
        query = (
            select(AssessmentRow, EnterpriseRow.name)
            .join(EnterpriseRow, EnterpriseRow.id == AssessmentRow.enterprise_id)
            .where(AssessmentRow.month == month)
            .order_by(AssessmentRow.total.desc(), AssessmentRow.id.desc())
            .limit(limit)
        )
        query = seen_enterprises(query, sight)
        if listed is not None:
            query = query.where(AssessmentRow.listed == listed)
        if after is not None:
            query = query.where(tuple_(AssessmentRow.total, AssessmentRow.id) < tuple_(*after))
        return [(row, name) for row, name in self._session.execute(query)]

    def last_month(self) -> date | None:
        """Return the newest month that was graded."""
        return self._session.scalar(select(func.max(AssessmentRow.month)))

    def standing(self) -> dict[UUID, int]:
        """Return on which list each enterprise stands now, by its newest change."""
        newest = (
            select(
                ListChangeRow.enterprise_id,
                ListChangeRow.after,
                func.row_number()
                .over(
                    partition_by=ListChangeRow.enterprise_id,
                    order_by=(ListChangeRow.at.desc(), ListChangeRow.id),
                )
                .label("place"),
            )
        ).subquery()
        query = select(newest.c.enterprise_id, newest.c.after).where(newest.c.place == 1)
        return dict(self._session.execute(query).all())

    def change_lists(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add changes of lists."""
        given = list(rows)
        if given:
            self._session.execute(insert(ListChangeRow), given)

    def changes(self, enterprise_id: UUID) -> list[ListChangeRow]:
        """Return every change of the list of an enterprise, newest first."""
        query = select(ListChangeRow).where(ListChangeRow.enterprise_id == enterprise_id)
        return list(self._session.scalars(query.order_by(ListChangeRow.at.desc())))

    def appeal(self, row: AppealRow) -> AppealRow:
        """Add an appeal.

        Raises:
            Conflict: There is one against this grade.
        """
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict("there is an appeal against this grade already") from error
        return row

    def appeal_of(self, appeal_id: UUID, sight: Sight) -> AppealRow:
        """Return one appeal.

        Raises:
            NotFound: There is none with this id, or its enterprise is not seen.
        """
        row = self._session.get(AppealRow, appeal_id)
        if row is None or not self._is_seen(row.enterprise_id, sight):
            raise NotFound("appeal", appeal_id)
        return row

    def appeals(self, sight: Sight, *, undecided: bool) -> list[AppealRow]:
        """Return appeals, the oldest first."""
        query = select(AppealRow).join(EnterpriseRow, EnterpriseRow.id == AppealRow.enterprise_id)
        query = seen_enterprises(query, sight).order_by(AppealRow.made_at, AppealRow.id)
        if undecided:
            query = query.where(AppealRow.outcome.is_(None))
        return list(self._session.scalars(query))

    def _is_seen(self, enterprise_id: UUID, sight: Sight) -> bool:
        owner = self._session.get(EnterpriseRow, enterprise_id)
        return owner is not None and sight.covers(grid=owner.grid_id, enterprise=owner.id)


class ParkRepository:
    """Reads and writes accidents, talks, experts and emergency plans; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: Kept) -> Kept:
        """Add a row."""
        self._session.add(row)
        self._session.flush()
        return row

    def accidents(self, first: date, last: date, sight: Sight) -> list[tuple[AccidentRow, str]]:
        """Return the accidents of a period with their enterprises, newest first."""
        query = (
            select(AccidentRow, EnterpriseRow.name)
            .join(EnterpriseRow, EnterpriseRow.id == AccidentRow.enterprise_id)
            .where(AccidentRow.happened_on >= first, AccidentRow.happened_on <= last)
            .order_by(AccidentRow.happened_on.desc(), AccidentRow.id)
        )
        return [(row, name) for row, name in self._session.execute(seen_enterprises(query, sight))]

    def accidents_of(self, enterprise_id: UUID) -> list[AccidentRow]:
        """Return the accidents of an enterprise, newest first."""
        query = select(AccidentRow).where(AccidentRow.enterprise_id == enterprise_id)
        return list(self._session.scalars(query.order_by(AccidentRow.happened_on.desc())))

    def plans_of(self, enterprise_id: UUID) -> list[PlanRow]:
        """Return the emergency plans of an enterprise by name."""
        query = select(PlanRow).where(PlanRow.enterprise_id == enterprise_id)
        return list(self._session.scalars(query.order_by(PlanRow.name)))

    def plans(self, sight: Sight, *, due_by: date | None) -> list[tuple[PlanRow, str]]:
        """Return emergency plans with their enterprises; those with a day by a date first."""
        query = (
            select(PlanRow, EnterpriseRow.name)
            .join(EnterpriseRow, EnterpriseRow.id == PlanRow.enterprise_id)
            .order_by(PlanRow.drill_due, PlanRow.id)
        )
        if due_by is not None:
            query = query.where(or_(PlanRow.drill_due <= due_by, PlanRow.review_due <= due_by))
        return [(row, name) for row, name in self._session.execute(seen_enterprises(query, sight))]

    def talks(self, sight: Sight) -> list[tuple[TalkRow, str]]:
        """Return talks with their enterprises, newest first."""
        query = (
            select(TalkRow, EnterpriseRow.name)
            .join(EnterpriseRow, EnterpriseRow.id == TalkRow.enterprise_id)
            .order_by(TalkRow.invited_for.desc(), TalkRow.id)
        )
        return [(row, name) for row, name in self._session.execute(seen_enterprises(query, sight))]

    def talk(self, talk_id: UUID, sight: Sight) -> TalkRow:
        """Return one talk.

        Raises:
            NotFound: There is none with this id, or its enterprise is not seen.
        """
        row = self._session.get(TalkRow, talk_id)
        owner = self._session.get(EnterpriseRow, row.enterprise_id) if row else None
        if (
            row is None
            or owner is None
            or not sight.covers(grid=owner.grid_id, enterprise=owner.id)
        ):
            raise NotFound("talk", talk_id)
        return row

    def experts(self) -> list[ExpertRow]:
        """Return all experts by name."""
        return list(self._session.scalars(select(ExpertRow).order_by(ExpertRow.name)))

    def standardised(self, tag: str | None = None) -> dict[str, dict[str, int]]:
        """Return size and level to the number of enterprises, of all or of one tag."""
        query = select(EnterpriseRow.size, EnterpriseRow.standardisation, EnterpriseRow.tags)
        found: dict[str, dict[str, int]] = {}
        for size, level, tags in self._session.execute(query):
            if tag is None or tag in tags:
                levels = found.setdefault(size or "unknown", {})
                levels[level] = levels.get(level, 0) + 1
        return found


def month_of(day: date) -> date:
    """Return the first day of a day's month.

    >>> month_of(date(2026, 11, 23))
    datetime.date(2026, 11, 1)
    """
    return day.replace(day=1)


def names_of(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of enterprises."""
    query = select(EnterpriseRow.id, EnterpriseRow.name).where(EnterpriseRow.id.in_(ids))
    return dict(session.execute(query).all())
