"""Which records are asked for, as it stands in the address."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query

from serving.dependencies import HazardReader, PartsDep, ReaderDep
from serving.texts import Text
from wsai.storage.hazards import HazardFilter
from wsai.storage.sight import grids_below


def wanted_hazards(
    actor: HazardReader,
    session: ReaderDep,
    parts: PartsDep,
    status: Text | None = None,
    code: Text | None = None,
    site: Text | None = None,
    severity: Literal["general", "serious", "major"] | None = None,
    kind: Literal["general", "major"] | None = None,
    source: Literal["supervision", "self-check", "camera"] | None = None,
    enterprise_id: UUID | None = None,
    inspection_id: UUID | None = None,
    grid_id: Annotated[UUID | None, Query(description="With everything below it.")] = None,
    number: Annotated[Text | None, Query(max_length=20, description="How it begins.")] = None,
    level: Text | None = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    overdue: bool = False,
    found_from: date | None = None,
    found_to: date | None = None,
    closed_from: date | None = None,
    closed_to: date | None = None,
) -> HazardFilter:
    """Return the filter, bound to what the asker may see."""
    return HazardFilter(
        status=status,
        code=code,
        site=site,
        severity=severity,
        kind=kind,
        source=source,
        enterprise=enterprise_id,
        inspection=inspection_id,
        grids=grids_below(session, grid_id) if grid_id else None,
        number=number,
        level=level,
        open=is_open,
        overdue_on=parts.books().today if overdue else None,
        found_from=found_from,
        found_to=found_to,
        closed_from=closed_from,
        closed_to=closed_to,
        sight=actor.sight,
    )


Wished = Annotated[HazardFilter, Depends(wanted_hazards)]
