"""Numbers of documents, and the file in which an office says how they look."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsai.documents.numbering import DocumentKind, document_number, read_offices
from wsai.errors import InvalidRequest, NotFound, SettingsInvalid

KIND = DocumentKind.RECTIFICATION_ORDER
OFFICE = "{name: 示范局, prefix: 示应急, reconsideration: 示范政府, court: 示范法院}"
KINDS = "{" + ", ".join(f"{kind.value}: 类{n}" for n, kind in enumerate(DocumentKind)) + "}"


def own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "offices.yaml"
    file.write_text(text, "utf-8")
    return file


def test_every_kind_has_a_number_of_its_own() -> None:
    numbers = {
        document_number(kind, office="sip-emergency", year=2026, serial=12) for kind in DocumentKind
    }
    assert "苏园应急检记〔2026〕12号" in numbers
    assert "苏园应急责改〔2026〕12号" in numbers
    assert len(numbers) == len(DocumentKind)


def test_an_office_writes_its_own_prefix_and_format(tmp_path: Path) -> None:
    number = "number: '{kind}({year}){office}第{serial}号'"
    offices = read_offices(own(tmp_path, f"{number}\nkinds: {KINDS}\noffices: {{a: {OFFICE}}}"))
    assert (
        document_number(KIND, office="a", year=2027, serial=3, offices=offices)
        == "类1(2027)示应急第3号"
    )


@pytest.mark.parametrize(("year", "serial"), [(1999, 1), (2100, 1), (2026, 0), (2026, -3)])
def test_a_number_that_cannot_be_is_refused(year: int, serial: int) -> None:
    with pytest.raises(InvalidRequest):
        document_number(KIND, office="sip-emergency", year=year, serial=serial)


def test_an_unknown_office_is_named() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        document_number(KIND, office="nowhere", year=2026, serial=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file"),
        ("{", "cannot be read"),
        (f"number: '{{year}}'\nkinds: {KINDS}\noffices: {{a: {OFFICE}}}", "must stand in it once"),
        (
            f"number: '{{office}}{{kind}}{{year}}{{serial}}{{x}}'\nkinds: {KINDS}\n"
            f"offices: {{a: {OFFICE}}}",
            "is no format",
        ),
        (
            f"number: '{{office}}{{kind}}{{year}}{{serial}}'\nkinds: {{}}\n"
            f"offices: {{a: {OFFICE}}}",
            "no word for",
        ),
        (
            f"number: '{{office}}{{kind}}{{year}}{{serial}}'\nkinds: {KINDS}\n"
            f"offices: {{a: {OFFICE}, b: {OFFICE}}}",
            "two are the same",
        ),
    ],
    ids=["empty", "no YAML", "parts", "unknown part", "kinds", "twice"],
)
def test_a_file_that_does_not_hold_together_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        read_offices(own(tmp_path, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"nothing.yaml"):
        read_offices(tmp_path / "nothing.yaml")
