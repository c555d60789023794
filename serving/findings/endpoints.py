"""Confirming and dismissing findings."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from serving.dependencies import Decider, LangDep, PartsDep, SessionDep
from serving.findings import service
from serving.findings.schemas import Confirmation, Dismissal, FindingRead, read_finding
from serving.hazards.schemas import HazardRead, read_hazard

router = APIRouter(prefix="/findings", tags=["findings"])


@router.post("/{finding_id}/confirm", status_code=HTTPStatus.CREATED)
def confirm_finding(
    finding_id: UUID,
    actor: Decider,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
    confirmation: Confirmation | None = None,
) -> HazardRead:
    """Confirm a finding: a person says that it is a hazard, and a record exists."""
    said = confirmation or Confirmation()
    row = service.confirm(
        session,
        finding_id,
        actor=actor,
        books=parts.books(),
        word=service.Word(said.note, said.deadline, said.code),
    )
    parts.metrics.decisions.labels(row.code, "confirmed").inc()
    return read_hazard(row, books=parts.books(), actor=actor, lang=lang)


@router.post("/{finding_id}/dismiss")
def dismiss_finding(
    finding_id: UUID,
    dismissal: Dismissal,
    actor: Decider,
    session: SessionDep,
    parts: PartsDep,
    lang: LangDep,
) -> FindingRead:
    """Dismiss a finding with a reason."""
    row = service.dismiss(
        session, finding_id, actor=actor, reason=dismissal.reason, now=parts.clock.now()
    )
    parts.metrics.decisions.labels(row.code, "dismissed").inc()
    day = service.inspection_day(row.photo, parts.settings.utc_offset_hours)
    return read_finding(row, catalogue=parts.catalogue, lang=lang, on=day)
