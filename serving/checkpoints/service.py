"""Writing checkpoints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from serving.access.service import Actor
from serving.checkpoints.schemas import CheckpointChange, NewCheckpoint
from wsai.errors import InvalidRequest, Stale
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.inspections import CheckpointRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import CheckpointRow


def add_checkpoint(
    session: Session, asked: NewCheckpoint, *, actor: Actor, now: datetime
) -> CheckpointRow:
    """Add a checkpoint.

    Raises:
        NotFound: The enterprise is not there, or the actor does not see it.
        Conflict: The enterprise has one of this name.
    """
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    row = CheckpointRepository(session).add(
        owner.id, name=asked.name.strip(), place=asked.place, at=now
    )
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="checkpoint.added",
        subject=f"checkpoint:{row.id}",
        details={"enterprise": owner.name, "name": row.name},
    )
    return row


def change_checkpoint(
    session: Session, row: CheckpointRow, asked: CheckpointChange, *, actor: Actor, now: datetime
) -> CheckpointRow:
    """Change a checkpoint; what is left out stays.

    Raises:
        NotFound: A baseline photo is not there.
        InvalidRequest: A baseline photo is of another enterprise, or a zone leaves the picture.
        Stale: Somebody else changed it meanwhile.
    """
    for photo_id in asked.baseline or ():
        photo = PhotoRepository(session).get(photo_id, actor.sight)
        if photo.enterprise_id != row.enterprise_id:
            raise InvalidRequest(f"baseline: {photo_id} is a photo of another enterprise")
    for zone in asked.zones or ():
        if any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in zone.points):
            raise InvalidRequest("zones: points are shares of the picture, 0 to 1")
    if asked.name is not None:
        row.name = asked.name.strip()
    if asked.place is not None:
        row.place = asked.place
    if asked.baseline is not None:
        row.baseline = [str(photo_id) for photo_id in asked.baseline]
    if asked.zones is not None:
        row.zones = [zone.model_dump(mode="json") for zone in asked.zones]
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale("somebody else changed this checkpoint; read it again") from error
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="checkpoint.changed",
        subject=f"checkpoint:{row.id}",
        details=asked.model_dump(mode="json", exclude_none=True),
    )
    return row
