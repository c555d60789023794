"""Lists and statistics as Excel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from serving.documents.entries import GRADE_ZH, SOURCE_ZH, plan_of
from serving.findings.service import Books
from serving.statistics.schemas import FigureRow, StatisticsRead
from wsai.documents.sheets import (
    LedgerRow,
    StatisticsRow,
    hazard_list,
    quarter,
    statistics,
)
from wsai.documents.values import Citation, HazardEntry, Party
from wsai.errors import InvalidRequest
from wsai.ledger.machine import WAITS, Kind, machines
from wsai.storage.enterprises import EnterpriseRepository, GridRepository
from wsai.storage.hazards import HazardFilter, HazardRepository, Order
from wsai.storage.tables import EnterpriseRow, HazardRow
from wsai.supervision.enterprises import TAG_ZH, Tag

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 5000
"""What one answer can hold without keeping others waiting; a period or a grid narrows it."""

Accepted = Annotated[
    bool, Query(description="Cite clauses that nobody compared, with their mark 〔未核〕.")
]


def workbook(content: bytes, name: str) -> Response:
    """Return a workbook as an answer that is saved under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=EXCEL, headers=headers)


def hazard_sheet(
    session: Session, wanted: HazardFilter, order: Order, books: Books, *, accept_unverified: bool
) -> bytes:
    """Return all records of a filter as a workbook.

    Raises:
        InvalidRequest: There are too many.
        ClauseUnverified: A row cites a clause that nobody compared, and nobody accepted that.
    """
    rows = HazardRepository(session).page(wanted, limit=MOST_ROWS + 1, after=None, order=order)
    if len(rows) > MOST_ROWS:
        raise InvalidRequest(
            f"there are more than {MOST_ROWS} records; narrow the list, for example by "
            "found_from and found_to or by grid_id"
        )
    owners = EnterpriseRepository(session).many(
        {row.enterprise_id for row in rows if row.enterprise_id is not None}
    )
    grids = {row.id: row.name for row in GridRepository(session).all()}
    lines = [_line(row, owners, grids, books) for row in rows]
    title = f"隐患清单（{books.today:%Y-%m-%d}，{len(lines)}项）"
    return hazard_list(lines, title=title, dated=books.today, accept_unverified=accept_unverified)


def _line(
    row: HazardRow, owners: Mapping[UUID, EnterpriseRow], grids: Mapping[UUID, str], books: Books
) -> LedgerRow:
    hazard = books.catalogue.hazard(row.code)
    owner = owners.get(row.enterprise_id) if row.enterprise_id else None
    entry = HazardEntry(
        number=row.number,
        description=hazard.name("zh") + (f"；{row.note}" if row.note else ""),
        found_on=row.found_on,
        place=row.checkpoint or row.site,
        category=hazard.category_zh,
        grade=GRADE_ZH[row.severity],
        finder=row.confirmed_by,
        source=SOURCE_ZH[row.source],
        citations=tuple(Citation.of(clause) for clause in hazard.clauses_on(row.found_on)),
        deadline=row.deadline,
        status=row.measures,
    )
    tags = (TAG_ZH[tag] for tag in Tag if owner is not None and tag.value in owner.tags)
    return LedgerRow(
        entry,
        Party(owner.name, owner.address, owner.contact, None, owner.phone)
        if owner is not None
        else Party(row.site or "", ""),
        plan_of(row),
        industry="、".join(tags) or None,
        grid=grids.get(row.grid_id) if row.grid_id else None,
        state=machines()[Kind(row.kind)].states[row.status].zh,
        completed_on=row.closed_on,
        overdue_days=_late(row, books.today),
        rechecks=row.returns,
        level=row.level,
        cancelled_on=row.closed_on,
    )


def _late(row: HazardRow, today: date) -> int:
    if row.deadline is None or row.closed_on is not None or row.status in WAITS:
        return 0
    return max(0, (today - row.deadline).days)


def statistics_sheet(told: StatisticsRead, *, reporter: str, books: Books) -> bytes:
    """Return statistics in the form that is filed.

    Raises:
        InvalidRequest: By industry an enterprise may stand in two rows, so there is no sum to file.
    """
    if told.by == "industry":
        raise InvalidRequest(
            "by: an enterprise may have two industries, so these rows have no sum; "
            "file by all, grid, enterprise or hazard"
        )
    period = f"{told.year}年" if told.quarter is None else quarter(told.year, told.quarter)
    return statistics(
        [_figures(row) for row in told.rows], period=period, reporter=reporter, dated=books.today
    )


def _figures(row: FigureRow) -> StatisticsRow:
    return StatisticsRow(
        row.name,
        units_due=row.to_inspect,
        units_inspected=row.inspected,
        general_found=row.general_found,
        general_fixed=row.general_fixed,
        major_found=row.major_found,
        major_fixed=row.major_fixed,
        major_planned=row.planned,
        five_in_place=row.five_in_place,
        listed_province=row.listed_province,
        listed_city=row.listed_city,
        listed_other=row.listed - row.listed_province - row.listed_city,
        general_yuan=Decimal(row.general_funds_yuan),
        major_yuan=Decimal(row.major_funds_yuan),
    )
