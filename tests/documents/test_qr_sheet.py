"""Sheets of QR codes: a reader reads back from the page what was asked for."""

from __future__ import annotations

import re
from datetime import date

import cv2
import numpy as np
import pytest
from pdf_parts import characters_in, fonts_in, page_count, streams

from wsai.documents.qr_sheet import Label, modules, qr_sheet
from wsai.errors import InvalidRequest

DAY = date(2026, 7, 14)
BAR = re.compile(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f\b")
DOTS_PER_POINT = 4


def label(number: int = 1) -> Label:
    return Label(
        f"安全出口{number}", "2号厂房一层东侧", f"https://wsai.example.org/c/{number:026d}"
    )


def read(picture: np.ndarray) -> str:
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def drawn_pages(pdf: bytes) -> list[np.ndarray]:
    """Return the black bars of each page, drawn as a printer would."""
    pages = []
    for _, content in streams(pdf):
        bars = BAR.findall(content)
        if not bars:
            continue
        page = np.full((842 * DOTS_PER_POINT, 596 * DOTS_PER_POINT), 255, np.uint8)
        for bar in bars:
            left, bottom, wide, high = (float(value) * DOTS_PER_POINT for value in bar)
            top = page.shape[0] - bottom - high
            page[round(top) : round(top + high), round(left) : round(left + wide)] = 0
        pages.append(page)
    return pages


@pytest.mark.parametrize("url", ["http://a.b/1", label().url, "https://x.example/" + "k" * 130])
def test_a_code_is_read_back(url: str) -> None:
    code = np.array(modules(url))
    picture = np.where(np.pad(code, 4), 0, 255).astype(np.uint8)
    large = cv2.resize(picture, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    assert read(large) == url


def test_a_code_is_read_with_a_torn_corner() -> None:
    code = np.pad(np.array(modules(label().url)), 4)
    middle = len(code) * 2 // 3
    code[middle : middle + 4, middle : middle + 4] = True
    picture = np.where(code, 0, 255).astype(np.uint8)
    large = cv2.resize(picture, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    assert read(large) == label().url


def test_every_code_of_the_printed_page_is_read_back() -> None:
    labels = [label(number) for number in range(7)]
    pages = drawn_pages(qr_sheet(labels, dated=DAY))
    assert len(pages) == 2
    found = []
    for page, count in zip(pages, (6, 1), strict=True):
        high, wide = page.shape[0] // 3, page.shape[1] // 2
        for place in range(count):
            top, left = place // 2 * high, place % 2 * wide
            found.append(read(page[top : top + high, left : left + wide]))
    assert found == [one.url for one in labels]


def test_the_page_names_checkpoint_and_place_in_the_embedded_font() -> None:
    pdf = qr_sheet([label()], dated=DAY)
    assert set("安全出口1号厂房一层东侧https://wsai.example.org/c/") <= characters_in(pdf)
    assert {name.partition("+")[2] for name in fonts_in(pdf)} == {"WSAISerifSC-Regular"}
    assert page_count(pdf) == 1


def test_the_same_labels_and_day_give_the_same_bytes() -> None:
    assert qr_sheet([label()], dated=DAY) == qr_sheet([label()], dated=DAY)


@pytest.mark.parametrize(
    ("name", "place", "url", "told"),
    [
        ("", "东侧", "https://a.b/1", "name of a checkpoint"),
        ("口", " ", "https://a.b/1", "place of a checkpoint"),
        ("口" * 35, "东侧", "https://a.b/1", "1 to 34"),
        ("口", "东\n侧\x00", "https://a.b/1", "printable"),
        ("口", "东侧", "javascript:alert(1)", "no http"),
        ("口", "东侧", "https:///1", "no http"),
        ("口", "东侧", "https://例子.cn/1", "no http"),
    ],
)
def test_a_label_that_cannot_be_is_refused(name: str, place: str, url: str, told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        Label(name, place, url)


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="1 to 5000"):
        qr_sheet([], dated=DAY)
