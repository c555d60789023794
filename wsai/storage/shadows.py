"""What shadow models said of photos that others had answered."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from wsai.storage.tables import ShadowRow


class ShadowRepository:
    """Reads and writes comparisons; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: ShadowRow) -> ShadowRow:
        """Add one comparison.

        Raises:
            sqlalchemy.exc.IntegrityError: This photo was compared with this candidate already.
        """
        row.id = row.id or uuid4()
        self._session.add(row)
        self._session.flush()
        return row

    def newest(self, *, candidate: str | None, limit: int) -> Iterator[ShadowRow]:
        """Yield comparisons, newest first.

        Args:
            candidate: Id of the model that looked afterwards; any when ``None``.
            limit: At most so many.
        """
        query = select(ShadowRow).order_by(ShadowRow.at.desc(), ShadowRow.id.desc()).limit(limit)
        if candidate is not None:
            query = query.where(ShadowRow.candidate_model == candidate)
        yield from self._session.scalars(query.execution_options(yield_per=500))
