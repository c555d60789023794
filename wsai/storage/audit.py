"""The audit log: append-only, each row chained to the one before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from wsai.storage.tables import AuditRow

FIRST_HASH = "0" * 64
CHAIN_LOCK = 0x57534149  # "WSAI": PostgreSQL's advisory lock for appending


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows; ``None`` is any."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None


class AuditLog:
    """Appends to the log and checks its chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        details: dict[str, Any] | None = None,
    ) -> AuditRow:
        """Add one row after the last.

        Args:
            at: When.
            actor: Name of the account or key.
            action: A stable word, ``photo.received``.
            subject: What it was done to, ``photo:ID``.
            details: Anything that JSON can hold; never credentials.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            # two appends at once would both follow the same row
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
        self._session.flush()
        last = self._session.scalar(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))
        row = AuditRow(
            id=last.id + 1 if last else 1,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            details=details or {},
            previous_hash=last.hash if last else FIRST_HASH,
        )
        row.hash = row_hash(row)
        self._session.add(row)
        self._session.flush()
        return row

    def first_fault(self) -> str | None:
        """Return what is wrong with the chain and where, ``None`` where it holds."""
        previous = FIRST_HASH
        query = select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=500)
        with self._session.scalars(query) as rows:
            for number, row in enumerate(rows, start=1):
                if row.id != number:
                    return f"row {number} is missing: row {row.id} follows row {number - 1}"
                if row.previous_hash != previous:
                    return f"row {row.id} does not follow row {number - 1}: inserted or reordered"
                if row_hash(row) != row.hash:
                    return f"row {row.id} was changed: {row.action} of {row.subject}"
                previous = row.hash
        return None

    def page(self, wanted: AuditFilter, *, limit: int, before: int | None) -> list[AuditRow]:
        """Return rows, newest first, before the one of the page before."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        for column, value in (
            (AuditRow.actor, wanted.actor),
            (AuditRow.action, wanted.action),
            (AuditRow.subject, wanted.subject),
        ):
            if value is not None:
                query = query.where(column == value)
        if before is not None:
            query = query.where(AuditRow.id < before)
        return list(self._session.scalars(query))

    def count(self) -> int:
        """Return how many rows there are."""
        return self._session.scalar(select(func.count()).select_from(AuditRow)) or 0


def row_hash(row: AuditRow) -> str:
    """Return the SHA-256 over the row's content and the hash before it."""
    content = {
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "details": row.details,
        "previous": row.previous_hash,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
