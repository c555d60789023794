"""What goes over the wire about the catalogue."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from serving.findings.schemas import ClauseRead, ItemRead
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Checklist, Hazard, Lang


class HazardEntry(BaseModel):
    """One hazard of the catalogue."""

    code: str
    name: str
    category: str
    tier: str
    severity: str
    question: str
    clauses: list[ClauseRead]
    guidance: list[str]
    deadline_days: int
    accident_type: str
    major_hazard_zh: str | None
    visual_evidence: str
    single_photo_ok: bool
    needs_context: list[str]


class ChecklistRead(BaseModel):
    """One checklist."""

    id: str
    title: str
    scope: str
    items: list[ItemRead]


def read_entry(hazard: Hazard, *, lang: Lang, on: date) -> HazardEntry:
    """Return a hazard as it goes over the wire."""
    return HazardEntry(
        code=hazard.code,
        name=hazard.name(lang),
        category=hazard.category,
        tier=hazard.tier,
        severity=hazard.severity.value,
        question=hazard.question(lang),
        clauses=[
            ClauseRead(ref=c.ref, clause=c.clause, verified=c.verified, text=c.text(lang))
            for c in hazard.clauses_on(on)
        ],
        guidance=list(hazard.guidance(lang)),
        deadline_days=hazard.deadline_days,
        accident_type=hazard.accident_type(on),
        major_hazard_zh=hazard.major_hazard_zh,
        visual_evidence=hazard.visual_evidence,
        single_photo_ok=hazard.single_photo_ok,
        needs_context=list(hazard.needs_context),
    )


def read_checklist(checklist: Checklist, catalogue: Catalogue, lang: Lang) -> ChecklistRead:
    """Return a checklist as it goes over the wire."""
    return ChecklistRead(
        id=checklist.id,
        title=checklist.title(lang),
        scope=checklist.scope_zh if lang == "zh" else checklist.scope_en,
        items=[
            ItemRead(
                checklist=checklist.id,
                item=item.number,
                question=catalogue.hazard(item.code).question(lang),
            )
            for item in checklist.items
        ],
    )
