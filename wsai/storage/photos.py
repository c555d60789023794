"""Photos, their findings, and answers already given."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wsai.errors import Conflict, NotFound
from wsai.storage.sight import seen
from wsai.storage.tables import Base, FindingRow, IdempotencyRow, PhotoRow
from wsai.supervision.access import Sight

EVERYTHING = Sight()


class PhotoRepository:
    """Reads and writes photos; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, photo: PhotoRow) -> PhotoRow:
        """Add a photo with its findings; the given rows get their ids and stay outside the session.

        Two plain inserts: a photo has some twenty findings, and the session's own bookkeeping of
        them takes three times as long as the database.

        Raises:
            sqlalchemy.exc.IntegrityError: Its SHA-256 is there already, in the same scope.
        """
        photo.id = photo.id or uuid4()
        for finding in photo.findings:
            finding.id, finding.photo_id = finding.id or uuid4(), photo.id
        self._session.execute(insert(_table(PhotoRow)), [_values(photo)])
        if photo.findings:
            rows = [_values(finding) for finding in photo.findings]
            self._session.execute(insert(_table(FindingRow)), rows)
        return photo

    def get(self, photo_id: UUID, sight: Sight = EVERYTHING) -> PhotoRow:
        """Return one photo.

        Raises:
            NotFound: There is none with this id, or it is not seen.
        """
        photo = self._session.get(PhotoRow, photo_id)
        if photo is None or not sight.covers(grid=photo.grid_id, enterprise=photo.enterprise_id):
            raise NotFound("photo", photo_id)
        return photo

    def by_sha256(self, digest: str, scope: str) -> PhotoRow | None:
        """Return the photo with this original, if it came before in the same scope."""
        return self._session.scalar(
            select(PhotoRow).where(PhotoRow.sha256 == digest, PhotoRow.scope == scope)
        )

    def digests(self) -> set[str]:
        """Return the SHA-256 of every original."""
        return set(self._session.scalars(select(PhotoRow.sha256)))

    def page(
        self,
        *,
        limit: int,
        after: tuple[datetime, UUID] | None,
        sight: Sight = EVERYTHING,
        inspection: UUID | None = None,
    ) -> list[PhotoRow]:
        """Return photos, newest first, after the last one of the page before."""
        query = select(PhotoRow).order_by(PhotoRow.received_at.desc(), PhotoRow.id.desc())
        query = seen(query, PhotoRow, sight)
        if inspection is not None:
            query = query.where(PhotoRow.inspection_id == inspection)
        if after is not None:
            query = query.where(tuple_(PhotoRow.received_at, PhotoRow.id) < tuple_(*after))
        return list(self._session.scalars(query.limit(limit)))

    def finding(self, finding_id: UUID, sight: Sight = EVERYTHING) -> FindingRow:
        """Return one finding.

        Raises:
            NotFound: There is none with this id, or its photo is not seen.
        """
        finding = self._session.get(FindingRow, finding_id)
        if finding is None or not sight.covers(
            grid=finding.photo.grid_id, enterprise=finding.photo.enterprise_id
        ):
            raise NotFound("finding", finding_id)
        return finding

    def add_finding(self, photo: PhotoRow, finding: FindingRow) -> FindingRow:
        """Add what a person saw on a photo after it was diagnosed.

        Raises:
            Conflict: Somebody else added one at the same moment.
        """
        photo.findings.append(finding)
        try:
            self._session.flush()
        except IntegrityError as error:
            raise Conflict("somebody else just added a finding here; look again") from error
        return finding

    def dismissed_before(self, photo: PhotoRow) -> dict[str, FindingRow]:
        """Return what a person last dismissed at the photo's checkpoint, by code."""
        if photo.checkpoint_id is None:
            return {}
        query = (
            select(FindingRow)
            .join(PhotoRow)
            .where(
                PhotoRow.checkpoint_id == photo.checkpoint_id,
                FindingRow.code.in_({finding.code for finding in photo.findings}),
                FindingRow.decided_at.is_not(None),
            )
            .order_by(FindingRow.decided_at)
        )
        last = {row.code: row for row in self._session.scalars(query)}
        return {code: row for code, row in last.items() if row.status == "dismissed"}

    def decide(
        self, finding: FindingRow, *, status: str, by: str, at: datetime, reason: str | None
    ) -> None:
        """Record what a person said of an open finding; of two at once, one wins.

        Raises:
            Conflict: Somebody has decided it already.
        """
        won = self._session.execute(
            update(FindingRow)
            .where(FindingRow.id == finding.id, FindingRow.status == "open")
            .values(status=status, decided_by=by, decided_at=at, dismiss_reason=reason)
            .returning(FindingRow.id)
        ).first()
        if won is None:
            self._session.refresh(finding)
            raise Conflict(
                f"The finding is {finding.status} already, by {finding.decided_by}. Reload it."
            )
        self._session.refresh(finding)

    def answered(self, key: str) -> IdempotencyRow | None:
        """Return what an idempotency key was used for."""
        return self._session.get(IdempotencyRow, key)

    def remember(self, row: IdempotencyRow) -> None:
        """Record what an idempotency key was used for."""
        self._session.add(row)
        self._session.flush()


def _table(kind: type[Base]) -> Table:
    """Return the table itself: inserts into it pass the session's bookkeeping by."""
    assert isinstance(kind.__table__, Table)
    return kind.__table__


def _values(row: PhotoRow | FindingRow) -> dict[str, Any]:
    """Return the columns of a row that have a value or need one."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
