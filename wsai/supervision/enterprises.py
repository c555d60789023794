"""Enterprises: who they are, and what an office may write about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wsai.errors import InvalidRequest
from wsai.supervision.credit_code import checked
from wsai.supervision.grading import read_rules

LONGEST_NAME = 120
MOST_EMPLOYEES = 2_000_000


class Size(StrEnum):
    """Size by the statistics bureau's classes (大中小微型企业划分)."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


SIZE_ZH = {Size.LARGE: "大型", Size.MEDIUM: "中型", Size.SMALL: "小型", Size.MICRO: "微型"}


class Tag(StrEnum):
    """What an enterprise is supervised as; it may be several (监管分类)."""

    CHEMICALS = "chemicals"
    CONSTRUCTION = "construction"
    SPECIAL_EQUIPMENT = "special-equipment"
    COMBUSTIBLE_DUST = "combustible-dust"
    METALLURGY = "metallurgy"
    MAJOR_HAZARD_SOURCE = "major-hazard-source"
    AMMONIA = "ammonia"
    LABOUR_INTENSIVE = "labour-intensive"
    CROWDED = "crowded"
    MANUFACTURING = "manufacturing"
    WAREHOUSE = "warehouse"


TAG_ZH = {
    Tag.CHEMICALS: "危险化学品",
    Tag.CONSTRUCTION: "建筑施工",
    Tag.SPECIAL_EQUIPMENT: "特种设备",
    Tag.COMBUSTIBLE_DUST: "粉尘涉爆",
    Tag.METALLURGY: "冶金煤气",
    Tag.MAJOR_HAZARD_SOURCE: "重大危险源",
    Tag.AMMONIA: "涉氨制冷",
    Tag.LABOUR_INTENSIVE: "劳动密集型企业",
    Tag.CROWDED: "人员密集场所",
    Tag.MANUFACTURING: "一般制造",
    Tag.WAREHOUSE: "仓储物流",
}


@dataclass(frozen=True, slots=True)
class Enterprise:
    """What is written about one enterprise.

    Attributes:
        credit_code: Unified social credit code, checked.
        name: As on its licence.
        address: Where it works.
        longitude: WGS 84; with ``latitude``, or neither.
        latitude: WGS 84.
        tags: What it is supervised as.
        size: Class of size.
        employees: How many people work there.
        standardisation: ``level-1`` to ``level-3``, or ``none``.
        contact: Who answers for safety.
        phone: Of the contact.

    Raises:
        InvalidRequest: A value cannot be; the message names it.
    """

    credit_code: str
    name: str
    address: str
    longitude: float | None = None
    latitude: float | None = None
    tags: frozenset[Tag] = field(default_factory=frozenset)
    size: Size | None = None
    employees: int | None = None
    standardisation: str = "none"
    contact: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "credit_code", checked(self.credit_code))
        for what, text in (("name", self.name), ("address", self.address)):
            if not text.strip() or len(text) > LONGEST_NAME:
                raise InvalidRequest(f"{what}: 1 to {LONGEST_NAME} characters")
        if (self.longitude is None) != (self.latitude is None):
            raise InvalidRequest("longitude and latitude: both or neither")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise InvalidRequest(f"longitude: lies in -180..180, not {self.longitude}")
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise InvalidRequest(f"latitude: lies in -90..90, not {self.latitude}")
        if self.employees is not None and not 0 <= self.employees <= MOST_EMPLOYEES:
            raise InvalidRequest(f"employees: lies in 0..{MOST_EMPLOYEES}, not {self.employees}")
        levels = read_rules().management.standardisation
        if self.standardisation not in levels:
            raise InvalidRequest(
                f"standardisation: one of {', '.join(levels)}, not {self.standardisation}"
            )
