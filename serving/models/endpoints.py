"""Which models there are, and which one looks."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from serving.dependencies import ActorDep, PartsDep
from wsai.perception.models import list_cards, models_dir

router = APIRouter(prefix="/models", tags=["models"])


class ModelRead(BaseModel):
    """One model of the registry."""

    id: str
    active: bool
    architecture: str
    precision: str
    labels: list[str]
    thresholds: dict[str, float]
    input_px: int


@router.get("")
def list_models(_actor: ActorDep, parts: PartsDep) -> list[ModelRead]:
    """Return the models; ``active`` marks the one that this service runs."""
    return [
        ModelRead(
            id=card.id,
            active=card.id == parts.detector.model_id,
            architecture=card.architecture,
            precision=card.precision,
            labels=[label.value for label in card.labels],
            thresholds={label.value: score for label, score in card.thresholds.items()},
            input_px=card.input.size,
        )
        for card in list_cards(models_dir())
    ]
