"""Campaigns: begun, and how far they have come."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from serving.campaigns.schemas import CampaignRead, NewCampaign, read_campaign
from serving.dependencies import (
    CampaignWriter,
    InspectionReader,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from wsai.errors import Forbidden, InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.inspections import CampaignRepository
from wsai.storage.sight import grids_below
from wsai.storage.supervision import AssessmentRepository
from wsai.storage.tables import CampaignRow

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


@router.get("")
def list_campaigns(_actor: InspectionReader, session: ReaderDep) -> list[CampaignRead]:
    """Return all campaigns, the latest first."""
    campaigns = CampaignRepository(session)
    rows = campaigns.all()
    progress = campaigns.progress([row.id for row in rows])
    return [read_campaign(row, progress[row.id]) for row in rows]


@router.post("", status_code=HTTPStatus.CREATED)
def begin_campaign(
    asked: NewCampaign, actor: CampaignWriter, session: SessionDep, parts: PartsDep
) -> CampaignRead:
    """Begin a campaign with its list of targets."""
    if asked.ends < asked.begins:
        raise InvalidRequest(f"ends: {asked.ends} lies before {asked.begins}")
    parts.catalogue.checklist(asked.checklist)
    mine = {row.id: row for row in AssessmentRepository(session).enterprises(actor.sight)}
    if strange := [target for target in asked.targets if target not in mine]:
        raise Forbidden(f"targets: {strange[0]} is no enterprise of yours")
    targets = set(asked.targets)
    if asked.tag is not None:
        grids = grids_below(session, asked.grid_id) if asked.grid_id else None
        targets |= {
            row.id
            for row in mine.values()
            if asked.tag in row.tags and (grids is None or row.grid_id in grids)
        }
    if not targets:
        raise InvalidRequest("targets: nobody is to be visited; name enterprises or a tag")
    campaigns, now = CampaignRepository(session), parts.clock.now()
    row = campaigns.add(
        CampaignRow(
            name=asked.name.strip(),
            kind=asked.kind,
            checklist=asked.checklist,
            begins=asked.begins,
            ends=asked.ends,
            created_by=actor.name,
            created_at=now,
        ),
        targets,
    )
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="campaign.begun",
        subject=f"campaign:{row.id}",
        details={"name": row.name, "targets": len(targets)},
    )
    return read_campaign(row, campaigns.progress([row.id])[row.id])


@router.get("/{campaign_id}")
def show_campaign(campaign_id: UUID, _actor: InspectionReader, session: ReaderDep) -> CampaignRead:
    """Return one campaign."""
    campaigns = CampaignRepository(session)
    row = campaigns.get(campaign_id)
    return read_campaign(row, campaigns.progress([row.id])[row.id])


@router.get("/{campaign_id}/targets")
def list_targets(campaign_id: UUID, actor: InspectionReader, session: ReaderDep) -> list[UUID]:
    """Return the enterprises to visit that the asker sees."""
    campaigns = CampaignRepository(session)
    targets = set(campaigns.targets(campaigns.get(campaign_id).id))
    seen = AssessmentRepository(session).enterprises(actor.sight)
    return [row.id for row in seen if row.id in targets]
