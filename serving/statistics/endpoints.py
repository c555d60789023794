"""Statistics of the ledger in the statutory columns, and early warning."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from serving.dependencies import PartsDep, ReaderDep, StatisticsReader
from serving.documents.lists import statistics_sheet, workbook
from serving.statistics import service
from serving.statistics.schemas import Quarter, StatisticsRead, WarningRead
from serving.texts import Text
from wsai.documents.numbering import read_offices
from wsai.storage.statistics import By

router = APIRouter(prefix="/statistics", tags=["statistics"])


@router.get("")
def show_statistics(
    actor: StatisticsReader,
    session: ReaderDep,
    parts: PartsDep,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    quarter: Quarter | None = None,
    by: By = "all",
) -> StatisticsRead:
    """Return the figures of a year or quarter; each says where the rows behind it are."""
    books = parts.books()
    return service.statistics(
        session,
        year=year or books.today.year,
        quarter=quarter,
        by=by,
        sight=actor.sight,
        books=books,
    )


@router.get("/sheet", response_class=Response)
def fetch_statistics(
    actor: StatisticsReader,
    session: ReaderDep,
    parts: PartsDep,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    quarter: Quarter | None = None,
    by: By = "all",
    office: Annotated[Text, Query(max_length=40)] = "sip-emergency",
) -> Response:
    """Return the same figures as Excel, in the form that is filed, with room to sign."""
    books = parts.books()
    told = service.statistics(
        session,
        year=year or books.today.year,
        quarter=quarter,
        by=by,
        sight=actor.sight,
        books=books,
    )
    reporter = read_offices().office(office).name
    return workbook(statistics_sheet(told, reporter=reporter, books=books), "statistics.xlsx")


@router.get("/warning")
def show_warning(actor: StatisticsReader, session: ReaderDep, parts: PartsDep) -> WarningRead:
    """Return what is to be expected, how sure that is, and how often it was right before."""
    return service.early_warning(session, sight=actor.sight, books=parts.books())
