"""Checkpoints, inspections and campaigns as they are kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from wsai.errors import Conflict, NotFound
from wsai.storage.sight import seen
from wsai.storage.tables import (
    CampaignRow,
    CampaignTargetRow,
    CheckpointRow,
    EnterpriseRow,
    HazardRow,
    InspectionRow,
)
from wsai.supervision.access import Sight


def as_uuid(text: str) -> UUID | None:
    """Return the id that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


class CheckpointRepository:
    """Reads and writes checkpoints; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, enterprise_id: UUID, *, name: str, place: str | None, at: datetime
    ) -> CheckpointRow:
        """Add a checkpoint with a QR code of its own.

        Raises:
            Conflict: The enterprise has one of this name.
        """
        row = CheckpointRow(
            enterprise_id=enterprise_id,
            token=secrets.token_urlsafe(16),
            name=name,
            place=place,
            baseline=[],
            zones=[],
            created_at=at,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict(f"the enterprise has a checkpoint {name} already") from error
        return row

    def get(self, checkpoint_id: UUID, sight: Sight) -> CheckpointRow:
        """Return one checkpoint.

        Raises:
            NotFound: There is none with this id, or it is not seen.
        """
        row = self._session.get(CheckpointRow, checkpoint_id)
        if row is None or not self._is_seen(row, sight):
            raise NotFound("checkpoint", checkpoint_id)
        return row

    def scanned(self, said: str, sight: Sight) -> CheckpointRow:
        """Return the checkpoint whose QR code says this, or that has this id.

        Raises:
            NotFound: There is none, or it is not seen.
        """
        row_id = as_uuid(said)
        if row_id is not None:
            return self.get(row_id, sight)
        row = self._session.scalar(select(CheckpointRow).where(CheckpointRow.token == said))
        if row is None or not self._is_seen(row, sight):
            raise NotFound("checkpoint", said)
        return row

    def of(self, enterprise_id: UUID) -> list[CheckpointRow]:
        """Return the checkpoints of an enterprise by name."""
        query = select(CheckpointRow).where(CheckpointRow.enterprise_id == enterprise_id)
        return list(self._session.scalars(query.order_by(CheckpointRow.name)))

    def _is_seen(self, row: CheckpointRow, sight: Sight) -> bool:
        if sight.everything:
            return True
        owner = self._session.get(EnterpriseRow, row.enterprise_id)
        return owner is not None and sight.covers(grid=owner.grid_id, enterprise=owner.id)


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Which inspections; ``None`` is any."""

    status: str | None = None
    kind: str | None = None
    enterprise: UUID | None = None
    campaign: UUID | None = None
    sight: Sight = field(default_factory=Sight)


class InspectionRepository:
    """Reads and writes inspections; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: InspectionRow) -> InspectionRow:
        """Add an inspection."""
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, inspection_id: UUID, sight: Sight) -> InspectionRow:
        """Return one inspection.

        Raises:
            NotFound: There is none with this id, or it is not seen.
        """
        row = self._session.get(InspectionRow, inspection_id)
        if row is None or not sight.covers(grid=row.grid_id, enterprise=row.enterprise_id):
            raise NotFound("inspection", inspection_id)
        return row

    def changed(self, row: InspectionRow) -> InspectionRow:
        """Write an inspection that was changed.

        Raises:
            Conflict: Somebody else changed it since it was read.
        """
        try:
            with self._session.begin_nested():
                self._session.flush()
        except StaleDataError as error:
            raise Conflict("somebody else changed this inspection; read it again") from error
        return row

    def page(
        self, wanted: InspectionFilter, *, limit: int, after: tuple[date, UUID] | None
    ) -> list[InspectionRow]:
        """Return inspections, the latest planned first, after the last one of the page before."""
        query = seen(select(InspectionRow), InspectionRow, wanted.sight)
        for column, value in (
            (InspectionRow.status, wanted.status),
            (InspectionRow.kind, wanted.kind),
            (InspectionRow.enterprise_id, wanted.enterprise),
            (InspectionRow.campaign_id, wanted.campaign),
        ):
            if value is not None:
                query = query.where(column == value)
        if after is not None:
            query = query.where(
                tuple_(InspectionRow.planned_for, InspectionRow.id) < tuple_(*after)
            )
        query = query.order_by(InspectionRow.planned_for.desc(), InspectionRow.id.desc())
        return list(self._session.scalars(query.limit(limit)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come.

    Attributes:
        targets: Enterprises to visit.
        visited: Of those, with a finished inspection of the campaign.
        inspections: Finished ones.
        hazards: Records made in them.
    """

    targets: int
    visited: int
    inspections: int
    hazards: int


class CampaignRepository:
    """Reads and writes campaigns; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: CampaignRow, targets: Iterable[UUID]) -> CampaignRow:
        """Add a campaign with its targets.

        Raises:
            Conflict: There is one of this name.
            NotFound: A target is no enterprise.
        """
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError as error:
            raise Conflict(f"there is a campaign {row.name} already") from error
        wanted = set(targets)
        there = set(
            self._session.scalars(select(EnterpriseRow.id).where(EnterpriseRow.id.in_(wanted)))
        )
        if missing := sorted(wanted - there):
            raise NotFound("enterprise", missing[0])
        self._session.add_all(
            CampaignTargetRow(campaign_id=row.id, enterprise_id=target) for target in there
        )
        self._session.flush()
        return row

    def get(self, campaign_id: UUID) -> CampaignRow:
        """Return one campaign.

        Raises:
            NotFound: There is none with this id.
        """
        row = self._session.get(CampaignRow, campaign_id)
        if row is None:
            raise NotFound("campaign", campaign_id)
        return row

    def all(self) -> list[CampaignRow]:
        """Return all campaigns, the latest first."""
        query = select(CampaignRow).order_by(CampaignRow.begins.desc(), CampaignRow.name)
        return list(self._session.scalars(query))

    def targets(self, campaign_id: UUID) -> list[UUID]:
        """Return the enterprises that a campaign is to visit."""
        query = select(CampaignTargetRow.enterprise_id).where(
            CampaignTargetRow.campaign_id == campaign_id
        )
        return list(self._session.scalars(query))

    def progress(self, campaigns: Sequence[UUID]) -> dict[UUID, Progress]:
        """Return how far campaigns have come, in three statements for all of them."""
        targets = dict(
            self._session.execute(
                select(CampaignTargetRow.campaign_id, func.count())
                .where(CampaignTargetRow.campaign_id.in_(campaigns))
                .group_by(CampaignTargetRow.campaign_id)
            ).all()
        )
        finished = {
            campaign: (count, visited)
            for campaign, count, visited in self._session.execute(
                select(
                    InspectionRow.campaign_id,
                    func.count(),
                    func.count(func.distinct(InspectionRow.enterprise_id)),
                )
                .where(InspectionRow.campaign_id.in_(campaigns), InspectionRow.status == "finished")
                .group_by(InspectionRow.campaign_id)
            )
        }
        hazards = dict(
            self._session.execute(
                select(InspectionRow.campaign_id, func.count(HazardRow.id))
                .join(HazardRow, HazardRow.inspection_id == InspectionRow.id)
                .where(InspectionRow.campaign_id.in_(campaigns))
                .group_by(InspectionRow.campaign_id)
            ).all()
        )
        return {
            campaign: Progress(
                targets.get(campaign, 0),
                finished.get(campaign, (0, 0))[1],
                finished.get(campaign, (0, 0))[0],
                hazards.get(campaign, 0),
            )
            for campaign in campaigns
        }
