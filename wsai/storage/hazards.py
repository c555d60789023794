"""Hazard records (隐患台账)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from wsai.errors import NotFound
from wsai.ledger.record import HazardRecord, record_number
from wsai.storage.tables import HazardRow

NUMBER_LOCK = 0x59480000  # "YH": PostgreSQL's advisory lock for numbering


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """Which records; ``None`` is any."""

    status: str | None = None
    code: str | None = None
    site: str | None = None
    severity: str | None = None


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
            status=record.status.value,
            site=record.site,
            checkpoint=record.checkpoint,
            found_on=record.found_on,
            deadline=record.deadline,
            note=record.note,
            probability=record.probability,
            model_id=record.model_id,
            rule=record.rule,
            confirmed_by=record.confirmed_by,
            confirmed_at=record.confirmed_at,
        )
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, hazard_id: UUID) -> HazardRow:
        """Return one record.

        Raises:
            NotFound: There is none with this id.
        """
        row = self._session.get(HazardRow, hazard_id)
        if row is None:
            raise NotFound("hazard", hazard_id)
        return row

    def page(
        self, wanted: HazardFilter, *, limit: int, after: tuple[datetime, UUID] | None
    ) -> list[HazardRow]:
        """Return records, newest first, after the last one of the page before."""
        query = select(HazardRow).order_by(HazardRow.confirmed_at.desc(), HazardRow.id.desc())
        for column, value in (
            (HazardRow.status, wanted.status),
            (HazardRow.code, wanted.code),
            (HazardRow.site, wanted.site),
            (HazardRow.severity, wanted.severity),
        ):
            if value is not None:
                query = query.where(column == value)
        if after is not None:
            query = query.where(tuple_(HazardRow.confirmed_at, HazardRow.id) < tuple_(*after))
        return list(self._session.scalars(query.limit(limit)))
