"""Notices and signed records as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from wsai.errors import NotFound
from wsai.ledger.machine import Role
from wsai.storage.sight import seen
from wsai.storage.tables import DocumentRow, HazardRow, NoticeRow, SignedRecordRow
from wsai.supervision.access import Sight

MOST_AT_ONCE = 500
"""Ids in one statement: SQLite takes 32,766 parameters, older ones 999."""


class NoticeRepository:
    """Reads and writes notices; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def told(self, hazards: Collection[UUID]) -> dict[UUID, set[tuple[Role, date]]]:
        """Return what was told already of some records: to whom, and due when."""
        found: dict[UUID, set[tuple[Role, date]]] = {}
        ids = list(hazards)
        for start in range(0, len(ids), MOST_AT_ONCE):
            query = select(NoticeRow.hazard_id, NoticeRow.tell, NoticeRow.due).where(
                NoticeRow.hazard_id.in_(ids[start : start + MOST_AT_ONCE])
            )
            for hazard_id, tell, due in self._session.execute(query):
                found.setdefault(hazard_id, set()).add((Role(tell), due))
        return found

    def add(self, rows: Iterable[dict[str, object]]) -> None:
        """Add notices."""
        given = list(rows)
        if given:
            self._session.execute(insert(NoticeRow), given)

    def page(
        self,
        tell: Role | None,
        sight: Sight,
        *,
        unread: bool,
        limit: int,
        after: tuple[datetime, UUID] | None,
    ) -> list[tuple[NoticeRow, str]]:
        """Return notices with the numbers of their records, newest first."""
        query = select(NoticeRow, HazardRow.number).join(
            HazardRow, HazardRow.id == NoticeRow.hazard_id
        )
        query = seen(query, HazardRow, sight)
        if tell is not None:
            query = query.where(NoticeRow.tell == tell.value)
        if unread:
            query = query.where(NoticeRow.read_at.is_(None))
        if after is not None:
            query = query.where(tuple_(NoticeRow.at, NoticeRow.id) < tuple_(*after))
        query = query.order_by(NoticeRow.at.desc(), NoticeRow.id.desc()).limit(limit)
        return [(row, number) for row, number in self._session.execute(query)]

    def read(
        self, notice_id: UUID, tell: Role, sight: Sight, *, by: str, at: datetime
    ) -> tuple[NoticeRow, str]:
        """Note who has seen a notice first, and return it with its record's number.

        Raises:
            NotFound: There is none with this id for this receiver.
        """
        row = self._session.get(NoticeRow, notice_id)
        hazard = self._session.get(HazardRow, row.hazard_id) if row is not None else None
        if (
            row is None
            or hazard is None
            or row.tell != tell.value
            or not sight.covers(grid=hazard.grid_id, enterprise=hazard.enterprise_id)
        ):
            raise NotFound("notice", notice_id)
        if row.read_at is None:
            row.read_by, row.read_at = by, at
            self._session.flush()
        return row, hazard.number


class SignedRecordRepository:
    """Reads and writes signed records; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SignedRecordRow) -> SignedRecordRow:
        """Add a record."""
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, record_id: UUID) -> SignedRecordRow:
        """Return one record.

        Raises:
            NotFound: There is none with this id.
        """
        row = self._session.get(SignedRecordRow, record_id)
        if row is None:
            raise NotFound("signed record", record_id)
        return row

    def of_hazard(self, hazard_id: UUID) -> list[SignedRecordRow]:
        """Return the records about a hazard, oldest first."""
        query = select(SignedRecordRow).where(SignedRecordRow.hazard_id == hazard_id)
        return list(self._session.scalars(query.order_by(SignedRecordRow.signed_at)))

    def of_inspection(self, inspection_id: UUID) -> list[SignedRecordRow]:
        """Return the records about an inspection, oldest first."""
        query = select(SignedRecordRow).where(SignedRecordRow.inspection_id == inspection_id)
        return list(self._session.scalars(query.order_by(SignedRecordRow.signed_at)))


def evidence_digests(session: Session) -> set[str]:
    """Return the SHA-256 of every signature and document that is kept."""
    signatures = session.execute(
        select(SignedRecordRow.office_signature, SignedRecordRow.enterprise_signature)
    )
    found = {digest for pair in signatures for digest in pair}
    return found | set(session.scalars(select(DocumentRow.sha256)))
