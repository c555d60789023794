"""Lists and statistics as Excel: the statutory columns, right sums, and no formula of strangers."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from samples import CRANE, DAY, DUST, EXIT, HELMET, PARTY, PLAN

from wsai.documents.sheets import (
    LIST_COLUMNS,
    LedgerRow,
    StatisticsRow,
    hazard_list,
    quarter,
    statistics,
)
from wsai.documents.values import SevenItems
from wsai.errors import ClauseUnverified, InvalidRequest

ROW = LedgerRow(
    EXIT,
    PARTY,
    PLAN,
    industry="通用设备制造业",
    grid="第3网格",
    state="整改中",
    overdue_days=3,
    cancelled_on=date(2026, 8, 1),
)
TOWN = StatisticsRow(
    "示范街道",
    units_due=100,
    units_inspected=90,
    general_found=40,
    general_fixed=30,
    major_found=3,
    major_fixed=1,
    major_planned=3,
    five_in_place=2,
    listed_city=1,
    listed_other=2,
    general_yuan=Decimal("120000"),
    major_yuan=Decimal("860000.5"),
)


def sheet_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).active


def by_heading(content: bytes, row: int = 3) -> dict[str, Any]:
    sheet = sheet_of(content)
    return {head.value: cell for head, cell in zip(sheet[2], sheet[row], strict=True)}


def listed(row: LedgerRow, **choices: Any) -> bytes:
    return hazard_list([row], title="2026年隐患清单", dated=DAY, **choices)


def test_a_hazard_is_a_row_under_the_fields_of_the_ledger() -> None:
    found = by_heading(listed(ROW))
    assert list(found) == list(LIST_COLUMNS)
    told = {name: cell.value for name, cell in found.items()}
    assert told["隐患编号"] == "YH-2026-000007"
    assert told["企业"] == PARTY.name
    assert told["发现日期"].date() == DAY
    assert told["计划完成时间"].date() == PLAN.deadline
    assert told["实际投入资金（元）"] == 912345.6
    assert told["逾期天数"] == 3
    assert told["摘牌日期"] is None


def test_without_a_plan_the_deadline_is_that_of_the_hazard() -> None:
    found = by_heading(listed(replace(ROW, plan=SevenItems())))
    assert found["计划完成时间"].value.date() == EXIT.deadline


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1层车库", "@SUM(A1)", "=cmd|' /C calc'!A0"])
@pytest.mark.parametrize("column", ["基本情况", "企业", "网格"])
def test_a_text_that_looks_like_a_formula_stays_a_text(text: str, column: str) -> None:
    row = {
        "基本情况": replace(ROW, hazard=replace(EXIT, description=text)),
        "企业": replace(ROW, party=replace(PARTY, name=text)),
        "网格": replace(ROW, grid=text),
    }[column]
    content = listed(row)
    cell = by_heading(content)[column]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_a_title_or_reporter_that_looks_like_a_formula_stays_a_text() -> None:
    assert sheet_of(hazard_list([ROW], title="=A2", dated=DAY))["A1"].data_type == "s"
    content = statistics([replace(TOWN, name="=A1")], period="2026年", reporter="x", dated=DAY)
    assert sheet_of(content)["A5"].data_type == "s"


def test_control_characters_do_not_break_the_workbook() -> None:
    found = by_heading(listed(replace(ROW, state="整\x00改\x0b中\ud800")))
    assert found["状态"].value == "整改中"


def test_a_list_asks_before_it_cites_an_unverified_clause() -> None:
    row = replace(ROW, hazard=HELMET)
    with pytest.raises(ClauseUnverified, match="GB 2811"):
        listed(row)
    assert "〔未核〕" in by_heading(listed(row, accept_unverified=True))["依据"].value


def test_a_list_may_be_empty_and_may_not_be_endless() -> None:
    assert sheet_of(hazard_list([], title="无", dated=DAY)).max_row == 2
    with pytest.raises(InvalidRequest, match="at most 100000"):
        hazard_list([ROW] * 100_001, title="多", dated=DAY)


def test_rows_stand_in_their_order() -> None:
    rows = [replace(ROW, hazard=one) for one in (DUST, EXIT, CRANE)]
    sheet = sheet_of(hazard_list(rows, title="清单", dated=DAY))
    assert [sheet.cell(y, 1).value for y in (3, 4, 5)] == [row.hazard.number for row in rows]


def test_statistics_have_the_statutory_columns_with_their_sum_and_room_to_sign() -> None:
    other = StatisticsRow("另一街道", units_due=80, units_inspected=80, general_found=20)
    content = statistics([TOWN, other], period=quarter(2026, 2), reporter="示范局", dated=DAY)
    sheet = sheet_of(content)
    assert sheet["A1"].value == "2026年第二季度生产安全事故隐患排查治理情况统计表"
    assert sheet["A2"].value == "填报单位：示范局"
    heads = [cell.value for cell in sheet[4][1:]]
    for name in ("应排查单位数（家）", "列入治理计划数（项）", "五到位数（项）", "地市级（项）"):
        assert name in heads
    town, _, total = ([cell.value for cell in sheet[y]] for y in (5, 6, 7))
    assert town == [TOWN.name, 100, 90, 40, 30, 75, 3, 1, 33.3, 3, 2, 0, 1, 2, 12, 86.00005]
    assert total[:6] == ["合计", 180, 170, 60, 30, 50]
    last = [cell.value for cell in sheet[9] if cell.value]
    assert last == ["主要负责人（签字）：", "填表人：", "填报日期：2026年7月14日"]


def test_nothing_found_has_no_rate() -> None:
    content = statistics([StatisticsRow("空")], period="2026年", reporter="示范局", dated=DAY)
    assert sheet_of(content)["F5"].value is None


def test_the_same_rows_and_day_give_the_same_bytes() -> None:
    assert listed(ROW) == listed(ROW)
    both = [statistics([TOWN], period="2026年", reporter="局", dated=DAY) for _ in range(2)]
    assert both[0] == both[1]
    assert hazard_list([ROW], title="2026年隐患清单", dated=date(2026, 7, 15)) != listed(ROW)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"units_due": -1}, "units_due is negative"),
        ({"general_fixed": 41}, "general_fixed is larger"),
        ({"major_fixed": 4}, "major_fixed is larger"),
        ({"major_yuan": Decimal(-1)}, "major_yuan is negative"),
    ],
)
def test_figures_that_cannot_be_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        replace(TOWN, **changes)


def test_statistics_of_nothing_and_a_fifth_quarter_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="at least one row"):
        statistics([], period="2026年", reporter="局", dated=DAY)
    with pytest.raises(InvalidRequest, match="1 to 4"):
        quarter(2026, 5)
