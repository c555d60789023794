"""Documents that were made, and the numbers they were given."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from wsai.errors import NotFound
from wsai.storage.tables import DocumentRow

NUMBER_LOCK = 0x444F4300  # "DOC": PostgreSQL's advisory lock for numbering


class DocumentRepository:
    """Reads and writes documents; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def next_serial(self, kind: str, year: int) -> int:
        """Return the next number of a kind in a year; nobody else gets it in this transaction."""
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": NUMBER_LOCK + year}
            )
        last = self._session.scalar(
            select(func.max(DocumentRow.serial)).where(
                DocumentRow.kind == kind, DocumentRow.year == year
            )
        )
        return (last or 0) + 1

    def add(self, row: DocumentRow) -> DocumentRow:
        """Add a document."""
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, document_id: UUID) -> DocumentRow:
        """Return one document.

        Raises:
            NotFound: There is none with this id.
        """
        row = self._session.get(DocumentRow, document_id)
        if row is None:
            raise NotFound("document", document_id)
        return row

    def about(
        self,
        *,
        hazard: UUID | None = None,
        inspection: UUID | None = None,
        enterprise: UUID | None = None,
    ) -> list[DocumentRow]:
        """Return the documents about something, newest first."""
        query = select(DocumentRow).order_by(DocumentRow.made_at.desc(), DocumentRow.id)
        for column, value in (
            (DocumentRow.hazard_id, hazard),
            (DocumentRow.inspection_id, inspection),
            (DocumentRow.enterprise_id, enterprise),
        ):
            if value is not None:
                query = query.where(column == value)
        return list(self._session.scalars(query))

    def latest(self, kind: str, hazard: UUID) -> DocumentRow | None:
        """Return the newest document of a kind about a hazard."""
        query = select(DocumentRow).where(DocumentRow.kind == kind, DocumentRow.hazard_id == hazard)
        return self._session.scalar(query.order_by(DocumentRow.made_at.desc()).limit(1))
