"""Which models there are, which one looks, and exchanging it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import (
    ModelReader,
    ModelSwitcher,
    Parts,
    PartsDep,
    ReaderDep,
    SessionDep,
)
from serving.models import service
from serving.models.schemas import ModelRead, Reason, ShadowReport, SwitchRead
from serving.texts import Text
from wsai.storage.shadows import ShadowRepository

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def list_models(_actor: ModelReader, parts: PartsDep) -> list[ModelRead]:
    """Return the models; ``active`` marks the one that this service answers with."""
    return list(service.list_models(parts.models))


@router.post("/rollback")
def roll_back(
    admin: ModelSwitcher, session: SessionDep, parts: PartsDep, said: Reason | None = None
) -> SwitchRead:
    """Go back to the model before the active one, while photos go on being answered."""
    return _switch("rollback", None, admin, session, parts, said)


@router.post("/{model_id}/promote")
def promote(
    model_id: Annotated[Text, Path(max_length=100)],
    admin: ModelSwitcher,
    session: SessionDep,
    parts: PartsDep,
    said: Reason | None = None,
) -> SwitchRead:
    """Check and try a model, then answer with it, while photos go on being answered."""
    return _switch("promote", model_id, admin, session, parts, said)


def _switch(
    action: Literal["promote", "rollback"],
    model_id: str | None,
    actor: Actor,
    session: Session,
    parts: Parts,
    said: Reason | None,
) -> SwitchRead:
    change = service.switch(
        session,
        parts.models,
        action=action,
        model_id=model_id,
        actor=actor,
        now=parts.clock.now(),
        reason=said.reason if said else None,
    )
    return SwitchRead(**change.model_dump(exclude={"canary"}))


@router.get("/shadow")
def shadow_report(
    _actor: ModelReader,
    session: ReaderDep,
    parts: PartsDep,
    candidate: Text | None = None,
    limit: Annotated[int, Query(ge=1, le=service.MOST_COMPARED)] = 2000,
) -> ShadowReport:
    """Return what shadow models said differently, over the newest compared photos."""
    shadow = parts.models.running.shadow
    rows = ShadowRepository(session).newest(candidate=candidate, limit=limit)
    return ShadowReport(shadow=shadow.model_id if shadow else None, items=service.summaries(rows))
