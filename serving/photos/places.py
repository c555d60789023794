"""Where a photo belongs: which enterprise, grid, checkpoint and inspection."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from serving.access.service import Actor
from wsai.errors import InvalidRequest, NotFound
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.inspections import CheckpointRepository, InspectionRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import CheckpointRow
from wsai.vision.zones import Purpose, Zone

PARK = "park"


@dataclass(frozen=True, slots=True)
class Named:
    """What the sender says of the place; all optional.

    Attributes:
        enterprise: Its id.
        checkpoint: What the QR code says, or the checkpoint's id.
        inspection: Its id; it must be running.
        site: In the sender's words.
        place: Which place there, in the sender's words.
    """

    enterprise: UUID | None = None
    checkpoint: str | None = None
    inspection: UUID | None = None
    site: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """Where a photo belongs.

    Attributes:
        scope: Whose it is, as one word: the same original is one photo only within it.
        zones: Drawn for the checkpoint.
        baseline: SHA-256 of the photos of how the checkpoint should look.
    """

    enterprise_id: UUID | None
    grid_id: UUID | None
    checkpoint_id: UUID | None
    inspection_id: UUID | None
    site: str | None
    checkpoint: str | None
    zones: tuple[Zone, ...] = ()
    baseline: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Return whose it is, as one word."""
        if self.enterprise_id is not None:
            return f"enterprise:{self.enterprise_id}"
        return f"grid:{self.grid_id}" if self.grid_id is not None else PARK


def locate(session: Session, actor: Actor, named: Named) -> Located:
    """Return where a photo belongs: what the sender names, else where the sender does.

    Raises:
        NotFound: What is named is not there, or the sender does not see it.
        InvalidRequest: The names contradict each other, or the inspection is not running.
    """
    checkpoint = (
        CheckpointRepository(session).scanned(named.checkpoint, actor.sight)
        if named.checkpoint
        else None
    )
    inspection = (
        InspectionRepository(session).get(named.inspection, actor.sight)
        if named.inspection
        else None
    )
    if inspection is not None and inspection.status != "running":
        raise InvalidRequest(f"inspection: it is {inspection.status}; photos go to a running one")
    owners = {
        owner
        for owner in (
            named.enterprise,
            checkpoint.enterprise_id if checkpoint else None,
            inspection.enterprise_id if inspection else None,
        )
        if owner is not None
    }
    if len(owners) > 1:
        raise InvalidRequest("enterprise, checkpoint and inspection are not of one enterprise")
    owner = owners.pop() if owners else actor.enterprise_id
    if owner is None:
        return Located(None, actor.grid_id, None, None, named.site, named.place)
    enterprise = EnterpriseRepository(session).get(owner)
    if not actor.sight.covers(grid=enterprise.grid_id, enterprise=enterprise.id):
        raise NotFound("enterprise", owner)
    return Located(
        enterprise.id,
        enterprise.grid_id,
        checkpoint.id if checkpoint else None,
        inspection.id if inspection else None,
        named.site or enterprise.name,
        checkpoint.name if checkpoint else named.place,
        zones_of(checkpoint) if checkpoint else (),
        _baseline_of(session, checkpoint) if checkpoint else (),
    )


def zones_of(checkpoint: CheckpointRow) -> tuple[Zone, ...]:
    """Return the zones that were drawn for a checkpoint."""
    return tuple(
        Zone(
            zone["purpose"],
            Purpose(zone["purpose"]),
            tuple((float(x), float(y)) for x, y in zone["points"]),
        )
        for zone in checkpoint.zones
    )


def _baseline_of(session: Session, checkpoint: CheckpointRow) -> tuple[str, ...]:
    photos = PhotoRepository(session)
    return tuple(photos.get(UUID(photo)).sha256 for photo in checkpoint.baseline)
