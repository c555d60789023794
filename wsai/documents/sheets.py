"""Lists and statistics as Excel."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins

from wsai.documents.archive import settled
from wsai.documents.values import (
    FORBIDDEN_CHARACTERS,
    HazardEntry,
    Party,
    SevenItems,
    refuse_unverified,
)
from wsai.errors import InvalidRequest

Cell = str | int | float | Decimal | date | None

EVALUATED = tuple("=+-@\t\r")
"""A text that begins so is a formula to a spreadsheet, or to one that reads its CSV."""

MOST_ROWS = 100_000
LONGEST_CELL = 32_767
CHARACTERS_WIDE, LINE_PT, MOST_LINES = 2.1, 15.0, 12
"""A Chinese character takes two of a column's units; a row grows with its longest text."""

LINE = Side(style="thin")
FRAME = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
SHADE = PatternFill("solid", fgColor="F2F2F2")
MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
START = Alignment(vertical="center", wrap_text=True)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One hazard of a list, with what the ledger knows of it.

    Attributes:
        hazard: The hazard.
        party: 企业.
        plan: The seven items.
        industry: 行业.
        grid: 网格.
        state: Where it stands, in words.
        completed_on: 完成日期.
        overdue_days: 逾期天数; 0 where it is not late.
        rechecked_by: 复查人.
        recheck: 复查结论.
        rechecks: 复查次数.
        level: 挂牌级别.
        delisted_on: 摘牌日期.
        cancelled_by: 销号人.
        cancelled_on: 销号时间.
    """

    hazard: HazardEntry
    party: Party
    plan: SevenItems
    industry: str | None = None
    grid: str | None = None
    state: str | None = None
    completed_on: date | None = None
    overdue_days: int = 0
    rechecked_by: str | None = None
    recheck: str | None = None
    rechecks: int = 0
    level: str | None = None
    delisted_on: date | None = None
    cancelled_by: str | None = None
    cancelled_on: date | None = None


LIST_COLUMNS: dict[str, tuple[float, Callable[[LedgerRow], Cell]]] = {
    "隐患编号": (17, lambda row: row.hazard.number),
    "企业": (28, lambda row: row.party.name),
    "单位地址": (28, lambda row: row.party.address),
    "行业": (14, lambda row: row.industry),
    "网格": (16, lambda row: row.grid),
    "隐患区域": (20, lambda row: row.hazard.place),
    "隐患来源": (11, lambda row: row.hazard.source),
    "发现人": (10, lambda row: row.hazard.finder),
    "发现日期": (12, lambda row: row.hazard.found_on),
    "基本情况": (44, lambda row: row.hazard.description),
    "隐患类别": (18, lambda row: row.hazard.category),
    "依据": (34, lambda row: "；".join(one.printed for one in row.hazard.citations)),
    "级别": (8, lambda row: row.hazard.grade),
    "状态": (11, lambda row: row.state),
    "治理目标": (20, lambda row: row.plan.goal),
    "责任部门/责任人": (18, lambda row: row.plan.responsible),
    "电话": (14, lambda row: row.plan.phone),
    "治理机构人员": (18, lambda row: row.plan.staff),
    "治理措施": (30, lambda row: row.plan.measures),
    "物资": (16, lambda row: row.plan.supplies),
    "治理经费（计划，元）": (14, lambda row: row.plan.planned_yuan),
    "实际投入资金（元）": (14, lambda row: row.plan.spent_yuan),
    "计划完成时间": (13, lambda row: row.plan.deadline or row.hazard.deadline),
    "应急预案/防范措施": (26, lambda row: row.plan.emergency),
    "整改情况": (24, lambda row: row.hazard.status),
    "完成日期": (12, lambda row: row.completed_on),
    "逾期天数": (9, lambda row: row.overdue_days),
    "复查人": (10, lambda row: row.rechecked_by),
    "复查结论": (14, lambda row: row.recheck),
    "复查次数": (9, lambda row: row.rechecks),
    "挂牌级别": (14, lambda row: row.level),
    "摘牌日期": (12, lambda row: row.delisted_on),
    "销号人": (10, lambda row: row.cancelled_by),
    "销号时间": (12, lambda row: row.cancelled_on),
}
"""Heading -> width in characters and what stands under it."""


def hazard_list(
    rows: Sequence[LedgerRow], *, title: str, dated: date, accept_unverified: bool = False
) -> bytes:
    """Return the list of hazards as a workbook, one row for each, in their order.

    Args:
        rows: May be empty.
        title: Stands above, such as a name and a period.
        dated: For the file's metadata; the same rows and day give the same bytes.
        accept_unverified: List clauses that nobody compared, with their mark.

    Raises:
        ClauseUnverified: A row cites such a clause, and nobody accepted that.
        InvalidRequest: Too many rows.
    """
    if len(rows) > MOST_ROWS:
        raise InvalidRequest(f"a list has at most {MOST_ROWS} rows, not {len(rows)}; narrow it")
    if not accept_unverified:
        refuse_unverified(one for row in rows for one in row.hazard.citations)
    book = Workbook()
    sheet = book.active
    sheet.title = "隐患清单"
    _heading(sheet, title, len(LIST_COLUMNS))
    for x, (name, (width, _)) in enumerate(LIST_COLUMNS.items(), start=1):
        put(sheet.cell(2, x), name, head=True)
        sheet.column_dimensions[get_column_letter(x)].width = width
    for y, row in enumerate(rows, start=3):
        lines = 1
        for x, (width, value) in enumerate(LIST_COLUMNS.values(), start=1):
            shown = value(row)
            put(sheet.cell(y, x), shown)
            if isinstance(shown, str):
                lines = max(lines, math.ceil(CHARACTERS_WIDE * len(shown) / width))
        sheet.row_dimensions[y].height = LINE_PT * min(lines, MOST_LINES) + 4
    sheet.freeze_panes = "C3"
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(LIST_COLUMNS))}{len(rows) + 2}"
    _landscape(sheet, head_rows="1:2", pages_across=3)
    sheet.print_title_cols = "A:B"
    return _saved(book, title, dated)


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """The statutory figures of one part: a grid, an industry, an enterprise, or all.

    Attributes:
        name: Of the part.
        units_due: 应排查单位数.
        units_inspected: 实际排查单位数.
        general_found: 一般隐患排查数.
        general_fixed: 其中整改数.
        major_found: 重大隐患数.
        major_fixed: 其中整改销号数.
        major_planned: 列入治理计划数.
        five_in_place: 五到位数.
        listed_province: 省级挂牌数.
        listed_city: 地市级挂牌数.
        listed_other: 其他挂牌数.
        general_yuan: 落实资金（一般）.
        major_yuan: 落实资金（重大）.

    Raises:
        InvalidRequest: A figure is negative, or a part is larger than its whole.
    """

    name: str
    units_due: int = 0
    units_inspected: int = 0
    general_found: int = 0
    general_fixed: int = 0
    major_found: int = 0
    major_fixed: int = 0
    major_planned: int = 0
    five_in_place: int = 0
    listed_province: int = 0
    listed_city: int = 0
    listed_other: int = 0
    general_yuan: Decimal = Decimal(0)
    major_yuan: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for figure in FIGURES:
            if getattr(self, figure) < 0:
                raise InvalidRequest(f"{self.name}: {figure} is negative")
        for part, whole in (("general_fixed", "general_found"), ("major_fixed", "major_found")):
            if getattr(self, part) > getattr(self, whole):
                raise InvalidRequest(f"{self.name}: {part} is larger than {whole}")


FIGURES = tuple(one.name for one in fields(StatisticsRow) if one.name != "name")
YUAN_PER_UNIT = 10_000

STATISTICS_COLUMNS: tuple[tuple[str, str, Callable[[StatisticsRow], Cell]], ...] = (
    ("排查单位", "应排查单位数（家）", lambda row: row.units_due),
    ("排查单位", "实际排查单位数（家）", lambda row: row.units_inspected),
    ("一般隐患", "排查数（项）", lambda row: row.general_found),
    ("一般隐患", "整改数（项）", lambda row: row.general_fixed),
    ("一般隐患", "整改率（%）", lambda row: _rate(row.general_fixed, row.general_found)),
    ("重大隐患", "排查数（项）", lambda row: row.major_found),
    ("重大隐患", "整改销号数（项）", lambda row: row.major_fixed),
    ("重大隐患", "整改率（%）", lambda row: _rate(row.major_fixed, row.major_found)),
    ("重大隐患", "列入治理计划数（项）", lambda row: row.major_planned),
    ("重大隐患", "五到位数（项）", lambda row: row.five_in_place),
    ("挂牌督办", "省级（项）", lambda row: row.listed_province),
    ("挂牌督办", "地市级（项）", lambda row: row.listed_city),
    ("挂牌督办", "其他（项）", lambda row: row.listed_other),
    ("落实资金", "一般隐患（万元）", lambda row: row.general_yuan / YUAN_PER_UNIT),
    ("落实资金", "重大隐患（万元）", lambda row: row.major_yuan / YUAN_PER_UNIT),
)
"""Group, heading and figure; in the order of the statutory form."""


def quarter(year: int, number: int) -> str:
    """Return a quarter in words.

    Raises:
        InvalidRequest: There is no such quarter.

    Example:
        >>> quarter(2026, 2)
        '2026年第二季度'
    """
    if number not in (1, 2, 3, 4):
        raise InvalidRequest(f"quarters are 1 to 4, not {number}")
    return f"{year}年第{'一二三四'[number - 1]}季度"


def statistics(rows: Sequence[StatisticsRow], *, period: str, reporter: str, dated: date) -> bytes:
    """Return the statistics of a quarter or year as a workbook, with their sum and room to sign.

    Args:
        rows: At least one; parts that do not overlap, so that the sum is right.
        period: Such as ``quarter(2026, 2)`` or ``2026年``.
        reporter: 填报单位.
        dated: 填报日期, and for the file's metadata.

    Raises:
        InvalidRequest: There are no rows.
    """
    if not rows:
        raise InvalidRequest("statistics need at least one row")
    columns = len(STATISTICS_COLUMNS) + 1
    book = Workbook()
    sheet = book.active
    sheet.title = "统计表"
    title = f"{period}生产安全事故隐患排查治理情况统计表"
    _heading(sheet, title, columns)
    put(sheet.cell(2, 1), f"填报单位：{reporter}", framed=False)
    _statistics_heads(sheet)
    total = _total(rows)
    for y, row in enumerate([*rows, total], start=5):
        put(sheet.cell(y, 1), row.name)
        sheet.row_dimensions[y].height = 24
        for x, (_, _, figure) in enumerate(STATISTICS_COLUMNS, start=2):
            put(sheet.cell(y, x), figure(row), middle=True)
    last = len(rows) + 7
    for x, words in (
        (1, "主要负责人（签字）："),
        (6, "填表人："),
        (11, f"填报日期：{dated.year}年{dated.month}月{dated.day}日"),
    ):
        put(sheet.cell(last, x), words, framed=False)
    sheet.freeze_panes = "B5"
    _landscape(sheet, head_rows="1:4", pages_across=1)
    return _saved(book, title, dated)


def _statistics_heads(sheet: Any) -> None:
    put(sheet.cell(3, 1), "单位", head=True)
    put(sheet.cell(4, 1), None, head=True)
    sheet.merge_cells("A3:A4")
    sheet.column_dimensions["A"].width = 24
    sheet.row_dimensions[4].height = 44
    groups = [group for group, _, _ in STATISTICS_COLUMNS]
    for x, (group, name, _) in enumerate(STATISTICS_COLUMNS, start=2):
        put(sheet.cell(3, x), group if groups.index(group) == x - 2 else None, head=True)
        put(sheet.cell(4, x), name, head=True)
        sheet.column_dimensions[get_column_letter(x)].width = 11
    for group in dict.fromkeys(groups):
        first = groups.index(group) + 2
        last = first + groups.count(group) - 1
        sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=last)


def _total(rows: Sequence[StatisticsRow]) -> StatisticsRow:
    sums = {figure: sum(getattr(row, figure) for row in rows) for figure in FIGURES}
    return StatisticsRow("合计", **sums)


def _rate(part: int, whole: int) -> Cell:
    return round(100 * part / whole, 1) if whole else None


def put(
    cell: Any, value: Cell, *, head: bool = False, framed: bool = True, middle: bool = False
) -> None:
    """Write a value into a cell; a text stays a text, whatever it begins with.

    Args:
        cell: Of openpyxl.
        value: Text, number or day; empty where ``None``.
        head: As a heading.
        framed: With lines around.
        middle: In the middle.
    """
    if isinstance(value, str):
        cell.value = FORBIDDEN_CHARACTERS.sub("", value)[:LONGEST_CELL]
        if value.startswith(EVALUATED):
            cell.data_type = "s"
            cell.quotePrefix = True  # as if it had been typed with an apostrophe
    elif value is not None:
        cell.value = value
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
    cell.alignment = MIDDLE if head or middle else START
    if framed:
        cell.border = FRAME
    else:
        cell.alignment = Alignment(vertical="center")
    if head:
        cell.font, cell.fill = Font(bold=True), SHADE


def _heading(sheet: Any, title: str, columns: int) -> None:
    put(sheet.cell(1, 1), title, framed=False)
    sheet.cell(1, 1).font = Font(bold=True, size=16)
    sheet.cell(1, 1).alignment = MIDDLE
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=columns)
    sheet.row_dimensions[1].height = 32


def _landscape(sheet: Any, *, head_rows: str, pages_across: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_across, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.print_title_rows = head_rows


def _saved(book: Workbook, title: str, dated: date) -> bytes:
    book.properties.creator, book.properties.title = "WSAI", title
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue(), dated)
