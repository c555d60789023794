"""Figures of the ledger, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from wsai.ledger.machine import WAITS
from wsai.storage.sight import seen, seen_enterprises
from wsai.storage.tables import EnterpriseRow, HazardRow, InspectionRow
from wsai.supervision.access import Sight

By = Literal["all", "grid", "enterprise", "hazard", "industry"]
PROVINCE, CITY = "省级", "市级"
FIVE_IN_PLACE = ("goal", "funds", "people", "time", "plan")
"""五到位: 目标, 物资, 机构人员, 时限, 安全措施及预案."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The statutory columns of a quarter or a year (令16号 第十四条; names after Ningbo's form).

    Attributes:
        to_inspect: 应排查单位数: enterprises.
        inspected: 实际排查单位数: with a finished inspection in the period.
        general_found: 一般隐患排查数.
        general_fixed: 整改数: of those, closed by now.
        major_found: 重大隐患数: determined by people.
        major_fixed: Of those, closed by now.
        planned: 列入治理计划数: of the major ones, with a plan and a deadline.
        five_in_place: 五到位数: of those, with all five written.
        listed: 挂牌数: under 挂牌督办, of any level.
        listed_province: Of those, at province level (省级).
        listed_city: Of those, at city level (市级).
        overdue: Late today.
        general_funds_yuan: 落实资金, general.
        major_funds_yuan: 落实资金, major.
    """

    to_inspect: int = 0
    inspected: int = 0
    general_found: int = 0
    general_fixed: int = 0
    major_found: int = 0
    major_fixed: int = 0
    planned: int = 0
    five_in_place: int = 0
    listed: int = 0
    overdue: int = 0
    general_funds_yuan: int = 0
    major_funds_yuan: int = 0
    listed_province: int = 0
    listed_city: int = 0

    def plus(self, other: Figures) -> Figures:
        """Return both together."""
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Standing:
    """How one enterprise's ledger stands."""

    open: int
    overdue: int
    closed: int
    major_open: int


class StatisticsRepository:
    """Counts; never writes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def figures(
        self, first: date, last: date, *, by: By, today: date, sight: Sight
    ) -> dict[str, Figures]:
        """Return the figures of a period by what is asked for, in at most four statements.

        Args:
            first: Day on which the period begins; hazards count by the day they were found.
            last: Its last day.
            by: ``all`` gives one row, under the empty key.
            today: Who is late is a question of today.
            sight: What the asker may see.
        """
        group: Any = {
            "all": None,
            "grid": HazardRow.grid_id,
            "enterprise": HazardRow.enterprise_id,
            "hazard": HazardRow.code,
            "industry": HazardRow.enterprise_id,
        }[by]
        found = self._hazards(first, last, group, today, sight)
        if by != "hazard":  # enterprises are visited, not hazards
            for key, (to_inspect, inspected) in self._visits(first, last, by, sight).items():
                visits = Figures(to_inspect=to_inspect, inspected=inspected)
                found[key] = found.get(key, Figures()).plus(visits)
        return self._by_industry(found) if by == "industry" else found

    def _hazards(
        self, first: date, last: date, group: Any, today: date, sight: Sight
    ) -> dict[str, Figures]:
        row = HazardRow
        # what is only suspected, or was found to be none, is no figure of an office
        major = and_(row.kind == "major", row.status != "suspected")
        general, closed = row.kind == "general", row.closed_on.is_not(None)
        planned = and_(major, row.deadline.is_not(None))
        in_place = and_(
            planned, *(row.items[key].as_string().is_not(None) for key in FIVE_IN_PLACE)
        )
        funds = func.coalesce(row.items["funds_yuan"].as_integer(), 0)
        late = and_(row.closed_on.is_(None), row.deadline < today, row.status.not_in(WAITS))
        counted = [
            _count(condition)
            for condition in (
                general,
                and_(general, closed),
                major,
                and_(major, closed),
                planned,
                in_place,
                and_(major, row.level.is_not(None)),
                late,
            )
        ]
        money = [func.sum(case((kind, funds), else_=0)) for kind in (general, major)]
        levels = [_count(and_(major, row.level == level)) for level in (PROVINCE, CITY)]
        columns = [*counted, *money, *levels]
        query = select(*([group] if group is not None else []), *columns).where(
            row.found_on >= first, row.found_on <= last
        )
        query = seen(query, HazardRow, sight)
        if group is not None:
            query = query.group_by(group)
        found = {}
        for line in self._session.execute(query):
            key, numbers = (line[0], line[1:]) if group is not None else ("", line)
            found["" if key is None else str(key)] = Figures(
                0, 0, *(int(number or 0) for number in numbers)
            )
        return found

    def _visits(self, first: date, last: date, by: By, sight: Sight) -> dict[str, tuple[int, int]]:
        group: Any = {"all": None, "grid": EnterpriseRow.grid_id}.get(by, EnterpriseRow.id)
        visited = (
            select(InspectionRow.enterprise_id)
            .where(
                InspectionRow.status == "finished",
                InspectionRow.planned_for >= first,
                InspectionRow.planned_for <= last,
            )
            .distinct()
            .subquery()
        )
        columns = (func.count(EnterpriseRow.id), func.count(visited.c.enterprise_id))
        query = (
            select(*([group] if group is not None else []), *columns)
            .select_from(EnterpriseRow)
            .outerjoin(visited, visited.c.enterprise_id == EnterpriseRow.id)
        )
        query = seen_enterprises(query, sight)
        if group is not None:
            query = query.group_by(group)
        found = {}
        for line in self._session.execute(query):
            key, numbers = (line[0], line[1:]) if group is not None else ("", line)
            found["" if key is None else str(key)] = (int(numbers[0]), int(numbers[1]))
        return found

    def _by_industry(self, found: dict[str, Figures]) -> dict[str, Figures]:
        """Return the figures of enterprises under each of their tags; one may have several."""
        tags = {
            str(row_id): given
            for row_id, given in self._session.execute(select(EnterpriseRow.id, EnterpriseRow.tags))
        }
        together: dict[str, Figures] = {}
        for enterprise, figures in found.items():
            for tag in tags.get(enterprise) or [""]:
                together[tag] = together.get(tag, Figures()).plus(figures)
        return together

    def standing(self, enterprise_id: UUID, today: date) -> Standing:
        """Return how an enterprise's ledger stands."""
        row = HazardRow
        is_open = row.closed_on.is_(None)
        late = and_(is_open, row.deadline < today, row.status.not_in(WAITS))
        query = select(
            _count(is_open),
            _count(late),
            _count(row.closed_on.is_not(None)),
            _count(and_(is_open, row.kind == "major")),
        ).where(row.enterprise_id == enterprise_id)
        numbers = self._session.execute(query).one()
        return Standing(*(int(number or 0) for number in numbers))

    def open_and_overdue(self, today: date, sight: Sight) -> tuple[int, int]:
        """Return how many records are open, and how many of those are late."""
        row = HazardRow
        late = and_(row.deadline < today, row.status.not_in(WAITS))
        query = select(func.count(row.id), _count(late)).where(row.closed_on.is_(None))
        found = self._session.execute(seen(query, HazardRow, sight)).one()
        return int(found[0]), int(found[1] or 0)

    def found_and_again(self, since: date, sight: Sight) -> tuple[int, int]:
        """Return how many hazards were found since a day, and how many of those came back."""
        row = HazardRow
        query = select(func.count(row.id), _count(row.reopened > 0)).where(row.found_on > since)
        found = self._session.execute(seen(query, HazardRow, sight)).one()
        return int(found[0]), int(found[1] or 0)

    def months(
        self, first: date, last: date, *, grid: bool, sight: Sight
    ) -> list[tuple[str, int, int, int]]:
        """Return hazards found a month: grid (or nothing), year, month, how many."""
        year = func.extract("year", HazardRow.found_on)
        month = func.extract("month", HazardRow.found_on)
        group: list[Any] = [HazardRow.grid_id] if grid else []
        query = seen(
            select(*group, year, month, func.count(HazardRow.id)).where(
                HazardRow.found_on >= first, HazardRow.found_on <= last
            ),
            HazardRow,
            sight,
        ).group_by(*group, year, month)
        found = []
        for line in self._session.execute(query):
            key = "" if not grid or line[0] is None else str(line[0])
            found.append((key, int(line[-3]), int(line[-2]), int(line[-1])))
        return found


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
