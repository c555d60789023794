"""Whether everything is as it was written: the chain of the log, and the evidence on the disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from wsai.errors import NotFound
from wsai.storage.audit import AuditLog
from wsai.storage.files import FileStore
from wsai.storage.notices import evidence_digests
from wsai.storage.photos import PhotoRepository


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, and the first thing that is not as it was written."""

    rows: int
    files: int
    fault: str | None


def verify(session: Session, files: FileStore) -> Verdict:
    """Check the chain, then every original, signature and document against its hash."""
    log = AuditLog(session)
    rows, fault = log.count(), log.first_fault()
    digests = sorted(PhotoRepository(session).digests() | evidence_digests(session))
    if fault is None:
        fault = next(filter(None, (_file_fault(files, digest) for digest in digests)), None)
    return Verdict(rows, len(digests), fault)


def _file_fault(files: FileStore, digest: str) -> str | None:
    try:
        data = files.original(digest)
    except NotFound:
        return f"the file {digest} is missing"
    if hashlib.sha256(data).hexdigest() != digest:
        return f"the file {digest} was changed"
    return None
