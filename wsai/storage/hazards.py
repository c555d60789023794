"""Hazard records (隐患台账)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, func, select, text, tuple_
from sqlalchemy.orm import Session

from wsai.errors import NotFound
from wsai.ledger.machine import WAITS, Kind
from wsai.ledger.record import HazardRecord, record_number
from wsai.storage.sight import Query, seen
from wsai.storage.tables import FindingRow, HazardRow
from wsai.supervision.access import Sight

NUMBER_LOCK = 0x59480000  # "YH": PostgreSQL's advisory lock for numbering


class Order(StrEnum):
    """How a list of records is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """Which records; ``None`` is any.

    Attributes:
        grids: In one of these.
        number: Begins like this.
        open: Not at an end of its machine, or at one.
        overdue_on: Late on this day.
        found_from: Found on this day or later.
        found_to: Found on this day or before.
        closed_from: Closed on this day or later.
        closed_to: Closed on this day or before.
        sight: What the asker may see.
    """

    status: str | None = None
    code: str | None = None
    site: str | None = None
    severity: str | None = None
    kind: str | None = None
    source: str | None = None
    enterprise: UUID | None = None
    inspection: UUID | None = None
    grids: Collection[UUID] | None = None
    number: str | None = None
    level: str | None = None
    open: bool | None = None
    overdue_on: date | None = None
    found_from: date | None = None
    found_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    sight: Sight = field(default_factory=Sight)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hazard is; two findings of one code at one place are one hazard.

    Attributes:
        enterprise: Whose; without it the words in ``site`` say so.
        checkpoint: Which place there; a row, or its name.
    """

    enterprise: UUID | None
    checkpoint_id: UUID | None
    site: str | None
    checkpoint: str | None

    @property
    def known(self) -> bool:
        """Return whether it is told exactly enough to know it again."""
        if self.checkpoint_id is not None:
            return True
        return bool((self.enterprise or self.site) and self.checkpoint)


class HazardRepository:
    """Reads and writes hazard records; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: HazardRecord) -> HazardRow:
        """Add a record under the next number of the site's year; numbers have no gaps."""
        year = record.registered_on.year
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": NUMBER_LOCK + year}
            )
        last = self._session.scalar(
            select(func.max(HazardRow.serial)).where(HazardRow.year == year)
        )
        serial = (last or 0) + 1
        row = HazardRow(
            number=record_number(year, serial),
            year=year,
            serial=serial,
            finding_id=record.finding_id,
            photo_id=record.photo_id,
            code=record.code,
            severity=record.severity.value,
            kind=record.kind.value,
            status=record.state,
            site=record.site,
            checkpoint=record.checkpoint,
            enterprise_id=record.enterprise_id,
            grid_id=record.grid_id,
            checkpoint_id=record.checkpoint_id,
            inspection_id=record.inspection_id,
            source=record.source.value,
            found_on=record.found_on,
            deadline=record.deadline,
            note=record.note,
            probability=record.probability,
            model_id=record.model_id,
            rule=record.rule,
            confirmed_by=record.confirmed_by,
            confirmed_at=record.confirmed_at,
            items={},
        )
        self._session.add(row)
        self._session.flush()
        self._join(record.finding_id, row)
        return row

    def join(self, finding_id: UUID, row: HazardRow) -> None:
        """Let another finding stand for the same hazard."""
        row.seen += 1
        self._session.flush()
        self._join(finding_id, row)

    def _join(self, finding_id: UUID, row: HazardRow) -> None:
        finding = self._session.get(FindingRow, finding_id)
        assert finding is not None
        finding.hazard_id = row.id
        self._session.flush()

    def same(self, code: str, place: Place) -> HazardRow | None:
        """Return the record of this hazard at this place, if there was one, the newest."""
        if not place.known:
            return None
        query = select(HazardRow).where(HazardRow.code == code)
        if place.checkpoint_id is not None:
            query = query.where(HazardRow.checkpoint_id == place.checkpoint_id)
        elif place.enterprise is not None:
            query = query.where(
                HazardRow.enterprise_id == place.enterprise,
                HazardRow.checkpoint == place.checkpoint,
            )
        else:
            query = query.where(
                HazardRow.enterprise_id.is_(None),
                HazardRow.site == place.site,
                HazardRow.checkpoint == place.checkpoint,
            )
        newest = query.order_by(HazardRow.confirmed_at.desc(), HazardRow.id.desc()).limit(1)
        return self._session.scalar(newest)

    def get(self, hazard_id: UUID, sight: Sight | None = None) -> HazardRow:
        """Return one record.

        Raises:
            NotFound: There is none with this id, or it is not seen.
        """
        row = self._session.get(HazardRow, hazard_id)
        if row is None or not (sight or Sight()).covers(
            grid=row.grid_id, enterprise=row.enterprise_id
        ):
            raise NotFound("hazard", hazard_id)
        return row

    def page(
        self,
        wanted: HazardFilter,
        *,
        limit: int,
        after: tuple[Any, UUID] | None,
        order: Order = Order.NEWEST,
    ) -> list[HazardRow]:
        """Return records in an order, after the last one of the page before.

        Sorted by deadline, those without one are left out.
        """
        query = filtered(select(HazardRow), wanted)
        by = HazardRow.deadline if order is Order.DEADLINE else HazardRow.confirmed_at
        if order is Order.DEADLINE:
            query = query.where(HazardRow.deadline.is_not(None))
        place = tuple_(by, HazardRow.id)
        if order is Order.NEWEST:
            query = query.order_by(by.desc(), HazardRow.id.desc())
            if after is not None:
                query = query.where(place < tuple_(*after))
        else:
            query = query.order_by(by, HazardRow.id)
            if after is not None:
                query = query.where(place > tuple_(*after))
        return list(self._session.scalars(query.limit(limit)))

    def count(self, wanted: HazardFilter) -> int:
        """Return how many records there are."""
        return self._session.scalar(filtered(select(func.count(HazardRow.id)), wanted)) or 0

    def due(self, last: date) -> list[HazardRow]:
        """Return the open records whose deadline is a day or before, for telling who is late."""
        query = select(HazardRow).where(
            HazardRow.closed_on.is_(None),
            HazardRow.deadline <= last,
            HazardRow.status.not_in(WAITS),
        )
        return list(self._session.scalars(query.order_by(HazardRow.deadline, HazardRow.id)))

    def listed_in(self, year: int) -> int:
        """Return how many major hazards were put under 挂牌督办 in a year."""
        query = select(func.count(HazardRow.id)).where(
            HazardRow.kind == Kind.MAJOR.value,
            HazardRow.level.is_not(None),
            HazardRow.year == year,
        )
        return self._session.scalar(query) or 0


def filtered(query: Query, wanted: HazardFilter) -> Query:
    """Return the query for the records that are wanted and seen."""
    query = seen(query, HazardRow, wanted.sight)
    for column, value in (
        (HazardRow.status, wanted.status),
        (HazardRow.code, wanted.code),
        (HazardRow.site, wanted.site),
        (HazardRow.severity, wanted.severity),
        (HazardRow.kind, wanted.kind),
        (HazardRow.source, wanted.source),
        (HazardRow.enterprise_id, wanted.enterprise),
        (HazardRow.inspection_id, wanted.inspection),
        (HazardRow.level, wanted.level),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.grids is not None:
        query = query.where(HazardRow.grid_id.in_(wanted.grids) if wanted.grids else false())
    if wanted.number:
        # a range and no LIKE: an index helps, and there is nothing to escape
        query = query.where(
            HazardRow.number >= wanted.number, HazardRow.number < wanted.number + "\U0010ffff"
        )
    if wanted.open is not None:
        closed = HazardRow.closed_on
        query = query.where(closed.is_(None) if wanted.open else closed.is_not(None))
    if wanted.overdue_on is not None:
        query = query.where(late_on(wanted.overdue_on))
    if wanted.found_from is not None:
        query = query.where(HazardRow.found_on >= wanted.found_from)
    if wanted.found_to is not None:
        query = query.where(HazardRow.found_on <= wanted.found_to)
    if wanted.closed_from is not None:
        query = query.where(HazardRow.closed_on >= wanted.closed_from)
    if wanted.closed_to is not None:
        query = query.where(HazardRow.closed_on <= wanted.closed_to)
    return query


def late_on(day: date) -> Any:
    """Return the condition that a record is late on a day, as `Case.overdue_days` says it."""
    return and_(
        HazardRow.closed_on.is_(None),
        HazardRow.deadline < day,
        HazardRow.status.not_in(WAITS),
    )
