"""Reading and checking the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from serving.audit.schemas import AuditPage, AuditVerdict, read_audit
from serving.audit.service import verify
from serving.dependencies import AuditReader, PartsDep, ReaderDep
from serving.texts import Text
from wsai.storage.audit import AuditFilter, AuditLog

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def list_audit(
    _actor: AuditReader,
    session: ReaderDep,
    actor: Text | None = None,
    action: Text | None = None,
    subject: Text | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> AuditPage:
    """Return rows of the log, newest first; ``next`` is the cursor of the following page."""
    wanted = AuditFilter(actor, action, subject)
    rows = AuditLog(session).page(wanted, limit=limit + 1, before=cursor)
    return AuditPage(
        items=[read_audit(row) for row in rows[:limit]],
        next=rows[limit - 1].id if len(rows) > limit else None,
    )


@router.get("/verify")
def verify_audit(_actor: AuditReader, session: ReaderDep, parts: PartsDep) -> AuditVerdict:
    """Check the chain of the log, and every evidence file against its hash."""
    found = verify(session, parts.files)
    return AuditVerdict(rows=found.rows, files=found.files, fault=found.fault)
