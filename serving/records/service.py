"""Keeping a record that both sides signed."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.records.schemas import MOST_SIGNATURE_BYTES, NewRecord
from wsai.errors import InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.files import FileStore
from wsai.storage.hazards import HazardRepository
from wsai.storage.inspections import InspectionRepository
from wsai.storage.notices import SignedRecordRepository
from wsai.storage.tables import SignedRecordRow

PNG = b"\x89PNG\r\n\x1a\n"
LEAST_INK = 0.001
MOST_SIDE_PX = 4000


def check_signature(name: str, png: bytes) -> bytes:
    """Return a drawn signature.

    Raises:
        InvalidRequest: It is no PNG, too large, or nothing is drawn on it.
    """
    if len(png) > MOST_SIGNATURE_BYTES:
        raise InvalidRequest(f"{name}: at most {MOST_SIGNATURE_BYTES // 1000} kB")
    if not png.startswith(PNG) or len(png) < 33:
        raise InvalidRequest(f"{name}: a drawn signature is a PNG")
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    if not (0 < width <= MOST_SIDE_PX and 0 < height <= MOST_SIDE_PX):
        raise InvalidRequest(f"{name}: at most {MOST_SIDE_PX} pixels a side")
    drawn = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if drawn is None:
        raise InvalidRequest(f"{name}: the PNG is damaged")
    flat = drawn.reshape(height * width, -1)
    ink = float((flat != flat[0]).any(axis=1).mean())
    if ink < LEAST_INK:
        raise InvalidRequest(f"{name}: nothing is drawn; ask for the signature again")
    return png


def keep_record(
    session: Session, files: FileStore, asked: NewRecord, *, actor: Actor, now: datetime
) -> SignedRecordRow:
    """Keep a signed record; the signatures are on the disk before their row.

    Raises:
        NotFound: The hazard or inspection is not there, or the actor does not see it.
        InvalidRequest: It is about nothing or about two things, a signature is blank, or one
            person signed for both sides.
    """
    if (asked.hazard_id is None) == (asked.inspection_id is None):
        raise InvalidRequest("a record is about one hazard or about one inspection")
    if asked.office_name.strip() == asked.enterprise_name.strip():
        raise InvalidRequest("both sides sign; one person cannot sign for both")
    if asked.hazard_id is not None:
        HazardRepository(session).get(asked.hazard_id, actor.sight)
    if asked.inspection_id is not None:
        InspectionRepository(session).get(asked.inspection_id, actor.sight)
    office = files.put_original(check_signature("office_signature", asked.office_signature))
    enterprise = files.put_original(
        check_signature("enterprise_signature", asked.enterprise_signature)
    )
    row = SignedRecordRepository(session).add(
        SignedRecordRow(
            kind=asked.kind,
            hazard_id=asked.hazard_id,
            inspection_id=asked.inspection_id,
            text=asked.text.strip(),
            office_name=asked.office_name.strip(),
            office_signature=office,
            enterprise_name=asked.enterprise_name.strip(),
            enterprise_signature=enterprise,
            signed_at=now,
            kept_by=actor.name,
        )
    )
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="record.signed",
        subject=f"record:{row.id}",
        details={
            "kind": row.kind,
            "office": [row.office_name, office],
            "enterprise": [row.enterprise_name, enterprise],
        },
    )
    return row
