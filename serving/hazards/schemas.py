"""What goes over the wire about hazard records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from serving.access.service import Actor
from serving.findings.schemas import EXAMPLE_FINDING, ClauseRead, ItemRead
from serving.findings.service import Books
from serving.texts import Text
from wsai.catalogue.hazards import Lang
from wsai.ledger.guards import levels
from wsai.ledger.machine import Kind, action_names, machines, possible
from wsai.storage.tables import HazardRow, HazardStepRow, NoticeRow
from wsai.storage.treatment import case_of
from wsai.supervision.access import LEDGER_ROLES

EXAMPLE_HAZARD: dict[str, Any] = {
    "id": "0c6a3f0e-6d0c-4bb2-8a8f-2f8a3f1c9d55",
    "number": "YH-2026-000001",
    "code": "ppe-no-helmet",
    "name": "未佩戴安全帽",
    "severity": "general",
    "status": "registered",
    "site": "示范机械厂",
    "checkpoint": "冲压车间",
    "photo_id": "7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77",
    "finding_id": EXAMPLE_FINDING["id"],
    "clauses": EXAMPLE_FINDING["clauses"],
    "guidance": EXAMPLE_FINDING["guidance"],
    "checklist_items": EXAMPLE_FINDING["checklist_items"],
    "accident_type": "物体打击",
    "found_on": "2026-11-23",
    "deadline": "2026-11-23",
    "confirmed_by": "网格员王",
    "confirmed_at": "2026-11-23T02:30:00Z",
    "model": "wsai-detector-0.1.0",
    "rule": "ppe/helmet@3",
    "probability": 0.87,
    "note": None,
    "kind": "general",
    "status_name": "已登记",
    "source": "supervision",
    "enterprise_id": None,
    "grid_id": None,
    "checkpoint_id": None,
    "inspection_id": None,
    "overdue_days": 0,
    "asked_deadline": None,
    "responsible": None,
    "measures": None,
    "items": {},
    "level": None,
    "returns": 0,
    "seen": 1,
    "reopened": 0,
    "after_photos": [],
    "penalties": [],
    "closed_on": None,
    "version": 1,
    "acts": ["fix-on-spot", "order"],
    "offers": [
        {"do": "fix-on-spot", "name": "当场整改", "needs": ["after-photos", "responsible"]},
        {"do": "order", "name": "下达整改", "needs": ["responsible", "measures", "deadline"]},
    ],
}


class Offer(BaseModel):
    """Something that the asker may do now, and what it takes."""

    do: str
    name: str
    needs: list[str] = Field(description="As in `docs/ledger-states.md`.")
    levels: list[str] = Field(
        default_factory=list, description="Levels of a listing to choose from, the highest first."
    )


class HazardRead(BaseModel):
    """One hazard record, and what the asker may do with it now."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_HAZARD]})

    id: UUID
    number: str
    code: str
    name: str
    severity: str
    kind: Literal["general", "major"]
    status: str
    status_name: str
    source: str
    site: str | None
    checkpoint: str | None
    enterprise_id: UUID | None
    grid_id: UUID | None
    checkpoint_id: UUID | None
    inspection_id: UUID | None
    photo_id: UUID
    finding_id: UUID
    clauses: list[ClauseRead]
    guidance: list[str]
    checklist_items: list[ItemRead]
    accident_type: str
    found_on: date
    deadline: date | None
    asked_deadline: date | None
    overdue_days: int = Field(description="Computed; 0 while others than the enterprise act.")
    responsible: str | None
    measures: str | None
    items: dict[str, Any] = Field(description="The seven of 五落实 and 五到位, where written.")
    level: str | None
    returns: int = Field(description="How often a recheck failed.")
    seen: int = Field(description="How many findings it stands for.")
    reopened: int = Field(description="How often it came back after it was closed.")
    after_photos: list[UUID]
    penalties: list[str]
    closed_on: date | None
    confirmed_by: str
    confirmed_at: datetime
    model: str
    rule: str
    probability: float | None
    note: str | None
    version: int
    acts: list[str] = Field(description="What the asker may do now.")
    offers: list[Offer] = Field(
        description="The same, with names and what each takes; empty in lists."
    )


class HazardPage(BaseModel):
    """One page of records."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_HAZARD], "next": None}]}
    )

    items: list[HazardRead]
    next: str | None


class StepRead(BaseModel):
    """One line of a record's history."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "position": 0,
                    "at": "2026-11-23T02:40:00Z",
                    "actor": "网格员王",
                    "role": "inspector",
                    "action": "order",
                    "name": "下达整改",
                    "before": "registered",
                    "after": "ordered",
                    "reason": None,
                    "evidence": {"responsible": "企业钱", "measures": "加装护罩"},
                }
            ]
        }
    )

    position: int
    at: datetime
    actor: str
    role: str
    action: str
    name: str
    before: str
    after: str
    reason: str | None
    evidence: dict[str, Any]


class ActRequest(BaseModel):
    """What an act takes beside its name; `docs/ledger-states.md` says which act needs what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"responsible": "企业钱", "measures": "加装护罩", "deadline": "2026-12-24"},
                {"after_photos": ["7f0f5df0-7f5f-43a5-9c0e-1d9a1c3b5e77"]},
                {"signed_record": "4be0643f-1d98-573b-97cd-ca98a65347dd"},
            ]
        },
    )

    reason: Text | None = Field(default=None, max_length=2000)
    after_photos: list[UUID] = Field(default_factory=list, max_length=20)
    signed_record: UUID | None = None
    responsible: Text | None = Field(default=None, max_length=100)
    measures: Text | None = Field(default=None, max_length=2000)
    deadline: date | None = None
    basis: Text | None = Field(default=None, max_length=500)
    second_officer: Text | None = Field(default=None, max_length=64)
    six_items: list[Text] = Field(default_factory=list, max_length=6)
    level: Text | None = Field(default=None, max_length=20)
    reference: Text | None = Field(default=None, max_length=100)
    receiver: Text | None = Field(default=None, max_length=100)


class Items(BaseModel):
    """The seven items from which 五落实 and 五到位 are printed; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"responsibility": "车间主任 钱", "funds": "计划 2 万元"}]},
    )

    responsibility: Text | None = Field(default=None, max_length=500)
    measures: Text | None = Field(default=None, max_length=2000)
    funds: Text | None = Field(default=None, max_length=500)
    time: Text | None = Field(default=None, max_length=500)
    plan: Text | None = Field(default=None, max_length=2000)
    goal: Text | None = Field(default=None, max_length=500)
    people: Text | None = Field(default=None, max_length=500)
    funds_yuan: int | None = Field(default=None, ge=0, le=10**11, description="落实资金, yuan.")


class BulkLine(ActRequest):
    """One act of many: on which record, as of which version."""

    model_config = ConfigDict(extra="forbid")

    hazard_id: UUID
    version: int = Field(ge=1)


class BulkActs(BaseModel):
    """The same act on many records; each succeeds or fails by itself."""

    model_config = ConfigDict(extra="forbid")

    lines: list[BulkLine] = Field(min_length=1, max_length=200)


class BulkResult(BaseModel):
    """What became of one line."""

    hazard_id: UUID
    done: bool
    status: str | None
    version: int | None
    problem: str | None = Field(description="What to do about it, where it was not done.")


class NoticeRead(BaseModel):
    """Something that somebody is to be told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "1d4a7f9b-3f0f-4a59-9c62-7d1b5c8e2f11",
                    "hazard_id": EXAMPLE_HAZARD["id"],
                    "number": "YH-2026-000001",
                    "tell": "grid-leader",
                    "text": "逾期超过3日，请网格长督办",
                    "due": "2026-11-27",
                    "days_late": 4,
                    "at": "2026-11-27T00:10:00Z",
                    "read_by": None,
                }
            ]
        }
    )

    id: UUID
    hazard_id: UUID
    number: str
    tell: str
    text: str
    due: date
    days_late: int
    at: datetime
    read_by: str | None


def read_hazard(
    row: HazardRow, *, books: Books, actor: Actor, lang: Lang, listed: bool = False
) -> HazardRead:
    """Return a record as it goes over the wire, with the clauses of the day it was found.

    Args:
        row: The record.
        books: The catalogue and the day.
        actor: Who asks.
        lang: Of the names.
        listed: Whether it stands in a list: what an act takes is left out there.
    """
    hazard, case = books.catalogue.hazard(row.code), case_of(row)
    words = machines()[case.kind].states[case.state]
    part = LEDGER_ROLES.get(actor.role)
    can = possible(case, part) if part is not None else []
    return HazardRead(
        id=row.id,
        number=row.number,
        code=row.code,
        name=hazard.name(lang),
        severity=row.severity,
        kind=case.kind.value,
        status=row.status,
        status_name=words.zh if lang == "zh" else words.en,
        source=row.source,
        site=row.site,
        checkpoint=row.checkpoint,
        enterprise_id=row.enterprise_id,
        grid_id=row.grid_id,
        checkpoint_id=row.checkpoint_id,
        inspection_id=row.inspection_id,
        photo_id=row.photo_id,
        finding_id=row.finding_id,
        clauses=[
            ClauseRead(ref=c.ref, clause=c.clause, verified=c.verified, text=c.text(lang))
            for c in hazard.clauses_on(row.found_on)
        ],
        guidance=list(hazard.guidance(lang)),
        checklist_items=[
            ItemRead(checklist=i.checklist, item=i.number, question=hazard.question(lang))
            for i in books.catalogue.checklist_items(row.code)
        ],
        accident_type=hazard.accident_type(row.found_on),
        found_on=row.found_on,
        deadline=row.deadline,
        asked_deadline=row.asked_deadline,
        overdue_days=case.overdue_days(books.today),
        responsible=row.responsible,
        measures=row.measures,
        items=row.items,
        level=row.level,
        returns=row.returns,
        seen=row.seen,
        reopened=row.reopened,
        after_photos=row.after_photos,
        penalties=row.penalties,
        closed_on=row.closed_on,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        model=row.model_id,
        rule=row.rule,
        probability=row.probability,
        note=row.note,
        version=row.version,
        acts=[one.do for one in can],
        offers=[
            Offer(
                do=one.do,
                name=one.zh if lang == "zh" else one.en,
                needs=list(one.needs),
                levels=list(levels()) if "level" in one.needs else [],
            )
            for one in ([] if listed else can)
        ],
    )


def _names(kind: Kind) -> dict[str, str]:
    """Return what acts are called; a record may have been of the other kind before."""
    other = Kind.GENERAL if kind is Kind.MAJOR else Kind.MAJOR
    return action_names(other) | action_names(kind)


def read_step(row: HazardStepRow, kind: Kind) -> StepRead:
    """Return a line of the history as it goes over the wire."""
    return StepRead(
        position=row.position,
        at=row.at,
        actor=row.actor,
        role=row.role,
        action=row.action,
        name=_names(kind).get(row.action, row.action),
        before=row.before,
        after=row.after,
        reason=row.reason,
        evidence=row.evidence,
    )


def read_notice(row: NoticeRow, number: str) -> NoticeRead:
    """Return a notice as it goes over the wire."""
    return NoticeRead(
        id=row.id,
        hazard_id=row.hazard_id,
        number=number,
        tell=row.tell,
        text=row.text,
        due=row.due,
        days_late=row.days_late,
        at=row.at,
        read_by=row.read_by,
    )
