"""What goes over the wire about models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text

EXAMPLE_MODEL: dict[str, Any] = {
    "id": "wsai-detector-0.1.0",
    "active": True,
    "roles": ["active"],
    "pinned": False,
    "canary": None,
    "problem": None,
    "architecture": "yolo11n",
    "created": "2026-11-24T01:56:58Z",
    "runs": "model.int8.onnx",
    "precision": "int8",
    "computes_in": "int8",
    "provider": "CPUExecutionProvider",
    "input_px": 512,
    "map50": 0.613,
    "labels": ["person", "helmet"],
    "thresholds": {"person": 0.344, "helmet": 0.275},
}


class CanaryRead(BaseModel):
    """Which photos a candidate answers: a share of all, and all of some sites."""

    share: float
    sites: list[str]


class ModelRead(BaseModel):
    """One model of the registry; what its card says is ``null`` where the card is damaged."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MODEL]})

    id: str
    active: bool = Field(description="This service answers with it.")
    roles: list[Literal["active", "canary", "shadow"]] = Field(description="What it does here now.")
    pinned: bool = Field(description="WSAI_MODEL says that it runs; promotions are ignored.")
    canary: CanaryRead | None
    problem: str | None = Field(description="Why what the models folder asks for is not done.")
    architecture: str | None
    created: datetime | None
    runs: str | None = Field(description="The file that runs.")
    precision: str | None = Field(description="Of that file, as its card says.")
    computes_in: str | None = Field(
        description="What it computes in, whatever the CPU offers; null where it is not loaded."
    )
    provider: str | None = Field(
        description="What of onnxruntime runs it; null where it is not loaded."
    )
    input_px: int | None
    map50: float | None = Field(
        description="Of the file that runs, averaged over the pictures of its validation sets."
    )
    labels: list[str]
    thresholds: dict[str, float]


class Reason(BaseModel):
    """Why a model is exchanged."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "sees forklifts better"}]}
    )

    reason: Annotated[Text, Field(max_length=500)] | None = None


class SwitchRead(BaseModel):
    """A model that answers now, and the one until then."""

    action: Literal["promote", "rollback"]
    before: str
    after: str
    by: str
    at: datetime
    reason: str | None


class LabelSums(BaseModel):
    """Objects of one label, counted over all compared photos."""

    both: int = 0
    only_active: int = 0
    only_candidate: int = 0


class VerdictChange(BaseModel):
    """On how many photos the two models say so differently of one hazard; ``null`` is nothing."""

    code: str
    active: str | None
    candidate: str | None
    photos: int


class ShadowSummary(BaseModel):
    """What one candidate said of photos that one other model had answered."""

    active: str
    candidate: str
    photos: int
    differing: int
    since: datetime
    until: datetime
    median_ms: float = Field(description="Of the candidate, from the file to its findings.")
    labels: dict[str, LabelSums]
    findings: list[VerdictChange]


class ShadowReport(BaseModel):
    """The comparisons of shadow models, by pair of models; the newest pair first."""

    shadow: str | None = Field(description="The model that looks now.")
    items: list[ShadowSummary]
