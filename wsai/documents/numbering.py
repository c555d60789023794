"""Numbers of documents, per year and office; the count itself is kept in storage."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wsai.errors import InvalidRequest, NotFound, SettingsInvalid

YEARS = range(2000, 2100)


class DocumentKind(StrEnum):
    """Which document; also the name of its template."""

    INSPECTION_RECORD = "inspection-record"
    RECTIFICATION_ORDER = "rectification-order"
    REINSPECTION_OPINION = "reinspection-opinion"
    MAJOR_HAZARD_NOTICE = "major-hazard-notice"
    DELISTING_NOTICE = "delisting-notice"
    ENTERPRISE_FILE = "enterprise-file"
    INSPECTION_REPORT = "inspection-report"


KIND_ZH = {
    DocumentKind.INSPECTION_RECORD: "现场检查记录",
    DocumentKind.RECTIFICATION_ORDER: "责令限期整改指令书",
    DocumentKind.REINSPECTION_OPINION: "整改复查意见书",
    DocumentKind.MAJOR_HAZARD_NOTICE: "重大事故隐患挂牌督办通知书",
    DocumentKind.DELISTING_NOTICE: "重大事故隐患摘牌通知书",
    DocumentKind.ENTERPRISE_FILE: "企业安全生产档案",
    DocumentKind.INSPECTION_REPORT: "安全检查报告",
}


class Office(BaseModel):
    """Who issues documents.

    Attributes:
        name: In full, as it stands under a document.
        prefix: At the front of its numbers.
        reconsideration: Where one may apply for 行政复议.
        court: Where one may sue.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2)
    prefix: str = Field(min_length=1)
    reconsideration: str
    court: str


class Offices(BaseModel):
    """All offices, and how their numbers are written.

    Attributes:
        number: The format; holds ``office``, ``kind``, ``year`` and ``serial`` in braces.
        kinds: The word for each kind of document; no two are the same.
        offices: By key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    kinds: dict[DocumentKind, str]
    offices: dict[str, Office] = Field(min_length=1)

    @model_validator(mode="after")
    def _tells_documents_apart(self) -> Offices:
        for part in ("{office}", "{kind}", "{year}", "{serial}"):
            if self.number.count(part) != 1:
                raise ValueError(f"number: {part} must stand in it once")
        try:
            self.number.format(office="", kind="", year=0, serial=0)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"number: {self.number!r} is no format") from error
        if missing := [kind.value for kind in DocumentKind if kind not in self.kinds]:
            raise ValueError(f"kinds: no word for {', '.join(missing)}")
        for what, words in (
            ("kinds", list(self.kinds.values())),
            ("prefixes", [office.prefix for office in self.offices.values()]),
        ):
            if len(set(words)) < len(words):
                raise ValueError(f"{what}: two are the same, so numbers would be")
        return self

    def office(self, key: str) -> Office:
        """Return one office.

        Raises:
            NotFound: There is none with this key.
        """
        if key not in self.offices:
            raise NotFound("office", key)
        return self.offices[key]


@lru_cache(maxsize=4)
def read_offices(file: Path | None = None) -> Offices:
    """Return the offices.

    Args:
        file: An office's own; the shipped one when ``None``.

    Raises:
        SettingsInvalid: The file cannot be read, or does not hold together.
    """
    source = file or resources.files("wsai.documents") / "data" / "offices.yaml"
    try:
        return Offices.model_validate(yaml.safe_load(source.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsInvalid(f"{source.name}: {place}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsInvalid(f"{source.name}: cannot be read: {error}") from error


def document_number(
    kind: DocumentKind, *, office: str, year: int, serial: int, offices: Offices | None = None
) -> str:
    """Return the number of a document.

    Args:
        kind: Which document.
        office: Its key.
        year: In which it is issued.
        serial: Counts from 1 within kind, office and year.
        offices: The shipped ones when ``None``.

    Raises:
        NotFound: No such office.
        InvalidRequest: No such year, or a serial below 1.

    Example:
        >>> kind = DocumentKind.INSPECTION_RECORD
        >>> document_number(kind, office="sip-emergency", year=2026, serial=12)
        '苏园应急检记〔2026〕12号'
    """
    known = offices or read_offices()
    if year not in YEARS:
        raise InvalidRequest(f"the year lies in {YEARS.start}..{YEARS.stop - 1}, not {year}")
    if serial < 1:
        raise InvalidRequest(f"the serial counts from 1, not {serial}")
    return known.number.format(
        office=known.office(office).prefix, kind=known.kinds[kind], year=year, serial=serial
    )
