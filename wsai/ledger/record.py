"""A hazard under treatment: what a finding becomes once a person has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from wsai.catalogue.severity import Severity
from wsai.errors import InvalidRequest


class RecordStatus(StrEnum):
    """Where a record stands; the whole state machine comes with the treatment half."""

    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class HazardRecord:
    """A confirmed hazard.

    A finding becomes a record only by a person's confirmation. Whether it is 重大 is never decided
    here: ``severity`` is triage.

    Attributes:
        code: In the catalogue.
        found_on: Day of the inspection.
        deadline: By when it is to be fixed; not before it was found.
        confirmed_by: Name of the person.
        model_id: Which model saw it.
        rule: Which rule said so.

    Raises:
        InvalidRequest: The deadline lies before the day it was found.
    """

    finding_id: UUID
    photo_id: UUID
    code: str
    severity: Severity
    status: RecordStatus
    site: str | None
    checkpoint: str | None
    found_on: date
    deadline: date
    note: str | None
    probability: float | None
    model_id: str
    rule: str
    confirmed_by: str
    confirmed_at: datetime

    def __post_init__(self) -> None:
        if self.deadline < self.found_on:
            raise InvalidRequest(
                f"The deadline {self.deadline} lies before the day of the inspection, "
                f"{self.found_on}."
            )


def record_number(year: int, serial: int) -> str:
    """Return the number that people use.

    >>> record_number(2026, 7)
    'YH-2026-000007'
    """
    return f"YH-{year}-{serial:06d}"
