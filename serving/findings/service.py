"""What a person says of a finding: it is a hazard, or it is none."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy.orm import Session

from serving.access.service import Actor
from wsai.catalogue.catalogue import Catalogue
from wsai.errors import InvalidRequest
from wsai.ledger.record import HazardRecord, RecordStatus
from wsai.storage.audit import AuditLog
from wsai.storage.hazards import HazardRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import FindingRow, HazardRow, PhotoRow


def inspection_day(photo: PhotoRow, utc_offset_hours: float) -> date:
    """Return the day of the inspection at the site: when the photo was taken, else received.

    A camera whose clock runs ahead is not believed.
    """
    taken = photo.taken_at
    moment = taken if taken is not None and taken <= photo.received_at else photo.received_at
    return _day(moment, utc_offset_hours)


def _day(moment: datetime, utc_offset_hours: float) -> date:
    return moment.astimezone(timezone(timedelta(hours=utc_offset_hours))).date()


def confirm(
    session: Session,
    finding_id: UUID,
    *,
    actor: Actor,
    catalogue: Catalogue,
    now: datetime,
    utc_offset_hours: float,
    note: str | None = None,
    deadline: date | None = None,
) -> HazardRow:
    """Make a hazard record of a finding.

    Raises:
        NotFound: There is no such finding.
        Conflict: It was decided already.
        InvalidRequest: The deadline lies before the day of the inspection, or years after.
    """
    photos = PhotoRepository(session)
    finding = photos.finding(finding_id)
    photo = finding.photo
    hazard = catalogue.hazard(finding.code)
    found_on = inspection_day(photo, utc_offset_hours)
    record = HazardRecord(
        finding_id=finding.id,
        photo_id=photo.id,
        code=finding.code,
        severity=hazard.severity,
        status=RecordStatus.REGISTERED,
        site=photo.site,
        checkpoint=photo.checkpoint,
        found_on=found_on,
        deadline=deadline or catalogue.proposed_deadline(finding.code, found_on),
        note=note,
        probability=finding.probability,
        model_id=finding.model_id,
        rule=finding.rule,
        confirmed_by=actor.name,
        confirmed_at=now,
        registered_on=_day(now, utc_offset_hours),
    )
    photos.decide(finding, status="confirmed", by=actor.name, at=now, reason=None)
    row = HazardRepository(session).add(record)
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="finding.confirmed",
        subject=f"finding:{finding.id}",
        details={"hazard": row.number, "code": row.code, "model": row.model_id, "rule": row.rule},
    )
    session.refresh(finding, ["hazard"])
    return row


def dismiss(
    session: Session, finding_id: UUID, *, actor: Actor, reason: str, now: datetime
) -> FindingRow:
    """Record that a finding is none, and why.

    Raises:
        NotFound: There is no such finding.
        Conflict: It was decided already.
        InvalidRequest: The reason is blank.
    """
    if not reason.strip():
        raise InvalidRequest("reason: say in a few words why this is no hazard.")
    photos = PhotoRepository(session)
    finding = photos.finding(finding_id)
    photos.decide(finding, status="dismissed", by=actor.name, at=now, reason=reason.strip())
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="finding.dismissed",
        subject=f"finding:{finding.id}",
        details={"reason": reason.strip(), "code": finding.code},
    )
    return finding
