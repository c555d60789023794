"""Enterprises from an Excel sheet, with a report row by row; and the sheet to fill in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from wsai.errors import InvalidRequest
from wsai.supervision.enterprises import SIZE_ZH, TAG_ZH, Enterprise, Size, Tag

COLUMNS: dict[str, str] = {
    "统一社会信用代码": "credit_code",
    "企业名称": "name",
    "地址": "address",
    "经度": "longitude",
    "纬度": "latitude",
    "监管分类": "tags",
    "规模": "size",
    "职工人数": "employees",
    "标准化等级": "standardisation",
    "安全负责人": "contact",
    "电话": "phone",
}
"""Heading in the sheet -> field; other columns are left alone."""

EXAMPLE = (
    *("（18位）", "示例：示范机械有限公司", "示范路1号", 120.72, 31.32, "一般制造、粉尘涉爆"),
    *("小型", 86, "三级", "张工", "示例号码"),
)
NEEDED = ("统一社会信用代码", "企业名称", "地址")
LEVELS = {"一级": "level-1", "二级": "level-2", "三级": "level-3", "未达标": "none", "": "none"}
MOST_ROWS = 20_000
MOST_UNPACKED_BYTES = 200 << 20
SEPARATORS = "、,，;； "


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What became of one row.

    Attributes:
        number: In the sheet, as Excel counts.
        enterprise: What was read; ``None`` where it cannot be.
        problem: Why it cannot be.
    """

    number: int
    enterprise: Enterprise | None
    problem: str | None


def read_sheet(content: bytes) -> list[SheetRow]:
    """Return every filled row of the first sheet of a workbook, read or with what is wrong.

    Raises:
        InvalidRequest: It is no workbook, too large, or a needed column is missing.
    """
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidRequest("the file is no Excel workbook (.xlsx)") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(())
        headings = [str(cell or "").strip() for cell in next(rows, ())]
        if missing := [name for name in NEEDED if name not in headings]:
            raise InvalidRequest(f"the first row lacks the columns {'、'.join(missing)}")
        return _without_repeats(list(_read(rows, headings)))
    finally:
        book.close()


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
    except zipfile.BadZipFile as error:
        raise InvalidRequest("the file is no Excel workbook (.xlsx)") from error
    if unpacked > MOST_UNPACKED_BYTES:
        raise InvalidRequest("the workbook unpacks to more than is read")


def _read(rows: Iterator[Sequence[Any]], headings: list[str]) -> Iterator[SheetRow]:
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS + 1:
            raise InvalidRequest(f"a sheet has at most {MOST_ROWS} enterprises; split it")
        given = {
            COLUMNS[name]: cell
            for name, cell in zip(headings, cells, strict=False)
            if name in COLUMNS and cell is not None and str(cell).strip()
        }
        if not given:
            continue
        try:
            yield SheetRow(number, _enterprise(given), None)
        except InvalidRequest as error:
            yield SheetRow(number, None, str(error))


def _enterprise(given: dict[str, Any]) -> Enterprise:
    for name in NEEDED:
        if COLUMNS[name] not in given:
            raise InvalidRequest(f"{name} is empty")
    employees = _number(given, "employees")
    if employees is not None and employees != int(employees):
        raise InvalidRequest(f"职工人数: {employees} is no whole number")
    return Enterprise(
        credit_code=str(given["credit_code"]),
        name=str(given["name"]).strip(),
        address=str(given["address"]).strip(),
        longitude=_number(given, "longitude"),
        latitude=_number(given, "latitude"),
        tags=frozenset(_tags(str(given.get("tags", "")))),
        size=_size(str(given.get("size", "")).strip()),
        employees=None if employees is None else int(employees),
        standardisation=_level(str(given.get("standardisation", "")).strip()),
        contact=_text(given, "contact"),
        phone=_text(given, "phone"),
    )


def _text(given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel keeps telephone numbers as numbers
    return str(value).strip() if value is not None else None


def _number(given: dict[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        heading = next(name for name, field in COLUMNS.items() if field == key)
        raise InvalidRequest(f"{heading}: {value!r} is no number") from error


def _tags(text: str) -> Iterator[Tag]:
    by_name = {zh: tag for tag, zh in TAG_ZH.items()} | {tag.value: tag for tag in Tag}
    for separator in SEPARATORS[1:]:
        text = text.replace(separator, SEPARATORS[0])
    for name in filter(None, text.split(SEPARATORS[0])):
        if name not in by_name:
            raise InvalidRequest(f"监管分类: {name} is none of {'、'.join(TAG_ZH.values())}")
        yield by_name[name]


def _size(text: str) -> Size | None:
    by_name = {zh: size for size, zh in SIZE_ZH.items()} | {size.value: size for size in Size}
    if text and text not in by_name:
        raise InvalidRequest(f"规模: {text} is none of {'、'.join(SIZE_ZH.values())}")
    return by_name[text] if text else None


def _level(text: str) -> str:
    if text in LEVELS.values():
        return text
    if text not in LEVELS:
        raise InvalidRequest(f"标准化等级: {text} is none of {'、'.join(filter(None, LEVELS))}")
    return LEVELS[text]


def _without_repeats(rows: list[SheetRow]) -> list[SheetRow]:
    """Return the rows; of those with one credit code only the first is an enterprise."""
    first: dict[str, int] = {}
    kept = []
    for row in rows:
        if row.enterprise is not None:
            earlier = first.setdefault(row.enterprise.credit_code, row.number)
            if earlier != row.number:
                row = SheetRow(row.number, None, f"the same credit code as in row {earlier}")
        kept.append(row)
    return kept


def empty_sheet() -> bytes:
    """Return a workbook to fill in: the headings, and one example that is no enterprise."""
    book = Workbook()
    sheet = book.active
    sheet.title = "企业"
    sheet.append(list(COLUMNS))
    sheet.append(EXAMPLE)
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[sheet.cell(1, number).column_letter].width = 8 + 2 * len(name)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
