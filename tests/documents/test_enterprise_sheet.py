"""Enterprises from Excel: every row is read, or says what is wrong with it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from wsai.documents.enterprise_sheet import COLUMNS, SheetRow, empty_sheet, read_sheet
from wsai.errors import InvalidRequest
from wsai.supervision.credit_code import check_character
from wsai.supervision.enterprises import Enterprise, Size, Tag


def code(number: int) -> str:
    first = f"91320594MA1{number:06d}"
    return first + check_character(first)


def workbook(*rows: dict[str, Any], headings: list[str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    names = headings or [*COLUMNS, "备注"]
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    given = {
        "统一社会信用代码": code(number),
        "企业名称": f"示范机械{number}厂",
        "地址": "示范路1号",
        "经度": 120.7,
        "纬度": "31.3",
        "监管分类": "一般制造、粉尘涉爆,仓储物流",
        "规模": "小型",
        "职工人数": 86,
        "标准化等级": "三级",
        "安全负责人": "张工",
        "电话": 51288880000.0,
        "备注": "不读",
    }
    return given | changes


def only(content: bytes) -> SheetRow:
    (found,) = read_sheet(content)
    return found


def test_a_filled_row_is_an_enterprise() -> None:
    found = only(workbook(row()))
    assert found.problem is None
    assert found.number == 2
    assert found.enterprise == Enterprise(
        credit_code=code(1),
        name="示范机械1厂",
        address="示范路1号",
        longitude=120.7,
        latitude=31.3,
        tags=frozenset({Tag.MANUFACTURING, Tag.COMBUSTIBLE_DUST, Tag.WAREHOUSE}),
        size=Size.SMALL,
        employees=86,
        standardisation="level-3",
        contact="张工",
        phone="51288880000",
    )


def test_what_is_left_empty_is_unknown() -> None:
    found = only(workbook({k: v for k, v in row().items() if k in list(COLUMNS)[:3]}))
    assert found.enterprise is not None
    assert (found.enterprise.size, found.enterprise.longitude) == (None, None)
    assert found.enterprise.standardisation == "none"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"统一社会信用代码": code(1)[:-1]}, "17 characters"),
        ({"统一社会信用代码": code(1)[:-2] + "00"}, "mistyped|no code"),
        ({"企业名称": None}, "企业名称 is empty"),
        ({"经度": "东经"}, "经度: '东经' is no number"),
        ({"经度": None}, "both or neither"),
        ({"纬度": 131.3}, "latitude"),
        ({"监管分类": "核电"}, "监管分类: 核电"),
        ({"规模": "巨型"}, "规模: 巨型"),
        ({"职工人数": 3.5}, "no whole number"),
        ({"职工人数": -1}, "employees"),
        ({"标准化等级": "九级"}, "标准化等级: 九级"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_read(changes: dict[str, Any], told: str) -> None:
    first, second = read_sheet(workbook(row(1, **changes), row(2)))
    assert first.enterprise is None
    assert re.search(told, first.problem or "")
    assert second.enterprise is not None


def test_a_code_that_is_there_twice_is_taken_once() -> None:
    first, second, third = read_sheet(workbook(row(1), row(1), row(2)))
    assert first.enterprise is not None
    assert second.problem == "the same credit code as in row 2"
    assert third.number == 4


def test_empty_rows_are_passed_over_and_keep_the_count() -> None:
    assert [found.number for found in read_sheet(workbook(row(1), {}, row(2)))] == [2, 4]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidRequest, match="地址"):
        read_sheet(workbook(row(), headings=["统一社会信用代码", "企业名称"]))


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04cut"])
def test_what_is_no_workbook_says_so(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match="no Excel workbook"):
        read_sheet(content)


def test_another_archive_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("x.txt", "x")
    with pytest.raises(InvalidRequest, match="no Excel workbook"):
        read_sheet(out.getvalue())


def test_a_workbook_that_unpacks_without_end_is_refused() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/huge.xml", "w") as member,
    ):
        for _ in range(210):
            member.write(b"0" * (1 << 20))
    with pytest.raises(InvalidRequest, match="unpacks to more"):
        read_sheet(out.getvalue())


def test_the_sheet_to_fill_in_has_all_columns_and_its_example_is_no_enterprise() -> None:
    content = empty_sheet()
    sheet = load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert only(content).enterprise is None
