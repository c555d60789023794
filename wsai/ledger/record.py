"""A hazard under treatment: what a finding becomes once a person has confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from wsai.catalogue.severity import Severity
from wsai.errors import InvalidRequest

LATEST_DEADLINE_DAYS = 5 * 366
"""No rectification is given longer; what lies beyond is a slip of the finger in the year."""


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
        deadline: By when it is to be fixed; not before it was found, not five years later.
        confirmed_by: Name of the person.
        model_id: Which model saw it.
        rule: Which rule said so.
        registered_on: Day at the site when it was confirmed; its year is in the number.

    Raises:
        InvalidRequest: The deadline lies before the day it was found, or years after.
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
    registered_on: date

    def __post_init__(self) -> None:
        if self.deadline < self.found_on:
            raise InvalidRequest(
                f"The deadline {self.deadline} lies before the day of the inspection, "
                f"{self.found_on}."
            )
        if self.deadline - self.found_on > timedelta(days=LATEST_DEADLINE_DAYS):
            raise InvalidRequest(
                f"The deadline {self.deadline} lies more than five years after the day of the "
                f"inspection, {self.found_on}; look at its year."
            )


def record_number(year: int, serial: int) -> str:
    """Return the number that people use.

    >>> record_number(2026, 7)
    'YH-2026-000007'
    """
    return f"YH-{year}-{serial:06d}"
