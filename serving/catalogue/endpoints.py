"""Reading the catalogue."""

from __future__ import annotations

from datetime import date, timedelta, timezone

from fastapi import APIRouter

from serving.catalogue.schemas import ChecklistRead, HazardEntry, read_checklist, read_entry
from serving.dependencies import CatalogueReader, LangDep, Parts, PartsDep

router = APIRouter(prefix="/catalogue", tags=["catalogue"])


def _today(parts: Parts) -> date:
    zone = timezone(timedelta(hours=parts.settings.utc_offset_hours))
    return parts.clock.now().astimezone(zone).date()


@router.get("")
def list_hazards(
    _actor: CatalogueReader, parts: PartsDep, lang: LangDep, on: date | None = None
) -> list[HazardEntry]:
    """Return all hazards with the clauses in force on a day (today by default)."""
    day = on or _today(parts)
    return [read_entry(h, lang=lang, on=day) for h in parts.catalogue.hazards.values()]


@router.get("/checklists")
def list_checklists(_actor: CatalogueReader, parts: PartsDep, lang: LangDep) -> list[ChecklistRead]:
    """Return all checklists."""
    return [
        read_checklist(checklist, parts.catalogue, lang)
        for checklist in parts.catalogue.checklists.values()
    ]


@router.get("/{code}")
def show_hazard(
    code: str, _actor: CatalogueReader, parts: PartsDep, lang: LangDep, on: date | None = None
) -> HazardEntry:
    """Return one hazard."""
    return read_entry(parts.catalogue.hazard(code), lang=lang, on=on or _today(parts))
