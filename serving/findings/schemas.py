"""What goes over the wire about findings."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.texts import Text
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.diagnosis.findings import Because, Evidence, Finding, Verdict
from wsai.diagnosis.report import finding_json
from wsai.storage.tables import FindingRow
from wsai.vision.labels import Label

Box4 = tuple[float, float, float, float]


class ObjectRead(BaseModel):
    """One object; box in pixels of the upright original."""

    label: str
    score: float
    box: Box4


class BecauseRead(BaseModel):
    """Why: rule, relation and the objects it rests on."""

    rule: str
    relation: str
    text: str
    objects: list[ObjectRead]


class ClauseRead(BaseModel):
    """A legal reference in force on the day; ``verified`` false must be shown."""

    ref: str
    clause: str
    verified: bool
    text: str


class ItemRead(BaseModel):
    """A checklist item that the finding answers with no."""

    checklist: str
    item: str
    question: str


class NearestRead(BaseModel):
    """A hazard that a change may be."""

    code: str
    name: str


EXAMPLE_FINDING: dict[str, Any] = {
    "id": "5e4b9f0a-4d0e-4f7c-9d34-6a2f6a1c7b10",
    "status": "open",
    "hazard_id": None,
    "code": "ppe-no-helmet",
    "name": "未佩戴安全帽",
    "verdict": "hazard",
    "probability": 0.87,
    "severity": "general",
    "boxes": [[412.0, 96.5, 470.2, 150.1]],
    "because": {
        "rule": "ppe/helmet@3",
        "relation": "bare-head-on-person",
        "text": "人员头部未戴安全帽",
        "objects": [{"label": "no-helmet", "score": 0.81, "box": [412.0, 96.5, 470.2, 150.1]}],
    },
    "question": None,
    "checklist_items": [
        {
            "checklist": "construction",
            "item": "2.1",
            "question": "需戴安全帽区域内的人员是否全部正确佩戴安全帽并系好下颏带？",
        }
    ],
    "clauses": [
        {
            "ref": "《中华人民共和国安全生产法》(2021修正)",
            "clause": "第四十五条(提供并监督佩戴)",
            "verified": True,
            "text": "《中华人民共和国安全生产法》(2021修正) 第四十五条(提供并监督佩戴)",
        }
    ],
    "guidance": ["立即制止并要求当事人戴好安全帽、系紧下颏带后再作业"],
    "accident_type": "物体打击",
    "deadline": "2026-11-23",
    "dismiss_reason": None,
    "decided_by": None,
}


class FindingRead(BaseModel):
    """One suspected hazard of a photo."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_FINDING]})

    id: UUID
    status: Literal["open", "confirmed", "dismissed"]
    hazard_id: UUID | None
    code: str
    name: str
    verdict: Literal["hazard", "ask-a-person", "not-visible"]
    probability: float | None
    severity: Literal["general", "serious", "major"]
    boxes: list[Box4]
    because: BecauseRead
    question: str | None
    checklist_items: list[ItemRead]
    clauses: list[ClauseRead]
    guidance: list[str]
    accident_type: str
    deadline: date | None
    kind: str | None = Field(
        default=None, description="Of a change against the baseline: appeared, gone, …"
    )
    nearest: list[NearestRead] = Field(
        default_factory=list, description="What a change may be, the likeliest first."
    )
    dismiss_reason: str | None
    decided_by: str | None


class Confirmation(BaseModel):
    """What a person adds when confirming; all optional."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"note": "三号冲床旁", "deadline": "2026-11-25"}]},
    )

    note: Text | None = Field(default=None, max_length=2000)
    deadline: date | None = None
    code: Text | None = Field(
        default=None,
        max_length=80,
        description="What a change against the baseline is; only for such findings.",
    )


class Pointed(BaseModel):
    """A hazard that a person sees on a photo and no model found."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"code": "elec-panel-open", "boxes": [[120, 80, 340, 420]], "note": "三号柜"}
            ]
        },
    )

    code: Text = Field(max_length=80, description="Of the catalogue.")
    boxes: list[Box4] = Field(
        default_factory=list,
        max_length=20,
        description="Left, top, right, bottom in pixels of the upright photo; may be left out.",
    )
    note: Text | None = Field(default=None, max_length=2000)
    deadline: date | None = None


class Dismissal(BaseModel):
    """Why a finding is none."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "误报：是反光的灯罩"}]}
    )

    reason: Text = Field(min_length=1, max_length=2000, pattern=r"\S")


def finding_of(row: FindingRow) -> Finding:
    """Return the finding that a row keeps."""
    because = row.because
    return Finding(
        row.code,
        Verdict(row.verdict),
        row.probability,
        tuple((b[0], b[1], b[2], b[3]) for b in row.boxes),
        Because(
            row.rule,
            because["relation"],
            tuple(
                Evidence(
                    Label(o["label"]),
                    o["score"],
                    (o["box"][0], o["box"][1], o["box"][2], o["box"][3]),
                )
                for o in because["objects"]
            ),
            because["zh"],
            because["en"],
            areas=tuple(tuple((x, y) for x, y in area) for area in because.get("areas", ())),
        ),
        row.question_zh,
        row.question_en,
        tuple(because.get("nearest", ())),
    )


def read_finding(row: FindingRow, *, catalogue: Catalogue, lang: Lang, on: date) -> FindingRead:
    """Return a finding as it goes over the wire."""
    shown = finding_json(finding_of(row), catalogue=catalogue, lang=lang, on=on)
    return FindingRead.model_validate(
        {
            **shown,
            "id": row.id,
            "status": row.status,
            "hazard_id": row.hazard_id,
            "dismiss_reason": row.dismiss_reason,
            "decided_by": row.decided_by,
        }
    )
