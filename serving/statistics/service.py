"""Figures of a period, and what is to be expected."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from serving.findings.service import Books
from serving.statistics.schemas import (
    FigureRow,
    HotRead,
    StatisticsRead,
    WarningRead,
    read_figures,
    read_interval,
)
from wsai.storage.enterprises import EnterpriseRepository, GridRepository
from wsai.storage.statistics import By, Figures, StatisticsRepository
from wsai.supervision.access import Sight
from wsai.supervision.enterprises import TAG_ZH, Tag
from wsai.supervision.warning import Interval, back_test, hot_places, next_month, share_interval

MONTHS_BACK = 36
WITHOUT = "—"
YEAR = timedelta(days=365)


def period(year: int, quarter: int | None) -> tuple[date, date, date]:
    """Return first and last day of a quarter or year, and by when it is filed.

    令16号 第十四条 (unverified): quarterly before the 15th of the next month, yearly before 31
    January.

    >>> period(2026, 4)[1], period(2026, None)[2]
    (datetime.date(2026, 12, 31), datetime.date(2027, 1, 31))
    """
    if quarter is None:
        return date(year, 1, 1), date(year, 12, 31), date(year + 1, 1, 31)
    first = date(year, 3 * quarter - 2, 1)
    after = date(year + (quarter == 4), (3 * quarter) % 12 + 1, 1)
    return first, after - timedelta(days=1), after.replace(day=15)


def statistics(
    session: Session, *, year: int, quarter: int | None, by: By, sight: Sight, books: Books
) -> StatisticsRead:
    """Return the figures of a period, by what is asked for."""
    first, last, file_by = period(year, quarter)
    repository = StatisticsRepository(session)
    found = repository.figures(first, last, by=by, today=books.today, sight=sight)
    names = _names(session, by, list(found), books)
    rows = [
        read_figures(key, names.get(key, key or WITHOUT), figures, by, first, last)
        for key, figures in found.items()
    ]
    rows.sort(key=lambda row: (-row.general_found - row.major_found, row.name))
    total = None
    # an enterprise with two tags is in two rows: those do not add up to the park
    if by not in {"all", "industry"}:
        together = Figures()
        for figures in found.values():
            together = together.plus(figures)
        total = read_figures("", "合计", together, "all", first, last)
    return StatisticsRead(
        year=year,
        quarter=quarter,
        by=by,
        first=first,
        last=last,
        file_by=file_by,
        rows=rows,
        total=total,
    )


def _names(session: Session, by: By, keys: list[str], books: Books) -> dict[str, str]:
    if by == "grid":
        return {str(row.id): row.name for row in GridRepository(session).all()}
    if by == "enterprise":
        ids = [UUID(key) for key in keys if key]
        return {str(key): name for key, name in EnterpriseRepository(session).named(ids).items()}
    if by == "hazard":
        return {key: books.catalogue.hazard(key).name("zh") for key in keys if key}
    if by == "industry":
        return {tag.value: TAG_ZH[tag] for tag in Tag}
    return {"": "合计"}


def early_warning(session: Session, *, sight: Sight, books: Books) -> WarningRead:
    """Return what is to be expected, each figure with its interval."""
    repository, today = StatisticsRepository(session), books.today
    last = today.replace(day=1) - timedelta(days=1)  # whole months only
    first = _months_before(last, MONTHS_BACK)
    by_grid = _series(repository.months(first, last, grid=True, sight=sight), first, last)
    months = [sum(counts) for counts in zip(*by_grid.values(), strict=True)] if by_grid else []
    while months and months[0] == 0:
        months.pop(0)
    tested = back_test([counts for counts in by_grid.values() if sum(counts)])
    recent = repository.figures(today - YEAR, today, by="grid", today=today, sight=sight)
    open_now, overdue = repository.open_and_overdue(today, sight)
    found, again = repository.found_and_again(today - YEAR, sight)
    names = {str(row.id): row.name for row in GridRepository(session).all()}
    hot = hot_places(
        {key: f.general_found + f.major_found for key, f in recent.items() if key},
        {key: float(f.to_inspect) for key, f in recent.items() if key},
    )
    held = None
    if tested is not None:
        share = share_interval(round(tested.held * tested.months), tested.months)
        held = Interval(tested.held, share.low, share.high) if share else None
    return WarningRead(
        months=months,
        next_month=read_interval(next_month(months)),
        overdue_share=read_interval(share_interval(overdue, open_now)),
        recurrence_share=read_interval(share_interval(again, found)),
        hot_grids=[
            HotRead(
                grid_id=place.key,
                name=names.get(place.key, place.key),
                count=place.count,
                expected=place.expected,
                chance=place.chance,
            )
            for place in hot
        ],
        held=read_interval(held),
    )


def _months_before(day: date, months: int) -> date:
    at = day.replace(day=1)
    for _ in range(months - 1):
        at = (at - timedelta(days=1)).replace(day=1)
    return at


def _series(rows: list[tuple[str, int, int, int]], first: date, last: date) -> dict[str, list[int]]:
    """Return counts a month, oldest first, of every place; months without any are 0."""
    length = (last.year - first.year) * 12 + last.month - first.month + 1
    found: dict[str, list[int]] = {}
    for key, year, month, count in rows:
        at = (year - first.year) * 12 + month - first.month
        found.setdefault(key, [0] * length)[at] = count
    return found


def figures_row(row: FigureRow) -> list[int]:
    """Return the figures of a row in the statutory order."""
    return [
        row.to_inspect,
        row.inspected,
        row.general_found,
        row.general_fixed,
        row.major_found,
        row.major_fixed,
        row.planned,
        row.five_in_place,
        row.listed,
        row.overdue,
        row.general_funds_yuan,
        row.major_funds_yuan,
    ]
